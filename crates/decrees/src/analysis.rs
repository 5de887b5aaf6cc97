//! German words and character n-grams, the same for texts and for queries.
//!
//! A word is folded (NFC, lower case, ß as ss), split into the parts of a compound, and stemmed.
//! Beside it stand the character 5-grams of `_word_`, which forgive endings, spellings and
//! compounds alike.

pub(crate) mod compound;

use compound::{Dictionary, Splitter};
use std::sync::Arc;
use tantivy::tokenizer::{
    Language, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer as TantivyTokenizer,
};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Grows when the analysis changes; indexes built by another one are rebuilt.
pub(crate) const ANALYSIS_VERSION: u32 = 2;

const GRAM_CHARACTERS: usize = 5;
/// A longer run of letters is no word (a checksum, a table drawn with letters).
const WORD_BYTES_MAX: usize = 120;

/// Words that say nothing about what a text is about.
const STOP_WORDS: &str = "aber alle als also am an auch auf aus bei bin bis das dass dem den der \
    des die dies diese dieser doch durch ein eine einem einen einer eines er es für hat haben ich \
    ihr ihre im in ist kann kein man mit nach nicht noch nur oder sein sich sie sind so über um \
    und uns von vor war was wenn werden wie wir wird zu zum zur wurde wer wo wann welche welcher \
    welches";

/// Whether a folded word is a stop word.
pub(crate) fn is_stop_word(word: &str) -> bool {
    // The longest is "welcher"; most words leave here.
    word.len() <= 8 && stop_words().contains(word)
}

fn stop_words() -> &'static std::collections::HashSet<&'static str> {
    static WORDS: std::sync::OnceLock<std::collections::HashSet<&'static str>> =
        std::sync::OnceLock::new();
    WORDS.get_or_init(|| STOP_WORDS.split_whitespace().collect())
}

/// The words of a text as byte ranges.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut position = 0;
    std::iter::from_fn(move || {
        let rest = text.get(position..)?;
        let start = position + rest.find(is_word_character)?;
        let tail = text.get(start..)?;
        let end = tail.find(|c| !is_word_character(c)).map_or(text.len(), |length| start + length);
        position = end;
        Some((start, end))
    })
}

/// Combining marks belong to their letter: text from a PDF may come decomposed.
fn is_word_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || ('\u{300}'..='\u{36f}').contains(&c)
}

/// Writes the folded form of a word to `folded`.
pub(crate) fn fold(word: &str, folded: &mut String) {
    folded.clear();
    if word.is_ascii() {
        folded.extend(word.chars().map(|c| c.to_ascii_lowercase()));
    } else if is_nfc(word) {
        word.chars().for_each(|c| fold_character(c, folded));
    } else {
        word.nfc().for_each(|c| fold_character(c, folded));
    }
}

fn fold_character(c: char, folded: &mut String) {
    match c {
        'ß' | 'ẞ' => folded.push_str("ss"),
        _ => folded.extend(c.to_lowercase()),
    }
}

/// The analyzer of the word field.
pub(crate) fn word_analyzer(dictionary: Arc<Dictionary>) -> TextAnalyzer {
    TextAnalyzer::builder(Words::new(dictionary)).filter(Stemmer::new(Language::German)).build()
}

/// The analyzer of the n-gram field.
pub(crate) fn gram_analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(Grams::default()).build()
}

/// The terms of a text with their counts, in the order of their first occurrence.
pub(crate) fn terms(analyzer: &mut TextAnalyzer, text: &str) -> Vec<(String, f32)> {
    let mut order: Vec<(String, f32)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    let mut stream = analyzer.token_stream(text);
    while stream.advance() {
        let term = &stream.token().text;
        if let Some((_, count)) = places.get(term).and_then(|place: &usize| order.get_mut(*place)) {
            *count += 1.0;
        } else {
            places.insert(term.clone(), order.len());
            order.push((term.clone(), 1.0));
        }
    }
    order
}

/// The terms of a text, each time that they occur.
pub(crate) fn terms_in_order(analyzer: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut order = Vec::new();
    let mut stream = analyzer.token_stream(text);
    while stream.advance() {
        order.push(stream.token().text.clone());
    }
    order
}

