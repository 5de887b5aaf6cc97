//! Words of the query in a passage.

use super::Span;
use crate::analysis::{terms, words};
use std::collections::{HashMap, HashSet};
use tantivy::tokenizer::TextAnalyzer;

/// More would mark everything and show nothing.
const SPANS_MAX: usize = 50;

/// Marks the query's words in texts. Hits share most of their words, so each is looked at once.
pub(crate) struct Marker {
    terms: HashSet<String>,
    analyzer: TextAnalyzer,
    known: HashMap<String, bool>,
}

impl Marker {
    /// A marker for the terms of a query, as the analyzer made them.
    pub(crate) fn new(terms: impl IntoIterator<Item = String>, analyzer: TextAnalyzer) -> Self {
        Self { terms: terms.into_iter().collect(), analyzer, known: HashMap::new() }
    }

    /// Where a word or a compound part of the query stands in a text, in characters.
    pub(crate) fn spans(&mut self, text: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        let (mut byte, mut character) = (0, 0_usize);
        let mut characters_to = |to: usize| {
            character += text.get(byte..to).map_or(0, |between| between.chars().count());
            byte = to;
            u32::try_from(character).unwrap_or(u32::MAX)
        };
        for (from, to) in words(text) {
            if spans.len() == SPANS_MAX {
                break;
            }
            if text.get(from..to).is_some_and(|word| self.matches(word)) {
                spans.push(Span { start: characters_to(from), end: characters_to(to) });
            }
        }
        spans
    }

    fn matches(&mut self, word: &str) -> bool {
        if let Some(known) = self.known.get(word) {
            return *known;
        }
        let found = terms(&mut self.analyzer, word);
        let matches = found.iter().any(|(term, _)| self.terms.contains(term));
        self.known.insert(word.to_owned(), matches);
        matches
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compound::Dictionary;
    use crate::analysis::word_analyzer;
    use std::sync::Arc;

    #[test]
    fn words_and_parts_are_marked_in_characters() {
        let dictionary = Dictionary::from_words(["aufenthalt", "erlaubnis"]);
        let terms = ["erlaubnis", "gebuhr"].map(str::to_owned);
        let mut marker = Marker::new(terms, word_analyzer(Arc::new(dictionary)));
        let text = "Für Gebühren der Aufenthaltserlaubnis";
        let marked: Vec<String> = marker
            .spans(text)
            .into_iter()
            .map(|span| {
                let take = (span.end - span.start) as usize;
                text.chars().skip(span.start as usize).take(take).collect()
            })
            .collect();
        assert_eq!(marked, ["Gebühren", "Aufenthaltserlaubnis"]);
    }
}
