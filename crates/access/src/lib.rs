//! Who may do what: department, role, mode, policy.
//!
//! Pure: it reads no file, no clock and no network. Work behind the edge takes a [`Permit`], and
//! only [`authorize`] makes one, so that a path without a check does not compile.
#![forbid(unsafe_code)]

mod authorize;
mod identity;
mod methods;
mod policy;

pub use authorize::{Permit, Refusal, RefusalReason, authorize};
pub use identity::{DEPARTMENT_URN, Identity, IdentityError, ROLE_URN, check_department_name};
pub use policy::{Department, Policy, PolicyError};

use std::fmt;
use std::str::FromStr;

/// What a certificate lets its holder be. The names are those of the URI `urn:amtshilfe:role:…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A departmental application: documents, inference, search, jobs, uploads.
    Client,
    /// Imports and withdraws decrees, and may look at what was imported.
    CorpusEditor,
    /// Looks after the machine: models, load, corpus, console.
    Administrator,
    /// Reads the audit log and its proofs.
    Auditor,
}

impl Role {
    /// Every role, in the order of the command line's help.
    pub const ALL: [Role; 4] =
        [Role::Client, Role::CorpusEditor, Role::Administrator, Role::Auditor];

    /// The name in certificates, policy and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::CorpusEditor => "corpus_editor",
            Role::Administrator => "administrator",
            Role::Auditor => "auditor",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A word that names no role or no mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} {given:?}, known are: {known}")]
pub struct UnknownName {
    /// "role" or "mode".
    pub what: &'static str,
    /// The word as it was given.
    pub given: String,
    /// The words that would have been right.
    pub known: &'static str,
}

impl FromStr for Role {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Role, UnknownName> {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownName {
            what: "role",
            given: text.to_owned(),
            known: "client, corpus_editor, administrator, auditor",
        })
    }
}

/// The legal footing of a call. A case keeps the mode of its first use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Before sending: voluntary, by consent, nothing reaches the office.
    Applicant,
    /// After sending: public task, results go to the caseworker.
    Office,
}

impl Mode {
    /// Both modes.
    pub const ALL: [Mode; 2] = [Mode::Applicant, Mode::Office];

    /// The name in policy, records and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Applicant => "applicant",
            Mode::Office => "office",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Mode, UnknownName> {
        Mode::ALL.into_iter().find(|mode| mode.as_str() == text).ok_or_else(|| UnknownName {
            what: "mode",
            given: text.to_owned(),
            known: "applicant, office",
        })
    }
}
