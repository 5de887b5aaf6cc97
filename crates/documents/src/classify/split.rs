//! Where one paper of a file ends and the next begins. For now only what is obvious: a page that
//! opens with the heading of another class.

use std::ops::Range;

use crate::service::Inner;
use crate::text::PageText;

use super::zone;

/// A page this sure of itself may begin a new paper.
const SCORE_MIN: f32 = 8.0;
/// Its heading must say so much of it.
const TITLE_MIN: f32 = 4.5;

/// The page ranges of the papers, by position.
pub(crate) fn ranges(inner: &Inner, pages: &[PageText<'_>]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut begin = 0;
    let mut current: Option<usize> = None;
    for (at, page) in pages.iter().enumerate() {
        let Some(opened) = opening(inner, page) else { continue };
        let changes = current.is_some_and(|class| class != opened);
        if changes && at > begin {
            ranges.push(begin..at);
            begin = at;
        }
        // A page without a heading of its own belongs to what came before, known or not.
        if changes || at == begin {
            current = Some(opened);
        }
    }
    if begin < pages.len() {
        ranges.push(begin..pages.len());
    }
    ranges
}

/// The class whose paper obviously begins on this page.
fn opening(inner: &Inner, page: &PageText<'_>) -> Option<usize> {
    let said = inner.cues.read(std::slice::from_ref(page));
    let zone = zone::find(std::slice::from_ref(page));
    let zone_scores = zone::scores(&inner.knowledge, zone.as_ref());
    let mut ranked: Vec<(usize, f32, f32)> = said
        .iter()
        .zip(zone_scores)
        .enumerate()
        .map(|(class, (said, zone))| (class, said.score() + zone, said.title + zone))
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (class, score, title) = ranked.first().copied()?;
    let second = ranked.get(1).map_or(0.0, |entry| entry.1);
    (score >= SCORE_MIN && title >= TITLE_MIN && score >= second + 3.0).then_some(class)
}
