use super::terms::{LISTS, Terms};
use super::{MASK, MaskKind, page};
use crate::paper::{Page, Rect, TextSource, Word};

const X: &str = MASK;

/// What becomes of a text.
fn masked(text: &str) -> Page {
    let mut page_ = Page::of_text(1, text.to_owned());
    page(&mut page_);
    page_
}

/// Each row: a text, and what is left of it. "X" stands for a mask.
fn check(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        assert_eq!(masked(text).text, expected.replace("XX", X), "{text}");
    }
}

#[test]
fn answers_go_and_their_labels_stay() {
    check(&[
        ("Religion: röm.-kath.", "Religion: XX"),
        ("Religion: röm.-kath.  Familienstand: ledig", "Religion: XX  Familienstand: ledig"),
        (
            "Familienstand ledig Religion alevitisch Augenfarbe braun",
            "Familienstand ledig Religion XX Augenfarbe braun",
        ),
        (
            "Volkszugehörigkeit (Angabe freiwillig): Kurde",
            "Volkszugehörigkeit (Angabe freiwillig): XX",
        ),
        ("Diagnose:\nZustand nach Meniskusriss", "Diagnose:\nXX"),
        ("Grad der Behinderung (GdB): 60", "Grad der Behinderung (GdB): XX"),
        ("Religion / Din: İslam", "Religion / Din: XX"),
        ("Lohnsteuer 310,00 KiSt 24,80 SolZ 0,00", "Lohnsteuer 310,00 KiSt XX SolZ 0,00"),
        ("CAN 123456", "CAN XX"),
        ("Religion: Baptister\nVolkszugehörigkeit: Kurde", "Religion: XX\nVolkszugehörigkeit: XX"),
        ("Zugangsnummer (CAN): 482913", "Zugangsnummer (CAN): XX"),
        ("Name: Eva Beispiel, Befund: Sie leidet an Asthma", "Name: Eva Beispiel, Befund: XX"),
        ("Kirchensteuer des Arbeitnehmers  18,20", "Kirchensteuer des Arbeitnehmers  XX"),
    ]);
}

#[test]
fn forms_that_nobody_filled_stay() {
    check(&[
        ("Religion:", "Religion:"),
        ("Religion: ____________", "Religion: ____________"),
        ("Religion:\nFamilienstand: ledig", "Religion:\nFamilienstand: ledig"),
        ("Sind Sie vorbestraft? ☐ ja ☐ nein", "Sind Sie vorbestraft? ☐ ja ☐ nein"),
        ("Sind Sie vorbestraft? ☐ ja ☒ nein", "Sind Sie vorbestraft? XX"),
        ("Leiden Sie an Krankheiten? [ ] ja [x] nein", "Leiden Sie an Krankheiten? XX"),
        ("Vorstrafen ☐ ja ☐ nein", "Vorstrafen ☐ ja ☐ nein"),
        ("Die Angabe der Religion ist freiwillig.", "Die Angabe der Religion ist freiwillig."),
    ]);
}

#[test]
fn sentences_go_with_what_they_say() {
    check(&[
        ("Er wohnt in Ulm. Er leidet an Asthma. Er arbeitet.", "Er wohnt in Ulm. XX. Er arbeitet."),
        (
            "Der Angeklagte wurde wegen Diebstahls zu einer\nGeldstrafe verurteilt. Danach",
            "XX\nXX. Danach",
        ),
        ("Das Führungszeugnis enthält keine Eintragung.", "XX."),
        ("Sie gehört der Volksgruppe der Roma an.", "XX."),
    ]);
    assert_eq!(masked("Er leidet an Asthma.").masks.len(), 1);
    check(&[
        ("Eine Lungenentzündung wurde behandelt.", "XX."),
        ("Sie gehört zu den Uiguren.", "XX."),
    ]);
}

#[test]
fn institutions_insurances_and_rules_stay() {
    for text in [
        "Krankenversicherung 182,40 EUR",
        "Krankenkasse: AOK – Die Gesundheitskasse",
        "Evangelisches Krankenhaus Musterstadt gGmbH",
        "Katholische Kindertagesstätte St. Martin",
        "Islamische Republik Iran",
        "Christian Kreuz, geboren in Roma",
        "Sprache: Kurdisch",
        "Staatsangehörigkeit: türkisch",
        "Aufenthaltserlaubnis nach § 18b AufenthG",
        "Wer falsche Angaben macht, kann mit Freiheitsstrafe bis zu drei Jahren bestraft werden.",
        "Niemand darf wegen seiner Religion, Herkunft oder Behinderung benachteiligt werden.",
        "Im Krankheitsfall hat der Arbeitnehmer die Arbeitsunfähigkeit unverzüglich anzuzeigen.",
    ] {
        assert_eq!(masked(text).text, text);
    }
}

#[test]
fn a_misread_letter_is_forgiven_where_letters_are_misread() {
    let text = "Konfesslon: ev.\nEr ist schwerbehlndert.";
    assert_eq!(masked(text).text, text);
    let mut read = Page { source: TextSource::Ocr, ..Page::of_text(1, text.to_owned()) };
    page(&mut read);
    assert_eq!(read.text.matches(X).count(), 2, "{}", read.text);
}

#[test]
fn words_keep_their_places() {
    let text = "Religion  Klasse\nrk  1  Ende";
    let word = |start: u32, end, left: f32, top| {
        let rect = Rect { left, top, width: 40.0, height: 10.0 };
        Word { start, end, rect, confidence: 1.0, source: TextSource::Digital }
    };
    let words = vec![
        word(0, 8, 10.0, 10.0),
        word(10, 16, 100.0, 10.0),
        word(17, 19, 10.0, 24.0),
        word(21, 22, 100.0, 24.0),
        word(24, 28, 200.0, 24.0),
    ];
    let mut read = Page { words, ..Page::of_text(1, text.to_owned()) };
    page(&mut read);
    assert_eq!(read.text, format!("Religion  Klasse\n{X}  1  Ende"));
    let quotes: Vec<String> =
        read.words.iter().map(|word| read.place(word.start, word.end).quote).collect();
    assert_eq!(quotes, ["Religion", "Klasse", X, "1", "Ende"]);
    let mask = read.masks[0];
    assert_eq!((mask.kind, mask.start, mask.end), (MaskKind::Religion, 17, 22));
    assert_eq!(mask.rect, Some(Rect { left: 10.0, top: 24.0, width: 40.0, height: 10.0 }));
}

#[test]
fn the_length_of_what_was_masked_does_not_show() {
    let (short, long) = (masked("Religion: ev"), masked("Religion: evangelisch-lutherisch"));
    assert_eq!(short.text, long.text);
}

#[test]
fn every_line_of_the_list_is_understood() {
    let lines = || LISTS.iter().flat_map(|list| list.lines());
    let named: Vec<&str> =
        lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']')).collect();
    for name in &named {
        assert!(super::terms::heading(name).is_some(), "{name}");
    }
    let patterns = lines().filter(|line| !line.starts_with(['#', '[']));
    let words = patterns.flat_map(|line| line.split_whitespace()).flat_map(|word| word.split('|'));
    for class in words.filter(|word| word.contains('@')) {
        assert!(named.contains(&class), "{class}");
    }
    assert!(Terms::shipped().len() > 2500, "{}", Terms::shipped().len());
}
