//! The log.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::entry::Entry;
use crate::error::Error;
use crate::query::{Filter, RecordPage};
use crate::recorded::Recorded;
use crate::tree::InclusionProof;

/// Where the log gets the time from.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Where the log lies and what it is called.
#[derive(Clone, Debug)]
pub struct Config {
    /// The log's own folder; made where it is missing.
    pub directory: PathBuf,
    /// The name in checkpoints and of the key, as `amtshilfe.example/appliance-0001/audit`.
    pub origin: String,
    /// Where the derived index lies. It may be deleted at any time while the log is closed.
    pub index_directory: PathBuf,
    /// A new segment of the journal begins once one has grown past this.
    pub segment_bytes_max: u64,
}

impl Config {
    /// The index inside the log's folder, segments of 64 MiB.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>, origin: impl Into<String>) -> Config {
        let directory = directory.into();
        Config {
            index_directory: directory.join("index"),
            directory,
            origin: origin.into(),
            segment_bytes_max: 64 << 20,
        }
    }
}

/// How the log is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Records, each covered by the newest checkpoint.
    pub records: u64,
    /// Time since the newest checkpoint.
    pub checkpoint_age: Duration,
    /// How long the newest batch took to reach the disk.
    pub write_time: Duration,
    /// The median over the newest batches.
    pub write_time_median: Duration,
    /// 99 of 100 of the newest batches took no longer.
    pub write_time_p99: Duration,
    /// Whether the log failed and gives no more answers.
    pub failed: bool,
}

/// The audit log. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Log {}

impl Log {
    /// Opens or begins a log.
    ///
    /// # Errors
    ///
    /// When what is on the disk contradicts the last checkpoint, the key is missing, or the disk refuses.
    pub fn open(config: Config, clock: Clock) -> Result<Log, Error> {
        drop((config, clock));
        Err(Error::Failed)
    }

    /// Records an entry and gives the answer back once the record is on the disk, under a signed
    /// checkpoint. The record is written even when the future is dropped.
    ///
    /// # Errors
    ///
    /// When the record cannot be written; the answer is dropped then.
    pub fn commit<T>(
        &self,
        entry: Entry,
        answer: T,
    ) -> impl Future<Output = Result<Recorded<T>, Error>> + use<T> {
        drop((entry, answer));
        std::future::ready(Err(Error::Failed))
    }

    /// The newest checkpoint, a C2SP signed note. It covers every record that was ever answered for.
    #[must_use]
    pub fn checkpoint(&self) -> String {
        String::new()
    }

    /// The verifier key, a C2SP vkey, as it stands in `verifier.key`.
    #[must_use]
    pub fn verifier_key(&self) -> String {
        String::new()
    }

    /// Reads records.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn records(&self, filter: &Filter) -> Result<RecordPage, Error> {
        let _ = filter;
        Err(Error::Failed)
    }

    /// Proves that a record stands in the tree of a size; size 0 is that of the newest checkpoint.
    ///
    /// # Errors
    ///
    /// When there is no such record or no tree of that size.
    pub fn prove_inclusion(&self, index: u64, tree_size: u64) -> Result<InclusionProof, Error> {
        Err(Error::OutOfRange { asked: index, size: tree_size })
    }

    /// Proves that a tree is the beginning of a larger one.
    ///
    /// # Errors
    ///
    /// When there are no trees of these sizes.
    pub fn prove_consistency(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, Error> {
        Err(Error::OutOfRange { asked: from, size: to })
    }

    /// Signs a text that is no checkpoint, for receipts: a signed note under the log's key, whose first line
    /// says that it is a receipt.
    ///
    /// # Errors
    ///
    /// When the message isn't text.
    pub fn sign(&self, message: &[u8]) -> Result<String, Error> {
        let _ = message;
        Err(Error::Failed)
    }

    /// How the log is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::default()
    }
}
