//! A stretch of text as a value of a field's type.

use crate::knowledge::{FieldSpec, FieldType, Knowledge};
use crate::text::{PageText, fold, words};

use super::parse::{self, Parsed};

/// The value of a period without end.
pub(super) const UNLIMITED: &str = "unlimited";
const UNLIMITED_WORDS: [&str; 6] = [
    "unbefristet",
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
        | FieldType::Decimal
        | FieldType::Iban
        | FieldType::Choice
        | FieldType::Paragraph => true,
        FieldType::Text
        | FieldType::Person
        | FieldType::Persons
        | FieldType::Identifier
        | FieldType::Country
        | FieldType::Address
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
            FieldType::Decimal => parse::decimal(text),
            FieldType::Iban => parse::iban(text),
            FieldType::Paragraph => parse::paragraph(text),
            FieldType::Identifier => parse::identifier(text),
            FieldType::Choice => choice(field, text),
            FieldType::Country => self.country(text),
            FieldType::Person | FieldType::Persons => person(text),
            FieldType::Address => address(text),
            FieldType::Text => line(text),
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

/// The name of a person: without form of address, birth day and address.
fn person(text: &str) -> Option<Parsed> {
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
    let named = value.chars().next().is_some_and(|c| c.is_uppercase() || !c.is_ascii());
    if !named || count < 2 || words > 7 {
        return None;
    }
    parsed.end = parsed.start + count;
    Some(Parsed { value, ..parsed })
}

/// A postal address on one line: it holds a number.
fn address(text: &str) -> Option<Parsed> {
    let parsed = line(text)?;
    let digits = parsed.value.chars().any(|c| c.is_ascii_digit());
    let letters = parsed.value.chars().filter(|c| c.is_alphabetic()).count();
    (digits && letters >= 4).then_some(parsed)
}
