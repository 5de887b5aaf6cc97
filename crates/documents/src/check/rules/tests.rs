//! Each rule with a hit, no hit and likely false alarms; what is absent or unreadable is tried on
//! every hit. People and firms are invented.

use super::{CODE, Severity};
use crate::check::Mode;
use crate::check::tests::Sample;
use crate::check::texts::LANGUAGES;

/// What a rule should say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Say {
    Nothing,
    At(Severity),
}

const HIT: Say = Say::At(Severity::Check);
const INFO: Say = Say::At(Severity::Info);
const QUALITY: Say = Say::At(Severity::Quality);
const PROBLEM: Say = Say::At(Severity::LikelyProblem);
const NONE: Say = Say::Nothing;

type Row = (&'static str, Say, &'static str, &'static str, &'static [&'static str]);

/// Type and facts, form, papers.
const EMPLOYMENT: &str = "employment|";
const ANNA: &str =
    "applicant.surname=Weber;applicant.given_names=Anna Maria;applicant.birth_date=1990-02-03";

mod table;

fn sample(row: &Row) -> Sample {
    let (rule, _, facts, form, papers) = *row;
    let (kind, facts) = facts.split_once('|').unwrap_or((facts, ""));
    let form = form.replace("ANNA", ANNA);
    let mut sample = Sample::new(Box::leak(kind.to_owned().into_boxed_str()), facts, &form, papers);
    sample.settings.on.insert(rule.to_owned());
    sample
}

fn said(sample: &Sample, rule: &str) -> Say {
    let checked = sample.check().unwrap();
    let loudest = checked.hints.iter().filter(|hint| hint.rule == rule).map(|h| h.severity).max();
    loudest.map_or(Say::Nothing, Say::At)
}

fn rows() -> impl Iterator<Item = &'static Row> {
    table::ROWS.iter()
}

#[test]
fn hits_and_false_alarms() {
    for row in rows() {
        assert_eq!(said(&sample(row), row.0), row.1, "{row:?}");
    }
}

#[test]
fn each_rule_has_a_hit_and_a_false_alarm() {
    for (id, _) in CODE {
        let hits = rows().filter(|row| row.0 == id && row.1 != NONE).count();
        let misses = rows().filter(|row| row.0 == id && row.1 == NONE).count();
        assert!(hits > 0 && misses > 0, "{id}: {hits} hits, {misses} without");
    }
}

/// Unreadable papers give no hint, and neither do absent ones. Where the form alone contradicts
/// itself there is nothing to take away.
#[test]
fn unreadable_and_absent_give_no_hint() {
    for row in rows().filter(|row| row.1 != NONE && !row.4.is_empty()) {
        // These two speak of the file, not of what it says.
        if matches!(row.0, "PL062" | "PL070") {
            continue;
        }
        let mut unreadable = sample(row);
        for field in unreadable.documents.iter_mut().flat_map(|paper| &mut paper.fields) {
            field.confidence = 0.3;
        }
        assert_eq!(said(&unreadable, row.0), NONE, "unreadable: {row:?}");
        // A box about the end of a marriage asks for the paper about it.
        if row.0 == "PL027" {
            continue;
        }
        let mut absent = sample(row);
        absent.documents.clear();
        assert_eq!(said(&absent, row.0), NONE, "absent: {row:?}");
    }
}

#[test]
fn what_was_not_read_surely_asks_for_no_look() {
    const PAPERS: &[&str] = &["passport:surname=KOVAC;given_names=ANNA MARIA"];
    let row: Row = ("PL003", HIT, EMPLOYMENT, "ANNA", PAPERS);
    assert_eq!(said(&sample(&row), "PL003"), HIT);
    let mut unsure = sample(&row);
    for field in &mut unsure.documents[0].fields {
        field.confidence = 0.65;
    }
    assert_eq!(said(&unsure, "PL003"), INFO);
}

#[test]
fn a_file_without_text_is_hard_to_read() {
    let row: Row = ("PL062", QUALITY, EMPLOYMENT, "", &[]);
    let mut sample = sample(&row);
    assert_eq!(said(&sample, "PL062"), NONE);
    sample.unread =
        vec![crate::check::UnreadFile { file_index: 0, filename: "IMG_0012.jpg".into() }];
    assert_eq!(said(&sample, "PL062"), QUALITY);
}

#[test]
fn every_hint_says_what_was_compared() {
    for row in rows().filter(|row| row.1 != NONE) {
        for &(language, ..) in LANGUAGES {
            let mut sample = sample(row);
            sample.language = language;
            let checked = sample.check().unwrap();
            assert_eq!(checked.language, language);
            for hint in checked.hints {
                assert!(!hint.text.contains("{$") && !hint.text.contains("{ $"), "{}", hint.text);
                assert!(hint.text.len() > 60, "{}: {}", hint.rule, hint.text);
                assert!(hint.compared.len() + hint.places.len() > 0 || hint.rule == "PL069");
                assert!((0.0..=1.0).contains(&hint.confidence));
            }
        }
    }
}

#[test]
fn switches_stages_and_modes() {
    let row = &("PL003", HIT, EMPLOYMENT, "ANNA", &["passport:surname=KOVAC"][..]);
    let mut off = sample(row);
    off.settings.off.insert("PL003".into());
    assert_eq!(said(&off, "PL003"), NONE);

    // Off by default, and never for applicants, whatever the switch says.
    let near = &(
        "PL034",
        INFO,
        "employment|variant=blue_card",
        "",
        &["employment_contract:gross_salary=30000.00 EUR;salary_period=year"][..],
    );
    let mut switched = sample(near);
    assert_eq!(said(&switched, "PL034"), INFO);
    switched.mode = Mode::Applicant;
    assert_eq!(said(&switched, "PL034"), NONE);
    switched.mode = Mode::Office;
    switched.settings.on.clear();
    assert_eq!(said(&switched, "PL034"), NONE);

    // A figure out of its dates silences its rule.
    let mut late = sample(near);
    late.facts.insert("today".into(), "2027-01-01".into());
    assert_eq!(said(&late, "PL034"), NONE);

    let mut applicant = sample(row);
    applicant.mode = Mode::Applicant;
    let text = applicant.check().unwrap().hints.remove(0).text;
    assert!(text.contains("freiwillige Hilfe"), "{text}");
}

#[test]
fn the_voluntary_field_is_not_read() {
    let row = &("PL069", INFO, EMPLOYMENT, "applicant.religion=KANARIE", &[][..]);
    let checked = sample(row).check().unwrap();
    assert!(!format!("{checked:?}").contains("KANARIE"));
}
