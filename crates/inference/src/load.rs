//! What the engine is doing: a snapshot for the console and for health.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Seconds that the rates of a snapshot look back.
pub(crate) const WINDOW_SECONDS: u64 = 10;

/// What waits in one lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneLoad {
    /// The department.
    pub department: String,
    /// "interactive" or "bulk".
    pub urgency: &'static str,
    /// Requests that wait or are being computed.
    pub requests: usize,
    /// Pieces of requests that wait to be tokenized.
    pub pieces_raw: usize,
    /// Texts that wait for the device.
    pub texts_encoded: usize,
    /// Tokens that wait for the device.
    pub tokens: u64,
}

/// A snapshot of the engine.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// Lanes with something in them, by department and urgency.
    pub lanes: Vec<LaneLoad>,
    /// Batches computed since the start.
    pub batches: u64,
    /// Texts computed since the start.
    pub texts: u64,
    /// Tokens computed since the start.
    pub tokens: u64,
    /// Tokens computed per second, over the last ten seconds.
    pub tokens_per_second: f64,
    /// Share of the last ten seconds in which the device thread computed, 0 to 1.
    pub busy: f64,
    /// Tokens of the last batch.
    pub last_batch_tokens: u64,
    /// Texts of the last batch.
    pub last_batch_texts: usize,
    /// Duration of the last batch.
    pub last_batch_time: Duration,
    /// Whether the engine takes nothing new.
    pub draining: bool,
}

/// One computed batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Computed {
    pub(crate) texts: usize,
    pub(crate) tokens: u64,
    pub(crate) time: Duration,
}

/// Totals and a sliding window of one-second slots.
#[derive(Debug)]
pub(crate) struct Meter {
    started: Instant,
    slots: VecDeque<Slot>,
    batches: u64,
    texts: u64,
    tokens: u64,
    last: Option<Computed>,
}

#[derive(Debug)]
struct Slot {
    second: u64,
    tokens: u64,
    busy: Duration,
}

impl Meter {
    pub(crate) fn new(now: Instant) -> Self {
        Self { started: now, slots: VecDeque::new(), batches: 0, texts: 0, tokens: 0, last: None }
    }

    pub(crate) fn add(&mut self, now: Instant, computed: Computed) {
        self.batches += 1;
        self.texts += computed.texts as u64;
        self.tokens += computed.tokens;
        self.last = Some(computed);
        let second = self.second(now);
        match self.slots.back_mut() {
            Some(slot) if slot.second == second => {
                slot.tokens += computed.tokens;
                slot.busy += computed.time;
            }
            Some(_) | None => {
                self.slots.push_back(Slot { second, tokens: computed.tokens, busy: computed.time });
            }
        }
        self.forget(second);
    }

    pub(crate) fn snapshot(&mut self, now: Instant) -> Load {
        let second = self.second(now);
        self.forget(second);
        let tokens: u64 = self.slots.iter().map(|slot| slot.tokens).sum();
        let busy: Duration = self.slots.iter().map(|slot| slot.busy).sum();
        let span = now.duration_since(self.started).as_secs_f64();
        let span = span.min(seconds(WINDOW_SECONDS)).max(0.001);
        Load {
            lanes: vec![],
            batches: self.batches,
            texts: self.texts,
            tokens: self.tokens,
            tokens_per_second: seconds(tokens) / span,
            busy: (busy.as_secs_f64() / span).min(1.0),
            last_batch_tokens: self.last.map_or(0, |last| last.tokens),
            last_batch_texts: self.last.map_or(0, |last| last.texts),
            last_batch_time: self.last.map_or(Duration::ZERO, |last| last.time),
            draining: false,
        }
    }

    fn second(&self, now: Instant) -> u64 {
        now.duration_since(self.started).as_secs()
    }

    fn forget(&mut self, second: u64) {
        while self.slots.front().is_some_and(|slot| slot.second + WINDOW_SECONDS <= second) {
            self.slots.pop_front();
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn seconds(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_forgets_and_the_totals_do_not() {
        let start = Instant::now();
        let mut meter = Meter::new(start);
        let computed = Computed { texts: 2, tokens: 100, time: Duration::from_millis(500) };
        meter.add(start + Duration::from_secs(1), computed);
        meter.add(start + Duration::from_secs(1), computed);
        let load = meter.snapshot(start + Duration::from_secs(2));
        assert!((load.tokens_per_second - 100.0).abs() < 1e-9);
        assert!((load.busy - 0.5).abs() < 1e-9);
        let load = meter.snapshot(start + Duration::from_secs(30));
        assert!(load.tokens_per_second.abs() < 1e-9 && load.busy.abs() < 1e-9);
        assert_eq!((load.batches, load.texts, load.tokens), (2, 4, 200));
        assert_eq!(load.last_batch_tokens, 100);
    }
}
