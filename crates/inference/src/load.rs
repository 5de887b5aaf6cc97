//! What the engine is doing: a snapshot for the console and for health.

use crate::engine::Shape;
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
    /// Tokens that wait for the device; estimated for what is not yet tokenized.
    pub tokens: u64,
    /// Tokens by which the lane is behind its fair share at the device; negative where it was
    /// served ahead of the others.
    pub lag_tokens: i64,
}

/// A model's speed, as fitted from its batches: a batch takes `base_seconds + token_seconds ·
/// tokens + square_seconds · Σ (tokens of a text)²`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CostLoad {
    /// Seconds that every batch takes.
    pub base_seconds: f64,
    /// Seconds for each token.
    pub token_seconds: f64,
    /// Seconds for each token squared, text by text.
    pub square_seconds: f64,
    /// Batches measured; before the first one the numbers are a guess.
    pub batches: u64,
}

/// One model in service.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelLoad {
    /// The manifest's name.
    pub model: String,
    /// How fast it is.
    pub cost: CostLoad,
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
    /// How full the last batch was against the nearest of its limits (tokens, texts, time), 0
    /// to 1.
    pub last_batch_fill: f64,
    /// Requests since the start that were taken and whose deadline passed before their answer.
    pub deadline_misses: u64,
    /// Requests since the start that were refused because their deadline could not be met.
    pub admission_refusals: u64,
    /// Requests since the start that were refused because their lane was full.
    pub queue_refusals: u64,
    /// The models in service, in order.
    pub models: Vec<ModelLoad>,
    /// Whether the engine takes nothing new.
    pub draining: bool,
    /// Whether inference has been switched off.
    pub out_of_service: bool,
}

/// One computed batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Computed {
    pub(crate) shape: Shape,
    pub(crate) time: Duration,
    pub(crate) fill: f64,
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
        self.texts += computed.shape.texts;
        self.tokens += computed.shape.tokens;
        self.last = Some(computed);
        let second = self.second(now);
        match self.slots.back_mut() {
            Some(slot) if slot.second == second => {
                slot.tokens += computed.shape.tokens;
                slot.busy += computed.time;
            }
            Some(_) | None => {
                self.slots.push_back(Slot {
                    second,
                    tokens: computed.shape.tokens,
                    busy: computed.time,
                });
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
            batches: self.batches,
            texts: self.texts,
            tokens: self.tokens,
            tokens_per_second: seconds(tokens) / span,
            busy: (busy.as_secs_f64() / span).min(1.0),
            last_batch_tokens: self.last.map_or(0, |last| last.shape.tokens),
            last_batch_texts: self
                .last
                .map_or(0, |last| usize::try_from(last.shape.texts).unwrap_or(usize::MAX)),
            last_batch_time: self.last.map_or(Duration::ZERO, |last| last.time),
            last_batch_fill: self.last.map_or(0.0, |last| last.fill),
            ..Load::default()
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
        let shape = Shape::text(50).plus(Shape::text(50));
        let computed = Computed { shape, time: Duration::from_millis(500), fill: 0.5 };
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
