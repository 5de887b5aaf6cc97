//! Glyphs to rows of words.

use super::{Glyph, Piece, Row, WORD_GAP, narrow};
use crate::paper::Rect;
use hayro::kurbo::{Affine, Point, Vec2};

/// Rows beyond which raised figures are no longer looked for.
const ROWS_MAX: usize = 1_000;

/// A glyph in the frame of its line.
#[derive(Debug, Clone, Copy)]
struct Placed {
    letter: char,
    left: f64,
    right: f64,
    baseline: f64,
    size: f64,
    glyph: Glyph,
}

/// Gathers glyphs that run at this angle into rows from top to bottom.
pub(crate) fn gather(glyphs: Vec<Glyph>, angle: f64) -> Vec<Row> {
    let frame = Affine::rotate(-angle);
    let mut placed: Vec<Placed> = glyphs
        .into_iter()
        .flat_map(expand)
        .map(|glyph| {
            let (start, end) = (frame * glyph.start, frame * glyph.end);
            let (left, right) = (start.x.min(end.x), start.x.max(end.x));
            let (letter, size) = (glyph.letter, glyph.size);
            Placed { letter, left, right, baseline: start.y, size, glyph }
        })
        .collect();
    placed.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
    let mut lines: Vec<Vec<Placed>> = Vec::new();
    for glyph in placed {
        match lines.last_mut() {
            Some(line)
                if line.last().is_some_and(|last| {
                    glyph.baseline - last.baseline < 0.25 * glyph.size.min(last.size)
                }) =>
            {
                line.push(glyph);
            }
            _ => lines.push(vec![glyph]),
        }
    }
    if lines.len() <= ROWS_MAX {
        lines = join_raised(lines);
    }
    lines.into_iter().filter_map(row).collect()
}

/// Letters as people type them: ligatures apart, each with its part of the width, bullets of symbol
/// fonts as bullets; nothing that has no shape.
fn expand(glyph: Glyph) -> impl Iterator<Item = Glyph> {
    let own = [glyph.letter];
    let letters: &[char] = match glyph.letter {
        '\u{fb00}' => &['f', 'f'],
        '\u{fb01}' => &['f', 'i'],
        '\u{fb02}' => &['f', 'l'],
        '\u{fb03}' => &['f', 'f', 'i'],
        '\u{fb04}' => &['f', 'f', 'l'],
        '\u{ad}' | '\u{2010}' | '\u{2011}' => &['-'],
        '\u{f0b7}' | '\u{f0a7}' | '\u{f02d}' => &['•'],
        '\u{200b}'..='\u{200f}' | '\u{feff}' => &[],
        _ => &own,
    };
    let share = 1.0 / f64::from(u8::try_from(letters.len().max(1)).unwrap_or(1));
    let expanded: Vec<Glyph> = letters
        .iter()
        .zip(0_u8..)
        .map(|(&letter, index)| Glyph {
            letter,
            start: glyph.start.lerp(glyph.end, f64::from(index) * share),
            end: glyph.start.lerp(glyph.end, f64::from(index + 1) * share),
            size: glyph.size,
        })
        .collect();
    expanded.into_iter()
}

/// Puts raised and lowered figures (footnote marks, m²) into the line that they belong to.
fn join_raised(lines: Vec<Vec<Placed>>) -> Vec<Vec<Placed>> {
    let mut joined: Vec<Vec<Placed>> = Vec::with_capacity(lines.len());
    for line in lines {
        match joined.last_mut() {
            Some(above) if belongs(above, &line) => above.extend(line),
            _ => joined.push(line),
        }
    }
    joined
}

/// Whether one of two neighbouring lines is a raised or lowered part of the other.
fn belongs(above: &[Placed], below: &[Placed]) -> bool {
    let (upper, lower) = (extent(above), extent(below));
    let (small, large) = if upper.size < lower.size { (upper, lower) } else { (lower, upper) };
    let marks = if upper.size < lower.size { above } else { below };
    let line = if upper.size < lower.size { below } else { above };
    small.size < 0.85 * large.size
        && (lower.baseline - upper.baseline) < 0.6 * large.size
        && marks.len() <= 40
        && marks.iter().all(|mark| {
            let beside = |near: &Placed| {
                mark.left < near.right + large.size && mark.right > near.left - large.size
            };
            let over = |near: &Placed| {
                near.right.min(mark.right) - near.left.max(mark.left)
                    > 0.5 * (mark.right - mark.left).max(0.1)
                    && near.letter != ' '
            };
            line.iter().any(beside) && !line.iter().any(over)
        })
}

