//! The data files of this half: application types, checklists, figures, facts, rules and texts.
//!
//! Everything is read and checked once; a condition that does not parse, an unknown figure or a
//! rule without code stops the start with the file, the entry and the place.

mod schema;

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::Day;
use super::condition::{self, Condition, Source};
use super::rules;
use super::texts::{LANGUAGES, Texts};
use crate::knowledge::{Title, parse};
use crate::{DocumentClass, KnowledgeError};
pub(crate) use schema::{
    ApplicationKind, Fact, Figure, Holder, Item, Level, RuleText, Stage, Validity,
};

const TYPES: (&str, &str) =
    ("application_types.yaml", include_str!("../../knowledge/application_types.yaml"));
const CHECKLISTS: (&str, &str) =
    ("checklists.yaml", include_str!("../../knowledge/checklists.yaml"));
const RULES: (&str, &str) =
    ("plausibility_rules.yaml", include_str!("../../knowledge/plausibility_rules.yaml"));

/// The data files of this half: name and content, part of the knowledge digest.
pub(crate) fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    let texts = LANGUAGES.iter().map(|&(_, name, content)| (name, content));
    [TYPES, CHECKLISTS, RULES].into_iter().chain(texts)
}

/// Facts that are always known or read elsewhere than in the vocabulary.
const BUILT_IN: [&str; 5] = ["mode", "variant", "sponsor", "today", "age"];
/// The fact that a form was filled in online.
pub(crate) const FORM_FILLED: &str = "form_filled";

/// What the data files say.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) kinds: Vec<ApplicationKind>,
    lists: BTreeMap<String, Checklist>,
    figures: BTreeMap<String, Figure>,
    facts: BTreeMap<String, KnownFact>,
    /// The fact that another name means, and whether it says the opposite.
    aliases: BTreeMap<String, (String, bool)>,
    validity: BTreeMap<String, Validity>,
    pub(crate) rules: Vec<RuleText>,
    pub(crate) texts: Texts,
}

/// One item of a checklist, its conditions read.
#[derive(Debug, Clone)]
pub(crate) struct ListItem {
    pub(crate) item: Item,
    /// `employment.passport`
    pub(crate) id: String,
    pub(crate) when: Option<Condition>,
    pub(crate) satisfied_when: Option<Condition>,
}

#[derive(Debug)]
struct Checklist {
    items: Vec<ListItem>,
    variants: BTreeMap<String, Vec<ListItem>>,
}

/// A fact of the vocabulary.
#[derive(Debug)]
pub(crate) struct KnownFact {
    pub(crate) fact: Fact,
    pub(crate) derive: Option<Condition>,
}

/// An application type as a catalogue shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationType {
    /// Stable id.
    pub id: String,
    /// Name in the language asked for.
    pub title: String,
    /// Norms.
    pub legal_basis: Vec<String>,
    /// Every item that some case of this type may need.
    pub checklist: Vec<ListedItem>,
}

/// An item of a catalogue's checklist: nobody has applied yet, so it has no state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedItem {
    /// Stable id.
    pub id: String,
    /// Name in the language asked for.
    pub title: String,
    /// Any one of them satisfies the item.
    pub document_classes: Vec<String>,
    /// Norms.
    pub legal_basis: String,
    /// When it is needed and what to look for.
    pub explanation: String,
}

/// A rule as a catalogue shows it: what an office may switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleEntry {
    /// Stable id, e.g. `PL003`.
    pub id: String,
    /// Name in the language asked for.
    pub title: String,
    /// What it compares.
    pub inputs: Vec<String>,
    /// Heard without a switch.
    pub on_by_default: bool,
    /// Heard by caseworkers only.
    pub office_only: bool,
    /// Touches the conditions of a title rather than the coherence of papers.
    pub near_eligibility: bool,
}

impl Rules {
    /// Reads the shipped files. The translations of the titles of
    /// `classes` stand among the texts.
    pub(crate) fn shipped(classes: &[DocumentClass]) -> Result<Self, KnowledgeError> {
        let types: schema::TypesFile = parse(TYPES.0, TYPES.1)?;
        let lists: schema::ChecklistsFile = parse(CHECKLISTS.0, CHECKLISTS.1)?;
        let rules: schema::RulesFile = parse(RULES.0, RULES.1)?;
        let mut labels: Vec<&Title> = classes.iter().map(|class| &class.title).collect();
        labels.extend(types.application_types.iter().map(|kind| &kind.title));
        labels.extend(lists.labels());
        let texts = Texts::read(LANGUAGES, &labels)?;
        Self::new(types, lists, rules, texts)
    }

