//! People told by the day of their birth: "Anna Weber (* 3.4.1990)", "Weber, Anna, geb. 03.04.1990".

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::cells::Cells;
use super::labels::{Candidate, offset};
use super::parse::{self, Parsed};
use super::value;
use crate::knowledge::{FieldSpec, FieldType};

/// A name that a birth stands behind is surely a person's, but perhaps not the one whom the field means.
const CONFIDENCE: f64 = 0.7;
const DAY_CONFIDENCE: f64 = 0.8;
/// People of one page.
const PEOPLE_MAX: usize = 20;

static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let word = r"\p{Lu}[\p{L}'’\-]*";
    let particle = "de|da|dos|del|di|la|le|van|von|vom|zu|der|den|el|al|bin|ben|ibn|y|e";
    let name = format!(r"{word}(?: (?:{word}|{particle})){{0,5}}");
    let born =
        r"(?:\*|(?i:geb(?:oren)?\.?(?: am)?|born(?: on)?|n[ée]e?(?: le)?|nacid[oa](?: el)?|doğum))";
    let day =
        r"(?:[0-9]{1,2}\. ?(?:[0-9]{1,2}\. ?|\p{L}{3,10} )[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2})";
    Regex::new(&format!(
        r"(?P<name>{name})(?P<given>, ?{name})?(?:[\s,]*\(?\s*{born}\s*|\s*\()(?P<day>{day})"
    ))
    .ok()
});

/// A person, where the name stands in characters, and the day of the birth.
struct Born {
    given: String,
    surname: String,
    start: usize,
    end: usize,
    day: Parsed,
}

/// The people of each page.
pub(super) struct Births(Vec<Vec<Born>>);

impl Births {
    pub(super) fn new(pages: &[Cells<'_>]) -> Self {
        Self(pages.iter().map(|cells| people(&cells.page.page.text)).collect())
    }

    /// The one whom the field may mean; `about` where it names whom the paper is about.
    pub(super) fn read(&self, field: &FieldSpec, about: bool) -> Option<Candidate> {
        let one = |(page, people): (usize, &Vec<Born>)| {
            let person = match field.name.as_str() {
                // Whoever invites is named first.
                "invited_person" => people.last().filter(|_| people.len() > 1),
                "spouse2_name" | "spouse2_birth_date" => people.get(1),
                "spouse1_name" | "child_name" | "surname" | "given_names" => people.first(),
                "birth_date" | "spouse1_birth_date" | "child_birth_date" => people.first(),
                _ if about => people.first(),
                _ => None,
            };
            person.map(|person| person.candidate(page, field))
        };
        self.0.iter().enumerate().find_map(one)
    }
}

impl Born {
    fn candidate(&self, page: usize, field: &FieldSpec) -> Candidate {
        let (value, start, end, confidence) = if field.kind == FieldType::Date {
            (self.day.value.clone(), self.day.start, self.day.end, DAY_CONFIDENCE)
        } else {
            let value = match field.name.as_str() {
                "surname" => self.surname.clone(),
                "given_names" => self.given.clone(),
                _ => format!("{} {}", self.given, self.surname).trim().to_owned(),
            };
            (value, self.start, self.end, CONFIDENCE)
        };
        Candidate { value, page, start: offset(start), end: offset(end), confidence }
    }
}

fn people(text: &str) -> Vec<Born> {
    let Some(shape) = SHAPE.as_ref() else { return Vec::new() };
    shape.captures_iter(text).filter_map(|found| born(text, &found)).take(PEOPLE_MAX).collect()
}

fn born(text: &str, found: &Captures<'_>) -> Option<Born> {
    let name = found.name("name")?;
    let (mut from, to) = (name.start(), found.name("given").map_or(name.end(), |g| g.end()));
    let (surname, given) = match found.name("given") {
        Some(given) if !name.as_str().contains(' ') && is_at_line_start(text, from) => {
            (name.as_str().to_owned(), given.as_str().trim_start_matches([',', ' ']).to_owned())
        }
        // A place or a title before the comma.
        Some(given) => {
            from = to - given.as_str().trim_start_matches([',', ' ']).len();
            split(text.get(from..to)?)?
        }
        None => {
            let whole = broken(text, from, to);
            from -= whole.len() - (to - from);
            split(&whole)?
        }
    };
    let start = text.get(..from)?.chars().count();
    let printed = found.name("day")?;
    let before = text.get(..printed.start())?.chars().count();
    let day = parse::date(printed.as_str())?;
    let day = Parsed { start: before + day.start, end: before + day.end, ..day };
    Some(Born { day, given, surname, start, end: start + text.get(from..to)?.chars().count() })
}

fn is_at_line_start(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| before.is_empty() || before.ends_with('\n'))
}

/// The name with the capitalised word that ended the line before, where it is one word alone.
fn broken(text: &str, from: usize, to: usize) -> String {
    let name = text.get(from..to).unwrap_or_default();
    let before = text.get(..from).unwrap_or_default();
    let word = before.strip_suffix('\n').and_then(|line| line.rsplit([' ', '\n']).next());
    let word = word.filter(|word| {
        word.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphabetic() || c == '-')
    });
    match word.filter(|_| !name.contains(' ')) {
        Some(word) => format!("{word} {name}"),
        None => name.to_owned(),
    }
}

/// "Anna von Weber" as "von Weber" and "Anna".
fn split(name: &str) -> Option<(String, String)> {
    let person = value::person(name)?.value;
    let words: Vec<&str> = person.split_whitespace().collect();
    let last = words.len().checked_sub(1).filter(|last| *last > 0)?;
    let is_particle = |word: &str| {
        word.starts_with(char::is_lowercase) || matches!(word, "El" | "Al" | "Ben" | "Bin" | "De")
    };
    let family = (1..last).find(|at| words.get(*at).is_some_and(|word| is_particle(word)));
    let (given, surname) = words.split_at(family.unwrap_or(last));
    Some((surname.join(" "), given.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::people;

    #[test]
    fn a_birth_tells_a_person() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let found = people(text);
            let found: Vec<(&str, &str)> =
                found.iter().map(|one| (one.given.as_str(), one.surname.as_str())).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("Anna Weber (* 03.04.1990) steht", &[("Anna", "Weber")]);
        check("dass Frau Anna von Weber, geb. 3. April 1990", &[("Anna", "von Weber")]);
        check("Karte\nWeber, Anna *03.04.1990 ledig", &[("Anna", "Weber")]);
        check("Holder: Ana El Beispiel, born 1990-04-03", &[("Ana", "El Beispiel")]);
        check("Zeugnis\nRadha Devi Muster\n(07.08.1995, Ort)", &[("Radha Devi", "Muster")]);
        check(
            "die Ehe zwischen Ada Probe (geboren 01.02.1990) und Max\nMuster (geboren 03.04.1991)",
            &[("Ada", "Probe"), ("Max", "Muster")],
        );
        check("Die Firma Muster, Anna Weber, geb. 03.04.1990", &[("Anna", "Weber")]);
        check("Anna Weber kam am 03.04.1990", &[]);
    }
}
