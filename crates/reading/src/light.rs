//! Evens the light of photographs: the paper's own brightness, which falls off to a side or under a
//! hand, is estimated in cells and divided out. Nothing is binarised, and an evenly lit scan stays
//! byte for byte as it is.

use crate::picture::Gray;

/// Edge of a cell in pixels: wider than a letter's strokes, narrower than a shadow.
const CELL: usize = 32;
/// What paper becomes.
const WHITE: f32 = 245.0;
/// Cells' brightness must differ by this much before anything is done.
const UNEVEN_MIN: u8 = 40;
/// Darker cells are counted as this, so that black pictures do not turn to noise.
const PAPER_MIN: u8 = 60;

/// How bright the paper is, cell by cell.
struct Paper {
    columns: usize,
    cells: Vec<u8>,
}

/// Returns the image with its paper evenly white, or as it was where the light is even already.
pub(crate) fn even(gray: Gray) -> Gray {
    let Some(paper) = paper(&gray) else { return gray };
    let width = usize::try_from(gray.width).unwrap_or(1).max(1);
    let mut pixels = Vec::with_capacity(gray.pixels.len());
    for (y, row) in gray.pixels.chunks_exact(width).enumerate() {
        let (above, down) = between(y);
        for (x, &pixel) in row.iter().enumerate() {
            let (left, right) = between(x);
            let upper = mix(paper.at(left, above), paper.at(left + 1, above), right);
            let lower = mix(paper.at(left, above + 1), paper.at(left + 1, above + 1), right);
            pixels.push(byte(f32::from(pixel) * WHITE / mix(upper, lower, down)));
        }
    }
    Gray { pixels, ..gray }
}

/// None where the light is even.
fn paper(gray: &Gray) -> Option<Paper> {
    let width = usize::try_from(gray.width).ok().filter(|&width| width >= CELL * 4)?;
    let columns = width.div_ceil(CELL);
    let mut cells = Vec::new();
    for band in gray.pixels.chunks(width * CELL) {
        let mut counts = vec![[0_u32; 256]; columns];
        for row in band.chunks_exact(width) {
            for (part, count) in row.chunks(CELL).zip(&mut counts) {
                for &pixel in part {
                    if let Some(count) = count.get_mut(usize::from(pixel)) {
                        *count += 1;
                    }
                }
            }
        }
        cells.extend(counts.iter().map(|count| quantile(count, 4, 5)));
    }
    let paper = Paper { columns, cells };
    let paper = paper.around(|cells| cells.max().unwrap_or(u8::MAX));
    let paper = paper.around(|cells| {
        let (sum, count) =
            cells.fold((0_u32, 0_u32), |(sum, count), cell| (sum + u32::from(cell), count + 1));
        u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX).max(PAPER_MIN)
    });
    let mut spread = [0_u32; 256];
    for &cell in &paper.cells {
        if let Some(count) = spread.get_mut(usize::from(cell)) {
            *count += 1;
        }
    }
    let difference = quantile(&spread, 19, 20).saturating_sub(quantile(&spread, 1, 20));
    (difference >= UNEVEN_MIN).then_some(paper)
}

/// The value that this share of the counted ones does not pass.
fn quantile(counts: &[u32; 256], share: u32, of: u32) -> u8 {
    let wanted = counts.iter().sum::<u32>() / of * share;
    let mut seen = 0;
    let place = counts.iter().position(|&count| {
        seen += count;
        seen > wanted
    });
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

impl Paper {
    /// Each cell anew, from itself and its eight neighbours.
    fn around(&self, merge: impl Fn(&mut dyn Iterator<Item = u8>) -> u8) -> Self {
        let rows = self.cells.len() / self.columns;
        let cell = |index: usize| {
            let (x, y) = (index % self.columns, index / self.columns);
            let (top, bottom) = (y.saturating_sub(1), (y + 1).min(rows - 1));
            let (left, right) = (x.saturating_sub(1), (x + 1).min(self.columns - 1));
            let mut near = (top..=bottom)
                .flat_map(|y| (left..=right).map(move |x| y * self.columns + x))
                .filter_map(|index| self.cells.get(index).copied());
            merge(&mut near)
        };
        Self { columns: self.columns, cells: (0..self.cells.len()).map(cell).collect() }
    }

    /// Cells beyond an edge are as bright as those at it.
    fn at(&self, column: usize, row: usize) -> f32 {
        let rows = self.cells.len() / self.columns;
        let index = row.min(rows - 1) * self.columns + column.min(self.columns - 1);
        self.cells.get(index).map_or(WHITE, |&cell| f32::from(cell))
    }
}

/// Which cell's middle lies before this pixel, and how far on towards the next one it is.
fn between(pixel: usize) -> (usize, f32) {
    let from_middle = pixel.saturating_sub(CELL / 2);
    let part = u16::try_from(from_middle % CELL).unwrap_or(0);
    let cell = u16::try_from(CELL).unwrap_or(1);
    (from_middle / CELL, f32::from(part) / f32::from(cell))
}

fn mix(one: f32, other: f32, part: f32) -> f32 {
    one * (1.0 - part) + other * part
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn byte(value: f32) -> u8 {
    value.clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests;
