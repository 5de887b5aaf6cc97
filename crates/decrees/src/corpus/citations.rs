//! Where a decree or a norm is used: the passages that cite it.
//!
//! A citation is exact: a norm as [`references`] reads it, or a file number that stands by itself in
//! the text. A decree is cited by its file numbers, and by the norms that its sections are.

use super::Corpus;
use crate::index::Lexical;
use crate::index::document::{own_marks, own_norms};
use crate::passages::Piece;
use crate::search::place;
use crate::{Day, DecreeId, Error, Kind, Passage, Span, references};
use std::cmp::Reverse;
use std::collections::HashSet;

/// Characters of a shortest file number that is looked for in texts: "I-3" stands in too many.
const FILE_NUMBER_CHARACTERS_MIN: usize = 5;
/// Citations of one page.
const CITATIONS_PAGE_MAX: usize = 500;
/// Decrees behind an item beside its norms.
const BEHIND_MAX: usize = 5;
/// Passages that are looked at for the decrees behind an item.
const BEHIND_LOOKED_AT_MAX: usize = 2_000;

/// What is looked for in the texts of decrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cited {
    /// A decree over all its versions, by file number and by the norms that it is made of.
    Decree(DecreeId),
    /// One or more norms: "§ 16b AufenthG", "Art. 6 GG".
    Norm(String),
}

/// Which citations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CitationQuery {
    /// Of what.
    pub cited: Cited,
    /// In what was in force on that day; none: today.
    pub as_of: Option<Day>,
    /// In every version, whether in force on the day or not.
    pub include_not_in_force: bool,
    /// At most so many at a time, 1 to 500; less where `bytes_max` is reached, but at least one.
    pub page_size: usize,
    /// Bytes of text at a time.
    pub bytes_max: usize,
    /// Empty for the first page.
    pub page_token: String,
}

/// A passage that cites, or that is the norm asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The passage.
    pub passage: Passage,
    /// The words that cite, in characters of the passage's text; none where only the title cites.
    pub places: Vec<Span>,
    /// The passage is the norm itself.
    pub is_cited: bool,
}

/// Some citations: the norm itself first, then those of the versions imported last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CitationPage {
    /// The citations.
    pub citations: Vec<Citation>,
    /// For the next page; empty on the last.
    pub next_page_token: String,
    /// The state of the corpus that answered.
    pub corpus_version: u64,
}

/// The order of citations, which an import does not shift.
type Key = (Reverse<bool>, Reverse<u32>, u32);

/// What is looked for, as texts write it.
struct Target {
    norms: HashSet<String>,
    file_numbers: Vec<String>,
    /// A decree does not cite itself.
    itself: Option<DecreeId>,
}

impl Corpus {
    /// The passages that cite a decree or a norm. Blocking.
    ///
    /// # Errors
    /// When there is no such decree, the reference names no norm, the page size is not 1 to 500,
    /// the token is none of ours, or a stored text cannot be read.
    pub fn citations(&self, query: &CitationQuery) -> Result<CitationPage, Error> {
        if !(1..=CITATIONS_PAGE_MAX).contains(&query.page_size) {
            return Err(Error::PageSize { page_size: query.page_size });
        }
        let snapshot = self.inner.shared.snapshot();
        let lexical = &snapshot.lexical;
        let target = Target::read(lexical, &query.cited)?;
        let day = query.as_of.unwrap_or_else(|| self.today());
        let day = (!query.include_not_in_force).then_some(day);
        let (order, by_norm) = target.candidates(lexical, day)?;
        let after = match query.page_token.as_str() {
            "" => 0,
            token => {
                let last = read_token(token).ok_or(Error::PageToken)?;
                order.partition_point(|key| *key <= last)
            }
        };
        let mut citations: Vec<Citation> = Vec::new();
        let (mut bytes, mut last) = (0, None);
        let mut next_page_token = String::new();
        for key in order.iter().skip(after) {
            let found = place::passage(lexical, key.2, &self.inner.texts)?;
            let Some(passage) = found else { continue };
            let places = target.places(&passage.text);
            // Words in common make a candidate; only the file number itself makes a citation. What
            // cites by its title alone does so once, with its first passage.
            let titled = || {
                let first = usize::try_from(key.1.0).map(|version| lexical.table.range(version));
                by_norm.binary_search(&key.2).is_ok()
                    && first.is_ok_and(|passages| passages.start == key.2)
            };
            if places.is_empty() && !key.0.0 && !titled() {
                continue;
            }
            bytes += passage.text.len();
            let full = citations.len() == query.page_size || bytes > query.bytes_max;
            if let Some(last) = last.filter(|_| full) {
                next_page_token = write_token(last);
                break;
            }
            citations.push(Citation { passage, places, is_cited: key.0.0 });
            last = Some(key);
        }
        let corpus_version = lexical.catalogue.position();
        Ok(CitationPage { citations, next_page_token, corpus_version })
    }

