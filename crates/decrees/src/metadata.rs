//! What a paper says about itself: title, issuer, file number, date, validity, what it replaces.
//!
//! Thin: the first page is read with a few patterns, and what the sender stated always wins. Each value that
//! is read says from which line and how far to trust it.

use crate::{Day, DecreeId, Field, Kind, Metadata, Reading, Refused};
use regex::{Captures, Regex};
use std::sync::OnceLock;

/// A paper says what it is at its beginning.
const HEAD_CHARACTERS: usize = 6_000;
const TITLE_CHARACTERS_MAX: usize = 200;
/// Lines that say what a paper is and not what it is about.
const PAPER_KINDS: [&str; 7] = [
    "Fachliche Weisungen",
    "Fachliche Weisung",
    "Weisung",
    "Erlass",
    "Runderlass",
    "Rundschreiben",
    "Dienstanweisung",
];
/// Lines that such a line takes with it.
const TITLE_LINES_MORE: usize = 3;
const ID_CHARACTERS_MAX: usize = 200;
const FIELD_CHARACTERS_MAX: usize = 1_000;
const REPLACES_MAX: usize = 100;
/// Lines from the top in which the issuer may stand, and how long such a line is at most.
const ISSUER_LINES_MAX: usize = 10;
const ISSUER_CHARACTERS_MAX: usize = 100;

const DAY: &str =
    r"(?P<day>\d{1,2})\.\s?(?:(?P<month>\d{1,2})\.|(?P<name>[A-Zäöü][a-zä]+))\s?(?P<year>\d{4})";

/// Of a quote, at most.
const QUOTE_CHARACTERS_MAX: usize = 160;

/// What is known of a paper once it was read.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) metadata: Metadata,
    pub(crate) readings: Vec<Reading>,
    /// Decrees that it replaces by their day of issue alone, with the line that says so.
    pub(crate) replaced_on: Vec<(Day, String)>,
}

/// A value and where it stands.
struct Found<T> {
    value: T,
    quote: String,
    percent: u8,
}

impl<T> Found<T> {
    fn new(value: T, quote: &str, percent: u8) -> Self {
        Self { value, quote: quote.trim().chars().take(QUOTE_CHARACTERS_MAX).collect(), percent }
    }

    /// What a pattern found: at its place after a label, else in running text.
    fn by(head: &str, found: &Captures<'_>, value: T) -> Self {
        let start = found.get_match().start();
        let line_start =
            head.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let before = head.get(line_start..start).unwrap_or_default();
        let line = head.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        // Two spaces or a tabulator part columns.
        let begins = before.trim().is_empty() || before.ends_with("  ") || before.ends_with('\t');
        let labelled = begins && found.get_match().as_str().contains(':');
        Self::new(value, line, if labelled { Reading::LABELLED } else { Reading::PATTERN })
    }
}

/// Fills what the sender left open from the text.
pub(crate) fn complete(metadata: Metadata, text: &str, filename: &str) -> Known {
    let end = text.char_indices().nth(HEAD_CHARACTERS).map_or(text.len(), |(place, _)| place);
    let head = text.get(..end).unwrap_or(text);
    let mut known = Known { metadata, ..Known::default() };
    let Known { metadata, readings, replaced_on } = &mut known;
    if metadata.title.trim().is_empty() {
        let named = || Found::new(stem(filename).to_owned(), "", Reading::NAMED);
        let found = title(head).unwrap_or_else(named);
        metadata.title = note(readings, Field::Title, found);
    }
    if metadata.issuer.is_empty()
        && let Some(found) = issuer(head)
    {
        metadata.issuer = note(readings, Field::Issuer, found);
    }
    if metadata.file_number.is_empty()
        && let Some(found) = file_number(head)
    {
        metadata.file_number = note(readings, Field::FileNumber, found);
    }
    if metadata.kind.is_empty() {
        let assumed = Found::new(Kind::Decree.as_str().to_owned(), "", Reading::ASSUMED);
        metadata.kind = note(readings, Field::Kind, assumed);
    }
    let days = [
        (Field::IssuedOn, &mut metadata.issued_on, issued_on(head)),
        (Field::ValidFrom, &mut metadata.valid_from, valid(head, from_pattern())),
        (Field::ValidTo, &mut metadata.valid_to, valid(head, to_pattern())),
    ];
    for (field, known, found) in days {
        if let (None, Some(found)) = (&known, found) {
            *known = Some(note(readings, field, found));
        }
    }
    if metadata.decree_id.is_empty() {
        metadata.decree_id = make_id(metadata, filename);
    }
    if metadata.replaces.is_empty() {
        for found in replaces(head, &metadata.issuer, &metadata.decree_id) {
            metadata.replaces.push(note(readings, Field::Replaces, found));
        }
        replaced_on.extend(replaced_by_day(head).map(|found| (found.value, found.quote)));
    }
    known
}

