//! What committer and readers share: the journal, the tree over it, the newest checkpoint.

mod opening;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant, SystemTime};

use journal::{Index, Journal};

use crate::committer::BATCH_RECORDS_MAX;
use crate::entry::{Entry, Kind, Record};
use crate::error::Error;
use crate::leaf;
use crate::log::{Clock, Stats};
use crate::note::Signer;
use crate::tree::{self, Tree};

/// Begins a journal entry that is a record.
pub(crate) const RECORD: u8 = b'R';
/// Begins a journal entry that is a checkpoint.
pub(crate) const CHECKPOINT: u8 = b'C';
/// A clock that runs backwards by less is only slewing.
const CLOCK_BACK_MIN: Duration = Duration::from_secs(1);
/// Writes that the percentiles look back on.
const TIMES_KEPT: usize = 512;

pub(crate) struct Core {
    pub(crate) journal: Journal,
    pub(crate) index: Index,
    pub(crate) signer: Signer,
    pub(crate) clock: Clock,
    pub(crate) state: RwLock<State>,
    /// Records that stand in the index; 0 while it cannot be used.
    pub(crate) indexed: AtomicU64,
    /// The index failed and is left alone until the log is opened again.
    pub(crate) index_poisoned: AtomicBool,
    failed: AtomicBool,
    write_times: Mutex<VecDeque<Duration>>,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Core").field("journal", &self.journal).finish_non_exhaustive()
    }
}

/// What changes with every batch.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// May be ahead of `size` while a batch is on its way to the disk.
    pub(crate) tree: Tree,
    /// Where each record stands in the journal.
    pub(crate) sequences: Vec<u64>,
    /// Records under the newest checkpoint.
    pub(crate) size: u64,
    pub(crate) checkpoint: String,
    pub(crate) checkpoint_at: Option<Instant>,
    pub(crate) last_at: Option<SystemTime>,
    /// From this record on the times never run backwards.
    pub(crate) ordered_from: u64,
}

impl Core {
    pub(crate) fn read_state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_state(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Writes records and the checkpoint over them in one append, and returns their indices. Only the
    /// committer calls this, and opening before there is one.
    pub(crate) fn write(&self, entries: Vec<Entry>) -> Result<Vec<u64>, Error> {
        if self.has_failed() {
            return Err(Error::Failed);
        }
        self.try_write(entries).inspect_err(|error| {
            self.failed.store(true, Ordering::Release);
            tracing::error!(
                error = error as &dyn std::error::Error,
                "the audit log failed: from now on every answer is dropped",
            );
        })
    }

    fn try_write(&self, entries: Vec<Entry>) -> Result<Vec<u64>, Error> {
        let started = Instant::now();
        let mut batch = Batch::default();
        let checkpoint = {
            let mut state = self.write_state();
            batch.first = state.size;
            for entry in entries {
                let at = (self.clock)();
                if let Some(back) = clock_back(state.last_at, at) {
                    batch.add(&mut state, at, &clock_change(back));
                }
                let index = batch.add(&mut state, at, &entry);
                batch.indices.push(index);
            }
            let size = state.tree.len();
            let root = state.tree.root(size).ok_or(Error::Failed)?;
            self.signer.checkpoint(size, &root)
        };
        let records = batch.leaves.len();
        batch.leaves.push([&[CHECKPOINT], checkpoint.as_bytes()].concat());
        let slices: Vec<&[u8]> = batch.leaves.iter().map(Vec::as_slice).collect();
        let sequence = self.journal.append(&slices)?;
        {
            let mut state = self.write_state();
            state.sequences.extend((sequence..).take(records));
            state.size = state.tree.len();
            state.checkpoint = checkpoint;
            state.checkpoint_at = Some(Instant::now());
        }
        self.observe(records, started.elapsed());
        Ok(batch.indices)
    }

    fn observe(&self, records: usize, took: Duration) {
        metrics::counter!("amtshilfe_audit_records_total").increment(records as u64);
        metrics::histogram!("amtshilfe_audit_write_duration_seconds").record(took.as_secs_f64());
        let mut times = self.write_times.lock().unwrap_or_else(PoisonError::into_inner);
        if times.len() >= TIMES_KEPT {
            times.pop_front();
        }
        times.push_back(took);
    }

    /// Reads one record that is under the newest checkpoint.
    pub(crate) fn record(&self, index: u64) -> Result<Record, Error> {
        let (sequence, size) = {
            let state = self.read_state();
            let place = usize::try_from(index).ok();
            (place.and_then(|place| state.sequences.get(place).copied()), state.size)
        };
        let sequence = sequence.ok_or(Error::OutOfRange { asked: index, size })?;
        let bytes = self.journal.read(sequence)?;
        record(bytes).ok_or(Error::Contradiction { what: "no record stands", sequence })
    }

    pub(crate) fn stats(&self) -> Stats {
        let mut times: Vec<Duration> = {
            let times = self.write_times.lock().unwrap_or_else(PoisonError::into_inner);
            times.iter().copied().collect()
        };
        let write_time = times.last().copied().unwrap_or_default();
        times.sort_unstable();
        let at = |hundredths: usize| {
            times.get(times.len().saturating_sub(1) * hundredths / 100).copied().unwrap_or_default()
        };
        let state = self.read_state();
        Stats {
            records: state.size,
            checkpoint_age: state.checkpoint_at.map(|at| at.elapsed()).unwrap_or_default(),
            write_time,
            write_time_median: at(50),
            write_time_p99: at(99),
            failed: self.has_failed(),
        }
    }
}

/// Journal entries of one append.
#[derive(Default)]
struct Batch {
    leaves: Vec<Vec<u8>>,
    first: u64,
    /// Of the entries that somebody waits for.
    indices: Vec<u64>,
}

impl Batch {
    fn add(&mut self, state: &mut State, at: SystemTime, entry: &Entry) -> u64 {
        let index = self.first + self.leaves.len() as u64;
        let leaf = leaf::encode(index, at, entry);
        state.tree.push(tree::leaf_hash(&leaf));
        if state.last_at.is_some_and(|last| at < last) {
            state.ordered_from = index;
        }
        state.last_at = Some(at);
        self.leaves.push([&[RECORD], leaf.as_slice()].concat());
        index
    }
}

/// The record in a journal entry; `None` where it is none.
pub(crate) fn record(mut bytes: Vec<u8>) -> Option<Record> {
    (bytes.first() == Some(&RECORD)).then(|| bytes.remove(0))?;
    leaf::decode(bytes)
}

fn clock_back(last: Option<SystemTime>, at: SystemTime) -> Option<Duration> {
    let back = last?.duration_since(at).ok()?;
    (back >= CLOCK_BACK_MIN).then_some(back)
}

fn clock_change(back: Duration) -> Entry {
    Entry {
        kind: Kind::Change,
        method: "appliance/clock".to_owned(),
        outcome: "OK".to_owned(),
        facts: [("clock_back_ms".to_owned(), back.as_millis().to_string())].into(),
        ..Entry::default()
    }
}

/// Splits what opening has to write into batches of the committer's size.
pub(crate) fn batches(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut batches = Vec::new();
    let mut entries = entries.into_iter().peekable();
    while entries.peek().is_some() {
        batches.push(entries.by_ref().take(BATCH_RECORDS_MAX).collect());
    }
    batches
}