    fn new(
        types: schema::TypesFile,
        file: schema::ChecklistsFile,
        rules: schema::RulesFile,
        texts: Texts,
    ) -> Result<Self, KnowledgeError> {
        let versions = [
            (TYPES.0, types.schema_version),
            (CHECKLISTS.0, file.schema_version),
            (RULES.0, rules.schema_version),
        ];
        for (name, version) in versions {
            if version != 1 {
                return Err(wrong(name, "schema_version", "this build reads version 1"));
            }
        }
        let mut facts = BTreeMap::new();
        let mut aliases = BTreeMap::new();
        for fact in file.facts {
            let derive = read(&fact.id, "derive", fact.derive.as_deref())?;
            for alias in &fact.aliases {
                let opposite = alias.starts_with('!');
                let alias = alias.trim_start_matches('!').to_owned();
                aliases.insert(alias, (fact.id.clone(), opposite));
            }
            facts.insert(fact.id.clone(), KnownFact { fact, derive });
        }
        let mut lists = BTreeMap::new();
        for list in file.checklists {
            let kind = list.application_type.clone();
            if !types.application_types.iter().any(|known| known.id == kind) {
                return Err(wrong(CHECKLISTS.0, &kind, "there is no such application type"));
            }
            let own = merge(if list.base { &file.base } else { &[] }, &list.items);
            let mut variants = BTreeMap::new();
            for (variant, items) in &list.variants {
                variants.insert(variant.clone(), read_items(&kind, items)?);
            }
            lists.insert(kind.clone(), Checklist { items: read_items(&kind, &own)?, variants });
        }
        let made = Self {
            kinds: types.application_types,
            lists,
            figures: file.figures.into_iter().map(|f| (f.id.clone(), f)).collect(),
            facts,
            aliases,
            validity: file.validity.iter().map(|v| (v.class.clone(), v.rule())).collect(),
            rules: rules.rules,
            texts,
        };
        made.validate()?;
        Ok(made)
    }

    fn validate(&self) -> Result<(), KnowledgeError> {
        for kind in &self.kinds {
            let Some(list) = self.lists.get(&kind.id) else {
                return Err(wrong(CHECKLISTS.0, &kind.id, "the type has no checklist"));
            };
            for variant in list.variants.keys() {
                if !kind.variants.iter().any(|known| known.id == *variant) {
                    return Err(wrong(CHECKLISTS.0, variant, "there is no such variant"));
                }
            }
            for item in list.items.iter().chain(list.variants.values().flatten()) {
                let conditions = [item.when.as_ref(), item.satisfied_when.as_ref()];
                if (item.item.level == Level::Conditional) != item.when.is_some() {
                    return Err(wrong(
                        CHECKLISTS.0,
                        &item.id,
                        "conditional needs when, and only it",
                    ));
                }
                self.validate_sources(&item.id, conditions.into_iter().flatten())?;
            }
        }
        for (id, fact) in &self.facts {
            self.validate_sources(id, fact.derive.iter())?;
        }
        for rule in &self.rules {
            if !rules::has_code(&rule.id) {
                return Err(wrong(RULES.0, &rule.id, "no code computes the rule"));
            }
            if rule.near_eligibility && rule.on {
                return Err(wrong(RULES.0, &rule.id, "a rule near eligibility is off by default"));
            }
            if rule.figures.iter().any(|figure| !self.figures.contains_key(figure)) {
                return Err(wrong(RULES.0, &rule.id, "there is no such figure"));
            }
        }
        Ok(())
    }

