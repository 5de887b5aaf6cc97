//! Compares names as two papers write them, without raising an alarm about orthography.
//!
//! The chain follows ICAO Doc 9303-3: compatibility form, capitals, transliteration with its accepted
//! variants, tokens in any order, particles, tables of names that differ only in romanisation, and
//! truncation in a machine readable zone. What is merely alike is `Close`, never `Same`: the caller
//! speaks of it softly or not at all. It knows nothing of people: no nationality, no origin.

mod letters;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

/// How far two spellings agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// Nothing, or too little, in common.
    Different,
    /// Alike: one letter, or a romanisation nobody can tell for certain.
    Close,
    /// One is the other with further parts: a second surname, a patronymic, a middle name.
    Part,
    /// The same name by rules that issuing states use.
    Same,
}

/// Below this length of a cut name nothing may be called truncated: TD1 zones hold 30 characters.
const TRUNCATED_CHARACTERS_MIN: usize = 26;
/// Jaro-Winkler similarity from which two tokens are alike.
const SIMILARITY_MIN: f64 = 0.92;
/// Tokens shorter than this have too few letters to be alike by edit distance.
const ALIKE_CHARACTERS_MIN: usize = 5;

const TITLES: [&str; 14] = [
    "DR", "PROF", "DIPL", "ING", "HERR", "HERRN", "FRAU", "MR", "MRS", "MS", "MED", "PHD", "MSC",
    "BSC",
];
const PARTICLES: [&str; 26] = [
    "VON", "VAN", "VOM", "ZU", "DE", "DER", "DEN", "DEL", "DELLA", "LA", "LE", "DI", "DA", "DO",
    "DOS", "EL", "AL", "UL", "ASH", "BIN", "BINT", "IBN", "BEN", "ABU", "O", "Y",
];
/// Words that introduce a former name: what follows is another name of the same person.
const FORMER: [&str; 5] = ["GEB", "GEBORENE", "GEBORENER", "NEE", "FRUEHER"];

/// Compares two names of one kind (surname with surname, full name with full name).
pub(crate) fn compare(left: &str, right: &str) -> Likeness {
    let (lefts, rights) = (readings(left), readings(right));
    let mut best = Likeness::Different;
    for left in &lefts {
        for right in &rights {
            best = best.max(compare_tokens(left, right));
        }
    }
    best
}

/// The best agreement of `name` with any of `known`, or nothing when nothing is known.
pub(crate) fn compare_any<'a>(
    known: impl IntoIterator<Item = &'a str>,
    name: &str,
) -> Option<Likeness> {
    known.into_iter().filter(|known| !known.trim().is_empty()).map(|k| compare(k, name)).max()
}

/// Whether two names of firms mean the same house: legal forms and places set aside.
pub(crate) fn compare_firms(left: &str, right: &str) -> Likeness {
    const FORMS: [&str; 27] = [
        "GMBH",
        "MBH",
        "AG",
        "KG",
        "OHG",
        "UG",
        "SE",
        "EV",
        "EK",
        "CO",
        "COMPANY",
        "GBR",
        "INC",
        "LTD",
        "HAFTUNGSBESCHRAENKT",
        "UND",
        "AND",
        "THE",
        "DIE",
        "DER",
        "KGAA",
        "STIFTUNG",
        "GGMBH",
        "E",
        "V",
        "K",
        "CIE",
    ];
    let strip = |text: &str| -> Vec<String> {
        let text = text.replace(['&', '+', '.', '(', ')'], " ");
        let all = tokens(&text);
        let kept: Vec<String> =
            all.iter().filter(|t| !FORMS.contains(&plain(t).as_str())).cloned().collect();
        if kept.is_empty() { all } else { kept }
    };
    let (left, right) = (strip(left), strip(right));
    if left.is_empty() || right.is_empty() {
        return Likeness::Different;
    }
    compare_tokens(&left, &right)
}

/// The spellings one entry holds: the name, and the former name after "geb.".
fn readings(text: &str) -> Vec<Vec<String>> {
    let all = tokens(text);
    let mut found: Vec<Vec<String>> = vec![Vec::new()];
    for token in all {
        if FORMER.contains(&plain(&token).as_str()) {
            found.push(Vec::new());
        } else if let Some(last) = found.last_mut() {
            last.push(token);
        }
    }
    found.retain(|tokens| !tokens.is_empty());
    found
}

/// Capital words without marks between them; titles dropped.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    // The dotted capital I would otherwise leave a combining dot behind.
    let upper: String =
        text.replace('ı', "I").nfkc().flat_map(char::to_uppercase).nfc().collect::<String>();
    let mut found: Vec<String> = upper
        .split(|c: char| !c.is_alphanumeric() && !is_mark(c))
        .filter(|token| !token.is_empty())
        .map(str::to_owned)
        .collect();
    if found.iter().any(|token| !TITLES.contains(&token.as_str())) {
        found.retain(|token| !TITLES.contains(&token.as_str()));
    }
    found
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}')
}

fn compare_tokens(left: &[String], right: &[String]) -> Likeness {
    let full = match_sets(left, right);
    if full == Likeness::Same || joined(left, right) {
        return Likeness::Same;
    }
    let (short_left, short_right) = (without_particles(left), without_particles(right));
    if short_left.len() != left.len() || short_right.len() != right.len() {
        let weaker = match_sets(&short_left, &short_right);
        if weaker == Likeness::Same || joined(&short_left, &short_right) {
            return Likeness::Same;
        }
        return full.max(weaker);
    }
    full
}

fn without_particles(tokens: &[String]) -> Vec<String> {
    let kept: Vec<String> =
        tokens.iter().filter(|t| !PARTICLES.contains(&plain(t).as_str())).cloned().collect();
    if kept.is_empty() { tokens.to_vec() } else { kept }
}

