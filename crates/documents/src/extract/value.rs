//! A stretch of text as a value of a field's type.

use crate::knowledge::{FieldSpec, FieldType, Knowledge};
use crate::text::{PageText, fold, words};

use super::parse::{self, Parsed};

/// Longest text taken as a name or a title, in words.
const TITLE_WORDS_MAX: usize = 10;
/// The value of a period without end.
pub(super) const UNLIMITED: &str = "unbefristet";
const UNLIMITED_WORDS: [&str; 9] = [
    "unbefristet",
    "nicht befristet",
    "zeitlich nicht begrenzt",
    "ohne befristung",
    "auf unbestimmte zeit",
    "bis auf weiteres",
    "unlimited",
    "indefinite",
    "ohne ende",
];
/// Longest text taken as a name or a title.
const TEXT_CHARACTERS_MAX: usize = 120;

/// Reads values with what the knowledge says about them.
pub(super) struct Reader<'a> {
    pub(super) knowledge: &'a Knowledge,
}

/// Whether a value of the type can be told from the words around it.
pub(super) fn is_typed(kind: FieldType) -> bool {
    match kind {
        FieldType::Date
        | FieldType::DateOrUnlimited
        | FieldType::Month
        | FieldType::Semester
        | FieldType::Money
        | FieldType::Integer
        | FieldType::Months
        | FieldType::Address
        | FieldType::Decimal
        | FieldType::Iban
        | FieldType::Choice
        | FieldType::Paragraph => true,
        FieldType::Text
        | FieldType::Person
        | FieldType::Persons
        | FieldType::Identifier
        | FieldType::Country
        | FieldType::Mrz
        | FieldType::Later => false,
    }
}

impl Reader<'_> {
    /// The first value of the field's type in the text.
    pub(super) fn read(&self, field: &FieldSpec, text: &str) -> Option<Parsed> {
        match field.kind {
            FieldType::Date => parse::date(text),
            FieldType::DateOrUnlimited => date_or_unlimited(text),
            FieldType::Month => parse::month(text),
            FieldType::Semester => parse::semester(text),
            FieldType::Money => parse::money(text),
            FieldType::Integer => parse::integer(text),
            FieldType::Months => parse::integer(text),
            FieldType::Decimal if field.units.is_empty() => parse::decimal(text),
            FieldType::Decimal => {
                parse::with_unit(text, &field.units).or_else(|| bare_number(text))
            }
            FieldType::Iban => parse::iban(text),
            FieldType::Paragraph => parse::paragraph(text),
            FieldType::Identifier => parse::identifier(text),
            FieldType::Choice => choice(field, text),
            FieldType::Country => self.country(text),
            FieldType::Person | FieldType::Persons => person(text),
            FieldType::Address => parse::address(text).map(without_full_stop),
            FieldType::Text => title(text),
            FieldType::Mrz | FieldType::Later => None,
        }
    }

    /// A state or nationality as its ICAO code.
    fn country(&self, text: &str) -> Option<Parsed> {
        let trimmed = line(text)?;
        let upper = trimmed.value.trim();
        if upper.len() == 3 && upper.chars().all(|c| c.is_ascii_uppercase()) {
            return Some(Parsed { confidence: 0.9, ..trimmed });
        }
        let folded = words(&trimmed.value).join(" ");
        let code = self.knowledge.country(&folded)?;
        Some(Parsed { value: code.to_owned(), confidence: 0.95, ..trimmed })
    }
}

/// The words of a choice anywhere on a page; short ones would be found by accident.
pub(super) fn choice_on_page(field: &FieldSpec, page: &PageText<'_>) -> Option<(Parsed, f64)> {
    field.choices.iter().find_map(|choice| {
        choice.words.iter().filter(|word| word.chars().count() > 3).find_map(|word| {
            let found = page.find(&words(word));
            let (start, end) = found.first().and_then(|found| page.span(found.first, found.end))?;
            let parsed = Parsed {
                value: choice.value.clone(),
                start: usize::try_from(start).ok()?,
                end: usize::try_from(end).ok()?,
                confidence: 0.7,
            };
            Some((parsed, 1.0))
        })
    })
}

/// Whether the words say that a period has no end.
pub(super) fn is_unlimited(field: &FieldSpec, text: &str) -> bool {
    field.kind == FieldType::DateOrUnlimited && UNLIMITED_WORDS.contains(&fold(text).as_str())
}

