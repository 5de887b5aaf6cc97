//! What of a passage goes into the index: law, heading and text, each once.

use crate::Kind;
use crate::passages::Piece;
use crate::record::VersionFacts;
use crate::references;
use std::borrow::Cow;

/// Words in one window of dense search.
const WINDOW_WORDS: usize = 100;
/// Words that two neighbouring windows share.
const WINDOW_OVERLAP: usize = 20;
/// A passage of at most so many words is one window.
const WHOLE_WORDS_MAX: usize = 130;
/// Grows when windows are cut otherwise.
pub(crate) const WINDOW_VERSION: u32 = 2;
/// Stands before the norm that a passage is.
const OWN: char = '=';
const ABBREVIATION_CHARACTERS_MAX: usize = 40;

/// A passage as the index sees it.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    /// "AufenthG § 16b Studium"
    prefix: String,
    body: Cow<'a, str>,
    facts: &'a VersionFacts,
    section: &'a str,
}

impl<'a> Document<'a> {
    /// The passage `piece` of a version with this text.
    pub(crate) fn new(facts: &'a VersionFacts, text: &'a str, piece: &'a Piece) -> Self {
        let range = usize::try_from(piece.byte_body).ok().zip(usize::try_from(piece.byte_end).ok());
        let body = range.and_then(|(from, to)| text.get(from..to)).unwrap_or_default();
        let name = short(facts);
        let heading = piece.path.last().map_or("", String::as_str);
        let prefix = format!("{name} {heading}").trim().to_owned();
        Self { prefix, body: joined(body), facts, section: &piece.section }
    }

    /// What a corrected title adds to the passage `piece`.
    pub(crate) fn of_title(facts: &'a VersionFacts, piece: &'a Piece) -> Self {
        let prefix = short(facts).to_owned();
        Self { prefix, body: Cow::Borrowed(""), facts, section: &piece.section }
    }

    /// The text of the full-text fields.
    pub(crate) fn text(&self) -> String {
        format!("{} {}", self.prefix, self.body)
    }

    /// The norms that it cites, and the norm that it is; the latter also with [`OWN`] before it.
    pub(crate) fn norms(&self) -> Vec<String> {
        let mut own = own_norms(self.facts, self.section);
        let mut norms = references::cited(&self.body);
        norms.extend(references::cited(&self.prefix));
        norms.extend(own_marks(&own));
        norms.append(&mut own);
        norms.sort_unstable();
        norms.dedup();
        norms
    }

    /// The windows that are embedded.
    pub(crate) fn windows(&self) -> Vec<String> {
        let words: Vec<&str> = self.body.split_whitespace().collect();
        let window = |words: &[&str]| {
            let text = words.join(" ");
            if self.prefix.is_empty() { text } else { format!("{}: {text}", self.prefix) }
        };
        if words.len() <= WHOLE_WORDS_MAX {
            return vec![window(&words)];
        }
        (0..words.len() - WINDOW_OVERLAP)
            .step_by(WINDOW_WORDS - WINDOW_OVERLAP)
            .map(|start| {
                let end = (start + WINDOW_WORDS).min(words.len());
                window(words.get(start..end).unwrap_or_default())
            })
            .collect()
    }
}

/// Words that a line break divided, in one piece: "Winterbe-" and "schäftigung". A capital after the
/// hyphen may be a word of its own and keeps it.
fn joined(text: &str) -> Cow<'_, str> {
    if !text.contains("-\n") && !text.contains('\u{ad}') {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len());
    let mut parts = text.split("-\n").peekable();
    while let Some(part) = parts.next() {
        whole.extend(part.chars().filter(|c| *c != '\u{ad}'));
        let Some(next) = parts.peek() else { break };
        let divided = part.ends_with(char::is_alphabetic)
            && next.trim_start_matches(' ').starts_with(char::is_lowercase);
        if !divided {
            whole.push_str("-\n");
        }
    }
    Cow::Owned(whole)
}

/// Norms as the index marks the passages that are them.
pub(crate) fn own_marks(norms: &[String]) -> Vec<String> {
    norms.iter().map(|norm| format!("{OWN}{norm}")).collect()
}

