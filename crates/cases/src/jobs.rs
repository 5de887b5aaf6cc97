//! Work accepted now and done later: durable before it is answered, done once, gone with its case.
//!
//! A journal says which jobs there are and how they ended. What was asked, what was sent with it and what
//! came of it lie in files of their own, sealed under the key of the job's case like everything in the
//! journal that could name a person, a case or a department. A job whose case has no key any more does not
//! exist. Whether a job is running is known in memory alone: after a start it waits again.

mod entry;
mod files;
mod replay;
mod running;
mod table;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use journal::Journal;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use self::entry::{Entry, Outcome, Sealed, milliseconds};
use self::files::{Files, Part};
use self::replay::{finish, info, replay};
pub use self::running::{Order, RunningJob};
use self::table::{Job, Table};
pub use self::table::{JobInfo, JobState};
use crate::error::Error;
use crate::key::CaseKey;
use crate::uploads::Uploads;
use crate::vault::Clock;

/// What a department may have waiting, and for how long a job is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobLimits {
    /// Jobs of a department that have not ended.
    pub waiting_max: u64,
    /// Jobs of a department that are known, ended ones included until their time has passed. Before one is
    /// refused, the oldest whose result was acknowledged is forgotten.
    pub held_max: u64,
    /// Bytes that the jobs of a department may hold.
    pub department_bytes_max: u64,
    /// From its submission on, with its result.
    pub lifetime: Duration,
}

impl Default for JobLimits {
    fn default() -> JobLimits {
        JobLimits {
            waiting_max: 1000,
            held_max: 10_000,
            department_bytes_max: 4 << 30,
            lifetime: Duration::from_secs(24 * 3600),
        }
    }
}

/// The jobs of all departments. Cheap to clone.
#[derive(Clone)]
pub struct Jobs {
    inner: Arc<Inner>,
}

struct Inner {
    journal: Journal,
    files: Files,
    limits: JobLimits,
    clock: Clock,
    /// Held over every change that the journal gets.
    writing: Mutex<()>,
    table: Mutex<Table>,
    changes: watch::Sender<u64>,
}

impl fmt::Debug for Jobs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Jobs").field("limits", &self.inner.limits).finish_non_exhaustive()
    }
}

impl Inner {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self, id: &str) -> Option<JobState> {
        self.table().get(id).map(|job| job.info.state)
    }

    fn append(&self, entry: &Entry) -> Result<u64, Error> {
        Ok(self.journal.append(&[&entry.encode()?])?)
    }

    fn now_ms(&self) -> u64 {
        milliseconds((self.clock)())
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }
}

impl Jobs {
    /// Takes up the jobs of earlier runs. `keys` are those of all cases that are not erased, by reference.
    pub(crate) fn open(
        directory: &Path,
        limits: JobLimits,
        clock: Clock,
        keys: impl FnOnce() -> Result<HashMap<String, CaseKey>, Error>,
    ) -> Result<Jobs, Error> {
        let journal = Journal::open(journal::Config::new(directory.join("journal")))?;
        if let Some(torn) = journal.torn() {
            tracing::warn!(bytes = torn.bytes, "a job that was being submitted was cut off");
        }
        let files = Files::open(directory.join("held"))?;
        let table = replay(&journal, &files, &clock, keys)?;
        files.keep_only(|id| table.get(id).is_some())?;
        let inner = Inner {
            journal,
            files,
            limits,
            clock,
            writing: Mutex::new(()),
            table: Mutex::new(table),
            changes: watch::Sender::new(0),
        };
        Ok(Jobs { inner: Arc::new(inner) })
    }

