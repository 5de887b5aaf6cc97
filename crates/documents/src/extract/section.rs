//! Names told in a block: a heading, then family name and given names on lines of their own.

use crate::knowledge::FieldSpec;
use crate::text::words;

use super::cells::Cells;
use super::labels::Candidate;

/// Lines below the heading in which the names stand.
const LINES_MAX: usize = 6;
const FAMILY: [&str; 5] = ["familienname", "name", "nachname", "surname", "ehename"];
const GIVEN: [&str; 5] = ["vornamen", "vorname", "given", "forenames", "first"];

/// The persons whose blocks the field's headings open.
pub(super) fn read(pages: &[Cells<'_>], field: &FieldSpec) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (page, cells) in pages.iter().enumerate() {
        for heading in &field.sections {
            for found in cells.page.find(&words(heading)) {
                let Some(line) = cells.page.tokens.get(found.first).map(|token| token.line) else {
                    continue;
                };
                let first =
                    cells.page.lines.get(line).is_some_and(|line| line.first == found.first);
                let whole = cells.page.lines.get(line).is_some_and(|line| line.end == found.end);
                if first && whole {
                    candidates.extend(block(cells, page, line));
                }
            }
        }
    }
    candidates
}

fn block(cells: &Cells<'_>, page: usize, heading: usize) -> Option<Candidate> {
    let value_of = |labels: &[&str]| {
        let lines = cells.page.lines.iter().skip(heading + 1).take(LINES_MAX);
        lines.into_iter().find_map(|line| {
            let label = cells.page.tokens.get(line.first)?;
            let next = cells.page.tokens.get(line.first + 1)?;
            if !labels.contains(&label.text.as_str()) || next.line != label.line {
                return None;
            }
            let raw = cells.page.slice(label.end, line.stop);
            let lead = raw.chars().take_while(|c| !c.is_alphabetic()).count();
            let value = raw.chars().skip(lead).collect::<String>().trim_end().to_owned();
            let start = label.end + super::labels::offset(lead);
            let end = start + super::labels::offset(value.chars().count());
            Some((value, start, end))
        })
    };
    let (family, family_start, family_end) = value_of(&FAMILY)?;
    let (given, given_start, given_end) = value_of(&GIVEN)?;
    Some(Candidate {
        value: format!("{given} {family}"),
        page,
        start: family_start.min(given_start),
        end: family_end.max(given_end),
        confidence: 0.9,
    })
}
