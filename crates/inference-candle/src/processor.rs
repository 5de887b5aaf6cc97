//! What models compute on: threads that are shared by all of them.

mod pool;

pub(crate) use self::pool::Failed;
use self::pool::Pool;
use std::num::NonZero;
use std::sync::{Arc, OnceLock};

/// The threads that compute. Cheap to clone; they end with the last clone.
#[derive(Clone, Debug)]
pub struct Processor {
    pool: Arc<Pool>,
}

impl Processor {
    /// Computes on this many threads, the caller's among them.
    #[must_use]
    pub fn new(threads: NonZero<usize>) -> Self {
        Self { pool: Arc::new(Pool::new(threads)) }
    }

    /// As many threads as there are cores, the same ones for every caller.
    #[must_use]
    pub fn all_cores() -> Self {
        static SHARED: OnceLock<Processor> = OnceLock::new();
        let one = NonZero::<usize>::MIN;
        SHARED
            .get_or_init(|| Self::new(std::thread::available_parallelism().unwrap_or(one)))
            .clone()
    }

    /// Threads that compute, the caller's among them.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.pool.helpers() + 1
    }

    /// Answers in the order of `inputs`. One input stays on the calling thread.
    pub(crate) fn map<T, R>(
        &self,
        inputs: Vec<T>,
        work: impl Fn(T) -> R + Send + Sync + 'static,
    ) -> Result<Vec<R>, Failed>
    where
        T: Send + 'static,
        R: Send + 'static,
    {
        self.pool.map(inputs, work)
    }
}
