//! What a paper says: the machine readable zone first, then labels, then the opening of contracts,
//! then names that show what they are. Papers about health and offences are never read.

mod born;
mod cells;
mod fallback;
mod labels;
mod mentions;
pub mod parse;
mod parties;
mod people;
mod section;
mod value;
mod zone;

use reading::MASK;

use crate::check::names::{self, Likeness};
use crate::classify::zone as zones;
use crate::knowledge::{DocumentClass, FieldSpec, FieldType};
use crate::text::{PageText, fold, words};
use crate::{ClassifiedDocument, DocumentFields, Field, InputPaper, Knowledge};

use born::Births;
use cells::Cells;
use labels::{Candidate, Labels};
use mentions::Mentions;
use value::Reader;

/// Fields that hold a part of a name.
const PARTS_OF_NAMES: [&str; 4] = ["surname", "given_names", "birth_name", "child_surname"];
/// A whole name has more than one word, but for a few people's.
const ONE_WORD_COSTS: f64 = 0.25;
/// Pages of one paper from which values are read.
const PAGES_MAX: usize = 12;
/// Lines at the top of a paper in which its issuer stands.
const HEAD_LINES: usize = 12;
/// From here a print that differs from the zone is told beside it.
const PRINT_MIN: f64 = 0.8;
/// Names in a list.
const PERSONS_MAX: usize = 6;

