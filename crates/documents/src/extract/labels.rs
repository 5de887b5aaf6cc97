//! Values by their labels: "Label: value", the label above its value, a row of a table, and words
//! of a sentence ("beginnt am").

use crate::knowledge::{FieldSpec, FieldType};
use crate::text::{Match, PageText, fold, words};

use super::cells::Cells;
use super::parse::{self, Parsed};
use super::value::{self, Reader};

/// Characters of running text behind a label in which its value is looked for.
const SENTENCE_CHARACTERS_MAX: u32 = 110;
/// Characters before "geboren am" in which the name is looked for.
const BEFORE_CHARACTERS_MAX: u32 = 70;
/// What the last of a field's labels costs at most.
const RANK_MOST: f64 = 0.2;
/// Beginnings of folded words that make an amount the sum since the year began.
const SINCE: [&str; 6] = ["seit", "jahr", "kumul", "aufgelaufen", "bisher", "ytd"];
/// A label that counts what stands before it is longer than "im".
const COUNTED_LETTERS_MIN: usize = 5;
/// Behind a label as short as "den" the value must follow at once.
const SHORT_LETTERS_MAX: usize = 3;

/// A value, the field it belongs to, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) value: String,
    pub(super) page: usize,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) confidence: f64,
}

/// The labels of one class, to know where a value ends and the next label begins.
#[derive(Debug)]
pub(super) struct Labels {
    all: Vec<Vec<String>>,
}

/// A stretch of a page in which a value may stand.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    start: u32,
    stop: u32,
    trust: f64,
}

impl Labels {
    pub(super) fn new(fields: &[FieldSpec]) -> Self {
        let labels = fields.iter().flat_map(|field| &field.labels);
        Self { all: labels.map(|label| words(label)).filter(|words| !words.is_empty()).collect() }
    }

    /// Whether the text is nothing but a label, perhaps in two languages.
    fn is_label(&self, text: &str) -> bool {
        let mut parts = text.split('/').map(words).filter(|words| !words.is_empty()).peekable();
        parts.peek().is_some() && parts.all(|part| self.all.contains(&part))
    }
}

/// Every value that a field's labels lead to, most trusted first.
pub(super) fn read(
    pages: &[Cells<'_>],
    labels: &Labels,
    reader: &Reader<'_>,
    field: &FieldSpec,
) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for (page_index, cells) in pages.iter().enumerate() {
        let mut rank = 0.0;
        for label in &field.labels {
            let words = words(label);
            for found in cells.page.find(&words) {
                // "unbefristet" is label and value in one.
                if let Some((start, end)) = cells.page.span(found.first, found.end)
                    && value::is_unlimited(field, &cells.page.slice(start, end))
                {
                    let value = value::UNLIMITED.to_owned();
                    let confidence = 0.75;
                    candidates.push(Candidate { value, page: page_index, start, end, confidence });
                    continue;
                }
                // "Universität" may be a label, and is a part of most universities' names.
                let is_mark = field.marks.iter().any(|mark| self::words(mark) == words);
                if is_mark && begins_name(cells, found, field) {
                    continue;
                }
                // A label in small letters opens a sentence: "im Ausbildungsberuf Bäckerin".
                if label.starts_with(char::is_lowercase) && !value::is_typed(field.kind) {
                    candidates.extend(sentence(cells, page_index, found));
                    continue;
                }
                let Some(stretches) = stretches(cells, found, field) else { continue };
                let read = stretches
                    .into_iter()
                    .find_map(|stretch| read_stretch(&cells.page, labels, reader, field, stretch));
                if let Some((parsed, trust)) = read {
                    let mut inexact = if found.exact { 1.0 } else { 0.97 };
                    if field.kind == FieldType::Money && sums_a_year(cells, found) {
                        inexact *= 0.7;
                    }
                    candidates.push(Candidate {
                        value: parsed.value,
                        page: page_index,
                        start: offset(parsed.start),
                        end: offset(parsed.end),
                        confidence: (parsed.confidence * trust * inexact - rank).max(0.05),
                    });
                }
            }
            rank = f64::min(rank + 0.01, RANK_MOST);
        }
    }
    candidates.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    candidates
}

/// Whether a label is followed by words that make it the sum since the year began: "Brutto seit Januar".
fn sums_a_year(cells: &Cells<'_>, found: Match) -> bool {
    let line = cells.page.tokens.get(found.first).map(|token| token.line);
    let next = cells.page.tokens.iter().skip(found.end).take(2);
    next.take_while(|token| Some(token.line) == line)
        .any(|token| SINCE.iter().any(|word| token.text.starts_with(word)))
}

