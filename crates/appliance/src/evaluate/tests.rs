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
        fields: (1, 2),
    }
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
    assert_eq!(passport.fields, (3, 6));
    assert!(passport.is_provisional());
    assert_eq!(figures.classes["unknown_other"].right, 1);
    assert_eq!(figures.total.papers, 5);
    assert_eq!(figures.confusions(), [("passport", "visa", 1), ("unknown_other", "payslip", 1)]);
    for names in [false, true] {
        let page = html(&figures, &all, &["rules <1>".to_owned()], names);
        let report = json(&figures, &all, &[], names).to_string();
        assert_eq!((page.contains("geheim"), report.contains("geheim")), (names, names));
        assert!(page.contains("rules &lt;1&gt;") && !page.contains("http"));
    }
}

#[test]
fn values_are_compared_as_they_are_normalised() {
    assert_eq!(comparable("740.00 EUR"), plain(&serde_json::json!("740.00")));
    assert_eq!(plain(&serde_json::json!(30)), comparable("30"));
    assert_ne!(comparable("Anna Beispiel"), comparable("Anna Beispie1"));
}
