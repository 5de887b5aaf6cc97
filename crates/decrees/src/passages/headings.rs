//! Which lines open a section.

use super::lines::Line;
use regex::Regex;
use std::sync::OnceLock;

/// A longer line is text.
const HEADING_CHARACTERS_MAX: usize = 200;
const LABEL_CHARACTERS_MAX: usize = 60;
/// Blank lines that set a section off.
const SET_OFF_BLANKS: usize = 2;

/// A line that opens a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    /// Its number.
    pub(super) line: usize,
    /// Lines that it takes, the lone number's own heading included.
    pub(super) lines: usize,
    /// "§ 16b", "Nr. 5.1.3".
    pub(super) label: String,
    /// The whole heading.
    pub(super) text: String,
    /// How deep it stands: 5.1.3 is deeper than 5.1.
    pub(super) depth: usize,
}

/// "§ 16b", "§§ 3 bis 5", "Art. 3", "Anlage 2", then the rest of the line.
const NORM: &str = r"(?x)^(?P<label>
    §§?\s*\d+(?:\s?[a-z])?\b(?:\s*(?:,|bis|und|-|–)\s*\d+(?:\s?[a-z])?\b)*
    | (?:Art(?:ikel|\.)?|Artikel)\s*(?:\d+(?:\s?[a-z])?|[IVXL]+)\b
    | (?:Anlage|Anhang)(?:\s+(?:\d+[a-z]?|[IVXL]+))?\b
    )(?P<rest>.*)$";

/// "7.12", "Nr. 7.12", "Rz. 5.1.3", "(RV.1)" are margin numbers.
const NUMBER: &str = r"(?x)^(?P<sign>(?:Nr\.|Nummer|Rz\.|Rn\.|Tz\.|Ziffer)\s*)?
    (?P<number>[1-9]\d?(?:\.\d{1,2}){0,5})\.?(?:\s+(?P<rest>.*))?$";

