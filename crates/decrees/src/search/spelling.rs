//! Words that are written nowhere, and the ones that were meant.
//!
//! A word of a short question of which no passage holds the whole nor a part of the compound is looked up
//! among the words of the corpus: first those one slip away (a letter too many, missing, wrong, or two
//! swapped), for a long word those two slips away, last what it begins with. Of several the one in the most passages is taken.

use super::fusion::SHORT_WORDS_MAX;
use crate::Error;
use crate::analysis::{fold, words};
use crate::index::fulltext::View;

/// A shorter word has too many neighbours: everyday words that no rule uses would be taken for others.
const LETTERS_MIN: usize = 7;
/// A word of so many letters may have two slips.
const TWO_SLIPS_LETTERS: usize = 12;
/// The longest ending that is taken off where a slip in it hides it: "-igung" with a letter more is none.
const ENDING_LETTERS_MAX: usize = 6;

/// A question with the words that were meant in the place of those written nowhere; none where every word is
/// known, or nothing is near.
pub(crate) fn mend(question: &str, known: &View) -> Result<Option<String>, Error> {
    if words(question).nth(SHORT_WORDS_MAX).is_some() {
        return Ok(None);
    }
    let mut mended = String::with_capacity(question.len());
    let mut copied = 0;
    for (start, end) in words(question) {
        let Some(word) = question.get(start..end) else { continue };
        let Some(meant) = meant(word, known)? else { continue };
        mended.push_str(question.get(copied..start).unwrap_or_default());
        mended.push_str(&meant);
        copied = end;
    }
    if copied == 0 {
        return Ok(None);
    }
    mended.push_str(question.get(copied..).unwrap_or_default());
    Ok(Some(mended))
}

/// What was meant by a word that is written nowhere.
fn meant(word: &str, known: &View) -> Result<Option<String>, Error> {
    let mut folded = String::new();
    fold(word, &mut folded);
    let letters = folded.chars().count();
    if letters < LETTERS_MIN || !folded.chars().all(char::is_alphabetic) {
        return Ok(None);
    }
    let terms = known.terms(word);
    for (term, _) in &terms {
        if known.passages_with(term)? > 0 {
            return Ok(None);
        }
    }
    // The whole word comes first, then its parts.
    let Some((whole, _)) = terms.first() else { return Ok(None) };
    let slips = if letters < TWO_SLIPS_LETTERS { 1 } else { 2 };
    for slips in 1..=slips {
        if let Some(near) = known.nearest(whole, slips)? {
            return Ok(Some(put_right(&folded, whole, &near)));
        }
    }
    // A slip in the ending keeps it from being taken off.
    for (end, _) in whole.char_indices().rev().take(ENDING_LETTERS_MAX) {
        let begin = whole.get(..end).unwrap_or_default();
        if begin.chars().count() >= LETTERS_MIN && known.passages_with(begin)? > 0 {
            return Ok(Some(put_right(&folded, whole, begin)));
        }
    }
    Ok(None)
}

/// The word with what differs between its stem and the one that was meant exchanged: a stem has lost the
/// umlauts and the ending, which the word still has.
fn put_right(word: &str, stem: &str, meant: &str) -> String {
    let [word, stem, meant] = [word, stem, meant].map(|text| text.chars().collect::<Vec<char>>());
    let pairs = stem.iter().zip(&meant);
    let before = pairs.take_while(|(one, other)| one == other).count();
    let most = stem.len().min(meant.len()) - before;
    let pairs = stem.iter().rev().zip(meant.iter().rev()).take(most);
    let after = pairs.take_while(|(one, other)| one == other).count();
    let begin = word.iter().take(before);
    let middle = meant.iter().take(meant.len() - after).skip(before);
    begin.chain(middle).chain(word.iter().skip(stem.len() - after)).collect()
}

#[cfg(test)]
mod tests {
    use super::put_right;

    #[test]
    fn umlauts_and_endings_stay() {
        let check = |word: &str, stem: &str, meant: &str, expected: &str| {
            assert_eq!(put_right(word, stem, meant), expected, "{word}");
        };
        check("gebührren", "gebuhrr", "gebuhr", "gebühren");
        check(
            "aufenthalserlaubnis",
            "aufenthalserlaubnis",
            "aufenthaltserlaubnis",
            "aufenthaltserlaubnis",
        );
        check("bescheinignug", "bescheinignug", "bescheinig", "bescheinig");
        check("wohnugsgeber", "wohnugsgeb", "wohnungsgeb", "wohnungsgeber");
        check("aa", "aa", "aaa", "aaa");
    }
}
