use super::*;

#[test]
fn papers_of_all_formats_hold_zones_that_an_independent_reader_accepts() {
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..28 {
        let (format, paper) = paper(1, number).unwrap();
        seen.insert(format);
        let text = paper.truth.fields["mrz"].as_str().unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let parsed = match (format, lines.as_slice()) {
            ("TD1", [one, two, three]) => mrz::parse_td1(one, two, three),
            ("TD2", [one, two]) => mrz::parse_td2(one, two),
            ("TD3", [one, two]) => mrz::parse_td3(one, two),
            ("MRV-A", [one, two]) => mrz::parse_mrv_a(one, two),
            ("MRV-B", [one, two]) => mrz::parse_mrv_b(one, two),
            _ => panic!("{format}: {text}"),
        };
        assert!(parsed.unwrap().checksum_consistent(), "{format}: {text}");
        assert!(paper.spot(lines[lines.len() - 1]).is_some(), "{}", paper.truth.family);
    }
    assert_eq!(seen.len(), 5);
}

#[test]
fn a_sure_zone_that_differs_is_a_false_accept_and_an_unsure_one_is_not() {
    let wanted = "P<UTOBEISPIEL<<MIRA\nC01X00T479UTO9005078F3101318";
    let found = |lines: &str, sure| Some(MachineZone { lines: lines.to_owned(), sure });
    let mut score = Score::default();
    score.add(wanted, wanted, found(wanted, true).as_ref());
    score.add(wanted, "", found(&wanted.replace("MIRA", "MIBA"), true).as_ref());
    score.add(wanted, "", found(&wanted.replace("900507", "900501"), true).as_ref());
    score.add(wanted, "", found(&wanted.replace("900507", "900501"), false).as_ref());
    score.add(wanted, "", None);
    let Score { asked, raw, exact, sure, false_cells, false_names } = score;
    assert_eq!((asked, raw, exact, sure, false_cells, false_names), (5, 1, 1, 3, 1, 1));
}
