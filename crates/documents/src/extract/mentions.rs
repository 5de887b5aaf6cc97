//! Days and amounts told by the words around them: every mention on the pages is weighed by what stands
//! near it in its sentence or row, and belongs to the field whose words speak for it most.

use crate::knowledge::{DocumentClass, FieldSpec, FieldType};
use crate::text::Token;

use super::cells::Cells;
use super::labels::{Candidate, offset};
use super::parse::{self, Parsed};

/// Words before a mention that are weighed.
const BEFORE_WORDS_MAX: usize = 14;
/// Words behind it.
const AFTER_WORDS_MAX: usize = 8;
/// Beginnings up to this length must be the whole word.
const WHOLE_LETTERS_MAX: usize = 4;
/// What a mention needs at least to be taken.
const SCORE_MIN: f64 = 0.4;
/// Mentions of one paper; more are a list and tell nothing.
const MENTIONS_MAX: usize = 120;
/// Characters that a parser is given at a time, and how many of them it is given again: no day or amount is as long.
const WINDOW_CHARACTERS: usize = 480;
const OVERLAP_CHARACTERS: usize = 80;
/// Words of a birth, which speak against every other field.
const BIRTH: [&str; 5] = ["gebor", "geb", "geburt", "born", "birth"];

/// A day or an amount, and the words around it, nearest first.
struct Mention {
    page: usize,
    parsed: Parsed,
    is_day: bool,
    before: Vec<String>,
    after: Vec<String>,
}

/// The mentions of a paper.
pub(super) struct Mentions(Vec<Mention>);

