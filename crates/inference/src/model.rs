//! A model as the engine sees it: facts, an encoder, and a backend that computes.

use crate::{Encoder, TokenTable, manifest::Manifest};
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Text to vector.
    Embed,
    /// Text to a score per label.
    Classify,
    /// Question and text to a score.
    Rerank,
}

impl Task {
    /// The name used in manifests, metrics and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embed => "embed",
            Self::Classify => "classify",
            Self::Rerank => "rerank",
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Which model computed an answer; stands in the answer and in its audit record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModelUse {
    /// The manifest's name.
    pub name: String,
    /// What it did.
    pub task: Task,
    /// SHA-256 over manifest and files, in hex.
    pub digest: String,
    /// What it computed in.
    pub dtype: String,
    /// Where: "cpu", "cuda:0".
    pub device: String,
}

/// Whether a model answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelState {
    /// Its last forward pass succeeded, or none has been made yet.
    Ready,
    /// Its last batch failed for every request, and so did a small forward pass after it.
    Failing,
}

/// What a console or a catalogue shows of a model.
#[derive(Clone, Debug)]
pub struct ModelInfo {
    /// The manifest's name.
    pub name: String,
    /// What it is for.
    pub task: Task,
    /// The manifest's: "static", "bert", "xlm-roberta", "modernbert", "linear".
    pub architecture: String,
    /// SHA-256 over manifest and files, in hex.
    pub digest: String,
    /// SPDX expression.
    pub licence: String,
    /// What it computes in.
    pub dtype: String,
    /// Where it computes.
    pub device: String,
    /// Longest text, in its own tokens; the rest is cut off.
    pub tokens_max: usize,
    /// Length of a vector; for a classifier the number of labels.
    pub dimensions: usize,
    /// Labels of a classifier, in the order of its scores.
    pub labels: Vec<String>,
    /// Whether it answers.
    pub state: ModelState,
}

impl ModelInfo {
    /// The part that goes into answers and records.
    #[must_use]
    pub fn usage(&self) -> ModelUse {
        ModelUse {
            name: self.name.clone(),
            task: self.task,
            digest: self.digest.clone(),
            dtype: self.dtype.clone(),
            device: self.device.clone(),
        }
    }
}

/// A loaded model. Backend crates build it; the engine takes it apart.
pub struct Model {
    /// Its facts.
    pub info: ModelInfo,
    /// Text to [`Sequence`], shared by the tokenizer threads.
    pub encoder: Encoder,
    /// Token vectors for late interaction, where the model has them.
    pub table: Option<TokenTable>,
    /// Most tokens in one batch: where more does not make the device faster, a smaller batch
    /// lets the next department in sooner. The engine's own limit holds beside it.
    pub batch_tokens_max: usize,
    /// Computes; owned by the device thread.
    pub backend: Box<dyn Backend>,
}

impl fmt::Debug for Model {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Model").field("info", &self.info).finish_non_exhaustive()
    }
}

impl ModelInfo {
    /// The facts of a manifest, for a model on `device`.
    #[must_use]
    pub fn from_manifest(
        manifest: &Manifest,
        digest: &str,
        device: &str,
        labels: Vec<String>,
    ) -> Self {
        Self {
            name: manifest.name.clone(),
            task: manifest.task,
            architecture: manifest.architecture.clone(),
            digest: digest.to_owned(),
            licence: manifest.licence.clone(),
            dtype: manifest.dtype.clone(),
            device: device.to_owned(),
            tokens_max: manifest.tokens_max,
            dimensions: manifest.dimensions,
            labels,
            state: ModelState::Ready,
        }
    }
}

/// One encoded text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sequence {
    /// Token ids, special tokens included; for a bag of features its buckets.
    pub ids: Vec<u32>,
    /// Segment of each token; empty where all are 0.
    pub segments: Vec<u32>,
    /// Values of a bag of features; empty for token models.
    pub values: Vec<f32>,
}

/// Sequences that are computed together, without padding.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The sequences, from one or more requests.
    pub sequences: &'a [&'a Sequence],
}

/// Computes batches on a device. Only the device thread calls it.
pub trait Backend: Send {
    /// One output per sequence, in order: a vector of unit length (embed), a raw score per label
    /// (classify), or one raw score (rerank).
    ///
    /// # Errors
    /// When the device or the model fails. The engine then halves the batch until it has found
    /// the guilty request, so that only that one fails.
    fn forward(&mut self, batch: &Batch<'_>) -> Result<Vec<Vec<f32>>, BackendError>;
}

/// Why a forward pass gave no usable output.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BackendError {
    /// The computing library failed.
    #[error("run the forward pass")]
    Device {
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A token id that the model's table does not hold: tokenizer and weights do not match.
    #[error("look up token {id} in a table of {rows} rows")]
    UnknownToken {
        /// The id.
        id: u32,
        /// The table's size.
        rows: usize,
    },
    /// The backend panicked; its thread lives on.
    #[error("run the forward pass without a panic")]
    Panicked,
    /// The output holds a value that is not a number, or an infinite one.
    #[error("compute finite values")]
    NotFinite,
    /// The backend answered another number of outputs than it got sequences.
    #[error("get {expected} outputs: the backend gave {actual}")]
    WrongCount {
        /// Sequences of the batch.
        expected: usize,
        /// Outputs.
        actual: usize,
    },
}
