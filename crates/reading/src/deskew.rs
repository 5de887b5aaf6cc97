//! Straightens crooked scans: lines that lean by five degrees cost Tesseract a third of the letters,
//! straightened ones next to nothing.
//!
//! Rows of text make a horizontal profile of peaks and gaps, sharpest when the page is straight. The
//! profile is taken at a quarter of the size, which is as exact as needed.

use crate::paper::Rect;
use crate::picture::Gray;

/// Leans beyond this are not sought; feeders and hands stay well below.
const ANGLE_MAX: f32 = 8.0;
/// Leans below this are left alone; turning blurs.
const ANGLE_MIN: f32 = 0.4;
/// Pixels smaller images are not worth it.
const EDGE_MIN: u32 = 400;

/// Returns the image turned so that its lines are level, and by how many degrees its lines leaned.
/// The canvas keeps its size.
pub(crate) fn straighten(gray: Gray) -> (Gray, f32) {
    if gray.width < EDGE_MIN || gray.height < EDGE_MIN {
        return (gray, 0.0);
    }
    match lean(&gray) {
        Some(angle) if angle.abs() >= ANGLE_MIN => (turn(&gray, angle), angle),
        Some(_) | None => (gray, 0.0),
    }
}

/// Where a box of the straightened image stood on the leaning page of this size.
pub(crate) fn lean_back(rect: Rect, angle: f32, (width, height): (f32, f32)) -> Rect {
    if angle == 0.0 {
        return rect;
    }
    let (sine, cosine) = angle.to_radians().sin_cos();
    let right = rect.left + rect.width / 2.0 - width / 2.0;
    let down = rect.top + rect.height / 2.0 - height / 2.0;
    let x = width / 2.0 + right * cosine - down * sine;
    let y = height / 2.0 + right * sine + down * cosine;
    Rect { left: x - rect.width / 2.0, top: y - rect.height / 2.0, ..rect }
}

/// By how many degrees the lines lean, positive where they fall to the right.
fn lean(gray: &Gray) -> Option<f32> {
    let dark = dark_points(gray);
    if dark.len() < 500 {
        return None;
    }
    let height = gray.height / 4;
    let best = |angles: &mut dyn Iterator<Item = f32>| {
        angles
            .map(|angle| (angle, sharpness(&dark, height, angle)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
    };
    let steps = |from: f32, step: f32, count: u16| {
        (0..=count).map(move |index| from + step * f32::from(index))
    };
    let (coarse, _) = best(&mut steps(-ANGLE_MAX, 0.5, 32))?;
    let (fine, sharp) = best(&mut steps(coarse - 0.4, 0.1, 8))?;
    // A photograph without lines has no angle that is much sharper than level.
    (sharp > 1.1 * sharpness(&dark, height, 0.0)).then_some(fine)
}

/// The dark pixels of the quarter-size image, at most some hundred thousand.
fn dark_points(gray: &Gray) -> Vec<(f32, f32)> {
    let width = usize::try_from(gray.width).unwrap_or(1).max(1);
    let mean: u64 = gray.pixels.iter().step_by(7).map(|&pixel| u64::from(pixel)).sum();
    let count = u64::try_from(gray.pixels.len() / 7 + 1).unwrap_or(1);
    let threshold = u8::try_from(mean / count * 3 / 5).unwrap_or(128);
    let rows = gray.pixels.chunks_exact(width).step_by(4);
    let points = rows.zip(0_u16..).flat_map(|(row, y)| {
        row.iter()
            .step_by(4)
            .zip(0_u16..)
            .filter(move |&(&pixel, _)| pixel < threshold)
            .map(move |(_, x)| (f32::from(x), f32::from(y)))
    });
    points.take(200_000).collect()
}

/// Sum of squared differences between neighbouring rows of the profile at this angle.
fn sharpness(dark: &[(f32, f32)], height: u32, angle: f32) -> f64 {
    let slope = angle.to_radians().tan();
    let margin = 400.0;
    let bins = usize::try_from(height).unwrap_or(0) + 800;
    let mut profile = vec![0_u32; bins];
    for &(x, y) in dark {
        let level = y - slope * x + margin;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "out of range saturates and misses the profile"
        )]
        if let Some(bin) = profile.get_mut(level as usize) {
            *bin += 1;
        }
    }
    let pairs = profile.iter().zip(profile.iter().skip(1));
    pairs.map(|(&a, &b)| f64::from(a.abs_diff(b)).powi(2)).sum()
}

/// Turns about the middle, interpolating, white where nothing was.
fn turn(gray: &Gray, angle: f32) -> Gray {
    let (sine, cosine) = angle.to_radians().sin_cos();
    let (middle_x, middle_y) = (float(gray.width) / 2.0, float(gray.height) / 2.0);
    let mut pixels = Vec::with_capacity(gray.pixels.len());
    for y in 0..gray.height {
        let down = float(y) - middle_y;
        for x in 0..gray.width {
            let right = float(x) - middle_x;
            let from_x = middle_x + right * cosine - down * sine;
            let from_y = middle_y + right * sine + down * cosine;
            pixels.push(sample(gray, from_x, from_y));
        }
    }
    Gray { width: gray.width, height: gray.height, pixels }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "coordinates are checked against the image first, values lie between 0 and 255"
)]
fn sample(gray: &Gray, x: f32, y: f32) -> u8 {
    if x < 0.0 || y < 0.0 || x >= float(gray.width - 1) || y >= float(gray.height - 1) {
        return u8::MAX;
    }
    let (column, row) = (x as usize, y as usize);
    let width = gray.width as usize;
    let at = row * width + column;
    let pixel = |at: usize| gray.pixels.get(at).map_or(255.0, |&pixel| f32::from(pixel));
    let (part_x, part_y) = (x.fract(), y.fract());
    let above = pixel(at) * (1.0 - part_x) + pixel(at + 1) * part_x;
    let below = pixel(at + width) * (1.0 - part_x) + pixel(at + width + 1) * part_x;
    (above * (1.0 - part_y) + below * part_y) as u8
}

#[expect(clippy::cast_precision_loss, reason = "edges of images fit 24 bits")]
fn float(value: u32) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests;
