//! What a paper says about itself: title, issuer, file number, date, validity, what it replaces.
//!
//! Thin: the first page is read with a few patterns, and what the sender stated always wins.

use crate::{Day, DecreeId, Kind, Metadata, Refused};
use regex::Regex;
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

/// Fills what the sender left open from the text.
pub(crate) fn complete(mut metadata: Metadata, text: &str, filename: &str) -> Metadata {
    let end = text.char_indices().nth(HEAD_CHARACTERS).map_or(text.len(), |(place, _)| place);
    let head = text.get(..end).unwrap_or(text);
    if metadata.title.trim().is_empty() {
        metadata.title = title(head).unwrap_or_else(|| stem(filename).to_owned());
    }
    if metadata.issuer.is_empty() {
        metadata.issuer = issuer(head).unwrap_or_default();
    }
    if metadata.file_number.is_empty() {
        metadata.file_number = file_number(head).unwrap_or_default();
    }
    if metadata.kind.is_empty() {
        Kind::Decree.as_str().clone_into(&mut metadata.kind);
    }
    metadata.issued_on = metadata.issued_on.or_else(|| issued_on(head));
    metadata.valid_from = metadata.valid_from.or_else(|| valid(head, from_pattern()));
    metadata.valid_to = metadata.valid_to.or_else(|| valid(head, to_pattern()));
    if metadata.decree_id.is_empty() {
        metadata.decree_id = make_id(&metadata, filename);
    }
    if metadata.replaces.is_empty() {
        metadata.replaces = replaces(head, &metadata.issuer, &metadata.decree_id);
    }
    metadata
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
fn title(head: &str) -> Option<String> {
    let mut lines = head.lines().map(str::trim).filter(|line| {
        let letters = line.chars().filter(|c| c.is_alphabetic()).count();
        letters >= 4 && !label_pattern().is_match(line)
    });
    let mut title = lines.next()?.to_owned();
    if PAPER_KINDS.contains(&title.as_str()) {
        for line in lines.take(TITLE_LINES_MORE) {
            title.push_str(" – ");
            title.push_str(line);
            if line.contains('§') {
                break;
            }
        }
    }
    Some(title.chars().take(TITLE_CHARACTERS_MAX).collect())
}

/// What follows "Herausgeber:", else a line of its own near the top that names an authority.
fn issuer(head: &str) -> Option<String> {
    static NAMED: OnceLock<Regex> = OnceLock::new();
    static AUTHORITY: OnceLock<Regex> = OnceLock::new();
    let named = NAMED.get_or_init(|| {
        crate::pattern(r"(?:Herausgeber|Herausgegeben von)\s*:?\s*(?P<name>[^\n]{3,100})")
    });
    if let Some(found) = named.captures(head) {
        return Some(found.name("name")?.as_str().trim().to_owned());
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
    Some(line.to_owned())
}

/// Decrees that the paper says it replaces, by their file numbers: "Ersetzt den Erlass IM 24-1230/9 vom …".
/// Their ids are made as the paper's own, since an office replaces its own papers.
fn replaces(head: &str, issuer: &str, own: &str) -> Vec<String> {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| {
        crate::pattern(
            r"(?:[Ee]rsetzt|[Aa]ufgehoben wird|[Aa]n die Stelle)\s+(?:den|die|das|der|des)\s+(?:\p{Lu}[\w-]*\s+){1,4}?(?:(?:mit dem )?(?:Aktenzeichen|Az\.:?)\s+)?(?P<number>(?:[\p{Lu}][\p{Lu}-]*\s)?[\w.-]*\d[\w.-]*/[\w./-]*\w)",
        )
    });
    let mut found: Vec<String> = pattern
        .captures_iter(head)
        .filter_map(|found| Some(found.name("number")?.as_str()))
        .map(|number| slug(&format!("{issuer} {number}")))
        .filter(|id| id != own)
        .take(REPLACES_MAX)
        .collect();
    found.dedup();
    found
}

fn file_number(head: &str) -> Option<String> {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| {
        crate::pattern(
            r"(?:Aktenzeichen|Geschäftszeichen|Gesch\.-?Z\.|GZ|Gz\.|Az\.?|AZ)\s*:\s*(?P<number>[^\n]{2,60})",
        )
    });
    let number = pattern.captures(head)?.name("number")?.as_str();
    // Two spaces part columns.
    Some(number.split("  ").next()?.trim().to_owned())
}

fn issued_on(head: &str) -> Option<Day> {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| {
        crate::pattern(&format!(r"(?:\b[Vv]om|Stand:?|Datum:?|Ausgabe:?)\s+{DAY}"))
    });
    pattern.captures_iter(head).find_map(|found| day(&found))
}

