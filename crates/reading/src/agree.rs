//! Two readings of one page: a word that both have at its place is sure, one that the other has not is
//! doubtful, however sure its reader was.

use crate::paper::{Rect, Word};
use crate::picture::Recognised;

/// What is left of the confidence of a word that the other reader reads otherwise.
const DOUBT: f32 = 0.5;

/// A word of the second reading.
struct Other {
    text: String,
    rect: Rect,
    confidence: f32,
}

/// Weighs the words of the first reading by whether the second has them.
pub(crate) fn weigh(first: &mut Recognised, second: &Recognised) {
    let others = second.words.iter().zip(texts(second));
    let others: Vec<Other> = others
        .map(|(word, text)| Other { text, rect: word.rect, confidence: word.confidence })
        .collect();
    let (mut sum, mut weight) = (0.0_f32, 0.0_f32);
    let named = texts(first);
    for (word, text) in first.words.iter_mut().zip(named) {
        word.confidence = match confirmed(&text, word, &others) {
            Some(other) => 1.0 - (1.0 - word.confidence) * (1.0 - other),
            None => word.confidence * DOUBT,
        };
        let letters = f32::from(u16::try_from(text.chars().count()).unwrap_or(u16::MAX));
        (sum, weight) = (sum + word.confidence * letters, weight + letters);
    }
    if weight > 0.0 {
        first.quality = sum / weight;
    }
}

/// How sure the second reading is of the word, where it has it: alone or parted otherwise.
fn confirmed(text: &str, word: &Word, others: &[Other]) -> Option<f32> {
    let near: Vec<&Other> = others.iter().filter(|other| meet(word.rect, other.rect)).collect();
    let joined: String = near.iter().map(|other| other.text.as_str()).collect();
    let least = near.iter().map(|other| other.confidence).fold(1.0, f32::min);
    joined.contains(text).then_some(least)
}

/// Whether one box holds the middle of the other's height, and both share some of their width.
fn meet(one: Rect, other: Rect) -> bool {
    let middle = one.top + one.height / 2.0;
    let shared = (one.left + one.width).min(other.left + other.width) - one.left.max(other.left);
    (other.top..=other.top + other.height).contains(&middle) && shared > 0.0
}

/// The text of each word.
fn texts(read: &Recognised) -> Vec<String> {
    let letters: Vec<char> = read.text.chars().collect();
    let at = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    let text = |word: &Word| {
        letters.get(at(word.start)..at(word.end)).unwrap_or_default().iter().map(same).collect()
    };
    read.words.iter().map(text).collect()
}

/// Readers differ in the shape of dashes and quotation marks, which says nothing about the word.
fn same(letter: &char) -> char {
    match letter {
        '–' | '—' | '−' => '-',
        '’' | '‘' | '‚' | '´' | '`' => '\'',
        '“' | '”' | '„' => '"',
        other => *other,
    }
}

#[cfg(test)]
mod tests;
