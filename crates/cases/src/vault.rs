//! The vault: which case has which key.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use crate::error::Error;
use crate::key::CaseKey;
use crate::uploads::{UploadLimits, Uploads};

/// Where the vault gets the time from.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The legal footing a case was begun on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Before sending: voluntary, erased at sending.
    Applicant,
    /// After sending: public task.
    Office,
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Mode::Applicant => "applicant",
            Mode::Office => "office",
        })
    }
}

/// Where the vault lies, and its limits.
#[derive(Clone, Debug)]
pub struct Config {
    /// The vault's own folder; made where it is missing. Never part of a backup.
    pub directory: PathBuf,
    /// What a department may hold as uploads.
    pub uploads: UploadLimits,
}

impl Config {
    /// The default limits.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Config {
        Config { directory: directory.into(), uploads: UploadLimits::default() }
    }
}

/// What an erasure found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Whether there was a key to erase.
    pub existed: bool,
}

/// Keys of cases, and uploads. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault {
    uploads: Uploads,
}

impl Vault {
    /// Opens or makes a vault. Uploads of an earlier run are removed: their keys are gone.
    ///
    /// # Errors
    ///
    /// When another process has it open, its files are malformed, or the disk refuses.
    pub fn open(config: Config, clock: Clock) -> Result<Vault, Error> {
        drop((config, clock));
        Err(Error::Failed)
    }

    /// The key of a case, made and on the disk at its first use, which also fixes its mode.
    ///
    /// # Errors
    ///
    /// When the case was begun in the other mode, or the disk refuses.
    pub fn case(&self, department: &str, case_id: &str, mode: Mode) -> Result<CaseKey, Error> {
        let _ = (department, case_id, mode);
        Err(Error::Failed)
    }

    /// The key of a case that was begun and not erased.
    #[must_use]
    pub fn find(&self, department: &str, case_id: &str) -> Option<CaseKey> {
        let _ = (department, case_id);
        None
    }

    /// Overwrites the key of a case where it stands. Once this returns, the key is gone from the disk.
    /// Idempotent.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn erase(&self, department: &str, case_id: &str) -> Result<Erased, Error> {
        let _ = (department, case_id);
        Err(Error::Failed)
    }

    /// The uploads.
    #[must_use]
    pub fn uploads(&self) -> &Uploads {
        &self.uploads
    }
}
