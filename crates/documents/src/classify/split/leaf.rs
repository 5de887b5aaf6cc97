//! One page as the splitter sees it: what it may be, and what stands at its edges.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::classify::{combine, language, zone};
use crate::knowledge::Structure;
use crate::service::Inner;
use crate::text::{PageText, fold};

use super::numbering::{self, Numbering};

/// A page with fewer letters and digits than this is empty.
const SIGNS_MIN: usize = 20;
/// Lines in which a letterhead stands.
const HEAD_LINES: usize = 12;
/// Lines in which a letter is closed.
const TAIL_LINES: usize = 14;
/// Digits that make a word a number by which papers are told apart.
const MARK_DIGITS_MIN: usize = 4;
/// Clauses are not numbered higher than this.
const CLAUSES_MAX: u32 = 60;
/// Words of a line that say what stands in it; a value follows.
const LABEL_WORDS: usize = 2;
/// Words by which the build of a line is told.
const ROW_WORDS: usize = 5;

/// A page, looked at once.
#[derive(Debug)]
pub(super) struct Leaf<'b, 'a> {
    pub(super) page: &'b PageText<'a>,
    /// Holds next to nothing.
    pub(super) empty: bool,
    /// What it may be, best first, by position, and the probability of none of them.
    pub(super) classes: Vec<(usize, f64)>,
    pub(super) stranger: f64,
    /// What its best heading says for which class.
    pub(super) title: Option<(usize, f32)>,
    pub(super) number: Option<Numbering>,
    /// How its lines begin.
    pub(super) labels: BTreeSet<String>,
    /// Numbers by which papers are told apart: files, accounts, persons.
    pub(super) marks: BTreeSet<String>,
    pub(super) days: BTreeSet<String>,
    /// How its lines with figures are built.
    pub(super) rows: Vec<String>,
    /// It has lines of a machine readable zone, readable or not.
    pub(super) zone: bool,
    /// Probability that it is of a class whose papers are cards with a zone on the back.
    pub(super) card: f32,
    /// First and last line without digits.
    pub(super) top: String,
    pub(super) foot: String,
    /// Numbers of clauses, in order.
    pub(super) clauses: Vec<u32>,
    pub(super) language: String,
    /// A place with its postcode stands at the top.
    pub(super) letterhead: bool,
    pub(super) salutation: bool,
    /// A letter or contract is closed at its end.
    pub(super) closed: bool,
    /// It begins within a sentence or says that it goes on with something.
    pub(super) midway: bool,
    /// It ends within a sentence or says that more follows.
    pub(super) breaks_off: bool,
}

static DAY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b[0-9]{1,2}[./][0-9]{1,2}[./](?:[0-9]{4}|[0-9]{2})\b").ok());
static PLACE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b[0-9]{5} {1,2}\p{Lu}\p{L}").ok());

const SALUTATIONS: [&str; 6] =
    ["sehr geehrte", "guten tag", "liebe", "dear ", "madame", "to whom it may concern"];
const CLOSINGS: [&str; 12] = [
    "mit freundlich",
    "freundliche grusse",
    "hochachtungsvoll",
    "sincerely",
    "kind regards",
    "yours faithfully",
    "unterschrift",
    "signature",
    "im auftrag",
    "gez ",
    "ohne unterschrift gultig",
    "maschinell erstellt",
];
const MIDWAY: [&str; 6] =
    ["fortsetzung", "ubertrag", "continued", "continuation", "noch zu", "rechtsbehelfsbelehrung"];
const BREAKS: [&str; 6] =
    ["fortsetzung", "ubertrag", "bitte wenden", "continued", "nachste seite", "folgeseite"];

impl<'b, 'a> Leaf<'b, 'a> {
    /// `model` holds the classifier's raw scores of this page, or nothing.
    pub(super) fn new(inner: &Inner, page: &'b PageText<'a>, model: &[Option<f32>]) -> Self {
        let calibration = inner.knowledge.calibration();
        let single = std::slice::from_ref(page);
        let said = inner.cues.read(single);
        let zone = zone::find(single);
        let zones = zone::scores(&inner.knowledge, zone.as_ref());
        let titles = said.iter().map(|said| said.title).enumerate();
        let title = titles.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, title)| *title > 0.0);
        let mut scores: Vec<f32> =
            said.iter().zip(&zones).map(|(said, zone)| said.score() + zone).collect();
        combine::add_model(&mut scores, model, calibration.model_temperature);
        let judged = combine::judge(&inner.knowledge, &scores, calibration);
        let is_card = |class: &usize| {
            let backs = [Structure::MrzIdentity, Structure::MrzPermit];
            inner.knowledge.classes().get(*class).is_some_and(|class| {
                class.structure.iter().any(|structure| backs.contains(structure))
            })
        };
        let cards = judged.classes.iter().filter(|(class, _)| is_card(class));
        let card = cards.map(|(_, probability)| *probability).sum::<f64>();
        let signs = page.chars.iter().filter(|c| c.is_alphanumeric()).take(SIGNS_MIN).count();
        let text = page.page.text.as_str();
        let flat: Vec<String> = page.lines.iter().map(|line| flat(page, line)).collect();
        let head = flat.get(..flat.len().min(HEAD_LINES)).unwrap_or_default();
        let tail = flat.get(flat.len().saturating_sub(TAIL_LINES)..).unwrap_or_default();
        let holds = |lines: &[String], words: &[&str]| {
            lines.iter().any(|line| words.iter().any(|word| line.contains(word)))
        };
        Self {
            page,
            empty: signs < SIGNS_MIN,
            classes: judged.classes,
            stranger: judged.stranger,
            title,
            number: numbering::find(page),
            labels: labels(page),
            rows: rows(page),
            zone: zone::has_fillers(page),
            card: super::signals::as_f32(card),
            marks: marks(text),
            days: days(text),
            top: plain(flat.first()),
            foot: plain(flat.last()),
            clauses: clauses(page),
            language: language::guess(&inner.knowledge, single),
            letterhead: letterhead(page),
            salutation: holds(&flat, &SALUTATIONS),
            closed: holds(tail, &CLOSINGS),
            midway: holds(head, &MIDWAY) || begins_midway(page),
            breaks_off: holds(
                tail.get(tail.len().saturating_sub(3)..).unwrap_or_default(),
                &BREAKS,
            ) || ends_midway(text),
        }
    }
}

