use super::{Piece, Rules, split};
use proptest::prelude::*;

fn rules(title: &str) -> Rules<'_> {
    Rules { title, page_starts: &[], characters_max: 1_000 }
}

fn slice(text: &str, piece: &Piece) -> String {
    let take = piece.end - piece.start;
    text.chars().skip(piece.start as usize).take(take as usize).collect()
}

fn labels(text: &str) -> Vec<String> {
    split(text, rules("Titel")).into_iter().map(|piece| piece.section).collect()
}

#[test]
fn set_off_sections_are_found_exactly() {
    let text = "Titel\n\n\n§ 1 Zweck\n\n(1) Erstens.\n\n§ 7 Abs. 2 gilt.\n\n5.1 Nicht gemeint\n\n\n\
                Eingangsformel\n\nText\n\n\n§ 2 (weggefallen)\n\n\\-";
    assert_eq!(labels(text), ["§ 1", "Eingangsformel", "§ 2"]);
    let pieces = split(text, rules("Titel"));
    assert_eq!(
        slice(text, &pieces[0]),
        "§ 1 Zweck\n\n(1) Erstens.\n\n§ 7 Abs. 2 gilt.\n\n5.1 Nicht gemeint"
    );
    assert_eq!(pieces[0].path, ["§ 1 Zweck"]);
    let body = &text[pieces[0].byte_body as usize..pieces[0].byte_end as usize];
    assert!(body.trim_start().starts_with("(1) Erstens."));
}

#[test]
fn running_headings_are_told_from_sentences_and_lists() {
    let check = |line: &str, label: Option<&str>| {
        let text = format!("Vorspann.\n\n{line}\n\nDer Text dazu.");
        let expected: Vec<&str> = [""].into_iter().chain(label).collect();
        assert_eq!(labels(&text), expected, "{line}");
    };
    check("§ 5 Zweck des Gesetzes", Some("§ 5"));
    check("§ 5 SGB VI – Versicherungsfreiheit", Some("§ 5"));
    check("Art. 3", Some("Art. 3"));
    check("Anlage 2 Muster", Some("Anlage 2"));
    check("7.12 Nachweise", Some("Nr. 7.12"));
    check("Nr. 7 Nachweise", Some("Nr. 7"));
    check("Rz. 5.1.3", Some("Nr. 5.1.3"));
    check("§ 5 Abs. 2 gilt entsprechend.", None);
    check("§ 5 gilt entsprechend.", None);
    check("1. Personen, die eine Duldung haben", None);
    check("12.03.2024 Fassung", None);
    check("1.2 Hilfe von Anderen ........ 5", None);
    check("1.50 Euro", None);
}

#[test]
fn numbers_know_their_path() {
    let text = "Vorwort\n\n5.1 Allgemeines\n\na\n\n5.1.3 Pass\n\nb\n\n5.2 Visum\n\nc";
    let pieces = split(text, rules(""));
    assert_eq!(pieces[2].path, ["5.1 Allgemeines", "5.1.3 Pass"]);
    assert_eq!(pieces[3].path, ["5.2 Visum"]);
}

#[test]
fn pages_are_counted_by_their_starts() {
    let text = "Erste Seite\u{c}§ 2 Zweite\n\nText";
    let rules = Rules { title: "", page_starts: &[0, 12], characters_max: 1_000 };
    let pages: Vec<u32> = split(text, rules).iter().map(|piece| piece.page).collect();
    assert_eq!(pages, [1, 2]);
}

#[test]
fn a_text_without_sections_is_whole_until_it_is_long() {
    assert_eq!(labels("Titel\nEin Satz."), [""]);
    assert_eq!(labels("Titel"), [""; 0]);
    let paragraph = "Wort ".repeat(80);
    let long = [paragraph.trim(); 10].join("\n\n");
    let pieces = split(&long, rules(""));
    assert!(pieces.len() > 3);
    assert!(pieces.iter().all(|piece| piece.end - piece.start <= 1_000));
    assert!(pieces.iter().all(|piece| slice(&long, piece).starts_with("Wort")));
}

