use super::word;

#[track_caller]
fn check(cases: &[(&str, &str, &str)]) {
    for &(read, next, expected) in cases {
        assert_eq!(word(read, next), expected, "{read} {next}");
    }
}

#[test]
fn a_dollar_before_a_section_is_a_paragraph_sign() {
    check(&[
        ("$", "18b", "§"),
        ("$$", "5,", "§§"),
        ("$16b", "Abs.", "§16b"),
        ("$", "12,50", "$"),
        ("US$", "12", "US$"),
        ("$", "Dollar", "$"),
        ("§", "3", "§"),
        ("§$", "3", "§§"),
        ("$", "", "$"),
    ]);
}

#[test]
fn a_nought_among_letters_is_an_o() {
    check(&[
        ("0ktober", "", "Oktober"),
        ("0rt:", "", "Ort:"),
        ("SALD0", "", "SALDO"),
        ("K0NT0AUSZUG", "10/2026", "KONTOAUSZUG"),
        ("R0bert-K0ch", "", "Robert-K0ch"),
        ("A0", "", "A0"),
        ("P<C0L", "", "P<C0L"),
        ("C01X00T47", "", "C01X00T47"),
        ("DE00TEST", "", "DE00TEST"),
        ("00041", "Neuheim", "00041"),
        ("0,5", "", "0,5"),
    ]);
}
