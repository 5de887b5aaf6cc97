//! Words of a page, folded so that case, accents and the hyphen at a line's end do not count.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A word, and what parts it from the one before.
#[derive(Debug)]
pub(super) struct Token {
    /// First character.
    pub(super) start: usize,
    /// One past the last.
    pub(super) end: usize,
    /// Folded.
    pub(super) word: String,
    /// What stands between it and the word before.
    pub(super) before: Break,
    /// Whether it begins with a small letter.
    pub(super) lower: bool,
    /// Counted from 0, blank ones too.
    pub(super) line: usize,
}

/// What parts two words, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Break {
    /// A blank, a hyphen, a comma.
    Blank,
    /// Two blanks, a tab or a stroke.
    Cell,
    /// The end of a line.
    Line,
    /// The end of a sentence.
    Sentence,
    /// A blank line, or the start of the page.
    Block,
}

/// Words before a point that ends no sentence.
const SHORT: [&str; 54] = [
    "kath", "evang", "luth", "orth", "konf", "abs", "geb", "inkl", "bzgl", "vgl", "evtl", "ggf",
    "approx", "usw", "griech", "russ", "syr", "serb", "ref", "rel", "ziff", "diagn", "lfd", "mtl",
    "str", "nr", "art", "bzw", "tel", "verh", "led", "gesch", "verw", "pat", "med", "prof", "dipl",
    "ing", "min", "std", "tgl", "stv", "mind", "gem", "bes", "bish", "chron", "rez", "psych",
    "ethn", "relig", "mitgl", "gew", "staatl",
];

/// The letters of a word without what people write in several ways.
pub(super) fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for letter in word.nfd().filter(|letter| !is_combining_mark(*letter)) {
        match letter {
            'ß' | 'ẞ' => folded.push_str("ss"),
            'ı' | 'İ' => folded.push('i'),
            'ø' | 'Ø' => folded.push('o'),
            'ł' | 'Ł' => folded.push('l'),
            'đ' | 'Đ' => folded.push('d'),
            '\u{ad}' | '\u{640}' => {}
            other => folded.extend(other.to_lowercase()),
        }
    }
    folded
}

/// The words of a page.
pub(super) fn tokens(chars: &[char], forgiving: bool) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let (mut at, mut line) = (0, 0);
    let mut gap = 0;
    while let Some(&letter) = chars.get(at) {
        if !is_part(letter) {
            line += usize::from(letter == '\n');
            at += 1;
            continue;
        }
        let start = at;
        let mut raw = String::new();
        while let Some(&letter) = chars.get(at) {
            if is_part(letter) || forgiving && is_misread(chars, at) {
                raw.push(letter);
                at += 1;
            } else if let Some(skipped) = hyphen(chars, at) {
                at += skipped;
                line += 1;
            } else {
                break;
            }
        }
        let before = match tokens.last() {
            None => Break::Block,
            Some(last) => gap_break(chars.get(gap..start).unwrap_or_default(), &last.word, letter),
        };
        let begun =
            line - chars.get(start..at).unwrap_or_default().iter().filter(|c| **c == '\n').count();
        let lower = raw.starts_with(char::is_lowercase);
        tokens.push(Token { start, end: at, word: fold(&raw), before, lower, line: begun });
        gap = at;
    }
    tokens
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '\u{ad}' || is_combining_mark(letter)
}

/// Whether a sign within a word is a letter that was misread.
fn is_misread(chars: &[char], at: usize) -> bool {
    let around = at.checked_sub(1).and_then(|before| chars.get(before..at + 2));
    matches!(around, Some([before, '|' | '!' | '~', behind]) if before.is_alphabetic() && behind.is_alphabetic())
}

/// How many characters part the halves of a word that was broken over two lines.
fn hyphen(chars: &[char], at: usize) -> Option<usize> {
    let rest = chars.get(at..)?;
    match rest {
        ['-' | '\u{2010}', '\n', next, ..] if next.is_lowercase() => Some(2),
        _ => None,
    }
}

fn gap_break(gap: &[char], last: &str, next: char) -> Break {
    let mut lines = gap.iter().collect::<String>();
    lines.retain(|letter| letter == '\n' || !letter.is_whitespace());
    if lines.contains("\n\n") {
        return Break::Block;
    }
    let mut found = Break::Blank;
    let mut previous = ' ';
    for (index, &letter) in gap.iter().enumerate() {
        let apart = gap.get(index + 1).is_some_and(|next| next.is_whitespace());
        let here = match letter {
            '\n' => Break::Line,
            '\t' | '|' | '•' | '\u{3000}' => Break::Cell,
            ' ' if previous == ' ' && index > 0 => Break::Cell,
            '?' | '!' | ';' | '؟' | '。' => Break::Sentence,
            '.' if apart && !next.is_lowercase() && !next.is_numeric() && ends(last) => {
                Break::Sentence
            }
            _ => Break::Blank,
        };
        found = found.max(here);
        previous = letter;
    }
    found
}

/// Whether a point after this word ends a sentence.
fn ends(word: &str) -> bool {
    let letters = word.chars().count();
    let number = word.chars().all(char::is_numeric);
    !SHORT.contains(&word) && (letters >= 4 || letters == 3 && !number)
}
