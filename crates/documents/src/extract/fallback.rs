//! Values without a label of their own: the day beside the place at the end of a letter, months
//! that must be added up.

use std::sync::LazyLock;

use regex::Regex;

use super::parse::{self, Parsed};
use super::{people, value};
use crate::knowledge::{FieldSpec, FieldType};
use crate::text::{fold, words};

/// Legal forms: whoever has one is nobody.
const LEGAL_FORMS: [&str; 6] = ["gmbh", "ag", "kg", "se", "ug", "ev"];
/// Ends of words that name institutions.
const INSTITUTIONS: [&str; 9] =
    ["amt", "behorde", "bank", "kasse", "schule", "universitat", "center", "firma", "verwaltung"];
/// Words of a name in an address.
const NAME_WORDS: std::ops::RangeInclusive<usize> = 2..=5;

/// Lines at the top of a paper.
const TOP_LINES: usize = 6;
/// Lines at the top and at the end in which a day beside other words may be that of the paper.
const EDGE_LINES: (usize, usize) = (3, 4);
/// Words that say that a day is not that of the paper.
const OF_PERIODS: [&str; 9] = ["bis", "vom", "zum", "seit", "ab", "until", "from", "to", "geb"];
/// Fields whose value is a letter or more and digits, as identity papers number themselves.
const SERIAL: [&str; 3] = ["serial_number", "card_number", "document_number"];

/// A parser that finds its value wherever it stands.
pub(super) type Shape = fn(&str) -> Option<Parsed>;

/// How a field's value shows what it is without any words that lead to it.
pub(super) fn shape(field: &FieldSpec) -> Option<Shape> {
    if SERIAL.contains(&field.name.as_str()) {
        return Some(serial);
    }
    if field.name == "insurance_number" || field.name == "social_insurance_number" {
        return Some(social_insurance);
    }
    match field.name.as_str() {
        "tax_number" => return Some(tax_number),
        "start_date" | "valid_from" | "period_from" => return Some(range_begin),
        "end_date" | "valid_until" | "period_to" => return Some(range_end),
        _ => {}
    }
    match field.kind {
        FieldType::Iban => Some(parse::iban),
        FieldType::Semester => Some(parse::semester),
        FieldType::Paragraph => Some(parse::paragraph),
        FieldType::Text
        | FieldType::Person
        | FieldType::Persons
        | FieldType::Identifier
        | FieldType::Date
        | FieldType::DateOrUnlimited
        | FieldType::Month
        | FieldType::Integer
        | FieldType::Months
        | FieldType::Decimal
        | FieldType::Money
        | FieldType::Country
        | FieldType::Address
        | FieldType::Choice
        | FieldType::Mrz
        | FieldType::Later => None,
    }
}

/// `YMK322185`, outside a machine readable zone.
fn serial(text: &str) -> Option<Parsed> {
    static SHAPE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?:^|[^<\w])([A-Z]{1,3}[0-9]{6,8})(?:$|[^<\w])").ok());
    shaped(SHAPE.as_ref()?, text)
}

/// `99 071084 Z 516`: area, birth, initial, serial (§ 2 VKVV).
fn social_insurance(text: &str) -> Option<Parsed> {
    static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:^|\W)([0-9]{2} ?[0-3][0-9][01][0-9][0-9]{2} ?[A-Z] ?[0-9]{3})(?:$|\W)").ok()
    });
    let found = shaped(SHAPE.as_ref()?, text)?;
    Some(Parsed { value: found.value.replace(' ', ""), ..found })
}

/// `682/473/65417`, in the lengths of the Länder.
fn tax_number(text: &str) -> Option<Parsed> {
    static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:^|[^\w/])([0-9]{2,3}/[0-9]{3,4}/[0-9]{4,5})(?:$|[^\w/])").ok()
    });
    shaped(SHAPE.as_ref()?, text)
}

/// The first day of "01.12.2026 – 30.11.2029".
fn range_begin(text: &str) -> Option<Parsed> {
    range(text).map(|(begin, _)| begin)
}

fn range_end(text: &str) -> Option<Parsed> {
    range(text).map(|(_, end)| end)
}

fn range(text: &str) -> Option<(Parsed, Parsed)> {
    static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let day = r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}";
        Regex::new(&format!(r"({day})\s*(?:–|-|bis(?:\s+zum)?)\s*({day})")).ok()
    });
    let found = SHAPE.as_ref()?.captures(text)?;
    let day = |group| {
        let printed = found.get(group)?;
        let start = text.get(..printed.start())?.chars().count();
        let day = parse::date(printed.as_str())?;
        Some(Parsed { start: start + day.start, end: start + day.end, confidence: 0.85, ..day })
    };
    Some((day(1)?, day(2)?))
}

fn shaped(shape: &Regex, text: &str) -> Option<Parsed> {
    let found = shape.captures(text)?.get(1)?;
    let start = text.get(..found.start())?.chars().count();
    let value = found.as_str().to_owned();
    Some(Parsed { start, end: start + value.chars().count(), value, confidence: 0.85 })
}

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
    last.or_else(|| lone_day(text)).or_else(|| edge_day(text))
}

/// A day that begins or ends one of the last lines or ends one of the first, beside whatever else.
fn edge_day(text: &str) -> Option<Parsed> {
    let mut start = 0;
    let mut lines: Vec<(usize, &str)> = Vec::new();
    for line in text.split('\n') {
        if !line.trim().is_empty() {
            lines.push((start, line));
        }
        start += line.chars().count() + 1;
    }
    let (top, end) = EDGE_LINES;
    let last = lines.iter().rev().take(end).map(|line| (line, true));
    let first = lines.iter().take(top).map(|line| (line, false));
    last.chain(first).find_map(|((start, line), is_last)| {
        let day = parse::date(line)?;
        let before: String = line.chars().take(day.start).collect();
        let after: String = line.chars().skip(day.end).collect();
        let (before, after) = (words(&before), words(&after));
        let of_period =
            |word: Option<&String>| word.is_some_and(|word| OF_PERIODS.contains(&word.as_str()));
        let at_edge = after.is_empty() || (is_last && before.is_empty());
        let fits = at_edge && !of_period(before.last()) && !of_period(after.first());
        let confidence = day.confidence * 0.85;
        fits.then(|| Parsed { start: start + day.start, end: start + day.end, confidence, ..day })
    })
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

/// Whether a letter's address may name the field's person: offices, banks and schools write to whom a letter is about.
pub(super) fn is_addressee(field: &FieldSpec) -> bool {
    // A letter that invites goes to whoever invites.
    field.kind == FieldType::Person && people::is_about(field) && field.name != "invited_person"
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
