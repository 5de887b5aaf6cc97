use std::fmt::Write as _;

use reading::{Format, Page, Paper, Rect, TextSource, Word};

use super::*;
use crate::Place;

fn document(class: &str) -> ClassifiedDocument {
    ClassifiedDocument {
        file_index: 0,
        filename: "paper.pdf".to_owned(),
        first_page: 1,
        last_page: 9,
        document_class: class.to_owned(),
        probability: 1.0,
        prediction_set: Vec::new(),
        abstained: false,
        evidence: Vec::new(),
        language: "de".to_owned(),
        text_source: TextSource::Digital,
        text_quality: 1.0,
        provisional: false,
        masked: vec![],
    }
}

fn read(class: &str, page: Page) -> DocumentFields {
    let knowledge = Knowledge::shipped().unwrap();
    let paper = Paper { pages: vec![page], format: Format::Pdf, truncated: false };
    let input = InputPaper { file_index: 0, filename: "paper.pdf", paper: &paper };
    fields(&knowledge, &[input], document(class))
}

fn page(text: &str, words: Vec<Word>) -> Page {
    Page {
        number: 1,
        width: 595.0,
        height: 842.0,
        text: text.to_owned(),
        words,
        source: TextSource::Digital,
        quality: 1.0,
        masks: vec![],
    }
}

#[test]
fn values_are_read_from_text() {
    for case in include_str!("fixtures.txt").split("=== ").skip(1) {
        let (class, rest) = case.split_once('\n').unwrap();
        let (text, wanted) = rest.split_once("---\n").unwrap();
        let read = read(class.trim(), page(text, Vec::new()));
        let chars: Vec<char> = text.chars().collect();
        let mut got = String::new();
        for line in wanted.lines().filter(|line| !line.is_empty()) {
            let (name, _) = line.split_once('=').unwrap();
            let values: Vec<&str> = read.all(name).map(|field| field.value.as_str()).collect();
            writeln!(got, "{name}={}", values.join("; ")).unwrap();
        }
        assert_eq!(got.trim(), wanted.trim(), "{class}: {:#?}", read.fields);
        for field in &read.fields {
            let span = field.place.start as usize..field.place.end as usize;
            let quote: String = chars[span].iter().collect();
            assert_eq!(quote, field.raw, "{class} {}", field.name);
        }
    }
}

#[test]
fn values_are_read_from_a_grid() {
    // Labels above their values, in three columns; the text gives the rows one after the other.
    let cells = [
        ("Gesamt-Brutto", 50.0, 100.0),
        ("Gesetzliches Netto", 250.0, 100.0),
        ("Auszahlungsbetrag", 430.0, 100.0),
        ("3.500,00", 50.0, 114.0),
        ("2.310,45", 250.0, 114.0),
        ("2.310,45", 430.0, 114.0),
    ];
    let mut text = String::new();
    let mut words = Vec::new();
    for (index, (cell, left, top)) in cells.iter().enumerate() {
        let mut x = *left;
        for word in cell.split(' ') {
            if !text.is_empty() {
                text.push(if index == 3 && x == *left { '\n' } else { ' ' });
            }
            let start = u32::try_from(text.chars().count()).unwrap();
            text.push_str(word);
            let end = u32::try_from(text.chars().count()).unwrap();
            let width = 5.0 * f32::from(u8::try_from(end - start).unwrap());
            let rect = Rect { left: x, top: *top, width, height: 10.0 };
            let source = TextSource::Digital;
            words.push(Word { start, end, rect, confidence: 1.0, source });
            x += width + 2.5;
        }
    }
    let found = read("payslip", page(&text, words.clone()));
    let value = |name: &str| found.field(name).map(|field| field.value.as_str());
    assert_eq!(value("gross_eur"), Some("3500.00 EUR"), "{text}");
    assert_eq!(value("net_eur"), Some("2310.45 EUR"));
    assert_eq!(found.field("net_eur").unwrap().place.rect.unwrap().left, 250.0);
    // The value of a form field that the page shows otherwise is half as sure.
    let sure = found.field("gross_eur").unwrap().confidence;
    for word in &mut words {
        (word.source, word.confidence) = (TextSource::Form, 0.5);
    }
    let found = read("payslip", page(&text, words));
    let unsure = found.field("gross_eur").unwrap().confidence;
    assert!((unsure - sure / 2.0).abs() < 1e-9, "{unsure} {sure}");
}

#[test]
fn nothing_is_read_from_papers_about_health_and_offences() {
    for class in ["medical_certificate", "disability_card", "criminal_record_certificate"] {
        let text = "Attest\nName: Max Muster\nDatum: 01.02.2026\nGültig bis: 01.02.2027";
        assert_eq!(read(class, page(text, Vec::new())).fields, []);
    }
}

#[test]
fn a_name_keeps_its_letters_whichever_transliteration_the_zone_has() {
    let field = |name: &str, value: &str, confidence: f64| Field {
        name: name.to_owned(),
        value: value.to_owned(),
        raw: value.to_owned(),
        confidence,
        place: Place {
            file_index: 0,
            filename: "paper.pdf".to_owned(),
            page: 1,
            start: 0,
            end: 1,
            rect: None,
            quote: value.to_owned(),
        },
    };
    for (printed, zoned) in
        [("Öztürk", "OEZTUERK"), ("Öztürk", "OZTURK"), ("Nguyễn", "NGUYEN"), ("Groß", "GROSS")]
    {
        let settled =
            settle(Some(field("surname", printed, 0.8)), Some(field("surname", zoned, 0.93)));
        let [settled] = settled.as_slice() else { panic!("{settled:?}") };
        assert_eq!((settled.value.as_str(), settled.confidence), (printed, 0.93));
    }
    let settled =
        settle(Some(field("surname", "Kaya", 0.8)), Some(field("surname", "YILMAZ", 0.93)));
    let values: Vec<&str> = settled.iter().map(|field| field.value.as_str()).collect();
    assert_eq!(values, ["YILMAZ", "Kaya"]);
    // What was not read surely is no second opinion.
    let settled =
        settle(Some(field("surname", "Kaya", 0.6)), Some(field("surname", "YILMAZ", 0.93)));
    assert_eq!(settled.len(), 1);
}

#[test]
fn a_letter_names_its_addressee_above_the_street() {
    use super::fallback::addressee;
    let letter = "Stadtkasse Neuheim\nAm Markt 1\n00058 Neuheim\n\nFrau\nAnna Maria Weber      12.05.2026\n\
                  Lindenallee 7 b      Zimmer 4\n00058 Neuheim\n\nSehr geehrte Frau Weber,";
    let found = addressee(letter).unwrap();
    assert_eq!(found.value, "Anna Maria Weber");
    let quoted: String = letter.chars().skip(found.start).take(found.end - found.start).collect();
    assert_eq!(quoted, found.value);
    assert_eq!(addressee("Frau Anna Weber\nLindenallee 7\n00058 Neuheim").unwrap().start, 5);
    // Names may end as legal forms do.
    let krause = addressee("Herrn\nTarik Krause\nLindenallee 7\n00058 Neuheim").unwrap();
    assert_eq!(krause.value, "Tarik Krause");
    for none in
        ["Anna Weber\nLindenallee\n00058 Neuheim", "Weber GmbH\nLindenallee 7\n00058 Neuheim"]
    {
        assert!(addressee(none).is_none(), "{none}");
    }
}