proptest! {
    #[test]
    fn passages_are_verbatim_in_order_and_apart(
        parts in prop::collection::vec(
            prop_oneof![
                "[a-zäöüß €]{0,40}", Just("\n".to_owned()), Just("\n\n".to_owned()),
                Just("\n\n\n".to_owned()), Just("\u{c}".to_owned()), Just("\r\n".to_owned()),
                Just("§ 5 Überschrift".to_owned()), Just("7.1 Wort".to_owned()),
                Just("7.2".to_owned()), "[A-Z ]{0,900}", "\\PC{0,30}",
            ],
            0..40,
        ),
        characters_max in 250usize..2_000,
    ) {
        let text = parts.concat();
        let pieces = split(&text, Rules { title: "x", page_starts: &[], characters_max });
        let mut last = 0;
        for piece in &pieces {
            prop_assert!(piece.start >= last && piece.end > piece.start);
            last = piece.end;
            let bytes = text.get(piece.byte_start as usize..piece.byte_end as usize);
            let slice = slice(&text, piece);
            prop_assert_eq!(bytes, Some(slice.as_str()));
            prop_assert!(piece.byte_body >= piece.byte_start && piece.byte_body <= piece.byte_end);
            prop_assert!(text.is_char_boundary(piece.byte_body as usize));
            prop_assert_eq!(slice.trim(), slice.as_str());
        }
        // Nothing is lost but blanks and lines that say the title.
        let kept: usize = pieces.iter().map(|piece| slice(&text, piece)
            .chars().filter(|c| !c.is_whitespace()).count()).sum();
        let all = text.chars().filter(|c| !c.is_whitespace()).count();
        prop_assert!(kept == all || text.lines().any(|line| line.trim() == "x"));
    }
}

#[test]
fn margin_numbers_count_on_without_blank_lines() {
    let text = "Erlass zur Niederlassungserlaubnis\nAktenzeichen: IM 24\n1 Voraussetzungen\n\
        1.1 Sie setzt fünf Jahre voraus.\n1.2 Der Lebensunterhalt muss gesichert sein. Nachweise sind:\n\
        1. Gehaltsabrechnungen\n2. Mietvertrag\n2 Sprache\n2.1 Gefordert ist B1.\n3.4 Euro sind kein Abschnitt.\n\
        Nach Nummer\n1.3 Satz 2 bleibt es dabei.";
    let pieces = split(text, rules(""));
    let labels: Vec<&str> = pieces.iter().map(|piece| piece.section.as_str()).collect();
    assert_eq!(labels, ["", "Nr. 1", "Nr. 1.1", "Nr. 1.2", "Nr. 2", "Nr. 2.1"]);
}

#[test]
fn a_table_of_contents_is_no_passage() {
    let text = "Weisung\n\nInhalt\n\n1 Zweck ..... 2\n1.1 Kreis der\nPersonen ..... 3\n2 Verfahren ..... 4\n\n\
                1 Zweck der Weisung\n\nDer Zweck ist dies.\n\n1.1 Kreis der Personen\n\nAlle.\n\n2 Verfahren\n\n2.1 Ablauf\n\nSo geht es.\n";
    let pieces = split(text, Rules { title: "Weisung", page_starts: &[], characters_max: 8_000 });
    let found: Vec<&str> = pieces.iter().map(|piece| piece.section.as_str()).collect();
    assert_eq!(found, ["Nr. 1", "Nr. 1.1", "Nr. 2", "Nr. 2.1"]);
    for piece in &pieces {
        let range =
            usize::try_from(piece.byte_start).unwrap()..usize::try_from(piece.byte_end).unwrap();
        assert!(!text[range].contains("....."));
    }
}
