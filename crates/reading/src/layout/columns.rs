//! Rows in reading order where a page has columns or notes in its margin.
//!
//! A gap that runs through many rows is a gutter. Prose on both sides makes columns, read one after
//! the other; prose beside short notes makes margin notes, read before the paragraph they stand at;
//! everything else is a table or a form and is read row by row.

use super::{BLOCK_GAP, CELL_GAP, Piece, Row};

/// Pages with more rows are no prose.
const ROWS_MAX: usize = 400;
/// Columns within columns.
const DEPTH_MAX: usize = 3;
/// Letters per row from which a column is prose.
const PROSE_LETTERS: usize = 22;

/// An empty vertical strip through neighbouring rows.
#[derive(Debug, Clone, Copy)]
struct Gutter {
    /// First row and one past the last.
    rows: (usize, usize),
    left: f64,
    right: f64,
    /// Rows with text on both sides.
    both: usize,
}

/// What a gutter parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Columns,
    MarginNotes,
    RowByRow,
}

/// One side of a gutter, in figures.
struct Side {
    rows: usize,
    letters: usize,
    left: f64,
    right: f64,
    /// Rows that fill most of the side's width.
    full: usize,
    /// Rows that are only a number, an amount or the like.
    figures: usize,
}

/// Puts rows, sorted from top to bottom, into reading order.
pub(crate) fn arrange(rows: Vec<Row>) -> Vec<Row> {
    let mut arranged = Vec::with_capacity(rows.len());
    if rows.len() > ROWS_MAX {
        return rows;
    }
    arrange_into(rows, DEPTH_MAX, &mut arranged);
    arranged
}

fn arrange_into(mut rows: Vec<Row>, depth: usize, arranged: &mut Vec<Row>) {
    let Some((gutter, reading)) = (depth > 0).then(|| best_gutter(&rows)).flatten() else {
        arranged.append(&mut rows);
        return;
    };
    let below = rows.split_off(gutter.rows.1);
    let within = rows.split_off(gutter.rows.0);
    arrange_into(rows, depth - 1, arranged);
    let middle = f64::midpoint(gutter.left, gutter.right);
    let (left, right) = part(within, middle);
    match reading {
        Reading::MarginNotes => arranged.extend(beside(left, right)),
        Reading::Columns | Reading::RowByRow => {
            arrange_into(left, depth - 1, arranged);
            arrange_into(right, depth - 1, arranged);
        }
    }
    arrange_into(below, depth - 1, arranged);
}

/// The gutter through most rows that parts more than cells.
fn best_gutter(rows: &[Row]) -> Option<(Gutter, Reading)> {
    let mut gutters: Vec<Gutter> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        for (piece, next) in row.pieces.iter().zip(row.pieces.iter().skip(1)) {
            let (left, right) = (piece.right, next.left);
            if right - left < CELL_GAP * row.size {
                continue;
            }
            let middle = f64::midpoint(left, right);
            let known = gutters.iter().any(|gutter| {
                (gutter.rows.0..gutter.rows.1).contains(&index)
                    && gutter.left <= middle
                    && middle <= gutter.right
            });
            if !known {
                gutters.push(widen(rows, index, left, right));
            }
        }
    }
    gutters.sort_by_key(|gutter| std::cmp::Reverse(gutter.both));
    gutters.into_iter().find_map(|gutter| {
        let reading = judge(rows, &gutter);
        (reading != Reading::RowByRow).then_some((gutter, reading))
    })
}

/// Follows a gap up and down as far as it stays open.
fn widen(rows: &[Row], index: usize, left: f64, right: f64) -> Gutter {
    let mut gutter = Gutter { rows: (index, index + 1), left, right, both: 1 };
    let size = rows.get(index).map_or(10.0, |row| row.size);
    let mut first = index;
    for (above, row) in rows.iter().enumerate().take(index).rev() {
        if !narrow_by(&mut gutter, row, size) {
            break;
        }
        if has_both(row, &gutter) {
            gutter.both += 1;
            first = above;
        }
    }
    let mut last = index;
    let mut tail = true;
    for (below, row) in rows.iter().enumerate().skip(index + 1) {
        if !narrow_by(&mut gutter, row, size) {
            break;
        }
        // The longer column goes on without its neighbour until a larger gap ends it.
        let near = rows
            .get(below.saturating_sub(1))
            .is_some_and(|before| row.baseline - before.baseline < 2.5 * size);
        tail &= near;
        if has_both(row, &gutter) {
            gutter.both += 1;
            (last, tail) = (below, true);
        } else if tail {
            last = below;
        }
    }
    gutter.rows = (first, last + 1);
    gutter
}

/// Takes a row's words out of the gutter; false where too little stays open.
fn narrow_by(gutter: &mut Gutter, row: &Row, size: f64) -> bool {
    let mut best: Option<(f64, f64)> = None;
    let mut from = gutter.left;
    let stops = row.pieces.iter().map(|piece| (piece.left, piece.right));
    for (left, right) in stops.chain([(gutter.right, gutter.right)]) {
        let to = left.min(gutter.right);
        if to - from > best.map_or(0.0, |(left, right)| right - left) {
            best = Some((from, to));
        }
        from = from.max(right);
    }
    match best {
        Some((left, right)) if right - left >= 0.8 * CELL_GAP * size => {
            (gutter.left, gutter.right) = (left, right);
            true
        }
        Some(_) | None => false,
    }
}