/// Folded words and the parts of compounds, both at the place of the word.
#[derive(Clone)]
struct Words {
    splitter: Splitter,
    pending: Vec<String>,
    token: Token,
}

impl Words {
    fn new(dictionary: Arc<Dictionary>) -> Self {
        Self { splitter: Splitter::new(dictionary), pending: Vec::new(), token: Token::default() }
    }
}

struct WordStream<'a> {
    text: &'a str,
    position: usize,
    words: &'a mut Words,
}

impl TantivyTokenizer for Words {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        self.token.reset();
        self.pending.clear();
        WordStream { text, position: 0, words: self }
    }
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let Words { splitter, pending, token } = &mut *self.words;
        if let Some(part) = pending.pop() {
            token.text = part;
            return true;
        }
        while let Some((start, end)) = next_word(self.text, &mut self.position) {
            let Some(word) = self.text.get(start..end) else { return false };
            fold(word, &mut token.text);
            if token.text.chars().nth(1).is_none() || is_stop_word(&token.text) {
                continue;
            }
            token.offset_from = start;
            token.offset_to = end;
            token.position = token.position.wrapping_add(1);
            splitter.parts(&token.text, pending);
            return true;
        }
        false
    }

    fn token(&self) -> &Token {
        &self.words.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.words.token
    }
}

fn next_word(text: &str, position: &mut usize) -> Option<(usize, usize)> {
    loop {
        let (start, end) = words(text.get(*position..)?).next()?;
        let range = (*position + start, *position + end);
        *position = range.1;
        if end - start <= WORD_BYTES_MAX {
            return Some(range);
        }
    }
}

/// Character n-grams of `_word_`, whole where the word is shorter.
#[derive(Clone, Default)]
struct Grams {
    /// `_word_`
    framed: String,
    folded: String,
    /// Byte offsets of the characters of `framed`, and its end.
    borders: Vec<usize>,
    next: usize,
    token: Token,
}

struct GramStream<'a> {
    text: &'a str,
    position: usize,
    grams: &'a mut Grams,
}

impl TantivyTokenizer for Grams {
    type TokenStream<'a> = GramStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> GramStream<'a> {
        self.token.reset();
        self.borders.clear();
        self.next = 0;
        GramStream { text, position: 0, grams: self }
    }
}

impl Grams {
    /// Takes a word; false for a stop word.
    fn load(&mut self, word: &str) -> bool {
        fold(word, &mut self.folded);
        if self.folded.chars().nth(1).is_none() || is_stop_word(&self.folded) {
            return false;
        }
        self.framed.clear();
        self.framed.push('_');
        self.framed.push_str(&self.folded);
        self.framed.push('_');
        self.borders.clear();
        self.borders.extend(self.framed.char_indices().map(|(place, _)| place));
        self.borders.push(self.framed.len());
        self.next = 0;
        true
    }

    /// Puts the next gram of the loaded word into the token.
    fn step(&mut self) -> bool {
        let characters = self.borders.len().saturating_sub(1);
        let last = characters.saturating_sub(GRAM_CHARACTERS);
        if characters == 0 || self.next > last {
            return false;
        }
        let Some(start) = self.borders.get(self.next) else { return false };
        let end =
            self.borders.get(self.next + GRAM_CHARACTERS).unwrap_or(&self.framed.len()).to_owned();
        let Some(gram) = self.framed.get(*start..end) else { return false };
        self.token.text.clear();
        self.token.text.push_str(gram);
        self.token.position = self.token.position.wrapping_add(1);
        self.next += 1;
        true
    }
}

impl TokenStream for GramStream<'_> {
    fn advance(&mut self) -> bool {
        loop {
            if self.grams.step() {
                return true;
            }
            let Some((start, end)) = next_word(self.text, &mut self.position) else {
                return false;
            };
            let Some(word) = self.text.get(start..end) else { return false };
            if self.grams.load(word) {
                self.grams.token.offset_from = start;
                self.grams.token.offset_to = end;
            }
        }
    }

    fn token(&self) -> &Token {
        &self.grams.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.grams.token
    }
}

#[cfg(test)]
mod tests;
