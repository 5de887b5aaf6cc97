//! Employer, contract and pay.

use super::Finding;
use crate::check::calendar::age;
use crate::check::case::{Case, salary_year};
use crate::check::condition::truthful;
use crate::check::names::{self, Likeness};
use crate::check::papers::{reading, reading_number};
use crate::{DocumentFields, Field};

/// Pay on slips may differ from the contract by this part.
const PAY_TOLERANCE: f64 = 0.10;
/// The payslips looked at: the newest three.
const PAYSLIPS: usize = 3;
const AGE_OF_PROVISION: u32 = 45;
/// Taxes and contributions take less than the rest of it.
const NET_SHARE_MIN: f64 = 0.4;
/// What tells a firm's name from other words.
const LEGAL_FORMS: [&str; 9] = ["GMBH", "GGMBH", "AG", "KG", "OHG", "UG", "SE", "GBR", "KGAA"];

/// PL031: the contract leads; a paper that agrees with any contract is fine.
pub(super) fn employer(case: &Case<'_>) -> Vec<Finding> {
    let contracts: Vec<(&DocumentFields, &Field)> = case
        .papers("employment_contract")
        .filter_map(|paper| Some((paper, reading(paper, "employer")?)))
        .collect();
    let others = ["payslip", "employment_declaration_ba", "employer_certificate"]
        .iter()
        .flat_map(|class| case.papers(class).collect::<Vec<_>>())
        .filter_map(|paper| Some((paper, reading(paper, "employer")?)));
    let Some(&(contract, leading)) = contracts.first() else { return Vec::new() };
    if let Some(finding) = firm_of_the_form(case, &contracts) {
        return vec![finding.paper(case, contract, leading)];
    }
    others
        .filter(|(paper, _)| contracts.iter().any(|(known, _)| may_compare(case, known, paper)))
        .filter(|(_, field)| {
            contracts.iter().all(|(_, known)| {
                names::compare_firms(&known.value, &field.value) == Likeness::Different
            })
        })
        .take(1)
        .map(|(paper, field)| {
            Finding::new("PL031").paper(case, contract, leading).paper(case, paper, field)
        })
        .collect()
}

/// The form explains the purpose with a firm that no contract names. Only a legal form tells a firm from other words.
fn firm_of_the_form(case: &Case<'_>, contracts: &[(&DocumentFields, &Field)]) -> Option<Finding> {
    let id = "purpose.explanation";
    let form = case.form.get(id)?;
    let words = |text: &str| -> Vec<String> {
        names::tokens(text).iter().map(|token| names::plain(token)).collect()
    };
    let stated = words(form);
    // In a family case the form speaks of relatives, and the contract may be theirs.
    let family = case.kind.is_some_and(|kind| kind.id == "family_reunification");
    if family || !stated.iter().any(|word| LEGAL_FORMS.contains(&word.as_str())) {
        return None;
    }
    let telling = |word: &String| word.len() > 2 && !LEGAL_FORMS.contains(&word.as_str());
    let named = contracts
        .iter()
        .any(|(_, field)| words(&field.value).iter().any(|w| telling(w) && stated.contains(w)));
    (!named).then(|| Finding::new("PL031-form").form(id, form))
}

/// PL032: the mean of the newest slips against the contract.
pub(super) fn salary_and_payslips(case: &Case<'_>) -> Vec<Finding> {
    let contracts: Vec<_> = case.papers("employment_contract").collect();
    let [contract] = contracts.as_slice() else { return Vec::new() };
    let monthly = salary_year(contract).map(|year| year / 12.0);
    let Some((monthly, field)) = monthly.zip(reading(contract, "gross_salary")) else {
        return Vec::new();
    };
    let mut slips: Vec<_> = case
        .papers("payslip")
        .filter(|slip| same_person(contract, slip))
        .filter_map(|slip| Some((slip, reading_number(slip, "gross_eur")?)))
        // Nobody keeps so little of a month's pay: the sum since January was read for it.
        .filter(|(slip, (gross, _))| {
            reading_number(slip, "net_eur").is_none_or(|(net, _)| net >= gross * NET_SHARE_MIN)
        })
        .collect();
    slips.sort_by(|(a, _), (b, _)| month_text(b).cmp(month_text(a)));
    slips.truncate(PAYSLIPS);
    let Some((slip, (_, gross))) = slips.first() else { return Vec::new() };
    let count = f64::from(u32::try_from(slips.len()).unwrap_or(1));
    let mean = slips.iter().map(|(_, (amount, _))| amount).sum::<f64>() / count;
    if monthly <= 0.0 || ((mean - monthly) / monthly).abs() <= PAY_TOLERANCE {
        return Vec::new();
    }
    let finding = Finding::new("PL032").paper(case, contract, field).paper(case, slip, gross);
    vec![
        finding.with("mean", format!("{mean:.2} EUR")).with("monthly", format!("{monthly:.2} EUR")),
    ]
}

