//! Trains the document classifier that the appliance ships: multinomial logistic regression over
//! hashed words and character n-grams, by stochastic gradient descent.
//!
//! Families of wordings are dealt into folds. Every fold is scored by a model that has seen none
//! of its families; temperature, conformal quantile and gate come from those scores, and so do the
//! figures of the data card. The shipped weights are then trained on all families.

use crate::chance::Chance;
use crate::corpus::{self, Amount, Sample};
use crate::taxonomy;
use anyhow::{Context as _, Result};
use inference::features::{Feature, FeatureConfig, Featuriser, weigh};
use std::collections::BTreeMap;
use std::path::Path;

mod calibrate;
mod combined;
mod model;
mod save;

pub use model::Linear;

const FOLDS: usize = 3;

/// What to train with.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Seed of texts and of the order of steps.
    pub seed: u64,
    /// Texts to draw.
    pub amount: Amount,
    /// Passes over them.
    pub epochs: usize,
    /// Share of every weight lost in a pass.
    pub decay: f32,
}

impl Default for Options {
    fn default() -> Self {
        let amount = Amount { per_class: 220, strangers: 2200, from_cues: 50, about_classes: 14 };
        Self { seed: 20_261_124, amount, epochs: 10, decay: 0.01 }
    }
}

/// A text as the model sees it.
#[derive(Debug)]
pub(crate) struct Row {
    sample: usize,
    features: Vec<Feature>,
    label: usize,
    fold: usize,
    weight: f32,
}

/// Trains, calibrates, measures and writes the model folder; tells `say` how it goes.
///
/// # Errors
/// When the taxonomy is broken or the folder cannot be written.
pub fn run(options: &Options, out: &Path, say: &mut dyn FnMut(&str)) -> Result<()> {
    let labels: Vec<String> = taxonomy::classes()
        .context("read the taxonomy")?
        .into_iter()
        .filter(|class| class.tier == "core")
        .map(|class| class.id)
        .collect();
    let samples = corpus::draw(options.seed, options.amount).context("draw the corpus")?;
    say(&format!("{} texts of {} classes", samples.len(), labels.len()));
    let featuriser = Featuriser::new(FeatureConfig::default());
    let (rows, idf) = rows(&samples, &labels, &featuriser);
    let (mut held_back, mut held_back_texts) = (Vec::new(), Vec::new());
    for fold in 0..FOLDS {
        let kept: Vec<&Row> = rows.iter().filter(|row| row.fold != fold).collect();
        let model = Linear::fit(&kept, labels.len(), options);
        for row in rows.iter().filter(|row| row.fold == fold) {
            held_back.push((row.label, model.scores(&row.features)));
            held_back_texts.push(samples.get(row.sample).map_or("", |sample| &sample.text));
        }
        say(&format!("fold {} of {FOLDS} scored", fold + 1));
    }
    let outcome = calibrate::measure(&held_back, &labels);
    say(&outcome.summary());
    let ear = combined::Ear::new(&labels, outcome.temperature)?;
    let heard: Vec<combined::Heard> = held_back
        .iter()
        .zip(&held_back_texts)
        .map(|((label, scores), text)| ear.hear(text, *label, scores))
        .collect();
    let together = ear.calibrate(&heard);
    say(&together.summary());
    let all: Vec<&Row> = rows.iter().collect();
    let model = Linear::fit(&all, labels.len(), options);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for sample in &samples {
        *counts.entry(sample.class.clone()).or_default() += 1;
    }
    let folder = save::Folder { out, labels: &labels, idf: &idf, options };
    folder.write(&model, &outcome, &together, &counts)?;
    say(&format!("written to {}", out.display()));
    Ok(())
}

fn rows(samples: &[Sample], labels: &[String], featuriser: &Featuriser) -> (Vec<Row>, Vec<f32>) {
    let buckets = usize::try_from(featuriser.config().buckets).unwrap_or(0);
    let mut seen_in = vec![0_u32; buckets];
    let mut order: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for sample in samples {
        let families = order.entry(&sample.class).or_default();
        let next = families.len();
        families.entry(&sample.family).or_insert(next);
    }
    let mut rows: Vec<Row> = samples
        .iter()
        .enumerate()
        .filter_map(|(position, sample)| {
            let label = labels.iter().position(|label| *label == sample.class)?;
            let features = featuriser.features(&sample.text).features;
            for feature in &features {
                let bucket = usize::try_from(feature.bucket).ok()?;
                *seen_in.get_mut(bucket)? += 1;
            }
            let family = order.get(sample.class.as_str())?.get(sample.family.as_str())?;
            // Cue texts are ingredients of every class: always trained on, never measured.
            let fold = if sample.family.ends_with("/cues") { FOLDS } else { family % FOLDS };
            Some(Row { sample: position, features, label, fold, weight: 1.0 })
        })
        .collect();
    let total = to_f32(rows.len());
    let idf: Vec<f32> = seen_in
        .iter()
        .map(|count| ((1.0 + total) / (1.0 + to_f32(usize::try_from(*count).unwrap_or(0)))).ln())
        .collect();
    for row in &mut rows {
        weigh(&mut row.features, &idf);
    }
    (rows, idf)
}

/// Shuffled positions, for one pass.
pub(crate) fn shuffled(count: usize, chance: &mut Chance) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    chance.shuffle(&mut order);
    order
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^24")]
pub(crate) fn to_f32(count: usize) -> f32 {
    count as f32
}
