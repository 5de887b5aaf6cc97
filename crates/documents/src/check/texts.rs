//! The words of hints and explanations, in Fluent files that a translator can edit.
//!
//! German is the language of the procedure and leads; what there are no texts for is answered in German.
//! Names of documents and other words of the data files stand there in German and English; in the other
//! languages they are messages too, named after the English words (`label-settlement-permit`). A missing
//! or surplus translation stops the start, and so does a placeholder that one language has and another lacks.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::resolver::errors::{ReferenceKind, ResolverError};
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use fluent_syntax::ast::Entry;
use unic_langid::LanguageIdentifier;

use super::calendar::day;
use super::tables::wrong;
use crate::KnowledgeError;
use crate::knowledge::Title;

/// A language: BCP 47 tag, name of its file, the file.
pub(crate) type Language = (&'static str, &'static str, &'static str);

macro_rules! languages {
    ($($tag:literal),*) => {
        &[$((
            $tag,
            concat!("hints/", $tag, ".ftl"),
            include_str!(concat!("../../knowledge/hints/", $tag, ".ftl")),
        )),*]
    };
}

/// The languages of hints, German first. `de-simple` is plain German.
pub(crate) const LANGUAGES: &[Language] =
    languages!["de", "en", "de-simple", "fr", "es", "tr", "ar", "uk", "ru", "fa"];

/// Written from right to left: what is put into a text is isolated, so that it keeps its own direction.
const RIGHT_TO_LEFT: [&str; 2] = ["ar", "fa"];
/// Characters of a message's name after `label-`.
const LABEL_BYTES_MAX: usize = 60;

/// The texts of all languages.
pub(crate) struct Texts {
    bundles: BTreeMap<&'static str, FluentBundle<FluentResource>>,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Texts").field("languages", &self.bundles.keys()).finish()
    }
}

/// The language of the answer to a BCP 47 tag.
pub(crate) fn language(tag: &str) -> &'static str {
    let tag = tag.to_lowercase().replace('_', "-");
    let mut parts = tag.split('-');
    let primary = match parts.next().unwrap_or_default() {
        // Dari is written as Persian is.
        "prs" => "fa",
        primary => primary,
    };
    let is_simple = primary == "de" && parts.any(|part| ["simple", "ls", "leicht"].contains(&part));
    let wanted = if is_simple { "de-simple" } else { primary };
    LANGUAGES.iter().map(|(tag, ..)| *tag).find(|tag| *tag == wanted).unwrap_or("de")
}

impl Texts {
    /// Reads the files, the first of which leads; `labels` are the words of the data files.
    pub(crate) fn read(languages: &[Language], labels: &[&Title]) -> Result<Self, KnowledgeError> {
        let mut bundles = BTreeMap::new();
        let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (place, &(tag, file, content)) in languages.iter().enumerate() {
            let (bundle, ids) = bundle(tag, file, content)?;
            let mut found = BTreeMap::new();
            for id in ids {
                let names = placeholders(&bundle, &id);
                found.insert(id, names);
            }
            if place == 0 {
                wanted = found;
            } else {
                let mut wanted = wanted.clone();
                if tag != "en" {
                    wanted.extend(labels.iter().map(|label| (label_id(label), BTreeSet::new())));
                }
                compare(file, &wanted, &found)?;
            }
            bundles.insert(tag, bundle);
        }
        Ok(Self { bundles })
    }

    /// The text of an id with its placeholders filled; an unknown id gives nothing to read.
    pub(crate) fn fill(&self, language: &str, id: &str, values: &BTreeMap<&str, String>) -> String {
        self.find(language, id, values).unwrap_or_default()
    }

    /// The words of the data files in a language; German where nobody has translated them, as with a class
    /// of the office's own.
    pub(crate) fn title(&self, language: &str, title: &Title) -> String {
        match language {
            "de" => title.de.clone(),
            "en" => title.en.clone(),
            other => self
                .find(other, &label_id(title), &BTreeMap::new())
                .unwrap_or_else(|| title.de.clone()),
        }
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.bundles.get("de").is_some_and(|bundle| bundle.has_message(id))
    }

    fn find(&self, language: &str, id: &str, values: &BTreeMap<&str, String>) -> Option<String> {
        let bundle = self.bundles.get(language).or_else(|| self.bundles.get("de"))?;
        let pattern = bundle.get_message(id)?.value()?;
        let values = values.iter().map(|(name, value)| (*name, FluentValue::from(value.as_str())));
        let arguments: FluentArgs<'_> = values.collect();
        // Every placeholder has a value, as reading the files made sure.
        let text = bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new());
        Some(text.into_owned())
    }
}

/// A file, and the names of its messages.
fn bundle(
    tag: &'static str,
    file: &'static str,
    content: &'static str,
) -> Result<(FluentBundle<FluentResource>, Vec<String>), KnowledgeError> {
    let resource = FluentResource::try_new(content.to_owned()).map_err(|(_, errors)| {
        let at = errors.first().map_or(0, |error| error.pos.start);
        let line = content.get(..at).unwrap_or_default().lines().count().max(1);
        wrong(file, &format!("line {line}"), "expected id = text, in the syntax of Fluent")
    })?;
    let names = resource.entries().filter_map(|entry| match entry {
        Entry::Message(message) => Some(message.id.name.to_owned()),
        Entry::Term(_)
        | Entry::Comment(_)
        | Entry::GroupComment(_)
        | Entry::ResourceComment(_)
        | Entry::Junk { .. } => None,
    });
    let names: Vec<String> = names.collect();
    let tag: LanguageIdentifier =
        tag.parse().map_err(|_| wrong(file, tag, "expected a BCP 47 tag"))?;
    let right_to_left = RIGHT_TO_LEFT.contains(&tag.language.as_str());
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    bundle.set_use_isolating(right_to_left);
    bundle.add_resource(resource).map_err(|_| {
        let twice = names.iter().find(|id| names.iter().filter(|other| other == id).count() > 1);
        wrong(file, twice.map_or("", String::as_str), "the id stands there twice")
    })?;
    Ok((bundle, names))
}

/// What a message asks for.
fn placeholders(bundle: &FluentBundle<FluentResource>, id: &str) -> BTreeSet<String> {
    let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
        return BTreeSet::new();
    };
    let mut missing = Vec::new();
    drop(bundle.format_pattern(pattern, None, &mut missing));
    let names = missing.into_iter().filter_map(|error| {
        let FluentError::ResolverError(error) = error else { return None };
        let ResolverError::Reference(ReferenceKind::Variable { id }) = error else { return None };
        Some(id)
    });
    names.collect()
}

fn compare(
    file: &'static str,
    wanted: &BTreeMap<String, BTreeSet<String>>,
    found: &BTreeMap<String, BTreeSet<String>>,
) -> Result<(), KnowledgeError> {
    for (id, names) in wanted {
        let Some(found) = found.get(id) else {
            return Err(wrong(file, id, "the translation is missing"));
        };
        if found != names {
            return Err(wrong(file, id, "the placeholders differ from the German text"));
        }
    }
    match found.keys().find(|id| !wanted.contains_key(*id)) {
        Some(id) => Err(wrong(file, id, "there is no such text in German")),
        None => Ok(()),
    }
}

/// `label-` and the English words, in lower case and joined by hyphens.
fn label_id(title: &Title) -> String {
    let words = title.en.split(|sign: char| !sign.is_ascii_alphanumeric());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let joined = words.join("-");
    let cut = joined.get(..LABEL_BYTES_MAX).unwrap_or(&joined);
    format!("label-{}", cut.trim_end_matches('-'))
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
