//! A page as cells: stretches of a line that stand apart from their neighbours, each with the cell
//! to its right and the one below it. By boxes where the page has them, else by the text alone.

use reading::{Rect, Word};

use crate::text::{Match, PageText};

/// Words further apart than this share of the line's height stand in different cells.
const GAP_HEIGHTS: f32 = 1.1;
/// Without boxes, so many blanks make a gap.
const GAP_BLANKS: usize = 3;
/// A value below its label starts within so many heights of it.
const BELOW_HEIGHTS_MAX: f32 = 3.2;

/// A stretch of a line.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// First token.
    pub(super) first: usize,
    /// One past the last token.
    pub(super) end: usize,
    /// First character of the page.
    pub(super) start: u32,
    /// One past the last character; reaches up to the next cell.
    pub(super) stop: u32,
    line: usize,
    rect: Option<Rect>,
}

/// A page and its cells in the order of the text.
#[derive(Debug)]
pub(super) struct Cells<'a> {
    pub(super) page: PageText<'a>,
    cells: Vec<Cell>,
}

impl<'a> Cells<'a> {
    pub(super) fn new(page: PageText<'a>) -> Self {
        let boxes = boxes(&page);
        let mut cells: Vec<Cell> = Vec::new();
        for (line_index, line) in page.lines.iter().enumerate() {
            let mut first = line.first;
            for at in line.first..line.end {
                if at + 1 < line.end && !parted(&page, &boxes, at) {
                    continue;
                }
                let start = page.tokens.get(first).map_or(line.start, |token| token.start);
                let stop = page
                    .tokens
                    .get(at + 1)
                    .filter(|next| next.line == line_index)
                    .map_or(line.stop, |next| next.start);
                let rect = boxes
                    .get(first..=at)
                    .and_then(|boxes| boxes.iter().copied().flatten().reduce(Rect::union));
                let start = if first == line.first { line.start } else { start };
                cells.push(Cell { first, end: at + 1, start, stop, line: line_index, rect });
                first = at + 1;
            }
        }
        Self { page, cells }
    }

    pub(super) fn all(&self) -> &[Cell] {
        &self.cells
    }

    /// The cell that holds the beginning of a match, by position.
    pub(super) fn holding(&self, found: Match) -> Option<usize> {
        let at = self.cells.partition_point(|cell| cell.end <= found.first);
        self.cells.get(at).filter(|cell| cell.first <= found.first).map(|_| at)
    }

    /// The cells to the right on the same height, nearest first.
    pub(super) fn right_of(&self, at: usize) -> Vec<&Cell> {
        let Some(cell) = self.cells.get(at) else { return Vec::new() };
        let Some(rect) = cell.rect else {
            let rest = self.cells.iter().skip(at + 1);
            return rest.take_while(|other| other.line == cell.line).collect();
        };
        let mut right: Vec<(&Cell, f32)> = self
            .cells
            .iter()
            .filter_map(|other| {
                let candidate = other.rect?;
                let overlap = (rect.top + rect.height).min(candidate.top + candidate.height)
                    - rect.top.max(candidate.top);
                let level = overlap > 0.5 * rect.height.min(candidate.height);
                let distance = candidate.left - rect.left - rect.width;
                (level && distance > -1.0).then_some((other, distance))
            })
            .collect();
        right.sort_by(|a, b| a.1.total_cmp(&b.1));
        right.into_iter().map(|(cell, _)| cell).collect()
    }

    /// The cells below, nearest first.
    pub(super) fn below(&self, at: usize) -> Vec<&Cell> {
        let Some(cell) = self.cells.get(at) else { return Vec::new() };
        let Some(rect) = cell.rect else { return self.below_by_text(cell) };
        let mut below: Vec<(&Cell, f32)> = self
            .cells
            .iter()
            .filter_map(|other| {
                let candidate = other.rect?;
                let distance = candidate.top - rect.top - rect.height;
                let under = candidate.left < rect.left + rect.width
                    && candidate.left + candidate.width > rect.left;
                let near = distance > -0.3 * rect.height
                    && distance < BELOW_HEIGHTS_MAX * rect.height
                    && candidate.top > rect.top + 0.5 * rect.height;
                (under && near).then_some((other, distance))
            })
            .collect();
        below.sort_by(|a, b| a.1.total_cmp(&b.1));
        below.into_iter().map(|(cell, _)| cell).collect()
    }

    /// Without boxes: the cell in the same column of the next line.
    fn below_by_text(&self, cell: &Cell) -> Vec<&Cell> {
        let on = |line: usize| self.cells.iter().filter(move |other| other.line == line);
        let column = on(cell.line).take_while(|other| other.first < cell.first).count();
        let next: Vec<&Cell> = on(cell.line + 1).collect();
        if next.len() == on(cell.line).count() || column == 0 {
            next.get(column).copied().into_iter().collect()
        } else {
            Vec::new()
        }
    }
}

/// The box of each token.
fn boxes(page: &PageText<'_>) -> Vec<Option<Rect>> {
    let words = &page.page.words;
    let boxed = |start: u32, end: u32| {
        let first = words.partition_point(|word| word.end <= start);
        let inside = words.iter().skip(first).take_while(|word| word.start < end);
        inside.map(|word| word.rect).reduce(Rect::union)
    };
    page.tokens.iter().map(|token| boxed(token.start, token.end)).collect()
}

/// The widest gap between neighbouring words, in heights of the lower one; marks that are no
/// tokens, such as an ampersand, fill it.
fn widest_gap(page: &PageText<'_>, start: u32, end: u32) -> f32 {
    let words = &page.page.words;
    let first = words.partition_point(|word| word.end <= start);
    let inside = words.get(first..).unwrap_or_default();
    let count = inside.iter().take_while(|word| word.start < end).count();
    let gap = |pair: &[Word]| {
        let [left, right] = pair else { return 0.0 };
        let height = left.rect.height.min(right.rect.height).max(1.0);
        (right.rect.left - left.rect.left - left.rect.width) / height
    };
    inside.get(..count).unwrap_or_default().windows(2).map(gap).fold(0.0, f32::max)
}

/// Whether a token and the next stand in different cells.
fn parted(page: &PageText<'_>, boxes: &[Option<Rect>], at: usize) -> bool {
    let (Some(left), Some(right)) = (page.tokens.get(at), page.tokens.get(at + 1)) else {
        return true;
    };
    let between = page.slice(left.end, right.start);
    if between.contains(['\t', '|']) {
        return true;
    }
    if boxes.get(at..at + 2).is_some_and(|pair| pair.iter().all(Option::is_some)) {
        return widest_gap(page, left.start, right.end) > GAP_HEIGHTS;
    }
    let mut blanks = 0;
    let mut longest = 0;
    for character in between.chars() {
        blanks = if character.is_whitespace() { blanks + 1 } else { 0 };
        longest = longest.max(blanks);
    }
    longest >= GAP_BLANKS
}
