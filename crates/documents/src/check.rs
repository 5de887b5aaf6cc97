//! Completeness and coherence of an application: hints, never verdicts.
//!
//! [`evaluate`] compares what papers say with the checklist of the application, with the form and
//! with each other. It is pure: no clock, no file, no model; the same input gives the same answer.
//! It refuses to know people: no score, no priority, no religion, ethnicity, illness or offence —
//! such form values are dropped before anything sees them — and nationality only ever meets
//! itself. What is unreadable is not missing, and nothing it says blocks sending.

mod calendar;
mod case;
mod checklist;
pub(crate) mod condition;
mod form;
pub(crate) mod names;
mod papers;
mod proposals;
mod rules;
mod service;
mod tables;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::{BTreeMap, BTreeSet};

pub use calendar::{Day, day};
pub use checklist::{ChecklistItem, State};
pub use proposals::FormProposal;
pub use rules::{Hint, Severity};
pub use service::Request;
pub use tables::{ApplicationType, ListedItem, RuleEntry};

pub(crate) use tables::{Rules, files};

use crate::{DocumentFields, Knowledge};

/// Under which of the two modes an application is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Before sending, for the person who applies.
    Applicant,
    /// After sending, for the caseworker.
    Office,
}

/// What an office switches, by the ids of rules (`PL005`) and checklist items (`employment.cv`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Silent, whatever the data files say.
    pub off: BTreeSet<String>,
    /// Rules that are off by default and that this office wants; only ever heard in office mode.
    pub on: BTreeSet<String>,
}

/// A file that gave no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadFile {
    /// Position in the request's files.
    pub file_index: u32,
    /// The file's name.
    pub filename: String,
}

/// Everything that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Application<'a> {
    /// Who will read the hints.
    pub mode: Mode,
    /// Id of the type; none: one is proposed.
    pub application_type: Option<&'a str>,
    /// Form values by field id, with or without the leading `form.`.
    pub form: &'a BTreeMap<String, String>,
    /// What the caller knows: `mode`, `variant`, `sponsor`, `today`, and the facts of the checklist.
    pub facts: &'a BTreeMap<String, String>,
    /// BCP 47; what there are no texts for is answered in German, the language of the procedure.
    pub language: &'a str,
    /// The papers with their values.
    pub documents: &'a [DocumentFields],
    /// The files that could not be read: one of them may be what seems to be missing.
    pub unread: &'a [UnreadFile],
    /// The filing day where the facts do not name one.
    pub today: Day,
    /// What the office switched.
    pub settings: &'a Settings,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The type given or proposed; empty where none could be told.
    pub application_type: String,
    /// The type is a proposal.
    pub application_type_proposed: bool,
    /// The language of the texts.
    pub language: &'static str,
    /// The checklist with its states; empty without a type.
    pub checklist: Vec<ChecklistItem>,
    /// Hints, by rule.
    pub hints: Vec<Hint>,
    /// Values that papers offer for the form.
    pub proposals: Vec<FormProposal>,
    /// Figures of the data files that are not known for the filing day: for the administrator. What
    /// needs them stays silent.
    pub expired_figures: BTreeSet<String>,
    /// Facts whose names nobody reads: for whoever integrates the caller.
    pub unknown_facts: BTreeSet<String>,
}

/// An application cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such type.
    #[error("find the application type {id}")]
    UnknownApplicationType {
        /// As asked for.
        id: String,
    },
    /// The fact `today` is no day.
    #[error("read the day in the fact today, written like 2026-11-24")]
    Today,
    /// The papers could not be judged.
    #[error("judge the papers of the application")]
    Papers(#[source] crate::Error),
}

/// Looks at an application.
///
/// # Errors
/// The type is unknown, or the fact `today` is no day.
pub fn evaluate(knowledge: &Knowledge, application: Application<'_>) -> Result<Checked, Error> {
    let rules = &knowledge.rules;
    let case = case::Case::new(knowledge, application)?;
    let language = texts::language(application.language);
    let checklist = checklist::evaluate(&case);
    let hints = rules::evaluate(&case);
    let proposals = proposals::propose(&case);
    Ok(Checked {
        application_type: case.kind.map(|kind| kind.id.clone()).unwrap_or_default(),
        application_type_proposed: case.proposed,
        language,
        checklist,
        hints,
        proposals,
        expired_figures: case.expired_figures(),
        unknown_facts: rules.unknown_facts(application.facts),
    })
}
