//! What went wrong so far, for the load snapshot and the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the start.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    deadline_misses: AtomicU64,
    admission_refusals: AtomicU64,
    queue_refusals: AtomicU64,
}

impl Counts {
    /// A request that was taken got no answer, or a late one, because its deadline passed.
    pub(crate) fn deadline_missed(&self) {
        self.deadline_misses.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("amtshilfe_engine_deadline_misses_total").increment(1);
    }

    /// A request was refused because its deadline cannot be met.
    pub(crate) fn refused_at_admission(&self) {
        self.admission_refusals.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("amtshilfe_engine_admission_refusals_total").increment(1);
    }

    /// A request was refused because its lane is full.
    pub(crate) fn refused_by_queue(&self) {
        self.queue_refusals.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("amtshilfe_engine_failures_total", "reason" => "queue_full").increment(1);
    }

    pub(crate) fn deadline_misses(&self) -> u64 {
        self.deadline_misses.load(Ordering::Relaxed)
    }

    pub(crate) fn admission_refusals(&self) -> u64 {
        self.admission_refusals.load(Ordering::Relaxed)
    }

    pub(crate) fn queue_refusals(&self) -> u64 {
        self.queue_refusals.load(Ordering::Relaxed)
    }
}
