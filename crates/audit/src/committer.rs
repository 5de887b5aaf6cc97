//! The one thread that writes: it collects what waits, writes records and their checkpoint in one append,
//! and only then lets the answers go.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::core::Core;
use crate::entry::Entry;
use crate::error::Error;

/// Entries that may wait for the disk. Each holds the answer of a call in flight, and those are limited too.
const WAITING_MAX: usize = 16_384;
/// Records of one append.
pub(crate) const BATCH_RECORDS_MAX: usize = 1024;

type Reply = oneshot::Sender<Result<u64, Error>>;

/// Entries on their way to the committer.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<(Entry, Reply)>,
    is_closed: bool,
}

impl Queue {
    /// Hands an entry over. From here on it is written whatever becomes of the receiver.
    pub(crate) fn push(
        &self,
        entry: Entry,
    ) -> Result<oneshot::Receiver<Result<u64, Error>>, Error> {
        let (reply, receiver) = oneshot::channel();
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let waiting = state.waiting.len();
            if state.is_closed {
                return Err(Error::Failed);
            }
            if waiting >= WAITING_MAX {
                return Err(Error::Overloaded { waiting });
            }
            state.waiting.push_back((entry, reply));
        }
        self.changed.notify_one();
        Ok(receiver)
    }

    /// Lets the committer finish what waits, and takes nothing more.
    pub(crate) fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_closed = true;
        self.changed.notify_all();
    }

    fn take(&self) -> Option<Vec<(Entry, Reply)>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if !state.waiting.is_empty() {
                let count = state.waiting.len().min(BATCH_RECORDS_MAX);
                return Some(state.waiting.drain(..count).collect());
            }
            if state.is_closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Runs until the queue is closed and empty.
pub(crate) fn run(core: &Arc<Core>, queue: &Arc<Queue>) {
    while let Some(batch) = queue.take() {
        let (entries, replies): (Vec<Entry>, Vec<Reply>) = batch.into_iter().unzip();
        let mut written = core.write(entries).map(Vec::into_iter);
        for reply in replies {
            let result = match &mut written {
                Ok(indices) => indices.next().ok_or(Error::Failed),
                // The first gets the cause, the others that the log failed.
                Err(error) => Err(std::mem::replace(error, Error::Failed)),
            };
            // Nobody may be waiting any more: the record stands all the same.
            drop(reply.send(result));
        }
        core.index_new_records();
    }
}
