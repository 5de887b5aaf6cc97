//! Study, its money, and the purpose of the stay.

use super::Finding;
use crate::check::calendar::semester_end;
use crate::check::case::{Case, salary_year};
use crate::check::names;
use crate::check::papers::{reading, reading_day, reading_number};
use crate::{DocumentFields, Field};

/// Words of a visa's remarks, in plain capitals, and the purpose they name.
const REMARKS: [(&str, &str); 8] = [
    ("STUDI", "study_or_training"),
    ("SPRACHKURS", "study_or_training"),
    ("AUSBILDUNG", "study_or_training"),
    ("ERWERB", "employment"),
    ("BESCHAEFTIGUNG", "employment"),
    ("BLAUE", "employment"),
    ("FAMILIEN", "family"),
    ("EHEGATT", "family"),
];
/// Hours of two papers may differ by this much.
const HOURS_TOLERANCE: f64 = 0.25;
/// Pay of two papers may differ by this part.
const PAY_TOLERANCE: f64 = 0.01;
/// Words of a university's name that say nothing.
const GENERIC: [&str; 14] = [
    "UNIVERSITAET",
    "UNIVERSITY",
    "TECHNISCHE",
    "TECHNISCHEN",
    "HOCHSCHULE",
    "FACHHOCHSCHULE",
    "FAKULTAET",
    "INSTITUT",
    "FUER",
    "UND",
    "DER",
    "DIE",
    "STUDIUM",
    "ANGEWANDTE",
];

/// PL018: a change of purpose is often allowed; the hint asks for a word about it.
pub(super) fn visa_purpose(case: &Case<'_>) -> Vec<Finding> {
    let id = "purpose.category";
    let Some(form) = case.form.get(id) else { return Vec::new() };
    if !REMARKS.iter().any(|(_, purpose)| *purpose == form) {
        return Vec::new();
    }
    let visas: Vec<_> = case.own("visa").collect();
    let [visa] = visas.as_slice() else { return Vec::new() };
    let Some(field) = reading(visa, "remarks") else { return Vec::new() };
    let words =
        names::tokens(&field.value).iter().map(|word| names::plain(word)).collect::<String>();
    let said: Vec<&str> = REMARKS
        .iter()
        .filter(|(word, _)| words.contains(word))
        .map(|(_, purpose)| *purpose)
        .collect();
    if said.is_empty() || said.contains(&form) {
        return Vec::new();
    }
    vec![Finding::new("PL018").form(id, form).paper(case, visa, field)]
}

/// PL033: pay, hours and beginning in the contract and in the declaration for the agency.
pub(super) fn contract_and_declaration(case: &Case<'_>) -> Vec<Finding> {
    let contracts: Vec<_> = case.papers("employment_contract").collect();
    let declarations: Vec<_> = case.papers("employment_declaration_ba").collect();
    // Of several nobody knows which belong together.
    let ([contract], [declaration]) = (contracts.as_slice(), declarations.as_slice()) else {
        return Vec::new();
    };
    let pair = differing_hours(contract, declaration)
        .or_else(|| differing_pay(contract, declaration))
        .or_else(|| differing_start(contract, declaration));
    pair.map(|(one, other)| {
        Finding::new("PL033").paper(case, contract, one).paper(case, declaration, other)
    })
    .into_iter()
    .collect()
}

type Pair<'a> = Option<(&'a Field, &'a Field)>;

fn differing_hours<'a>(contract: &'a DocumentFields, other: &'a DocumentFields) -> Pair<'a> {
    let (one, first) = reading_number(contract, "weekly_hours")?;
    let (two, second) = reading_number(other, "weekly_hours")?;
    ((one - two).abs() > HOURS_TOLERANCE).then_some((first, second))
}

/// The declaration may give pay by the month, by the year or by the hour.
fn differing_pay<'a>(contract: &'a DocumentFields, other: &'a DocumentFields) -> Pair<'a> {
    let year = salary_year(contract)?;
    let (stated, second) = reading_number(other, "gross_salary")?;
    let first = reading(contract, "gross_salary")?;
    let hours = reading_number(other, "weekly_hours").map(|(hours, _)| stated * hours * 52.0);
    let readings = [Some(stated), Some(stated * 12.0), Some(stated * 13.0), hours];
    let fits = |reading: f64| year > 0.0 && ((reading - year) / year).abs() <= PAY_TOLERANCE;
    let differs = !readings.into_iter().flatten().any(fits);
    differs.then_some((first, second))
}