/// The norms that a passage of a version is, by its section and the version's title.
pub(crate) fn own_norms(facts: &VersionFacts, section: &str) -> Vec<String> {
    let mut own: Vec<String> = references::own(section, short(facts)).into_iter().collect();
    // One decree for one section: "AufenthG § 16b Studium".
    if let Some((law, section)) = facts.title.split_once(" §") {
        own.extend(references::own(&format!("§{section}"), law));
    } else if let Some((law, section)) = facts.title.split_once(" Art") {
        own.extend(references::own(&format!("Art{section}"), law));
    }
    own.extend(references::own_margins(section, &facts.title));
    own
}

/// A law by its abbreviation, which stands in brackets at the end of its title; anything else by
/// its title.
fn short(facts: &VersionFacts) -> &str {
    let title = facts.title.trim();
    if !matches!(facts.kind, Kind::Law | Kind::Ordinance) {
        return title;
    }
    let inside = title.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    let Some((_, inside)) = inside else { return title };
    let name = inside.rsplit(" - ").next().unwrap_or(inside).trim();
    if name.is_empty() || name.chars().count() > ABBREVIATION_CHARACTERS_MAX { title } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passages::{Rules, split};
    use crate::{DecreeId, VersionId};

    fn facts(title: &str) -> VersionFacts {
        VersionFacts {
            decree_id: DecreeId::new("d"),
            version_id: VersionId::new("v"),
            title: title.into(),
            kind: Kind::Law,
            issuer: String::new(),
            file_number: String::new(),
            issued_on: None,
            valid_from: None,
            valid_to: None,
            replaces: vec![],
            source_sha256: String::new(),
            text_bytes: 0,
            text_characters: 0,
            page_starts: vec![],
            readings: vec![],
        }
    }

    fn pieces(text: &str, title: &str) -> Vec<Piece> {
        split(text, Rules { title, page_starts: &[], characters_max: 8_000 })
    }

    #[test]
    fn law_heading_and_text_stand_once() {
        let facts = facts("Gesetz über den Aufenthalt (Aufenthaltsgesetz - AufenthG)");
        let text = "T\n\n\n§ 16b Studium\n\nNach § 5 AufenthG wird erteilt.";
        let pieces = pieces(text, "T");
        let document = Document::new(&facts, text, &pieces[0]);
        assert_eq!(
            document.text().split_whitespace().collect::<Vec<_>>().join(" "),
            "AufenthG § 16b Studium Nach § 5 AufenthG wird erteilt."
        );
        assert_eq!(document.norms(), ["16b aufenthg", "5 aufenthg", "=16b aufenthg"]);
        assert_eq!(document.windows(), ["AufenthG § 16b Studium: Nach § 5 AufenthG wird erteilt."]);
    }

    #[test]
    fn a_title_in_the_text_is_not_counted_twice() {
        let facts = facts("AZRG § 6 Übermittelnde Stellen");
        let text = "AZRG § 6 Übermittelnde Stellen\nFolgende Stellen";
        let pieces = pieces(text, &facts.title);
        let document = Document::new(&facts, text, &pieces[0]);
        assert_eq!(document.windows(), ["AZRG § 6 Übermittelnde Stellen: Folgende Stellen"]);
        assert_eq!(document.norms(), ["6 azrg", "=6 azrg"]);
    }

    #[test]
    fn divided_words_are_whole_for_the_index() {
        let check = |text: &str, expected: &str| assert_eq!(joined(text), expected, "{text:?}");
        check("Winterbe-\nschäftigung", "Winterbeschäftigung");
        check("Kranken- und\nPflege-\nVersicherung", "Kranken- und\nPflege-\nVersicherung");
        check("2020-\n2021 - \nb", "2020-\n2021 - \nb");
        check("Auf\u{ad}enthalt", "Aufenthalt");
        check("a-\n", "a-\n");
    }

    #[test]
    fn windows_overlap_and_reach_the_end() {
        let facts = facts("");
        let text = (0..300).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
        let pieces = pieces(&text, "x");
        let windows = Document::new(&facts, &text, &pieces[0]).windows();
        assert_eq!(windows.len(), 4);
        assert!(windows[1].starts_with("w80 ") && windows[3].ends_with(" w299"));
    }
}
