use reading::{Format, Page, Paper, TextSource};

use crate::{Config, Documents, Knowledge};

/// A file of pages of text, a line break at each bar.
fn file(pages: &[&str]) -> Paper {
    let page = |(text, number): (&&str, u32)| Page::of_text(number, text.replace('|', "\n"));
    Paper {
        pages: pages.iter().zip(1..).map(page).collect(),
        format: Format::Pdf,
        truncated: false,
    }
}

fn begins(paper: &Paper) -> Vec<usize> {
    let documents = Documents::without_engine(Knowledge::shipped().unwrap(), Config::default());
    let (_, ranges) = documents.divide(paper, &[], &[]);
    let mut end = 0;
    for range in &ranges {
        assert_eq!(range.start, end, "every page is in one paper");
        assert!(range.end > range.start);
        end = range.end;
    }
    assert_eq!(end, paper.pages.len());
    ranges.into_iter().map(|range| range.start).collect()
}

fn check(wanted: &[usize], pages: &[&str]) {
    assert_eq!(begins(&file(pages)), wanted, "{pages:#?}");
}

const PAYSLIP: &str = "Nordwind Beispiel GmbH|Musterweg 3, 00012 Musterstadt|Gehaltsabrechnung #|\
     Personalnummer 4711|Steuerklasse 1|Gesamtbrutto 3.100,00 EUR|Lohnsteuer 410,00 EUR|\
     Krankenversicherung 250,00 EUR|Auszahlungsbetrag 2.020,00 EUR|erstellt am %";

#[test]
fn payslips_of_three_months_are_three_papers() {
    let month = |name: &str, day: &str| PAYSLIP.replace('#', name).replace('%', day);
    let pages = [
        month("Juli", "31.07.2026"),
        month("August", "31.08.2026"),
        month("September", "30.09.2026"),
    ];
    check(&[0, 1, 2], &[&pages[0], &pages[1], &pages[2]]);
}

#[test]
fn certificates_of_two_children_are_two_papers() {
    let of = |name: &str, number: &str, day: &str| {
        format!(
            "Standesamt Musterstadt|Geburtsurkunde|Registernummer {number}|Kind|{name}|geboren am {day}|\
             Geburtsort Musterstadt|Mutter|Anna Beispiel|Vater|Otto Beispiel"
        )
    };
    let (one, other) = (
        of("Emil Beispiel", "G 1204/2019", "03.04.2019"),
        of("Klara Beispiel", "G 881/2022", "17.09.2022"),
    );
    check(&[0, 1], &[&one, &other]);
}

#[test]
fn a_contract_of_three_pages_is_one_paper() {
    let pages = [
        "Arbeitsvertrag|Zwischen der Nordwind Beispiel GmbH, nachfolgend Arbeitgeber,|und Anna Beispiel, \
         nachfolgend Arbeitnehmerin,|§ 1 Beginn|Das Arbeitsverhältnis beginnt am 01.02.2026.|§ 2 Tätigkeit|\
         Die Arbeitnehmerin wird als Köchin eingestellt.|Seite 1 von 3",
        "§ 3 Vergütung|Das Gehalt beträgt 3.100,00 EUR.|§ 4 Urlaub|Der Urlaub beträgt 30 Tage.|\
         Seite 2 von 3",
        "§ 5 Kündigung|Die Kündigung bedarf der Schriftform.|Musterstadt, 12.01.2026|\
         Unterschrift Arbeitgeber Unterschrift Arbeitnehmerin|Seite 3 von 3",
    ];
    check(&[0], &pages);
    // The same without page numbers: clauses go on.
    let bare = pages.map(|page| page.rsplit_once('|').unwrap().0);
    check(&[0], &bare);
    let payslip = PAYSLIP.replace('#', "Juli").replace('%', "31.07.2026");
    check(&[0, 3], &[pages[0], pages[1], pages[2], &payslip]);
}

#[test]
fn page_numbers_that_begin_again_begin_another_statement() {
    let first = |number: u32, of: u32| {
        format!(
            "Musterbank AG|Kontoauszug Nr. {number}/2026|Blatt 1 von {of}|Anna Beispiel|IBAN DE02 9990 0123|\
             Buchungstag Wertstellung Verwendungszweck Betrag|Alter Kontostand 1.204,11|\
             02.0{number}. 02.0{number}. Gehalt 2.020,00"
        )
    };
    let second = "Musterbank AG|Kontoauszug|Blatt 2 von 2|Übertrag 3.224,11|\
                  09.02. 09.02. Miete -700,00|Neuer Kontostand 2.524,11";
    check(&[0, 2], &[&first(2, 2), second, &first(3, 1)]);
}

