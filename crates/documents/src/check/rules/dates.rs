//! Days that should follow one another.

use super::Finding;
use crate::check::calendar::{Day, months_later};
use crate::check::case::Case;
use crate::check::papers::{reading, reading_day};
use crate::{DocumentFields, Field};

/// Before a title ends, an extension is due.
const TITLE_DAYS_LEFT: u64 = 14;
/// A passport with less left will soon be needed anew.
const PASSPORT_MONTHS_LEFT: u32 = 6;

/// The passport that is valid longest: older ones are uploaded for their stamps.
fn newest_passport<'a>(case: &Case<'a>) -> Option<(&'a DocumentFields, &'a Field, Day)> {
    let passports = case.passports();
    let read: Vec<_> = passports
        .iter()
        .filter_map(|paper| {
            let (day, field) = reading_day(paper, "expiry_date")?;
            Some((*paper, field, day))
        })
        .collect();
    // One whose last day is not readable may be the valid one.
    if read.len() < passports.len() {
        return None;
    }
    read.into_iter().max_by_key(|(_, _, day)| *day)
}

/// PL010
pub(super) fn passport_expired(case: &Case<'_>) -> Vec<Finding> {
    newest_passport(case)
        .filter(|(_, _, day)| *day < case.today)
        .map(|(paper, field, _)| {
            Finding::new("PL010").paper(case, paper, field).with("today", case.today.to_string())
        })
        .into_iter()
        .collect()
}

/// PL011: not for titles without end.
pub(super) fn passport_and_stay(case: &Case<'_>) -> Vec<Finding> {
    let unlimited = case.kind.is_some_and(|kind| {
        matches!(kind.id.as_str(), "settlement_permit" | "eu_long_term_residence")
    });
    let Some(to) = case.form.get("stay.intended_to").filter(|_| !unlimited) else {
        return Vec::new();
    };
    let Some(wanted) = case.form.day("stay.intended_to") else { return Vec::new() };
    newest_passport(case)
        .filter(|(_, _, day)| case.today <= *day && *day < wanted)
        .map(|(paper, field, _)| {
            Finding::new("PL011").paper(case, paper, field).form("stay.intended_to", to)
        })
        .into_iter()
        .collect()
}

/// PL012
pub(super) fn passport_soon(case: &Case<'_>) -> Vec<Finding> {
    let soon = months_later(case.today, PASSPORT_MONTHS_LEFT);
    newest_passport(case)
        .filter(|(_, _, day)| case.today <= *day && soon.is_some_and(|soon| *day < soon))
        .map(|(paper, field, _)| {
            Finding::new("PL012").paper(case, paper, field).with("today", case.today.to_string())
        })
        .into_iter()
        .collect()
}

/// PL014: the latest of the applicant's titles counts.
pub(super) fn title_ending(case: &Case<'_>) -> Vec<Finding> {
    let mode = case.variable("mode");
    // A first application follows on a visa; a re-issue does not depend on the card's day.
    // Where the certificate itself is applied for, the title has ended or soon will.
    let silent = ["document_reissue", "fictional_certificate"];
    if mode.as_deref() == Some("reissue")
        || case.kind.is_some_and(|kind| silent.contains(&kind.id.as_str()))
    {
        return Vec::new();
    }
    let latest = ["residence_permit_card", "fictional_certificate", "visa"]
        .iter()
        .flat_map(|class| case.own(class).collect::<Vec<_>>())
        .filter(|paper| belongs_to_applicant(case, paper))
        .filter_map(|paper| {
            let (day, field) = reading_day(paper, "valid_until")?;
            Some((paper, field, day))
        })
        .max_by_key(|(_, _, day)| *day);
    let limit = case.today.checked_add_days(chrono::Days::new(TITLE_DAYS_LEFT));
    latest
        .filter(|(_, _, day)| limit.is_some_and(|limit| *day < limit))
        .map(|(paper, field, _)| {
            Finding::new("PL014").paper(case, paper, field).with("today", case.today.to_string())
        })
        .into_iter()
        .collect()
}

/// In a family case a card may be the sponsor's: only one that names the applicant counts.
fn belongs_to_applicant(case: &Case<'_>, paper: &DocumentFields) -> bool {
    use crate::check::names::{Likeness, compare};
    if case.kind.is_none_or(|kind| kind.id != "family_reunification") {
        return true;
    }
    case.form
        .get("applicant.given_names")
        .zip(reading(paper, "given_names"))
        .is_some_and(|(form, read)| compare(form, &read.value) != Likeness::Different)
}