/// Reads the values of a classified paper.
pub(crate) fn fields(
    knowledge: &Knowledge,
    papers: &[InputPaper<'_>],
    document: ClassifiedDocument,
) -> DocumentFields {
    let class = knowledge.class(&document.document_class).filter(|class| class.may_extract());
    let input = papers.iter().find(|input| input.file_index == document.file_index);
    let (Some(class), Some(input)) = (class, input) else {
        return DocumentFields { document, fields: Vec::new() };
    };
    let pages: Vec<Cells<'_>> = input
        .pages(document.first_page, document.last_page)
        .take(PAGES_MAX)
        .map(|page| Cells::new(PageText::new(page)))
        .collect();
    let paper = Sheet { knowledge, class, input, pages };
    let fields = paper.read();
    DocumentFields { document, fields }
}

/// One paper being read.
struct Sheet<'a, 'b> {
    knowledge: &'a Knowledge,
    class: &'a DocumentClass,
    input: &'a InputPaper<'b>,
    pages: Vec<Cells<'a>>,
}

impl Sheet<'_, '_> {
    fn read(&self) -> Vec<Field> {
        let labels = Labels::new(&self.class.fields);
        let mentions = Mentions::new(&self.pages);
        let births = Births::new(&self.pages);
        let from_zone = self.zone_fields();
        let parties = self.pages.first().map(|cells| parties::read(&self.class.id, &cells.page));
        let parties = parties.unwrap_or_default();
        let mut fields = Vec::new();
        for spec in &self.class.fields {
            let mut candidates = self.candidates(&labels, spec);
            candidates.extend(mentions.read(self.class, spec));
            if matches!(spec.kind, FieldType::Person | FieldType::Date) {
                candidates.extend(births.read(spec, people::is_about(spec)));
            }
            let opening = parties.iter().find(|party| party.field == spec.name);
            candidates.extend(opening.map(|party| Candidate {
                value: party.name.clone(),
                page: 0,
                start: party.start,
                end: party.end,
                confidence: 0.88,
            }));
            if spec.kind == FieldType::Person && !PARTS_OF_NAMES.contains(&spec.name.as_str()) {
                candidates
                    .iter_mut()
                    .filter(|candidate| !candidate.value.contains(' '))
                    .for_each(|candidate| candidate.confidence -= ONE_WORD_COSTS);
            }
            candidates.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
            let zoned = from_zone.iter().find(|field| field.name == spec.name);
            if spec.kind == FieldType::Persons {
                fields.extend(self.persons(spec, candidates));
            } else {
                let printed = candidates.first().and_then(|first| self.field(spec, first));
                fields.extend(settle(printed, zoned.cloned()));
            }
        }
        fields
    }

    fn candidates(&self, labels: &Labels, spec: &FieldSpec) -> Vec<Candidate> {
        let reader = Reader { knowledge: self.knowledge };
        let mut candidates = labels::read(&self.pages, labels, &reader, spec);
        candidates.extend(labels::read_around(&self.pages, spec));
        candidates.extend(section::read(&self.pages, spec));
        if matches!(spec.kind, FieldType::Person | FieldType::Persons) {
            candidates.extend(people::read(&self.pages, spec));
        }
        if spec.kind == FieldType::Months {
            candidates.extend(self.anywhere(|text| fallback::months(text, &spec.labels)));
        }
        if candidates.is_empty() && !spec.units.is_empty() {
            candidates.extend(self.anywhere(|text| parse::with_unit(text, &spec.units)));
        }
        if candidates.is_empty() && spec.dateline {
            candidates.extend(self.anywhere(fallback::dateline));
        }
        if candidates.is_empty() && spec.kind == FieldType::Choice {
            candidates.extend(self.pages.iter().enumerate().find_map(|(page, cells)| {
                let (parsed, _) = value::choice_on_page(spec, &cells.page)?;
                Some(candidate(page, &parsed))
            }));
        }
        if candidates.is_empty() {
            candidates.extend(fallback::shape(spec).and_then(|shape| self.anywhere(shape)));
        }
        if candidates.is_empty() && !spec.marks.is_empty() {
            candidates.extend(self.marked(spec));
        }
        if candidates.is_empty() && fallback::is_addressee(spec) {
            candidates.extend(self.anywhere(fallback::addressee));
        }
        candidates
    }

    /// A value that shows what it is, on any page.
    fn anywhere(&self, parser: impl Fn(&str) -> Option<parse::Parsed>) -> Option<Candidate> {
        self.pages.iter().enumerate().find_map(|(page, cells)| {
            let parsed = parser(&cells.page.page.text)?;
            let confidence = parsed.confidence * 0.8;
            Some(Candidate { confidence, ..candidate(page, &parsed) })
        })
    }

    /// A name at the top of the paper that shows what it is, as a company's legal form does.
    fn marked(&self, spec: &FieldSpec) -> Option<Candidate> {
        let cells = self.pages.first()?;
        let marks: Vec<Vec<String>> = spec.marks.iter().map(|mark| words(mark)).collect();
        let top = cells.page.lines.get(HEAD_LINES.min(cells.page.lines.len()).checked_sub(1)?)?;
        let cell = cells.all().iter().take_while(|cell| cell.start <= top.stop).find(|cell| {
            let tokens = cells.page.tokens.get(cell.first..cell.end).unwrap_or_default();
            tokens.len() <= 9
                && marks.iter().any(|mark| {
                    tokens.windows(mark.len().max(1)).any(|part| {
                        part.iter().zip(mark).all(|(token, word)| ends_alike(&token.text, word))
                    })
                })
        })?;
        let text = cells.page.slice(cell.start, cell.stop);
        let name = text.split([',', '·', '•', '|', '–']).next().unwrap_or(&text);
        let lead = name.chars().take_while(|c| c.is_whitespace()).count();
        let name = name.trim();
        let start = cell.start + labels::offset(lead);
        Some(Candidate {
            value: name.to_owned(),
            page: 0,
            start,
            end: start + labels::offset(name.chars().count()),
            confidence: 0.65,
        })
    }

    /// The distinct names of a list.
    fn persons(&self, spec: &FieldSpec, candidates: Vec<Candidate>) -> Vec<Field> {
        let mut seen: Vec<String> = Vec::new();
        let mut fields = Vec::new();
        for candidate in candidates.into_iter().filter(|candidate| candidate.confidence >= 0.6) {
            let Some(whole) = self.field(spec, &candidate) else { continue };
            for name in whole.value.split(" und ").flat_map(|part| part.split(" and ")) {
                let name = name.trim();
                let folded = fold(name);
                // Nor two names that were read as one.
                let known = seen.iter().any(|one| folded.contains(one.as_str()));
                if seen.len() < PERSONS_MAX && !known {
                    seen.push(folded);
                    fields.push(Field { value: name.to_owned(), ..whole.clone() });
                }
            }
        }
        fields
    }

    fn field(&self, spec: &FieldSpec, candidate: &Candidate) -> Option<Field> {
        let page = &self.pages.get(candidate.page)?.page;
        let place = self.input.place(page.page, candidate.start, candidate.end);
        if place.quote.contains(MASK) {
            return None;
        }
        // What was read badly, or is shown otherwise than it is filled in, cannot be surer than that.
        let quality = f64::from(page.page.quality.clamp(0.3, 1.0));
        let agreed = f64::from(page.page.form_confidence(candidate.start, candidate.end));
        Some(Field {
            name: spec.name.clone(),
            value: candidate.value.clone(),
            raw: place.quote.clone(),
            confidence: (candidate.confidence * quality.max(0.6) * agreed).clamp(0.0, 1.0),
            place,
        })
    }

    fn zone_fields(&self) -> Vec<Field> {
        let found = self.pages.iter().find_map(|cells| {
            let zone = zones::find(std::slice::from_ref(&cells.page))?;
            Some((zone, self.input.place(cells.page.page, 0, 0)))
        });
        let Some((zone, _)) = found else { return Vec::new() };
        let Some(page) = self.input.pages(zone.page, zone.page).next() else { return Vec::new() };
        let place = self.input.place(page, zone.start, zone.end);
        zone::fields(self.class, &zone.data, zone.sure)
            .into_iter()
            .map(|(name, value, confidence)| Field {
                name,
                value,
                raw: place.quote.clone(),
                confidence,
                place: place.clone(),
            })
            .collect()
    }
}

/// The printed value where it agrees with the zone (it keeps the accents), else the surer one, and a print read as
/// surely stays beside it.
fn settle(printed: Option<Field>, zoned: Option<Field>) -> Vec<Field> {
    match (printed, zoned) {
        (Some(printed), Some(zoned)) => {
            let letters =
                |text: &str| fold(text).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            // A zone writes a name in one of several transliterations.
            let same_name = ["surname", "given_names"].contains(&printed.name.as_str())
                && names::compare(&printed.value, &zoned.value) == Likeness::Same;
            if same_name || letters(&printed.value) == letters(&zoned.value) {
                return vec![Field {
                    confidence: printed.confidence.max(zoned.confidence),
                    ..printed
                }];
            }
            if zoned.confidence < printed.confidence - 0.1 {
                return vec![printed];
            }
            let beside = (printed.confidence >= PRINT_MIN).then_some(printed);
            std::iter::once(zoned).chain(beside).collect()
        }
        (printed, zoned) => zoned.or(printed).into_iter().collect(),
    }
}

/// Whether a word is the mark or a compound that ends in it.
fn ends_alike(word: &str, mark: &str) -> bool {
    word == mark || (mark.chars().count() >= 6 && word.ends_with(mark))
}

fn candidate(page: usize, parsed: &parse::Parsed) -> Candidate {
    Candidate {
        value: parsed.value.clone(),
        page,
        start: labels::offset(parsed.start),
        end: labels::offset(parsed.end),
        confidence: parsed.confidence,
    }
}

#[cfg(test)]
mod tests;
