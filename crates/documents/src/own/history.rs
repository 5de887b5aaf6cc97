//! The versions of a class: each save is one more, one of them may be in force, and an earlier one comes back whole.

use serde::{Deserialize, Serialize};

/// Most versions of one class.
pub const VERSIONS_MAX: u32 = 200;
/// Characters of a note.
const NOTE_MAX: usize = 500;

/// What was done to a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A version was saved; nothing is answered by it yet.
    Save,
    /// A version was put in force.
    Enable,
    /// The class was taken out of force.
    Disable,
    /// An earlier version was put back in force.
    RollBack,
}

/// Why, in a word that may stand in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A new kind of paper.
    NewPaper,
    /// Better samples or words.
    Improved,
    /// It took papers for what they are not.
    Mistakes,
    /// Nobody needs it any more.
    NotNeeded,
    /// What the note says.
    Other,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Seconds since 1970, UTC.
    pub at_s: u64,
    /// Who, as signed in; `command-line` for the command line.
    pub by: String,
    /// What.
    pub action: Action,
    /// The version it was done to.
    pub version: u32,
    /// SHA-256 of that version's file.
    pub digest: String,
    /// Why.
    pub reason: Reason,
    /// Why, for people; stays on this machine.
    #[serde(default)]
    pub note: String,
}

/// Every change of a class, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    changes: Vec<Change>,
}

/// Whether a class takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Never put in force.
    Draft,
    /// This version is in force.
    Live {
        /// Which one.
        version: u32,
    },
    /// Taken out of force.
    Off,
}

/// Why a change is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// No such version.
    #[error("find version {version}: there are 1 to {last}")]
    Version {
        /// What was asked for.
        version: u32,
        /// The newest.
        last: u32,
    },
    /// It is so already.
    #[error("do that: it is so already")]
    Nothing,
    /// No earlier version was in force.
    #[error("roll back: no earlier version was ever in force")]
    NoEarlier,
    /// Too many versions.
    #[error("save a version more than {VERSIONS_MAX}")]
    Full,
    /// The note is too long.
    #[error("keep the note: it has more than {NOTE_MAX} characters")]
    Note,
}

impl Action {
    /// As records and files spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Save => "save",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::RollBack => "roll-back",
        }
    }
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::NewPaper, Self::Improved, Self::Mistakes, Self::NotNeeded, Self::Other];

    /// As records and files spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewPaper => "new-paper",
            Self::Improved => "improved",
            Self::Mistakes => "mistakes",
            Self::NotNeeded => "not-needed",
            Self::Other => "other",
        }
    }

    /// The reason of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

impl State {
    /// As files and lists spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Live { .. } => "live",
            Self::Off => "off",
        }
    }
}

impl History {
    /// Every change, the oldest first.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The newest version; 0 where there is none.
    #[must_use]
    pub fn last_version(&self) -> u32 {
        let saves = self.changes.iter().filter(|change| change.action == Action::Save);
        saves.map(|change| change.version).max().unwrap_or(0)
    }

    /// Whether it takes part, and with which version.
    #[must_use]
    pub fn state(&self) -> State {
        let switched = self.changes.iter().rev().find(|change| change.action != Action::Save);
        match switched.map(|change| (change.action, change.version)) {
            None | Some((Action::Save, _)) => State::Draft,
            Some((Action::Disable, _)) => State::Off,
            Some((Action::Enable | Action::RollBack, version)) => State::Live { version },
        }
    }

    /// The version that was in force before the present or last one.
    #[must_use]
    pub fn earlier(&self) -> Option<u32> {
        let mut enabled = self
            .changes
            .iter()
            .rev()
            .filter(|change| matches!(change.action, Action::Enable | Action::RollBack));
        let present = enabled.next()?.version;
        enabled.map(|change| change.version).find(|version| *version != present)
    }

    /// The digest of a version's file.
    #[must_use]
    pub fn digest(&self, version: u32) -> Option<&str> {
        let saves = self.changes.iter().filter(|change| change.action == Action::Save);
        let mut saves = saves.filter(|change| change.version == version);
        saves.next().map(|change| change.digest.as_str())
    }

    /// Adds a change, if it is one.
    ///
    /// # Errors
    /// It would change nothing, or names a version that is not there.
    pub fn add(&mut self, change: Change) -> Result<(), HistoryError> {
        let last = self.last_version();
        if change.note.chars().count() > NOTE_MAX {
            return Err(HistoryError::Note);
        }
        match change.action {
            Action::Save if last >= VERSIONS_MAX => return Err(HistoryError::Full),
            Action::Save if change.version != last + 1 => {
                return Err(HistoryError::Version { version: change.version, last });
            }
            Action::Save => {}
            Action::Enable | Action::RollBack | Action::Disable => {
                if !(1..=last).contains(&change.version) {
                    return Err(HistoryError::Version { version: change.version, last });
                }
                let live = State::Live { version: change.version };
                if (change.action == Action::Disable) != (self.state() == live) {
                    return Err(HistoryError::Nothing);
                }
            }
        }
        self.changes.push(change);
        Ok(())
    }
}
