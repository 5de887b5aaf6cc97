use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use inference::Lane;
use reading::{Format, Page, Paper};

use crate::{Classified, Config, Documents, InputPaper, Knowledge};

/// Without an engine nothing waits, so one poll finishes.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing to wait for"),
    }
}

fn paper(pages: &[&str]) -> Paper {
    let pages =
        pages.iter().zip(1..).map(|(text, number)| Page::of_text(number, (*text).to_owned()));
    Paper { pages: pages.collect(), format: Format::Text, truncated: false }
}

fn classify(pages: &[&str]) -> Classified {
    let documents = Documents::without_engine(Knowledge::shipped().unwrap(), Config::default());
    let paper = paper(pages);
    let input = InputPaper { file_index: 0, filename: "paper.txt", paper: &paper };
    now(documents.classify(&[input], &Lane::interactive("test"), None)).unwrap()
}

#[test]
fn papers_are_told_by_heading_and_body() {
    let check = |wanted: &str, text: &str| {
        let classified = classify(&[text]);
        let document = &classified.documents[0];
        assert_eq!(document.document_class, wanted, "{document:#?}");
        assert_eq!(document.abstained, wanted == "unknown_other");
        assert!(document.prediction_set.iter().any(|score| score.document_class == wanted));
    };
    for case in include_str!("fixtures.txt").split("=== ").skip(1) {
        let (wanted, text) = case.split_once('\n').unwrap();
        check(wanted.trim(), text);
    }
}

#[test]
fn evidence_quotes_the_page() {
    let classified =
        classify(&["Musterstadt\n\nMietvertrag über Wohnraum\n\nVermieter: A. Beispiel"]);
    let document = &classified.documents[0];
    assert_eq!(document.document_class, "rental_contract");
    assert_eq!(document.language, "und");
    let quotes: Vec<&str> = document.evidence.iter().map(|place| place.quote.as_str()).collect();
    assert_eq!(quotes, ["Mietvertrag über Wohnraum", "Vermieter"]);
    assert_eq!((document.evidence[0].page, document.evidence[0].start), (1, 13));
}

#[test]
fn a_zone_settles_the_class() {
    let check = |wanted: &str, lines: &str| {
        let classified = classify(&[lines]);
        let document = &classified.documents[0];
        assert_eq!(document.document_class, wanted, "{document:#?}");
        assert!(document.probability > 0.99);
        assert_eq!(document.prediction_set.len(), 1);
        assert_eq!(document.evidence[0].quote, lines);
    };
    check(
        "passport",
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
    );
    check(
        "national_id_card",
        "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    );
    check(
        "visa",
        "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<",
    );
}

#[test]
fn a_file_of_two_papers_is_split_at_the_second_heading() {
    let classified = classify(&[
        "Mietvertrag\n\nVermieter: A\nMieter: B\nWohnfläche: 50 m²\nKaution: 900 EUR",
        "§ 7 Kündigung\nDie Kündigung bedarf der Schriftform.",
        "Gehaltsabrechnung\n\nSteuerklasse 1\nGesamt-Brutto 3.000,00\nAuszahlungsbetrag 2.000,00",
    ]);
    let ranges: Vec<_> = classified
        .documents
        .iter()
        .map(|document| (document.document_class.as_str(), document.first_page, document.last_page))
        .collect();
    assert_eq!(ranges, [("rental_contract", 1, 2), ("payslip", 3, 3)]);
}

#[test]
fn languages_are_told() {
    let check = |wanted: &str, text: &str| {
        assert_eq!(classify(&[text]).documents[0].language, wanted, "{text}");
    };
    check("de", "Die Wohnung wird vom Vermieter an den Mieter zum Wohnen vermietet.");
    check("en", "This is to certify that the holder of this passport was born in the city.");
    check("fr", "Le maire de la commune certifie que la personne est née dans la ville.");
    check(
        "es",
        "El Registro Civil certifica que el niño nació en la ciudad, según consta por el acta.",
    );
    check("tr", "Bu belge nüfus kayıt örneği olarak verilmiştir ve bir yıl için");
    check("uk", "Свідоцтво про народження видане у місті");
    check("ru", "Свидетельство о рождении выдано в городе");
    check("ar", "شهادة ميلاد صادرة عن السجل المدني");
}