    /// Changes whenever a job does.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Accepts a job; on the disk when this returns. The second value says whether it is a new one.
    pub(crate) fn submit(
        &self,
        order: Order,
        uploads: &Uploads,
        is_live: impl FnOnce() -> bool,
    ) -> Result<(JobInfo, bool), Error> {
        let _writing = self.write();
        let digest = hex::encode(Sha256::digest(&order.request));
        if let Some(known) = self.known(&order, &digest)? {
            return Ok((known, false));
        }
        self.make_room(&order.department)?;
        // Erasing the case waits for this submission, or has taken place.
        if !is_live() {
            return Err(Error::CaseErased);
        }
        let id = new_id()?;
        let job = self.store(&id, order, digest, uploads).inspect_err(|_| {
            drop(self.inner.files.keep_only(|known| known != id));
        })?;
        Ok((job, true))
    }

    /// The job that this key already stands for.
    fn known(&self, order: &Order, digest: &str) -> Result<Option<JobInfo>, Error> {
        if order.idempotency_key.is_empty() {
            return Ok(None);
        }
        let table = self.inner.table();
        let mut jobs = table.of(&order.department, 0);
        let same = jobs.find(|(_, job)| job.sealed.idempotency_key == order.idempotency_key);
        match same {
            Some((_, job)) if job.sealed.digest == digest => Ok(Some(job.info.clone())),
            Some(_) => Err(Error::KeyTaken),
            None => Ok(None),
        }
    }

    /// Needs the writing lock.
    fn make_room(&self, department: &str) -> Result<(), Error> {
        let JobLimits { waiting_max, held_max, .. } = self.inner.limits;
        let (mut held, mut waiting, mut delivered) = (0, 0, None);
        for (_, job) in self.inner.table().of(department, 0) {
            held += 1;
            waiting += u64::from(!job.info.state.has_ended());
            if job.info.is_delivered && delivered.is_none() {
                delivered = Some(job.info.id.clone());
            }
        }
        if waiting >= waiting_max {
            let (limit, actual) = ("jobs_waiting", waiting + 1);
            return Err(Error::Limit { limit, allowed: waiting_max, actual });
        }
        if held >= held_max {
            let (limit, actual) = ("jobs_held", held + 1);
            let oldest = delivered.ok_or(Error::Limit { limit, allowed: held_max, actual })?;
            self.forget(&oldest);
        }
        Ok(())
    }

    fn store(
        &self,
        id: &str,
        order: Order,
        digest: String,
        uploads: &Uploads,
    ) -> Result<JobInfo, Error> {
        let Inner { files, limits, clock, .. } = &*self.inner;
        let held: u64 =
            self.inner.table().of(&order.department, 0).map(|(_, job)| job.sealed.bytes).sum();
        let mut bytes = files.write(id, Part::Request, &order.key, &order.request)?;
        for (place, upload) in order.uploads.iter().enumerate() {
            // One that cannot be had is an error of that file alone, when the job runs.
            let Ok(content) = uploads.open(&order.department, upload) else { continue };
            let actual = held.saturating_add(bytes).saturating_add(content.len() as u64);
            let allowed = limits.department_bytes_max;
            if actual > allowed {
                return Err(Error::Limit { limit: "job_bytes", allowed, actual });
            }
            bytes += files.write(id, Part::Upload(place), &order.key, &content)?;
        }
        files.sync()?;
        let sealed = Sealed {
            department: order.department,
            case_id: order.case_id,
            is_own_case: order.is_own_case,
            idempotency_key: order.idempotency_key,
            digest,
            note: order.note,
            files_total: order.files_total,
            uploads: order.uploads,
            bytes,
        };
        let at = (clock)();
        let expires_at = at + limits.lifetime;
        let plain = serde_json::to_vec(&sealed).map_err(Error::JobEntry)?;
        let place = self.inner.append(&Entry::Submitted {
            job: id.to_owned(),
            case: order.key.reference(),
            at_ms: milliseconds(at),
            expires_ms: milliseconds(expires_at),
            sealed: hex::encode(order.key.seal(&label(id), &plain)?),
        })?;
        let expires = Instant::now() + limits.lifetime;
        let job = Job { info: info(id, &sealed, at, expires_at), sealed, key: order.key, expires };
        let info = job.info.clone();
        self.inner.table().insert(place, job);
        self.inner.changed();
        Ok(info)
    }

