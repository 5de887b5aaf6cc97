//! The two sides of a contract, named in its opening: "zwischen A und B".

use crate::text::{Line, PageText, words};

/// Characters of the opening.
const OPENING_CHARACTERS_MAX: u32 = 1_100;

/// Words before a name that are no part of it.
const ADDRESS: [&str; 16] = [
    "herrn", "herr", "frau", "firma", "der", "dem", "die", "den", "fa", "mr", "ms", "mrs",
    "zwischen", "between", "und", "and",
];

/// Which fields the two sides fill, and the words by which a side is known.
struct Roles {
    class: &'static str,
    first: (&'static str, &'static [&'static str]),
    second: (&'static str, &'static [&'static str]),
}

const ROLES: [Roles; 3] = [
    Roles {
        class: "employment_contract",
        first: ("employer", &["arbeitgeber", "arbeitgeberin", "employer", "firma", "gmbh"]),
        second: ("employee", &["arbeitnehmer", "arbeitnehmerin", "employee", "mitarbeiter"]),
    },
    Roles {
        class: "training_contract",
        first: ("company", &["ausbildender", "ausbildende", "ausbildenden", "ausbildungsbetrieb"]),
        second: ("trainee", &["auszubildende", "auszubildender", "auszubildenden", "trainee"]),
    },
    Roles {
        class: "rental_contract",
        first: ("landlord", &["vermieter", "vermieterin", "landlord", "vermieters"]),
        second: ("tenants", &["mieter", "mieterin", "tenant", "mieters"]),
    },
];

/// One side: its field, its name, and where the name stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Party {
    pub(super) field: &'static str,
    pub(super) name: String,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// The sides named on a page.
pub(super) fn read(class: &str, page: &PageText<'_>) -> Vec<Party> {
    let Some(roles) = ROLES.iter().find(|roles| roles.class == class) else { return Vec::new() };
    let Some((begin, stop)) = opening(page) else { return Vec::new() };
    let Some((left_end, right_start)) = divide(page, begin, stop) else { return Vec::new() };
    let left = side(page, begin, left_end);
    let right = side(page, right_start, stop);
    let (Some(left), Some(right)) = (left, right) else { return Vec::new() };
    let says =
        |text: &str, marks: &[&str]| words(text).iter().any(|word| marks.contains(&word.as_str()));
    let left_text = page.slice(begin, left_end);
    // The sides usually stand in this order; the words beside a name say when they do not.
    let turned = says(&left_text, roles.second.1) && !says(&left_text, roles.first.1);
    let (first, second) = if turned { (right, left) } else { (left, right) };
    let party = |field, (name, start, end)| Party { field, name, start, end };
    vec![party(roles.first.0, first), party(roles.second.0, second)]
}

fn opening(page: &PageText<'_>) -> Option<(u32, u32)> {
    let mut found: Vec<u32> = ["zwischen", "between"]
        .iter()
        .flat_map(|word| page.find(&words(word)))
        .filter_map(|found| page.span(found.first, found.end))
        .map(|(_, end)| end)
        .collect();
    found.sort_unstable();
    let begin = *found.first()?;
    let length = u32::try_from(page.chars.len()).unwrap_or(u32::MAX);
    Some((begin, length.min(begin.saturating_add(OPENING_CHARACTERS_MAX))))
}

/// The "und" between the sides: alone on its line, else the one that a form of address or a role
/// follows, else the first that opens a line, else the first.
fn divide(page: &PageText<'_>, begin: u32, stop: u32) -> Option<(u32, u32)> {
    let und = |at: usize| {
        let token = page.tokens.get(at)?;
        let inside = token.start >= begin && token.end <= stop;
        (inside && (token.text == "und" || token.text == "and")).then_some((token, at))
    };
    let all: Vec<_> = (0..page.tokens.len()).filter_map(und).collect();
    let line_of = |line: usize| page.lines.get(line);
    let alone = all.iter().find(|(token, at)| {
        line_of(token.line).is_some_and(|line| line.first == *at && line.end <= at + 2)
    });
    let addressed = || {
        all.iter().find(|(_, at)| {
            let next = page.tokens.get(at + 1..).unwrap_or_default().iter().take(4);
            next.map(|token| token.text.as_str())
                .any(|word| ADDRESS.contains(&word) || is_role(word))
        })
    };
    let leading =
        || all.iter().find(|(token, at)| line_of(token.line).is_some_and(|line| line.first == *at));
    let (token, _) = alone.or_else(addressed).or_else(leading).or_else(|| all.first())?;
    Some((token.start, token.end))
}

/// The name that opens one side.
fn side(page: &PageText<'_>, start: u32, stop: u32) -> Option<(String, u32, u32)> {
    let mut tokens = page
        .tokens
        .iter()
        .filter(|token| token.start >= start && token.end <= stop)
        .skip_while(|token| ADDRESS.contains(&token.text.as_str()) || is_role(&token.text));
    let begin = tokens.next()?.start;
    let text = page.slice(begin, stop);
    let cut =
        text.find([',', '(', '–', ';']).unwrap_or(text.len()).min(first_break(page, begin, &text));
    let name = text.get(..cut)?.trim_end();
    let name = name.split(" geb").next().unwrap_or(name).trim_end_matches([' ', '-', ':']);
    let count = u32::try_from(name.chars().count()).ok()?;
    let plain = name.split_whitespace().collect::<Vec<_>>().join(" ");
    (2..=90).contains(&count).then_some((plain, begin, begin + count))
}

/// Where the line break that ends a name stands. A full line only wraps: the name goes on.
fn first_break(page: &PageText<'_>, begin: u32, text: &str) -> usize {
    let length = |line: &Line| line.stop - line.start;
    let longest = page.lines.iter().map(length).max().unwrap_or(0);
    let first = page.lines.partition_point(|line| line.stop <= begin);
    for (line, (at, _)) in (first..).zip(text.match_indices('\n')) {
        let full = page.lines.get(line).is_some_and(|line| length(line) * 10 >= longest * 7);
        if !full || text.get(at + 1..).is_some_and(|rest| rest.starts_with('\n')) {
            return at;
        }
    }
    text.len()
}

fn is_role(word: &str) -> bool {
    ROLES.iter().any(|roles| roles.first.1.contains(&word) || roles.second.1.contains(&word))
        && word != "gmbh"
}
