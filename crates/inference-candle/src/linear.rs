//! `linear`: a score per label from a hashed bag of features, as a linear SVM or a logistic
//! regression learns it.

use crate::weights::Weights;
use crate::{DEVICE, Error, demand, labels};
use inference::features::{Feature, FeatureConfig, Featuriser, weigh};
use inference::manifest::ModelFiles;
use inference::{Backend, BackendError, Batch, Encoder, Model, ModelInfo, Sequence, Task};

/// Words in one batch; some ten milliseconds.
const BATCH_WORDS_MAX: usize = 65_536;

struct Linear {
    labels: usize,
    /// [buckets, labels], row-major: a text touches few rows, each of them whole.
    weight: Vec<f32>,
    bias: Vec<f32>,
    idf: Vec<f32>,
}

/// Loads weights, labels and featuriser.
pub(crate) fn load(files: &ModelFiles) -> Result<Model, Error> {
    let manifest = files.manifest();
    demand(files, "task", manifest.task, Task::Classify)?;
    let config = manifest.features.clone().ok_or_else(|| Error::Unfit {
        model: manifest.name.clone(),
        key: "features",
        actual: "missing".to_owned(),
        expected: "a table".to_owned(),
    })?;
    demand(files, "features.version", config.version, FeatureConfig::default().version)?;
    demand(files, "features.words_max", config.words_max, manifest.tokens_max)?;
    let labels = labels(files)?;
    demand(files, "dimensions", manifest.dimensions, labels.len())?;
    let buckets = usize::try_from(config.buckets).unwrap_or(usize::MAX);
    let weights = Weights::read(files)?;
    let backend = Linear {
        labels: labels.len(),
        weight: weights.f32_values("weight", &[buckets, labels.len()])?,
        bias: weights.f32_values("bias", &[labels.len()])?,
        idf: weights.f32_values("idf", &[buckets])?,
    };
    Ok(Model {
        info: ModelInfo::from_manifest(manifest, files.digest(), DEVICE, labels),
        encoder: Encoder::from_featuriser(Featuriser::new(config), manifest),
        table: None,
        batch_tokens_max: BATCH_WORDS_MAX,
        backend: Box::new(backend),
    })
}

impl Backend for Linear {
    fn forward(&mut self, batch: &Batch<'_>) -> Result<Vec<Vec<f32>>, BackendError> {
        batch.sequences.iter().map(|sequence| self.score(sequence)).collect()
    }
}

impl Linear {
    fn score(&self, sequence: &Sequence) -> Result<Vec<f32>, BackendError> {
        let mut features: Vec<Feature> = sequence
            .ids
            .iter()
            .zip(&sequence.values)
            .map(|(bucket, value)| Feature { bucket: *bucket, value: *value })
            .collect();
        weigh(&mut features, &self.idf);
        let mut scores = self.bias.clone();
        for feature in features {
            let row = usize::try_from(feature.bucket)
                .ok()
                .and_then(|bucket| bucket.checked_mul(self.labels))
                .and_then(|start| self.weight.get(start..start + self.labels))
                .ok_or(BackendError::UnknownToken { id: feature.bucket, rows: self.idf.len() })?;
            for (score, weight) in scores.iter_mut().zip(row) {
                *score += feature.value * weight;
            }
        }
        Ok(scores)
    }
}
