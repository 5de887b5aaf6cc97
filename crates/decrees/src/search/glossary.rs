//! What people say, and what the rules call it.
//!
//! A short question gets the words of the rules beside its own: nobody writes "umgezogen" into a
//! law. The list is data, shipped with the crate, and an office may bring its own.

use super::fusion::SHORT_WORDS_MAX;
use crate::analysis::compound::Dictionary;
use crate::analysis::{terms_in_order, word_analyzer, words};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tantivy::tokenizer::TextAnalyzer;

const SHIPPED: &str = include_str!("../../glossary.tsv");
/// Takes a word out of the list.
const NOTHING: &str = "-";

/// Everyday words and abbreviations with the words of the rules for them.
#[derive(Clone, Default)]
pub struct Glossary {
    /// By the first stem of what is said.
    entries: Arc<HashMap<String, Vec<Entry>>>,
}

#[derive(Clone)]
struct Entry {
    /// The other stems of what is said, in their order.
    rest: Vec<String>,
    expansion: String,
}

impl std::fmt::Debug for Glossary {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Glossary").field("entries", &self.entries.len()).finish()
    }
}

impl Glossary {
    /// The list that comes with the crate.
    #[must_use]
    pub fn shipped() -> Self {
        Self::from_tsv(SHIPPED)
    }

    /// One entry a line: what is said, a tab, the rules' words. Empty lines and lines that begin
    /// with `#` are notes; a line of another shape is left out with a warning.
    #[must_use]
    pub fn from_tsv(text: &str) -> Self {
        Self::default().and(text)
    }

    /// With the entries of an office beside these, in the same form: what the office says of a word
    /// counts instead of what stands here, and `-` means that the word stands for nothing else.
    #[must_use]
    pub fn and(self, text: &str) -> Self {
        let mut analyzer = analyzer();
        let mut entries = Arc::unwrap_or_clone(self.entries);
        // Of an office's own lines none replaces another: a word may stand for several things.
        let mut own: HashSet<(String, Vec<String>)> = HashSet::new();
        for (line, number) in text.lines().map(str::trim_end).zip(1_usize..) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (said, expansion) = line.split_once('\t').unwrap_or_default();
            let mut stems = terms_in_order(&mut analyzer, said).into_iter();
            let Some(first) = stems.next().filter(|_| !expansion.trim().is_empty()) else {
                tracing::warn!(number, "a line of the glossary is no entry: it is left out");
                continue;
            };
            let entry = Entry { rest: stems.collect(), expansion: expansion.trim().to_owned() };
            let known = entries.entry(first.clone()).or_default();
            if own.insert((first, entry.rest.clone())) {
                known.retain(|other| other.rest != entry.rest);
            }
            if entry.expansion != NOTHING {
                known.push(entry);
            }
        }
        Self { entries: Arc::new(entries) }
    }

    /// The rules' words for what a short question says; empty where there are none.
    pub(crate) fn expand(&self, question: &str) -> String {
        // A longer one says enough, and a sentence of a judgment is in the rules' words already.
        if self.entries.is_empty() || words(question).nth(SHORT_WORDS_MAX).is_some() {
            return String::new();
        }
        let stems = terms_in_order(&mut analyzer(), question);
        let mut found: Vec<&str> = Vec::new();
        let mut rest = stems.as_slice();
        while let Some((first, after)) = rest.split_first() {
            let entries = self.entries.get(first).into_iter().flatten();
            let said = entries.filter(|entry| after.starts_with(&entry.rest));
            for word in said.flat_map(|entry| entry.expansion.split_whitespace()) {
                if !found.contains(&word) {
                    found.push(word);
                }
            }
            rest = after;
        }
        found.join(" ")
    }
}

/// Folded stems of whole words: what is said must be all of a word, not a part of a compound.
fn analyzer() -> TextAnalyzer {
    word_analyzer(Arc::new(Dictionary::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_question_gets_the_words_of_the_rules() {
        let glossary = Glossary::from_tsv(
            "# note\n\numgezogen\tAnmeldung Wohnung\nFrist verpasst\tWiedereinsetzung\nKdU\tUnterkunft\nno entry\n\tx\n",
        );
        let check = |question: &str, expected: &str| {
            assert_eq!(glossary.expand(question), expected, "{question}");
        };
        check("Bin UMGEZOGEN, was nun?", "Anmeldung Wohnung");
        check("habe die Fristen verpasst und kdu offen", "Wiedereinsetzung Unterkunft");
        check("Frist nicht ganz verpasst", "");
        check("umgezogen umgezogen", "Anmeldung Wohnung");
        check("no entry", "");
        check(&format!("umgezogen {}", "wort ".repeat(20)), "");
    }

    #[test]
    fn an_office_adds_replaces_and_takes_away() {
        let glossary = Glossary::from_tsv("NE\tNiederlassungserlaubnis\nLappen\tFahrerlaubnis\n");
        let glossary =
            glossary.and("ne\tNetzebene\nNE\tNebeneinkunft\nLappen\t-\nKiez\tOrtsteil\n");
        let check = |question: &str, expected: &str| {
            assert_eq!(glossary.expand(question), expected, "{question}");
        };
        check("NE", "Netzebene Nebeneinkunft");
        check("Lappen weg", "");
        check("Kiez", "Ortsteil");
    }

    #[test]
    fn the_shipped_list_is_whole() {
        let lines = SHIPPED.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let entries: usize = Glossary::shipped().entries.values().map(Vec::len).sum();
        assert_eq!(lines.count(), entries);
    }
}