#[derive(Clone, Copy)]
struct Extent {
    baseline: f64,
    size: f64,
}

fn extent(line: &[Placed]) -> Extent {
    let largest = line.iter().max_by(|a, b| a.size.total_cmp(&b.size));
    largest.map_or(Extent { baseline: 0.0, size: 1.0 }, |glyph| Extent {
        baseline: glyph.baseline,
        size: glyph.size,
    })
}

/// Sorts a line from left to right and parts it into words.
fn row(mut line: Vec<Placed>) -> Option<Row> {
    line.sort_by(|a, b| a.left.total_cmp(&b.left));
    let Extent { baseline, size } = extent(&line);
    let mut row = Row { pieces: Vec::new(), baseline, size };
    let mut open = false;
    let mut before: Option<Placed> = None;
    for mut glyph in line {
        if glyph.letter.is_whitespace() || glyph.letter.is_control() {
            open = false;
            continue;
        }
        if let Some(last) = before {
            // Bold made by printing twice, and text both filled and stroked.
            let twice = last.letter == glyph.letter && glyph.left - last.left < 0.12 * glyph.size;
            if twice {
                continue;
            }
            open &= glyph.left - last.right < WORD_GAP * glyph.size.min(last.size);
            // A footnote's mark is no part of the word before it; a unit's power is.
            if open && is_raised(&last, &glyph) {
                match power(row.pieces.last(), glyph.letter) {
                    Some(letter) => glyph.letter = letter,
                    None => open = false,
                }
            }
        }
        before = Some(glyph);
        match row.pieces.last_mut() {
            Some(piece) if open => extend(piece, &glyph),
            _ => row.pieces.push(begin(&glyph)),
        }
        open = true;
    }
    (!row.pieces.is_empty()).then_some(row)
}

/// Whether the second is a figure above the line of the first.
fn is_raised(letter: &Placed, figure: &Placed) -> bool {
    figure.letter.is_ascii_digit()
        && figure.size < 0.85 * letter.size
        && letter.baseline - figure.baseline > 0.15 * letter.size
}

/// The figure as a power where it stands behind a unit of length.
fn power(piece: Option<&Piece>, figure: char) -> Option<char> {
    if !matches!(piece?.text.as_str(), "m" | "cm" | "km" | "qm") {
        return None;
    }
    match figure {
        '2' => Some('²'),
        '3' => Some('³'),
        _ => None,
    }
}

fn begin(glyph: &Placed) -> Piece {
    Piece {
        text: glyph.letter.to_string(),
        left: glyph.left,
        right: glyph.right,
        size: glyph.size,
        rect: rect(&glyph.glyph),
        confidence: 1.0,
    }
}

fn extend(piece: &mut Piece, glyph: &Placed) {
    piece.text.push(glyph.letter);
    piece.right = piece.right.max(glyph.right);
    piece.size = piece.size.max(glyph.size);
    piece.rect = piece.rect.union(rect(&glyph.glyph));
}

/// The box of a glyph on the page: from its baseline up by most of the font's height, down by the
/// rest, whichever way it runs.
fn rect(glyph: &Glyph) -> Rect {
    let along = glyph.end - glyph.start;
    let length = along.hypot();
    let unit = if length > 1e-6 { along / length } else { Vec2::new(1.0, 0.0) };
    // The page's vertical axis points down.
    let up = Vec2::new(unit.y, -unit.x) * glyph.size;
    let corners: [Point; 4] = [
        glyph.start + up * 0.75,
        glyph.end + up * 0.75,
        glyph.start - up * 0.22,
        glyph.end - up * 0.22,
    ];
    let fold = |pick: fn(&Point) -> f64, better: fn(f64, f64) -> f64, from: f64| {
        corners.iter().map(pick).fold(from, better)
    };
    let left = fold(|point| point.x, f64::min, f64::INFINITY);
    let right = fold(|point| point.x, f64::max, f64::NEG_INFINITY);
    let top = fold(|point| point.y, f64::min, f64::INFINITY);
    let bottom = fold(|point| point.y, f64::max, f64::NEG_INFINITY);
    Rect {
        left: narrow(left),
        top: narrow(top),
        width: narrow(right - left),
        height: narrow(bottom - top),
    }
}
