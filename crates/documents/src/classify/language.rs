//! In which language a paper is written, by script and frequent words.

use crate::knowledge::Knowledge;
use crate::text::PageText;

/// Fewer hits than this do not name a language.
const HITS_MIN: usize = 3;

/// BCP 47; `und` where it cannot be told.
pub(crate) fn guess(knowledge: &Knowledge, pages: &[PageText<'_>]) -> String {
    let letters = || pages.iter().flat_map(|page| &page.chars).filter(|c| c.is_alphabetic());
    let all = letters().count();
    let arabic = letters().filter(|c| matches!(**c, '\u{600}'..='\u{6ff}')).count();
    let cyrillic = letters().filter(|c| matches!(**c, '\u{400}'..='\u{52f}')).count();
    if arabic * 2 > all {
        return "ar".to_owned();
    }
    if cyrillic * 2 > all {
        let ukrainian = letters().any(|c| matches!(*c, 'і' | 'ї' | 'є' | 'ґ' | 'І' | 'Ї' | 'Є'));
        return if ukrainian { "uk" } else { "ru" }.to_owned();
    }
    let mut best = ("und", HITS_MIN - 1);
    for (language, words) in knowledge.stop_words() {
        let hits = pages
            .iter()
            .flat_map(|page| &page.tokens)
            .filter(|token| words.contains(&token.text))
            .count();
        if hits > best.1 {
            best = (language, hits);
        }
    }
    best.0.to_owned()
}