impl Mentions {
    pub(super) fn new(pages: &[Cells<'_>]) -> Self {
        let mut mentions = Vec::new();
        for (page, cells) in pages.iter().enumerate() {
            for (parse, is_day) in [(parse::date as fn(&str) -> _, true), (parse::money, false)] {
                mentions.extend(on_page(cells, page, parse, is_day));
            }
        }
        mentions.truncate(MENTIONS_MAX);
        Self(mentions)
    }

    /// The mentions that the field's words speak for, and no other field's more.
    pub(super) fn read(&self, class: &DocumentClass, field: &FieldSpec) -> Vec<Candidate> {
        let Some(is_day) = kind(field).filter(|_| !field.near.is_empty()) else {
            return Vec::new();
        };
        let rivals = || {
            class
                .fields
                .iter()
                .filter(|rival| rival.name != field.name && kind(rival) == Some(is_day))
        };
        let of_birth = field.near.iter().any(|word| BIRTH.contains(&word.as_str()));
        let candidates =
            self.0.iter().filter(|mention| mention.is_day == is_day).filter_map(|mention| {
                let score = mention.score(&field.near, &field.far);
                let born = if of_birth { 0.0 } else { mention.score(&BIRTH, &[]) };
                let rival = rivals()
                    .map(|rival| mention.score(&rival.near, &rival.far))
                    .fold(born, f64::max);
                (score >= SCORE_MIN && score >= rival).then(|| Candidate {
                    value: mention.parsed.value.clone(),
                    page: mention.page,
                    start: offset(mention.parsed.start),
                    end: offset(mention.parsed.end),
                    confidence: (0.52 + 0.2 * score.min(1.0)) * mention.parsed.confidence,
                })
            });
        candidates.collect()
    }
}

/// Whether the field holds a day or an amount; None for others.
fn kind(field: &FieldSpec) -> Option<bool> {
    match field.kind {
        FieldType::Date | FieldType::DateOrUnlimited => Some(true),
        FieldType::Money => Some(false),
        FieldType::Text
        | FieldType::Person
        | FieldType::Persons
        | FieldType::Identifier
        | FieldType::Month
        | FieldType::Semester
        | FieldType::Integer
        | FieldType::Months
        | FieldType::Decimal
        | FieldType::Iban
        | FieldType::Country
        | FieldType::Address
        | FieldType::Choice
        | FieldType::Paragraph
        | FieldType::Mrz
        | FieldType::Later => None,
    }
}

impl Mention {
    fn score<S: AsRef<str>>(&self, near: &[S], far: &[S]) -> f64 {
        let weigh = |words: &[String], most: f64, fall: f64| {
            let mut sum = 0.0;
            let mut divisor = 1.0;
            for word in words {
                let speaks = |starts: &[S]| starts.iter().any(|start| begins(word, start.as_ref()));
                if speaks(near) {
                    sum += most / divisor;
                }
                if speaks(far) {
                    sum -= most / divisor;
                }
                divisor += fall;
            }
            sum
        };
        weigh(&self.before, 1.0, 0.2) + weigh(&self.after, 0.75, 0.3)
    }
}

fn begins(word: &str, start: &str) -> bool {
    if start.len() <= WHOLE_LETTERS_MAX { word == start } else { word.starts_with(start) }
}

fn on_page(
    cells: &Cells<'_>,
    page: usize,
    parser: fn(&str) -> Option<Parsed>,
    is_day: bool,
) -> Vec<Mention> {
    let found = parsed(&cells.page.chars, parser);
    let tokens = &cells.page.tokens;
    let spans: Vec<(usize, usize)> = found
        .iter()
        .map(|parsed| {
            let first = tokens.partition_point(|token| token.end <= offset(parsed.start));
            let end = tokens.partition_point(|token| token.start < offset(parsed.end));
            (first, end)
        })
        .collect();
    let mentions = found.into_iter().zip(&spans).enumerate().map(|(at, (parsed, (first, end)))| {
        // Another mention of the kind ends the view.
        let floor = at.checked_sub(1).and_then(|at| spans.get(at)).map_or(0, |span| span.1);
        let ceiling = spans.get(at + 1).map_or(tokens.len(), |span| span.0);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for at in (floor..*first).rev().take(BEFORE_WORDS_MAX) {
            if at + 1 < *first && ends_sentence(cells, at) {
                break;
            }
            before.extend(tokens.get(at).map(|token: &Token| token.text.clone()));
        }
        for at in (*end..ceiling).take(AFTER_WORDS_MAX) {
            let ends = if at == *end { stops_behind } else { ends_sentence };
            if at.checked_sub(1).is_some_and(|before| ends(cells, before)) {
                break;
            }
            after.extend(tokens.get(at).map(|token| token.text.clone()));
        }
        Mention { page, parsed, is_day, before, after }
    });
    mentions.collect()
}

/// What a parser finds from the beginning on, looking at a window at a time: a parser looks for each of its shapes up to
/// the end of what it is given.
fn parsed(chars: &[char], parser: fn(&str) -> Option<Parsed>) -> Vec<Parsed> {
    let (mut found, mut at): (Vec<Parsed>, usize) = (Vec::new(), 0);
    while found.len() < MENTIONS_MAX && at < chars.len() {
        let rest = chars.get(at..).unwrap_or_default();
        let window: String = rest.iter().take(WINDOW_CHARACTERS).collect();
        let is_last = rest.len() <= WINDOW_CHARACTERS;
        let settled = WINDOW_CHARACTERS - OVERLAP_CHARACTERS;
        match parser(&window) {
            // What begins near the end of the window may go on behind it.
            Some(one) if is_last || one.start < settled => {
                let end = one.end.max(1);
                found.push(moved(one, at));
                at += end;
            }
            Some(one) => at += one.start,
            None if is_last => break,
            None => {
                // Not within a word.
                let space = rest.iter().take(settled).rposition(|c| c.is_whitespace());
                at += space.filter(|space| *space > 0).unwrap_or(settled);
            }
        }
    }
    found
}

fn moved(parsed: Parsed, by: usize) -> Parsed {
    Parsed { start: parsed.start + by, end: parsed.end + by, ..parsed }
}

/// Whether a sentence or a block ends behind a token: a full stop before a capital, or an empty line.
fn ends_sentence(cells: &Cells<'_>, at: usize) -> bool {
    // "Nr. 4", "geb. Weber", "3. April" go on.
    let is_word = |token: &Token| {
        token.text.chars().count() > 3 && !token.text.starts_with(|c: char| c.is_ascii_digit())
    };
    stops_behind(cells, at)
        && (cells.page.tokens.get(at).is_some_and(is_word) || is_apart(cells, at))
}

fn is_apart(cells: &Cells<'_>, at: usize) -> bool {
    let tokens = &cells.page.tokens;
    let (Some(left), Some(right)) = (tokens.get(at), tokens.get(at + 1)) else { return true };
    cells.page.slice(left.end, right.start).matches('\n').count() > 1
}

/// The same behind a whole day or amount.
fn stops_behind(cells: &Cells<'_>, at: usize) -> bool {
    let tokens = &cells.page.tokens;
    let (Some(left), Some(right)) = (tokens.get(at), tokens.get(at + 1)) else { return true };
    let between = cells.page.slice(left.end, right.start);
    let stops = between.trim_start().starts_with(['.', ';', '!', '?']);
    let capital = cells.page.slice(right.start, right.start + 1).starts_with(char::is_uppercase);
    (stops && capital) || is_apart(cells, at)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::{MENTIONS_MAX, parsed};

    #[test]
    fn windows_lose_nothing() {
        for gap in [1, 3, 7, 100, 399, 400, 401, 470, 479, 480, 481, 1000] {
            let text = format!("{}am 3. April 1990 war ", "wort ".repeat(gap / 5 + 1)).repeat(20);
            let chars: Vec<char> = text.chars().collect();
            let found = parsed(&chars, parse::date);
            assert_eq!(found.len(), 20, "{gap}");
            for one in found {
                let printed: String = chars[one.start..one.end].iter().collect();
                assert_eq!((printed.as_str(), one.value.as_str()), ("3. April 1990", "1990-04-03"));
            }
        }
        let unbroken: Vec<char> = "x".repeat(5000).chars().collect();
        assert!(parsed(&unbroken, parse::date).is_empty());
        let many: Vec<char> = "03.04.1990 ".repeat(1000).chars().collect();
        assert_eq!(parsed(&many, parse::date).len(), MENTIONS_MAX);
    }
}