/// An address at the end of a sentence.
fn without_full_stop(mut address: Parsed) -> Parsed {
    // Behind the place a sentence ends; "Bahnhofstr." stands before the post code, "St." is short.
    let ends = |at: usize| {
        let head = address.value.get(..at)?;
        let word = head.rsplit(' ').next().filter(|word| word.chars().count() > 3)?;
        let code = head.split(' ').any(|word| word.len() == 5 && word.parse::<u32>().is_ok());
        (code && word.chars().all(char::is_alphabetic)).then(|| head.to_owned())
    };
    if let Some(head) = address.value.match_indices(". ").find_map(|(at, _)| ends(at)) {
        address.end = address.start + head.chars().count();
        address.value = head;
    }
    if address.value.ends_with('.') {
        address.value.pop();
        address.end = address.end.saturating_sub(1);
    }
    address
}

fn date_or_unlimited(text: &str) -> Option<Parsed> {
    let folded = fold(text);
    if let Some(date) = parse::date(text) {
        return Some(date);
    }
    let at = UNLIMITED_WORDS.iter().find_map(|word| Some((folded.find(word)?, word.len())));
    // Folding keeps the number of characters of these words' surroundings close enough to show.
    let (byte, length) = at?;
    let start = folded.get(..byte)?.chars().count();
    let end = (start + length).min(text.chars().count());
    Some(Parsed { value: UNLIMITED.to_owned(), start: start.min(end), end, confidence: 0.9 })
}

fn choice(field: &FieldSpec, text: &str) -> Option<Parsed> {
    let tokens = words(text);
    field.choices.iter().find_map(|choice| {
        choice.words.iter().find_map(|word| {
            let wanted = words(word);
            let found =
                !wanted.is_empty() && tokens.windows(wanted.len()).any(|part| part == wanted);
            found.then(|| Parsed { value: choice.value.clone(), confidence: 0.92, ..cut(text) })
        })
    })
}

/// A number that stands alone, the unit being in its label.
fn bare_number(text: &str) -> Option<Parsed> {
    let alone = cut(text).value;
    let number = |c: char| c.is_ascii_digit() || matches!(c, ',' | '.');
    (!alone.is_empty() && alone.chars().all(number)).then(|| parse::decimal(text)).flatten()
}

/// The text without blanks and marks around it.
fn cut(text: &str) -> Parsed {
    let chars: Vec<char> = text.chars().collect();
    let mark = |c: &char| c.is_whitespace() || matches!(c, ':' | ';' | ',' | '_' | '…' | '|' | '–');
    let start = chars.iter().position(|c| !mark(c)).unwrap_or(chars.len());
    let end = chars.iter().rposition(|c| !mark(c)).map_or(start, |last| last + 1);
    let value = chars.get(start..end).map(|part| part.iter().collect()).unwrap_or_default();
    Parsed { value, start, end, confidence: 0.9 }
}

/// Words on one line.
fn line(text: &str) -> Option<Parsed> {
    let parsed = cut(text);
    let letters = parsed.value.chars().filter(|c| c.is_alphanumeric()).count();
    let fits = letters >= 1 && parsed.value.chars().count() <= TEXT_CHARACTERS_MAX;
    (fits && !parsed.value.contains('\n')).then_some(parsed)
}

/// Words that name something: no sentence, without a day before them.
fn title(text: &str) -> Option<Parsed> {
    let mut parsed = line(text)?;
    if let Some(day) = parse::date(&parsed.value).filter(|day| day.start == 0) {
        let rest: String = parsed.value.chars().skip(day.end).collect();
        let lead = rest.chars().take_while(|c| !c.is_alphanumeric()).count();
        let rest: String = rest.chars().skip(lead).collect();
        if rest.chars().count() >= 2 {
            parsed.start += day.end + lead;
            parsed.value = rest;
        }
    }
    let words = parsed.value.split_whitespace().count();
    if words > TITLE_WORDS_MAX {
        return None;
    }
    if parsed.value.ends_with('.') && words > 1 && parsed.value.contains(' ') {
        let opened = opening_words(&parsed.value, words);
        // What follows must be a verb or the like, not the rest of a legal form: "e. K.".
        let opened = opened.filter(|opened| {
            let rest: String = parsed.value.chars().skip(opened.end).collect();
            rest.split_whitespace().next().is_some_and(|word| word.chars().count() >= 5)
        });
        if let Some(opened) = opened {
            return Some(Parsed { start: parsed.start, end: parsed.start + opened.end, ..opened });
        }
    }
    Some(parsed)
}

