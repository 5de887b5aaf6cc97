//! The lines of a text with their places in characters and bytes.

/// Longest line; a longer one is cut, so that a text without line breaks can be cut at all.
const LINE_CHARACTERS_MAX: usize = 2_000;

/// A line without its line break.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Its characters.
    pub(super) text: &'a str,
    /// First character in the text.
    pub(super) start: usize,
    /// First byte in the text.
    pub(super) byte_start: usize,
    /// Its length in characters.
    pub(super) characters: usize,
    /// Blank lines before it; many at the start of a text and of a page.
    pub(super) blanks_before: usize,
}

impl Line<'_> {
    /// Whether it holds nothing to read.
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// White space in characters and bytes.
pub(super) struct Space {
    pub(super) characters: usize,
    pub(super) bytes: usize,
}

/// White space before the first other character.
pub(super) fn leading(text: &str) -> Space {
    let rest = text.trim_start();
    space(text.get(..text.len() - rest.len()).unwrap_or_default())
}

/// White space after the last other character.
pub(super) fn trailing(text: &str) -> Space {
    space(text.get(text.trim_end().len()..).unwrap_or_default())
}

fn space(white: &str) -> Space {
    Space { characters: white.chars().count(), bytes: white.len() }
}

/// The lines of a text; a form feed (a new page) ends a line too.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let (mut start, mut byte_start, mut blanks) = (0, 0, usize::MAX);
    for whole in text.split_inclusive(['\n', '\u{c}']) {
        let page_ends = whole.ends_with('\u{c}');
        for part in parts(whole) {
            let line = part.trim_end_matches(['\n', '\u{c}', '\r']);
            let characters = part.chars().count();
            let ending = part.len() - line.len();
            lines.push(Line {
                text: line,
                start,
                byte_start,
                characters: characters - ending,
                blanks_before: blanks,
            });
            let blank = line.trim().is_empty();
            blanks = if blank { blanks.saturating_add(1) } else { 0 };
            start += characters;
            byte_start += part.len();
        }
        if page_ends {
            // One blank line's worth: a page may begin with a heading, but it sets nothing off.
            blanks = blanks.max(1);
        }
    }
    lines
}

/// Cuts an overlong line after the last space before the limit.
fn parts(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some((limit, _)) = rest.char_indices().nth(LINE_CHARACTERS_MAX) else {
            return Some(std::mem::take(&mut rest));
        };
        let head = rest.get(..limit)?;
        let cut = head.rfind(' ').map_or(limit, |space| space + 1);
        let (part, tail) = rest.split_at_checked(cut)?;
        rest = tail;
        Some(part)
    })
}
