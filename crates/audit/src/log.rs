//! The log as others see it.

#[cfg(test)]
mod tests;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use crate::committer::{self, Queue};
use crate::core::Core;
use crate::entry::Entry;
use crate::error::Error;
use crate::facts;
use crate::leaf;
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

/// The audit log. Cheap to clone; the last clone waits for what is being written.
#[derive(Clone, Debug)]
pub struct Log {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    core: Arc<Core>,
    queue: Arc<Queue>,
    committer: Option<JoinHandle<()>>,
}

impl Log {
    /// Opens or begins a log: hashes every record again, compares every checkpoint, and closes starts
    /// without an end.
    ///
    /// # Errors
    ///
    /// When what is on the disk contradicts a checkpoint, the key is missing, or the disk refuses.
    pub fn open(config: Config, clock: Clock) -> Result<Log, Error> {
        journal::create_directory(&config.directory)?;
        let core = Arc::new(Core::open(&config, clock)?);
        let queue = Arc::new(Queue::default());
        let committer = {
            let (core, queue) = (Arc::clone(&core), Arc::clone(&queue));
            std::thread::Builder::new()
                .name("audit-committer".to_owned())
                .spawn(move || committer::run(&core, &queue))?
        };
        Ok(Log { inner: Arc::new(Inner { core, queue, committer: Some(committer) }) })
    }

    /// Records an entry and gives the answer back once the record is on the disk, under a signed
    /// checkpoint. The entry is handed over before this returns: it is recorded even when the future is
    /// dropped, polled or not.
    ///
    /// # Errors
    ///
    /// When the record cannot be written; the answer is dropped then, and the log stays closed.
    pub fn commit<T>(
        &self,
        entry: Entry,
        answer: T,
    ) -> impl Future<Output = Result<Recorded<T>, Error>> + use<T> {
        let handed_over = self.hand_over(entry);
        async move {
            let index = handed_over?.await.unwrap_or(Err(Error::Failed))?;
            Ok(Recorded::new(index, answer))
        }
    }

    /// As [`Log::commit`], for threads that may block.
    ///
    /// # Errors
    ///
    /// As [`Log::commit`].
    pub fn commit_blocking<T>(&self, entry: Entry, answer: T) -> Result<Recorded<T>, Error> {
        let index = self.hand_over(entry)?.blocking_recv().unwrap_or(Err(Error::Failed))?;
        Ok(Recorded::new(index, answer))
    }

    fn hand_over(
        &self,
        mut entry: Entry,
    ) -> Result<tokio::sync::oneshot::Receiver<Result<u64, Error>>, Error> {
        if self.inner.core.has_failed() {
            return Err(Error::Failed);
        }
        facts::hold(&mut entry)?;
        // With the largest index, so that the entry fits wherever it comes to stand.
        let bytes = leaf::encode(u64::MAX, SystemTime::UNIX_EPOCH, &entry).len();
        if bytes == 0 || bytes > leaf::LEAF_BYTES_MAX {
            return Err(Error::TooLarge { bytes, bytes_max: leaf::LEAF_BYTES_MAX });
        }
        self.inner.queue.push(entry)
    }

    /// The newest checkpoint, a C2SP signed note. It covers every record that was ever answered for.
    #[must_use]
    pub fn checkpoint(&self) -> String {
        self.inner.core.read_state().checkpoint.clone()
    }

    /// The verifier key, a C2SP vkey, as it stands in `verifier.key`.
    #[must_use]
    pub fn verifier_key(&self) -> String {
        self.inner.core.signer.verifier_key()
    }

    /// Reads records.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn records(&self, filter: &Filter) -> Result<RecordPage, Error> {
        self.inner.core.records(filter)
    }

    /// Proves that a record stands in the tree of a size; size 0 is that of the newest checkpoint.
    ///
    /// # Errors
    ///
    /// When there is no such record or no tree of that size.
    pub fn prove_inclusion(&self, index: u64, tree_size: u64) -> Result<InclusionProof, Error> {
        let state = self.inner.core.read_state();
        let size = if tree_size == 0 { state.size } else { tree_size };
        if size > state.size {
            return Err(Error::OutOfRange { asked: size, size: state.size });
        }
        let hashes = state
            .tree
            .inclusion(index, size)
            .ok_or(Error::OutOfRange { asked: index, size: state.size })?;
        Ok(InclusionProof { index, tree_size: size, hashes })
    }

    /// Proves that a tree is the beginning of a larger one.
    ///
    /// # Errors
    ///
    /// When there are no trees of these sizes.
    pub fn prove_consistency(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, Error> {
        let state = self.inner.core.read_state();
        let out_of_range = Error::OutOfRange { asked: from.max(to), size: state.size };
        if to > state.size {
            return Err(out_of_range);
        }
        state.tree.consistency(from, to).ok_or(out_of_range)
    }

    /// Signs a text that is no checkpoint, for receipts: a signed note under the log's key, whose first line
    /// says that it is a receipt, and the second whose.
    ///
    /// # Errors
    ///
    /// When the message isn't text.
    pub fn sign(&self, message: &[u8]) -> Result<String, Error> {
        let text = std::str::from_utf8(message).map_err(|_| Error::Message)?;
        if text.is_empty() || text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(Error::Message);
        }
        Ok(self.inner.core.signer.receipt(text))
    }

    /// How the log is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.core.stats()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(committer) = self.committer.take()
            && committer.join().is_err()
        {
            tracing::error!("the committer of the audit log ended by a panic");
        }
    }
}
