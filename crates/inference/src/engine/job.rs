//! One request inside the engine: its texts on the way in, its outputs on the way out.

use super::admission::Place;
use super::cost::Shape;
use super::counts::Counts;
use super::scheduler::{ModelId, Work};
use super::state::Slot;
use crate::{Error, Lane, Purpose, Sequence};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// A request, shared by everything of it that is queued.
#[derive(Debug)]
pub(crate) struct Job {
    /// The model that it was submitted to; it finishes there, also when that one is replaced.
    pub(crate) slot: Arc<Slot>,
    pub(crate) texts: Vec<String>,
    /// The question of a rerank.
    pub(crate) query: Option<String>,
    pub(crate) purpose: Purpose,
    pub(crate) lane: Lane,
    pub(crate) deadline: Option<Instant>,
    submitted: Instant,
    progress: Mutex<Progress>,
    counts: Arc<Counts>,
    /// Held for its drop: it frees the lane's room.
    _place: Place,
}

/// What [`Job::new`] needs.
pub(crate) struct Submission {
    pub(crate) slot: Arc<Slot>,
    pub(crate) texts: Vec<String>,
    pub(crate) query: Option<String>,
    pub(crate) purpose: Purpose,
    pub(crate) lane: Lane,
    pub(crate) deadline: Option<Instant>,
    pub(crate) counts: Arc<Counts>,
}

#[derive(Debug)]
struct Progress {
    /// Taken when the request is answered or has failed.
    reply: Option<oneshot::Sender<Result<Done, Error>>>,
    outputs: Vec<Vec<f32>>,
    tokens: Vec<u32>,
    truncated: bool,
    unencoded: usize,
    uncomputed: usize,
    first_batch: Option<Instant>,
    last_batch: Option<Instant>,
    compute_time: Duration,
}

/// When a batch ran, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ran {
    pub(crate) started: Instant,
    pub(crate) time: Duration,
}

/// A computed request.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) outputs: Vec<Vec<f32>>,
    pub(crate) tokens: Vec<u32>,
    pub(crate) truncated: bool,
    pub(crate) queue_time: Duration,
    pub(crate) compute_time: Duration,
}

/// Texts of a request that are tokenized in one go.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) job: Arc<Job>,
    pub(crate) texts: Range<usize>,
    /// Estimated from the bytes.
    pub(crate) shape: Shape,
}

/// One encoded text that waits for the device.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) job: Arc<Job>,
    pub(crate) index: usize,
    pub(crate) sequence: Sequence,
    pub(crate) tokens: u32,
}

impl Job {
    pub(crate) fn new(
        submission: Submission,
        place: Place,
        now: Instant,
    ) -> (Arc<Self>, oneshot::Receiver<Result<Done, Error>>) {
        let (reply, receiver) = oneshot::channel();
        let count = submission.texts.len();
        let progress = Progress {
            reply: Some(reply),
            outputs: vec![Vec::new(); count],
            tokens: vec![0; count],
            truncated: false,
            unencoded: count,
            uncomputed: count,
            first_batch: None,
            last_batch: None,
            compute_time: Duration::ZERO,
        };
        let job = Self {
            slot: submission.slot,
            texts: submission.texts,
            query: submission.query,
            purpose: submission.purpose,
            lane: submission.lane,
            deadline: submission.deadline,
            submitted: now,
            progress: Mutex::new(progress),
            counts: submission.counts,
            _place: place,
        };
        (Arc::new(job), receiver)
    }

    /// Whether anybody still waits for it.
    pub(crate) fn is_wanted(&self) -> bool {
        self.lock().reply.as_ref().is_some_and(|reply| !reply.is_closed())
    }

    pub(crate) fn is_late(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }

    /// Notes an encoded text; true when it was the last one.
    pub(crate) fn encoded(&self, index: usize, tokens: u32, truncated: bool) -> bool {
        let mut progress = self.lock();
        if let Some(slot) = progress.tokens.get_mut(index) {
            *slot = tokens;
        }
        progress.truncated |= truncated;
        progress.unencoded = progress.unencoded.saturating_sub(1);
        progress.unencoded == 0
    }

    /// Stores an output of the batch that ran at `ran`; the last one answers the request.
    pub(crate) fn put(&self, index: usize, output: Vec<f32>, ran: Ran) {
        let mut progress = self.lock();
        progress.first_batch.get_or_insert(ran.started);
        // A batch that holds several texts of a request counts once.
        if progress.last_batch != Some(ran.started) {
            progress.last_batch = Some(ran.started);
            progress.compute_time += ran.time;
        }
        if let Some(slot) = progress.outputs.get_mut(index) {
            *slot = output;
        }
        progress.uncomputed = progress.uncomputed.saturating_sub(1);
        if progress.uncomputed > 0 {
            return;
        }
        let Some(reply) = progress.reply.take() else { return };
        if self.is_late(ran.started + ran.time) {
            self.counts.deadline_missed();
        }
        let started = progress.first_batch.unwrap_or(self.submitted);
        let done = Done {
            outputs: std::mem::take(&mut progress.outputs),
            tokens: std::mem::take(&mut progress.tokens),
            truncated: progress.truncated,
            queue_time: started.duration_since(self.submitted),
            compute_time: progress.compute_time,
        };
        metrics::histogram!("amtshilfe_engine_queue_seconds", "urgency" => self.lane.urgency.as_str())
            .record(done.queue_time.as_secs_f64());
        // A caller that left meanwhile has no use for the answer.
        drop(reply.send(Ok(done)));
    }

    /// Fails the request, unless it has been answered or has failed before.
    pub(crate) fn fail(&self, error: Error, now: Instant) {
        let Some(reply) = self.lock().reply.take() else { return };
        // Who waits for a deadline leaves at it: that is the deadline's doing, not the caller's.
        let reason = if self.is_late(now) && matches!(error, Error::DeadlineExceeded) {
            self.counts.deadline_missed();
            "deadline"
        } else if reply.is_closed() {
            "cancelled"
        } else if matches!(error, Error::Encode { .. }) {
            "encode"
        } else if matches!(error, Error::OutOfService) {
            "out_of_service"
        } else {
            "backend"
        };
        metrics::counter!("amtshilfe_engine_failures_total", "reason" => reason).increment(1);
        drop(reply.send(Err(error)));
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work for Piece {
    fn lane(&self) -> &Lane {
        &self.job.lane
    }

    fn model(&self) -> ModelId {
        self.job.slot.id
    }

    fn shape(&self) -> Shape {
        self.shape
    }

    fn deadline(&self) -> Option<Instant> {
        self.job.deadline
    }

    fn is_wanted(&self) -> bool {
        self.job.is_wanted()
    }
}

impl Work for Unit {
    fn lane(&self) -> &Lane {
        &self.job.lane
    }

    fn model(&self) -> ModelId {
        self.job.slot.id
    }

    fn shape(&self) -> Shape {
        Shape::text(u64::from(self.tokens))
    }

    fn deadline(&self) -> Option<Instant> {
        self.job.deadline
    }

    fn is_wanted(&self) -> bool {
        self.job.is_wanted()
    }
}
