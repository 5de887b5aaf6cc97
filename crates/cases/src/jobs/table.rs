//! The jobs in memory: what a replay of the journal makes of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Instant, SystemTime};

use crate::key::CaseKey;

use super::entry::{Outcome, Sealed};

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Waits for its turn.
    Queued,
    /// Is being worked on.
    Running,
    /// Has a result, until that is acknowledged.
    Succeeded,
    /// Has none, and says why.
    Failed,
    /// Was called off.
    Cancelled,
}

impl JobState {
    /// Whether nothing more will happen.
    #[must_use]
    pub fn has_ended(self) -> bool {
        match self {
            JobState::Queued | JobState::Running => false,
            JobState::Succeeded | JobState::Failed | JobState::Cancelled => true,
        }
    }
}

impl From<Outcome> for JobState {
    fn from(outcome: Outcome) -> JobState {
        match outcome {
            Outcome::Succeeded => JobState::Succeeded,
            Outcome::Failed => JobState::Failed,
            Outcome::Cancelled => JobState::Cancelled,
        }
    }
}

/// A job as its department sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobInfo {
    /// Its name.
    pub id: String,
    /// Erasing this case ends and erases the job.
    pub case_id: String,
    /// Where it stands.
    pub state: JobState,
    /// When it was accepted.
    pub submitted_at: SystemTime,
    /// When it ended.
    pub ended_at: Option<SystemTime>,
    /// When it is forgotten with its result.
    pub expires_at: SystemTime,
    /// Files read so far.
    pub files_done: u32,
    /// Files sent.
    pub files_total: u32,
    /// Why it failed.
    pub error: String,
    /// The result was acknowledged and is erased.
    pub is_delivered: bool,
}

/// A job and what it is worked on with.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) info: JobInfo,
    pub(super) sealed: Sealed,
    pub(super) key: CaseKey,
    pub(super) expires: Instant,
}

/// All jobs, in the order they came.
#[derive(Debug, Default)]
pub(super) struct Table {
    jobs: BTreeMap<u64, Job>,
    places: HashMap<String, u64>,
    /// Of each department, in the order they came, so that a turn costs nothing for what has ended.
    queued: BTreeMap<String, BTreeSet<u64>>,
    /// How many are being worked on.
    running: usize,
    /// The department served last, so that the next one gets its turn.
    served: String,
}

impl Table {
    pub(super) fn insert(&mut self, place: u64, job: Job) {
        self.places.insert(job.info.id.clone(), place);
        self.queued.entry(job.sealed.department.clone()).or_default().insert(place);
        self.jobs.insert(place, job);
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Job> {
        self.move_to(id, JobState::Cancelled);
        self.jobs.remove(&self.places.remove(id)?)
    }

    /// Gives a job another state.
    pub(super) fn move_to(&mut self, id: &str, state: JobState) -> Option<&mut Job> {
        let place = *self.places.get(id)?;
        let job = self.jobs.get_mut(&place)?;
        match job.info.state {
            JobState::Queued => {
                if let Some(queue) = self.queued.get_mut(&job.sealed.department) {
                    queue.remove(&place);
                }
            }
            JobState::Running => self.running = self.running.saturating_sub(1),
            JobState::Succeeded | JobState::Failed | JobState::Cancelled => {}
        }
        match state {
            JobState::Queued => {
                self.queued.entry(job.sealed.department.clone()).or_default().insert(place);
            }
            JobState::Running => self.running += 1,
            JobState::Succeeded | JobState::Failed | JobState::Cancelled => {}
        }
        job.info.state = state;
        Some(job)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Job> {
        self.jobs.get(self.places.get(id)?)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Job> {
        self.jobs.get_mut(self.places.get(id)?)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (u64, &Job)> {
        self.jobs.iter().map(|(place, job)| (*place, job))
    }

    /// The jobs of a department from a place on.
    pub(super) fn of<'a>(
        &'a self,
        department: &'a str,
        from: u64,
    ) -> impl Iterator<Item = (u64, &'a Job)> {
        let jobs = self.jobs.range(from..).map(|(place, job)| (*place, job));
        jobs.filter(move |(_, job)| job.sealed.department == department)
    }

    /// How many wait, and how many are being worked on.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.queued.values().map(BTreeSet::len).sum(), self.running)
    }

    /// The oldest waiting job of the department whose turn it is; it runs from now on.
    pub(super) fn take(&mut self) -> Option<&Job> {
        self.queued.retain(|_, queue| !queue.is_empty());
        let later = self.queued.iter().find(|(name, _)| **name > self.served);
        let (department, queue) = later.or_else(|| self.queued.iter().next())?;
        self.served.clone_from(department);
        let id = self.jobs.get(queue.first()?)?.info.id.clone();
        let job = self.move_to(&id, JobState::Running)?;
        job.info.files_done = 0;
        Some(job)
    }
}
