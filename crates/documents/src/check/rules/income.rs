//! Payslips, accounts and the numbers on them.

use std::collections::BTreeMap;

use super::Finding;
use crate::check::calendar::{Day, day, month, month_of};
use crate::check::case::Case;
use crate::check::papers::{number, reading, reading_number, readings};
use crate::{DocumentFields, Field};

/// The newest payslip may be this many months back.
const NEWEST_MONTHS_MAX: i32 = 2;
/// A credit of this much more or less is the pay of a slip.
const CREDIT_TOLERANCE_EUR: f64 = 1.0;

/// PL037: as many months in a row as the office asks for, the newest not old.
pub(super) fn three_months(case: &Case<'_>) -> Vec<Finding> {
    let Some((wanted, _)) = case.figure("payslip_months") else { return Vec::new() };
    let mut by_month: BTreeMap<i32, (&DocumentFields, &Field)> = BTreeMap::new();
    let mut count = 0_usize;
    for slip in case.papers("payslip") {
        // A slip whose month is not readable may be the one that seems to be missing.
        let Some((month, field)) = reading(slip, "month").and_then(|f| Some((month(&f.value)?, f)))
        else {
            return Vec::new();
        };
        count += 1;
        by_month.insert(month, (slip, field));
    }
    let Some((&newest, &(paper, field))) = by_month.last_key_value() else { return Vec::new() };
    let mut in_row = 1_i32;
    while by_month.contains_key(&(newest - in_row)) {
        in_row += 1;
    }
    let finding = |text| Finding::new(text).paper(case, paper, field);
    let months = format!("{wanted:.0}");
    if month_of(case.today) - newest > NEWEST_MONTHS_MAX {
        let finding = finding("PL037-old").with("today", case.today.to_string());
        return vec![finding.show("wanted", months)];
    }
    // A file that could not be read may be the slip that is not there.
    if f64::from(in_row) >= wanted || !case.application.unread.is_empty() {
        return Vec::new();
    }
    let text = if count > by_month.len() { "PL037-double" } else { "PL037" };
    let all = by_month.values().map(|(_, field)| field.value.as_str()).collect::<Vec<_>>();
    vec![finding(text).with("months", all.join(", ")).show("wanted", months)]
}

/// PL038: amounts that cannot be were misread.
pub(super) fn arithmetic(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for slip in case.papers("payslip") {
        let gross = reading_number(slip, "gross_eur");
        let net = reading_number(slip, "net_eur");
        let total = reading_number(slip, "ytd_gross");
        if let (Some((gross, gross_field)), Some((net, net_field))) = (gross, net)
            && net > gross
        {
            let finding = Finding::new("PL038");
            found.push(finding.paper(case, slip, net_field).paper(case, slip, gross_field));
        } else if let (Some((gross, gross_field)), Some((total, total_field))) = (gross, total)
            && total < gross
        {
            let finding = Finding::new("PL038");
            found.push(finding.paper(case, slip, gross_field).paper(case, slip, total_field));
        }
    }
    found
}

/// PL039: near eligibility; only with slips and statements of the same month.
pub(super) fn pay_on_account(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for slip in case.papers("payslip") {
        let paid = reading_number(slip, "payout_eur").or_else(|| reading_number(slip, "net_eur"));
        let Some((paid, field)) = paid else { continue };
        let Some(earned) = reading(slip, "month").and_then(|f| month(&f.value)) else { continue };
        for statement in case.papers("bank_statement") {
            let covers = statement_months(statement).is_some_and(|(from, to)| {
                // Pay comes at the end of its month or early in the next.
                from <= earned && to > earned
            });
            let credits = readings(statement, "salary_credits");
            let Some(first) = credits.first().filter(|_| covers) else { continue };
            let arrived = credits
                .iter()
                .flat_map(|field| field.value.split([';', '\n']))
                .filter_map(|part| number(part.trim()))
                .any(|credit| (credit - paid).abs() <= CREDIT_TOLERANCE_EUR);
            if !arrived {
                let finding = Finding::new("PL039").paper(case, slip, field);
                found.push(finding.paper(case, statement, first));
            }
        }
    }
    found.truncate(1);
    found
}