    /// The next job to work on, by turns of the departments.
    #[must_use]
    pub fn take(&self) -> Option<RunningJob> {
        let mut table = self.inner.table();
        let job = table.take()?;
        let running = RunningJob {
            id: job.info.id.clone(),
            department: job.sealed.department.clone(),
            case_id: job.sealed.case_id.clone(),
            key: job.key.clone(),
            note: job.sealed.note.clone(),
            uploads: job.sealed.uploads.clone(),
            jobs: self.clone(),
        };
        drop(table);
        self.inner.changed();
        Some(running)
    }

    /// A job of this department.
    ///
    /// # Errors
    ///
    /// When there is none, or no longer.
    pub fn get(&self, department: &str, id: &str) -> Result<JobInfo, Error> {
        let table = self.inner.table();
        let job = table.get(id).filter(|job| job.sealed.department == department);
        job.map(|job| job.info.clone()).ok_or(Error::UnknownJob)
    }

    /// What came of a job; none where it has no result, or no longer. Blocks.
    ///
    /// # Errors
    ///
    /// When there is no such job, or its file was changed.
    pub fn result(&self, department: &str, id: &str) -> Result<Option<Vec<u8>>, Error> {
        let key = {
            let table = self.inner.table();
            let job = table.get(id).filter(|job| job.sealed.department == department);
            let job = job.ok_or(Error::UnknownJob)?;
            if job.info.state != JobState::Succeeded || job.info.is_delivered {
                return Ok(None);
            }
            job.key.clone()
        };
        self.inner.files.read(id, Part::Result, &key).map(Some)
    }

    /// Jobs of a department, in the order they came, from a place on; with the place of the next.
    #[must_use]
    pub fn list(
        &self,
        department: &str,
        state: Option<JobState>,
        from: u64,
        limit: usize,
    ) -> (Vec<JobInfo>, Option<u64>) {
        let table = self.inner.table();
        let mut jobs = table
            .of(department, from)
            .filter(|(_, job)| state.is_none_or(|state| job.info.state == state));
        let listed = jobs.by_ref().take(limit).map(|(_, job)| job.info.clone()).collect();
        (listed, jobs.next().map(|(place, _)| place))
    }

    /// The departments and cases that have a job.
    pub(crate) fn cases(&self) -> Vec<(String, String)> {
        let table = self.inner.table();
        let names = |job: &Job| (job.sealed.department.clone(), job.sealed.case_id.clone());
        table.all().map(|(_, job)| names(job)).collect()
    }

