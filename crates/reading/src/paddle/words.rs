//! From the letters of lines to the words of a page.

use super::ReadLine;
use super::recognise::Letter;
use crate::layout::lines::{self, Line};
use crate::layout::{self, Piece};
use crate::mend;
use crate::paper::Rect;
use crate::picture::Recognised;
use hayro::kurbo::{Affine, Point};

/// Lines read less surely than this are marks and patterns.
const CONFIDENCE_MIN: f32 = 0.5;
/// Lines that lean this much more than those around them lie on the page by themselves.
const CROOKED: f64 = 0.05;
/// The rectangle of a line is higher than its letters by this.
const HIGHER: f64 = 1.5;

/// Mean confidence of the letters; 0 without any.
pub(super) fn confidence(letters: &[Letter]) -> f32 {
    let sum: f32 = letters.iter().map(|letter| letter.confidence).sum();
    sum / f32::from(u16::try_from(letters.len()).unwrap_or(u16::MAX)).max(1.0)
}

/// How sure the least sure letter of a word is: half of the words below 0.75 are wrong. The mean hides
/// one wrong letter among many.
fn least(letters: &[Letter]) -> f32 {
    letters.iter().map(|letter| letter.confidence).fold(1.0, f32::min)
}

/// Mean confidence of the letters of all these lines.
pub(super) fn sureness(lines: &[ReadLine]) -> f32 {
    let letters: Vec<Letter> = lines.iter().flat_map(|line| line.letters.clone()).collect();
    confidence(&letters)
}

/// Puts what was read into reading order. `scale` is points per pixel.
pub(super) fn arrange(read: &[ReadLine], alphabet: &[String], scale: f32) -> Recognised {
    let read: Vec<&ReadLine> =
        read.iter().filter(|line| confidence(&line.letters) >= CONFIDENCE_MIN).collect();
    let angle = middle_angle(&read);
    let frame = Affine::rotate(-angle) * Affine::scale(f64::from(scale));
    let (mut along, mut across) = (Vec::new(), Vec::new());
    let (mut sum, mut weight) = (0.0_f32, 0.0_f32);
    for line in read {
        let Some(placed) = place(line, alphabet, frame, scale) else { continue };
        let count = f32::from(u16::try_from(line.letters.len()).unwrap_or(u16::MAX));
        sum += confidence(&line.letters) * count;
        weight += count;
        let aside = (line.oblong.angle() - angle).cos() < 0.5;
        if aside { &mut across } else { &mut along }.push(placed);
    }
    level(&mut along);
    let mut rows = lines::gather(along);
    // What stands across the page goes last, a row for each.
    let below = rows.last().map_or(0.0, |row| row.baseline);
    for (line, number) in across.into_iter().zip(1_u32..) {
        let row = lines::gather(vec![line]);
        rows.extend(row.into_iter().map(|row| {
            let baseline = below + f64::from(number) * 2.0 * row.size;
            layout::Row { baseline, ..row }
        }));
    }
    let (text, words) = layout::order_rows(rows);
    Recognised { text, words, quality: if weight > 0.0 { sum / weight } else { 0.0 } }
}

/// The angle that half of the text does not pass.
fn middle_angle(read: &[&ReadLine]) -> f64 {
    let longest = read.iter().max_by(|a, b| a.oblong.length.total_cmp(&b.oblong.length));
    let Some(base) = longest.map(|line| line.oblong.angle()) else { return 0.0 };
    // Angles are told from the longest line's, so that none jumps from one end to the other.
    let turned = |line: &&ReadLine| {
        let off = line.oblong.angle() - base;
        off.sin().atan2(off.cos())
    };
    let mut angles: Vec<(f64, f64)> = read
        .iter()
        .map(|line| (turned(line), line.oblong.length))
        .filter(|(off, _)| off.abs() < 0.5)
        .collect();
    angles.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = angles.iter().map(|(_, length)| length).sum::<f64>() / 2.0;
    let mut seen = 0.0;
    let middle = angles.iter().find(|(_, length)| {
        seen += length;
        seen >= half
    });
    base + middle.map_or(0.0, |(off, _)| *off)
}

