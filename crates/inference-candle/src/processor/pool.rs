//! Parked threads that share a list of inputs with the thread that brought it.
//!
//! Nobody spins: a helper without work sleeps, and so does a caller whose last inputs are being
//! computed by others.

use std::collections::VecDeque;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use thiserror::Error;

/// A part of the work panicked; the threads live on.
#[derive(Clone, Copy, Debug, Error)]
#[error("compute a part of the batch without a panic")]
pub(crate) struct Failed;

type Task = Box<dyn FnOnce() + Send>;

#[derive(Debug)]
pub(crate) struct Pool {
    shared: Arc<Shared>,
    helpers: usize,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    task_came: Condvar,
}

#[derive(Default)]
struct Queue {
    /// Never more than helpers times callers: each caller asks each helper once.
    tasks: VecDeque<Task>,
    closed: bool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        lock(&self.shared.queue).closed = true;
        self.shared.task_came.notify_all();
    }
}

impl Pool {
    /// A thread that the system does not give is done without: the caller computes in any case.
    pub(crate) fn new(threads: NonZero<usize>) -> Self {
        let shared = Arc::new(Shared::default());
        let helpers = (1..threads.get())
            .filter(|index| {
                let shared = Arc::clone(&shared);
                let builder = std::thread::Builder::new().name(format!("compute-{index}"));
                builder.spawn(move || help(&shared)).is_ok()
            })
            .count();
        Self { shared, helpers }
    }

    pub(crate) fn helpers(&self) -> usize {
        self.helpers
    }

    pub(crate) fn map<T, R>(
        &self,
        inputs: Vec<T>,
        work: impl Fn(T) -> R + Send + Sync + 'static,
    ) -> Result<Vec<R>, Failed>
    where
        T: Send + 'static,
        R: Send + 'static,
    {
        let count = inputs.len();
        let batch = Arc::new(Batch::new(inputs, work));
        let asked = self.helpers.min(count.saturating_sub(1));
        if asked > 0 {
            let mut queue = lock(&self.shared.queue);
            for _ in 0..asked {
                let batch = Arc::clone(&batch);
                queue.tasks.push_back(Box::new(move || batch.work()));
                self.shared.task_came.notify_one();
            }
        }
        batch.work();
        batch.finish(count)
    }
}

fn help(shared: &Shared) {
    let mut queue = lock(&shared.queue);
    loop {
        if let Some(task) = queue.tasks.pop_front() {
            drop(queue);
            task();
            queue = lock(&shared.queue);
        } else if queue.closed {
            return;
        } else {
            queue = shared.task_came.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Inputs that several threads take from.
struct Batch<T, R, W> {
    state: Mutex<State<T, R>>,
    one_done: Condvar,
    work: W,
}

struct State<T, R> {
    inputs: VecDeque<(usize, T)>,
    /// With the place of its input; none for a part that panicked.
    outputs: Vec<(usize, Option<R>)>,
}

impl<T, R, W: Fn(T) -> R> Batch<T, R, W> {
    fn new(inputs: Vec<T>, work: W) -> Self {
        let inputs: VecDeque<_> = inputs.into_iter().enumerate().collect();
        let outputs = Vec::with_capacity(inputs.len());
        let state = Mutex::new(State { inputs, outputs });
        Self { state, one_done: Condvar::new(), work }
    }

    /// Computes inputs until none is left to begin.
    fn work(&self) {
        loop {
            let Some((place, input)) = lock(&self.state).inputs.pop_front() else { return };
            let output = catch_unwind(AssertUnwindSafe(|| (self.work)(input))).ok();
            lock(&self.state).outputs.push((place, output));
            self.one_done.notify_one();
        }
    }

    /// Waits for what others still compute.
    fn finish(&self, count: usize) -> Result<Vec<R>, Failed> {
        let mut state = lock(&self.state);
        while state.outputs.len() < count {
            state = self.one_done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut outputs = std::mem::take(&mut state.outputs);
        drop(state);
        outputs.sort_unstable_by_key(|(place, _)| *place);
        outputs.into_iter().map(|(_, output)| output.ok_or(Failed)).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
