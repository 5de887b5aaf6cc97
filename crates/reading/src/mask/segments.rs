//! Sentences: prose runs on over the ends of lines, forms do not.

use super::tokens::{Break, Token};

/// A line of prose has at least so many words, and is at least this share of the page's longest, or of its block's where
/// the sentence must go on.
const PROSE_WORDS: usize = 5;
const PROSE_SHARE: usize = 60;
/// So many lines and more, of at least so many characters, all but one of them at least this share of the longest: a
/// paragraph.
const FULL_LINES: usize = 3;
const FULL_CHARS: usize = 50;
const FULL_SHARE: usize = 80;
/// With these no sentence ends.
const OPEN: [&str; 44] = [
    "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer", "eines",
    "und", "oder", "in", "im", "an", "am", "auf", "aus", "bei", "beim", "fur", "gegen", "mit",
    "nach", "seit", "unter", "von", "vom", "vor", "wegen", "zu", "zum", "zur", "nicht", "sich",
    "ist", "hat", "wird", "wurde", "the", "of", "to",
];
/// No sentence is longer in words.
const WORDS_MAX: usize = 80;

/// For each word the words of its sentence, from and to.
#[derive(Debug)]
pub(super) struct Segments {
    of: Vec<(usize, usize)>,
}

impl Segments {
    pub(super) fn new(tokens: &[Token]) -> Self {
        let lines = Lines::new(tokens);
        let mut of = Vec::with_capacity(tokens.len());
        let mut first = 0;
        for (index, token) in tokens.iter().enumerate().skip(1) {
            let before = index.checked_sub(1).and_then(|before| tokens.get(before));
            let ends = match token.before {
                Break::Blank => false,
                Break::Cell | Break::Sentence | Break::Block => true,
                Break::Line => before.is_none_or(|before| !lines.runs_on(before, token)),
            };
            if ends || index - first >= WORDS_MAX {
                of.resize(index, (first, index));
                first = index;
            }
        }
        of.resize(tokens.len(), (first, tokens.len()));
        Self { of }
    }

    /// The words of the sentence of a word, from and to.
    pub(super) fn of(&self, token: usize) -> (usize, usize) {
        self.of.get(token).copied().unwrap_or((token, token + 1))
    }
}

struct Lines {
    /// Words and characters of each line, by its number.
    sizes: Vec<(usize, usize)>,
    longest: usize,
    /// Characters of the longest line of each line's block, and whether its lines are full.
    blocks: Vec<(usize, bool)>,
}

impl Lines {
    fn new(tokens: &[Token]) -> Self {
        let count = tokens.last().map_or(0, |last| last.line + 1);
        let mut starts: Vec<Option<usize>> = vec![None; count];
        let mut sizes = vec![(0, 0); count];
        for token in tokens {
            let (Some(start), Some(size)) = (starts.get_mut(token.line), sizes.get_mut(token.line))
            else {
                continue;
            };
            let start = *start.get_or_insert(token.start);
            *size = (size.0 + 1, token.end - start);
        }
        // A block's lines stand between two that are empty.
        let mut blocks = Vec::with_capacity(count);
        for block in sizes.split_inclusive(|(words, _)| *words == 0) {
            let lines: Vec<usize> =
                block.iter().map(|size| size.1).filter(|size| *size > 0).collect();
            let longest = lines.iter().copied().max().unwrap_or(0);
            let full = |length: &&usize| **length * 100 >= longest * FULL_SHARE;
            let all_full = lines.iter().filter(full).count() + 1 >= lines.len();
            let is_full = lines.len() >= FULL_LINES && longest >= FULL_CHARS && all_full;
            blocks.extend(block.iter().map(|_| (longest, is_full)));
        }
        let longest = blocks.iter().map(|block| block.0).max().unwrap_or(0);
        Self { sizes, longest, blocks }
    }

    /// Whether the sentence of a line's last word goes on with the next line's first.
    fn runs_on(&self, last: &Token, next: &Token) -> bool {
        let (words, length) = self.sizes.get(last.line).copied().unwrap_or((0, 0));
        let (block, is_full) = self.blocks.get(last.line).copied().unwrap_or((0, false));
        let must = is_full || next.lower || OPEN.contains(&last.word.as_str());
        let enough = |of: usize| length * 100 >= of * PROSE_SHARE;
        next.line == last.line + 1
            && words >= PROSE_WORDS
            && (enough(self.longest) || must && enough(block))
    }
}
