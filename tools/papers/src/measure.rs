//! Measures a trained model on what it was not trained on: papers typeset from the templates
//! (other wordings, other layouts, whole pages), and texts that are no papers at all.

use crate::day::Day;
use crate::facts;
use crate::layouts::{Families, LAYOUTS};
use crate::paper;
use crate::train::Linear;
use crate::world::World;
use anyhow::{Context as _, Result};
use flate2::read::GzDecoder;
use inference::features::{Featuriser, weigh};
use inference::manifest::ModelFiles;
use safetensors::SafeTensors;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

/// A model folder, ready to score texts.
#[derive(Debug)]
pub struct Judge {
    model: Linear,
    idf: Vec<f32>,
    labels: Vec<String>,
    featuriser: Featuriser,
    temperature: f32,
    gate: f32,
}

/// What a text was taken for.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Class id.
    pub class: String,
    /// Its probability.
    pub probability: f32,
    /// Whether the gate would abstain or the class is `unknown_other`.
    pub refused: bool,
}

impl Judge {
    /// Reads a model folder.
    ///
    /// # Errors
    /// When a file is missing, changed, or not of the expected shape.
    pub fn read(folder: &Path) -> Result<Self> {
        let files = ModelFiles::read(folder)?;
        let tensors = SafeTensors::deserialize(files.file("model.safetensors")?)?;
        let floats = |name: &str| -> Result<Vec<f32>> {
            let (bytes, _) = tensors.tensor(name)?.data().as_chunks::<4>();
            Ok(bytes.iter().map(|four| f32::from_le_bytes(*four)).collect())
        };
        let weight = tensors.tensor("weight")?;
        let (halves, _) = weight.data().as_chunks::<2>();
        let weights = halves.iter().map(|two| half::f16::from_le_bytes(*two).to_f32()).collect();
        let calibration: serde_json::Value =
            serde_json::from_slice(files.file("calibration.json")?)?;
        let number = |path: &str| -> Result<f32> {
            let value = calibration.pointer(path).context("read the calibration")?;
            Ok(serde_json::from_value(value.clone())?)
        };
        let config = files.manifest().features.clone().context("read the featuriser")?;
        Ok(Self {
            model: Linear { weights, bias: floats("bias")? },
            idf: floats("idf")?,
            labels: serde_json::from_slice(files.file("labels.json")?)?,
            featuriser: Featuriser::new(config),
            temperature: number("/temperature")?,
            gate: number("/novelty/probability_min")?,
        })
    }

    /// The raw score of each label.
    pub fn scores(&self, text: &str) -> impl Iterator<Item = (&str, f32)> {
        let mut features = self.featuriser.features(text).features;
        weigh(&mut features, &self.idf);
        self.labels.iter().map(String::as_str).zip(self.model.scores(&features))
    }

    /// What a text is taken for.
    #[must_use]
    pub fn verdict(&self, text: &str) -> Verdict {
        let mut features = self.featuriser.features(text).features;
        weigh(&mut features, &self.idf);
        let probabilities = self.model.probabilities(&features, self.temperature);
        let (best, probability) = probabilities
            .into_iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((0, 0.0));
        let class = self.labels.get(best).cloned().unwrap_or_default();
        let refused = probability < self.gate || class == "unknown_other";
        Verdict { class, probability, refused }
    }
}

/// Papers from every template, `count` households each: those that may be tuned on, then those held back. Tells `say`
/// the figures.
///
/// # Errors
/// When a template fails.
pub fn templates(judge: &Judge, count: u64, say: &mut dyn FnMut(&str)) -> Result<()> {
    for (name, families) in [("templates", Families::Train), ("held back", Families::Held)] {
        among(judge, count, name, families, say)?;
    }
    Ok(())
}

fn among(
    judge: &Judge,
    count: u64,
    name: &str,
    families: Families,
    say: &mut dyn FnMut(&str),
) -> Result<()> {
    let (mut right, mut accepted, mut accepted_right, mut total) = (0_u64, 0_u64, 0_u64, 0_u64);
    for layout in LAYOUTS.iter().filter(|layout| families.has(layout)) {
        let mut wrong: BTreeMap<String, u64> = BTreeMap::new();
        for seed in 0..count {
            let world = World::new(seed, Day::new(2026, 11, 16));
            let facts = facts::of(&world, layout.class()).context("find the class")?;
            let text = paper::typeset(&world, facts, *layout)?.truth.pages.join("\n");
            let verdict = judge.verdict(&text);
            // Classes that the model does not know are right when it refuses.
            let known = judge.labels.iter().any(|label| label == layout.class());
            let hit = if known { verdict.class == layout.class() } else { verdict.refused };
            total += 1;
            right += u64::from(hit);
            accepted += u64::from(!verdict.refused);
            accepted_right += u64::from(!verdict.refused && hit);
            if !hit || verdict.refused {
                let mark = if verdict.refused { " (abstains)" } else { "" };
                *wrong.entry(format!("{}{mark}", verdict.class)).or_default() += 1;
            }
        }
        if !wrong.is_empty() {
            say(&format!("{}: {wrong:?}", layout.family));
        }
    }
    say(&format!(
        "{name}: {right} of {total} right; {accepted} accepted, {accepted_right} of them right"
    ));
    Ok(())
}

/// Texts that are no papers: a gzipped file of JSON lines with a field `text`.
///
/// # Errors
/// When the file is not of this shape.
pub fn strangers(judge: &Judge, path: &Path, say: &mut dyn FnMut(&str)) -> Result<()> {
    let reader = BufReader::new(GzDecoder::new(fs_err::File::open(path)?));
    let mut taken: BTreeMap<String, u64> = BTreeMap::new();
    let (mut refused, mut total) = (0_u64, 0_u64);
    for line in reader.lines() {
        let row: serde_json::Value = serde_json::from_str(&line?)?;
        let text = row.get("text").and_then(serde_json::Value::as_str).context("read text")?;
        let verdict = judge.verdict(text);
        total += 1;
        if verdict.refused {
            refused += 1;
        } else {
            *taken.entry(verdict.class).or_default() += 1;
        }
    }
    say(&format!("strangers: {refused} of {total} refused; taken for {taken:?}"));
    Ok(())
}
