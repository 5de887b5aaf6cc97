//! Tesseract's lines as rows of the page.

use super::Found;
use crate::layout::lines::{self, Line};
use crate::layout::{Piece, Row};

/// Rows from top to bottom, each from left to right.
pub(super) fn gather(words: &[(Found<'_>, String)]) -> Vec<Row> {
    let same_line = |a: &(Found<'_>, String), b: &(Found<'_>, String)| a.0.line == b.0.line;
    lines::gather(words.chunk_by(same_line).map(line).collect())
}

fn line(words: &[(Found<'_>, String)]) -> Line {
    let of = |value: &dyn Fn(&Found<'_>) -> f32| {
        let mut values: Vec<f32> = words.iter().map(|(word, _)| value(word)).collect();
        values.sort_by(f32::total_cmp);
        values.get(values.len() / 2).map_or(0.0, |&value| f64::from(value))
    };
    let height = of(&|word| word.rect.height);
    let middle = of(&|word| word.rect.top + word.rect.height / 2.0);
    let pieces = words.iter().map(|(word, text)| Piece {
        text: text.clone(),
        left: f64::from(word.rect.left),
        right: f64::from(word.rect.left + word.rect.width),
        size: lines::font_size(height),
        rect: word.rect,
        confidence: word.confidence,
    });
    let mut pieces: Vec<Piece> = pieces.collect();
    pieces.sort_by(|a, b| a.left.total_cmp(&b.left));
    Line { middle, slope: 0.0, height, pieces }
}