fn differing_start<'a>(contract: &'a DocumentFields, other: &'a DocumentFields) -> Pair<'a> {
    let (one, first) = reading_day(contract, "start_date")?;
    let (two, second) = reading_day(other, "start_date")?;
    (one != two).then_some((first, second))
}

/// PL046: the semester of the newest certificate is over.
pub(super) fn old_semester(case: &Case<'_>) -> Vec<Finding> {
    let certificates: Vec<_> = case.papers("enrolment_certificate").collect();
    let read: Vec<_> = certificates
        .iter()
        .filter_map(|paper| {
            let field = reading(paper, "semester")?;
            Some((*paper, field, semester_end(&field.value)?))
        })
        .collect();
    if read.len() < certificates.len() {
        return Vec::new();
    }
    read.into_iter()
        .max_by_key(|(_, _, end)| *end)
        .filter(|(_, _, end)| *end < case.today)
        .map(|(paper, field, _)| {
            Finding::new("PL046").paper(case, paper, field).with("today", case.today.to_string())
        })
        .into_iter()
        .collect()
}

/// PL047: the form explains the purpose with another university.
pub(super) fn university(case: &Case<'_>) -> Vec<Finding> {
    let id = "purpose.explanation";
    let Some(form) = case.form.get(id) else { return Vec::new() };
    let stated = words(form);
    let names_one =
        stated.iter().any(|word| word.starts_with("UNIVERS") || word.ends_with("HOCHSCHULE"));
    if !names_one {
        return Vec::new();
    }
    let read: Vec<_> = case
        .papers("enrolment_certificate")
        .filter_map(|paper| Some((paper, reading(paper, "university")?)))
        .collect();
    let agrees = |field: &Field| {
        let telling: Vec<String> = words(&field.value)
            .into_iter()
            .filter(|word| !GENERIC.contains(&word.as_str()))
            .collect();
        // A short form of the name, or a name of nothing but general words, settles nothing.
        telling.is_empty() || telling.iter().any(|word| stated.contains(word))
    };
    let Some((paper, field)) = read.first() else { return Vec::new() };
    if read.iter().any(|(_, field)| agrees(field)) {
        return Vec::new();
    }
    vec![Finding::new("PL047").form(id, form).paper(case, paper, field)]
}

fn words(text: &str) -> Vec<String> {
    names::tokens(text)
        .iter()
        .map(|word| names::plain(word))
        .filter(|word| word.len() > 2)
        .collect()
}

/// PL048: near eligibility; other means may be added.
pub(super) fn blocked_amount(case: &Case<'_>) -> Vec<Finding> {
    let figure = match case.kind.map(|kind| kind.id.as_str()) {
        Some("study") => "study_monthly",
        Some("opportunity_card") => "opportunity_card_monthly",
        Some(_) | None => return Vec::new(),
    };
    let Some((wanted, until)) = case.figure(figure) else { return Vec::new() };
    let accounts: Vec<_> = case
        .papers("blocked_account")
        .filter_map(|paper| Some((paper, reading_number(paper, "monthly_release_eur")?)))
        .collect();
    let most = accounts.into_iter().max_by(|(_, (a, _)), (_, (b, _))| a.total_cmp(b));
    most.filter(|(_, (amount, _))| *amount < wanted)
        .map(|(paper, (_, field))| {
            Finding::new("PL048")
                .paper(case, paper, field)
                .with("figure", format!("{wanted:.2} EUR"))
                .show("until", until.map(|day| day.to_string()).unwrap_or_default())
        })
        .into_iter()
        .collect()
}

/// PL070: since May 2025 a picture comes from the studio or the terminal (§ 60 `AufenthV`).
pub(super) fn photo(case: &Case<'_>) -> Vec<Finding> {
    case.papers("biometric_photo")
        .take(1)
        .map(|paper| {
            let finding =
                Finding::new("PL070").with("class", paper.document.document_class.clone());
            finding.show("file", paper.document.filename.clone())
        })
        .collect()
}
