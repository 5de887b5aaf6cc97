use super::*;

#[test]
fn the_example_of_icao_9303() {
    assert_eq!(mrz_digit("L898902C3"), '6');
    assert_eq!(mrz_digit("740812"), '2');
    assert_eq!(mrz_digit("120415"), '9');
}

#[test]
fn ibans_are_valid() {
    let mut chance = Chance::new(7);
    for _ in 0..200 {
        let text = iban(&mut chance);
        assert!(text.parse::<iban::Iban>().is_ok(), "{text}");
    }
}

#[test]
fn zones_have_their_lengths() {
    let data = MrzData {
        state: "UTO".into(),
        surname: "BEISPIEL".into(),
        given: "MIRA<LENA".into(),
        number: "C01X00T47".into(),
        nationality: "UTO".into(),
        birth: Day::new(1990, 5, 7),
        sex: 'F',
        expiry: Day::new(2031, 1, 31),
    };
    assert!(data.td3().iter().all(|line| line.len() == 44));
    assert!(data.td1("AR").iter().all(|line| line.len() == 30));
}
