//! Lines that a recogniser found, joined to the rows that people read across. Recognisers read a
//! table column by column and a form's labels before its values.

use super::{Piece, Row};

/// Words' boxes hold letters only; fonts are taller by about this.
const FONT_SHARE: f64 = 1.2;
/// Share of the height by which the middles of two parts of one row may differ.
const SAME_ROW: f64 = 0.4;
/// Lines longer than this by their height tell how they lean.
const LONG: f64 = 8.0;
/// So many rows above are looked at for one that a line belongs to.
const ROWS_BACK: usize = 6;

/// A line, or several beside each other, in the frame in which lines run from left to right.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Where its middle lies halfway along it.
    pub(crate) middle: f64,
    /// By how much the middle sinks from left to right, for each step to the right.
    pub(crate) slope: f64,
    /// Of its letters.
    pub(crate) height: f64,
    /// Its words from left to right, at least one.
    pub(crate) pieces: Vec<Piece>,
}

impl Line {
    /// Whether its own slope can be trusted.
    pub(crate) fn is_long(&self) -> bool {
        self.width() > LONG * self.height
    }

    pub(crate) fn width(&self) -> f64 {
        right(self) - left(self)
    }
}

/// Rows from top to bottom, each from left to right.
pub(crate) fn gather(mut lines: Vec<Line>) -> Vec<Row> {
    lines.sort_by(|a, b| a.middle.total_cmp(&b.middle));
    let mut rows: Vec<Vec<Line>> = Vec::new();
    for line in lines {
        match rows.iter_mut().rev().take(ROWS_BACK).find(|row| fits(row, &line)) {
            Some(row) => row.push(line),
            None => rows.push(vec![line]),
        }
    }
    let mut rows: Vec<Row> = rows.into_iter().map(finish).collect();
    rows.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
    rows
}

fn finish(lines: Vec<Line>) -> Row {
    // The longest line says best where the row lies.
    let widest = lines.iter().max_by(|a, b| a.width().total_cmp(&b.width()));
    let (middle, height) = widest.map_or((0.0, 1.0), |line| (line.middle, line.height));
    let mut pieces: Vec<Piece> = lines.into_iter().flat_map(|line| line.pieces).collect();
    pieces.sort_by(|a, b| a.left.total_cmp(&b.left));
    Row { pieces, baseline: middle + height / 2.0, size: height * FONT_SHARE }
}

/// Whether a line stands on the row beside its nearest part, and over none.
fn fits(row: &[Line], line: &Line) -> bool {
    let free = |part: &Line| left(line) >= right(part) || left(part) >= right(line);
    let nearest = row.iter().min_by(|a, b| gap(a, line).total_cmp(&gap(b, line)));
    row.iter().all(free) && nearest.is_some_and(|part| near(part, line))
}

/// Whether either's middle, drawn on to the other's, meets it.
fn near(one: &Line, other: &Line) -> bool {
    let apart = centre(other) - centre(one);
    let slope = (one.slope + other.slope) / 2.0;
    let sunk = other.middle - one.middle - slope * apart;
    sunk.abs() < SAME_ROW * one.height.min(other.height)
}

fn gap(one: &Line, other: &Line) -> f64 {
    (left(other) - right(one)).max(left(one) - right(other))
}

fn left(line: &Line) -> f64 {
    line.pieces.first().map_or(0.0, |piece| piece.left)
}

fn right(line: &Line) -> f64 {
    line.pieces.last().map_or(0.0, |piece| piece.right)
}

fn centre(line: &Line) -> f64 {
    (left(line) + right(line)) / 2.0
}

pub(crate) fn font_size(height: f64) -> f64 {
    height * FONT_SHARE
}
