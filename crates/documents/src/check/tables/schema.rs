//! The shape of the data files. Unknown keys are errors.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::check::calendar::{Day, day};
use crate::check::rules::Severity;
use crate::knowledge::Title;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypesFile {
    pub(crate) schema_version: u32,
    #[serde(rename = "as_of")]
    _as_of: String,
    pub(crate) application_types: Vec<ApplicationKind>,
}

/// A kind of application.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplicationKind {
    pub(crate) id: String,
    pub(crate) title: Title,
    pub(crate) legal_basis: Vec<String>,
    /// Values of `form.purpose.category` that speak for it.
    pub(crate) form_purpose: Vec<String>,
    /// Classes of papers that speak for it, most telling first.
    pub(crate) indications: Vec<String>,
    /// What it settles for conditions.
    #[serde(default)]
    pub(crate) sets: BTreeMap<String, String>,
    pub(crate) variants: Vec<Variant>,
}

/// A variant of an application.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variant {
    pub(crate) id: String,
    #[serde(rename = "title")]
    _title: Title,
    #[serde(rename = "legal_basis")]
    _legal_basis: String,
    #[serde(default)]
    pub(crate) sets: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChecklistsFile {
    pub(crate) schema_version: u32,
    #[serde(rename = "as_of")]
    _as_of: String,
    pub(crate) figures: Vec<Figure>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) validity: Vec<ClassValidity>,
    pub(crate) base: Vec<Item>,
    pub(crate) checklists: Vec<List>,
}

impl ChecklistsFile {
    /// The words that are shown: questions, titles and notes of items.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &Title> {
        let of_lists = self
            .checklists
            .iter()
            .flat_map(|list| list.items.iter().chain(list.variants.values().flatten()));
        let items = self.base.iter().chain(of_lists);
        let shown = items.flat_map(|item| item.title.iter().chain(&item.note));
        self.facts.iter().map(|fact| &fact.ask).chain(shown)
    }
}

/// A number of law or practice that holds for a time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figure {
    pub(crate) id: String,
    #[serde(rename = "unit")]
    _unit: String,
    #[serde(rename = "source")]
    _source: String,
    values: Vec<Dated>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dated {
    value: f64,
    #[serde(deserialize_with = "a_day")]
    valid_from: Day,
    #[serde(default, deserialize_with = "maybe_day")]
    valid_to: Option<Day>,
}

impl Figure {
    /// The value in force on a day, and when it ends.
    pub(crate) fn on(&self, on: Day) -> Option<(f64, Option<Day>)> {
        self.values
            .iter()
            .find(|dated| dated.valid_from <= on && dated.valid_to.is_none_or(|to| on <= to))
            .map(|dated| (dated.value, dated.valid_to))
    }
}

/// A fact a caller may know.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fact {
    pub(crate) id: String,
    /// Other names; one after `!` says the opposite.
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    /// Completes "not known yet: ...".
    pub(crate) ask: Title,
    /// Tried where the caller is silent.
    pub(crate) derive: Option<String>,
    /// Holds where neither caller nor derivation says anything: a matter of the office.
    pub(crate) default: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassValidity {
    pub(crate) class: String,
    until: Option<String>,
    from: Option<String>,
    months_max: Option<u32>,
    days_max: Option<u32>,
}

impl ClassValidity {
    pub(crate) fn rule(&self) -> Validity {
        Validity {
            until: self.until.clone(),
            from: self.from.clone(),
            months_max: self.months_max,
            days_max: self.days_max,
        }
    }
}

/// How long a paper serves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Validity {
    /// The field with its last day.
    pub(crate) until: Option<String>,
    /// The field from which its age counts.
    pub(crate) from: Option<String>,
    pub(crate) months_max: Option<u32>,
    pub(crate) days_max: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    pub(crate) application_type: String,
    pub(crate) base: bool,
    pub(crate) items: Vec<Item>,
    #[serde(default)]
    pub(crate) variants: BTreeMap<String, Vec<Item>>,
}

/// A paper an application may need.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Item {
    pub(crate) id: Option<String>,
    pub(crate) class: String,
    #[serde(default, rename = "or")]
    pub(crate) alternatives: Vec<String>,
    pub(crate) title: Option<Title>,
    pub(crate) level: Level,
    pub(crate) when: Option<String>,
    pub(crate) satisfied_when: Option<String>,
    pub(crate) basis: String,
    pub(crate) note: Option<Title>,
    pub(crate) validity: Option<Validity>,
    #[serde(default)]
    pub(crate) person: Holder,
}

impl Item {
    pub(crate) fn key(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.class)
    }

    pub(crate) fn classes(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.class.as_str()).chain(self.alternatives.iter().map(String::as_str))
    }
}

/// How much an item is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// Always.
    Required,
    /// When its condition holds.
    Conditional,
    /// Never, but welcome.
    Optional,
}

/// Whose paper is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Holder {
    /// Anybody's.
    #[default]
    Anybody,
    /// Not clearly somebody else's.
    Applicant,
    /// Not clearly the applicant's.
    Other,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RulesFile {
    pub(crate) schema_version: u32,
    #[serde(rename = "as_of")]
    _as_of: String,
    pub(crate) rules: Vec<RuleText>,
}

/// What the data say about a rule; the code computes it, the hint files word it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleText {
    pub(crate) id: String,
    pub(crate) title: Title,
    pub(crate) inputs: Vec<String>,
    #[serde(default)]
    pub(crate) figures: Vec<String>,
    pub(crate) severity: Severity,
    pub(crate) stage: Stage,
    pub(crate) on: bool,
    #[serde(default)]
    pub(crate) near_eligibility: bool,
}

/// Who hears a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// Applicants and caseworkers.
    Both,
    /// Caseworkers only.
    Officer,
}

fn a_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
    let text = String::deserialize(deserializer)?;
    day(&text).ok_or_else(|| serde::de::Error::custom(format!("{text} is no day")))
}

fn maybe_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Day>, D::Error> {
    a_day(deserializer).map(Some)
}
