//! The words of hints and explanations, in files a translator can edit.
//!
//! `id = text with { $placeholder }`, a continuation line is indented, `#` starts a comment: the
//! part of Fluent that is needed, so that Fluent can take over the files as they are. German is the
//! language of the procedure; what there are no texts for is answered in German. Every id must
//! stand in every language: a missing translation stops the start.

use std::collections::BTreeMap;

use super::calendar::day;
use super::tables::wrong;
use crate::KnowledgeError;

/// The texts of all languages.
#[derive(Debug)]
pub(crate) struct Texts {
    german: BTreeMap<String, String>,
    english: BTreeMap<String, String>,
}

/// The language of the answer to a BCP 47 tag.
pub(crate) fn language(tag: &str) -> &'static str {
    match tag.split(['-', '_']).next().unwrap_or_default().to_lowercase().as_str() {
        "en" => "en",
        _ => "de",
    }
}

impl Texts {
    /// Reads the files; a missing or surplus id is an error, and so is a placeholder that one
    /// language has and the other lacks.
    pub(crate) fn read(
        german: (&'static str, &str),
        english: (&'static str, &str),
    ) -> Result<Self, KnowledgeError> {
        let texts =
            Self { german: read(german.0, german.1)?, english: read(english.0, english.1)? };
        for (id, text) in &texts.german {
            let Some(other) = texts.english.get(id) else {
                return Err(wrong(english.0, id, "the translation is missing"));
            };
            let (mut left, mut right) = (placeholders(text), placeholders(other));
            left.sort_unstable();
            right.sort_unstable();
            left.dedup();
            right.dedup();
            if left != right {
                return Err(wrong(english.0, id, "the placeholders differ from the German text"));
            }
        }
        if let Some(id) = texts.english.keys().find(|id| !texts.german.contains_key(*id)) {
            return Err(wrong(german.0, id, "the translation is missing"));
        }
        Ok(texts)
    }

    /// The text of an id with its placeholders filled; an unknown id gives nothing to read.
    pub(crate) fn fill(&self, language: &str, id: &str, values: &BTreeMap<&str, String>) -> String {
        let file = if language == "en" { &self.english } else { &self.german };
        let mut text = file.get(id).cloned().unwrap_or_default();
        for (name, value) in values {
            text = text.replace(&format!("{{ ${name} }}"), value);
        }
        text
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.german.contains_key(id)
    }
}

fn read(file: &'static str, content: &str) -> Result<BTreeMap<String, String>, KnowledgeError> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut current: Option<String> = None;
    for line in content.lines() {
        if line.trim().is_empty() || line.starts_with('#') {
            current = None;
        } else if line.starts_with(' ') {
            let slot = current.as_ref().and_then(|id| texts.get_mut(id));
            let Some(text) = slot else {
                return Err(wrong(file, line.trim(), "a continuation without a text before it"));
            };
            text.push(' ');
            text.push_str(line.trim());
        } else {
            let Some((id, text)) = line.split_once('=') else {
                return Err(wrong(file, line, "expected id = text"));
            };
            let id = id.trim().to_owned();
            if texts.insert(id.clone(), text.trim().to_owned()).is_some() {
                return Err(wrong(file, &id, "the id stands there twice"));
            }
            current = Some(id);
        }
    }
    Ok(texts)
}

fn placeholders(text: &str) -> Vec<&str> {
    text.split("{ $").skip(1).filter_map(|rest| rest.split(" }").next()).collect()
}

/// A normalised value as a reader expects it: days and amounts in the manner of the language.
pub(crate) fn shown(language: &str, value: &str) -> String {
    if language == "en" {
        return value.to_owned();
    }
    if value.len() == 10
        && let Some(day) = day(value)
    {
        return day.format("%d.%m.%Y").to_string();
    }
    match value.strip_suffix(" EUR").map(|amount| (amount, amount.parse::<f64>())) {
        Some((_, Ok(amount))) => format!("{} EUR", german_amount(amount)),
        Some((_, Err(_))) | None => value.to_owned(),
    }
}

/// 1234.5 as 1.234,50.
fn german_amount(amount: f64) -> String {
    let text = format!("{:.2}", amount.abs());
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    let sign = if amount < 0.0 { "-" } else { "" };
    format!("{sign}{grouped},{cents}")
}
