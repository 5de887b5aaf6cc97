//! Citations of norms: "§ 16b AufenthG", "§§ 5, 7 AufenthG", "Art. 6 GG", "Nr. 5.1.3 AVwV".
//!
//! Paragraph, sentence and number are read over: what is compared is the norm's section and law, or
//! the margin number and the directive that it stands in.

use regex::Regex;
use std::collections::HashSet;
use std::sync::OnceLock;

/// A norm citation, longest form first: sign, sections, finer places, law.
const PATTERN: &str = r"(?x)
    (?P<sign> §§? | \bArt(?:ikel[ns]?|\.)? ) \s*
    (?P<sections> \d+(?:\s?[a-z])?\b (?: \s*(?:,|und|bis|u\.|oder|-|–)\s* \d+(?:\s?[a-z])?\b )* )
    (?P<fine> (?: \s* (?:
        (?:Abs(?:atz|\.)|S(?:atz|\.)|Nr\.|Nummer|Halbs(?:atz|\.)|Alt\.|Buchst(?:abe|\.)|lit\.)
        \s* (?:\d+(?:\s?[a-z])?\b|[a-z]\b) (?: \s*(?:,|und|bis)\s*\d+[a-z]?\b )*
        | [IVX]+\b (?: \s+\d+\b )?
    ))* ) \s*
    (?P<law> (?:SGB\s*(?:[IVX]+|\d+)\b|[A-ZÄÖÜ][A-Za-zÄÖÜäöüß]*[A-ZÄÖÜ][A-Za-zÄÖÜäöüß]*(?:\s+EU\b)?) )";

/// A margin number of a directive: "Nr. 5.1.3 AVwV", "Rz. 11.4 FH".
const MARGIN: &str = r"(?x)
    \b(?: Nr\. | Nummer | Rz\. | Rn\. | Tz\. | Ziff(?:er|\.) ) \s*
    (?P<number> \d+ (?:\.\d+)* ) \.? \s+ (?: (?:der|des|zum|zur)\s+ )?
    (?P<law> [A-ZÄÖÜ][A-Za-zÄÖÜäöüß]*[A-ZÄÖÜ][A-Za-zÄÖÜäöüß]* )";

/// Norms per passage that are indexed; a table of contents may cite hundreds.
const NORMS_MAX: usize = 256;

/// The norms that a text cites, as keys ("16b aufenthg"), each once, in order.
pub(crate) fn cited(text: &str) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    let mut read_up_to = 0;
    let mut keep = |key: String| {
        if keys.len() < NORMS_MAX && seen.insert(key.clone()) {
            keys.push(key);
        }
    };
    for found in citations(text) {
        // "Nr. 3" within "§ 5 Abs. 1 Nr. 3 AufenthG" is read with its section.
        if found.start < read_up_to {
            continue;
        }
        read_up_to = found.end;
        found.keys.into_iter().for_each(&mut keep);
    }
    keys
}

/// Where a text cites one of the norms, in bytes, in order.
pub(crate) fn places(text: &str, norms: &HashSet<String>) -> Vec<(usize, usize)> {
    let cites = |found: &Citation| found.keys.iter().any(|key| norms.contains(key));
    citations(text).into_iter().filter(cites).map(|found| (found.start, found.end)).collect()
}

/// A norm of a list, and what may stand between two: "§ 2 Abs. 4, § 29 Abs. 1 Nr. 2 AufenthG".
const LISTED: &str = r"(?x)
    (?P<sign> §§? | \bArt(?:ikel[ns]?|\.)? )
    | (?P<law> SGB\s*(?:[IVX]+|\d+)\b | [A-ZÄÖÜ][A-Za-zÄÖÜäöüß]*[A-ZÄÖÜ][A-Za-zÄÖÜäöüß]* )
    | (?P<fine> (?:Abs(?:atz|\.)|S(?:atz|\.)|Nr\.|Nummer|Halbs(?:atz|\.)|Alt\.|Buchst(?:abe|\.)|lit\.)
        \s* (?:\d+[a-z]?|[a-z])\b )
    | (?P<number> \d+ (?:\s?[a-z])? ) \b";

/// The norms of a list that names a law once for all norms before it, in order. After "§§" a number
/// that grows is a section, also behind a paragraph: "§§ 3, 5 Abs. 1 Nr. 4, 48 AufenthG".
pub(crate) fn listed(text: &str) -> Vec<String> {
    static COMPILED: OnceLock<Regex> = OnceLock::new();
    let pattern = COMPILED.get_or_init(|| crate::pattern(LISTED));
    let mut keys = Vec::new();
    let mut waiting: Vec<String> = Vec::new();
    let (mut plural, mut first, mut last) = (false, false, (0, String::new()));
    for found in pattern.captures_iter(text) {
        if let Some(sign) = found.name("sign") {
            (plural, first, last) = (sign.as_str() == "§§", true, (0, String::new()));
        } else if let Some(law) = found.name("law") {
            keys.extend(waiting.drain(..).map(|section| key(&section, law.as_str())));
            (plural, first) = (false, false);
        } else if let Some(number) = found.name("number") {
            let section: String = number.as_str().split_whitespace().collect();
            let letters = section.trim_start_matches(|c: char| c.is_ascii_digit());
            let digits = section.strip_suffix(letters).unwrap_or(&section);
            let place = (digits.parse::<u32>().unwrap_or(u32::MAX), letters.to_owned());
            if first || (plural && place > last) {
                (first, last) = (false, place);
                waiting.push(section);
            }
        }
    }
    keys
}