/// Keeps how a value was read.
fn note<T: ToString>(readings: &mut Vec<Reading>, field: Field, found: Found<T>) -> T {
    let Found { value, quote, percent } = found;
    readings.push(Reading { field, value: value.to_string(), quote, percent });
    value
}

/// Refuses what cannot be kept.
pub(crate) fn check(metadata: &Metadata) -> Result<(Kind, DecreeId), Refused> {
    let kind = Kind::parse(&metadata.kind).ok_or_else(|| {
        let names = Kind::ALL.map(Kind::as_str).join(", ");
        Refused {
            german: format!("Die Art „{}“ ist unbekannt. Möglich: {names}.", metadata.kind),
            english: format!("The kind {:?} is unknown. Possible: {names}.", metadata.kind),
        }
    })?;
    if let (Some(from), Some(to)) = (metadata.valid_from, metadata.valid_to)
        && to < from
    {
        return Err(Refused {
            german: format!(
                "Der letzte Tag der Gültigkeit ({}) liegt vor dem ersten ({}).",
                to.german(),
                from.german()
            ),
            english: format!("The last day in force ({to}) is before the first ({from})."),
        });
    }
    let id = metadata.decree_id.trim();
    let long = |text: &str, most| text.chars().count() > most;
    let fields = [&metadata.title, &metadata.issuer, &metadata.file_number];
    if id.is_empty()
        || long(id, ID_CHARACTERS_MAX)
        || id.chars().any(char::is_control)
        || fields.iter().any(|field| long(field, FIELD_CHARACTERS_MAX))
        || metadata.replaces.len() > REPLACES_MAX
        || metadata.replaces.iter().any(|id| long(id, ID_CHARACTERS_MAX))
    {
        return Err(Refused {
            german: format!(
                "Eine Angabe fehlt oder ist zu lang: Kennung höchstens {ID_CHARACTERS_MAX} Zeichen, \
                 Titel, Herausgeber und Aktenzeichen je {FIELD_CHARACTERS_MAX}, höchstens \
                 {REPLACES_MAX} ersetzte Erlasse."
            ),
            english: format!(
                "A field is missing or too long: at most {ID_CHARACTERS_MAX} characters for the id, \
                 {FIELD_CHARACTERS_MAX} for title, issuer and file number, {REPLACES_MAX} replaced \
                 decrees."
            ),
        });
    }
    Ok((kind, DecreeId::new(id)))
}

/// The first line that reads like a title; one that only names the kind of paper takes the next lines with it,
/// as far as the norm it is about.
fn title(head: &str) -> Option<Found<String>> {
    let mut lines = head.lines().map(str::trim).filter(|line| {
        let letters = line.chars().filter(|c| c.is_alphabetic()).count();
        letters >= 4 && !label_pattern().is_match(line)
    });
    let first = lines.next()?;
    let mut title = first.to_owned();
    let placed = PAPER_KINDS.iter().any(|kind| first.starts_with(kind));
    if PAPER_KINDS.contains(&first) {
        for line in lines.take(TITLE_LINES_MORE) {
            title.push_str(" – ");
            title.push_str(line);
            if line.contains('§') {
                break;
            }
        }
    }
    let title = title.chars().take(TITLE_CHARACTERS_MAX).collect();
    Some(Found::new(title, first, if placed { Reading::PLACED } else { Reading::PATTERN }))
}