/// Written together on one paper and apart on another, or cut at the end of a zone.
fn joined(left: &[String], right: &[String]) -> bool {
    let (a, b) = (left.concat(), right.concat());
    if same_token(&a, &b) {
        return true;
    }
    let (a, b) = (plain(&a), plain(&b));
    let (shorter, longer) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    shorter.len() >= TRUNCATED_CHARACTERS_MIN && longer.starts_with(shorter.as_str())
}

/// Pairs the tokens of two names, the surest pairs first.
fn match_sets(left: &[String], right: &[String]) -> Likeness {
    if left.is_empty() || right.is_empty() {
        return Likeness::Different;
    }
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let mut open: Vec<&String> = Vec::new();
    for token in left {
        match free(right, &used, |other| same_token(token, other)) {
            Some(position) => {
                used.insert(position);
            }
            None => open.push(token),
        }
    }
    let same = used.len();
    let mut unmatched = 0_usize;
    for token in open {
        match free(right, &used, |other| alike_token(token, other)) {
            Some(position) => {
                used.insert(position);
            }
            None => unmatched += 1,
        }
    }
    let spare = right.len() - used.len();
    if unmatched > 0 && spare > 0 || used.is_empty() {
        Likeness::Different
    } else if used.len() > same {
        Likeness::Close
    } else if unmatched > 0 || spare > 0 {
        Likeness::Part
    } else {
        Likeness::Same
    }
}

fn free(tokens: &[String], used: &BTreeSet<usize>, fits: impl Fn(&str) -> bool) -> Option<usize> {
    tokens
        .iter()
        .enumerate()
        .find(|(position, token)| !used.contains(position) && fits(token))
        .map(|(position, _)| position)
}

/// One token, two spellings that rules of issuing states make equal.
fn same_token(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    let (a, b) = (plain(left), plain(right));
    if a == b || letters::matches(left, &b) || letters::matches(right, &a) {
        return true;
    }
    // "A." on a payslip stands for Anna.
    if a.len() == 1 || b.len() == 1 {
        return a.chars().next() == b.chars().next();
    }
    if letters::same_table_name(&a, &b) || without_umlaut(&a) == without_umlaut(&b) {
        return true;
    }
    let (fold_a, fold_b) = (letters::fold(&a), letters::fold(&b));
    if fold_a == fold_b {
        return letters::is_romanised(&a) || letters::is_romanised(&b);
    }
    // ABD AL-RAHMAN, ABDULRAHMAN, ABDELRAHMAN: only the article's vowel moves.
    a.starts_with("ABD")
        && b.starts_with("ABD")
        && a.len() > 5
        && letters::skeleton(&a) == letters::skeleton(&b)
}

/// One token, two spellings that a person would take for the same at a glance.
fn alike_token(left: &str, right: &str) -> bool {
    let (a, b) = (plain(left), plain(right));
    if letters::fold(&a) == letters::fold(&b) || letters::slavic(&a) == letters::slavic(&b) {
        return true;
    }
    let (skeleton_a, skeleton_b) = (letters::skeleton(&a), letters::skeleton(&b));
    if skeleton_a.len() >= 3 && skeleton_a == skeleton_b && a.len().abs_diff(b.len()) <= 2 {
        return true;
    }
    if a.len() < ALIKE_CHARACTERS_MIN || b.len() < ALIKE_CHARACTERS_MIN {
        return false;
    }
    distance_at_most_one(&a, &b) || jaro_winkler(&a, &b) >= SIMILARITY_MIN
}

/// The token in A-Z and 0-9 by the first of its transliterations.
pub(crate) fn plain(token: &str) -> String {
    letters::transliterate(token)
}

/// MUELLER and MULLER, where both papers dropped the dots in their own way.
fn without_umlaut(token: &str) -> String {
    if token.len() < ALIKE_CHARACTERS_MIN {
        return token.to_owned();
    }
    token.replace("AE", "A").replace("OE", "O").replace("UE", "U")
}

fn distance_at_most_one(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let start = short.iter().zip(long.iter()).take_while(|(x, y)| x == y).count();
    let end = short.iter().rev().zip(long.iter().rev()).take_while(|(x, y)| x == y).count();
    if short.len() == long.len() {
        // One letter replaced, or two neighbours swapped.
        let wrong = short.iter().zip(long.iter()).filter(|(x, y)| x != y).count();
        return wrong <= 1
            || wrong == 2
                && start + end + 2 == short.len()
                && short.get(start) == long.get(start + 1)
                && short.get(start + 1) == long.get(start);
    }
    start + end >= short.len()
}

fn jaro_winkler(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let window = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut taken = vec![false; b.len()];
    let mut first = Vec::new();
    for (position, letter) in a.iter().enumerate() {
        let (from, to) = (position.saturating_sub(window), (position + window + 1).min(b.len()));
        for other in from..to {
            if let (Some(candidate), Some(slot)) = (b.get(other), taken.get_mut(other))
                && !*slot
                && candidate == letter
            {
                *slot = true;
                first.push(*letter);
                break;
            }
        }
    }
    if first.is_empty() {
        return 0.0;
    }
    let second = b.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(letter, _)| letter);
    let moved = first.iter().zip(second).filter(|(x, y)| x != y).count();
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let matched = count(first.len());
    let jaro = (matched / count(a.len())
        + matched / count(b.len())
        + (matched - count(moved) / 2.0) / matched)
        / 3.0;
    let prefix = a.iter().zip(&b).take(4).take_while(|(x, y)| x == y).count();
    jaro + count(prefix) * 0.1 * (1.0 - jaro)
}