/// A text without its citations, for telling whether it says anything beside them.
pub(crate) fn without(text: &str) -> String {
    let mut rest = String::new();
    let mut from = 0;
    for found in citations(text) {
        if found.start >= from {
            rest.push_str(text.get(from..found.start).unwrap_or_default());
            from = found.end;
        }
    }
    rest.push_str(text.get(from..).unwrap_or_default());
    rest
}

/// A place in a text that cites, in bytes.
struct Citation {
    start: usize,
    end: usize,
    keys: Vec<String>,
}

/// Every citation in order; one of a margin number may lie within one of a norm.
fn citations(text: &str) -> Vec<Citation> {
    static MARGIN_COMPILED: OnceLock<Regex> = OnceLock::new();
    let norms = pattern().captures_iter(text).filter_map(|found| {
        let (whole, law) = (found.get(0)?, found.name("law")?.as_str());
        let sections = numbers(found.name("sections")?.as_str());
        let keys = sections.iter().map(|section| key(section, law)).collect();
        Some(Citation { start: whole.start(), end: whole.end(), keys })
    });
    let margin = MARGIN_COMPILED.get_or_init(|| crate::pattern(MARGIN));
    let margins = margin.captures_iter(text).filter_map(|found| {
        let (whole, law) = (found.get(0)?, found.name("law")?.as_str());
        let keys = vec![key(&format!("nr{}", found.name("number")?.as_str()), law)];
        Some(Citation { start: whole.start(), end: whole.end(), keys })
    });
    let mut all: Vec<Citation> = norms.chain(margins).collect();
    all.sort_by_key(|found| found.start);
    all
}

/// The keys of the margin number that a passage of a directive is: `section` "Nr. 5.1.3", and each
/// abbreviation in its title ("AVwV AufenthG") may stand for the directive.
pub(crate) fn own_margins(section: &str, title: &str) -> Vec<String> {
    let Some(number) = section.split_once(' ').map(|(_, number)| number.trim()) else {
        return Vec::new();
    };
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    if section.starts_with(['§', 'A']) || !is_number {
        return Vec::new();
    }
    let words = title.split(|c: char| !c.is_alphanumeric());
    let abbreviations = words.filter(|word| word.chars().filter(|c| c.is_uppercase()).count() > 1);
    abbreviations.map(|word| key(&format!("nr{number}"), word)).collect()
}

/// The key of the norm that a section of a law is: `section` "§ 16b" or "Art 6", `law` "AufenthG".
pub(crate) fn own(section: &str, law: &str) -> Option<String> {
    let rest = section
        .strip_prefix("§§")
        .or_else(|| section.strip_prefix('§'))
        .or_else(|| section.strip_prefix("Artikel"))
        .or_else(|| section.strip_prefix("Art."))
        .or_else(|| section.strip_prefix("Art"))?;
    let number = numbers(rest).into_iter().next()?;
    Some(key(&number, law))
}

fn key(section: &str, law: &str) -> String {
    let law: String = law.split_whitespace().collect::<String>().to_lowercase();
    // "SGB 2" and "SGB II" are one law.
    let law = match law.strip_prefix("sgb") {
        Some(book) => format!("sgb{}", arabic(book)),
        None => law,
    };
    format!("{section} {law}")
}

fn arabic(book: &str) -> &str {
    const ROMAN: [&str; 14] =
        ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv"];
    const ARABIC: [&str; 14] =
        ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14"];
    ROMAN.iter().zip(ARABIC).find(|(roman, _)| **roman == book).map_or(book, |(_, arabic)| arabic)
}

/// "5, 7 und 16 b" is 5, 7, 16b; of "5 bis 8" the ends are taken.
fn numbers(sections: &str) -> Vec<String> {
    let mut numbers: Vec<String> = Vec::new();
    let mut characters = sections.chars().peekable();
    while let Some(c) = characters.next() {
        if !c.is_ascii_digit() {
            continue;
        }
        let mut number = String::from(c);
        while let Some(digit) = characters.next_if(char::is_ascii_digit) {
            number.push(digit);
        }
        let mut ahead = characters.clone();
        let letter = match ahead.next() {
            Some(' ') => ahead.next(),
            other => other,
        };
        let lone = !ahead.peek().is_some_and(|next| next.is_alphanumeric());
        if let Some(letter) = letter.filter(|letter| letter.is_ascii_lowercase() && lone) {
            number.push(letter);
            characters = ahead;
        }
        numbers.push(number);
    }
    numbers
}

