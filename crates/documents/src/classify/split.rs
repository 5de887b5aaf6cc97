//! Where one paper of a file ends and the next begins: what each page says about it, weighed and
//! summed, page after page.

mod leaf;
mod numbering;
mod signals;

use std::ops::Range;

use crate::service::Inner;
use crate::text::PageText;

use leaf::Leaf;
pub use signals::{NAMES, Signals};

/// What each signal adds to the log-odds of a new paper, in the order of [`NAMES`]. `papers split
/// --fit` fits them on bundles of invented papers and prints this table. The last two cannot be
/// fitted on texts, they are set by hand.
const WEIGHTS: Signals = [
    -0.72, // bias
    2.46,  // number_first
    -3.15, // number_continues
    -0.16, // number_later
    1.05,  // number_ended
    -0.35, // number_open
    0.95,  // number_lost
    3.22,  // title_new
    3.81,  // title_again_alike
    1.70,  // title_again_unlike
    1.23,  // other_class
    -0.83, // same_class
    -1.86, // stranger
    3.48,  // form_alike
    -1.65, // top_alike
    -1.36, // foot_alike
    -1.45, // marks_shared
    0.98,  // marks_differ
    0.23,  // days_shared
    0.17,  // days_differ
    1.47,  // letterhead
    0.95,  // salutation
    1.37,  // closed_before
    -1.07, // opens_midway
    -0.16, // breaks_off
    -1.15, // clauses_continue
    0.54,  // clauses_restart
    1.44,  // other_language
    1.59,  // blank_between
    -2.80, // zone_follows
    0.33,  // zone_opens
    0.74,  // zone_again
    -0.66, // rows_alike
    1.5,   // other_size
    2.0,   // other_source
];

/// The page ranges of the papers, by position: every page is in one of them. `model` holds the
/// classifier's raw scores of each page, where it was asked.
///
/// An empty page belongs to what comes before it: it is a back side or a separator.
pub(crate) fn ranges(
    inner: &Inner,
    pages: &[PageText<'_>],
    model: &[Vec<Option<f32>>],
) -> Vec<Range<usize>> {
    if pages.len() < 2 {
        return std::iter::once(0..pages.len()).filter(|range| !range.is_empty()).collect();
    }
    let leaves = leaves(inner, pages, model);
    let mut ranges = Vec::new();
    let mut begin = 0;
    for at in 1..leaves.len() {
        let paper = leaves.get(begin..at).unwrap_or_default();
        let opens = leaves.get(at).and_then(|next| signals::read(paper, next));
        if opens.is_some_and(|signals| log_odds(&signals) > 0.0) {
            ranges.push(begin..at);
            begin = at;
        }
    }
    ranges.push(begin..pages.len());
    ranges
}

/// What the pages say at each of the places where the file could be divided, given the places where it
/// is: for fitting [`WEIGHTS`]. None where an empty page follows, or nothing but empty pages goes before.
pub(crate) fn signals(
    inner: &Inner,
    pages: &[PageText<'_>],
    model: &[Vec<Option<f32>>],
    begins: &[usize],
) -> Vec<Option<Signals>> {
    let leaves = leaves(inner, pages, model);
    (1..leaves.len())
        .map(|at| {
            let begin = begins.iter().copied().filter(|begin| *begin < at).max().unwrap_or(0);
            signals::read(leaves.get(begin..at)?, leaves.get(at)?)
        })
        .collect()
}

fn leaves<'b, 'a>(
    inner: &Inner,
    pages: &'b [PageText<'a>],
    model: &[Vec<Option<f32>>],
) -> Vec<Leaf<'b, 'a>> {
    let heard = model.iter().map(Vec::as_slice).chain(std::iter::repeat(&[][..]));
    pages.iter().zip(heard).map(|(page, model)| Leaf::new(inner, page, model)).collect()
}

fn log_odds(signals: &Signals) -> f32 {
    signals.iter().zip(WEIGHTS).map(|(signal, weight)| signal * weight).sum()
}

#[cfg(test)]
mod tests;
