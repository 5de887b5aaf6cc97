//! The person across all papers: whose name a proof bears, and when and where they were born.

use super::Finding;
use crate::check::calendar::{Day, swapped};
use crate::check::case::Case;
use crate::check::names::{self, Likeness};
use crate::check::papers::{holder_names, reading, reading_day};
use crate::{DocumentFields, Field};

/// Where proofs name the person they belong to.
const HOLDERS: [(&str, &str); 13] = [
    ("payslip", "employee"),
    ("employment_contract", "employee"),
    ("employment_declaration_ba", "employee"),
    ("employer_certificate", "employee"),
    ("enrolment_certificate", "student"),
    ("health_insurance_proof", "insured"),
    ("language_certificate", "holder"),
    ("pension_insurance_record", "insured"),
    ("bank_statement", "holder"),
    ("blocked_account", "holder"),
    ("training_contract", "trainee"),
    ("university_degree", "holder"),
    ("life_in_germany_test", "holder"),
];
/// Proofs that carry their holder's names in two fields.
const NAMED: [&str; 1] = ["registration_certificate"];
/// Where a birth date that must be the applicant's stands.
const BORN: [&str; 9] = [
    "passport",
    "residence_permit_card",
    "registration_certificate",
    "language_certificate",
    "employment_declaration_ba",
    "payslip",
    "fictional_certificate",
    "integration_course_certificate",
    "life_in_germany_test",
];

/// PL005: one hint per class; a relative named in the form may hold the proof.
pub(super) fn name_in_proofs(case: &Case<'_>) -> Vec<Finding> {
    let applicant = case.full_names();
    if applicant.is_empty() || case.form.get("applicant.given_names").is_none() {
        return Vec::new();
    }
    let mut known = applicant.clone();
    known.extend(relatives(case));
    let mut found = Vec::new();
    for (class, name) in HOLDERS {
        let strangers = case.papers(class).filter_map(|paper| Some((paper, reading(paper, name)?)));
        let stranger = strangers
            .filter(|(_, field)| is_stranger(case, &known, &field.value))
            .map(|(paper, field)| (paper, field, field.value.clone()))
            .next();
        found.extend(stranger.map(|hit| name_finding(case, &applicant, hit)));
    }
    for class in NAMED {
        let stranger = case.papers(class).find_map(|paper| {
            let (surname, given) = holder_names(paper);
            let (surname, given) = surname.zip(given)?;
            let whole = format!("{} {}", given.value, surname.value);
            is_stranger(case, &known, &whole).then_some((paper, surname, whole))
        });
        found.extend(stranger.map(|hit| name_finding(case, &applicant, hit)));
    }
    found
}

fn name_finding(
    case: &Case<'_>,
    applicant: &[String],
    (paper, field, whole): (&DocumentFields, &Field, String),
) -> Finding {
    let form = applicant.first().map_or("", String::as_str);
    Finding::new("PL005").form("applicant", form).paper(case, paper, field).show("paper", whole)
}

/// Not alike in either part: the whole name differs, and neither given name nor surname alone
/// would explain it (maiden names, a proof with the surname only).
fn is_stranger(case: &Case<'_>, known: &[String], name: &str) -> bool {
    let likeness = names::compare_any(known.iter().map(String::as_str), name);
    if likeness != Some(Likeness::Different) {
        return false;
    }
    // In a family case the sponsor need not be named in the form.
    let family = case.kind.is_some_and(|kind| {
        matches!(kind.id.as_str(), "family_reunification" | "declaration_of_commitment")
    });
    !family || relatives(case).iter().any(|name| !name.trim().is_empty())
}

fn relatives(case: &Case<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for who in ["spouse", "father", "mother"] {
        let given = case.form.get(&format!("family.{who}.given_names")).unwrap_or_default();
        for part in ["surname", "former_surnames"] {
            if let Some(surname) = case.form.get(&format!("family.{who}.{part}")) {
                found.push(format!("{given} {surname}").trim().to_owned());
            }
        }
    }
    let given = case.form.rows("family.children", "given_names");
    let surnames = case.form.rows("family.children", "surname");
    found.extend(given.iter().zip(surnames).map(|(given, surname)| format!("{given} {surname}")));
    found
}

/// PL006: one hint, for the first place that differs.
pub(super) fn birth_date(case: &Case<'_>) -> Vec<Finding> {
    let form_day = case.form.day("applicant.birth_date");
    let mut read: Vec<(&DocumentFields, &Field, Day)> = Vec::new();
    for class in BORN {
        for paper in case.own(class) {
            if names_another(case, paper) {
                continue;
            }
            if let Some((day, field)) = reading_day(paper, "birth_date") {
                read.push((paper, field, day));
            }
        }
    }
    if let (Some(form_day), Some(form)) = (form_day, case.form.get("applicant.birth_date")) {
        let differing = read.iter().find(|(_, _, day)| *day != form_day);
        return differing
            .map(|(paper, field, day)| {
                let text = if swapped(*day, form_day) { "PL006-swapped" } else { "PL006" };
                Finding::new(text).form("applicant.birth_date", form).paper(case, paper, field)
            })
            .into_iter()
            .collect();
    }
    let Some(&(first, field, day)) = read.first() else { return Vec::new() };
    read.iter()
        .find(|(_, _, other)| *other != day)
        .map(|(paper, other, _)| {
            Finding::new("PL006-papers").paper(case, first, field).paper(case, paper, other)
        })
        .into_iter()
        .collect()
}

/// The paper bears another name than the applicant's: its dates are another person's.
fn names_another(case: &Case<'_>, paper: &DocumentFields) -> bool {
    let names_known = case.full_names();
    let class = paper.document.document_class.as_str();
    HOLDERS
        .iter()
        .find(|(known, _)| *known == class)
        .and_then(|(_, name)| reading(paper, name))
        .and_then(|field| names::compare_any(names_known.iter().map(String::as_str), &field.value))
        .is_some_and(|likeness| likeness == Likeness::Different)
}

/// PL009: towns are renamed and transliterated; only said softly.
pub(super) fn birth_place(case: &Case<'_>) -> Vec<Finding> {
    let Some(form) = case.form.get("applicant.birth_place") else { return Vec::new() };
    case.passports()
        .into_iter()
        .filter_map(|paper| Some((paper, reading(paper, "place_of_birth")?)))
        .filter(|(_, field)| names::compare(form, &field.value) == Likeness::Different)
        .take(1)
        .map(|(paper, field)| {
            Finding::new("PL009").form("applicant.birth_place", form).paper(case, paper, field)
        })
        .collect()
}

/// PL060: passports of several persons outside a family's application.
pub(super) fn one_person(case: &Case<'_>) -> Vec<Finding> {
    let several = case.kind.is_some_and(|kind| {
        matches!(kind.id.as_str(), "family_reunification" | "declaration_of_commitment")
    });
    if several || case.own("passport").next().is_none() {
        return Vec::new();
    }
    case.papers("passport")
        .filter(|paper| case.is_another_persons(paper))
        .filter_map(|paper| Some((paper, reading(paper, "surname")?)))
        .take(1)
        .map(|(paper, field)| Finding::new("PL060").paper(case, paper, field))
        .collect()
}
