//! Days, months and semesters in numbers and words.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use regex::{Captures, Regex};

use super::{Parsed, at};
use crate::text::fold;

const MONTHS: [&[&str]; 12] = [
    &["januar", "janner", "jan", "january", "janvier", "ocak", "enero", "января", "січня"],
    &["februar", "feb", "february", "fevrier", "subat", "febrero", "февраля", "лютого"],
    &["marz", "mrz", "mar", "march", "mars", "mart", "maerz", "marzo", "марта", "березня"],
    &["april", "apr", "avril", "nisan", "abril", "апреля", "квітня"],
    &["mai", "may", "mayis", "mayo", "мая", "травня"],
    &["juni", "jun", "june", "juin", "haziran", "junio", "июня", "червня"],
    &["juli", "jul", "july", "juillet", "temmuz", "julio", "июля", "липня"],
    &["august", "aug", "aout", "agustos", "agosto", "августа", "серпня"],
    &["september", "sep", "sept", "septembre", "eylul", "septiembre", "сентября", "вересня"],
    &["oktober", "okt", "october", "oct", "octobre", "ekim", "octubre", "октября", "жовтня"],
    &["november", "nov", "novembre", "kasim", "noviembre", "ноября", "листопада"],
    &["dezember", "dez", "december", "dec", "decembre", "aralik", "diciembre", "декабря", "грудня"],
];
/// "am dritten April": from the first to the thirty-first, less their endings.
const ORDINALS: [&str; 31] = [
    "erst",
    "zweit",
    "dritt",
    "viert",
    "funft",
    "sechst",
    "siebt",
    "acht",
    "neunt",
    "zehnt",
    "elft",
    "zwolft",
    "dreizehnt",
    "vierzehnt",
    "funfzehnt",
    "sechzehnt",
    "siebzehnt",
    "achtzehnt",
    "neunzehnt",
    "zwanzigst",
    "einundzwanzigst",
    "zweiundzwanzigst",
    "dreiundzwanzigst",
    "vierundzwanzigst",
    "funfundzwanzigst",
    "sechsundzwanzigst",
    "siebenundzwanzigst",
    "achtundzwanzigst",
    "neunundzwanzigst",
    "dreissigst",
    "einunddreissigst",
];
/// Numbers in words, tens before what they are made of.
const NUMBERS: [(&str, i32); 28] = [
    ("zwanzig", 20),
    ("dreissig", 30),
    ("vierzig", 40),
    ("funfzig", 50),
    ("sechzig", 60),
    ("siebzig", 70),
    ("achtzig", 80),
    ("neunzig", 90),
    ("dreizehn", 13),
    ("vierzehn", 14),
    ("funfzehn", 15),
    ("sechzehn", 16),
    ("siebzehn", 17),
    ("achtzehn", 18),
    ("neunzehn", 19),
    ("zehn", 10),
    ("elf", 11),
    ("zwolf", 12),
    ("eins", 1),
    ("ein", 1),
    ("zwei", 2),
    ("drei", 3),
    ("vier", 4),
    ("funf", 5),
    ("sechs", 6),
    ("sieben", 7),
    ("acht", 8),
    ("neun", 9),
];
/// A year of two digits from here on lies in the last century.
const CENTURY_PIVOT: i32 = 45;

