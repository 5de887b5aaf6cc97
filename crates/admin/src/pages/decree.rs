//! A reader: the version in force on a day, section by section, with its versions and where it is used.

use askama::Template;
use axum::extract::{self, Query};
use axum::response::Response;
use decrees::{Cited, Corpus, Day, DecreeId, DecreeVersion, Error, Section, VersionId, Which};
use serde::Deserialize;

use super::corpus::day;
use super::news::kind_name;
use super::uses::{self, Use};
use super::{Frame, blocking, html, went_wrong};
use crate::State;
use crate::language::Language;
use crate::session::Person;

/// Characters of a decree on one page of the reader; a page holds whole sections, and a longer section in parts.
const READER_CHARACTERS: u32 = 20_000;
/// Sections named beside the text at once.
const OUTLINE: usize = 100;
/// Versions shown.
const VERSIONS: usize = 100;
/// Citations shown under the text.
const USES: usize = 10;

#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    id: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    as_of: String,
    /// A character that the page shows.
    #[serde(default)]
    from: u32,
    /// A section to go to: "§ 16b".
    #[serde(default)]
    section: String,
}

#[derive(Template)]
#[template(path = "decree.html")]
struct Page {
    frame: Frame,
    id: DecreeId,
    as_of: String,
    /// None where none was in force on the day.
    shown: Option<Shown>,
    problem: Option<&'static str>,
    versions: Vec<DecreeVersion>,
    uses: Vec<Use>,
    more_uses: bool,
}

/// What is read of a version.
struct Shown {
    version: DecreeVersion,
    kind: &'static str,
    parts: Vec<Part>,
    outline: Vec<Section>,
    outline_before: Option<u32>,
    outline_after: Option<u32>,
    sections: usize,
    from: u32,
    to: u32,
    before: Option<u32>,
    after: Option<u32>,
}

/// A section on the page.
struct Part {
    start: u32,
    heading: String,
    text: String,
    /// For a file note.
    citation: String,
}

impl Page {
    /// The version before one of the list.
    fn earlier(&self, place: &usize) -> Option<&DecreeVersion> {
        self.versions.get(place + 1)
    }

    fn is_shown(&self, version: &DecreeVersion) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.version.version_id == version.version_id)
    }
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Query(wanted): Query<Wanted>,
) -> Response {
    let today = state.corpus.today();
    let chosen = day(&wanted.as_of, today);
    let frame = Frame::new(&state, Some(person.clone()), language, "corpus");
    let corpus = state.corpus.clone();
    let reading = blocking(move || read(&corpus, frame, &wanted, chosen.unwrap_or(today)));
    match reading.await {
        Ok(mut page) => {
            if chosen.is_none() {
                page.problem = Some(super::corpus::no_such_day(language));
            }
            html(&page)
        }
        Err(error) => went_wrong(state, person, language, &error).await,
    }
}

fn read(corpus: &Corpus, frame: Frame, wanted: &Wanted, day: Day) -> Result<Page, Error> {
    let id = DecreeId::new(wanted.id.as_str());
    let which = match wanted.version.as_str() {
        "" => Which::AsOf(day),
        version => Which::Version(VersionId::new(version)),
    };
    let mut problem = None;
    let shown = match corpus.outline(&id, &which) {
        Ok((version, sections)) => Some(shown(corpus, &frame, version, &sections, wanted)?),
        Err(Error::NotInForce { .. }) => {
            problem = Some(frame.t(
                "An diesem Tag war keine Fassung in Kraft.",
                "No version was in force on that day.",
            ));
            None
        }
        Err(error) => return Err(error),
    };
    let versions = corpus.versions(&id, VERSIONS, "")?.versions;
    let query = uses::query(Cited::Decree(id.clone()), day, USES, String::new());
    let found = corpus.citations(&query)?;
    Ok(Page {
        frame,
        id,
        as_of: day.to_string(),
        shown,
        problem,
        versions,
        more_uses: !found.next_page_token.is_empty(),
        uses: found.citations.into_iter().map(uses::shown).collect(),
    })
}

