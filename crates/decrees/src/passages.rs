//! Text to passages: citable pieces that never cross a section.
//!
//! Two ways of setting a text are known. *Set off*: a line after two blank lines opens a section;
//! laws are composed so, and nothing inside a section can be mistaken for a heading. *Running*: a
//! line that looks like a heading ("§ 5 Zweck", "7.12 Nachweise", "Art. 3") after a blank line.
//! A section longer than the limit is cut at paragraphs. A text without sections is one section.
//! Tables of contents are left out.

mod contents;
mod headings;
mod lines;

use headings::Heading;
use lines::Line;
use serde::{Deserialize, Serialize};

/// Grows when texts are split otherwise; tables built by another one are rebuilt.
pub(crate) const SPLIT_VERSION: u32 = 2;

/// A part of a section shorter than this joins its neighbour.
const PART_CHARACTERS_MIN: usize = 200;

/// Where a passage stands in the text of its version, and under which headings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    /// First character.
    pub(crate) start: u32,
    /// One past the last character.
    pub(crate) end: u32,
    /// First byte.
    pub(crate) byte_start: u32,
    /// One past the last byte.
    pub(crate) byte_end: u32,
    /// First byte after the heading; `byte_start` where the passage has none of its own.
    pub(crate) byte_body: u32,
    /// From 1; 0 where the source has no pages.
    pub(crate) page: u32,
    /// "§ 16b", "Nr. 5.1.3"; empty where the text has no sections.
    pub(crate) section: String,
    /// Heading lines from the outermost to the section's own.
    pub(crate) path: Vec<String>,
}

/// What a text is split by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    /// The title: a first line that repeats it is no text of its own.
    pub(crate) title: &'a str,
    /// First character of each page; empty where the source has no pages.
    pub(crate) page_starts: &'a [u32],
    /// Longest passage in characters.
    pub(crate) characters_max: usize,
}

/// A run of lines under one heading.
struct Section<'a> {
    /// Number of its first line.
    first: usize,
    lines: &'a [Line<'a>],
    label: String,
    path: Vec<String>,
    /// Lines at its start that are its heading.
    heading_lines: usize,
}

/// The passages of a text, in order. They do not overlap; only blank lines, tables of contents and a
/// title that stands alone are left out.
pub(crate) fn split(text: &str, rules: Rules<'_>) -> Vec<Piece> {
    let lines = lines::lines(text);
    let contents = contents::find(&lines);
    let headings = headings_outside(&lines, &contents);
    let mut pieces = Vec::new();
    for section in sections(&lines, &headings, rules.title) {
        for section in section.without(&contents) {
            cut(&section, rules, &mut pieces);
        }
    }
    pieces
}