/// Whether a word begins an institution's name: no colon and no other such word follows on its line.
fn begins_name(cells: &Cells<'_>, found: Match, field: &FieldSpec) -> bool {
    let Some((_, end)) = cells.page.span(found.first, found.end) else { return false };
    let text = cells.page.slice(end, end + SENTENCE_CHARACTERS_MAX);
    let rest = fold(text.lines().next().unwrap_or_default());
    let is_label = rest.trim_start().starts_with(':')
        || field.marks.iter().any(|mark| rest.contains(&fold(mark)));
    !is_label && !rest.trim().is_empty()
}

/// The capitalised words behind a label within a sentence.
fn sentence(cells: &Cells<'_>, page: usize, found: Match) -> Option<Candidate> {
    let (_, end) = cells.page.span(found.first, found.end)?;
    let text = cells.page.slice(end, end + SENTENCE_CHARACTERS_MAX);
    let parsed = value::opening_words(&text, 4)?;
    Some(Candidate {
        value: parsed.value,
        page,
        start: end + offset(parsed.start),
        end: end + offset(parsed.end),
        confidence: 0.74,
    })
}

/// Numbers right before a label: "im 3. Fachsemester".
fn counted(cells: &Cells<'_>, page: usize, field: &FieldSpec) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for label in field.labels.iter().filter(|label| label.chars().count() > COUNTED_LETTERS_MIN) {
        for found in cells.page.find(&words(label)) {
            let Some((start, _)) = cells.page.span(found.first, found.end) else { continue };
            let token = found.first.checked_sub(1).and_then(|at| cells.page.tokens.get(at));
            let Some(token) = token.filter(|token| start <= token.end + 2) else { continue };
            if token.text.len() <= 3 && token.text.bytes().all(|byte| byte.is_ascii_digit()) {
                let value = token.text.clone();
                let (start, end) = (token.start, token.end);
                candidates.push(Candidate { value, page, start, end, confidence: 0.9 });
            }
        }
    }
    candidates
}

/// Names right before what the field says stands behind them, and days that end a range.
pub(super) fn read_around(pages: &[Cells<'_>], field: &FieldSpec) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (page, cells) in pages.iter().enumerate() {
        let places = |label: &String| {
            let found = cells.page.find(&words(label));
            let spans =
                found.into_iter().filter_map(|found| cells.page.span(found.first, found.end));
            spans.collect::<Vec<_>>()
        };
        let ranked = |(rank, label)| places(label).into_iter().map(move |(start, _)| (rank, start));
        for (rank, start) in (0_u32..).zip(&field.before).flat_map(ranked) {
            let from = start.saturating_sub(BEFORE_CHARACTERS_MAX);
            let Some(parsed) = value::closing_words(&cells.page.slice(from, start), 5) else {
                continue;
            };
            candidates.push(Candidate {
                value: parsed.value,
                page,
                start: from + offset(parsed.start),
                end: from + offset(parsed.end),
                confidence: 0.8 - 0.005 * f64::from(rank),
            });
        }
        if field.kind == FieldType::Integer {
            candidates.extend(counted(cells, page, field));
        }
        for (_, end) in field.range_labels.iter().flat_map(places) {
            let Some(parsed) = parse::range_end(&cells.page.slice(end, end + 60)) else { continue };
            candidates.push(Candidate {
                value: parsed.value,
                page,
                start: end + offset(parsed.start),
                end: end + offset(parsed.end),
                confidence: 0.93,
            });
        }
    }
    candidates
}

