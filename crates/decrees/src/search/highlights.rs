//! Words of the query in a passage.

use super::Span;
use std::collections::HashSet;
use tantivy::tokenizer::{TextAnalyzer, TokenStream};

/// More would mark everything and show nothing.
const SPANS_MAX: usize = 50;

/// Where a word or a compound part of the query stands in a text, in characters.
pub(crate) fn find(text: &str, terms: &HashSet<&str>, analyzer: &mut TextAnalyzer) -> Vec<Span> {
    let mut bytes: Vec<(usize, usize)> = Vec::new();
    let mut stream = analyzer.token_stream(text);
    while stream.advance() && bytes.len() < SPANS_MAX {
        let token = stream.token();
        let place = (token.offset_from, token.offset_to);
        if terms.contains(token.text.as_str()) && bytes.last() != Some(&place) {
            bytes.push(place);
        }
    }
    let mut spans = Vec::with_capacity(bytes.len());
    let (mut byte, mut character) = (0, 0_usize);
    let mut characters_to = |to: usize| {
        character += text.get(byte..to).map_or(0, |between| between.chars().count());
        byte = to;
        u32::try_from(character).unwrap_or(u32::MAX)
    };
    for (from, to) in bytes {
        spans.push(Span { start: characters_to(from), end: characters_to(to) });
    }
    spans
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
        let mut analyzer = word_analyzer(Arc::new(dictionary));
        let terms = HashSet::from(["erlaubnis", "gebuhr"]);
        let text = "Für Gebühren der Aufenthaltserlaubnis";
        let marked: Vec<String> = find(text, &terms, &mut analyzer)
            .into_iter()
            .map(|span| {
                let take = (span.end - span.start) as usize;
                text.chars().skip(span.start as usize).take(take).collect()
            })
            .collect();
        assert_eq!(marked, ["Gebühren", "Aufenthaltserlaubnis"]);
    }
}