    fn validate_sources<'c>(
        &self,
        id: &str,
        conditions: impl Iterator<Item = &'c Condition>,
    ) -> Result<(), KnowledgeError> {
        for source in conditions.flat_map(Condition::sources) {
            match source {
                Source::Fact(name) if name != FORM_FILLED && !self.facts.contains_key(name) => {
                    return Err(wrong(
                        CHECKLISTS.0,
                        &format!("{id}: fact({name})"),
                        "no such fact",
                    ));
                }
                Source::Figure(name) if !self.figures.contains_key(name) => {
                    let subject = format!("{id}: figure({name})");
                    return Err(wrong(CHECKLISTS.0, &subject, "no such figure"));
                }
                Source::Form(name) if super::form::is_protected(name) => {
                    let subject = format!("{id}: form({name})");
                    return Err(wrong(CHECKLISTS.0, &subject, "the form field is protected"));
                }
                Source::Fact(_)
                | Source::Figure(_)
                | Source::Form(_)
                | Source::Class(_)
                | Source::Variable(_) => {}
            }
        }
        Ok(())
    }

    /// The items of a type; a known variant's take the place of the list's, an unknown variant
    /// adds those of all variants, marked with `true`: whether they are due is not known.
    pub(crate) fn items(&self, kind: &str, variant: Option<&str>) -> Vec<(ListItem, bool)> {
        let Some(list) = self.lists.get(kind) else { return Vec::new() };
        let mut items: Vec<(ListItem, bool)> =
            list.items.iter().map(|item| (item.clone(), false)).collect();
        if let Some(variant) = variant {
            for item in list.variants.get(variant).into_iter().flatten() {
                match items.iter_mut().find(|(known, _)| known.id == item.id) {
                    Some(slot) => slot.0 = item.clone(),
                    None => items.push((item.clone(), false)),
                }
            }
        } else {
            for item in list.variants.values().flatten() {
                if !items.iter().any(|(known, _)| known.id == item.id) {
                    items.push((item.clone(), true));
                }
            }
        }
        items
    }

    pub(crate) fn kind(&self, id: &str) -> Option<&ApplicationKind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }

    /// The fact of the vocabulary, by id or alias.
    pub(crate) fn fact(&self, name: &str) -> Option<&KnownFact> {
        self.named(name).and_then(|(id, _)| self.facts.get(&id))
    }

    /// The fact's id and whether the name says its opposite: `not_` before any name does.
    pub(crate) fn named(&self, name: &str) -> Option<(String, bool)> {
        let name = plain_fact(name);
        let find = |name: &str| -> Option<(String, bool)> {
            match self.aliases.get(name) {
                Some(known) => Some(known.clone()),
                None => self.facts.contains_key(name).then(|| (name.to_owned(), false)),
            }
        };
        find(&name).or_else(|| {
            let (id, opposite) = find(name.strip_prefix("not_")?)?;
            Some((id, !opposite))
        })
    }

    pub(crate) fn validity(&self, class: &str) -> Option<&Validity> {
        self.validity.get(class)
    }

    /// A figure in force on a day.
    pub(crate) fn figure(&self, id: &str, on: Day) -> Option<(f64, Option<Day>)> {
        self.figures.get(id)?.on(on)
    }

    /// Figures that are not known for a day.
    pub(crate) fn expired_figures(&self, on: Day) -> BTreeSet<String> {
        self.figures.values().filter(|f| f.on(on).is_none()).map(|f| f.id.clone()).collect()
    }

    /// Given facts whose names nobody reads.
    pub(crate) fn unknown_facts(&self, facts: &BTreeMap<String, String>) -> BTreeSet<String> {
        let known = |name: &str| {
            let plain = plain_fact(name);
            BUILT_IN.contains(&plain.as_str()) || plain == FORM_FILLED || self.fact(name).is_some()
        };
        facts.keys().filter(|name| !known(name)).cloned().collect()
    }
}

/// Facts travel as ids, but callers write spaces and capitals.
pub(crate) fn plain_fact(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-', '.'], "_")
}

fn merge(base: &[Item], own: &[Item]) -> Vec<Item> {
    let mut items = base.to_vec();
    for item in own {
        match items.iter_mut().find(|known| known.key() == item.key()) {
            Some(slot) => *slot = item.clone(),
            None => items.push(item.clone()),
        }
    }
    items
}

fn read_items(kind: &str, items: &[Item]) -> Result<Vec<ListItem>, KnowledgeError> {
    let read_item = |item: &Item| {
        let id = format!("{kind}.{}", item.key());
        Ok(ListItem {
            when: read(&id, "when", item.when.as_deref())?,
            satisfied_when: read(&id, "satisfied_when", item.satisfied_when.as_deref())?,
            item: item.clone(),
            id,
        })
    };
    items.iter().map(read_item).collect()
}

fn read(id: &str, key: &str, text: Option<&str>) -> Result<Option<Condition>, KnowledgeError> {
    text.map(condition::parse).transpose().map_err(|error| {
        let subject = format!("{id}: {key}, character {}", error.position);
        wrong(CHECKLISTS.0, &subject, error.problem)
    })
}

pub(crate) fn wrong(file: &'static str, subject: &str, problem: &'static str) -> KnowledgeError {
    KnowledgeError::Content { file, subject: subject.to_owned(), problem }
}

#[cfg(test)]
mod tests;
