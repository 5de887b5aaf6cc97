//! Why a file could not be read, for people: what is wrong and what they can do about it.

use serde::{Deserialize, Serialize};

mod message;

/// How the detail begins where the child gave no answer, whatever made it so.
pub(crate) const CHILD_ENDED: &str = "the child";
/// The limit on the memory of a child.
pub(crate) const MEMORY: &str = "memory_bytes_max";

/// A file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("read the file: {}, {detail}", reason.code())]
pub struct FileError {
    /// Of which kind.
    pub reason: Reason,
    /// The limit that was passed, where one was.
    pub limit: Option<Passed>,
    /// What exactly, for the log. Never text of the file.
    pub detail: String,
}

/// The closed vocabulary of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// No bytes, or no text and nothing that could be recognised.
    Empty,
    /// Needs a password.
    Encrypted,
    /// Damaged.
    Unreadable,
    /// A format that is not read.
    Unsupported,
    /// More bytes, pixels, memory or unpacked bytes than allowed.
    TooLarge,
    /// More pages than allowed.
    TooManyPages,
    /// Took longer than allowed.
    TimedOut,
    /// A scan, and no recognition is installed.
    NoOcr,
}

/// A limit that was passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// Its name in the configuration, such as `file_bytes_max`.
    pub name: String,
    /// What it allows.
    pub allowed: u64,
    /// What the file has, or the least that it is known to have.
    pub actual: u64,
}

impl Reason {
    /// The word of the contract.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "EMPTY",
            Self::Encrypted => "ENCRYPTED",
            Self::Unreadable => "UNREADABLE",
            Self::Unsupported => "UNSUPPORTED",
            Self::TooLarge => "TOO_LARGE",
            Self::TooManyPages => "TOO_MANY_PAGES",
            Self::TimedOut => "TIMED_OUT",
            Self::NoOcr => "NO_OCR",
        }
    }
}

impl FileError {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, limit: None, detail: detail.into() }
    }

    pub(crate) fn passed(reason: Reason, name: &str, allowed: u64, actual: u64) -> Self {
        let limit = Some(Passed { name: name.to_owned(), allowed, actual });
        Self { reason, limit, detail: format!("{name} allows {allowed}, the file has {actual}") }
    }

    /// What is wrong and what to do, in English for languages that begin with `en`, else in German.
    #[must_use]
    pub fn message(&self, language: &str) -> String {
        if language.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("en")) {
            message::english(self)
        } else {
            message::german(self)
        }
    }
}
