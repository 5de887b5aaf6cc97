//! The office's own classes of papers: their files, and how a running appliance takes up what has changed.
//!
//! `DATA/classes/ID/0001.json` is a version, never written again; `changes.json` beside it says what was done to the
//! class, the last switch holds. Whoever may write there may change classes. A running appliance records every change
//! before it answers by it; `recorded.json` counts what it has recorded.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use audit::{Entry, Kind, Log};
use documents::own::{
    Action, Change, Definition, FILE_BYTES_MAX, History, HistoryError, OwnClass, OwnError, Preview,
    Reason, State, is_id,
};
use documents::paper::Reader;
use documents::{Documents, Knowledge};
use inference::Lane;
use tokio_util::sync::CancellationToken;

use crate::durable_file::{self, Readable};
use crate::layout::Layout;
use crate::serve::{Clock, Opened};

mod console;

/// How often the folder is looked at.
const INTERVAL: Duration = Duration::from_millis(500);
/// Under whose account samples are judged.
const LANE: &str = "own-classes";
/// Bytes of the changes of a class: all versions, each with the longest note, stay below.
const CHANGES_BYTES_MAX: u64 = 2 << 20;

/// The files of the office's own classes.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// Why a class cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder.
    #[error("failed to read or keep the folder of classes")]
    File(#[from] io::Error),
    /// A file is not what was written.
    #[error("failed to use {path}; restore it, or delete the folder of the class at a stop")]
    Damaged {
        /// Which one.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A version is not the one that was saved.
    #[error("failed to use {path}: its SHA-256 is not the one of its saving; restore it")]
    Changed {
        /// Which one.
        path: PathBuf,
    },
    /// No such class.
    #[error("failed to find the class {id:?}; `amtshilfe classes list` shows all")]
    Unknown {
        /// What was asked for.
        id: String,
    },
    /// The class.
    #[error("failed to take the class")]
    Class(#[from] OwnError),
    /// The change.
    #[error("failed to change the class")]
    Change(#[from] HistoryError),
    /// The log.
    #[error("failed to record a change of a class")]
    Audit(#[from] audit::Error),
}

/// A change as it is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    /// When.
    pub at: SystemTime,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: Reason,
    /// Why, for people.
    pub note: String,
}

impl Order {
    fn change(self, action: Action, version: u32, digest: &str) -> Change {
        let at = self.at.duration_since(SystemTime::UNIX_EPOCH);
        Change {
            at_s: at.map_or(0, |since| since.as_secs()),
            by: self.by,
            action,
            version,
            digest: digest.to_owned(),
            reason: self.reason,
            note: self.note,
        }
    }
}

impl Store {
    /// The classes of a data folder, which may have none.
    #[must_use]
    pub fn new(layout: &Layout) -> Self {
        Self { folder: layout.classes() }
    }

    /// The ids of all classes, in order.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn ids(&self) -> Result<Vec<String>, Error> {
        if !self.folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut ids = Vec::new();
        for entry in fs_err::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_id(&name) && self.changes(&name).is_file() {
                ids.push(name);
            }
        }
        ids.sort();
        Ok(ids)
    }

    /// Everything that was done to a class.
    ///
    /// # Errors
    /// There is none of this id, or its file cannot be read.
    pub fn history(&self, id: &str) -> Result<History, Error> {
        let path = self.changes(id);
        if !is_id(id) || !path.is_file() {
            return Err(Error::Unknown { id: id.to_owned() });
        }
        if fs_err::metadata(&path)?.len() > CHANGES_BYTES_MAX {
            let source = "it is larger than the changes of any class".into();
            return Err(Error::Damaged { path, source });
        }
        let bytes = fs_err::read(&path)?;
        serde_json::from_slice(&bytes)
            .map_err(|source| Error::Damaged { path, source: source.into() })
    }

    /// A version of a class.
    ///
    /// # Errors
    /// There is no such version, or its file is not the one that was saved.
    pub fn version(&self, id: &str, version: u32) -> Result<OwnClass, Error> {
        let history = self.history(id)?;
        let last = history.last_version();
        let digest = history.digest(version).ok_or(HistoryError::Version { version, last })?;
        let path = self.file(id, version);
        let length = fs_err::metadata(&path)?.len();
        if length > u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX) {
            return Err(Error::Changed { path });
        }
        let class = OwnClass::from_bytes(&fs_err::read(&path)?)
            .map_err(|source| Error::Damaged { path: path.clone(), source: source.into() })?;
        if class.digest() != digest || class.definition().id != id {
            return Err(Error::Changed { path });
        }
        Ok(class)
    }

    /// The classes in force.
    ///
    /// # Errors
    /// As [`Store::version`].
    pub fn live(&self) -> Result<Vec<OwnClass>, Error> {
        let mut live = Vec::new();
        for id in self.ids()? {
            if let State::Live { version } = self.history(&id)?.state() {
                live.push(self.version(&id, version)?);
            }
        }
        Ok(live)
    }

    /// What papers would be judged by with this version in force.
    ///
    /// # Errors
    /// As [`Store::version`].
    pub fn with(&self, candidate: OwnClass) -> Result<Knowledge, Error> {
        let mut classes = self.live()?;
        classes.retain(|class| class.definition().id != candidate.definition().id);
        classes.push(candidate);
        Ok(Knowledge::with_own(&classes)?)
    }

    /// Saves a version and says its number; nothing is answered by it yet.
    ///
    /// # Errors
    /// The folder cannot be written, or the class has too many versions.
    pub fn save(&self, class: &OwnClass, order: Order) -> Result<u32, Error> {
        let _lock = self.lock()?;
        let id = &class.definition().id;
        let mut history = match self.history(id) {
            Err(Error::Unknown { .. }) => History::default(),
            other => other?,
        };
        let version = history.last_version() + 1;
        history.add(order.change(Action::Save, version, class.digest()))?;
        durable_file::private_folder(&self.folder.join(id))?;
        durable_file::write(&self.file(id, version), &class.to_bytes()?, Readable::ByOwner)?;
        self.keep(id, &history)?;
        Ok(version)
    }

    /// Puts a version in force or takes it out.
    ///
    /// # Errors
    /// It would change nothing, the version cannot be used, or the folder cannot be written.
    pub fn change(
        &self,
        id: &str,
        action: Action,
        version: u32,
        order: Order,
    ) -> Result<(), Error> {
        let _lock = self.lock()?;
        let mut history = self.history(id)?;
        let last = history.last_version();
        let digest = history.digest(version).ok_or(HistoryError::Version { version, last })?;
        let change = order.change(action, version, digest);
        history.add(change)?;
        if action != Action::Disable {
            // Better no change than one that a running appliance cannot take up.
            self.with(self.version(id, version)?)?;
        }
        self.keep(id, &history)
    }

    fn keep(&self, id: &str, history: &History) -> Result<(), Error> {
        let path = self.changes(id);
        let bytes = serde_json::to_vec_pretty(history)
            .map_err(|source| Error::Damaged { path: path.clone(), source: source.into() })?;
        Ok(durable_file::write(&path, &bytes, Readable::ByOwner)?)
    }

    /// Two that change classes at a time wait for each other.
    fn lock(&self) -> Result<std::fs::File, Error> {
        durable_file::private_folder(&self.folder)?;
        let mut options = fs_err::OpenOptions::new();
        let file = options.create(true).truncate(false).write(true);
        let file = file.open(self.folder.join("lock"))?.into_file();
        file.lock()?;
        Ok(file)
    }

    fn changes(&self, id: &str) -> PathBuf {
        self.folder.join(id).join("changes.json")
    }

    fn file(&self, id: &str, version: u32) -> PathBuf {
        self.folder.join(id).join(format!("{version:04}.json"))
    }

    fn recorded(&self) -> PathBuf {
        self.folder.join("recorded.json")
    }

    /// When what was last changed, to see that something has.
    fn stamp(&self) -> Vec<(String, Option<SystemTime>, u64)> {
        let ids = self.ids().unwrap_or_default();
        let of = |id: String| {
            let metadata = fs_err::metadata(self.changes(&id)).ok();
            let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
            (id, modified, metadata.map_or(0, |metadata| metadata.len()))
        };
        ids.into_iter().map(of).collect()
    }
}

