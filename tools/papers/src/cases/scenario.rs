//! The list of applications and of the papers each of them needs.

use serde::Deserialize;
use serde_json::{Map, Value};

const SCENARIOS: &str = include_str!("../../cases/scenarios.yaml");

/// Whose paper it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Who {
    #[default]
    Applicant,
    Spouse,
    Child,
}

/// One kind of application with everything that decides what it needs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    pub(super) kind: String,
    /// `form.purpose.category`.
    pub(super) purpose: String,
    #[serde(default)]
    pub(super) who: Who,
    /// Years, from and to.
    pub(super) age: Option<(i64, i64)>,
    #[serde(default)]
    pub(super) married: bool,
    /// The form names the child.
    #[serde(default)]
    pub(super) children: bool,
    pub(super) facts: Map<String, Value>,
    items: Vec<String>,
    #[serde(default)]
    pub(super) unscored: Vec<String>,
}

/// A needed paper: any one of these serves, the first is what the item is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) choices: Vec<(String, Who)>,
}

impl Scenario {
    pub(super) fn items(&self) -> Vec<Item> {
        let item = |text: &String| {
            let choice = |part: &str| match part.split_once('@') {
                Some((class, "spouse")) => (class.to_owned(), Who::Spouse),
                Some((class, "child")) => (class.to_owned(), Who::Child),
                Some((class, _)) => (class.to_owned(), Who::Applicant),
                None => (part.to_owned(), self.who),
            };
            Item { choices: text.split('|').map(choice).collect() }
        };
        self.items.iter().map(item).collect()
    }

    /// A fact as text; empty where the scenario says nothing.
    pub(super) fn fact(&self, name: &str) -> &str {
        self.facts.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn holds(&self, name: &str) -> bool {
        self.facts.get(name).and_then(Value::as_bool).unwrap_or(false)
    }
}

impl Item {
    pub(super) fn class(&self) -> &str {
        self.choices.first().map_or("", |(class, _)| class)
    }

    pub(super) fn serves(&self, class: &str, who: Who) -> bool {
        self.choices.iter().any(|choice| choice.0 == class && choice.1 == who)
    }
}

/// All scenarios.
pub(super) fn all() -> Result<Vec<Scenario>, serde_yaml_ng::Error> {
    serde_yaml_ng::from_str(SCENARIOS)
}
