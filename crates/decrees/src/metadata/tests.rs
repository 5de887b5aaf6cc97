use super::*;

fn read(text: &str) -> Metadata {
    complete(Metadata::default(), text, "ordner/erlass 7.pdf").metadata
}

#[test]
fn each_value_says_where_it_stands_and_how_sure_it_is() {
    let text = "Erlass zur Erteilung von Duldungen\nMinisterium des Innern\nAz.: 27-4711/3     Datum: 03.03.2020\n\
        Er tritt am 1. Mai 2020 in Kraft und ersetzt den Erlass vom 01.02.2019.";
    let known = complete(Metadata::default(), text, "x.pdf");
    let read: Vec<(Field, &str, u8)> =
        known.readings.iter().map(|r| (r.field, r.value.as_str(), r.percent)).collect();
    assert_eq!(
        read,
        [
            (Field::Title, "Erlass zur Erteilung von Duldungen", Reading::PLACED),
            (Field::Issuer, "Ministerium des Innern", Reading::PLACED),
            (Field::FileNumber, "27-4711/3", Reading::LABELLED),
            (Field::Kind, "decree", Reading::ASSUMED),
            (Field::IssuedOn, "2020-03-03", Reading::LABELLED),
            (Field::ValidFrom, "2020-05-01", Reading::PATTERN),
        ]
    );
    assert_eq!(known.readings[4].quote, "Az.: 27-4711/3     Datum: 03.03.2020");
    let (day, quote) = &known.replaced_on[0];
    assert_eq!(
        (*day, quote.as_str()),
        (Day::new(2019, 2, 1).unwrap(), text.lines().last().unwrap())
    );
    let stated = Metadata { title: "Titel".into(), kind: "law".into(), ..Metadata::default() };
    assert!(complete(stated, "ohne alles", "x.pdf").readings.is_empty());
    let named = complete(Metadata::default(), "12 34", "o/erlass 7.pdf");
    assert_eq!((named.readings[0].percent, named.readings[0].quote.as_str()), (Reading::NAMED, ""));
}

#[test]
fn the_day_of_the_replaced_decree_is_not_its_own() {
    assert_eq!(read("Erlass\nEr ersetzt den Erlass vom 01.02.2019.").issued_on, None);
}

#[test]
fn a_paper_says_what_it_is() {
    let read = read(
        "Gültig ab: 01.01.2021\nGültigkeit bis: 31.12.2025\n\nErlass zur Erteilung von Duldungen\n\
         Ministerium des Innern und für Sport\nAz.: 27-4711/3     Datum: 3. März 2020\n\
         Er ersetzt den Erlass vom 01.02.2019.",
    );
    assert_eq!(read.title, "Erlass zur Erteilung von Duldungen");
    assert_eq!(read.issuer, "Ministerium des Innern und für Sport");
    assert_eq!(read.file_number, "27-4711/3");
    assert_eq!(read.issued_on, Day::new(2020, 3, 3));
    assert_eq!(read.valid_from, Day::new(2021, 1, 1));
    assert_eq!(read.valid_to, Day::new(2025, 12, 31));
    assert_eq!(read.decree_id, "ministerium-des-innern-und-fuer-sport-27-4711-3");
    assert_eq!(read.kind, "decree");
}

#[test]
fn papers_that_share_a_title_are_told_apart() {
    let head =
        "Gültig ab: 09.12.2019\nFachliche Weisungen\nErstes Buch – SGB I\n§ 14 SGB I\nBeratung";
    let one = complete(Metadata::default(), head, "FW_SGB_I_Par_14.pdf").metadata;
    assert_eq!(one.title, "Fachliche Weisungen – Erstes Buch – SGB I – § 14 SGB I");
    assert_eq!(one.decree_id, "fw-sgb-i-par-14");
    assert_eq!(complete(Metadata::default(), head, "").metadata.decree_id, slug(&one.title));
}

#[test]
fn a_paper_names_what_it_replaces() {
    let check = |sentence: &str, replaced: &[&str]| {
        let head = format!("Dienstanweisung\nStadt Musterstadt\nAz.: MS-33/2026\n{sentence}");
        assert_eq!(read(&head).replaces, replaced, "{sentence}");
    };
    let old = ["stadt-musterstadt-ms-33-1-81-2024"];
    check("Ersetzt die Dienstanweisung MS-33.1-81/2024 vom 15.01.2024.", &old);
    check("Er ersetzt den Erlass Az.: MS-33.1-81/2024 vom 15.01.2024.", &old);
    check("Sie ersetzt den Runderlass vom 15.01.2024.", &[]);
    check("Das ersetzt die Vorlage des Passes nicht.", &[]);
    check("Ersetzt die Dienstanweisung MS-33/2026.", &[]);
}

#[test]
fn an_authority_in_the_text_is_not_the_issuer() {
    let head = "Erlass zur Ausbildung\nInnenministerium Musterland\nAz.: IM-ML 24\n\n\
        1.1 Die Bundesagentur für Arbeit stimmt zu.";
    assert_eq!(read(head).issuer, "Innenministerium Musterland");
    assert_eq!(read("Rundschreiben\nEs gilt, was die Bundesagentur für Arbeit sagt.").issuer, "");
}

#[test]
fn dates_stand_in_several_forms() {
    let check = |text: &str, issued: Option<Day>, from: Option<Day>| {
        let read = read(text);
        assert_eq!((read.issued_on, read.valid_from), (issued, from), "{text}");
    };
    check("Weisung vom 12.03.2024", Day::new(2024, 3, 12), None);
    check("Stand: 01.03.2023", Day::new(2023, 3, 1), None);
    check("Die Regelung tritt am 1. Mai 2024 in Kraft", None, Day::new(2024, 5, 1));
    check("Gültigkeit bis: fortlaufend", None, None);
    check("gültig ab 31.02.2024", None, None);
}

#[test]
fn what_the_sender_states_wins_and_the_name_is_the_last_resort() {
    let stated = Metadata { title: "Titel".into(), decree_id: "x".into(), ..Metadata::default() };
    let read = complete(stated, "Anderer Titel", "a.pdf").metadata;
    assert_eq!((read.title.as_str(), read.decree_id.as_str()), ("Titel", "x"));
    assert_eq!(complete(Metadata::default(), "12 34", "o/erlass 7.pdf").metadata.title, "erlass 7");
}

#[test]
fn what_cannot_be_kept_is_refused_in_words() {
    let sound = Metadata { kind: "law".into(), decree_id: "x".into(), ..Metadata::default() };
    assert!(check(&sound).is_ok());
    let kind = Metadata { kind: "poem".into(), ..sound.clone() };
    assert!(check(&kind).unwrap_err().german.contains("poem"));
    let days = Metadata {
        valid_from: Day::new(2024, 2, 1),
        valid_to: Day::new(2024, 1, 1),
        ..sound.clone()
    };
    assert!(check(&days).unwrap_err().german.contains("01.01.2024"));
    assert!(check(&Metadata { decree_id: "x".repeat(300), ..sound }).is_err());
}