/// Where the value of a label may stand, most likely first; none where the words are no label.
fn stretches(cells: &Cells<'_>, found: Match, field: &FieldSpec) -> Option<Vec<Stretch>> {
    let at = cells.holding(found)?;
    let cell = cells.all().get(at)?;
    let (label_start, label_end) = cells.page.span(found.first, found.end)?;
    let leads = found.first == cell.first || is_enumeration(&cells.page, cell.first, found.first);
    let short = label_end - label_start <= offset(SHORT_LETTERS_MAX);
    if !leads || short {
        if !value::is_typed(field.kind) {
            return None;
        }
        let reach = if short { 14 } else { SENTENCE_CHARACTERS_MAX };
        let stop = cells.page.chars.len().min(position(label_end + reach));
        return Some(vec![Stretch { start: label_end, stop: offset(stop), trust: 0.72 }]);
    }
    let rest = cells.page.slice(label_end, cell.stop);
    let (skipped, colon) = label_rest(&rest)?;
    let mut stretches = Vec::new();
    let start = label_end + offset(skipped);
    let own = rest.chars().skip(skipped).any(char::is_alphanumeric);
    if own {
        let trust = if colon { 1.0 } else { 0.86 };
        stretches.push(Stretch { start, stop: cell.stop, trust });
    }
    if !own || value::is_typed(field.kind) {
        let right = cells.right_of(at);
        let right = right.iter().take(if value::is_typed(field.kind) { 3 } else { 1 });
        stretches.extend(right.map(|cell| Stretch {
            start: cell.start,
            stop: cell.stop,
            trust: 0.95,
        }));
    }
    if !own {
        let below = cells.below(at);
        let below = below.first();
        stretches.extend(below.map(|cell| Stretch {
            start: cell.start,
            stop: cell.stop,
            trust: 0.88,
        }));
    } else if value::is_typed(field.kind) && !colon {
        let stop = cells.page.chars.len().min(position(label_end + SENTENCE_CHARACTERS_MAX));
        stretches.push(Stretch { start: label_end, stop: offset(stop), trust: 0.7 });
    }
    Some(stretches)
}

/// How much of what follows a label still belongs to it, and whether a colon ends it. None where
/// the label turns out to be the beginning of another one ("Name des Vermieters:").
fn label_rest(rest: &str) -> Option<(usize, bool)> {
    let chars: Vec<char> = rest.chars().collect();
    let colon = chars.iter().position(|c| *c == ':');
    let mut depth = 0_u32;
    let mut second = false;
    for character in chars.iter().take(colon.unwrap_or(0)) {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            // "Gültig bis / Valid until:" is one label in two languages.
            '/' => second = true,
            c if c.is_alphanumeric() && depth == 0 && !second => return None,
            _ => {}
        }
    }
    if let Some(colon) = colon {
        return Some((colon + 1, true));
    }
    let first = chars.iter().position(|c| !c.is_whitespace()).unwrap_or(chars.len());
    match chars.get(first) {
        Some('(') => {
            let close = chars.iter().position(|c| *c == ')').map_or(chars.len(), |at| at + 1);
            Some((close, false))
        }
        Some('/') => Some((gender_suffix(&chars, first).unwrap_or(chars.len()), false)),
        Some(',' | ';') => None,
        _ => Some((first, false)),
    }
}

/// Whether the text is a label that opens most papers, which no field of the class may have.
fn is_common_label(text: &str) -> bool {
    const LABELS: [&str; 10] = [
        "familienname",
        "vornamen",
        "vorname",
        "geburtsname",
        "surname",
        "nachname",
        "geburtsdatum",
        "personalnummer",
        "anschrift",
        "staatsangehorigkeit",
    ];
    let first = words(text);
    first.first().is_some_and(|word| LABELS.contains(&word.as_str()))
}

/// Where the ending of "Mieter/in", "Auszubildende/r" is over, if that is what the slash begins.
fn gender_suffix(chars: &[char], slash: usize) -> Option<usize> {
    let rest = chars.get(slash + 1..)?;
    let letters = rest.iter().take_while(|c| c.is_lowercase()).count();
    let ends = rest.get(letters).is_none_or(|c| !c.is_alphanumeric());
    ((1..=3).contains(&letters) && ends).then_some(slash + 1 + letters)
}

/// Whether only a number stands before the label: "3. Name".
fn is_enumeration(page: &PageText<'_>, first: usize, label: usize) -> bool {
    label == first + 1
        && page.tokens.get(first).is_some_and(|token| {
            token.text == "§"
                || token.text.chars().all(|c| c.is_ascii_digit())
                || token.text.len() == 1
        })
        || (label == first + 2 && page.tokens.get(first).is_some_and(|token| token.text == "§"))
}

/// Reads a value from a stretch of a page; offsets count from the page's first character.
fn read_stretch(
    page: &PageText<'_>,
    labels: &Labels,
    reader: &Reader<'_>,
    field: &FieldSpec,
    stretch: Stretch,
) -> Option<(Parsed, f64)> {
    let text = page.slice(stretch.start, stretch.stop);
    if !value::is_typed(field.kind) && (labels.is_label(&text) || is_common_label(&text)) {
        return None;
    }
    let mut parsed = reader.read(field, &text)?;
    parsed.start += position(stretch.start);
    parsed.end += position(stretch.start);
    Some((parsed, stretch.trust))
}

pub(super) fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

fn position(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