type Read = fn(&Captures<'_>) -> Option<(NaiveDate, f64)>;

struct Shape {
    regex: Regex,
    read: Read,
}

static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    let name = r"(\p{L}{3,12})\.?";
    // Recognition takes a nought for the letter and a one for a small L.
    let digit = r"[0-9OoIl]";
    let shapes: [(String, Read); 6] = [
        (r"\b([0-9]{4})-([0-9]{2})-([0-9]{2})\b".to_owned(), |found| {
            Some((day(number(found, 1)?, number(found, 2)?, number(found, 3)?)?, 0.99))
        }),
        (
            format!(
                r"\b({digit}{{1,2}})(\s?[./-]\s?|,)({digit}{{1,2}})(?:\s?[./-]\s?|,)({digit}{{4}}|[0-9]{{2}})\b"
            ),
            numeric,
        ),
        // As cards print it, and as recognition leaves it where dots are lost.
        (r"\b([0-9]{2})( )([0-9]{2}) ((?:19|20)[0-9]{2})\b".to_owned(), numeric),
        (
            format!(
                r"\b([0-9]{{1,2}})(?:\.|er|º)?\s*(?:de\s+)?{name}(?:\s*/\s*[^\s0-9]+)?\s+(?:del?\s+)?([0-9]{{4}}|[0-9]{{2}})\b"
            ),
            |found| {
                let month = month_number(found.get(2)?.as_str())?;
                let (year, confidence) = year(found.get(3)?.as_str())?;
                Some((day(year, month, number(found, 1)?)?, confidence))
            },
        ),
        (format!(r"\b{name}\s+([0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+([0-9]{{4}})\b"), |found| {
            let month = month_number(found.get(1)?.as_str())?;
            Some((day(number(found, 3)?, month, number(found, 2)?)?, 0.97))
        }),
        (r"\b(\p{L}{4,22})e[nrs]?\s+(\p{L}{3,9})\s+([0-9]{4}|\p{L}{8,40})\b".to_owned(), in_words),
    ];
    let compiled = shapes
        .into_iter()
        .filter_map(|(pattern, read)| Some(Shape { regex: Regex::new(&pattern).ok()?, read }));
    compiled.collect()
});

/// `dritten April neunzehnhundertneunzig`
fn in_words(found: &Captures<'_>) -> Option<(NaiveDate, f64)> {
    let month = month_number(found.get(2)?.as_str())?;
    let ordinal = fold(found.get(1)?.as_str());
    let (_, first) = ORDINALS.iter().zip(1..).find(|(word, _)| **word == ordinal)?;
    let year = found.get(3)?.as_str();
    let year = year.parse().ok().or_else(|| year_in_words(&fold(year)))?;
    Some((day(year, month, first)?, 0.93))
}

/// `neunzehnhundertneunzig`, `zweitausendundvier`
fn year_in_words(folded: &str) -> Option<i32> {
    let (base, rest) = if let Some(rest) = folded.strip_prefix("neunzehnhundert") {
        (1900, rest)
    } else {
        (2000, folded.strip_prefix("zweitausend")?)
    };
    let mut rest = rest.strip_prefix("und").unwrap_or(rest);
    let mut year = base;
    while !rest.is_empty() {
        let (word, number) = NUMBERS.iter().find(|(word, _)| rest.starts_with(word))?;
        year += number;
        rest = rest.get(word.len()..)?;
        rest = rest.strip_prefix("und").unwrap_or(rest);
    }
    Some(year)
}

/// The first day in the text, as ISO 8601.
#[must_use]
pub fn date(text: &str) -> Option<Parsed> {
    let found = SHAPES.iter().filter_map(|shape| {
        shape.regex.captures_iter(text).find_map(|found| {
            let whole = found.get(0)?;
            let (day, confidence) = (shape.read)(&found)?;
            Some((whole.start(), whole.end(), day, confidence))
        })
    });
    let (start, end, day, confidence) = found.min_by_key(|found| found.0)?;
    Some(at(text, start, end, day.format("%Y-%m-%d").to_string(), confidence))
}

