//! Marked content that says what its glyphs read (`/ActualText`), for glyphs that do not say it
//! themselves: parts of a letter, ligatures, fonts without a table.
//!
//! Nobody sees this text, so it may not say another thing than the glyphs do: it stands where they say
//! nothing, or the same but for marks over letters. Else the glyphs count, and the place is disputed.

use crate::layout::{Glyph, script};
use hayro::hayro_syntax::object::{Dict, String as PdfString};
use hayro::kurbo::{Point, Rect, Vec2};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::form::text;

/// Nesting of marked content that is remembered.
const DEPTH_MAX: usize = 32;
/// Bytes of one such text that are looked at; longer ones are of paragraphs.
const BYTES_MAX: usize = 1_024;
/// Glyphs under one such text.
const GLYPHS_MAX: usize = 256;
/// Letters that one glyph without a letter of its own may stand for.
const LETTERS_OF_GLYPH_MAX: usize = 8;
/// Disputed places of a page that are remembered.
pub(super) const DISPUTED_MAX: usize = 1_000;

/// Marked content that is open.
#[derive(Default)]
pub(super) struct Open {
    /// The text of each, and at which glyph it begins.
    spans: Vec<Option<(String, usize)>>,
    /// How many more are open than are remembered.
    beyond: usize,
}

/// What became of the glyphs under one text.
#[derive(Debug, PartialEq)]
pub(super) enum Settled {
    /// They stay as they were.
    Kept,
    /// They were exchanged; so many of them had no letter.
    Replaced(usize),
    /// They stay, and the text says otherwise.
    Disputed(Rect),
}

impl Open {
    pub(super) fn begin(&mut self, properties: Option<&Dict<'_>>, glyphs: usize) {
        if self.spans.len() >= DEPTH_MAX {
            self.beyond = self.beyond.saturating_add(1);
            return;
        }
        let text = properties.and_then(|properties| properties.get::<PdfString<'_>>("ActualText"));
        let text = text.filter(|text| text.as_bytes().len() <= BYTES_MAX);
        self.spans.push(text.map(|text| (text::decode(text.as_bytes()), glyphs)));
    }

    /// The text that ends here and its first glyph.
    pub(super) fn end(&mut self) -> Option<(String, usize)> {
        if self.beyond > 0 {
            self.beyond -= 1;
            return None;
        }
        self.spans.pop().flatten()
    }

    /// What a page leaves open ends with it.
    pub(super) fn close(&mut self) {
        *self = Self::default();
    }
}

/// Exchanges the glyphs from `first` for those of the text, where that may be.
pub(super) fn settle(glyphs: &mut Vec<Glyph>, first: usize, text: &str) -> Settled {
    let own = glyphs.get(first..).unwrap_or_default();
    if own.is_empty() || own.len() > GLYPHS_MAX {
        return Settled::Kept;
    }
    let shown: String = own.iter().map(|glyph| glyph.letter).filter(|c| says(*c)).collect();
    let lost = own.iter().filter(|glyph| !says(glyph.letter)).count();
    let (drawn, said) = (skeleton(&shown), skeleton(text));
    if said.is_empty() || own.iter().map(|glyph| glyph.letter).eq(text.nfc()) {
        return Settled::Kept;
    }
    let silent = drawn.is_empty() && lost > 0;
    if !silent && drawn != said {
        let turned = said.chars().all(script::runs_left) && drawn.chars().rev().eq(said.chars());
        return if turned { Settled::Kept } else { Settled::Disputed(area(own)) };
    }
    let mut letters: Vec<char> = text.trim().nfc().collect();
    if letters.len() > own.len().saturating_mul(LETTERS_OF_GLYPH_MAX) {
        return Settled::Disputed(area(own));
    }
    let Some((start, end, size)) = extent(own) else { return Settled::Kept };
    if letters.iter().all(|letter| script::runs_left(*letter)) {
        letters.reverse();
    }
    glyphs.truncate(first);
    glyphs.extend(spread(&letters, start, end, size));
    Settled::Replaced(lost)
}

/// Letters that share a width, in the direction in which they run.
pub(super) fn spread(
    letters: &[char],
    start: Point,
    end: Point,
    size: f64,
) -> impl Iterator<Item = Glyph> {
    let of = f64::from(u32::try_from(letters.len().max(1)).unwrap_or(1));
    letters.iter().zip(0_u32..).map(move |(&letter, index)| Glyph {
        letter,
        start: start.lerp(end, f64::from(index) / of),
        end: start.lerp(end, f64::from(index + 1) / of),
        size,
    })
}

/// Whether a glyph says what it is.
fn says(letter: char) -> bool {
    !matches!(letter, '\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\0'..='\x1f')
}

/// Letters and figures without what stands over them.
fn skeleton(text: &str) -> String {
    let bare = |c: &char| !is_combining_mark(*c) && (c.is_alphanumeric() || "€$£%§+".contains(*c));
    text.nfkd().filter(bare).collect()
}

/// Where the line of these glyphs begins and ends, and its height; none where they do not stand on one.
/// Marks are drawn where their font puts them, which may be over the next letter.
fn extent(own: &[Glyph]) -> Option<(Point, Point, f64)> {
    let is_base = |glyph: &&Glyph| says(glyph.letter) && !is_combining_mark(glyph.letter);
    let mut standing: Vec<&Glyph> = own.iter().filter(is_base).collect();
    if standing.is_empty() {
        standing = own.iter().collect();
    }
    let base = standing.iter().find(|glyph| glyph.start.distance(glyph.end) > 0.0)?;
    let along = (base.end - base.start).normalize();
    let across = Vec2::new(-along.y, along.x);
    let ends = || standing.iter().flat_map(|glyph| [glyph.start, glyph.end]);
    if ends().any(|point| (point - base.start).dot(across).abs() > base.size) {
        return None;
    }
    let places = ends().map(|point| (point - base.start).dot(along));
    let (low, high) =
        places.fold((0.0_f64, 0.0_f64), |(low, high), at| (low.min(at), high.max(at)));
    Some((base.start + along * low, base.start + along * high, base.size))
}

fn area(own: &[Glyph]) -> Rect {
    let boxes =
        own.iter().map(|glyph| Rect::from_points(glyph.start, glyph.end).inflate(0.5, glyph.size));
    boxes.reduce(|all, one| all.union(one)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