/// The headings that are not entries of a table of contents, which would be counted with them.
fn headings_outside(lines: &[Line<'_>], contents: &[bool]) -> Vec<Heading> {
    let outside = lines.iter().zip(contents).enumerate().filter(|(_, (_, marked))| !**marked);
    let (numbers, outside): (Vec<usize>, Vec<Line<'_>>) =
        outside.map(|(number, (line, _))| (number, *line)).unzip();
    let mut headings = headings::find(&outside);
    for heading in &mut headings {
        heading.line = numbers.get(heading.line).copied().unwrap_or(heading.line);
    }
    headings
}

impl<'a> Section<'a> {
    /// Its runs of lines that are not marked; the heading belongs to the first line.
    fn without(self, marked: &[bool]) -> Vec<Section<'a>> {
        let marked = marked.get(self.first..self.first + self.lines.len()).unwrap_or_default();
        if !marked.contains(&true) {
            return vec![self];
        }
        let mut runs = Vec::new();
        let mut from = 0;
        for run in marked.chunk_by(|left, right| left == right) {
            let until = from + run.len();
            if run.first() == Some(&false) {
                runs.push(Section {
                    first: self.first + from,
                    lines: self.lines.get(from..until).unwrap_or_default(),
                    label: self.label.clone(),
                    path: self.path.clone(),
                    heading_lines: if from == 0 { self.heading_lines.min(until) } else { 0 },
                });
            }
            from = until;
        }
        runs
    }
}

fn sections<'a>(lines: &'a [Line<'a>], headings: &[Heading], title: &str) -> Vec<Section<'a>> {
    let mut sections = Vec::with_capacity(headings.len() + 1);
    let first = headings.first().map_or(lines.len(), |heading| heading.line);
    let preamble = lines.get(..first).unwrap_or_default();
    let heading_lines = title_lines(preamble, title);
    let label = String::new();
    sections.push(Section { first: 0, lines: preamble, label, path: vec![], heading_lines });
    let mut path: Vec<(usize, String)> = Vec::new();
    for (index, heading) in headings.iter().enumerate() {
        let end = headings.get(index + 1).map_or(lines.len(), |next| next.line);
        path.retain(|(depth, _)| *depth < heading.depth);
        path.push((heading.depth, heading.text.clone()));
        sections.push(Section {
            first: heading.line,
            lines: lines.get(heading.line..end).unwrap_or_default(),
            label: heading.label.clone(),
            path: path.iter().map(|(_, text)| text.clone()).collect(),
            heading_lines: heading.lines,
        });
    }
    sections
}

/// How many lines from the start repeat the title.
fn title_lines(lines: &[Line<'_>], title: &str) -> usize {
    let Some(first) = lines.iter().position(|line| !line.is_blank()) else { return 0 };
    match lines.get(first) {
        Some(line) if line.text.trim() == title.trim() => first + 1,
        Some(_) | None => 0,
    }
}

/// Appends the passages of a section.
fn cut(section: &Section<'_>, rules: Rules<'_>, pieces: &mut Vec<Piece>) {
    let body = section.lines.get(section.heading_lines..).unwrap_or_default();
    let untitled = section.label.is_empty() && section.path.is_empty();
    if untitled && body.iter().all(Line::is_blank) {
        return;
    }
    let mut from = 0;
    for until in borders(section, rules.characters_max) {
        let part = section.lines.get(from..until).unwrap_or_default();
        let heading_lines = if from == 0 { section.heading_lines } else { 0 };
        pieces.extend(piece(section, part, heading_lines, rules));
        from = until;
    }
}

/// Ends of the parts of a section, as line numbers; the last is the section's own end.
fn borders(section: &Section<'_>, characters_max: usize) -> Vec<usize> {
    let mut borders = Vec::new();
    let mut size = 0;
    // Where the part could end: after a blank line, or at least after a line.
    let mut paragraph: Option<(usize, usize)> = None;
    for (index, line) in section.lines.iter().enumerate() {
        if line.is_blank() && index >= section.heading_lines {
            paragraph = Some((index, size));
        }
        if size + line.characters > characters_max && size > PART_CHARACTERS_MIN {
            let (border, kept) =
                paragraph.filter(|(_, kept)| *kept > characters_max / 2).unwrap_or((index, size));
            borders.push(border);
            size -= kept;
            paragraph = None;
        }
        size += line.characters;
    }
    // A short rest belongs to the part before it.
    if size < PART_CHARACTERS_MIN {
        borders.pop();
    }
    borders.push(section.lines.len());
    borders
}

fn piece(
    section: &Section<'_>,
    part: &[Line<'_>],
    heading_lines: usize,
    rules: Rules<'_>,
) -> Option<Piece> {
    let first = part.iter().position(|line| !line.is_blank())?;
    let last = part.iter().rposition(|line| !line.is_blank())?;
    let (from, to) = (part.get(first)?, part.get(last)?);
    let lead = lines::leading(from.text);
    let (start, byte_start) = (from.start + lead.characters, from.byte_start + lead.bytes);
    let tail = lines::trailing(to.text);
    let end = to.start + to.characters - tail.characters;
    let byte_end = to.byte_start + to.text.len() - tail.bytes;
    let byte_body = match heading_lines {
        0 => byte_start,
        count => part.get(count).map_or(byte_end, |line| line.byte_start.min(byte_end)),
    };
    let start = u32::try_from(start).ok()?;
    let pages = rules.page_starts.partition_point(|page| *page <= start);
    Some(Piece {
        start,
        end: u32::try_from(end).ok()?,
        byte_start: u32::try_from(byte_start).ok()?,
        byte_end: u32::try_from(byte_end).ok()?,
        byte_body: u32::try_from(byte_body).ok()?,
        page: u32::try_from(pages).ok()?,
        section: section.label.clone(),
        path: section.path.clone(),
    })
}

#[cfg(test)]
mod tests;