/// PL015
pub(super) fn visa_data(case: &Case<'_>) -> Vec<Finding> {
    const PAIRS: [(&str, &str); 3] = [
        ("entry.visa_number", "visa_number"),
        ("entry.visa_valid_from", "valid_from"),
        ("entry.visa_valid_until", "valid_until"),
    ];
    let visas: Vec<_> = case.own("visa").collect();
    // Of several visas nobody knows which the form means.
    let [visa] = visas.as_slice() else { return Vec::new() };
    PAIRS
        .iter()
        .filter_map(|(id, name)| {
            let (form, field) = case.form.get(id).zip(reading(visa, name))?;
            let plain = |text: &str| text.replace([' ', '-'], "").to_uppercase();
            let differs = match (case.form.day(id), crate::check::day(&field.value)) {
                (Some(form), Some(read)) => form != read,
                _ if id.ends_with("number") => plain(form) != plain(&field.value),
                _ => false,
            };
            differs.then(|| Finding::new("PL015").form(id, form).paper(case, visa, field))
        })
        .take(1)
        .collect()
}

/// PL016: D is a national visa, C one of the Schengen area.
pub(super) fn visa_kind(case: &Case<'_>) -> Vec<Finding> {
    let Some(form) = case.form.get("entry.entry_mode") else { return Vec::new() };
    let visas: Vec<_> = case.own("visa").collect();
    let [visa] = visas.as_slice() else { return Vec::new() };
    let Some(field) = reading(visa, "visa_type") else { return Vec::new() };
    match (form, field.value.trim()) {
        ("national_visa", "C") | ("schengen_visa", "D") => {
            vec![Finding::new("PL016").form("entry.entry_mode", form).paper(case, visa, field)]
        }
        _ => Vec::new(),
    }
}

/// PL017: the entry lies outside the days of the visa.
pub(super) fn entry_and_visa(case: &Case<'_>) -> Vec<Finding> {
    let Some(form) = case.form.get("entry.first_entry_date") else { return Vec::new() };
    let Some(entry) = case.form.day("entry.first_entry_date") else { return Vec::new() };
    // Later applications name an entry of long ago.
    if case.variable("mode").is_some_and(|mode| mode != "first_grant") {
        return Vec::new();
    }
    let visas: Vec<_> = case.own("visa").collect();
    let [visa] = visas.as_slice() else { return Vec::new() };
    let range = reading_day(visa, "valid_from").zip(reading_day(visa, "valid_until"));
    let Some(((from, first), (until, last))) = range else { return Vec::new() };
    if (from..=until).contains(&entry) {
        return Vec::new();
    }
    let finding = Finding::new("PL017").form("entry.first_entry_date", form);
    vec![finding.paper(case, visa, first).paper(case, visa, last)]
}

/// PL059: birth before entry before today; from before to.
pub(super) fn order(case: &Case<'_>) -> Vec<Finding> {
    const PAIRS: [(&str, &str); 8] = [
        ("applicant.birth_date", "entry.first_entry_date"),
        ("applicant.birth_date", "applicant.marital_status_since"),
        ("applicant.birth_date", "residence.moved_on"),
        ("stay.intended_from", "stay.intended_to"),
        ("entry.visa_valid_from", "entry.visa_valid_until"),
        ("entry.visa_issued_on", "entry.visa_valid_until"),
        ("applicant.birth_date", "stay.intended_from"),
        ("entry.first_entry_date", "residence.moved_on"),
    ];
    // What has happened cannot lie ahead.
    const PAST: [&str; 4] = [
        "applicant.birth_date",
        "applicant.marital_status_since",
        "entry.first_entry_date",
        "residence.moved_on",
    ];
    let mut found = Vec::new();
    for (early, late) in PAIRS {
        let days = case.form.day(early).zip(case.form.day(late));
        let texts = case.form.get(early).zip(case.form.get(late));
        if let (Some((first, second)), Some((early_text, late_text))) = (days, texts)
            && first > second
        {
            let finding = Finding::new("PL059").form(early, early_text).form(late, late_text);
            found.push(finding.show("other", late_text));
        }
    }
    for id in PAST {
        if let (Some(day), Some(text)) = (case.form.day(id), case.form.get(id))
            && day > case.today
        {
            let finding = Finding::new("PL059-future").form(id, text);
            found.push(finding.with("today", case.today.to_string()));
        }
    }
    found.extend(paper_ranges(case));
    found
}

/// A paper that ends before it begins was misread or mistyped.
fn paper_ranges(case: &Case<'_>) -> Vec<Finding> {
    const RANGES: [(&str, &str, &str); 5] = [
        ("employment_contract", "start_date", "end_date"),
        ("training_contract", "start_date", "end_date"),
        ("rental_contract", "start_date", "end_date"),
        ("passport", "issue_date", "expiry_date"),
        ("bank_statement", "period_from", "period_to"),
    ];
    let mut found = Vec::new();
    for (class, from, to) in RANGES {
        for paper in case.papers(class) {
            let range = reading_day(paper, from).zip(reading_day(paper, to));
            if let Some(((from, first), (to, last))) = range
                && from > to
            {
                found.push(
                    Finding::new("PL059-paper").paper(case, paper, first).paper(case, paper, last),
                );
            }
        }
    }
    found
}
