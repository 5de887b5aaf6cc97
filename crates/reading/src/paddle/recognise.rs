//! What a line says: its rectangle is cut out upright, the network gives letters step by step.

use super::network::{Network, Output};
use super::oblong::Oblong;
use crate::error::{FileError, Reason};
use crate::picture::Gray;
use hayro::kurbo::Point;

/// Height of a line, in pixels, as the network wants it.
pub(super) const HEIGHT: usize = 48;
/// Widest line; what is longer is squeezed.
const WIDTH_MAX: f64 = 2_400.0;
/// Narrowest line; what is shorter gets grey beside it.
const WIDTH_MIN: usize = 96;
/// Widths are multiples of the pixels that make one step.
const STEP: usize = 8;
/// Between letters the network hesitates whether there is a space; it has one from here on.
const SPACE_MIN: f32 = 0.1;
/// Most samples for a pixel, along and across.
const SAMPLES_MAX: u8 = 4;

/// A line as the network takes it.
pub(super) struct Crop {
    /// From -1 to 1, row by row; grey (0) beyond the line's end.
    values: Vec<f32>,
    width: usize,
    /// Up to where the line goes.
    filled: usize,
}

/// A letter and where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Letter {
    /// In the network's alphabet; 0 is no letter.
    pub(super) label: usize,
    /// Share of the line's length at which its middle is.
    pub(super) place: f64,
    /// How sure the network is, 0 to 1.
    pub(super) confidence: f32,
}

/// Reads one line.
pub(super) fn letters(
    network: &Network,
    gray: &Gray,
    oblong: &Oblong,
) -> Result<Vec<Letter>, FileError> {
    let crop = crop(gray, oblong);
    let Output { shape, values } = network.run(&crop.values, HEIGHT, crop.width)?;
    let [_, steps, labels] = shape.as_slice() else {
        return Err(FileError::new(Reason::Unreadable, "PP-OCR's recogniser gives other edges"));
    };
    let share = ratio(crop.width, crop.filled.max(1)) / ratio(*steps, 1).max(1.0);
    Ok(decode(&values, *labels, share))
}

/// Cuts a line out. Where the image is finer than the network's, several of its pixels are weighed.
pub(super) fn crop(gray: &Gray, oblong: &Oblong) -> Crop {
    let high = ratio(HEIGHT, 1);
    let wanted = (oblong.length / oblong.height.max(1e-6) * high).clamp(1.0, WIDTH_MAX);
    let filled = whole(wanted);
    let width = filled.max(WIDTH_MIN).next_multiple_of(STEP);
    let samples = |pixels: f64, of: f64| small((pixels / of).round()).clamp(1, SAMPLES_MAX);
    let (across, down) = (samples(oblong.length, wanted), samples(oblong.height, high));
    let mut values = Vec::with_capacity(HEIGHT * width);
    for row in 0..HEIGHT {
        for column in 0..filled {
            let mut sum = 0.0;
            for (x, y) in (0..across).flat_map(|x| (0..down).map(move |y| (x, y))) {
                let inside = |index: u8, of: u8| (f64::from(index) + 0.5) / f64::from(of);
                let along = (ratio(column, 1) + inside(x, across)) / ratio(filled, 1);
                let below = (ratio(row, 1) + inside(y, down)) / high;
                sum += brightness(gray, oblong.at(along, below));
            }
            let count = f32::from(across) * f32::from(down);
            values.push(sum / count / 127.5 - 1.0);
        }
        values.extend(std::iter::repeat_n(0.0, width - filled));
    }
    Crop { values, width, filled }
}

/// Brightness at a point, between the four pixels around it; the edge goes on beyond the image.
fn brightness(gray: &Gray, point: Point) -> f32 {
    let (x, y) = (point.x - 0.5, point.y - 0.5);
    let last = |edge: u32| f64::from(edge.saturating_sub(1));
    let (x, y) = (x.clamp(0.0, last(gray.width)), y.clamp(0.0, last(gray.height)));
    let (left, top) = (whole(x), whole(y));
    let (right, down) = (part(x), part(y));
    let width = usize::try_from(gray.width).unwrap_or(1);
    let row = top * width + left;
    let beyond = |place: usize, other: usize| {
        gray.pixels.get(place).or_else(|| gray.pixels.get(other)).map_or(255.0, |&p| f32::from(p))
    };
    let below = row + width;
    let mix = |one: f32, other: f32, share: f32| one + (other - one) * share;
    let upper = mix(beyond(row, row), beyond(row + 1, row), right);
    let lower = mix(beyond(below, row), beyond(below + 1, row), right);
    mix(upper, lower, down)
}

/// Letters are those labels that differ from the step before; the last label is the space. `share` is the length of one step.
fn decode(scores: &[f32], labels: usize, share: f64) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::new();
    let mut before = 0;
    for (number, step) in scores.chunks_exact(labels.max(1)).enumerate() {
        let best = step.iter().copied().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
        let Some((mut label, mut confidence)) = best else { continue };
        if let (0, [.., space]) = (label, step)
            && *space >= SPACE_MIN
        {
            (label, confidence) = (labels - 1, *space);
        }
        let place = (ratio(number, 1) + 0.5) * share;
        match letters.last_mut() {
            Some(last) if label != 0 && label == before => {
                last.confidence = last.confidence.max(confidence);
            }
            _ if label != 0 => letters.push(Letter { label, place, confidence }),
            _ => {}
        }
        before = label;
    }
    letters
}

fn ratio(part: usize, of: usize) -> f64 {
    let number = |count: usize| u32::try_from(count).map_or(f64::MAX, f64::from);
    number(part) / number(of)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "callers clamp to what an image can have"
)]
fn whole(value: f64) -> usize {
    value as usize
}

#[expect(clippy::cast_possible_truncation, reason = "between 0 and 1")]
fn part(value: f64) -> f32 {
    value.fract() as f32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of numbers end at the least and the most"
)]
fn small(value: f64) -> u8 {
    value as u8
}

#[cfg(test)]
mod tests;
