//! Values without a label of their own: the day beside the place at the end of a letter, months
//! that must be added up.

use std::sync::LazyLock;

use regex::Regex;

use super::parse::{self, Parsed};
use crate::text::{fold, words};

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
