//! What is derived from the journal for searching, and the snapshot of it that a search sees.

pub(crate) mod dense;
pub(crate) mod document;
pub(crate) mod dot;
pub(crate) mod embedder;
pub(crate) mod fulltext;
pub(crate) mod indexer;
pub(crate) mod table;
pub(crate) mod vectors;
pub(crate) mod words;

use crate::catalogue::Catalogue;
use arc_swap::ArcSwap;
use dense::DenseView;
use fulltext::View;
use inference::HeldModel;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use table::PassageTable;

/// What a search sees. It never changes; a newer one takes its place.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) lexical: Arc<Lexical>,
    pub(crate) dense: Arc<DenseView>,
    /// The embedder that is to take the place of the view's.
    pub(crate) next: Option<Next>,
}

/// An embedder whose vectors are not complete yet.
#[derive(Clone, Debug)]
pub(crate) struct Next {
    pub(crate) model: HeldModel,
    /// Passages that it has embedded.
    pub(crate) passages: u32,
}

/// Decrees, passages and full text, all as of the same entry of the journal.
#[derive(Debug)]
pub(crate) struct Lexical {
    pub(crate) catalogue: Catalogue,
    pub(crate) table: PassageTable,
    pub(crate) words: View,
    pub(crate) grams: View,
}

/// What the importing, indexing and embedding threads and the searches share.
#[derive(Debug)]
pub(crate) struct Shared {
    snapshot: ArcSwap<Snapshot>,
    progress: Mutex<Progress>,
    changed: Condvar,
}

/// How far the threads are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// Entries of the journal that searches see.
    pub(crate) visible: u64,
    /// Entries of the journal.
    pub(crate) acknowledged: u64,
    /// Text of all acknowledged versions, and of those that searches see.
    pub(crate) acknowledged_bytes: u64,
    pub(crate) visible_bytes: u64,
    /// The corpus is being closed.
    pub(crate) closing: bool,
    /// The indexing thread has ended before its time.
    pub(crate) failed: bool,
}

impl Shared {
    /// Everything is visible: `bytes` of text.
    pub(crate) fn new(snapshot: Snapshot, bytes: u64) -> Self {
        let visible = snapshot.lexical.catalogue.position();
        let progress = Progress {
            visible,
            acknowledged: visible,
            acknowledged_bytes: bytes,
            visible_bytes: bytes,
            ..Progress::default()
        };
        Self {
            snapshot: ArcSwap::from_pointee(snapshot),
            progress: Mutex::new(progress),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Puts a new state before the searches.
    pub(crate) fn publish(&self, change: impl FnOnce(&mut Snapshot)) {
        // Two threads publish, each its own part: under the lock neither undoes the other.
        let progress = self.progress();
        let mut snapshot = Snapshot::clone(&self.snapshot.load_full());
        change(&mut snapshot);
        self.snapshot.store(Arc::new(snapshot));
        drop(progress);
        self.changed.notify_all();
    }

    /// Notes progress and wakes who waits for it.
    pub(crate) fn note(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.progress());
        self.changed.notify_all();
    }

    pub(crate) fn progress(&self) -> MutexGuard<'_, Progress> {
        // A panic elsewhere leaves numbers, and every one of them is still true.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `enough` holds, or a quarter of a second where it does not.
    pub(crate) fn wait(&self, enough: impl Fn(&Progress) -> bool) -> Progress {
        let waiting = self.changed.wait_timeout_while(
            self.progress(),
            Duration::from_millis(250),
            |progress| !enough(progress),
        );
        *waiting.unwrap_or_else(PoisonError::into_inner).0
    }
}