fn has_both(row: &Row, gutter: &Gutter) -> bool {
    row.pieces.first().is_some_and(|piece| piece.right <= gutter.left)
        && row.pieces.last().is_some_and(|piece| piece.left >= gutter.right)
}

fn judge(rows: &[Row], gutter: &Gutter) -> Reading {
    let middle = f64::midpoint(gutter.left, gutter.right);
    let Some(within) = rows.get(gutter.rows.0..gutter.rows.1) else { return Reading::RowByRow };
    let left = side(within, |piece| piece.left < middle);
    let right = side(within, |piece| piece.left >= middle);
    let (left_width, right_width) = (left.right - left.left, right.right - right.left);
    let prose = |side: &Side| {
        side.rows >= 4 && side.letters >= PROSE_LETTERS * side.rows && side.full * 2 >= side.rows
    };
    if prose(&left) && prose(&right) && (0.5..2.0).contains(&(left_width / right_width.max(1.0))) {
        return Reading::Columns;
    }
    // The rows of a note are short and few; those of a table's last column are as many as the rest
    // or hold figures.
    let wide = left.rows >= 3
        && left.letters >= 2 * PROSE_LETTERS * left.rows
        && left.full * 2 >= left.rows;
    if wide && right_width < 0.4 * left_width && right.figures * 2 <= right.rows {
        return Reading::MarginNotes;
    }
    Reading::RowByRow
}

fn side(rows: &[Row], belongs: impl Fn(&Piece) -> bool) -> Side {
    let parts: Vec<Vec<&Piece>> = rows
        .iter()
        .map(|row| row.pieces.iter().filter(|piece| belongs(piece)).collect::<Vec<_>>())
        .filter(|pieces| !pieces.is_empty())
        .collect();
    let left = parts.iter().flatten().map(|piece| piece.left).fold(f64::INFINITY, f64::min);
    let right = parts.iter().flatten().map(|piece| piece.right).fold(f64::NEG_INFINITY, f64::max);
    let end = |pieces: &Vec<&Piece>| pieces.last().map_or(left, |piece| piece.right);
    let letters = |pieces: &Vec<&Piece>| -> usize {
        pieces.iter().map(|piece| piece.text.chars().count() + 1).sum()
    };
    let is_figure = |pieces: &Vec<&Piece>| {
        let mut characters = pieces.iter().flat_map(|piece| piece.text.chars());
        characters.all(|each| !each.is_alphabetic())
    };
    Side {
        rows: parts.len(),
        letters: parts.iter().map(letters).sum(),
        left,
        right,
        full: parts.iter().filter(|pieces| end(pieces) > left + 0.8 * (right - left)).count(),
        figures: parts.iter().filter(|pieces| is_figure(pieces)).count(),
    }
}

/// Parts rows at a vertical line.
fn part(rows: Vec<Row>, middle: f64) -> (Vec<Row>, Vec<Row>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for row in rows {
        let (baseline, size) = (row.baseline, row.size);
        let (lefts, rights): (Vec<_>, Vec<_>) =
            row.pieces.into_iter().partition(|piece| piece.left < middle);
        for (pieces, side) in [(lefts, &mut left), (rights, &mut right)] {
            if !pieces.is_empty() {
                side.push(Row { pieces, baseline, size });
            }
        }
    }
    (left, right)
}

/// Puts each note before the paragraph that it stands at.
fn beside(prose: Vec<Row>, notes: Vec<Row>) -> Vec<Row> {
    let left = prose.iter().filter_map(|row| row.pieces.first()).map(|piece| piece.left);
    let left = left.fold(f64::INFINITY, f64::min);
    let ends = prose.iter().filter_map(|row| row.pieces.last()).map(|piece| piece.right);
    let right = ends.fold(f64::NEG_INFINITY, f64::max);
    // A row that goes on in the next: it fills the width and the next is near.
    let goes_on = |row: &Row, next: &Row| {
        row.pieces.last().is_some_and(|piece| piece.right > left + 0.85 * (right - left))
            && next.baseline - row.baseline <= BLOCK_GAP * row.size.max(next.size)
    };
    let mut placed: Vec<(usize, Vec<Row>)> = Vec::new();
    let mut last: Option<(f64, f64)> = None;
    for note in notes {
        let goes_on_here = last.is_some_and(|(baseline, size)| {
            note.baseline - baseline <= BLOCK_GAP * size.max(note.size)
        });
        last = Some((note.baseline, note.size));
        match placed.last_mut() {
            Some((_, rows)) if goes_on_here => rows.push(note),
            _ => {
                let mut at =
                    prose.partition_point(|row| row.baseline < note.baseline - 0.5 * note.size);
                while let Some(((row, next), before)) = at
                    .checked_sub(1)
                    .and_then(|before| Some((prose.get(before)?, prose.get(at)?)).zip(Some(before)))
                    && goes_on(row, next)
                {
                    at = before;
                }
                placed.push((at, vec![note]));
            }
        }
    }
    let mut rows = Vec::new();
    let mut placed = placed.into_iter().peekable();
    for (index, row) in prose.into_iter().enumerate() {
        while let Some((_, note)) = placed.next_if(|(at, _)| *at <= index) {
            rows.extend(note);
        }
        rows.push(row);
    }
    rows.extend(placed.flat_map(|(_, note)| note));
    rows
}