    /// How many jobs wait, and how many are being worked on.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        self.inner.table().counts()
    }

    /// Calls a job off. One that has ended stays as it is. Blocks.
    ///
    /// # Errors
    ///
    /// When there is no such job, or the disk refuses.
    pub fn cancel(&self, department: &str, id: &str) -> Result<JobInfo, Error> {
        self.get(department, id)?;
        self.end(id, Outcome::Cancelled, "", None)?;
        self.get(department, id)
    }

    /// The caller has the result: it is removed. Says whether the key of its case may go with it. Blocks.
    pub(crate) fn acknowledge(
        &self,
        department: &str,
        id: &str,
    ) -> Result<(JobInfo, Option<String>), Error> {
        let _writing = self.write();
        let info = self.get(department, id)?;
        if !info.state.has_ended() {
            return Err(Error::JobNotEnded);
        }
        if info.is_delivered {
            return Ok((info, None));
        }
        self.inner.append(&Entry::Delivered { job: id.to_owned(), at_ms: self.inner.now_ms() })?;
        self.inner.files.remove_result(id);
        let mut own_case = None;
        if let Some(job) = self.inner.table().get_mut(id) {
            job.info.is_delivered = true;
            job.sealed.bytes = 0;
            own_case = job.sealed.is_own_case.then(|| job.sealed.case_id.clone());
        }
        self.inner.changed();
        Ok((self.get(department, id)?, own_case))
    }

    /// The key of a case is gone: so are its jobs.
    pub(crate) fn forget_case(&self, department: &str, case_id: &str) {
        let _writing = self.write();
        let of_case = |job: &Job| job.sealed.case_id == case_id;
        let ids: Vec<String> = {
            let table = self.inner.table();
            let jobs = table.of(department, 0).filter(|(_, job)| of_case(job));
            jobs.map(|(_, job)| job.info.id.clone()).collect()
        };
        for id in ids {
            self.forget(&id);
        }
    }

    /// Forgets jobs whose time has passed. The cases made for them, whose keys may go.
    pub(crate) fn sweep(&self) -> Vec<(String, String)> {
        let _writing = self.write();
        let now = Instant::now();
        let expired: Vec<(String, Option<(String, String)>)> = {
            let table = self.inner.table();
            let jobs = table.all().filter(|(_, job)| job.expires <= now);
            let own = |job: &Job| {
                let names = (job.sealed.department.clone(), job.sealed.case_id.clone());
                job.sealed.is_own_case.then_some(names)
            };
            jobs.map(|(_, job)| (job.info.id.clone(), own(job))).collect()
        };
        for (id, _) in &expired {
            self.forget(id);
        }
        expired.into_iter().filter_map(|(_, case)| case).collect()
    }

    /// Needs the writing lock.
    fn forget(&self, id: &str) {
        let Some(job) = self.inner.table().remove(id) else { return };
        let gone = Entry::Gone { job: id.to_owned(), at_ms: self.inner.now_ms() };
        if let Err(error) = self.inner.append(&gone) {
            // It cannot come back: without a key it isn't taken up, and its time stays passed.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "failed to note that a job went"
            );
        }
        self.inner.files.remove_request(id, job.sealed.uploads.len());
        self.inner.files.remove_result(id);
        self.inner.changed();
    }

    fn end(
        &self,
        id: &str,
        outcome: Outcome,
        error: &str,
        result: Option<&[u8]>,
    ) -> Result<bool, Error> {
        let _writing = self.write();
        let found = {
            let table = self.inner.table();
            let job = table.get(id).filter(|job| !job.info.state.has_ended());
            job.map(|job| (job.key.clone(), job.sealed.uploads.len()))
        };
        let Some((key, uploads)) = found else { return Ok(false) };
        let mut bytes = 0;
        if let Some(result) = result {
            bytes = self.inner.files.write(id, Part::Result, &key, result)?;
            self.inner.files.sync()?;
        }
        let at_ms = self.inner.now_ms();
        let (job, error) = (id.to_owned(), error.to_owned());
        self.inner.append(&Entry::Ended { job, outcome, error: error.clone(), at_ms })?;
        if let Some(job) = finish(&mut self.inner.table(), id, outcome, error, at_ms) {
            job.sealed.bytes = bytes;
        }
        self.inner.files.remove_request(id, uploads);
        self.inner.changed();
        Ok(true)
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut JobInfo)) {
        let mut table = self.inner.table();
        let job = table.get_mut(id).filter(|job| job.info.state == JobState::Running);
        if let Some(job) = job {
            change(&mut job.info);
            drop(table);
            self.inner.changed();
        }
    }

    fn wait_again(&self, id: &str) {
        let mut table = self.inner.table();
        if table.get(id).is_some_and(|job| job.info.state == JobState::Running) {
            table.move_to(id, JobState::Queued);
            drop(table);
            self.inner.changed();
        }
    }

    fn write(&self) -> MutexGuard<'_, ()> {
        self.inner.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn label(id: &str) -> String {
    format!("job {id}")
}

fn new_id() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}
