//! Values without a label of their own: the day beside the place at the end of a letter, months
//! that must be added up.

use std::sync::LazyLock;

use regex::Regex;

use super::parse::{self, Parsed};
use super::value;
use crate::knowledge::{FieldSpec, FieldType};
use crate::text::{fold, words};

/// Fields that name whom a letter is about: offices, banks and schools write to that person.
const ADDRESSEES: [&str; 9] = [
    "applicant",
    "taxpayer",
    "recipient",
    "holder",
    "employee",
    "insured",
    "student",
    "participant",
    "pupil",
];
/// Legal forms: whoever has one is nobody.
const LEGAL_FORMS: [&str; 6] = ["gmbh", "ag", "kg", "se", "ug", "ev"];
/// Ends of words that name institutions.
const INSTITUTIONS: [&str; 9] =
    ["amt", "behorde", "bank", "kasse", "schule", "universitat", "center", "firma", "verwaltung"];
/// Words of a name in an address.
const NAME_WORDS: std::ops::RangeInclusive<usize> = 2..=5;

/// Lines at the top of a paper.
const TOP_LINES: usize = 6;

/// The day of a line such as "Musterstadt, den 1. März 2026"; the last one on the page, where
/// letters are signed.
pub(super) fn dateline(text: &str) -> Option<Parsed> {
    let mut start = 0;
    let mut last = None;
    for line in text.split('\n') {
        let found = line.split_once(", ").and_then(|(place, rest)| {
            let short = place.split_whitespace().count() <= 4;
            let named = place.trim_start().starts_with(char::is_uppercase);
            let rest_day = rest.trim_start().trim_start_matches("den ").trim_start();
            let day = parse::date(rest_day).filter(|day| day.start == 0)?;
            let skipped = line.chars().count() - rest_day.chars().count();
            (short && named).then_some((skipped, day))
        });
        if let Some((skipped, day)) = found {
            let moved = start + skipped;
            last = Some(Parsed { start: moved + day.start, end: moved + day.end, ..day });
        }
        start += line.chars().count() + 1;
    }
    last.or_else(|| lone_day(text))
}

/// A day at the top that stands alone, as offices set it beside their name.
fn lone_day(text: &str) -> Option<Parsed> {
    let mut start = 0;
    for line in text.split('\n').take(TOP_LINES) {
        let day = parse::date(line).filter(|day| {
            let chars = || line.chars();
            let before: String = chars().take(day.start).collect();
            let after: String = chars().skip(day.end).collect();
            after.trim().is_empty() && (before.trim().is_empty() || before.ends_with("  "))
        });
        if let Some(day) = day {
            return Some(Parsed { start: start + day.start, end: start + day.end, ..day });
        }
        start += line.chars().count() + 1;
    }
    None
}

/// Whether a letter's address may name the field's person.
pub(super) fn is_addressee(field: &FieldSpec) -> bool {
    field.kind == FieldType::Person && ADDRESSEES.contains(&field.name.as_str())
}

/// The name above street and post code, where a letter shows its address; the first on the page that is
/// no institution's.
pub(super) fn addressee(text: &str) -> Option<Parsed> {
    let mut start = 0;
    let mut lines: Vec<(usize, &str)> = Vec::new();
    for line in text.split('\n') {
        // What stands beside the address belongs to another column.
        lines.push((start, line.split("  ").next().unwrap_or(line).trim_end()));
        start += line.chars().count() + 1;
    }
    lines.windows(3).find_map(|block| {
        let [(start, name), (_, street), (_, place)] = block else { return None };
        if !is_street(street) || !is_place(place) {
            return None;
        }
        let named = person_named(name)?;
        let (from, to) = (start + named.start, start + named.end);
        Some(Parsed { start: from, end: to, confidence: 0.75, ..named })
    })
}

/// `Lindenallee 7 b`
fn is_street(line: &str) -> bool {
    let number =
        line.split_whitespace().skip(1).any(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    line.starts_with(char::is_uppercase) && number && !line.contains(':')
}

/// `04109 Leipzig`
fn is_place(line: &str) -> bool {
    line.split_once(' ').is_some_and(|(code, place)| {
        code.len() == 5
            && code.chars().all(|c| c.is_ascii_digit())
            && place.trim_start().starts_with(char::is_uppercase)
    })
}

/// A line that is nothing but a person's name, perhaps with a form of address.
fn person_named(line: &str) -> Option<Parsed> {
    let parsed = value::person(line).filter(|parsed| line.trim_end().ends_with(&parsed.value))?;
    let tokens = words(&parsed.value);
    let capital = |word: &str| word.starts_with(char::is_uppercase) || word.chars().count() <= 3;
    let is_institution = |word: &String| {
        LEGAL_FORMS.contains(&word.as_str()) || INSTITUTIONS.iter().any(|end| word.ends_with(end))
    };
    let is_name = NAME_WORDS.contains(&tokens.len())
        && parsed.value.split_whitespace().all(capital)
        && !parsed.value.contains(|c: char| c.is_ascii_digit() || ",:;/&|".contains(c))
        && !tokens.iter().any(is_institution);
    is_name.then_some(parsed)
}

/// Months added up over the rows that name the kind of time: "4 Mon. Pflichtbeitragszeit".
pub(super) fn months(text: &str, labels: &[String]) -> Option<Parsed> {
    static SHAPE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"([0-9]{1,3})\s*(?:Mon\.|Monate?n?|Mon\b|KM\b)").ok());
    let labels: Vec<String> = labels
        .iter()
        .map(|label| words(label).join(" "))
        .filter(|label| !label.is_empty())
        .collect();
    let mut start = 0;
    let mut total: Option<(u32, usize, usize)> = None;
    for line in text.split('\n') {
        let length = line.chars().count();
        let folded = words(line).join(" ");
        let telling = labels.iter().any(|label| folded.contains(label.as_str()));
        if telling && let Some(found) = SHAPE.as_ref()?.captures(line) {
            let count: u32 = found.get(1)?.as_str().parse().ok()?;
            // A row that says it is the sum ends the adding up.
            if ["summe", "gesamt", "insgesamt", "total"]
                .iter()
                .any(|word| fold(line).contains(word))
            {
                return Some(row(count, start, start + length));
            }
            let (sum, first, _) = total.unwrap_or((0, start, start));
            total = Some((sum + count, first, start + length));
        }
        start += length + 1;
    }
    total.map(|(sum, first, end)| row(sum, first, end))
}

fn row(count: u32, start: usize, end: usize) -> Parsed {
    Parsed { value: count.to_string(), start, end, confidence: 1.0 }
}
