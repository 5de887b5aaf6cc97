//! Scripts that run from right to left: from the order of places to the order of reading.

use super::{CELL_GAP, Piece};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Whether a letter belongs to Hebrew, Arabic or their neighbours.
pub(crate) fn runs_left(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
        && !is_figure(letter)
}

/// Figures of these scripts run from left to right all the same.
fn is_figure(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}')
}

/// The pieces of a row, sorted from left to right, in the order in which they are read, and whether each
/// begins a cell of its own.
pub(crate) fn in_order(pieces: &[Piece], size: f64) -> Vec<(&Piece, bool)> {
    let mut order = Vec::with_capacity(pieces.len());
    let mut right = None;
    let mut rest = pieces;
    while let Some(first) = rest.first() {
        let (together, others) = rest.split_at(run(rest, size).clamp(1, rest.len()));
        let mut apart = right.is_some_and(|right| is_apart(first, right, size));
        for piece in together.iter().rev() {
            order.push((piece, std::mem::take(&mut apart)));
        }
        right = together.last().map(|last| last.right);
        rest = others;
    }
    order
}

fn is_apart(piece: &Piece, right: f64, size: f64) -> bool {
    piece.left - right > 2.0 * CELL_GAP * size
}

/// How many pieces from the first on run from right to left together. Figures and marks between two words
/// belong to them.
fn run(pieces: &[Piece], size: f64) -> usize {
    let mut length = 0;
    let mut right: Option<f64> = None;
    for (piece, index) in pieces.iter().zip(0..) {
        let apart = right.is_some_and(|right| is_apart(piece, right, size));
        let own = is_foreign(piece);
        let between = length > 0 && !piece.text.chars().any(char::is_alphabetic);
        if apart || !(own || between) {
            break;
        }
        right = Some(piece.right);
        if own {
            length = index + 1;
        }
    }
    length
}

fn is_foreign(piece: &Piece) -> bool {
    piece.text.chars().any(runs_left)
}

/// The letters of a piece, sorted from left to right, in the order in which they are read.
pub(crate) fn read(text: &str) -> String {
    if !text.chars().any(runs_left) {
        return text.nfc().collect();
    }
    let mut turned = Vec::new();
    let mut marks = Vec::new();
    let mut figures = Vec::new();
    for letter in text.chars().rev() {
        if is_figure(letter) || letter.is_ascii_alphabetic() {
            figures.insert(0, letter);
            continue;
        }
        turned.append(&mut figures);
        // A mark follows its letter wherever it was drawn.
        if is_combining_mark(letter) {
            marks.push(letter);
            continue;
        }
        turned.push(mirrored(letter));
        turned.append(&mut marks);
    }
    turned.append(&mut figures);
    turned.append(&mut marks);
    // Shapes of letters within a word become the letters.
    turned.into_iter().nfkc().collect()
}

fn mirrored(letter: char) -> char {
    match letter {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '«' => '»',
        '»' => '«',
        other => other,
    }
}