/// What follows "Herausgeber:", else a line of its own near the top that names an authority.
fn issuer(head: &str) -> Option<Found<String>> {
    static NAMED: OnceLock<Regex> = OnceLock::new();
    static AUTHORITY: OnceLock<Regex> = OnceLock::new();
    let named = NAMED.get_or_init(|| {
        crate::pattern(r"(?:Herausgeber|Herausgegeben von)\s*:?\s*(?P<name>[^\n]{3,100})")
    });
    if let Some(found) = named.captures(head) {
        let name = found.name("name")?.as_str().trim().to_owned();
        return Some(Found::by(head, &found, name));
    }
    let authority = AUTHORITY.get_or_init(|| {
        crate::pattern(
            r"^(?:\w*[Mm]inisterium\b|Bundesagentur für Arbeit|Bundesamt\b|Auswärtiges Amt|Landesamt\b|Landratsamt\b|Landeshauptstadt\b|Stadt(?:verwaltung)?\s+\p{Lu}|Gemeinde\s+\p{Lu}|Regierung(?:spräsidium)?\s|Senat\w*\s)",
        )
    });
    let mut lines = head.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines.by_ref().take(ISSUER_LINES_MAX).find(|line| {
        authority.is_match(line)
            && line.chars().count() <= ISSUER_CHARACTERS_MAX
            && !line.ends_with(['.', ','])
    })?;
    Some(Found::new(line.to_owned(), line, Reading::PLACED))
}

/// Decrees that the paper says it replaces, by their file numbers: "Ersetzt den Erlass IM 24-1230/9 vom …".
/// Their ids are made as the paper's own, since an office replaces its own papers.
fn replaces(head: &str, issuer: &str, own: &str) -> Vec<Found<String>> {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| {
        crate::pattern(
            r"(?:[Ee]rsetzt|[Aa]ufgehoben wird|[Aa]n die Stelle)\s+(?:den|die|das|der|des)\s+(?:\p{Lu}[\w-]*\s+){1,4}?(?:(?:mit dem )?(?:Aktenzeichen|Az\.:?)\s+)?(?P<number>(?:[\p{Lu}][\p{Lu}-]*\s)?[\w.-]*\d[\w.-]*/[\w./-]*\w)",
        )
    });
    let mut all: Vec<Found<String>> = pattern
        .captures_iter(head)
        .filter_map(|found| {
            let number = found.name("number")?.as_str();
            Some(Found::by(head, &found, slug(&format!("{issuer} {number}"))))
        })
        .filter(|found| found.value != own)
        .take(REPLACES_MAX)
        .collect();
    all.dedup_by(|one, other| one.value == other.value);
    all
}

/// Decrees that the paper says it replaces, by their day alone: "Ersetzt den Erlass vom 15.01.2024."
fn replaced_by_day(head: &str) -> impl Iterator<Item = Found<Day>> {
    let found = replaced_day_pattern().captures_iter(head).take(REPLACES_MAX);
    found.filter_map(move |found| Some(Found::by(head, &found, day(&found)?)))
}

fn replaced_day_pattern() -> &'static Regex {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    PATTERN.get_or_init(|| {
        crate::pattern(&format!(
            r"(?:[Ee]rsetzt|[Aa]ufgehoben wird|[Aa]n die Stelle)\s+(?:den|die|das|der|des)\s+(?:\p{{Lu}}[\w-]*\s+){{1,4}}?vom\s+{DAY}"
        ))
    })
}

