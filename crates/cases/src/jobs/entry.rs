//! What the journal of jobs says: which job came, how it ended, when it went. Whose it is and what it
//! asks is sealed under the key of its case.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// One entry, as JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Entry {
    /// A job was accepted.
    Submitted {
        job: String,
        /// Finds the key of the case while there is one; means nothing after.
        case: String,
        at_ms: u64,
        expires_ms: u64,
        /// A [`Sealed`], in hex.
        sealed: String,
    },
    /// It came to an end.
    Ended { job: String, outcome: Outcome, error: String, at_ms: u64 },
    /// Its result was handed over and erased.
    Delivered { job: String, at_ms: u64 },
    /// It is no longer known: its time passed, or its case was erased.
    Gone { job: String, at_ms: u64 },
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Succeeded,
    Failed,
    Cancelled,
}

/// What only the key of the case opens.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    pub(super) department: String,
    pub(super) case_id: String,
    /// The case was made for this job and ends with it.
    pub(super) is_own_case: bool,
    pub(super) idempotency_key: String,
    /// SHA-256 of what was asked, in hex.
    pub(super) digest: String,
    /// What whoever runs the job wrote down for itself.
    pub(super) note: String,
    pub(super) files_total: u32,
    /// Uploads that were taken over, by their place among the job's files.
    pub(super) uploads: Vec<String>,
    pub(super) bytes: u64,
}

impl Entry {
    pub(super) fn encode(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(Error::JobEntry)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Entry, Error> {
        serde_json::from_slice(bytes).map_err(Error::JobEntry)
    }
}

pub(super) fn milliseconds(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn time(milliseconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(milliseconds)
}
