//! Names of people told by what stands around them: a form of address, family and given names on rows of
//! their own, a list below the words that announce it.

use crate::knowledge::{FieldSpec, FieldType};
use crate::text::{Match, words};

use super::cells::{Cell, Cells};
use super::labels::{Candidate, offset};
use super::value;

/// Fields that name whom the paper is about.
const ABOUT: [&str; 13] = [
    "applicant",
    "taxpayer",
    "recipient",
    "holder",
    "employee",
    "insured",
    "student",
    "participant",
    "pupil",
    "trainee",
    "person",
    "invited_person",
    "tenants",
];
const ADDRESS: [&str; 9] =
    ["herrn", "herr", "frau", "mr", "mrs", "ms", "mme", "monsieur", "madame"];
/// Words before a form of address that greet or sign.
const GREETING: [&str; 5] = ["geehrte", "geehrter", "dear", "liebe", "lieber"];
const FAMILY: [&str; 12] = [
    "Familienname",
    "Nachname",
    "Name",
    "Ehename",
    "Surname",
    "Family name",
    "Last name",
    "Nom",
    "Apellidos",
    "Soyadı",
    "Фамилия",
    "Прізвище",
];
const GIVEN: [&str; 11] = [
    "Vornamen",
    "Vorname",
    "Vorname(n)",
    "Given names",
    "Given name",
    "First name",
    "Forenames",
    "Prénoms",
    "Nombre",
    "Adı",
    "Имя",
];
/// Characters behind a form of address.
const NAME_CHARACTERS_MAX: u32 = 70;
/// Lines of a list of names.
const LIST_LINES_MAX: usize = 8;

/// Every name that the field may hold.
pub(super) fn read(pages: &[Cells<'_>], field: &FieldSpec) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (page, cells) in pages.iter().enumerate() {
        if field.kind == FieldType::Persons {
            candidates.extend(listed(cells, page, field));
        }
        let rank = match field.name.as_str() {
            "spouse1_name" | "child_name" => Some(0),
            "spouse2_name" => Some(1),
            name if ABOUT.contains(&name) => Some(0),
            _ => None,
        };
        if let Some(rank) = rank {
            candidates.extend(by_rows(cells, page).into_iter().nth(rank));
        }
        if is_about(field) {
            candidates.extend(addressed(cells, page));
        }
    }
    candidates
}

/// Whether the field names whom the paper is about.
pub(super) fn is_about(field: &FieldSpec) -> bool {
    ABOUT.contains(&field.name.as_str())
}

/// "dass Frau Anna Weber": the first on the page.
fn addressed(cells: &Cells<'_>, page: usize) -> Option<Candidate> {
    let tokens = &cells.page.tokens;
    let is_address = |word: &str| ADDRESS.contains(&word);
    (0..tokens.len()).find_map(|at| {
        let token = tokens.get(at).filter(|token| is_address(&token.text))?;
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        if before.is_some_and(|word| GREETING.contains(&word.text.as_str())) {
            return None;
        }
        let raw = cells.page.slice(token.end, token.end + NAME_CHARACTERS_MAX);
        let text = raw.trim_start_matches(['/', '.', ' ', '\n']);
        let text = text.split('\n').next().unwrap_or(text);
        let opened = value::opening_words(text, 5)?;
        let name = value::person(&opened.value).filter(|name| is_name(&name.value))?;
        let skipped = raw.chars().take_while(|c| "/. \n".contains(*c)).count();
        let lead = skipped + opened.start + name.start;
        let start = token.end + offset(lead);
        let end = start + offset(name.value.chars().count());
        Some(Candidate { value: name.value, page, start, end, confidence: 0.72 })
    })
}

/// People whose family and given names stand on rows of their own, or in columns of these rows.
fn by_rows(cells: &Cells<'_>, page: usize) -> Vec<Candidate> {
    let family = rows(cells, &FAMILY);
    let given = rows(cells, &GIVEN);
    let mut people = Vec::new();
    for (family, given) in family.iter().zip(&given) {
        for (family, given) in family.iter().zip(given) {
            let text = |cell: &Cell| {
                let text = cells.page.slice(cell.start, cell.stop);
                value::person(&text).map(|parsed| parsed.value)
            };
            let (Some(surname), Some(first)) = (text(family), text(given)) else { continue };
            people.push(Candidate {
                value: format!("{first} {surname}"),
                page,
                start: family.start.min(given.start),
                end: family.stop.max(given.stop),
                confidence: 0.84,
            });
        }
    }
    people
}

/// The cells to the right of each cell that is nothing but one of the labels, else the one below it.
fn rows<'a>(cells: &'a Cells<'_>, labels: &[&str]) -> Vec<Vec<&'a Cell>> {
    let labels: Vec<Vec<String>> = labels.iter().map(|label| words(label)).collect();
    let is_label = |cell: &Cell| {
        let tokens = cells.page.tokens.get(cell.first..cell.end).unwrap_or_default();
        labels.iter().any(|label| {
            tokens.len() == label.len()
                && tokens.iter().zip(label).all(|(token, word)| token.text == *word)
        })
    };
    let found = cells.all().iter().enumerate().filter(|(_, cell)| is_label(cell));
    found
        .map(|(at, _)| {
            let right = cells.right_of(at);
            if right.is_empty() { cells.below(at).into_iter().take(1).collect() } else { right }
        })
        .collect()
}

/// The names on the lines below words that announce them.
fn listed(cells: &Cells<'_>, page: usize, field: &FieldSpec) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for found in field.labels.iter().flat_map(|label| cells.page.find(&words(label))) {
        candidates.extend(below(cells, page, found));
    }
    candidates
}

fn below(cells: &Cells<'_>, page: usize, found: Match) -> Vec<Candidate> {
    let lines = &cells.page.lines;
    let line = cells.page.tokens.get(found.first).map_or(usize::MAX, |token| token.line);
    let Some(announcing) = lines.get(line) else { return Vec::new() };
    // The announcement ends its line.
    if announcing.end > found.end + 1 {
        return Vec::new();
    }
    let mut candidates = Vec::new();
    for line in lines.iter().skip(line + 1).take(LIST_LINES_MAX) {
        let text = cells.page.slice(line.start, line.stop);
        let lead = text.chars().take_while(|c| !c.is_alphabetic()).count();
        let name: String = text.chars().skip(lead).collect();
        let Some(parsed) = value::person(&name).filter(|name| is_name(&name.value)) else { break };
        candidates.push(Candidate {
            start: line.start + offset(lead + parsed.start),
            end: line.start + offset(lead + parsed.end),
            value: parsed.value,
            page,
            confidence: 0.83,
        });
    }
    candidates
}

/// Two to five words, each with a capital or a particle.
fn is_name(text: &str) -> bool {
    let count = text.split_whitespace().count();
    let fits = |word: &str| word.starts_with(char::is_uppercase) || word.chars().count() <= 3;
    (2..=5).contains(&count) && text.split_whitespace().all(fits) && !text.contains([':', '/'])
}
