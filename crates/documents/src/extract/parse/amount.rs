//! Amounts of money with German or English separators, a minus before or behind the number.

use std::sync::LazyLock;

use regex::Regex;

use super::{Parsed, at};

/// An amount with its surroundings: sign, currency, digits, currency, sign.
static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let currency = r"(?:EUR|Euro|€|USD|US\$|GBP|£|CHF)";
    let digits = r"[0-9]{1,3}(?:[.' \u{a0},][0-9]{3})+(?:[.,][0-9]{2})?|[0-9]+(?:[.,][0-9]{2})?";
    let pattern = format!(
        r"(?P<sign>[-−–]\s?)?(?P<before>{currency}\s?)?(?P<digits>{digits})(?P<dash>,[-–]{{1,2}})?(?P<behind>-)?(?P<after>\s?{currency})?"
    );
    Regex::new(&pattern).ok()
});

/// The first amount of money in the text, as `1234.56 EUR`. A bare whole number counts only with a
/// currency beside it.
#[must_use]
pub fn money(text: &str) -> Option<Parsed> {
    for found in SHAPE.as_ref()?.captures_iter(text) {
        let (Some(whole), Some(digits)) = (found.get(0), found.name("digits")) else { continue };
        if is_part_of_other(text, digits.start(), digits.end()) {
            continue;
        }
        let currency = found.name("before").or_else(|| found.name("after"));
        let Some(cents) = cents(digits.as_str()) else { continue };
        let fraction = has_fraction(digits.as_str()) || found.name("dash").is_some();
        let confidence = match (currency.is_some(), fraction) {
            (true, _) => 0.97,
            (false, true) => 0.93,
            (false, false) => continue,
        };
        let behind = found.name("behind").is_some();
        let before = found.name("sign").is_some_and(|sign| sign.as_str().trim() != "–");
        let minus = if (behind || before) && cents != 0 { "-" } else { "" };
        let code = currency.map_or("EUR", |currency| code(currency.as_str()));
        let value = format!("{minus}{}.{:02} {code}", cents / 100, cents % 100);
        return Some(at(text, whole.start(), whole.end(), value, confidence));
    }
    None
}

/// Digits with separators as cents: `1.234,56`, `1,234.56`, `1 234`, `12,5` is none.
#[must_use]
pub fn cents(digits: &str) -> Option<u64> {
    let plain = |text: &str| -> Option<u64> {
        let only: String = text.chars().filter(char::is_ascii_digit).collect();
        only.parse().ok()
    };
    if has_fraction(digits) {
        let split = digits.len().checked_sub(2)?;
        let whole = plain(digits.get(..split)?)?;
        return whole.checked_mul(100)?.checked_add(plain(digits.get(split..)?)?);
    }
    plain(digits)?.checked_mul(100)
}

/// Whether the last two digits stand behind a decimal mark.
fn has_fraction(digits: &str) -> bool {
    let mut tail = digits.chars().rev();
    let two = tail.by_ref().take(2).filter(char::is_ascii_digit).count() == 2;
    two && matches!(tail.next(), Some(',' | '.'))
}

/// Whether the digits belong to a day, a percentage, an hour or a longer number.
fn is_part_of_other(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).unwrap_or_default().chars().next_back();
    let mut after = text.get(end..).unwrap_or_default().chars();
    let next = after.next();
    let second = after.next();
    let word_before = before.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '/');
    let word_after = next.is_some_and(|c| c.is_alphanumeric() && c != 'E')
        || matches!(next, Some('%' | '/'))
        || (next == Some(' ') && second == Some('%'))
        || (matches!(next, Some('.' | ',')) && second.is_some_and(|c| c.is_ascii_digit()));
    word_before || word_after
}

fn code(currency: &str) -> &'static str {
    match currency.trim() {
        "USD" | "US$" => "USD",
        "GBP" | "£" => "GBP",
        "CHF" => "CHF",
        _ => "EUR",
    }
}