fn statement_months(statement: &DocumentFields) -> Option<(i32, i32)> {
    let from = reading(statement, "period_from").and_then(|field| day(&field.value))?;
    let to = reading(statement, "period_to").and_then(|field| day(&field.value))?;
    Some((month_of(from), month_of(to)))
}

/// PL040: the number of the pension insurance holds the birth date and a check digit.
pub(super) fn insurance_number(case: &Case<'_>) -> Vec<Finding> {
    let fields = case
        .papers("payslip")
        .map(|paper| (paper, "social_insurance_number", "employee"))
        .chain(case.papers("pension_insurance_record").map(|p| (p, "insurance_number", "insured")));
    let mut found = Vec::new();
    for (paper, name, _) in fields {
        let Some(field) = reading(paper, name) else { continue };
        let Some(fits) = InsuranceNumber::read(&field.value) else { continue };
        let born = case.birth_date().filter(|_| !is_relatives(case, paper));
        if !fits.digit_fits {
            found.push(Finding::new("PL040").paper(case, paper, field));
        } else if let Some(born) = born.filter(|born| !fits.is_of(*born)) {
            let finding = Finding::new("PL040-birth").paper(case, paper, field);
            found.push(finding.with("born", born.to_string()));
        }
    }
    found.truncate(1);
    found
}

/// The paper bears a name that is clearly not the applicant's.
fn is_relatives(case: &Case<'_>, paper: &DocumentFields) -> bool {
    use crate::check::names::{Likeness, compare_any};
    let known = case.full_names();
    ["employee", "insured"].iter().filter_map(|name| reading(paper, name)).any(|field| {
        compare_any(known.iter().map(String::as_str), &field.value) == Some(Likeness::Different)
    })
}

struct InsuranceNumber {
    day: u32,
    month: u32,
    year: u32,
    digit_fits: bool,
}

impl InsuranceNumber {
    /// Area, birth date, letter, serial number, check digit: 12 characters (§ 2 VKVV).
    fn read(text: &str) -> Option<Self> {
        const WEIGHTS: [u32; 12] = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
        let plain: Vec<char> =
            text.to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect();
        if plain.len() != 12 || !plain.get(8)?.is_ascii_alphabetic() {
            return None;
        }
        // The letter counts as its two-digit place in the alphabet.
        let letter = u32::from(*plain.get(8)?).checked_sub(u32::from('A'))? + 1;
        let mut digits: Vec<u32> = Vec::new();
        for (at, c) in plain.iter().enumerate() {
            if at == 8 {
                digits.extend([letter / 10, letter % 10]);
            } else {
                digits.push(c.to_digit(10)?);
            }
        }
        let (check, digits) = digits.split_last()?;
        let sum: u32 = digits
            .iter()
            .zip(WEIGHTS)
            .map(|(digit, weight)| digit * weight)
            .map(|product| product / 10 + product % 10)
            .sum();
        let pair = |at: usize| Some(digits.get(at)? * 10 + digits.get(at + 1)?);
        Some(Self {
            day: pair(2)?,
            month: pair(4)?,
            year: pair(6)?,
            digit_fits: sum % 10 == *check,
        })
    }

    fn is_of(&self, born: Day) -> bool {
        use chrono::Datelike as _;
        // Where the numbers of a day ran out, 50 was added to it.
        (self.day == born.day() || self.day == born.day() + 50)
            && self.month == born.month()
            && born.year().rem_euclid(100) == i32::try_from(self.year).unwrap_or(-1)
    }
}

/// PL041
pub(super) fn iban(case: &Case<'_>) -> Vec<Finding> {
    ["bank_statement", "blocked_account", "payslip"]
        .iter()
        .flat_map(|class| case.papers(class).collect::<Vec<_>>())
        .filter_map(|paper| Some((paper, reading(paper, "iban")?)))
        // Numbers with hidden digits cannot be checked.
        .filter(|(_, field)| !field.value.contains(['*', 'X', 'x', '•']))
        .filter(|(_, field)| field.value.replace(' ', "").parse::<iban::Iban>().is_err())
        .map(|(paper, field)| Finding::new("PL041").paper(case, paper, field))
        .collect()
}