fn month_text(slip: &DocumentFields) -> &str {
    reading(slip, "month").map_or("", |field| field.value.as_str())
}

/// In a family case contract and slip may belong to different persons: both must name the same one.
fn may_compare(case: &Case<'_>, left: &DocumentFields, right: &DocumentFields) -> bool {
    let family = case.kind.is_some_and(|kind| kind.id == "family_reunification");
    let named = [left, right].iter().all(|paper| reading(paper, "employee").is_some());
    same_person(left, right) && (!family || named)
}

fn same_person(left: &DocumentFields, right: &DocumentFields) -> bool {
    reading(left, "employee")
        .zip(reading(right, "employee"))
        .is_none_or(|(a, b)| names::compare(&a.value, &b.value) != Likeness::Different)
}

/// PL034: near eligibility; only for who chose the Blue Card.
pub(super) fn blue_card_salary(case: &Case<'_>) -> Vec<Finding> {
    if case.variant() != Some("blue_card") {
        return Vec::new();
    }
    let figures = case.figure("blue_card_general").zip(case.figure("blue_card_reduced"));
    let Some(((general, until), (reduced, _))) = figures else { return Vec::new() };
    below(case, general)
        .map(|finding| {
            finding("PL034")
                .with("general", format!("{general:.2} EUR"))
                .with("reduced", format!("{reduced:.2} EUR"))
                .show("until", until.map(|day| day.to_string()).unwrap_or_default())
        })
        .into_iter()
        .collect()
}

/// PL035: near eligibility; the first title of a skilled worker from 45.
pub(super) fn salary_from_45(case: &Case<'_>) -> Vec<Finding> {
    let skilled = matches!(case.variant(), Some("skilled_vocational" | "skilled_academic"));
    let first = case.variable("mode").as_deref() == Some("first_grant");
    let old_enough = case
        .birth_date()
        .and_then(|born| age(born, case.today))
        .is_some_and(|age| age >= AGE_OF_PROVISION);
    let Some((figure, until)) = case.figure("age45_min").filter(|_| skilled && first && old_enough)
    else {
        return Vec::new();
    };
    below(case, figure)
        .map(|finding| {
            finding("PL035")
                .with("figure", format!("{figure:.2} EUR"))
                .show("until", until.map(|day| day.to_string()).unwrap_or_default())
        })
        .into_iter()
        .collect()
}

/// A contract whose yearly pay lies below a figure.
fn below(case: &Case<'_>, figure: f64) -> Option<impl Fn(&'static str) -> Finding> {
    let (paper, year) = case
        .papers("employment_contract")
        .filter_map(|paper| Some((paper, salary_year(paper)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    let field = reading(paper, "gross_salary").filter(|_| year < figure)?;
    let finding = Finding::new("").paper(case, paper, field).with("year", format!("{year:.2} EUR"));
    Some(move |text| Finding { text, ..finding.clone() })
}

/// PL036: pay by the hour against the minimum wage; nearly always a reading error.
pub(super) fn hourly_pay(case: &Case<'_>) -> Vec<Finding> {
    let Some((figure, until)) = case.figure("minimum_wage") else { return Vec::new() };
    case.papers("employment_contract")
        .filter_map(|paper| {
            let (hours, hours_field) = reading_number(paper, "weekly_hours")?;
            let hourly = salary_year(paper)? / (hours * 52.0);
            let pay = reading(paper, "gross_salary")?;
            (hours > 0.0 && hourly < figure).then(|| {
                Finding::new("PL036")
                    .paper(case, paper, pay)
                    .paper(case, paper, hours_field)
                    .with("hourly", format!("{hourly:.2} EUR"))
                    .with("figure", format!("{figure:.2} EUR"))
                    .show("until", until.map(|day| day.to_string()).unwrap_or_default())
            })
        })
        .take(1)
        .collect()
}

/// PL056: the paper itself says that the note is not there.
pub(super) fn chamber_note(case: &Case<'_>) -> Vec<Finding> {
    case.papers("training_contract")
        .filter_map(|paper| Some((paper, reading(paper, "chamber_stamp")?)))
        .filter(|(_, field)| truthful(&field.value) == Some(false))
        .take(1)
        .map(|(paper, field)| Finding::new("PL056").paper(case, paper, field))
        .collect()
}

/// PL057: the paper was read as not signed; that nothing was read proves nothing.
pub(super) fn signatures(case: &Case<'_>) -> Vec<Finding> {
    [("employment_contract", "signed_both"), ("training_contract", "signed")]
        .into_iter()
        .flat_map(|(class, name)| {
            case.papers(class)
                .filter_map(move |paper| Some((paper, reading(paper, name)?)))
                .collect::<Vec<_>>()
        })
        .filter(|(_, field)| truthful(&field.value) == Some(false))
        .take(1)
        .map(|(paper, field)| Finding::new("PL057").paper(case, paper, field))
        .collect()
}
