//! Compounds: "Aufenthaltserlaubnis" is found by "Aufenthalt" and by "Erlaubnis".
//!
//! The dictionary is won from the corpus itself: what stands there as a word of its own may be a
//! part. Nothing has to be shipped, and an office's own words are known.

use super::{fold, is_stop_word, words};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const PART_CHARACTERS_MIN: usize = 4;
const PART_CHARACTERS_MAX: usize = 16;
const COMPOUND_CHARACTERS_MIN: usize = 8;
const PARTS_MAX: usize = 4;
/// A word seen more rarely may be a misprint.
const OCCURRENCES_MIN: u32 = 3;
/// Letters that join two parts (Fugenelemente); none comes first.
const LINKS: [&str; 5] = ["", "s", "es", "n", "en"];
/// Words whose parts are remembered. Text repeats its words.
const REMEMBERED_MAX: usize = 100_000;

/// Words that may be parts of compounds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Dictionary {
    words: HashSet<String>,
}

/// Counts the words of a corpus.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    counts: HashMap<String, u32>,
    folded: String,
}

impl Counter {
    /// Counts the words of a text.
    pub(crate) fn add(&mut self, text: &str) {
        for (start, end) in words(text) {
            let Some(word) = text.get(start..end) else { continue };
            if word.len() < PART_CHARACTERS_MIN || word.len() > 2 * PART_CHARACTERS_MAX {
                continue;
            }
            fold(word, &mut self.folded);
            if let Some(count) = self.counts.get_mut(&self.folded) {
                *count = count.saturating_add(1);
            } else if may_be_part(&self.folded) {
                self.counts.insert(self.folded.clone(), 1);
            }
        }
    }

    /// The words that occur often enough.
    pub(crate) fn dictionary(self) -> Dictionary {
        let often = self.counts.into_iter().filter(|(_, count)| *count >= OCCURRENCES_MIN);
        Dictionary { words: often.map(|(word, _)| word).collect() }
    }
}

fn may_be_part(word: &str) -> bool {
    let characters = word.chars().count();
    (PART_CHARACTERS_MIN..=PART_CHARACTERS_MAX).contains(&characters)
        && word.chars().all(char::is_alphabetic)
        && !is_stop_word(word)
}

impl Dictionary {
    /// A dictionary of these folded words.
    pub(crate) fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self { words: words.into_iter().map(str::to_owned).collect() }
    }

    /// Its words, sorted.
    pub(crate) fn sorted(&self) -> Vec<&str> {
        let mut sorted: Vec<&str> = self.words.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        sorted
    }

    /// The parts of a folded compound; empty where it is none.
    pub(crate) fn split(&self, word: &str) -> Vec<String> {
        let borders: Vec<usize> =
            word.char_indices().map(|(place, _)| place).chain([word.len()]).collect();
        if borders.len() <= COMPOUND_CHARACTERS_MIN {
            return Vec::new();
        }
        let mut parts = Vec::new();
        if self.descend(word, &borders, &mut parts) {
            parts.into_iter().map(str::to_owned).collect()
        } else {
            Vec::new()
        }
    }

    /// Longest part first, so that a compound falls into as few parts as it can. `borders` are
    /// those of what is left of the word.
    fn descend<'a>(&self, word: &'a str, borders: &[usize], parts: &mut Vec<&'a str>) -> bool {
        let (Some(start), Some(end)) = (borders.first(), borders.last()) else { return false };
        let characters = borders.len() - 1;
        if parts.len() == PARTS_MAX {
            return false;
        }
        let longest = characters.min(PART_CHARACTERS_MAX);
        for length in (PART_CHARACTERS_MIN..=longest).rev() {
            let Some(stop) = borders.get(length) else { continue };
            let Some(part) = word.get(*start..*stop) else { continue };
            let whole = parts.is_empty() && stop == end;
            if whole || !self.words.contains(part) {
                continue;
            }
            parts.push(part);
            if stop == end {
                return true;
            }
            for link in LINKS {
                let rest = borders.get(length + link.len()..).unwrap_or_default();
                let linked = word.get(*stop..).is_some_and(|tail| tail.starts_with(link));
                if linked && rest.len() > PART_CHARACTERS_MIN && self.descend(word, rest, parts) {
                    return true;
                }
            }
            parts.pop();
        }
        false
    }
}

/// Splits words and remembers what it found.
#[derive(Clone, Debug)]
pub(crate) struct Splitter {
    dictionary: Arc<Dictionary>,
    known: HashMap<String, Box<[String]>>,
}

impl Splitter {
    pub(crate) fn new(dictionary: Arc<Dictionary>) -> Self {
        Self { dictionary, known: HashMap::new() }
    }

    /// Adds the parts of a folded word to `parts`, last part first.
    pub(crate) fn parts(&mut self, word: &str, parts: &mut Vec<String>) {
        if word.len() < COMPOUND_CHARACTERS_MIN {
            return;
        }
        if let Some(known) = self.known.get(word) {
            parts.extend(known.iter().rev().cloned());
            return;
        }
        if self.known.len() >= REMEMBERED_MAX {
            self.known.clear();
        }
        let found = self.dictionary.split(word).into_boxed_slice();
        parts.extend(found.iter().rev().cloned());
        self.known.insert(word.to_owned(), found);
    }
}