/// The folded words of a line.
fn flat(page: &PageText<'_>, line: &crate::text::Line) -> String {
    let tokens = page.tokens.get(line.first..line.end).unwrap_or_default();
    tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Without what changes from page to page.
fn plain(line: Option<&String>) -> String {
    line.map(|line| line.chars().filter(|c| c.is_alphabetic()).collect()).unwrap_or_default()
}

fn labels(page: &PageText<'_>) -> BTreeSet<String> {
    let label = |line: &crate::text::Line| {
        let tokens = page.tokens.get(line.first..line.end).unwrap_or_default();
        let worded = tokens.iter().filter(|token| token.text.chars().all(char::is_alphabetic));
        let words: Vec<&str> = worded.take(LABEL_WORDS).map(|token| token.text.as_str()).collect();
        (!words.is_empty()).then(|| words.join(" "))
    };
    page.lines.iter().filter_map(label).collect()
}

/// Of each line with figures, whether its first words are figures.
fn rows(page: &PageText<'_>) -> Vec<String> {
    let kind = |token: &crate::text::Token| {
        if token.text.chars().any(|c| c.is_ascii_digit()) { '0' } else { 'a' }
    };
    let row = |line: &crate::text::Line| {
        let tokens = page.tokens.get(line.first..line.end).unwrap_or_default();
        let row: String = tokens.iter().take(ROW_WORDS).map(kind).collect();
        (row.len() >= 3 && row.contains('0')).then_some(row)
    };
    page.lines.iter().filter_map(row).collect()
}

fn marks(text: &str) -> BTreeSet<String> {
    let days = DAY.as_ref();
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| {
            let digits = word.chars().filter(char::is_ascii_digit).count();
            let year = digits == 4
                && word.len() == 4
                && (word.starts_with("19") || word.starts_with("20"));
            digits >= MARK_DIGITS_MIN
                && !year
                && !word.contains(',')
                && !days.is_some_and(|days| days.is_match(word))
        })
        .map(fold)
        .collect()
}

fn days(text: &str) -> BTreeSet<String> {
    let Some(days) = DAY.as_ref() else { return BTreeSet::new() };
    days.find_iter(text).map(|day| day.as_str().to_owned()).collect()
}

/// The numbers at the beginning of lines: "§ 3 Miete", "4. Vergütung".
fn clauses(page: &PageText<'_>) -> Vec<u32> {
    let number = |line: &crate::text::Line| {
        let mut tokens = page.tokens.get(line.first..line.end).unwrap_or_default().iter();
        let first = tokens.next()?;
        let (number, marked) =
            if first.text == "§" { (tokens.next()?, true) } else { (first, false) };
        let value: u32 =
            number.text.parse().ok().filter(|value| (1..=CLAUSES_MAX).contains(value))?;
        let follows = page.slice(number.end, number.end + 2);
        let heads = tokens.next().is_some_and(|word| word.text.chars().all(char::is_alphabetic));
        (marked || (heads && (follows == ". " || follows == ") "))).then_some(value)
    };
    page.lines.iter().filter_map(number).collect()
}

fn letterhead(page: &PageText<'_>) -> bool {
    let head = page.lines.get(..page.lines.len().min(HEAD_LINES)).unwrap_or_default();
    let Some((first, last)) = head.first().zip(head.last()) else { return false };
    let text = page.slice(first.start, last.stop);
    PLACE.as_ref().is_some_and(|place| place.is_match(&text))
}

/// Among the first lines is one that begins in the middle of a sentence.
fn begins_midway(page: &PageText<'_>) -> bool {
    page.lines.iter().take(3).any(|line| {
        let text = page.slice(line.start, line.stop);
        line.end - line.first >= 4
            && text.trim_start().chars().next().is_some_and(char::is_lowercase)
    })
}

/// The last line of some length ends in the middle of a sentence.
fn ends_midway(text: &str) -> bool {
    let lines = text.lines().rev().map(str::trim).filter(|line| !line.is_empty()).take(3);
    let mut long = lines.filter(|line| line.split_whitespace().count() >= 6);
    long.next().is_some_and(|line| {
        line.ends_with([',', '-']) || line.chars().next_back().is_some_and(char::is_lowercase)
    })
}
