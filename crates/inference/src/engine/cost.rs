//! How long a batch takes, learned from the batches that ran.
//!
//! `seconds = base + token · tokens + square · Σ tokens²`: what every call costs, what is linear
//! in the tokens, and attention, which runs for each sequence by itself. The three numbers are
//! fitted by least squares on *relative* errors, so that small batches count as much as large
//! ones; old batches fade; no number is negative; and a batch that took several times as long as
//! expected (the machine was busy elsewhere) moves the fit by no more than [`OUTLIER`].

use crate::CostLoad;
use std::ops::{AddAssign, SubAssign};
use std::time::Duration;

/// Before anything was measured: 20 µs a token, a small encoder on one core of a CPU.
const PRIOR_TOKEN_SECONDS: f64 = 20e-6;
/// Batches after which the fit is believed.
pub(crate) const BATCHES_MIN: u64 = 4;
/// What a batch still weighs when one more has run: the fit looks back about a hundred batches.
const FADING: f64 = 0.99;
/// A batch counts as no longer than so many times what was expected.
const OUTLIER: f64 = 4.0;
/// Below this a clock tells nothing; also keeps the weights finite.
const SECONDS_MIN: f64 = 20e-6;
/// Sweeps of coordinate descent after each batch. It starts where it ended before: what batches
/// of one size leave open stays as it was learned from others, or linear in the tokens.
const SWEEPS: usize = 32;
/// The scale of a feature, so that the three are of similar size.
const TOKENS_SCALE: f64 = 1024.0;
const SQUARES_SCALE: f64 = 1024.0 * 256.0;

/// How much there is to compute: of one text, of a batch or of a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) texts: u64,
    pub(crate) tokens: u64,
    /// Sum of the squared lengths.
    pub(crate) squares: u64,
}

impl Shape {
    /// One text; an empty one counts as a token.
    pub(crate) fn text(tokens: u64) -> Self {
        let tokens = tokens.max(1);
        Self { texts: 1, tokens, squares: tokens.saturating_mul(tokens) }
    }

    pub(crate) fn plus(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl AddAssign for Shape {
    fn add_assign(&mut self, other: Self) {
        self.texts += other.texts;
        self.tokens += other.tokens;
        self.squares = self.squares.saturating_add(other.squares);
    }
}

impl SubAssign for Shape {
    fn sub_assign(&mut self, other: Self) {
        self.texts = self.texts.saturating_sub(other.texts);
        self.tokens = self.tokens.saturating_sub(other.tokens);
        self.squares = self.squares.saturating_sub(other.squares);
    }
}

/// The fit for one model.
#[derive(Clone, Debug)]
pub(crate) struct CostModel {
    /// Base, token and square seconds, each times its feature's scale.
    fit: [f64; 3],
    /// Faded sums over the batches: products of the features, and of features and time.
    products: [[f64; 3]; 3],
    targets: [f64; 3],
    batches: u64,
}

impl CostModel {
    pub(crate) fn new() -> Self {
        Self {
            fit: [0.0, PRIOR_TOKEN_SECONDS * TOKENS_SCALE, 0.0],
            products: [[0.0; 3]; 3],
            targets: [0.0; 3],
            batches: 0,
        }
    }

    /// Whether enough batches ran to refuse anybody because of the fit.
    pub(crate) fn is_known(&self) -> bool {
        self.batches >= BATCHES_MIN
    }

    pub(crate) fn load(&self) -> CostLoad {
        let [base, token, square] = self.fit;
        CostLoad {
            base_seconds: base,
            token_seconds: token / TOKENS_SCALE,
            square_seconds: square / SQUARES_SCALE,
            batches: self.batches,
        }
    }

    /// Learns from a batch.
    pub(crate) fn add(&mut self, shape: Shape, time: Duration) {
        let expected = self.seconds(shape);
        let mut seconds = time.as_secs_f64().max(SECONDS_MIN);
        if self.is_known() {
            seconds = seconds.min(OUTLIER * expected.max(SECONDS_MIN));
        }
        let weight = if self.is_known() { seconds.max(expected) } else { seconds }.powi(-2);
        let features = features(shape);
        for ((row, target), feature) in
            self.products.iter_mut().zip(&mut self.targets).zip(features)
        {
            for (product, other) in row.iter_mut().zip(features) {
                *product = *product * FADING + weight * feature * other;
            }
            *target = *target * FADING + weight * feature * seconds;
        }
        self.batches += 1;
        if self.batches == 1 {
            // What is measured outweighs what was guessed, also in the direction left open.
            self.fit = [0.0; 3];
        }
        self.solve();
    }

    /// Least squares without negative numbers, by coordinate descent.
    fn solve(&mut self) {
        let [p, q, r] = self.products;
        let [mut base, mut token, mut square] = self.fit;
        let step = |rest: f64, own: f64| (rest / own).max(0.0);
        for _ in 0..SWEEPS {
            token = step(self.targets[1] - q[0] * base - q[2] * square, q[1]);
            base = step(self.targets[0] - p[1] * token - p[2] * square, p[0]);
            square = step(self.targets[2] - r[0] * base - r[1] * token, r[2]);
        }
        self.fit = [base, token, square];
    }

    /// What one batch of this shape takes.
    pub(crate) fn batch(&self, shape: Shape) -> Duration {
        seconds_to_duration(self.seconds(shape))
    }

    fn seconds(&self, shape: Shape) -> f64 {
        features(shape).iter().zip(self.fit).map(|(feature, cost)| feature * cost).sum()
    }

    /// Seconds that this much work takes among other work, in batches as large as `largest`
    /// allows: a part of it takes that part of the time.
    pub(crate) fn drain(&self, shape: Shape, largest: &Largest) -> f64 {
        let base = self.base();
        let work = (self.seconds(shape) - base).max(0.0);
        let room = (largest.time.as_secs_f64() - base).max(base).max(SECONDS_MIN);
        let batches = (work / room)
            .max(number(shape.tokens) / number(largest.tokens.max(1)))
            .max(number(shape.texts) / number(largest.texts.max(1)));
        work + base * batches
    }

    /// Seconds that every batch takes.
    pub(crate) fn base(&self) -> f64 {
        let [base, ..] = self.fit;
        base
    }
}

/// Limits of one batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Largest {
    pub(crate) texts: u64,
    pub(crate) tokens: u64,
    pub(crate) time: Duration,
}

fn features(shape: Shape) -> [f64; 3] {
    [1.0, number(shape.tokens) / TOKENS_SCALE, number(shape.squares) / SQUARES_SCALE]
}

/// Seconds as a duration: an estimate above a day says no more than a day.
pub(crate) fn seconds_to_duration(seconds: f64) -> Duration {
    Duration::from_secs_f64(if seconds.is_finite() { seconds.clamp(0.0, 86_400.0) } else { 0.0 })
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
