//! `modernbert`: rotary positions, a gated feed-forward part, and attention that looks only at
//! its neighbourhood in most layers; on candle's operations, in f32.
//!
//! Sequence after sequence. Scores are computed for a few queries at once, so that a text of
//! 8,192 tokens needs no square of that size.

mod read;

use crate::activation::Activation;
use crate::head::{self, Head};
use crate::{DEVICE, Error, labels};
use candle_core::{D, IndexOp as _, Result as CandleResult, Tensor};
use candle_nn::{LayerNorm, Linear, Module as _, ops::softmax_last_dim, rotary_emb::rope};
use inference::manifest::ModelFiles;
use inference::{Backend, BackendError, Batch, Encoder, Model, ModelInfo, Sequence, Task};

/// More tokens do not make a CPU faster, since sequences are computed one after another.
const BATCH_TOKENS_MAX: usize = 512;
/// Queries whose scores are held at once.
const QUERIES_MAX: usize = 128;

struct ModernBert {
    rows: usize,
    words: Tensor,
    norm: LayerNorm,
    layers: Vec<Layer>,
    last_norm: LayerNorm,
    head: Head,
}

struct Layer {
    heads: usize,
    /// None in the first layer, behind the norm of the embeddings.
    norm: Option<LayerNorm>,
    /// Query, key and value side by side.
    qkv: Linear,
    attended: Linear,
    reach: Reach,
    wide_norm: LayerNorm,
    /// What is activated, and its gate, side by side.
    widen: Linear,
    activation: Activation,
    narrow: Linear,
}

/// How far attention looks, and what turns its vectors by their places.
#[derive(Clone)]
struct Reach {
    /// Tokens to either side; none for all.
    window: Option<usize>,
    cosines: Tensor,
    sines: Tensor,
}

/// Loads encoder, head and tokenizer.
pub(crate) fn load(files: &ModelFiles) -> Result<Model, Error> {
    let manifest = files.manifest();
    let backend = Box::new(read::model(files)?);
    let labels = if matches!(manifest.task, Task::Classify) { labels(files)? } else { vec![] };
    let encoder = Encoder::from_tokenizer_json(files.file("tokenizer.json")?, manifest, true)
        .map_err(|source| Error::Tokenizer { model: manifest.name.clone(), source })?;
    let mut info = ModelInfo::from_manifest(manifest, files.digest(), DEVICE, labels);
    "float32".clone_into(&mut info.dtype);
    Ok(Model { info, encoder, table: None, batch_tokens_max: BATCH_TOKENS_MAX, backend })
}

impl Backend for ModernBert {
    fn forward(&mut self, batch: &Batch<'_>) -> Result<Vec<Vec<f32>>, BackendError> {
        batch.sequences.iter().map(|sequence| self.one(sequence)).collect()
    }
}

impl ModernBert {
    fn one(&self, sequence: &Sequence) -> Result<Vec<f32>, BackendError> {
        if let Some(id) = sequence.ids.iter().find(|id| **id as usize >= self.rows) {
            return Err(BackendError::UnknownToken { id: *id, rows: self.rows });
        }
        let answer = self
            .states(&sequence.ids)
            .and_then(|states| self.head.finish(head::read(&states, self.head.reads())?));
        answer.map_err(|source| BackendError::Device { source: source.into() })
    }

    /// The last states, a row a token.
    fn states(&self, ids: &[u32]) -> CandleResult<Tensor> {
        let ids = Tensor::new(ids, self.words.device())?;
        let mut states = self.norm.forward(&self.words.index_select(&ids, 0)?)?;
        for layer in &self.layers {
            states = layer.forward(&states)?;
        }
        self.last_norm.forward(&states)
    }
}

impl Layer {
    fn forward(&self, states: &Tensor) -> CandleResult<Tensor> {
        let normed = match &self.norm {
            Some(norm) => norm.forward(states)?,
            None => states.clone(),
        };
        let states = (states + self.attended.forward(&self.attend(&normed)?)?)?;
        let wide = self.widen.forward(&self.wide_norm.forward(&states)?)?;
        let half = wide.dim(D::Minus1)? / 2;
        let gate = wide.narrow(D::Minus1, half, half)?;
        let wide = (self.activation.apply(&wide.narrow(D::Minus1, 0, half)?)? * gate)?;
        states + self.narrow.forward(&wide)?
    }

    fn attend(&self, states: &Tensor) -> CandleResult<Tensor> {
        let (length, hidden) = states.dims2()?;
        let qkv = self
            .qkv
            .forward(states)?
            .reshape((length, 3, self.heads, hidden / self.heads))?
            .permute((1, 2, 0, 3))?
            .contiguous()?;
        let (q, k) = (self.reach.turn(&qkv.i(0)?)?, self.reach.turn(&qkv.i(1)?)?);
        let v = qkv.i(2)?;
        let mut parts = vec![];
        for start in (0..length).step_by(QUERIES_MAX) {
            let count = QUERIES_MAX.min(length - start);
            let queries = q.narrow(1, start, count)?;
            let (first, keys) = self.reach.keys(start, count, length);
            let scores = queries.matmul(&k.narrow(1, first, keys)?.t()?)?;
            let scores = match self.reach.mask(start..start + count, first..first + keys)? {
                Some(mask) => scores.broadcast_add(&mask)?,
                None => scores,
            };
            parts.push(softmax_last_dim(&scores)?.matmul(&v.narrow(1, first, keys)?)?);
        }
        Tensor::cat(&parts, 1)?.transpose(0, 1)?.reshape((length, hidden))
    }
}

impl Reach {
    fn turn(&self, vectors: &Tensor) -> CandleResult<Tensor> {
        let length = vectors.dim(1)?;
        let (cosines, sines) =
            (self.cosines.narrow(0, 0, length)?, self.sines.narrow(0, 0, length)?);
        rope(&vectors.unsqueeze(0)?.contiguous()?, &cosines, &sines)?.squeeze(0)
    }

    /// The first key that any of these queries sees, and how many.
    fn keys(&self, start: usize, count: usize, length: usize) -> (usize, usize) {
        match self.window {
            None => (0, length),
            Some(window) => {
                let first = start.saturating_sub(window);
                (first, (start + count + window).min(length) - first)
            }
        }
    }

    /// Minus infinity where a query does not see a key; none where each sees all.
    fn mask(
        &self,
        queries: std::ops::Range<usize>,
        keys: std::ops::Range<usize>,
    ) -> CandleResult<Option<Tensor>> {
        let Some(window) = self.window.filter(|window| keys.len() > *window + 1) else {
            return Ok(None);
        };
        let shape = (queries.len(), keys.len());
        let values: Vec<f32> = queries
            .flat_map(|query| keys.clone().map(move |key| query.abs_diff(key) <= window))
            .map(|seen| if seen { 0.0 } else { f32::NEG_INFINITY })
            .collect();
        Tensor::from_vec(values, shape, self.cosines.device()).map(Some)
    }
}
