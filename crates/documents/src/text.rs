//! Text made comparable: folded words that know where on the page they stand, found again in spite
//! of case, accents, hyphenation, spaced letters and one wrong letter of recognition.

use std::collections::HashMap;

use reading::Page;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words shorter than this must match letter by letter.
const FUZZY_LETTERS_MIN: usize = 7;
/// A word this long may be found at the end of a compound.
const COMPOUND_LETTERS_MIN: usize = 9;
/// So many single letters in a row are one spaced word.
const SPACED_LETTERS_MIN: usize = 5;

/// A word of a page, folded.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// First character in the page's text.
    pub(crate) start: u32,
    /// One past the last character.
    pub(crate) end: u32,
    /// Index into the page's lines.
    pub(crate) line: usize,
}

/// A line of a page that holds at least one word.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// First token.
    pub(crate) first: usize,
    /// One past the last token.
    pub(crate) end: usize,
    /// First character in the page's text.
    pub(crate) start: u32,
    /// One past the last character, without the line break.
    pub(crate) stop: u32,
    /// Height of its tallest word in points; 0 where unknown.
    pub(crate) height: f32,
    /// Distance of its top from the page's top, as a share of the page; 0 where unknown.
    pub(crate) top: f32,
    /// All its letters are capitals.
    pub(crate) capitals: bool,
}

/// A page made ready for searching.
#[derive(Debug)]
pub(crate) struct PageText<'a> {
    pub(crate) page: &'a Page,
    pub(crate) chars: Vec<char>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) lines: Vec<Line>,
    /// Median height of its lines; 0 where unknown.
    pub(crate) median_height: f32,
    index: HashMap<String, Vec<usize>>,
}

/// Where a sequence of words was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match {
    /// First token.
    pub(crate) first: usize,
    /// One past the last token.
    pub(crate) end: usize,
    /// Letter by letter.
    pub(crate) exact: bool,
}

impl<'a> PageText<'a> {
    pub(crate) fn new(page: &'a Page) -> Self {
        let chars: Vec<char> = page.text.chars().collect();
        let (mut tokens, mut lines) = scan(&chars);
        join_hyphenated(&chars, &mut tokens);
        join_spaced(&chars, &mut tokens);
        set_ranges(&tokens, &mut lines);
        measure(page, &mut lines);
        let mut heights: Vec<f32> = lines.iter().map(|line| line.height).collect();
        heights.sort_by(f32::total_cmp);
        let median_height = heights.get(heights.len() / 2).copied().unwrap_or(0.0);
        let mut index: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, token) in tokens.iter().enumerate() {
            index.entry(token.text.clone()).or_default().push(at);
        }
        Self { page, chars, tokens, lines, median_height, index }
    }

    /// Every place where the folded words stand one after the other.
    pub(crate) fn find(&self, words: &[String]) -> Vec<Match> {
        let Some(head) = words.first() else { return Vec::new() };
        let mut found: Vec<Match> = Vec::new();
        for (key, positions) in &self.index {
            let Some(exact) = same_word(head, key, words.len() == 1) else { continue };
            for &first in positions {
                if let Some(rest_exact) = self.rest_matches(first, words) {
                    let end = first + words.len();
                    found.push(Match { first, end, exact: exact && rest_exact });
                }
            }
        }
        found.sort_by_key(|found| found.first);
        found
    }

    /// The characters `start` up to `end` of the page.
    pub(crate) fn slice(&self, start: u32, end: u32) -> String {
        let from = usize::try_from(start).unwrap_or(usize::MAX);
        let to = usize::try_from(end).unwrap_or(usize::MAX).min(self.chars.len());
        self.chars.get(from.min(to)..to).map(|chars| chars.iter().collect()).unwrap_or_default()
    }

    /// Characters covered by a range of tokens.
    pub(crate) fn span(&self, first: usize, end: usize) -> Option<(u32, u32)> {
        let from = self.tokens.get(first)?.start;
        let to = self.tokens.get(end.checked_sub(1)?)?.end;
        Some((from, to))
    }

    fn rest_matches(&self, first: usize, words: &[String]) -> Option<bool> {
        let mut exact = true;
        for (offset, word) in words.iter().enumerate().skip(1) {
            let token = self.tokens.get(first + offset)?;
            exact &= same_word(word, &token.text, false)?;
        }
        Some(exact)
    }
}

/// The folded words of a text.
pub(crate) fn words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    scan(&chars).0.into_iter().map(|token| token.text).collect()
}

/// Lower case, without accents, ß as ss.
pub(crate) fn fold(text: &str) -> String {
    text.nfkd().filter(|character| !is_combining_mark(*character)).fold(
        String::with_capacity(text.len()),
        |mut folded, character| {
            match character {
                'ß' | 'ẞ' => folded.push_str("ss"),
                'ı' => folded.push('i'),
                'ł' | 'Ł' => folded.push('l'),
                'ø' | 'Ø' => folded.push('o'),
                other => folded.extend(other.to_lowercase().filter(|c| !is_combining_mark(*c))),
            }
            folded
        },
    )
}

/// Whether a word of the page is the word looked for; `Some(true)` letter by letter.
fn same_word(wanted: &str, word: &str, compound: bool) -> Option<bool> {
    if wanted == word {
        return Some(true);
    }
    let letters = wanted.chars().count();
    if letters >= FUZZY_LETTERS_MIN && one_edit(wanted, word) {
        return Some(false);
    }
    let suffix = compound && letters >= COMPOUND_LETTERS_MIN && word.ends_with(wanted);
    suffix.then_some(false)
}

