//! Where the lines of text are: the network marks the heart of every line, connected marks become
//! rectangles.

use super::network::Network;
use super::oblong::{self, Oblong};
use crate::error::{FileError, Reason};
use crate::picture::Gray;
use hayro::kurbo::{Point, Vec2};
use image::GrayImage;
use image::imageops::{self, FilterType};

/// Longest edge that the network sees, in pixels: a sheet at about 110 dots per inch.
const EDGE: u32 = 1_280;
/// The network halves its image five times.
const STEP: u32 = 32;
/// Marks below this are paper.
const MARK_MIN: f32 = 0.3;
/// Lines whose mean mark is below this are stains.
const SCORE_MIN: f64 = 0.5;
/// Shortest edge of a mark, in pixels.
const SIDE_MIN: f64 = 3.0;
/// By which share marks are narrower than their lines.
const WIDENED: f64 = 1.6;
/// Most marks on one page.
const LINES_MAX: usize = 1_500;
/// Marks longer than this by their height tell the direction of their line.
const LONG: f64 = 3.0;

/// Finds the lines of a page; each runs as most of the page does, or across it.
pub(super) fn lines(network: &Network, gray: &Gray) -> Result<Vec<Oblong>, FileError> {
    let image = fit(gray)?;
    let (width, height) = (index(image.width()), index(image.height()));
    let values: Vec<f32> =
        image.pixels().map(|pixel| f32::from(pixel.0[0]) / 127.5 - 1.0).collect();
    let output = network.run(&values, height, width)?;
    if output.values.len() != width * height {
        return Err(FileError::new(Reason::Unreadable, "PP-OCR's detector gives another size"));
    }
    let stretch = |large: u32, small: u32| f64::from(large) / f64::from(small.max(1));
    let (x, y) = (stretch(gray.width, image.width()), stretch(gray.height, image.height()));
    let found = oblongs(&output.values, width);
    Ok(found.into_iter().map(|oblong| oblong.scaled(x, y)).collect())
}

/// The image in a size that the network takes.
fn fit(gray: &Gray) -> Result<GrayImage, FileError> {
    let Some(image) = GrayImage::from_raw(gray.width, gray.height, gray.pixels.clone()) else {
        return Err(FileError::new(Reason::Unreadable, "an image without pixels"));
    };
    let longest = gray.width.max(gray.height).max(1);
    let fitted = |edge: u32| {
        let scaled = u64::from(edge) * u64::from(EDGE) / u64::from(longest);
        let scaled = u32::try_from(scaled).unwrap_or(EDGE);
        ((scaled + STEP / 2) / STEP * STEP).max(STEP)
    };
    let (width, height) = (fitted(gray.width), fitted(gray.height));
    Ok(imageops::resize(&image, width, height, FilterType::Triangle))
}

/// The lines on a map of marks, row by row, on which 1 is text.
fn oblongs(map: &[f32], width: usize) -> Vec<Oblong> {
    let regions = regions(map, width);
    let mut hulls: Vec<(Vec<Point>, Oblong)> = Vec::new();
    for Region { outline, sum } in regions {
        let hull = oblong::hull(outline);
        let Some(smallest) = Oblong::smallest(&hull) else { continue };
        let score = sum / (smallest.length * smallest.height);
        if smallest.height >= SIDE_MIN && score >= SCORE_MIN {
            hulls.push((hull, smallest));
        }
    }
    let page = direction(hulls.iter().map(|(_, smallest)| smallest));
    let settle = |(hull, smallest): (Vec<Point>, Oblong)| {
        // A short mark's own direction is chance.
        let oblong = if smallest.length < LONG * smallest.height {
            Oblong::around(&hull, page).unwrap_or(smallest)
        } else {
            smallest
        };
        let aside = oblong.along.dot(page).abs() < 0.5 && oblong.length > oblong.height;
        let oblong =
            if oblong.along.dot(page) < 0.0 && !aside { oblong.reversed() } else { oblong };
        // What stands across the page is read from below, as on the back of a book.
        let oblong =
            if aside && oblong.along.cross(page) < 0.0 { oblong.reversed() } else { oblong };
        oblong.widened(WIDENED)
    };
    hulls.into_iter().map(settle).collect()
}

/// In which direction most of the text runs: to the right or down, more or less.
fn direction<'a>(marks: impl Iterator<Item = &'a Oblong> + Clone) -> Vec2 {
    let flat = |mark: &Oblong| mark.along.x.abs() >= mark.along.y.abs();
    let long = marks.filter(|mark| mark.length >= LONG * mark.height);
    let total = |is_flat: bool| -> f64 {
        long.clone().filter(|mark| flat(mark) == is_flat).map(|mark| mark.length).sum()
    };
    let is_flat = total(true) >= total(false);
    let mut angles: Vec<(f64, f64)> = long
        .filter(|mark| flat(mark) == is_flat)
        .map(|mark| {
            let forward = if is_flat { mark.along.x } else { mark.along.y } >= 0.0;
            (if forward { *mark } else { mark.reversed() }.angle(), mark.length)
        })
        .collect();
    angles.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = angles.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut seen = 0.0;
    let middle = angles.iter().find(|(_, weight)| {
        seen += weight;
        seen >= half
    });
    middle.map_or(Vec2::new(1.0, 0.0), |(angle, _)| Vec2::from_angle(*angle))
}

/// Marks that touch.
struct Region {
    /// The outermost corners of each row.
    outline: Vec<Point>,
    sum: f64,
}

fn regions(map: &[f32], width: usize) -> Vec<Region> {
    let width = width.max(1);
    let mut open: Vec<bool> = map.iter().map(|&mark| mark > MARK_MIN).collect();
    let mut regions = Vec::new();
    for start in 0..open.len() {
        if regions.len() >= LINES_MAX {
            break;
        }
        if open.get(start) == Some(&true) {
            regions.push(region(start, map, width, &mut open));
        }
    }
    regions
}

/// Takes the marks away that touch this one, corners included.
fn region(start: usize, map: &[f32], width: usize, open: &mut [bool]) -> Region {
    let mut region = Region { outline: Vec::new(), sum: 0.0 };
    let mut next = vec![start];
    if let Some(first) = open.get_mut(start) {
        *first = false;
    }
    while let Some(place) = next.pop() {
        let (x, y) = (place % width, place / width);
        region.sum += map.get(place).map_or(0.0, |&mark| f64::from(mark));
        let mut inside = 0;
        for row in y.saturating_sub(1)..=y + 1 {
            for column in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                let near = row * width + column;
                inside += usize::from(map.get(near).is_some_and(|&mark| mark > MARK_MIN));
                if let Some(unseen) = open.get_mut(near).filter(|unseen| **unseen) {
                    *unseen = false;
                    next.push(near);
                }
            }
        }
        if inside < 9 {
            let (left, top) = (edge(x), edge(y));
            region.outline.extend(
                [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)]
                    .map(|(right, down)| Point::new(left + right, top + down)),
            );
        }
    }
    region
}

fn index(edge: u32) -> usize {
    usize::try_from(edge).unwrap_or(usize::MAX)
}

fn edge(index: usize) -> f64 {
    u32::try_from(index).map_or(0.0, f64::from)
}

#[cfg(test)]
mod tests;
