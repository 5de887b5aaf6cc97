//! What can go wrong with keys and uploads.

use std::path::PathBuf;

use crate::vault::Mode;

/// Why the vault could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the vault could not be read or written.
    #[error("read or write a file of the vault")]
    File(#[source] std::io::Error),
    /// The operating system gave no randomness.
    #[error("make a key")]
    Randomness(#[source] getrandom::Error),
    /// The case was begun in the other mode.
    #[error(
        "use a case in mode {asked}: it was begun in mode {fixed}, and the two are never mixed"
    )]
    ModeMixed {
        /// The mode of its first use.
        fixed: Mode,
        /// The mode of this call.
        asked: Mode,
    },
    /// The file isn't what it should be.
    #[error("read {}: it isn't a key file of this version; nothing was changed", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// Keys without the key that finds them.
    #[error("open the vault: {} is missing although there are cases; restore it, or erase all cases by moving the folder away", path.display())]
    LookupKeyMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Another process has the vault open.
    #[error("open the vault in {}: another process has it open; stop that one first", directory.display())]
    Locked {
        /// The vault's folder.
        directory: PathBuf,
    },
    /// The vault failed before.
    #[error(
        "use the vault: writing a key failed before, and it stays closed until the appliance is started again"
    )]
    Failed,
    /// What was sealed cannot be opened with this key.
    #[error("open what was sealed: it was changed, or sealed for something else")]
    Sealed,
    /// Past a limit.
    #[error("hold more: {limit} allows {allowed}, this would make {actual}")]
    Limit {
        /// `upload_bytes`, `department_bytes`, `department_uploads`, `jobs_waiting`, `jobs_held` or
        /// `job_bytes`.
        limit: &'static str,
        /// What is allowed.
        allowed: u64,
        /// What was asked for.
        actual: u64,
    },
    /// No upload of this id in this department, or no longer.
    #[error("find an upload: none of this id in this department, or it expired")]
    UnknownUpload,
    /// The upload isn't as large as was declared.
    #[error("finish an upload: {declared} bytes were declared, {actual} came")]
    SizeMismatch {
        /// As declared.
        declared: u64,
        /// As came.
        actual: u64,
    },
    /// The journal of jobs.
    #[error("read or write the journal of jobs")]
    Journal(#[from] journal::Error),
    /// An entry of it that this version doesn't know.
    #[error("read an entry of the journal of jobs")]
    JobEntry(#[source] serde_json::Error),
    /// No job of this id in this department, or no longer.
    #[error("find a job: none of this id in this department, or it expired or its case was erased")]
    UnknownJob,
    /// The idempotency key stands for another job.
    #[error("take a job: its idempotency key was used before with another request")]
    KeyTaken,
    /// Only a job that has ended can be acknowledged.
    #[error("acknowledge a job: it has not ended; wait for it, or cancel it")]
    JobNotEnded,
    /// The case was erased while the job was being submitted.
    #[error("take a job: its case was erased meanwhile")]
    CaseErased,
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::File(error)
    }
}

impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Error {
        Error::Randomness(error)
    }
}
