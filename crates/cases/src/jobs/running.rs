//! A job on its way: as it is ordered, and while it is worked on.

use super::Jobs;
use super::entry::Outcome;
use super::files::Part;
use crate::error::Error;
use crate::key::CaseKey;

/// What is asked of a job.
#[derive(Clone, Debug)]
pub struct Order {
    /// Whose job it is.
    pub department: String,
    /// The same key again is the same job; empty: always another one.
    pub idempotency_key: String,
    /// The job's case.
    pub case_id: String,
    /// The case was made for this job and ends with it.
    pub is_own_case: bool,
    /// The key of the case.
    pub key: CaseKey,
    /// For whoever runs the job.
    pub note: String,
    /// What was asked.
    pub request: Vec<u8>,
    /// Files sent.
    pub files_total: u32,
    /// Ids of uploads that the request names; they are taken over.
    pub uploads: Vec<String>,
}

/// A job under way.
#[derive(Clone, Debug)]
pub struct RunningJob {
    /// Its name.
    pub id: String,
    /// Whose it is.
    pub department: String,
    /// Its case.
    pub case_id: String,
    /// The key of the case.
    pub key: CaseKey,
    /// As it was ordered.
    pub note: String,
    pub(super) uploads: Vec<String>,
    pub(super) jobs: Jobs,
}

impl RunningJob {
    /// What was asked. Blocks.
    ///
    /// # Errors
    ///
    /// When the file is gone or was changed.
    pub fn request(&self) -> Result<Vec<u8>, Error> {
        self.jobs.inner.files.read(&self.id, Part::Request, &self.key)
    }

    /// An upload that the job took over; none where it didn't. Blocks.
    ///
    /// # Errors
    ///
    /// When the file is gone or was changed.
    pub fn upload(&self, id: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(place) = self.uploads.iter().position(|upload| upload == id) else {
            return Ok(None);
        };
        let part = Part::Upload(place);
        if !self.jobs.inner.files.holds(&self.id, part) {
            return Ok(None);
        }
        self.jobs.inner.files.read(&self.id, part, &self.key).map(Some)
    }

    /// One more file was read.
    pub fn file_done(&self) {
        self.jobs.change(&self.id, |info| {
            info.files_done = info.files_done.saturating_add(1).min(info.files_total);
        });
    }

    /// Waits until somebody else has ended the job: it was cancelled, or its case erased.
    pub async fn ended(&self) {
        let mut changes = self.jobs.changes();
        while self.jobs.inner.state(&self.id).is_some_and(|state| !state.has_ended()) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Keeps the result. Says whether the job was still under way; otherwise nothing is kept. Blocks.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn succeed(&self, result: &[u8]) -> Result<bool, Error> {
        self.jobs.end(&self.id, Outcome::Succeeded, "", Some(result))
    }

    /// Ends the job without a result. Says whether it was still under way. Blocks.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn fail(&self, error: &str) -> Result<bool, Error> {
        self.jobs.end(&self.id, Outcome::Failed, error, None)
    }

    /// Puts the job back among those that wait.
    pub fn give_back(&self) {
        self.jobs.wait_again(&self.id);
    }
}