fn pattern() -> &'static Regex {
    static PATTERN_COMPILED: OnceLock<Regex> = OnceLock::new();
    PATTERN_COMPILED.get_or_init(|| crate::pattern(PATTERN))
}

#[cfg(test)]
mod tests {
    use super::{cited, listed, own, own_margins, places, without};

    #[test]
    fn citations_are_read() {
        let check = |text: &str, expected: &[&str]| assert_eq!(cited(text), expected, "{text}");
        check("nach § 16b AufenthG", &["16b aufenthg"]);
        check("§ 16b Abs. 1 S. 2 AufenthG", &["16b aufenthg"]);
        check("§ 16b II 1 AufenthG", &["16b aufenthg"]);
        check("§§ 5, 7 AufenthG", &["5 aufenthg", "7 aufenthg"]);
        check("§§ 27 bis 36 a AufenthG", &["27 aufenthg", "36a aufenthg"]);
        check("Art. 6 GG und Art 3 Abs. 1 GG", &["6 gg", "3 gg"]);
        check("§ 7 Absatz 1 Satz 2 Nummer 1 SGB II", &["7 sgb2"]);
        check("§ 7 SGB 2", &["7 sgb2"]);
        check("§ 5 Abs. 2 dieses Gesetzes", &[]);
        check("§ 5 FreizügG EU", &["5 freizüggeu"]);
        check("Nr. 5.1.3 AVwV", &["nr5.1.3 avwv"]);
        check("Rz. 11.4 der FH", &["nr11.4 fh"]);
        check("§ 5 Abs. 1 Nr. 3 AufenthG und Nr. 5.1 AVwV", &["5 aufenthg", "nr5.1 avwv"]);
        check("Nr. 3 der Anlage", &[]);
        check("", &[]);
    }

    #[test]
    fn a_list_names_its_law_once() {
        let check = |text: &str, expected: &[&str]| assert_eq!(listed(text), expected, "{text}");
        check("§ 2 Abs. 4, § 29 Abs. 1 Nr. 2 AufenthG", &["2 aufenthg", "29 aufenthg"]);
        check("§§ 3, 5 Abs. 1 Nr. 4, 48 AufenthG", &["3 aufenthg", "5 aufenthg", "48 aufenthg"]);
        check("§§ 25 Abs. 5, 25a, 25b AufenthG", &["25 aufenthg", "25a aufenthg", "25b aufenthg"]);
        check("§ 20a Abs. 3, 4 AufenthG", &["20a aufenthg"]);
        check("§ 69 AufenthG, §§ 44 ff. AufenthV", &["69 aufenthg", "44 aufenthv"]);
        check("§ 16a Abs. 2, § 8 AufenthG; Art. 6 GG", &["16a aufenthg", "8 aufenthg", "6 gg"]);
        check("§ 7 SGB II", &["7 sgb2"]);
        check("Verwaltungspraxis", &[]);
    }

    #[test]
    fn the_places_of_a_norm_are_told() {
        let text = "Nach § 5 AufenthG und § 16b Abs. 1 AufenthG.";
        let norms = ["16b aufenthg".to_owned()].into();
        let found: Vec<&str> = places(text, &norms).iter().map(|(s, e)| &text[*s..*e]).collect();
        assert_eq!(found, ["§ 16b Abs. 1 AufenthG"]);
    }

    #[test]
    fn what_stands_beside_the_citations_is_left() {
        let check = |text: &str, rest: &str| assert_eq!(without(text).trim(), rest, "{text}");
        check("§ 18b Abs. 1 AufenthG", "");
        check("Nr. 5.1.3 AVwV", "");
        check("Ausnahme nach § 5 Abs. 1 Nr. 3 AufenthG", "Ausnahme nach");
        check("Nr. 5", "Nr. 5");
    }

    #[test]
    fn a_margin_number_is_known_by_the_directives_abbreviations() {
        assert_eq!(
            own_margins("Nr. 5.1.3", "AVwV zum AufenthG"),
            ["nr5.1.3 avwv", "nr5.1.3 aufenthg"]
        );
        assert!(own_margins("§ 5", "AVwV").is_empty() && own_margins("", "AVwV").is_empty());
        assert!(own_margins("Anlage 2", "AVwV").is_empty());
    }

    #[test]
    fn a_section_is_its_own_norm() {
        assert_eq!(own("§ 16b", "AufenthG").as_deref(), Some("16b aufenthg"));
        assert_eq!(own("Art 6", "GG").as_deref(), Some("6 gg"));
        assert_eq!(own("Nr. 5.1", "AVwV"), None);
    }
}
