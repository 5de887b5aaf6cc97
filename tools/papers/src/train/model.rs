//! The model itself: one row of weights per bucket, one column per label.

use super::{Options, Row, shuffled, to_f32};
use crate::chance::Chance;
use inference::features::Feature;

/// Scores per label from a bag of features.
#[derive(Debug)]
pub struct Linear {
    /// `buckets` rows of `labels` weights.
    pub weights: Vec<f32>,
    /// One per label. Training leaves it at zero: a text without any known feature must not be
    /// taken for the commonest class, nor for an empty page.
    pub bias: Vec<f32>,
}

const RATE: f32 = 6.0;

impl Linear {
    /// Fits weights to the rows.
    pub(crate) fn fit(rows: &[&Row], labels: usize, options: &Options) -> Self {
        let buckets = rows
            .iter()
            .flat_map(|row| row.features.iter().map(|feature| index(feature) + 1))
            .max()
            .unwrap_or(0)
            .next_power_of_two();
        let mut model = Self { weights: vec![0.0; buckets * labels], bias: vec![0.0; labels] };
        let mut chance = Chance::new(options.seed).fork("steps");
        let steps = to_f32(options.epochs * rows.len());
        let mut done = 0_usize;
        for _ in 0..options.epochs {
            for position in shuffled(rows.len(), &mut chance) {
                let rate = RATE * (1.0 - to_f32(done) / steps).max(0.02);
                if let Some(row) = rows.get(position) {
                    model.step(row, rate);
                }
                done += 1;
            }
            for weight in &mut model.weights {
                *weight *= 1.0 - options.decay;
            }
        }
        model
    }

    /// Raw scores of a text.
    #[must_use]
    pub fn scores(&self, features: &[Feature]) -> Vec<f32> {
        let mut scores = self.bias.clone();
        for feature in features {
            let start = index(feature) * self.bias.len();
            let Some(row) = self.weights.get(start..start + self.bias.len()) else { continue };
            for (score, weight) in scores.iter_mut().zip(row) {
                *score += feature.value * weight;
            }
        }
        scores
    }

    /// Probabilities of a text at a temperature.
    #[must_use]
    pub fn probabilities(&self, features: &[Feature], temperature: f32) -> Vec<f32> {
        softmax(&self.scores(features), temperature)
    }

    fn step(&mut self, row: &Row, rate: f32) {
        let mut gradient = softmax(&self.scores(&row.features), 1.0);
        // A little doubt in every label: noisy and cut texts must not drive weights to extremes.
        let doubt = 0.02;
        let share = doubt / to_f32(gradient.len());
        for (label, value) in gradient.iter_mut().enumerate() {
            let target = if label == row.label { 1.0 - doubt + share } else { share };
            *value = (*value - target) * rate * row.weight;
        }
        let labels = self.bias.len();
        for feature in &row.features {
            let start = index(feature) * labels;
            let Some(weights) = self.weights.get_mut(start..start + labels) else { continue };
            for (weight, slope) in weights.iter_mut().zip(&gradient) {
                *weight -= feature.value * slope;
            }
        }
    }
}

/// Probabilities from raw scores at a temperature.
#[must_use]
pub(crate) fn softmax(scores: &[f32], temperature: f32) -> Vec<f32> {
    let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> =
        scores.iter().map(|score| ((score - best) / temperature).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

fn index(feature: &Feature) -> usize {
    usize::try_from(feature.bucket).unwrap_or(usize::MAX / 1024)
}