    /// What stands behind lists of norms ("§ 2 Abs. 4, § 29 AufenthG"), list by list, as of today,
    /// without texts: each norm itself, then at most five decrees, administrative regulations or
    /// guidance whose title or heading names one of the norms. Blocking.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn behind(&self, lists: &[&str], kinds: &[Kind]) -> Result<Vec<Vec<Passage>>, Error> {
        let snapshot = self.inner.shared.snapshot();
        let today = self.today();
        lists.iter().map(|list| behind(&snapshot.lexical, list, kinds, today)).collect()
    }
}

impl Target {
    fn read(lexical: &Lexical, cited: &Cited) -> Result<Self, Error> {
        let id = match cited {
            Cited::Norm(reference) => {
                let norms: HashSet<String> = references::listed(reference)
                    .into_iter()
                    .chain(references::cited(reference))
                    .collect();
                if norms.is_empty() {
                    return Err(Error::UnreadableReference { reference: reference.clone() });
                }
                return Ok(Self { norms, file_numbers: Vec::new(), itself: None });
            }
            Cited::Decree(id) => id,
        };
        let ordinals = lexical.catalogue.newest_first(id);
        if ordinals.is_empty() {
            return Err(Error::UnknownDecree { id: id.clone() });
        }
        let (mut norms, mut file_numbers) = (HashSet::new(), Vec::new());
        for ordinal in ordinals {
            let Some(version) = lexical.catalogue.version(ordinal) else { continue };
            let pieces = lexical.table.pieces(usize::try_from(ordinal).unwrap_or(usize::MAX));
            // As the index knows them, by the title as imported.
            let own = |piece: &Piece| own_norms(&version.facts, &piece.section);
            norms.extend(pieces.iter().flat_map(own));
            let number = version.current().file_number.trim();
            let telling = number.chars().count() >= FILE_NUMBER_CHARACTERS_MIN
                && number.contains(|c: char| c.is_ascii_digit());
            if telling && !file_numbers.iter().any(|known| known == number) {
                file_numbers.push(number.to_owned());
            }
        }
        Ok(Self { norms, file_numbers, itself: Some(id.clone()) })
    }

    /// Passages in force that may cite, in the order of answers; and all that cite by a norm.
    fn candidates(
        &self,
        lexical: &Lexical,
        day: Option<Day>,
    ) -> Result<(Vec<Key>, Vec<u32>), Error> {
        let norms: Vec<String> = self.norms.iter().cloned().collect();
        let by_norm = lexical.grams.norm_passages(&norms)?;
        let own = match self.itself {
            Some(_) => Vec::new(),
            None => lexical.grams.norm_passages(&own_marks(&norms))?,
        };
        let mut all = by_norm.clone();
        for number in &self.file_numbers {
            all.extend(lexical.grams.with_all(&lexical.grams.terms(number))?);
        }
        let mut order: Vec<Key> = all
            .into_iter()
            .filter_map(|passage| {
                let (version, _) = lexical.table.get(passage)?;
                let id = &lexical.catalogue.version(version)?.facts.decree_id;
                let validity = lexical.catalogue.validity(version)?;
                let counts =
                    self.itself.as_ref() != Some(id) && day.is_none_or(|day| validity.holds(day));
                let is_cited = own.binary_search(&passage).is_ok();
                counts.then_some((Reverse(is_cited), Reverse(version), passage))
            })
            .collect();
        order.sort_unstable();
        order.dedup();
        Ok((order, by_norm))
    }

    /// Where a text cites, in characters.
    fn places(&self, text: &str) -> Vec<Span> {
        let mut places = references::places(text, &self.norms);
        for number in &self.file_numbers {
            places.extend(occurrences(text, number));
        }
        places.sort_unstable();
        let (mut byte, mut character) = (0, 0);
        let mut spans: Vec<Span> = Vec::new();
        for (from, to) in places {
            // Two file numbers may overlap ("27-1" in "27-1 A"): the first one stands.
            let Some(before) = text.get(byte..from) else { continue };
            let inside = text.get(from..to).unwrap_or_default();
            let start = character + before.chars().count();
            (byte, character) = (to, start + inside.chars().count());
            let both = u32::try_from(start).ok().zip(u32::try_from(character).ok());
            spans.extend(both.map(|(start, end)| Span { start, end }));
        }
        spans
    }
}

fn write_token((Reverse(is_cited), Reverse(version), passage): &Key) -> String {
    format!("{}.{version}.{passage}", u8::from(*is_cited))
}

