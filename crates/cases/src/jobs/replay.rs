//! Jobs from their journal.

use std::collections::HashMap;
use std::time::{Instant, SystemTime};

use journal::Journal;

use super::entry::{Entry, Outcome, Sealed, time};
use super::files::Files;
use super::label;
use super::table::{Job, JobInfo, JobState, Table};
use crate::error::Error;
use crate::key::CaseKey;
use crate::vault::Clock;

/// What the journal leaves of the jobs whose cases are not erased.
pub(super) fn replay(
    journal: &Journal,
    files: &Files,
    clock: &Clock,
    keys: impl FnOnce() -> Result<HashMap<String, CaseKey>, Error>,
) -> Result<Table, Error> {
    let mut table = Table::default();
    if journal.len() == 0 {
        return Ok(table);
    }
    let (keys, now) = (keys()?, (clock)());
    for read in journal.entries(0) {
        let (place, bytes) = read?;
        match Entry::decode(&bytes)? {
            Entry::Submitted { job, case, at_ms, expires_ms, sealed } => {
                let Some(key) = keys.get(&case) else { continue };
                let sealed = hex::decode(sealed).map_err(|_| Error::Sealed)?;
                let sealed = key.open(&label(&job), &sealed)?;
                let sealed: Sealed = serde_json::from_slice(&sealed).map_err(Error::JobEntry)?;
                let expires_at = time(expires_ms);
                let left = expires_at.duration_since(now).unwrap_or_default();
                let info = info(&job, &sealed, time(at_ms), expires_at);
                let expires = Instant::now() + left;
                table.insert(place, Job { info, sealed, key: key.clone(), expires });
            }
            Entry::Ended { job, outcome, error, at_ms } => {
                finish(&mut table, &job, outcome, error, at_ms);
            }
            Entry::Delivered { job, .. } => {
                if let Some(job) = table.get_mut(&job) {
                    job.info.is_delivered = true;
                    job.sealed.bytes = 0;
                }
            }
            Entry::Gone { job, .. } => drop(table.remove(&job)),
        }
    }
    // A crash between the two leaves what the journal has done away with.
    let ended = table.all().filter(|(_, job)| job.info.state.has_ended());
    for (_, job) in ended {
        files.remove_request(&job.info.id, job.sealed.uploads.len());
        if job.info.is_delivered {
            files.remove_result(&job.info.id);
        }
    }
    Ok(table)
}

pub(super) fn info(id: &str, sealed: &Sealed, at: SystemTime, expires_at: SystemTime) -> JobInfo {
    JobInfo {
        id: id.to_owned(),
        case_id: sealed.case_id.clone(),
        state: JobState::Queued,
        submitted_at: at,
        ended_at: None,
        expires_at,
        files_done: 0,
        files_total: sealed.files_total,
        error: String::new(),
        is_delivered: false,
    }
}

pub(super) fn finish<'a>(
    table: &'a mut Table,
    id: &str,
    outcome: Outcome,
    error: String,
    at_ms: u64,
) -> Option<&'a mut Job> {
    let job = table.move_to(id, outcome.into())?;
    job.info.ended_at = Some(time(at_ms));
    job.info.error = error;
    job.sealed.bytes = 0;
    if outcome == Outcome::Succeeded {
        job.info.files_done = job.info.files_total;
    }
    Some(job)
}