/// The classes of a running appliance; the console and the watch over the folder share one.
#[derive(Debug)]
pub(crate) struct OwnClasses {
    store: Store,
    documents: Arc<ArcSwap<Documents>>,
    reader: Reader,
    log: Log,
    clock: ClockOf,
    /// One at a time, so that no change is recorded twice.
    taking_up: tokio::sync::Mutex<()>,
}

struct ClockOf(Clock);

impl std::fmt::Debug for ClockOf {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Clock")
    }
}

impl OwnClasses {
    pub(crate) fn new(layout: &Layout, opened: &Opened, clock: Clock) -> Self {
        Self {
            store: Store::new(layout),
            documents: opened.documents.clone(),
            reader: opened.reader.clone(),
            log: opened.log.clone(),
            clock: ClockOf(clock),
            taking_up: tokio::sync::Mutex::new(()),
        }
    }

    /// Takes up every change of the folder until `stop`. A class that cannot be taken up leaves everything as it was.
    pub(crate) async fn watch(self: Arc<Self>, stop: CancellationToken) {
        // Nothing seen yet: a change between the start and this watch is not missed.
        let mut seen = None;
        let mut ticks = tokio::time::interval(INTERVAL);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let now = Some(self.store.stamp());
            if now == seen {
                continue;
            }
            seen = now;
            // A record is never broken off; the rest keeps nobody waiting who wants to stop.
            let mut taken = self.record_changes().await;
            if taken.is_ok() {
                taken = tokio::select! {
                    () = stop.cancelled() => return,
                    taken = self.exchange() => taken,
                };
            }
            if let Err(error) = taken {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "the office's own classes stay as they were");
            }
        }
    }

    /// Records what has changed, then answers by it.
    pub(crate) async fn take_up(&self) -> Result<(), Error> {
        self.record_changes().await?;
        self.exchange().await
    }

    /// Answers by what is in force.
    async fn exchange(&self) -> Result<(), Error> {
        let store = self.store.clone();
        let made = tokio::task::spawn_blocking(move || {
            Ok::<_, Error>(Knowledge::with_own(&store.live()?)?)
        });
        let knowledge = made.await.map_err(io::Error::other)??;
        let present = self.documents.load();
        if knowledge.digest() != present.knowledge().digest() {
            tracing::info!(digest = knowledge.digest(), "the office's own classes have changed");
            self.documents.store(Arc::new(present.with_knowledge(knowledge)));
        }
        Ok(())
    }

    /// Records every change that is not yet in the log, those of a time without a running appliance too.
    pub(crate) async fn record_changes(&self) -> Result<(), Error> {
        let _one = self.taking_up.lock().await;
        let path = self.store.recorded();
        let mut recorded: BTreeMap<String, usize> = if path.exists() {
            serde_json::from_slice(&fs_err::read(&path)?)
                .map_err(|source| Error::Damaged { path: path.clone(), source: source.into() })?
        } else {
            BTreeMap::new()
        };
        for id in self.store.ids()? {
            let history = self.store.history(&id)?;
            let count = recorded.entry(id.clone()).or_default();
            for change in history.changes().iter().skip(*count) {
                self.record(&id, change).await?;
                *count += 1;
            }
            if *count > history.changes().len() {
                // The folder was replaced by an older one; what comes next is new again.
                *count = history.changes().len();
            }
        }
        if recorded.is_empty() {
            return Ok(());
        }
        let bytes = serde_json::to_vec_pretty(&recorded)
            .map_err(|source| Error::Damaged { path: path.clone(), source: source.into() })?;
        Ok(write_if_changed(&path, &bytes)?)
    }

    async fn record(&self, id: &str, change: &Change) -> Result<(), Error> {
        let facts = [
            ("classes", id.to_owned()),
            ("version", change.version.to_string()),
            ("class_digest", change.digest.clone()),
            ("reason", change.reason.as_str().to_owned()),
        ];
        let entry = Entry {
            kind: Kind::Change,
            department: change.by.clone(),
            method: format!("appliance/class-{}", change.action.as_str()),
            outcome: "OK".to_owned(),
            facts: facts.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            ..Entry::default()
        };
        self.log.commit(entry, ()).await?;
        Ok(())
    }

    /// Judges a version as if it were in force.
    async fn try_out(&self, id: &str, version: u32) -> Result<Preview, Error> {
        let (store, id) = (self.store.clone(), id.to_owned());
        let wanted = id.clone();
        let made = tokio::task::spawn_blocking(move || store.with(store.version(&id, version)?));
        let knowledge = made.await.map_err(io::Error::other)??;
        let documents = self.documents.load().with_knowledge(knowledge);
        let tried = aside(async move { documents.preview(&wanted, &Lane::bulk(LANE)).await });
        Ok(tried.await??)
    }
}

/// Runs work that computes for a while away from the threads that serve.
async fn aside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> io::Result<T> {
    let runtime = tokio::runtime::Handle::current();
    let done = tokio::task::spawn_blocking(move || runtime.block_on(work));
    done.await.map_err(io::Error::other)
}

fn write_if_changed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.exists() && fs_err::read(path)? == bytes {
        return Ok(());
    }
    durable_file::write(path, bytes, Readable::ByOwner)
}

#[cfg(test)]
mod tests;