/// Whether at most one letter is wrong, missing or too many.
fn one_edit(left: &str, right: &str) -> bool {
    if left.len().abs_diff(right.len()) > 4 {
        return false;
    }
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let prefix = short.iter().zip(&long).take_while(|(a, b)| a == b).count();
    let suffix = short.iter().rev().zip(long.iter().rev()).take_while(|(a, b)| a == b).count();
    prefix + suffix + usize::from(short.len() == long.len()) >= short.len()
}

/// Splits into folded words and the lines they stand on.
fn scan(chars: &[char]) -> (Vec<Token>, Vec<Line>) {
    let mut tokens: Vec<Token> = Vec::new();
    let mut lines: Vec<Line> = Vec::new();
    let mut line_start = 0;
    for (stop, line) in line_ends(chars) {
        let before = tokens.len();
        scan_line(line, line_start, lines.len(), &mut tokens);
        if tokens.len() > before {
            let letters = line.iter().filter(|c| c.is_alphabetic()).count();
            lines.push(Line {
                first: before,
                end: tokens.len(),
                start: offset(line_start),
                stop: offset(stop),
                height: 0.0,
                top: 0.0,
                capitals: letters >= 5 && !line.iter().any(|c| c.is_lowercase()),
            });
        }
        line_start = stop + 1;
    }
    (tokens, lines)
}

fn line_ends(chars: &[char]) -> impl Iterator<Item = (usize, &[char])> {
    let mut start = 0;
    chars.split(|character| *character == '\n' || *character == '\u{c}').map(move |line| {
        let stop = start + line.len();
        start = stop + 1;
        (stop, line)
    })
}

fn scan_line(line: &[char], line_start: usize, line_index: usize, tokens: &mut Vec<Token>) {
    let mut at = 0;
    while let Some(&character) = line.get(at) {
        let begin = at;
        // Tesseract reads the paragraph sign as a dollar in German text.
        let dollar = character == '$'
            && line
                .get(at + 1..)
                .unwrap_or_default()
                .iter()
                .find(|c| **c != ' ')
                .is_some_and(char::is_ascii_digit);
        let text = if character == '§' || dollar {
            while line.get(at) == Some(&character) {
                at += 1;
            }
            "§".to_owned()
        } else if character.is_alphanumeric() {
            while line.get(at).is_some_and(|c| c.is_alphanumeric() || is_combining_mark(*c)) {
                at += 1;
            }
            let word: String = line.get(begin..at).unwrap_or_default().iter().collect();
            fold(&word)
        } else {
            at += 1;
            continue;
        };
        tokens.push(Token {
            text,
            start: offset(line_start + begin),
            end: offset(line_start + at),
            line: line_index,
        });
    }
}

/// A word divided at the end of a line is one word of the first line.
fn join_hyphenated(chars: &[char], tokens: &mut Vec<Token>) {
    let mut at = 1;
    while at < tokens.len() {
        let (Some(left), Some(right)) = (tokens.get(at - 1), tokens.get(at)) else { break };
        let between = chars.get(position(left.end)..position(right.start)).unwrap_or_default();
        let divided = right.line == left.line + 1
            && matches!(between.first(), Some('-' | '\u{ad}' | '‐'))
            && between.iter().skip(1).all(|c| c.is_whitespace())
            && chars.get(position(right.start)).is_some_and(|c| c.is_lowercase());
        if divided {
            merge(tokens, at - 1, at + 1);
        }
        at += 1;
    }
}

/// "R E I S E P A S S" is one word.
fn join_spaced(chars: &[char], tokens: &mut Vec<Token>) {
    let mut first = 0;
    while first < tokens.len() {
        let mut end = first;
        while let Some(token) = tokens.get(end) {
            let gap_is_space = end == first
                || tokens.get(end - 1).is_some_and(|previous| {
                    previous.line == token.line
                        && token.start - previous.end == 1
                        && chars.get(position(previous.end)) == Some(&' ')
                });
            if !gap_is_space || token.text.chars().count() != 1 {
                break;
            }
            end += 1;
        }
        if end - first >= SPACED_LETTERS_MIN {
            merge(tokens, first, end);
        }
        first += 1;
    }
}

fn merge(tokens: &mut Vec<Token>, first: usize, end: usize) {
    let Some(parts) = tokens.get(first..end) else { return };
    let text: String = parts.iter().map(|token| token.text.as_str()).collect();
    let last = parts.last().map_or(0, |token| token.end);
    if let Some(head) = tokens.get_mut(first) {
        head.text = text;
        head.end = last;
    }
    tokens.drain(first + 1..end);
}

fn set_ranges(tokens: &[Token], lines: &mut [Line]) {
    for (at, line) in lines.iter_mut().enumerate() {
        line.first = tokens.partition_point(|token| token.line < at);
        line.end = tokens.partition_point(|token| token.line <= at);
    }
}

fn measure(page: &Page, lines: &mut [Line]) {
    for line in lines.iter_mut() {
        let first = page.words.partition_point(|word| word.end <= line.start);
        let words = page.words.iter().skip(first).take_while(|word| word.start < line.stop);
        let mut top = f32::MAX;
        for word in words {
            line.height = line.height.max(word.rect.height);
            top = top.min(word.rect.top);
        }
        if top < f32::MAX && page.height > 0.0 {
            line.top = top / page.height;
        }
    }
}

fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

fn position(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
