//! Tesseract's lines as rows of the page. It reads a table column by column and a form's labels
//! before its values; people and the rest of this crate read across.

use super::Found;
use crate::layout::{Piece, Row};

/// Words' boxes hold letters only; fonts are taller by about this.
const FONT_SHARE: f64 = 1.2;
/// Share of the height by which the middles of two parts of one row may differ.
const SAME_ROW: f64 = 0.4;

/// A line of Tesseract's, or several beside each other.
struct Line {
    middle: f64,
    height: f64,
    pieces: Vec<Piece>,
}

/// Rows from top to bottom, each from left to right.
pub(super) fn gather(words: &[(Found<'_>, String)]) -> Vec<Row> {
    let same_line = |a: &(Found<'_>, String), b: &(Found<'_>, String)| a.0.line == b.0.line;
    let mut lines: Vec<Line> = words.chunk_by(same_line).map(line).collect();
    lines.sort_by(|a, b| a.middle.total_cmp(&b.middle));
    let mut rows: Vec<Line> = Vec::new();
    for line in lines {
        match rows.iter_mut().rev().take(3).find(|row| beside(row, &line)) {
            Some(row) => row.pieces.extend(line.pieces),
            None => rows.push(line),
        }
    }
    let finish = |mut line: Line| {
        line.pieces.sort_by(|a, b| a.left.total_cmp(&b.left));
        let size = line.height * FONT_SHARE;
        Row { pieces: line.pieces, baseline: line.middle + line.height / 2.0, size }
    };
    rows.into_iter().map(finish).collect()
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
        size: height * FONT_SHARE,
        rect: word.rect,
        confidence: word.confidence,
    });
    Line { middle, height, pieces: pieces.collect() }
}

/// Whether both stand on one row without lying over each other.
fn beside(row: &Line, line: &Line) -> bool {
    let near = (row.middle - line.middle).abs() < SAME_ROW * row.height.min(line.height);
    near && line.pieces.iter().all(|one| {
        row.pieces.iter().all(|other| one.left >= other.right || other.left >= one.right)
    })
}
