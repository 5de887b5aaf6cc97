//! Scores of several systems, made comparable and added up.
//!
//! Each system's score is scaled for the query by its best passage and its hundredth:
//! `(score - hundredth) / (best - hundredth)`, not clipped. Adding scaled scores beat rank fusion
//! in every trial: rank fusion lets the weaker list displace good first hits.
//!
//! How much dense search counts depends on whether the question speaks as the rules do. Where the
//! best passage holds most of the question's rare words, words decide; where it holds few of them,
//! as with everyday speech, the embedder knows better.

/// Share of the word field in the lexical score; the n-grams have the rest.
pub(crate) const WORDS_SHARE: f32 = 0.4;
/// Share of dense search in the fused score of a short question, where the best passage holds the
/// question's words and where it does not.
const DENSE_SHARE: (f32, f32) = (0.3, 0.7);
/// Covered by so much, a question is one that passages hold, or one that they do not; between the
/// two the share follows a straight line.
const COVERED: (f32, f32) = (0.4, 0.2);
/// Share of dense search for a longer text: no passage covers it, whatever its words.
const DENSE_SHARE_LONG: f32 = 0.4;
/// A question of more words is long.
pub(crate) const SHORT_WORDS_MAX: usize = 20;
/// Share of late interaction in the final score of the best passages.
pub(crate) const LATE_SHARE: f32 = 0.3;
/// Weight of a word of the glossary against one of the query's own, in lexical search. The query's
/// vector goes without: the embedder knows everyday words by itself, and those of the glossary led
/// it astray.
pub(crate) const EXPANSION_WEIGHT: f32 = 0.25;
/// Added to the lexical score of the passage that a question names by its norm: where the question
/// says nothing else, where it says more, and where it is a longer text that cites in passing.
pub(crate) const NAMED_ALONE: f32 = 2.0;
pub(crate) const NAMED: f32 = 0.5;
pub(crate) const NAMED_LONG: f32 = 0.2;
/// Passages that late interaction looks at.
pub(crate) const LATE_PASSAGES: usize = 50;

const HUNDREDTH: usize = 100;
/// Below it two scores count as one.
const SPREAD_MIN: f32 = 1e-6;

/// Scales scores between those of two ranks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    low: f32,
    spread: f32,
}

impl Scale {
    /// By the best and the hundredth.
    pub(crate) fn by_hundredth(scores: impl Iterator<Item = f32>) -> Self {
        let found = best(scores.zip(0..), HUNDREDTH);
        let ends = found.first().zip(found.last());
        let Some(((best, _), (low, _))) = ends else { return Self { low: 0.0, spread: 1.0 } };
        Self { low: *low, spread: (best - low).max(SPREAD_MIN) }
    }

    /// By the best and the worst.
    pub(crate) fn by_extremes(scores: impl Iterator<Item = f32> + Clone) -> Self {
        let best = scores.clone().fold(f32::NEG_INFINITY, f32::max);
        let low = scores.fold(f32::INFINITY, f32::min);
        let spread = (best - low).max(SPREAD_MIN);
        if low.is_finite() { Self { low, spread } } else { Self { low: 0.0, spread: 1.0 } }
    }

    /// The scaled score.
    pub(crate) fn of(self, score: f32) -> f32 {
        (score - self.low) / self.spread
    }
}

/// Share of dense search, for a question of so many words of which the best passage holds the part
/// `covered`, by weight.
pub(crate) fn dense_share(words: usize, covered: f32) -> f32 {
    if words > SHORT_WORDS_MAX {
        return DENSE_SHARE_LONG;
    }
    let ((held, foreign), (full, none)) = (DENSE_SHARE, COVERED);
    let part = ((covered - none) / (full - none)).clamp(0.0, 1.0);
    foreign + part * (held - foreign)
}

/// The best `limit` candidates, best first; of equal ones the earlier passage first.
pub(crate) fn best(candidates: impl Iterator<Item = (f32, u32)>, limit: usize) -> Vec<(f32, u32)> {
    let order = |left: &(f32, u32), right: &(f32, u32)| {
        right.0.total_cmp(&left.0).then(left.1.cmp(&right.1))
    };
    let Some(last) = limit.checked_sub(1) else { return Vec::new() };
    // Nearly all of a corpus falls behind the worst kept after one comparison.
    let full = limit.saturating_mul(2);
    let mut kept: Vec<(f32, u32)> = Vec::new();
    let mut bar = f32::NEG_INFINITY;
    for candidate in candidates {
        if candidate.0 < bar {
            continue;
        }
        kept.push(candidate);
        if kept.len() >= full {
            let (_, (worst, _), _) = kept.select_nth_unstable_by(last, order);
            bar = *worst;
            kept.truncate(limit);
        }
    }
    kept.sort_unstable_by(order);
    kept.truncate(limit);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_scaled_between_best_and_hundredth() {
        let scale = Scale::by_hundredth((0..200_u16).map(f32::from));
        let near = |score: f32, expected: f32| assert!((scale.of(score) - expected).abs() < 1e-6);
        near(199.0, 1.0);
        near(100.0, 0.0);
        near(1.0, -1.0);
        // Fewer than a hundred: the worst is the foot.
        let few = Scale::by_hundredth([3.0, 1.0].into_iter());
        assert!((few.of(2.0) - 0.5).abs() < 1e-6);
        assert!(Scale::by_hundredth(std::iter::empty()).of(0.0).abs() < 1e-6);
        assert!(Scale::by_hundredth([2.0, 2.0].into_iter()).of(2.0).abs() < 1e-6);
    }

    #[test]
    fn dense_search_counts_more_where_words_fail() {
        let near = |words: usize, covered: f32, expected: f32| {
            assert!((dense_share(words, covered) - expected).abs() < 1e-6, "{words} {covered}");
        };
        near(8, 0.0, 0.7);
        near(8, 0.2, 0.7);
        near(8, 0.3, 0.5);
        near(20, 0.9, 0.3);
        near(21, 0.1, 0.4);
    }

    #[test]
    fn the_best_come_first_and_ties_in_order() {
        let found = best([(1.0, 4), (3.0, 9), (1.0, 2), (2.0, 1)].into_iter(), 3);
        assert_eq!(found, [(3.0, 9), (2.0, 1), (1.0, 2)]);
        assert_eq!(best([(1.0, 1)].into_iter(), 5), [(1.0, 1)]);
        assert_eq!(best(std::iter::empty(), 5), []);
    }
}