fn shown(
    corpus: &Corpus,
    frame: &Frame,
    version: DecreeVersion,
    sections: &[Section],
    wanted: &Wanted,
) -> Result<Shown, Error> {
    let sought = squeezed(&wanted.section);
    let found = sections.iter().find(|section| squeezed(&section.label) == sought);
    let found = found.filter(|_| !sought.is_empty()).map(|section| section.start);
    let stretch = stretch(sections, version.text_characters, found.unwrap_or(wanted.from));
    let which = Which::Version(version.version_id.clone());
    let until = stretch.parts.last().map_or(stretch.to, |(_, end, _)| *end);
    let text = corpus.decree(&version.decree_id, &which, stretch.from, until)?.text;
    let mut characters = text.chars();
    let mut at = stretch.from;
    let mut next = |count: u32| -> String {
        characters.by_ref().take(usize::try_from(count).unwrap_or(usize::MAX)).collect()
    };
    let mut parts = Vec::new();
    for (start, end, section) in &stretch.parts {
        // Blank lines between two sections belong to neither.
        next(start - at);
        let text = next(end - start);
        at = *end;
        let (heading, label) =
            section.map_or(("", ""), |section| (section.heading.as_str(), section.label.as_str()));
        // The heading is a heading here, and does not stand in the text once more.
        let (heading, text) = match text.strip_prefix(heading) {
            Some(rest) if !heading.is_empty() && !is_sentence(heading, rest) => {
                (heading.to_owned(), rest.trim_start().to_owned())
            }
            Some(_) | None => (label.to_owned(), text),
        };
        parts.push(Part { start: *start, heading, text, citation: version.citation(label) });
    }
    let here = sections.partition_point(|section| section.start <= stretch.from).saturating_sub(1);
    let window = here - here % OUTLINE;
    let start_of = |place: usize| sections.get(place).map(|section| section.start);
    Ok(Shown {
        kind: kind_name(frame, version.kind),
        outline: sections.iter().skip(window).take(OUTLINE).cloned().collect(),
        outline_before: window.checked_sub(OUTLINE).and_then(start_of),
        outline_after: start_of(window + OUTLINE),
        sections: sections.len(),
        from: stretch.from,
        to: stretch.to,
        before: stretch.before,
        after: Some(stretch.to).filter(|to| *to < end_of(sections, version.text_characters)),
        parts,
        version,
    })
}

/// What one page shows of a version.
struct Stretch<'a> {
    from: u32,
    to: u32,
    /// Where the page before begins.
    before: Option<u32>,
    /// First and last character, and the section; none for a text without sections.
    parts: Vec<(u32, u32, Option<&'a Section>)>,
}

fn end_of(sections: &[Section], characters: u32) -> u32 {
    sections.last().map_or(characters, |section| section.end)
}

/// Whole sections from the one that holds `wanted` on; a section that is longer than a page in parts.
fn stretch(sections: &[Section], characters: u32, wanted: u32) -> Stretch<'_> {
    let here = sections.partition_point(|section| section.start <= wanted).saturating_sub(1);
    let Some(first) = sections.get(here) else {
        let from = part_start(0, wanted.min(characters.saturating_sub(1)));
        let to = from.saturating_add(READER_CHARACTERS).min(characters);
        let before = (from > 0).then(|| from.saturating_sub(READER_CHARACTERS));
        return Stretch { from, to, before, parts: vec![(from, to, None)] };
    };
    let within = wanted.clamp(first.start, first.end.saturating_sub(1).max(first.start));
    let from = part_start(first.start, within);
    let last = from.saturating_add(READER_CHARACTERS);
    let mut parts = vec![(from, first.end.min(last), Some(first))];
    let mut to = first.end.min(last);
    if to == first.end {
        for section in sections.iter().skip(here + 1).take_while(|section| section.end <= last) {
            parts.push((section.start, section.end, Some(section)));
            to = section.end;
        }
        // What follows begins with the next section, not with the blank lines before it.
        let next = sections.get(here + parts.len());
        to = next.map_or(to, |next| next.start);
    }
    let before = if from > first.start {
        Some(from.saturating_sub(READER_CHARACTERS))
    } else {
        sections.get(..here).and_then(|earlier| page_before(earlier, from))
    };
    Stretch { from, to, before, parts }
}

/// Where the part of a long section begins that holds a character.
fn part_start(start: u32, within: u32) -> u32 {
    within - (within - start) % READER_CHARACTERS
}

/// Where the page begins that ends before `from`.
fn page_before(earlier: &[Section], from: u32) -> Option<u32> {
    let last = earlier.last()?;
    if last.end - last.start > READER_CHARACTERS {
        return Some(part_start(last.start, last.end - 1));
    }
    let fits = |section: &&Section| section.start.saturating_add(READER_CHARACTERS) >= from;
    let first = earlier.iter().rev().take_while(fits).last().unwrap_or(last);
    Some(first.start)
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<String>().to_lowercase()
}

/// Whether a heading is the first line of a sentence, as behind a margin number: it ends as a sentence does, or
/// the next line goes on with it.
fn is_sentence(heading: &str, rest: &str) -> bool {
    let next_line = rest.strip_prefix('\n').unwrap_or(rest);
    let ends = heading.ends_with(['.', ';', ':']) && heading.split_whitespace().nth(4).is_some();
    ends || next_line.starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests;
