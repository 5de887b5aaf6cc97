//! What was read against what the office wrote down, field by field.

use std::collections::BTreeSet;

use documents::{DocumentClass, DocumentFields, FieldType};
use serde_json::Value;

use super::Truth;

/// What became of a value that the truth names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Read exactly so.
    Exact,
    /// Nothing was read.
    Missing,
    /// Something else was read.
    Wrong,
    /// The right place was read and its value written otherwise: another order of words, of day and month.
    OtherForm,
}

/// One value. What it says is for the screen of whoever asked for it, never for a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldOutcome {
    /// The field's name.
    pub name: String,
    /// The taxonomy marks it as worth extracting first.
    pub is_key: bool,
    /// What became of it.
    pub outcome: Outcome,
    /// As the truth has it; several for a list.
    pub expected: Vec<String>,
    /// As it was read.
    pub read: Vec<String>,
}

/// Compares the values that the class has and the truth names.
pub(super) fn compare(
    class: Option<&DocumentClass>,
    found: &DocumentFields,
    truth: &Truth,
) -> Vec<FieldOutcome> {
    let specs = class.map(|class| class.fields.as_slice()).unwrap_or_default();
    // Fields of a later release are not read yet.
    let specs = specs.iter().filter(|spec| spec.kind != FieldType::Later);
    specs
        .filter_map(|spec| {
            let value = truth.get(&spec.name)?;
            let listed = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            let mut expected: Vec<String> = listed.iter().map(plain).collect();
            let is_list = expected.len() > 1;
            let fields = found.all(&spec.name).take(if is_list { usize::MAX } else { 1 });
            let (mut read, raw): (Vec<String>, Vec<&str>) =
                fields.map(|field| (comparable(&field.value), field.raw.as_str())).unzip();
            // Identity papers print names in capitals.
            if matches!(spec.kind, FieldType::Person | FieldType::Persons) {
                for name in expected.iter_mut().chain(&mut read) {
                    *name = name.to_uppercase();
                }
            }
            expected.sort();
            read.sort();
            let outcome = if expected == read {
                Outcome::Exact
            } else if read.is_empty() {
                Outcome::Missing
            } else if loosely_same(&expected, &read, &raw) {
                Outcome::OtherForm
            } else {
                Outcome::Wrong
            };
            Some(FieldOutcome {
                name: spec.name.clone(),
                is_key: spec.key,
                outcome,
                expected,
                read,
            })
        })
        .collect()
}

/// Whether a value is the expected one but for signs, case and order, or was read from a place that is.
fn loosely_same(expected: &[String], read: &[String], raw: &[&str]) -> bool {
    let wanted = loose(&expected.join(" "));
    [loose(&read.join(" ")), loose(&raw.join(" "))]
        .into_iter()
        .any(|(letters, words)| letters == wanted.0 || (!words.is_empty() && words == wanted.1))
}

/// Letters and digits in a row, and the words in order without leading zeros.
fn loose(text: &str) -> (String, BTreeSet<String>) {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    let letters = words.concat();
    (letters, words.iter().map(|word| word.trim_start_matches('0').to_owned()).collect())
}

pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| comparable(&value.to_string()), comparable)
}

/// Without blanks in a row and without the currency that amounts are given in anyway.
pub(super) fn comparable(value: &str) -> String {
    let words = value.split_whitespace().collect::<Vec<_>>().join(" ");
    words.strip_suffix(" EUR").map(str::to_owned).unwrap_or(words)
}
