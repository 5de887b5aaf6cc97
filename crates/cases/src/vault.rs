//! The vault: which case has which key.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use crate::error::Error;
use crate::jobs::{JobInfo, JobLimits, Jobs, Order};
use crate::key::{self, CaseKey, KEY_BYTES};
use crate::slots::{self, Slots, Tag};
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

/// How long the key of a case is kept after its last use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdleLimits {
    /// Of a case in the applicant's mode.
    pub applicant: Duration,
    /// Of a case in the office's mode.
    pub office: Duration,
}

impl Default for IdleLimits {
    fn default() -> IdleLimits {
        let day = Duration::from_secs(24 * 3600);
        IdleLimits { applicant: day, office: 30 * day }
    }
}

impl IdleLimits {
    fn of(self, mode: Mode) -> Duration {
        match mode {
            Mode::Applicant => self.applicant,
            Mode::Office => self.office,
        }
    }
}

/// Where the vault lies, and its limits.
#[derive(Clone, Debug)]
pub struct Config {
    /// The vault's own folder; made where it is missing. Never part of a backup.
    pub directory: PathBuf,
    /// What a department may hold as uploads.
    pub uploads: UploadLimits,
    /// What a department may have waiting.
    pub jobs: JobLimits,
    /// When cases erase themselves.
    pub idle: IdleLimits,
}

impl Config {
    /// The default limits.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Config {
        Config {
            directory: directory.into(),
            uploads: UploadLimits::default(),
            jobs: JobLimits::default(),
            idle: IdleLimits::default(),
        }
    }
}

/// What an erasure found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Whether there was a key to erase.
    pub existed: bool,
}

/// Keys of cases, uploads and jobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    slots: Mutex<Slots>,
    /// Finds the slot of a case: without it nobody can tell which cases the key file knows.
    lookup: Zeroizing<[u8; KEY_BYTES]>,
    uploads: Uploads,
    jobs: Jobs,
    idle: IdleLimits,
    clock: Clock,
    /// Held open: the lock ends with the process.
    _lock: fs_err::File,
}

impl fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Vault").field("uploads", &self.uploads).finish_non_exhaustive()
    }
}

impl Vault {
    /// Opens or makes a vault. Uploads of an earlier run are removed: their keys are gone.
    ///
    /// # Errors
    ///
    /// When another process has it open, its files are malformed, or the disk refuses.
    pub fn open(config: Config, clock: Clock) -> Result<Vault, Error> {
        let directory = &config.directory;
        journal::create_directory(directory)?;
        let lock = take_lock(directory)?;
        let keys = directory.join("keys.bin");
        let lookup = lookup_key(&directory.join("lookup.key"), keys.exists())?;
        let slots = Slots::open(&keys, seconds((clock)()))?;
        let uploads = Uploads::start(directory.join("uploads"), config.uploads, clock.clone())?;
        let jobs = Jobs::open(&directory.join("jobs"), config.jobs, clock.clone(), || {
            let keys = slots.all()?.into_iter();
            Ok(keys.map(|key| (key.reference(), key)).collect())
        })?;
        let (slots, idle) = (Mutex::new(slots), config.idle);
        let inner = Inner { slots, lookup, uploads, jobs, idle, clock, _lock: lock };
        let vault = Vault { inner: Arc::new(inner) };
        vault.sweep_jobs();
        Ok(vault)
    }