/// The first month in the text, as `2026-03`.
#[must_use]
pub fn month(text: &str) -> Option<Parsed> {
    static NAMED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\b([A-Za-zÄä]{3,10})\.?\s*([0-9]{4})\b").ok());
    static NUMBERED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:^|[^0-9./-])(0?[1-9]|1[0-2])\s?[./-]\s?((?:19|20)[0-9]{2})\b").ok()
    });
    for found in NAMED.as_ref()?.captures_iter(text) {
        let (Some(whole), Some(name)) = (found.get(0), found.get(1)) else { continue };
        if let (Some(month), Some(year)) = (month_number(name.as_str()), number(&found, 2)) {
            return Some(at(
                text,
                whole.start(),
                whole.end(),
                format!("{year:04}-{month:02}"),
                0.97,
            ));
        }
    }
    if let Some(found) = NUMBERED.as_ref()?.captures(text) {
        let (year, month) = (number(&found, 2)?, number(&found, 1)?);
        let (start, end) = (found.get(1)?.start(), found.get(2)?.end());
        return Some(at(text, start, end, format!("{year:04}-{month:02}"), 0.95));
    }
    let day = date(text)?;
    let value = day.value.get(..7)?.to_owned();
    Some(Parsed { value, confidence: day.confidence * 0.9, ..day })
}

/// The first semester in the text: `WS 2026/27` or `SS 2027`.
#[must_use]
pub fn semester(text: &str) -> Option<Parsed> {
    static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let term = r"(?i)\b(WS|WiSe|Wintersemester|SS|SoSe|Sommersemester)";
        Regex::new(&format!(r"{term}\s*([0-9]{{4}}|[0-9]{{2}})(?:\s*/\s*[0-9]{{2,4}})?")).ok()
    });
    let found = SHAPE.as_ref()?.captures(text)?;
    let whole = found.get(0)?;
    let (year, _) = year(found.get(2)?.as_str())?;
    let winter = fold(found.get(1)?.as_str()).starts_with('w');
    let value =
        if winter { format!("WS {year}/{:02}", (year + 1) % 100) } else { format!("SS {year}") };
    Some(at(text, whole.start(), whole.end(), value, 0.95))
}

fn numeric(found: &Captures<'_>) -> Option<(NaiveDate, f64)> {
    let digits = |group| {
        let text: &str = found.get(group).map_or("", |found| found.as_str());
        text.replace(['O', 'o'], "0").replace(['I', 'l'], "1")
    };
    let read: String = [1, 3, 4].map(|group| found.get(group).map_or("", |f| f.as_str())).concat();
    let misread = read.chars().filter(|c| !c.is_ascii_digit()).count();
    if misread * 2 > read.chars().count() {
        return None;
    }
    let (first, second) = (digits(1).parse().ok()?, digits(3).parse().ok()?);
    let (year, mut confidence) = year(&digits(4))?;
    if misread > 0 {
        confidence *= 0.9;
    }
    let dotted = matches!(found.get(2)?.as_str().trim(), "." | "," | "");
    if let Some(day) = day(year, second, first) {
        // 03/04/2026 may be April or March where no dot says that the day comes first.
        if !dotted && first <= 12 && first != second {
            confidence *= 0.75;
        }
        return Some((day, confidence));
    }
    if dotted { None } else { Some((day(year, first, second)?, confidence * 0.9)) }
}

fn month_number(name: &str) -> Option<i32> {
    let name = fold(name);
    let found = MONTHS.iter().zip(1..).find(|(names, _)| names.contains(&name.as_str()));
    found.map(|(_, month)| month)
}

fn year(text: &str) -> Option<(i32, f64)> {
    let year: i32 = text.parse().ok()?;
    match text.len() {
        4 => Some((year, 0.98)),
        _ if year < CENTURY_PIVOT => Some((2000 + year, 0.85)),
        _ => Some((1900 + year, 0.85)),
    }
}

fn day(year: i32, month: i32, day: i32) -> Option<NaiveDate> {
    let day = NaiveDate::from_ymd_opt(year, month.try_into().ok()?, day.try_into().ok()?)?;
    (1850..=2150).contains(&day.year()).then_some(day)
}

fn number(found: &Captures<'_>, group: usize) -> Option<i32> {
    found.get(group)?.as_str().parse().ok()
}