/// The headings of a text.
pub(super) fn find(lines: &[Line<'_>]) -> Vec<Heading> {
    let set_off = |line: &Line<'_>| !line.is_blank() && line.blanks_before >= SET_OFF_BLANKS;
    // The first line of a text stands after any number of blank lines; it proves nothing.
    let is_set_off = lines
        .iter()
        .any(|line| line.blanks_before < usize::MAX && set_off(line) && norm(line.text).is_some());
    if is_set_off {
        let opens = |line: &Line<'_>| line.blanks_before < usize::MAX && set_off(line);
        let found = lines.iter().enumerate().filter(|(_, line)| opens(line));
        return found.map(|(index, line)| any(index, line.text)).collect();
    }
    let mut headings = Vec::new();
    let mut last = Vec::new();
    for index in 0..lines.len() {
        let found = running(index, lines).or_else(|| next_in_order(index, lines, &last));
        if let Some(heading) = found {
            last = margin_number(&heading.label).unwrap_or(last);
            headings.push(heading);
        }
    }
    headings
}

/// A margin number that goes on where the last one stood, without a blank line before it: pages that were
/// read from paper have none. "3 Wohnraum" counts where 3.1 follows, else it may be an item of a list.
fn next_in_order(index: usize, lines: &[Line<'_>], last: &[u32]) -> Option<Heading> {
    let (number, rest) = margin(lines.get(index)?)?;
    if !follows(last, &number) {
        return None;
    }
    if number.len() == 1 {
        let mut ahead = lines.get(index + 1..)?.iter().filter_map(margin);
        let below =
            ahead.next().is_some_and(|(next, _)| follows(&number, &next) && next.len() == 2);
        if !below || rest.ends_with(['.', ',', ';', ':']) {
            return None;
        }
    }
    let text = lines.get(index)?.text.trim();
    let written: Vec<String> = number.iter().map(u32::to_string).collect();
    Some(Heading {
        line: index,
        lines: 1,
        label: format!("Nr. {}", written.join(".")),
        text: text.chars().take(HEADING_CHARACTERS_MAX).collect(),
        depth: number.len(),
    })
}

/// "7.12 Nachweise" as its number and the words behind it.
fn margin<'a>(line: &Line<'a>) -> Option<(Vec<u32>, &'a str)> {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let found = PATTERN.get_or_init(|| crate::pattern(NUMBER)).captures(line.text.trim())?;
    let rest = found.name("rest")?.as_str();
    let opens = rest.starts_with(|sign: char| sign.is_uppercase() || sign == '§' || sign == '(');
    (opens && !rest.contains("....")).then_some(())?;
    Some((numbers(found.name("number")?.as_str())?, rest))
}

fn margin_number(label: &str) -> Option<Vec<u32>> {
    numbers(label.strip_prefix("Nr. ")?)
}

fn numbers(text: &str) -> Option<Vec<u32>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

/// Whether a number is the next beside or below the last one, or begins the count.
fn follows(last: &[u32], number: &[u32]) -> bool {
    let Some((end, above)) = number.split_last() else { return false };
    let next = match last.get(above.len()) {
        Some(before) => before + 1,
        None => 1,
    };
    *end == next
        && if last.is_empty() {
            above.iter().all(|part| *part == 1)
        } else {
            last.starts_with(above)
        }
}

/// A heading by its place alone.
fn any(line: usize, text: &str) -> Heading {
    let text = text.trim();
    let label = match norm(text) {
        Some((label, _)) => label.to_owned(),
        None => text.chars().take(LABEL_CHARACTERS_MAX).collect(),
    };
    Heading { line, lines: 1, label, text: text.to_owned(), depth: 0 }
}

/// A heading by its look.
fn running(index: usize, lines: &[Line<'_>]) -> Option<Heading> {
    let line = lines.get(index)?;
    let text = line.text.trim();
    if line.blanks_before == 0
        || line.characters > HEADING_CHARACTERS_MAX
        || text.contains("....")
        || text.ends_with([';', ','])
    {
        return None;
    }
    if let Some((label, rest)) = norm(text) {
        let heads = heads_a_norm(rest);
        return heads.then(|| Heading {
            line: index,
            lines: 1,
            label: label.to_owned(),
            text: text.to_owned(),
            depth: 0,
        });
    }
    numbered(index, lines, text)
}

/// The label and the rest of a norm's heading.
fn norm(text: &str) -> Option<(&str, &str)> {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let found = PATTERN.get_or_init(|| crate::pattern(NORM)).captures(text.trim())?;
    Some((found.name("label")?.as_str(), found.name("rest")?.as_str()))
}

/// Whether what follows "§ 5" can be a heading: "§ 5 Abs. 2 gilt entsprechend." is a sentence.
fn heads_a_norm(rest: &str) -> bool {
    const FINER: [&str; 9] =
        ["Abs", "Satz", "S.", "Nr", "Nummer", "Alt", "Buchst", "Halbsatz", "HS"];
    let rest = rest.trim_start_matches([':', '.', '–', '-', ' ', '\u{a0}', '\t']);
    let Some(first) = rest.chars().next() else { return true };
    let opens = first.is_uppercase() || first == '(' || first == '[' || first == '„';
    opens && !rest.ends_with('.') && !FINER.iter().any(|finer| rest.starts_with(finer))
}

/// "5.1.3 Nachweise", or the number alone and its heading in the next line.
fn numbered(index: usize, lines: &[Line<'_>], text: &str) -> Option<Heading> {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let found = PATTERN.get_or_init(|| crate::pattern(NUMBER)).captures(text)?;
    let number = found.name("number")?.as_str();
    let signed = found.name("sign").is_some();
    let depth = number.split('.').count();
    // "1. Personen, die" is a list.
    if depth == 1 && !signed {
        return None;
    }
    let rest = found.name("rest").map_or("", |rest| rest.as_str().trim());
    let label = format!("Nr. {number}");
    if !rest.is_empty() {
        let opens = rest.starts_with(|c: char| c.is_uppercase() || c == '§' || c == '(');
        // A date ("12.03 Montag") or an amount ("1.50 Euro") is no heading.
        let counts = rest.starts_with("Euro") || rest.starts_with("EUR") || rest.starts_with("Uhr");
        return (opens && !counts).then(|| Heading {
            line: index,
            lines: 1,
            label,
            text: text.to_owned(),
            depth,
        });
    }
    let ahead = lines.get(index + 1..)?;
    let next = ahead.iter().position(|line| !line.is_blank())?;
    let title = ahead.get(next)?.text.trim();
    let opens = title.starts_with(|c: char| c.is_uppercase() || c == '§');
    let heads = opens && title.chars().count() <= HEADING_CHARACTERS_MAX && !title.contains("....");
    heads.then(|| Heading {
        line: index,
        lines: next + 2,
        label,
        text: format!("{number} {title}"),
        depth,
    })
}
