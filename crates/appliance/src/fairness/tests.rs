use std::collections::{BTreeMap, BTreeSet};

use super::{Compared, Said, Verdict, differences, html, is_exceeded, json, pairs};

fn said(rules: &[&str], recognised: bool) -> Said {
    Said {
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect::<BTreeSet<_>>(),
        loud: !rules.is_empty(),
        wrong: !rules.is_empty(),
        recognised: BTreeMap::from([("datei-01.jpg".to_owned(), recognised)]),
    }
}

fn compared(count: usize, one: &Said, other: &Said) -> Vec<Compared> {
    let pair = Compared { attribute: "sex".into(), sides: [one.clone(), other.clone()] };
    vec![pair; count]
}

#[test]
fn a_difference_needs_pairs_before_it_is_told() {
    let silent = said(&[], true);
    let loud = said(&["PL003"], true);
    let verdict = |pairs: &[Compared], measure: &str| {
        let all = differences(pairs, 0.02);
        all.into_iter().find(|one| one.measure == measure).unwrap()
    };
    // Nothing differs, and there are enough pairs to say so.
    let one = verdict(&compared(120, &loud, &loud), "PL003");
    assert_eq!((one.sides, one.alone, one.verdict), ([120, 120], [0, 0], Verdict::Within));
    // Ten pairs say nothing, whatever they show.
    assert_eq!(verdict(&compared(10, &loud, &loud), "hint").verdict, Verdict::Open);
    let mut mixed = compared(100, &silent, &silent);
    mixed.extend(compared(1, &silent, &loud));
    assert_eq!(verdict(&mixed, "hint").verdict, Verdict::Open);
    mixed.extend(compared(20, &silent, &loud));
    let one = verdict(&mixed, "hint");
    assert_eq!(one.verdict, Verdict::Exceeded);
    assert!(one.low > 0.02 && one.low < one.difference && one.difference < one.high, "{one:?}");
    assert!(is_exceeded(&differences(&mixed, 0.02)) && !is_exceeded(&differences(&mixed, 0.5)));
}

#[test]
fn papers_are_paired_by_the_numbers_of_their_files() {
    let mut other = said(&[], false);
    other.recognised = BTreeMap::from([("datei-01.glare.jpg".to_owned(), false)]);
    let all = differences(&compared(3, &said(&[], true), &other), 0.02);
    let papers = all.iter().find(|one| one.measure == "paper").unwrap();
    assert_eq!((papers.pairs, papers.sides), (3, [0, 3]));
}

#[test]
fn the_report_names_limit_and_verdict() {
    let all = differences(&compared(60, &said(&[], true), &said(&["PL003"], true)), 0.02);
    let by = ["amtshilfe <test>".to_owned()];
    let page = html(&all, 0.02, &by);
    for words in ["Grenze: 2", "Geschlecht", "PL003", "überschritten", "amtshilfe &lt;test&gt;"] {
        assert!(page.contains(words), "{words}");
    }
    let file = json(&all, 0.02, &by);
    assert_eq!(file["exceeded"], true);
    assert_eq!(file["differences"][0]["measure"], "hint");
}

#[test]
fn a_folder_without_pairs_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(pairs(folder.path()).is_err());
    for side in ["a", "b"] {
        let path = folder.path().join("sex-0001").join(side);
        fs_err::create_dir_all(&path).unwrap();
        fs_err::write(path.join("datei-01.txt"), "Reisepass").unwrap();
        let case = r#"{"application_type": "study", "form": {"form.health.insured": true},
            "facts": {"today": "2026-05-01", "not_scored": ["passport"]},
            "expected": {"hints_expected": ["PL003"]}, "papers": {"datei-01.txt": "passport"}}"#;
        fs_err::write(path.join("case.json"), case).unwrap();
    }
    let read = pairs(folder.path()).unwrap();
    let [pair] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!((pair.attribute.as_str(), pair.sides[0].files.len()), ("sex", 1));
    assert_eq!(pair.sides[1].form["form.health.insured"], "true");
    assert!(!pair.sides[1].facts.contains_key("not_scored"));
}