fn valid(head: &str, pattern: &Regex) -> Option<Day> {
    pattern.captures_iter(head).find_map(|found| day(&found))
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

fn day(found: &regex::Captures<'_>) -> Option<Day> {
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
mod tests {
    use super::*;

    fn read(text: &str) -> Metadata {
        complete(Metadata::default(), text, "ordner/erlass 7.pdf")
    }

    #[test]
    fn a_paper_says_what_it_is() {
        let read = read(
            "Gültig ab: 01.01.2021\nGültigkeit bis: 31.12.2025\n\nErlass zur Erteilung von Duldungen\n\
             Ministerium des Innern und für Sport\nAz.: 27-4711/3     Datum: 3. März 2020\n\
             Er ersetzt den Erlass vom 01.02.2019.",
        );
        assert_eq!(read.title, "Erlass zur Erteilung von Duldungen");
        assert_eq!(read.issuer, "Ministerium des Innern und für Sport");
        assert_eq!(read.file_number, "27-4711/3");
        assert_eq!(read.issued_on, Day::new(2020, 3, 3));
        assert_eq!(read.valid_from, Day::new(2021, 1, 1));
        assert_eq!(read.valid_to, Day::new(2025, 12, 31));
        assert_eq!(read.decree_id, "ministerium-des-innern-und-fuer-sport-27-4711-3");
        assert_eq!(read.kind, "decree");
    }

    #[test]
    fn papers_that_share_a_title_are_told_apart() {
        let head =
            "Gültig ab: 09.12.2019\nFachliche Weisungen\nErstes Buch – SGB I\n§ 14 SGB I\nBeratung";
        let one = complete(Metadata::default(), head, "FW_SGB_I_Par_14.pdf");
        assert_eq!(one.title, "Fachliche Weisungen – Erstes Buch – SGB I – § 14 SGB I");
        assert_eq!(one.decree_id, "fw-sgb-i-par-14");
        assert_eq!(complete(Metadata::default(), head, "").decree_id, slug(&one.title));
    }

    #[test]
    fn a_paper_names_what_it_replaces() {
        let check = |sentence: &str, replaced: &[&str]| {
            let head = format!("Dienstanweisung\nStadt Musterstadt\nAz.: MS-33/2026\n{sentence}");
            assert_eq!(read(&head).replaces, replaced, "{sentence}");
        };
        let old = ["stadt-musterstadt-ms-33-1-81-2024"];
        check("Ersetzt die Dienstanweisung MS-33.1-81/2024 vom 15.01.2024.", &old);
        check("Er ersetzt den Erlass Az.: MS-33.1-81/2024 vom 15.01.2024.", &old);
        check("Sie ersetzt den Runderlass vom 15.01.2024.", &[]);
        check("Das ersetzt die Vorlage des Passes nicht.", &[]);
        check("Ersetzt die Dienstanweisung MS-33/2026.", &[]);
    }

    #[test]
    fn an_authority_in_the_text_is_not_the_issuer() {
        let head = "Erlass zur Ausbildung\nInnenministerium Musterland\nAz.: IM-ML 24\n\n\
            1.1 Die Bundesagentur für Arbeit stimmt zu.";
        assert_eq!(read(head).issuer, "Innenministerium Musterland");
        assert_eq!(
            read("Rundschreiben\nEs gilt, was die Bundesagentur für Arbeit sagt.").issuer,
            ""
        );
    }

    #[test]
    fn dates_stand_in_several_forms() {
        let check = |text: &str, issued: Option<Day>, from: Option<Day>| {
            let read = read(text);
            assert_eq!((read.issued_on, read.valid_from), (issued, from), "{text}");
        };
        check("Weisung vom 12.03.2024", Day::new(2024, 3, 12), None);
        check("Stand: 01.03.2023", Day::new(2023, 3, 1), None);
        check("Die Regelung tritt am 1. Mai 2024 in Kraft", None, Day::new(2024, 5, 1));
        check("Gültigkeit bis: fortlaufend", None, None);
        check("gültig ab 31.02.2024", None, None);
    }

    #[test]
    fn what_the_sender_states_wins_and_the_name_is_the_last_resort() {
        let stated =
            Metadata { title: "Titel".into(), decree_id: "x".into(), ..Metadata::default() };
        let read = complete(stated, "Anderer Titel", "a.pdf");
        assert_eq!((read.title.as_str(), read.decree_id.as_str()), ("Titel", "x"));
        assert_eq!(
            super::complete(Metadata::default(), "12 34", "o/erlass 7.pdf").title,
            "erlass 7"
        );
    }

    #[test]
    fn what_cannot_be_kept_is_refused_in_words() {
        let sound = Metadata { kind: "law".into(), decree_id: "x".into(), ..Metadata::default() };
        assert!(check(&sound).is_ok());
        let kind = Metadata { kind: "poem".into(), ..sound.clone() };
        assert!(check(&kind).unwrap_err().german.contains("poem"));
        let days = Metadata {
            valid_from: Day::new(2024, 2, 1),
            valid_to: Day::new(2024, 1, 1),
            ..sound.clone()
        };
        assert!(check(&days).unwrap_err().german.contains("01.01.2024"));
        assert!(check(&Metadata { decree_id: "x".repeat(300), ..sound }).is_err());
    }
}
