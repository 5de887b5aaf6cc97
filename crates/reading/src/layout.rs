//! From glyphs to text in reading order, each word with its box.
//!
//! Glyphs are ordered by where they stand, never by when they were drawn: a name's letters in a
//! fallback font are drawn late, and rotated pages are drawn upside down. Knows neither PDF nor
//! recognition.

use crate::paper::{Rect, TextSource, Word};
use hayro::kurbo::Point;
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization;

mod columns;
pub(crate) mod lines;
mod rows;
pub(crate) mod script;

/// A letter on the page, in points from the top left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glyph {
    pub(crate) letter: char,
    /// Where its baseline begins.
    pub(crate) start: Point,
    /// Where its baseline ends.
    pub(crate) end: Point,
    /// Height of the font.
    pub(crate) size: f64,
}

/// Letters without a gap between them, in the frame in which their line runs from left to right.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) size: f64,
    /// On the page as it lies.
    pub(crate) rect: Rect,
    /// 1 for a text layer.
    pub(crate) confidence: f32,
}

/// Pieces on one baseline, from left to right, at least one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) baseline: f64,
    pub(crate) size: f64,
}

/// Share of the font size that parts two words.
pub(crate) const WORD_GAP: f64 = 0.2;
/// Share of the font size that parts two cells or columns.
pub(crate) const CELL_GAP: f64 = 0.9;
/// Distance of baselines, in font sizes, from which a blank line parts two blocks.
pub(crate) const BLOCK_GAP: f64 = 1.65;

/// Puts glyphs into reading order.
pub(crate) fn order(glyphs: Vec<Glyph>) -> (String, Vec<Word>) {
    let mut by_angle: BTreeMap<i16, Vec<Glyph>> = BTreeMap::new();
    for glyph in glyphs {
        by_angle.entry(angle(&glyph)).or_default().push(glyph);
    }
    // The page's own direction first, then what stands across it.
    let mut groups: Vec<(i16, Vec<Glyph>)> = by_angle.into_iter().collect();
    groups.sort_by_key(|(_, glyphs)| std::cmp::Reverse(glyphs.len()));
    let mut writer = Writer::new(TextSource::Digital);
    for (angle, glyphs) in groups {
        let rows = rows::gather(glyphs, f64::from(angle).to_radians());
        writer.part();
        for row in columns::arrange(rows) {
            writer.row(&row);
        }
    }
    (writer.text, writer.words)
}

/// Puts rows, sorted from top to bottom, into reading order.
pub(crate) fn order_rows(rows: Vec<Row>) -> (String, Vec<Word>) {
    let mut writer = Writer::new(TextSource::Ocr);
    for row in columns::arrange(rows) {
        writer.row(&row);
    }
    (writer.text, writer.words)
}

/// Whole degrees are fine enough to keep a crooked stamp apart from the page it is on.
fn angle(glyph: &Glyph) -> i16 {
    let along = glyph.end - glyph.start;
    if along.hypot() < 1e-6 {
        return 0;
    }
    let degrees = along.atan2().to_degrees().round();
    #[expect(clippy::cast_possible_truncation, reason = "between -180 and 180")]
    let whole = degrees as i16;
    if whole == -180 { 180 } else { whole }
}

#[expect(clippy::cast_possible_truncation, reason = "points on a page need no more than 24 bits")]
pub(crate) fn narrow(value: f64) -> f32 {
    value as f32
}

/// Writes rows as lines and notes where words begin and end.
struct Writer {
    source: TextSource,
    text: String,
    words: Vec<Word>,
    characters: u32,
    last: Option<(f64, f64)>,
}

impl Writer {
    fn new(source: TextSource) -> Self {
        Self { source, text: String::new(), words: Vec::new(), characters: 0, last: None }
    }

    /// What follows is not the last row's neighbour.
    fn part(&mut self) {
        self.last = None;
    }

    fn row(&mut self, row: &Row) {
        if !self.text.is_empty() {
            let apart = self.last.is_none_or(|(baseline, size)| {
                let gap = row.baseline - baseline;
                gap < 0.0 || gap > BLOCK_GAP * size.max(row.size)
            });
            self.push(if apart { "\n\n" } else { "\n" });
        }
        let pieces = script::in_order(&row.pieces, row.size);
        for ((piece, apart), index) in pieces.into_iter().zip(0_u32..) {
            match (index, apart) {
                (0, _) => {}
                (_, true) => self.push("  "),
                (_, false) => self.push(" "),
            }
            let start = self.characters;
            // Recognised words come in the order of reading.
            let text: String = match self.source {
                TextSource::Ocr => piece.text.nfc().collect(),
                TextSource::Digital | TextSource::Form => script::read(&piece.text),
            };
            self.push(&text);
            let (rect, end, confidence) = (piece.rect, self.characters, piece.confidence);
            self.words.push(Word { start, end, rect, confidence, source: self.source });
        }
        self.last = Some((row.baseline, row.size));
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        let count = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        self.characters = self.characters.saturating_add(count);
    }
}

#[cfg(test)]
mod tests;
