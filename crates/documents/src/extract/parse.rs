//! Typed parsers for what stands on German papers: days, months, amounts, numbers, accounts, norms.
//! Each finds the first value in a stretch of text and says where in it the value stands. Amounts
//! are counted in cents, never in floating point.

mod amount;
mod day;

use std::sync::LazyLock;

use regex::Regex;

pub use amount::{cents, money};
pub use day::{date, month, semester};

/// A value found in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// Normalised.
    pub value: String,
    /// First character in the text.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// How sure the parser is of the value, 0 to 1.
    pub confidence: f64,
}

/// The first valid IBAN, written without spaces.
#[must_use]
pub fn iban(text: &str) -> Option<Parsed> {
    static SHAPE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"[A-Z]{2}[0-9]{2}(?:[ \u{a0}]?[0-9A-Z]){11,30}").ok());
    for found in SHAPE.as_ref()?.find_iter(text) {
        let mut end = found.end();
        // What follows the account may look like a part of it: try shorter ones.
        while end > found.start() {
            let piece = text.get(found.start()..end)?;
            let plain: String = piece.chars().filter(|c| !c.is_whitespace()).collect();
            if plain.len() < 15 {
                break;
            }
            if plain.parse::<iban::Iban>().is_ok() {
                return Some(at(text, found.start(), end, plain, 0.99));
            }
            end -= piece.chars().next_back().map_or(1, char::len_utf8);
        }
    }
    None
}

/// The first whole number.
#[must_use]
pub fn integer(text: &str) -> Option<Parsed> {
    static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[0-9]{1,9}").ok());
    let found = SHAPE.as_ref()?.find(text)?;
    let value = found.as_str().trim_start_matches('0');
    let value = if value.is_empty() { "0" } else { value };
    Some(at(text, found.start(), found.end(), value.to_owned(), 0.9))
}

/// The first number with or without a decimal mark, written with a point: `38,5` is `38.5`.
#[must_use]
pub fn decimal(text: &str) -> Option<Parsed> {
    static SHAPE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"([0-9]{1,6})(?:[.,]([0-9]{1,2}))?").ok());
    let found = SHAPE.as_ref()?.captures(text)?;
    let whole = found.get(0)?;
    let digits = found.get(1)?.as_str().trim_start_matches('0');
    let mut value = if digits.is_empty() { "0".to_owned() } else { digits.to_owned() };
    let fraction = found.get(2).map_or("", |fraction| fraction.as_str()).trim_end_matches('0');
    if !fraction.is_empty() {
        value.push('.');
        value.push_str(fraction);
    }
    Some(at(text, whole.start(), whole.end(), value, 0.9))
}

/// The first number that bears one of the units: `62,40 m²`.
#[must_use]
pub fn with_unit(text: &str, units: &[String]) -> Option<Parsed> {
    static SHAPE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"[0-9]{1,6}(?:[.,][0-9]{1,2})?").ok());
    SHAPE.as_ref()?.find_iter(text).find_map(|found| {
        let behind = text.get(found.end()..)?.trim_start_matches([' ', '\u{a0}']);
        let unit = units.iter().any(|unit| {
            behind.split_at_checked(unit.len()).is_some_and(|(head, rest)| {
                head.eq_ignore_ascii_case(unit) && !rest.starts_with(char::is_alphabetic)
            })
        });
        let before =
            text.get(..found.start())?.ends_with(|c: char| c.is_alphanumeric() || c == '.');
        let parsed = (unit && !before).then(|| decimal(found.as_str())).flatten()?;
        Some(at(text, found.start(), found.end(), parsed.value, 0.95))
    })
}

/// The end of the first range of days: `01.10.2026 - 31.10.2026`.
#[must_use]
pub fn range_end(text: &str) -> Option<Parsed> {
    let first = date(text)?;
    let rest: String = text.chars().skip(first.end).collect();
    let second = date(&rest)?;
    let between: String = rest.chars().take(second.start).collect();
    (between.chars().count() <= 12).then_some(Parsed {
        start: first.end + second.start,
        end: first.end + second.end,
        ..second
    })
}

/// The first postal address: street and number, post code and place. Without a post code a street
/// that names itself as one will do.
#[must_use]
pub fn address(text: &str) -> Option<Parsed> {
    static SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let number = r"[0-9]{1,4}(?:\s?[a-z])?(?:\s?[-/]\s?[0-9]{1,4}[a-z]?)?";
        let word = r"[A-ZÄÖÜ][\p{L}.'-]*";
        let place =
            r"[0-9]{5}\s+[A-ZÄÖÜ][\p{L}.-]+(?:[ -](?:[A-ZÄÖÜ][\p{L}.-]+|am|an|der|im|bei))*";
        let street = format!(r"{word}(?:[ -][\p{{L}}.'-]+){{0,4}}\s+{number}");
        let named = r"[A-ZÄÖÜ][\p{L} .'-]*(?:[Ss]tra(?:ß|ss)e|[Ss]tr\.|[Ww]eg|[Pp]latz|[Aa]llee|[Rr]ing|[Gg]asse|[Uu]fer|[Dd]amm)";
        [format!(r"{street}\s*[,·\n]?\s*{place}"), format!(r"{named}\s+{number}")]
            .iter()
            .filter_map(|shape| Regex::new(shape).ok())
            .collect()
    });
    let (found, confidence) = SHAPES
        .iter()
        .zip([0.95, 0.8])
        .find_map(|(shape, confidence)| Some((shape.find(text)?, confidence)))?;
    let value = found.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
    Some(at(text, found.start(), found.end(), value, confidence))
}

/// The first norm, as it stands: `§ 18b AufenthG`.
#[must_use]
pub fn paragraph(text: &str) -> Option<Parsed> {
    static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let part =
            r"(?:\s*(?:Abs(?:atz|\.)?|S(?:atz|\.)?|Nr\.?|Nummer|Alt\.?|\([0-9]\))\s*[0-9a-z]*)*";
        Regex::new(&format!(r"[§$]{{1,2}}\s*[0-9]{{1,3}}[a-z]?{part}(?:\s+[A-Z][A-Za-z]*[GVO])?"))
            .ok()
    });
    let found = SHAPE.as_ref()?.find(text)?;
    let value = found.as_str().replace('$', "§");
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ").replace("§ ", "§");
    Some(at(text, found.start(), found.end(), value.replace('§', "§ "), 0.9))
}

/// The first number of a paper: at least four letters and digits, one digit among them.
#[must_use]
pub fn identifier(text: &str) -> Option<Parsed> {
    static SHAPE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"[A-Z0-9][A-Za-z0-9]*(?:[-/. ]?[A-Z0-9]+)*").ok());
    SHAPE.as_ref()?.find_iter(text).find_map(|found| {
        let value = found.as_str().trim_end_matches(['.', '/', '-', ' ']);
        let digits = value.chars().filter(char::is_ascii_digit).count();
        (digits > 0 && value.chars().filter(|c| c.is_alphanumeric()).count() >= 4)
            .then(|| at(text, found.start(), found.start() + value.len(), value.to_owned(), 0.85))
    })
}

/// A value between two bytes of a text, counted in characters.
fn at(text: &str, start: usize, end: usize, value: String, confidence: f64) -> Parsed {
    let count = |upto: usize| text.get(..upto).map_or(0, |head| head.chars().count());
    Parsed { value, start: count(start), end: count(end), confidence }
}

#[cfg(test)]
mod tests;