/// The name of a person: without form of address, birth day and address.
pub(super) fn person(text: &str) -> Option<Parsed> {
    let mut parsed = line(text)?;
    let mut chars: Vec<char> = parsed.value.chars().collect();
    for (word, letters) in [("herrn ", 6), ("herr ", 5), ("frau ", 5), ("ms ", 3), ("mr ", 3)] {
        if fold(&parsed.value).starts_with(word) {
            chars.drain(..letters.min(chars.len()));
            parsed.start += letters;
        }
    }
    let text: String = chars.iter().collect();
    let lower = text.to_lowercase();
    let mut end = chars.len();
    for stop in [
        " geb",
        ", geb",
        " (",
        ", wohn",
        " wohnhaft",
        " - ",
        " – ",
        " *",
        " born",
        " wird ",
        " ist ",
        " hat ",
        ";",
        " /",
    ] {
        if let Some(byte) = lower.find(stop) {
            end = end.min(lower.get(..byte).map_or(end, |head| head.chars().count()));
        }
    }
    if let Some(digit) = chars.iter().position(char::is_ascii_digit) {
        let comma = chars.get(..digit).and_then(|head| head.iter().position(|c| *c == ','));
        end = end.min(comma.unwrap_or(digit));
    }
    let value: String = chars.get(..end)?.iter().collect();
    let value = value.trim_end_matches([' ', ',', '.']).to_owned();
    let count = value.chars().count();
    let words = value.split_whitespace().count();
    if value.contains(':') {
        return None;
    }
    let named = value.chars().next().is_some_and(|c| c.is_uppercase() || !c.is_ascii());
    if !named || count < 2 || words > 7 {
        return None;
    }
    parsed.end = parsed.start + count;
    Some(Parsed { value: in_speaking_order(value), ..parsed })
}

/// "Weber, Anna" as "Anna Weber": one family name, perhaps with particles, then given names.
fn in_speaking_order(name: String) -> String {
    let Some((family, given)) = name.split_once(',') else { return name };
    let given = given.trim();
    let capital = |word: &str| word.starts_with(char::is_uppercase);
    let one = family.split_whitespace().filter(|word| capital(word)).count() == 1;
    let count = given.split_whitespace().count();
    let is_given = (1..=3).contains(&count)
        && given.split_whitespace().all(capital)
        && !given.contains([',', '.', '(']);
    if one && is_given { format!("{given} {family}") } else { name }
}

/// Small words within a title: "Bachelor of Science".
const JOINING: [&str; 8] = ["of", "in", "der", "des", "für", "and", "und", "de"];

/// The capitalised words that open the text: a name or title within a sentence.
pub(super) fn opening_words(text: &str, words_max: usize) -> Option<Parsed> {
    let lead = text.chars().take_while(|c| c.is_whitespace()).count();
    let body = text.trim_start();
    let mut end = 0;
    let mut at = 0;
    for word in body.split_inclusive(char::is_whitespace).take(words_max) {
        let bare = word.trim_end();
        at += word.len();
        if bare.starts_with(char::is_uppercase) {
            end = at;
        } else if end == 0 || !JOINING.contains(&bare) {
            break;
        }
        if bare.ends_with([',', '.', ';', ')', ':']) {
            break;
        }
    }
    let value = body.get(..end)?.trim_end_matches([' ', '\n', ',', '.', ';', ')', ':']);
    let count = value.chars().count();
    (count >= 2).then(|| Parsed {
        value: value.split_whitespace().collect::<Vec<_>>().join(" "),
        start: lead,
        end: lead + count,
        confidence: 0.9,
    })
}

/// The capitalised words that end the text: a name before "geboren am".
pub(super) fn closing_words(text: &str, words_max: usize) -> Option<Parsed> {
    let total = text.trim_end_matches([' ', ',', '\n', '(', '–', '-', '*']);
    let mut start = total.len();
    for (taken, word) in backwards(total).enumerate() {
        let bare = word.trim();
        let form = matches!(fold(bare).as_str(), "herr" | "herrn" | "frau" | "name" | "von");
        let ends = taken > 0 && bare.ends_with([',', ':', '.', ';']) && bare.len() > 3;
        let label = bare.contains('/');
        if taken >= words_max || ends || form || label || !bare.starts_with(char::is_uppercase) {
            break;
        }
        start -= word.len();
        if word.starts_with('\n') {
            break;
        }
    }
    let value = total.get(start..)?.trim_start();
    let count = value.chars().count();
    let end = total.chars().count();
    let words = value.split_whitespace().count();
    (count >= 4 && words >= 2).then(|| Parsed {
        value: value.split_whitespace().collect::<Vec<_>>().join(" "),
        start: end - count,
        end,
        confidence: 0.9,
    })
}

/// The words from the last to the first, each with the blanks before it.
fn backwards(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let cut = rest.rfind(char::is_whitespace).unwrap_or(0);
        let (head, word) = rest.split_at_checked(cut)?;
        rest = head;
        Some(word)
    })
}