    /// Jobs whose time has passed go, with the keys of the cases made for them. Call it from time to time.
    /// Blocks on the disk.
    pub fn sweep_jobs(&self) {
        for (department, case_id) in self.inner.jobs.sweep() {
            if let Err(error) = self.erase_key(&department, &case_id) {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "failed to erase the key of a job whose time has passed",
                );
            }
        }
    }

    /// The key of a case, made and on the disk at its first use, which also fixes its mode. Blocks on the
    /// disk at the first use.
    ///
    /// # Errors
    ///
    /// When the case was begun in the other mode, or the disk refuses.
    pub fn case(&self, department: &str, case_id: &str, mode: Mode) -> Result<CaseKey, Error> {
        let tag = self.tag(department, case_id);
        let mut slots = self.slots();
        if let Some(fixed) = slots.mode(&tag) {
            if fixed != mode {
                return Err(Error::ModeMixed { fixed, asked: mode });
            }
            let key = slots.read(&tag)?.ok_or(Error::Failed)?;
            slots.touch(&tag, &key, self.now_s())?;
            return Ok(CaseKey::derive(&key, Some(mode)));
        }
        let key = key::random()?;
        slots.insert(tag, mode, &key, self.now_s())?;
        Ok(CaseKey::derive(&key, Some(mode)))
    }

    /// The key of a case that was begun and not erased.
    #[must_use]
    pub fn find(&self, department: &str, case_id: &str) -> Option<CaseKey> {
        let tag = self.tag(department, case_id);
        let slots = self.slots();
        match slots.read(&tag) {
            Ok(key) => Some(CaseKey::derive(&*key?, slots.mode(&tag))),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "failed to read the key of a case",
                );
                None
            }
        }
    }

    /// When the key of a case that is used now is erased, where nobody uses it again.
    #[must_use]
    pub fn erased_at_latest(&self, mode: Mode) -> SystemTime {
        (self.inner.clock)() + self.inner.idle.of(mode)
    }

    /// Erases the keys of cases that nobody has used for so long as [`IdleLimits`] says, and that have no
    /// job. How many there were. Call it from time to time. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn erase_idle(&self, mode: Mode) -> Result<usize, Error> {
        let idle = self.slots().idle(mode, self.inner.idle.of(mode));
        if idle.is_empty() {
            return Ok(0);
        }
        let cases = self.inner.jobs.cases();
        let busy: HashSet<Tag> =
            cases.iter().map(|(department, case_id)| self.tag(department, case_id)).collect();
        let mut erased = 0;
        for tag in idle.iter().filter(|tag| !busy.contains(*tag)) {
            let mut slots = self.slots();
            // Somebody may have used it just now.
            if slots.is_idle(tag, self.inner.idle.of(mode)) && slots.erase(tag)? {
                erased += 1;
            }
        }
        Ok(erased)
    }

    /// Overwrites the key of a case where it stands, and ends its jobs. Once this returns, the key is gone
    /// from the disk, and the case may be begun anew, with another key and in either mode. Idempotent.
    /// Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn erase(&self, department: &str, case_id: &str) -> Result<Erased, Error> {
        let existed = self.erase_key(department, case_id)?;
        self.inner.jobs.forget_case(department, case_id);
        Ok(Erased { existed })
    }

    pub(crate) fn erase_key(&self, department: &str, case_id: &str) -> Result<bool, Error> {
        let tag = self.tag(department, case_id);
        self.slots().erase(&tag)
    }

    /// Accepts a job: on the disk when this returns. The second value says whether it is a new one; where it
    /// isn't, a case made for it is erased again. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When the key stands for another job, a limit is reached, the case is erased meanwhile, or the disk
    /// refuses.
    pub fn submit(&self, order: Order) -> Result<(JobInfo, bool), Error> {
        let (department, case_id) = (order.department.clone(), order.case_id.clone());
        let (is_own_case, reference) = (order.is_own_case, order.key.reference());
        let is_live =
            || self.find(&department, &case_id).is_some_and(|key| key.reference() == reference);
        let submitted = self.inner.jobs.submit(order, &self.inner.uploads, is_live);
        if is_own_case && !matches!(submitted, Ok((_, true))) {
            self.erase_key(&department, &case_id)?;
        }
        submitted
    }

    /// The caller has what came of a job: it is erased. A case made for the job loses its key. Idempotent.
    /// Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When there is no such job, it has not ended, or the disk refuses.
    pub fn acknowledge(&self, department: &str, id: &str) -> Result<JobInfo, Error> {
        let (info, own_case) = self.inner.jobs.acknowledge(department, id)?;
        if let Some(case_id) = own_case {
            self.erase_key(department, &case_id)?;
        }
        Ok(info)
    }

    /// The jobs.
    #[must_use]
    pub fn jobs(&self) -> &Jobs {
        &self.inner.jobs
    }

    /// The uploads.
    #[must_use]
    pub fn uploads(&self) -> &Uploads {
        &self.inner.uploads
    }

    fn now_s(&self) -> u64 {
        seconds((self.inner.clock)())
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        // Slots change only after the disk has them, so that a panic elsewhere leaves them whole.
        self.inner.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tag(&self, department: &str, case_id: &str) -> Tag {
        let length = (department.len() as u64).to_le_bytes();
        key::hmac(&self.inner.lookup, &[&length, department.as_bytes(), case_id.as_bytes()])
    }
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn take_lock(directory: &Path) -> Result<fs_err::File, Error> {
    let file = fs_err::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(directory.join("lock"))?;
    match file.file().try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Error::Locked { directory: directory.to_path_buf() })
        }
        Err(std::fs::TryLockError::Error(error)) => Err(Error::File(error)),
    }
}

fn lookup_key(path: &Path, has_cases: bool) -> Result<Zeroizing<[u8; KEY_BYTES]>, Error> {
    if path.exists() {
        let bytes = Zeroizing::new(fs_err::read(path)?);
        let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice());
        return key.map(Zeroizing::new).map_err(|_| Error::Malformed { path: path.to_path_buf() });
    }
    if has_cases {
        return Err(Error::LookupKeyMissing { path: path.to_path_buf() });
    }
    let key = key::random()?;
    slots::write_private(path, key.as_slice())?;
    Ok(key)
}