fn read_token(token: &str) -> Option<Key> {
    let (is_cited, rest) = token.split_once('.')?;
    let (version, passage) = rest.split_once('.')?;
    Some((Reverse(is_cited == "1"), Reverse(version.parse().ok()?), passage.parse().ok()?))
}

/// Where a file number stands by itself, in bytes. Between its parts any blanks may stand.
fn occurrences(text: &str, number: &str) -> Vec<(usize, usize)> {
    let mut parts = number.split_whitespace();
    let Some(first) = parts.next() else { return Vec::new() };
    let mut found = Vec::new();
    for (start, _) in text.match_indices(first) {
        let mut end = start + first.len();
        let whole = parts.clone().all(|part| {
            let rest = text.get(end..).unwrap_or_default();
            let trimmed = rest.trim_start();
            end += rest.len() - trimmed.len() + part.len();
            trimmed.len() < rest.len() && trimmed.starts_with(part)
        });
        if whole && stands_alone(text, start, end) {
            found.push((start, end));
        }
    }
    found
}

/// Whether a file number does not go on before or behind: "27-1" is not cited by "27-1/3".
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let mut before = text.get(..start).unwrap_or_default().chars().rev();
    let mut behind = text.get(end..).unwrap_or_default().chars();
    !goes_on(before.next(), before.next()) && !goes_on(behind.next(), behind.next())
}

/// Whether a number goes on with a character and the one beyond it.
fn goes_on(next: Option<char>, beyond: Option<char>) -> bool {
    let beyond_is = |wanted: fn(char) -> bool| beyond.is_some_and(wanted);
    next.is_some_and(|next| match next {
        '-' | '/' | '–' => beyond_is(char::is_alphanumeric),
        '.' | ':' => beyond_is(|c| c.is_ascii_digit()),
        _ => next.is_alphanumeric(),
    })
}

fn behind(
    lexical: &Lexical,
    list: &str,
    kinds: &[Kind],
    today: Day,
) -> Result<Vec<Passage>, Error> {
    let norms = references::listed(list);
    let serves = |passage: u32| {
        let (version, _) = lexical.table.get(passage)?;
        let facts = lexical.catalogue.version(version)?.current();
        let holds = lexical.catalogue.validity(version)?.holds(today);
        (holds && kinds.contains(&facts.kind)).then_some(version)
    };
    let mut found: Vec<Passage> = Vec::new();
    for norm in &norms {
        let mut last = None;
        for passage in lexical.grams.norm_passages(&own_marks(std::slice::from_ref(norm)))? {
            let place = serves(passage).and_then(|_| place::place(lexical, passage));
            let Some(place) = place else { continue };
            // A long section is cut into several passages; the first one stands for it.
            let section = (place.version_id.clone(), place.section.clone());
            if last.as_ref() != Some(&section) {
                last = Some(section);
                found.push(place);
            }
        }
    }
    let named: HashSet<String> = norms.iter().cloned().collect();
    let mut decrees: HashSet<DecreeId> = found.iter().map(|own| own.decree_id.clone()).collect();
    let citing = lexical.grams.norm_passages(&norms)?.into_iter();
    let directs = |version: &u32| {
        let version = lexical.catalogue.version(*version);
        version
            .is_some_and(|version| !matches!(version.current().kind, Kind::Law | Kind::Ordinance))
    };
    // The version imported last first, and its passages in their order.
    let mut citing: Vec<(Reverse<u32>, u32)> = citing
        .filter_map(|passage| Some((Reverse(serves(passage).filter(directs)?), passage)))
        .collect();
    citing.sort_unstable();
    let limit = found.len() + BEHIND_MAX;
    for (_, passage) in citing.into_iter().take(BEHIND_LOOKED_AT_MAX) {
        if found.len() == limit {
            break;
        }
        let Some(place) = place::place(lexical, passage) else { continue };
        let heading = format!("{} {}", place.title, place.path.join(" "));
        let named = !references::places(&heading, &named).is_empty();
        if named && decrees.insert(place.decree_id.clone()) {
            found.push(place);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::occurrences;

    #[test]
    fn a_file_number_is_cited_only_by_itself() {
        let check = |text: &str, count: usize| {
            assert_eq!(occurrences(text, "MI 27-1/2024").len(), count, "{text}");
        };
        check("Erlass vom 3. Mai (Az. MI 27-1/2024) gilt.", 1);
        check("Az.:MI\n27-1/2024. Danach MI 27-1/2024, fort.", 2);
        check("MI 27-1/2024-3", 0);
        check("MI 27-1/20245 und MI 27-1/2024.2", 0);
        check("XMI 27-1/2024 und A-MI 27-1/2024", 0);
        check("MI27-1/2024", 0);
        check("", 0);
    }
}