/// Gives all lines the lean of the long ones at their height, of which a single one's own is chance:
/// on a photograph taken at an angle, lines lean more the farther down they are.
fn level(lines: &mut [Line]) {
    let mut sums = [0.0_f64; 5];
    for line in lines.iter().filter(|line| line.is_long()) {
        let (weight, x, y) = (line.width(), line.middle, line.slope);
        for (sum, add) in sums.iter_mut().zip([1.0, x, x * x, y, x * y]) {
            *sum += weight * add;
        }
    }
    let [count, x, xx, y, xy] = sums;
    if count <= 0.0 {
        return;
    }
    // Weighted least squares; without spread in height, the mean.
    let spread = xx - x * x / count;
    let grade = if spread > 1.0 { (xy - x * y / count) / spread } else { 0.0 };
    for line in lines {
        let fitted = (y + grade * (count * line.middle - x)) / count;
        // A stamp keeps its own.
        if !line.is_long() || (line.slope - fitted).abs() < CROOKED {
            line.slope = fitted;
        }
    }
}

/// The words of a line in the frame in which the page is upright. None where it has no letters.
fn place(read: &ReadLine, alphabet: &[String], frame: Affine, scale: f32) -> Option<Line> {
    let oblong = read.oblong;
    let height = oblong.height * f64::from(scale) / HIGHER;
    let (from, to) = (frame * oblong.at(0.0, 0.5), frame * oblong.at(1.0, 0.5));
    let mut pieces: Vec<Piece> = Vec::new();
    let words = words(&read.letters, alphabet);
    let following = words.iter().skip(1).map(|next| next.text.as_str()).chain([""]);
    for (word, next) in words.iter().zip(following) {
        let corner = |along: f64, down: f64| oblong.at(along, 0.5 + (down - 0.5) / HIGHER * 1.2);
        let corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)];
        let corners = corners
            .map(|(right, down)| corner(if right > 0.0 { word.right } else { word.left }, down));
        pieces.push(Piece {
            text: mend::word(&word.text, next),
            left: from.lerp(to, word.left).x,
            right: from.lerp(to, word.right).x,
            size: lines::font_size(height),
            rect: around(&corners, scale),
            confidence: word.confidence,
        });
    }
    let slope = (to.y - from.y) / (to.x - from.x).abs().max(1e-6);
    (!pieces.is_empty()).then_some(Line {
        middle: f64::midpoint(from.y, to.y),
        slope: slope.clamp(-0.5, 0.5),
        height,
        pieces,
    })
}

fn around(corners: &[Point], scale: f32) -> Rect {
    let fold = |pick: fn(&Point) -> f64, better: fn(f64, f64) -> f64, from: f64| {
        layout::narrow(corners.iter().map(pick).fold(from, better)) * scale
    };
    let left = fold(|point| point.x, f64::min, f64::INFINITY).max(0.0);
    let top = fold(|point| point.y, f64::min, f64::INFINITY).max(0.0);
    let right = fold(|point| point.x, f64::max, f64::NEG_INFINITY);
    let bottom = fold(|point| point.y, f64::max, f64::NEG_INFINITY);
    Rect { left, top, width: (right - left).max(0.0), height: (bottom - top).max(0.0) }
}

/// A word and from where to where of its line it goes.
struct Word {
    text: String,
    left: f64,
    right: f64,
    confidence: f32,
}

fn words(letters: &[Letter], alphabet: &[String]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut letters: &[Letter] = letters;
    let text = |letter: &Letter| alphabet.get(letter.label).map_or("", String::as_str);
    let is_space = |letter: &Letter| text(letter).trim().is_empty();
    // Letters are about as far from each other as the whole line's are on average.
    let reach = match letters {
        [first, .., last] => (last.place - first.place) / per(letters.len()) / 2.0,
        _ => 0.5,
    };
    while !letters.is_empty() {
        let end = letters.iter().position(is_space).unwrap_or(letters.len());
        let (word, rest) = letters.split_at(end);
        if let [first, ..] = word {
            let last = word.last().unwrap_or(first);
            words.push(Word {
                text: word.iter().map(text).map(narrow).collect(),
                left: (first.place - reach).max(0.0),
                right: (last.place + reach).min(1.0),
                confidence: least(word),
            });
        }
        letters = rest.get(1..).unwrap_or_default();
    }
    words
}

fn per(count: usize) -> f64 {
    u32::try_from(count.saturating_sub(1).max(1)).map_or(1.0, f64::from)
}

/// The network knows the wide forms of East Asian print too; here they are the plain ones.
fn narrow(text: &str) -> String {
    let plain = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        _ => letter,
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests;
