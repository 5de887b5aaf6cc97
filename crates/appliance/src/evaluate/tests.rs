use documents::Knowledge;

use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, content).unwrap();
    }
    folder
}

fn read(files: &[(&str, &str)]) -> Result<Vec<Labelled>, LabelsError> {
    labels(folder(files).path(), &Knowledge::shipped().unwrap())
}

#[test]
fn folders_are_labels() {
    let files = read(&[
        ("passport/a.pdf", ""),
        ("passport/a.truth.json", r#"{"fields": {"surname": "Beispiel"}}"#),
        ("payslip/.hidden", ""),
        ("payslip/mai.jpg", ""),
        ("readme.txt", ""),
    ])
    .unwrap();
    let names: Vec<(&str, &str)> =
        files.iter().map(|file| (file.name.as_str(), file.papers[0].class.as_str())).collect();
    assert_eq!(names, [("passport/a.pdf", "passport"), ("payslip/mai.jpg", "payslip")]);
    assert_eq!(files[0].truth.as_ref().unwrap()["surname"], "Beispiel");
    assert_eq!(files[1].truth, None);
}

#[test]
fn a_table_labels_several_papers_of_a_file() {
    for separator in [";", ","] {
        let table = "\u{feff}Datei;Kennung;Seiten\nscan.pdf;passport;1\nscan.pdf;rental_contract;2-5\nb.pdf;payslip\n"
            .replace(';', separator);
        let files = read(&[("labels.csv", &table), ("scan.pdf", ""), ("b.pdf", ""), ("c.pdf", "")])
            .unwrap();
        assert_eq!(files.len(), 2);
        assert_eq!(files[0].papers, [Expected { class: "payslip".to_owned(), pages: None }]);
        let pages: Vec<_> = files[1].papers.iter().map(|paper| paper.pages).collect();
        assert_eq!(pages, [Some((1, 1)), Some((2, 5))]);
    }
}

#[test]
fn what_is_wrong_with_labels_is_said() {
    let check = |wanted: &str, files: &[(&str, &str)]| {
        let error = read(files).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    };
    check("passport", &[("Reisepass/a.pdf", "")]);
    check("payslip", &[("paysilp/a.pdf", "")]);
    check(
        "labels.csv, Zeile / line 2",
        &[("labels.csv", "a.pdf;passport\na.pdf;pasport\n"), ("a.pdf", "")],
    );
    check("no file b.pdf", &[("labels.csv", "b.pdf;passport\n")]);
    check("3-2", &[("labels.csv", "a.pdf;passport;3-2\n"), ("a.pdf", "")]);
    check("file;class;pages", &[("labels.csv", "a.pdf\n"), ("a.pdf", "")]);
    check("no papers", &[("note.txt", "")]);
    check("passport/a.truth.json", &[("passport/a.pdf", ""), ("passport/a.truth.json", "{")]);
    check("passport/a.truth.json", &[("passport/a.pdf", ""), ("passport/a.truth.json", "[1]")]);
}

fn judged(class: &str, found: Found) -> Judged {
    Judged {
        file: "geheim.pdf".to_owned(),
        class: class.to_owned(),
        covered: found == Found::Class(class.to_owned()),
        found,
        divided: true,
        fields: vec![
            field("surname", true, Outcome::Exact),
            field("issue_date", false, Outcome::Missing),
            field("birth_date", true, Outcome::OtherForm),
        ],
    }
}

fn field(name: &str, is_key: bool, outcome: Outcome) -> FieldOutcome {
    let (expected, read) = (vec!["Mustermann".to_owned()], vec!["Musterfrau".to_owned()]);
    FieldOutcome { name: name.to_owned(), is_key, outcome, expected, read }
}

#[test]
fn figures_count_right_refused_and_confused() {
    let class = |id: &str| Found::Class(id.to_owned());
    let all = [
        judged("passport", class("passport")),
        judged("passport", class("visa")),
        judged("passport", Found::Refused),
        judged("passport", Found::Unread("leer / empty".to_owned())),
        judged("unknown_other", Found::Refused),
        judged("unknown_other", class("payslip")),
    ];
    let figures = Figures::of(&all);
    let passport = &figures.classes["passport"];
    assert_eq!((passport.papers, passport.unread, passport.right), (3, 1, 1));
    assert_eq!((passport.refused(), passport.decided, passport.decided_right), (1, 2, 1));
    let counted = FieldFigures { exact: 3, missing: 3, wrong: 0, other_form: 3 };
    assert_eq!(passport.fields, counted);
    assert_eq!(passport.key_fields, FieldFigures { missing: 0, ..counted });
    assert_eq!(passport.by_field["birth_date"].1.other_form, 3);
    let missed = figures.missed();
    assert_eq!((missed[0].0, missed[0].1, missed[0].3.other_form), ("passport", "birth_date", 3));
    assert!(!missed.iter().any(|(_, name, ..)| *name == "surname"));
    // The one class: a right one of three papers, none drawn to it.
    assert!((figures.macro_f1().unwrap() - 2.0 / 4.0).abs() < 1e-9);
    assert!(passport.is_provisional());
    assert_eq!(figures.classes["unknown_other"].right, 1);
    assert_eq!(figures.total.papers, 5);
    assert_eq!(figures.confusions(), [("passport", "visa", 1), ("unknown_other", "payslip", 1)]);
    for names in [false, true] {
        let page = html(&figures, &all, &["rules <1>".to_owned()], names);
        let report = json(&figures, &all, &[], names).to_string();
        assert_eq!((page.contains("geheim"), report.contains("geheim")), (names, names));
        assert!(page.contains("rules &lt;1&gt;") && !page.contains("http"));
        for content in ["Mustermann", "Musterfrau"] {
            assert!(!page.contains(content) && !report.contains(content));
        }
    }
}

#[test]
fn values_are_compared_as_they_are_normalised() {
    use values::{comparable, plain};
    assert_eq!(comparable("740.00 EUR"), plain(&serde_json::json!("740.00")));
    assert_eq!(plain(&serde_json::json!(30)), comparable("30"));
    assert_ne!(comparable("Anna Beispiel"), comparable("Anna Beispie1"));
    let knowledge = Knowledge::shipped().unwrap();
    let class = knowledge.class("marriage_certificate");
    let truth: Truth = [
        ("spouse1_name", "Anna Beispiel"),
        ("spouse2_name", "Ben Muster"),
        ("marriage_date", "2026-04-03"),
        ("marriage_place", "Neuheim"),
    ]
    .map(|(name, value)| (name.to_owned(), value.into()))
    .into();
    let read = [
        ("spouse1_name", "ANNA BEISPIEL", "Anna Beispiel"),
        ("spouse2_name", "Muster, Ben", "Muster, Ben"),
        ("marriage_date", "2026-03-04", "03.04.2026"),
    ];
    let outcomes: Vec<Outcome> = values::compare(class, &document(&read), &truth)
        .iter()
        .map(|field| field.outcome)
        .collect();
    use Outcome::{Exact, Missing, OtherForm};
    assert_eq!(outcomes, [Exact, OtherForm, OtherForm, Missing]);
    let outcomes =
        values::compare(class, &document(&[("marriage_place", "Altfelde", "Altfelde")]), &truth);
    assert_eq!(outcomes[3].outcome, Outcome::Wrong);
}

fn document(fields: &[(&str, &str, &str)]) -> DocumentFields {
    let place = documents::Place {
        file_index: 0,
        filename: String::new(),
        page: 1,
        start: 0,
        end: 0,
        rect: None,
        quote: String::new(),
    };
    let field = |(name, value, raw): &(&str, &str, &str)| documents::Field {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
        raw: (*raw).to_owned(),
        confidence: 1.0,
        place: place.clone(),
    };
    DocumentFields {
        document: documents::ClassifiedDocument {
            file_index: 0,
            filename: String::new(),
            first_page: 1,
            last_page: 1,
            document_class: "marriage_certificate".to_owned(),
            probability: 1.0,
            prediction_set: Vec::new(),
            abstained: false,
            evidence: Vec::new(),
            language: "de".to_owned(),
            text_source: reading::TextSource::Digital,
            text_quality: 1.0,
            provisional: false,
            masked: Vec::new(),
        },
        fields: fields.iter().map(field).collect(),
    }
}