fn file_number(head: &str) -> Option<Found<String>> {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| {
        crate::pattern(
            r"(?:Aktenzeichen|Geschäftszeichen|Gesch\.-?Z\.|GZ|Gz\.|Az\.?|AZ)\s*:\s*(?P<number>[^\n]{2,60})",
        )
    });
    let found = pattern.captures(head)?;
    // Two spaces part columns.
    let number = found.name("number")?.as_str().split("  ").next()?.trim().to_owned();
    Some(Found::by(head, &found, number))
}

fn issued_on(head: &str) -> Option<Found<Day>> {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| {
        crate::pattern(&format!(r"(?:\b[Vv]om|Stand:?|Datum:?|Ausgabe:?)\s+{DAY}"))
    });
    // The day of a decree that this one replaces is another's.
    let others: Vec<_> =
        replaced_day_pattern().find_iter(head).map(|other| other.range()).collect();
    pattern.captures_iter(head).find_map(|found| {
        let start = found.get_match().start();
        let own = !others.iter().any(|other| other.contains(&start));
        own.then(|| day(&found)).flatten().map(|day| Found::by(head, &found, day))
    })
}

fn valid(head: &str, pattern: &Regex) -> Option<Found<Day>> {
    pattern
        .captures_iter(head)
        .find_map(|found| day(&found).map(|day| Found::by(head, &found, day)))
}

fn from_pattern() -> &'static Regex {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    PATTERN.get_or_init(|| {
        crate::pattern(&format!(
            r"(?:[Gg]ültig(?:keit)?\s+(?:ab|seit|von):?|[Ii]n\s+Kraft\s+(?:ab|seit|am):?|(?:tritt|treten)\s+am)\s+(?:dem\s+)?{DAY}"
        ))
    })
}

fn to_pattern() -> &'static Regex {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    PATTERN.get_or_init(|| {
        crate::pattern(&format!(
            r"(?:[Gg]ültig(?:keit)?\s+bis(?:\s+zum)?:?|[Aa]ußer\s+Kraft\s+(?:ab|mit\s+Ablauf\s+des)|[Bb]efristet\s+bis(?:\s+zum)?)\s+{DAY}"
        ))
    })
}

/// Lines that are about the paper, not its title.
fn label_pattern() -> &'static Regex {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    PATTERN.get_or_init(|| {
        crate::pattern(
            r"^(?:[Gg]ültig|Gültigkeit|Stand\b|Seite\b|Aktenzeichen|Az\.?:|Geschäftszeichen|GZ|Datum|Herausgeber|Telefon|www\.|BA[- ]Zentrale|Inhalt)",
        )
    })
}

fn day(found: &Captures<'_>) -> Option<Day> {
    const MONTHS: [&str; 12] = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    let number = |name: &str| found.name(name)?.as_str().parse::<u32>().ok();
    let month = match found.name("name") {
        Some(name) => (1..).zip(MONTHS).find(|(_, month)| *month == name.as_str())?.0,
        None => number("month")?,
    };
    Day::new(i32::try_from(number("year")?).ok()?, month, number("day")?)
}

/// An id from issuer and file number, which stay the same from version to version; else from the file's name,
/// since many papers share a title; else from the title.
fn make_id(metadata: &Metadata, filename: &str) -> String {
    if !metadata.file_number.is_empty() {
        return slug(&format!("{} {}", metadata.issuer, metadata.file_number));
    }
    let named = slug(stem(filename));
    if named.chars().any(char::is_alphabetic) { named } else { slug(&metadata.title) }
}

/// Lower-case letters and digits, joined by hyphens.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' => slug.push_str("ae"),
            'ö' => slug.push_str("oe"),
            'ü' => slug.push_str("ue"),
            'ß' => slug.push_str("ss"),
            _ if c.is_alphanumeric() => slug.push(c),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.chars().take(120).collect::<String>().trim_end_matches('-').to_owned()
}

fn stem(filename: &str) -> &str {
    let name = filename.rsplit(['/', '\\']).next().unwrap_or(filename);
    name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

#[cfg(test)]
mod tests;
