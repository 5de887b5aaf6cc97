//! Masking: what a paper says of somebody's religion, ethnic origin, health, offences, opinions and sexuality, and
//! the number that opens a card's chip, is blotted out before the text leaves the process that read it.
//!
//! Deterministic: words, the shape of a form and the boundaries of sentences decide, after the lists in
//! `mask/terms`. It refuses to know classes and fields, and keeps nothing of what it blots out.

mod answer;
mod blot;
mod find;
mod near;
mod segments;
mod terms;
#[cfg(test)]
mod tests;
mod tokens;

use crate::paper::{Page, Paper, Rect, TextSource};
use serde::{Deserialize, Serialize};

/// What stands in the place of every masked stretch, however long that was.
pub const MASK: &str = "█████";

/// A stretch that was masked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mask {
    /// What it told of.
    pub kind: MaskKind,
    /// Where its first [`MASK`] begins in the page's text, in characters.
    pub start: u32,
    /// One past the last character of its last one: a stretch over several lines has one on each.
    pub end: u32,
    /// Where it stood; none where the format has no pages.
    pub rect: Option<Rect>,
}

/// What a masked stretch told of: Art. 9 and 10 GDPR, and the number of a card's chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MaskKind {
    /// Religion, denomination, church tax.
    Religion,
    /// Ethnic origin, descent, colour.
    Ethnicity,
    /// Illness, disability, pregnancy, treatment.
    Health,
    /// Convictions and proceedings, also that there are none.
    Offence,
    /// Political opinion, membership of a union.
    Opinion,
    /// Sexual orientation.
    Sexuality,
    /// The access number of a residence permit's or identity card's chip.
    CardNumber,
}

impl MaskKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Religion,
        Self::Ethnicity,
        Self::Health,
        Self::Offence,
        Self::Opinion,
        Self::Sexuality,
        Self::CardNumber,
    ];

    /// A short name for logs, records and the list of terms.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Religion => "religion",
            Self::Ethnicity => "ethnicity",
            Self::Health => "health",
            Self::Offence => "offence",
            Self::Opinion => "opinion",
            Self::Sexuality => "sexuality",
            Self::CardNumber => "card",
        }
    }
}

/// What of a page that is not masked yet would be, in that page's own characters and without places. For
/// measurements: [`crate::Reader`] gives papers whose masks are set already.
#[must_use]
pub fn to_mask(page: &Page) -> Vec<Mask> {
    let chars: Vec<char> = page.text.chars().collect();
    let wide = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    let mask = |found: find::Found| Mask {
        kind: found.kind,
        start: wide(found.start),
        end: wide(found.end),
        rect: None,
    };
    search(page, &chars).into_iter().map(mask).collect()
}

/// Blots out in a paper what is to be masked.
pub(crate) fn masked(mut paper: Paper) -> Paper {
    paper.pages.iter_mut().for_each(page);
    paper
}

fn page(page: &mut Page) {
    let chars: Vec<char> = page.text.chars().collect();
    let found = search(page, &chars);
    if !found.is_empty() {
        blot::blot(page, &chars, &found);
    }
}

/// Misread letters are forgiven where letters are misread.
fn search(page: &Page, chars: &[char]) -> Vec<find::Found> {
    find::find(chars, &page.words, page.source == TextSource::Ocr)
}
