//! Insurance, language and pension.

use super::Finding;
use crate::check::calendar::Day;
use crate::check::case::Case;
use crate::check::names::{self, Likeness};
use crate::check::papers::{reading, reading_day, reading_number};
use crate::{DocumentFields, Field};

const LEVELS: [&str; 6] = ["A1", "A2", "B1", "B2", "C1", "C2"];

/// The insurance that lasts longest; none where one has no readable end.
fn longest_insurance<'a>(case: &Case<'a>) -> Option<(&'a DocumentFields, &'a Field, Day)> {
    let proofs: Vec<_> = case.papers("health_insurance_proof").collect();
    let read: Vec<_> = proofs
        .iter()
        .filter_map(|paper| {
            let (day, field) = reading_day(paper, "valid_until")?;
            Some((*paper, field, day))
        })
        .collect();
    // A proof without a day, or without end, may be the one that counts.
    if read.len() < proofs.len() {
        return None;
    }
    read.into_iter().max_by_key(|(_, _, day)| *day)
}

/// PL043
pub(super) fn insurance_ended(case: &Case<'_>) -> Vec<Finding> {
    longest_insurance(case)
        .filter(|(_, _, day)| *day < case.today)
        .map(|(paper, field, _)| {
            Finding::new("PL043").paper(case, paper, field).with("today", case.today.to_string())
        })
        .into_iter()
        .collect()
}

/// PL044: it ends before the stay, or is a travel policy.
pub(super) fn insurance_and_stay(case: &Case<'_>) -> Vec<Finding> {
    let proofs: Vec<_> = case.papers("health_insurance_proof").collect();
    let kinds: Vec<_> = proofs
        .iter()
        .filter_map(|paper| Some((*paper, reading(paper, "insurance_kind")?)))
        .collect();
    if let Some((paper, field)) = kinds.first()
        && kinds.len() == proofs.len()
        && kinds.iter().all(|(_, field)| field.value == "incoming_travel")
    {
        return vec![Finding::new("PL044-travel").paper(case, paper, field)];
    }
    let (Some(form), Some(wanted)) =
        (case.form.get("stay.intended_to"), case.form.day("stay.intended_to"))
    else {
        return Vec::new();
    };
    longest_insurance(case)
        .filter(|(_, _, day)| case.today <= *day && *day < wanted)
        .map(|(paper, field, _)| {
            Finding::new("PL044").paper(case, paper, field).form("stay.intended_to", form)
        })
        .into_iter()
        .collect()
}

/// PL045
pub(super) fn insurer(case: &Case<'_>) -> Vec<Finding> {
    let Some(form) = case.form.get("health.insurer") else { return Vec::new() };
    let read: Vec<_> = case
        .papers("health_insurance_proof")
        .filter_map(|paper| Some((paper, reading(paper, "insurer")?)))
        .collect();
    let agrees = |field: &Field| {
        names::compare_firms(form, &field.value) != Likeness::Different
            || is_short_for(form, &field.value)
            || is_short_for(&field.value, form)
    };
    let Some((paper, field)) = read.first() else { return Vec::new() };
    if read.iter().any(|(_, field)| agrees(field)) {
        return Vec::new();
    }
    vec![Finding::new("PL045").form("health.insurer", form).paper(case, paper, field)]
}

/// `NWK` for "Nordwind Krankenkasse": the letters stand in the name in their order.
fn is_short_for(short: &str, long: &str) -> bool {
    let (short, long) = (names::tokens(short).concat(), names::tokens(long));
    if short.len() > 5 || long.len() < 2 {
        return false;
    }
    let whole = long.concat();
    let mut rest = whole.chars();
    whole.chars().next() == short.chars().next()
        && short.chars().all(|wanted| rest.any(|letter| letter == wanted))
}

/// PL052: near eligibility; exceptions are the office's.
pub(super) fn language_level(case: &Case<'_>) -> Vec<Finding> {
    let Some(wanted) = wanted_level(case) else { return Vec::new() };
    let rank = |level: &str| LEVELS.iter().position(|known| *known == level.trim());
    let best = case
        .papers("language_certificate")
        .filter_map(|paper| {
            let field = reading(paper, "level")?;
            Some((paper, field, rank(&field.value)?))
        })
        .max_by_key(|(_, _, rank)| *rank);
    best.filter(|(_, _, best)| rank(wanted).is_some_and(|wanted| *best < wanted))
        .map(|(paper, field, _)| {
            Finding::new("PL052").paper(case, paper, field).with("wanted", wanted)
        })
        .into_iter()
        .collect()
}

/// The level usually asked for by type and variant.
fn wanted_level(case: &Case<'_>) -> Option<&'static str> {
    match (case.kind?.id.as_str(), case.variant()) {
        ("settlement_permit", Some("blue_card_holder"))
        | ("family_reunification", Some("spouse_of_german" | "spouse_of_foreigner")) => Some("A1"),
        ("settlement_permit" | "eu_long_term_residence" | "vocational_training", _) => Some("B1"),
        ("employment", Some("recognition_measure")) => Some("A2"),
        _ => None,
    }
}

/// PL054: near eligibility; child-raising and the spouse's record may help.
pub(super) fn pension_months(case: &Case<'_>) -> Vec<Finding> {
    if case.kind.is_none_or(|kind| kind.id != "settlement_permit") {
        return Vec::new();
    }
    let figure = match case.variant() {
        Some("general") => "pension_months_general",
        Some("skilled_worker") => "pension_months_skilled",
        Some("blue_card_holder") => "pension_months_blue_card",
        Some(_) | None => return Vec::new(),
    };
    let Some((wanted, _)) = case.figure(figure) else { return Vec::new() };
    case.papers("pension_insurance_record")
        .filter_map(|paper| {
            let (mandatory, field) = reading_number(paper, "months_mandatory")?;
            let voluntary = reading_number(paper, "months_voluntary").map_or(0.0, |(n, _)| n);
            let months = mandatory + voluntary;
            (months < wanted).then(|| {
                Finding::new("PL054")
                    .paper(case, paper, field)
                    .show("paper", format!("{months:.0}"))
                    .with("wanted", format!("{wanted:.0}"))
            })
        })
        .take(1)
        .collect()
}

/// PL053: the box about German and the certificate.
pub(super) fn language_box(case: &Case<'_>) -> Vec<Finding> {
    let Some(form) = case.form.get("integration.german_level") else { return Vec::new() };
    case.papers("language_certificate")
        .filter_map(|paper| Some((paper, reading(paper, "level")?)))
        .filter(|(_, field)| match (form, field.value.trim()) {
            ("a2_sufficient", level) => level == "A1",
            ("none", level) => LEVELS.contains(&level),
            _ => false,
        })
        .take(1)
        .map(|(paper, field)| {
            Finding::new("PL053").form("integration.german_level", form).paper(case, paper, field)
        })
        .collect()
}
