//! Sentences: prose runs on over the ends of lines, forms do not.

use super::tokens::{Break, Token};

/// A line of prose has at least so many words, and is at least this share of the page's longest.
const PROSE_WORDS: usize = 5;
const PROSE_SHARE: usize = 60;
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
        let longest = sizes.iter().map(|size| size.1).max().unwrap_or(0);
        Self { sizes, longest }
    }

    /// Whether the sentence of a line's last word goes on with the next line's first.
    fn runs_on(&self, last: &Token, next: &Token) -> bool {
        let (words, length) = self.sizes.get(last.line).copied().unwrap_or((0, 0));
        words >= PROSE_WORDS
            && length * 100 >= self.longest * PROSE_SHARE
            && next.line == last.line + 1
    }
}