#[test]
fn both_sides_of_a_card_are_one_paper() {
    check(
        &[0],
        &[
            "BUNDESREPUBLIK DEUTSCHLAND|PERSONALAUSWEIS|Name Mustermann|Vornamen Erika|Geburtstag \
             12.08.1983|Staatsangehörigkeit DEUTSCH|Gültig bis 01.08.2031",
            "Anschrift 00012 Musterstadt|Augenfarbe blau|Größe 160 cm|\
             IDD<<T220001293<<<<<<<<<<<<<<<|8308126<3108011D<<<<<<<<<<<<<4|MUSTERMANN<<ERIKA<<<<<<<<<<<<<",
        ],
    );
}

#[test]
fn an_application_form_of_several_pages_is_one_paper() {
    let pages = [
        "Stadt Musterstadt|Antrag auf Erteilung einer Aufenthaltserlaubnis|Antrag auf Verlängerung einer \
         Aufenthaltserlaubnis|nach § 81 Abs. 1 AufenthG|PKZ Sachbearbeiter/in|Lichtbild|Person, die den Antrag stellt|\
         Familienname, ggf. früherer Name|Geburtsdatum Geburtsort Geburtsland|Staatsangehörigkeit|Familienstand ledig \
         verheiratet seit",
        "Angehörige der Familie|Ehegatte|Familienname, ggf. früherer Name|Geburtsdatum Geburtsort|\
         Kinder|Name Vorname Geburtsdatum Staatsangehörigkeit|Name Vorname Geburtsdatum Staatsangehörigkeit",
        "Zweck des Aufenthalts|Beschäftigung Ausbildung Familie|Arbeitgeber|Woraus bestreiten Sie den \
         Lebensunterhalt|Ist Krankenversicherungsschutz vorhanden ja nein|Versicherung",
        "Ich versichere, alle Angaben nach bestem Wissen gemacht zu haben.|Ort, Datum|eigenhändige Unterschrift",
    ];
    check(&[0], &pages);
    let numbered: Vec<String> = pages
        .iter()
        .zip(1..)
        .map(|(page, number)| format!("{page}|Seite {number} von 4"))
        .collect();
    let numbered: Vec<&str> = numbered.iter().map(String::as_str).collect();
    check(&[0], &numbered);
}

#[test]
fn an_empty_page_belongs_to_what_comes_before() {
    let payslip = PAYSLIP.replace('#', "Juli").replace('%', "31.07.2026");
    let lease =
        "Mietvertrag|Vermieter: A. Beispiel|Mieter: B. Beispiel|Wohnfläche 50 m²|Kaution 900 EUR";
    check(&[0, 2], &[&payslip, "", lease]);
    check(&[0, 1], &[lease, &payslip, ""]);
    check(&[0], &["", "", ""]);
    check(&[0], &["", lease]);
    check(&[], &[]);
}

#[test]
fn letters_of_kinds_that_nobody_knows_are_told_apart() {
    let one = "Kleingartenverein Sonnenhang|Am Hang 1, 00012 Musterstadt|Datum 04.05.2026|\
               Sehr geehrte Mitglieder,|wir laden zur Versammlung ein.|Mit freundlichen Grüßen|Der Vorstand";
    let other = "Wasserwerk Musterstadt|Pumpenweg 9, 00012 Musterstadt|Datum 11.06.2026|\
                 Sehr geehrte Frau Beispiel,|die Ablesung findet im Juni statt.|Mit freundlichen Grüßen";
    check(&[0, 1], &[one, other]);
}

#[test]
fn a_scan_among_digital_pages_speaks_for_another_paper() {
    let neutral = "Ein Blatt mit einigen Zeilen,|auf dem nichts steht,|was einem Papier gleicht.";
    let mut paper = file(&[neutral, neutral]);
    let odds = |paper: &Paper| {
        let documents = Documents::without_engine(Knowledge::shipped().unwrap(), Config::default());
        let (signals, _) = documents.divide(paper, &[], &[]);
        super::log_odds(&signals[0].unwrap())
    };
    let same = odds(&paper);
    paper.pages[1].source = TextSource::Ocr;
    assert!(odds(&paper) > same);
    let scanned = odds(&paper);
    for (page, (width, height)) in paper.pages.iter_mut().zip([(595.0, 842.0), (243.0, 153.0)]) {
        (page.width, page.height) = (width, height);
    }
    assert!(odds(&paper) > scanned);
}
