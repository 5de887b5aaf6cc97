//! A batch in the making: what still fits into it.

use super::cost::{CostModel, Largest, Shape, number};
use super::scheduler::Work;
use std::time::{Duration, Instant};

/// What has been taken, and how long it may get.
#[derive(Debug)]
pub(crate) struct Forming<'a> {
    cost: &'a CostModel,
    largest: Largest,
    now: Instant,
    /// Whether deadlines close it early.
    deadlines: bool,
    shape: Shape,
    /// The batch's limit of time, or the earliest deadline that it can still meet.
    time_max: Duration,
}

impl<'a> Forming<'a> {
    pub(crate) fn new(
        cost: &'a CostModel,
        largest: Largest,
        now: Instant,
        deadlines: bool,
    ) -> Self {
        let time_max = largest.time;
        Self { cost, largest, now, deadlines, shape: Shape::default(), time_max }
    }

    pub(crate) fn has_room(&self, work: &impl Work) -> bool {
        let shape = self.shape.plus(work.shape());
        shape.texts <= self.largest.texts
            && shape.tokens <= self.largest.tokens
            && self.cost.batch(shape) <= self.time_max
    }

    pub(crate) fn add(&mut self, work: &impl Work) {
        self.shape += work.shape();
        let left = work.deadline().map(|deadline| deadline.saturating_duration_since(self.now));
        // One that is too late anyhow does not hurry the others.
        let time = self.cost.batch(self.shape);
        if let Some(left) = left.filter(|left| self.deadlines && time <= *left) {
            self.time_max = self.time_max.min(left);
        }
    }

    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// How full it is, 0 to 1, against the limit that it is nearest to.
    pub(crate) fn fill(&self) -> f64 {
        let time = self.largest.time.as_secs_f64().max(f64::MIN_POSITIVE);
        (number(self.shape.texts) / number(self.largest.texts.max(1)))
            .max(number(self.shape.tokens) / number(self.largest.tokens.max(1)))
            .max(self.cost.batch(self.shape).as_secs_f64() / time)
            .min(1.0)
    }
}
