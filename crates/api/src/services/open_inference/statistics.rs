//! How many requests each model had through this protocol, and how long they took.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::VERSION;
use crate::call::Note;
use crate::proto::oip;

#[derive(Debug, Default)]
pub(super) struct Statistics {
    models: Mutex<BTreeMap<String, Counts>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    last_ms: u64,
    texts: u64,
    success: Sum,
    fail: Sum,
    queue: Sum,
    compute: Sum,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    count: u64,
    nanoseconds: u64,
}

impl Statistics {
    /// One request that took `whole`; `done` has the number of its texts and its times.
    pub(super) fn add(
        &self,
        model: &str,
        whole: Duration,
        done: Option<(usize, &Note)>,
        now: SystemTime,
    ) {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = models.entry(model.to_owned()).or_default();
        let Some((texts, note)) = done else {
            counts.fail.add(whole);
            return;
        };
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        counts.last_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        counts.texts += texts as u64;
        counts.success.add(whole);
        counts.queue.add(note.queue_time);
        counts.compute.add(note.compute_time);
    }

    pub(super) fn of(&self, model: &str) -> oip::ModelStatistics {
        let models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = models.get(model).copied().unwrap_or_default();
        // Clients compare the counts of the three; ours is one step.
        let no_time = Sum { nanoseconds: 0, ..counts.compute };
        oip::ModelStatistics {
            name: model.to_owned(),
            version: VERSION.to_owned(),
            last_inference: counts.last_ms,
            inference_count: counts.texts,
            execution_count: counts.success.count,
            inference_stats: Some(oip::InferStatistics {
                success: Some(counts.success.message()),
                fail: Some(counts.fail.message()),
                queue: Some(counts.queue.message()),
                compute_input: Some(no_time.message()),
                compute_infer: Some(counts.compute.message()),
                compute_output: Some(no_time.message()),
            }),
        }
    }
}

impl Sum {
    fn add(&mut self, time: Duration) {
        self.count += 1;
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds = self.nanoseconds.saturating_add(nanoseconds);
    }

    fn message(self) -> oip::StatisticDuration {
        oip::StatisticDuration { count: self.count, ns: self.nanoseconds }
    }
}
