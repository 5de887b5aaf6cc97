//! `bert`: the encoder of BERT in f32, as Hugging Face lays it out.
//!
//! Sequence after sequence, so nothing is computed for padding. Query, key and value are one
//! matrix product, with the scale of the scores folded into the query's weights.

use crate::weights::Weights;
use crate::{DEVICE, Error, demand, labels};
use candle_core::{D, IndexOp as _, Result as CandleResult, Tensor};
use candle_nn::{LayerNorm, Linear, Module as _, ops::softmax_last_dim};
use inference::manifest::{ModelFiles, Pooling};
use inference::{Backend, BackendError, Batch, Encoder, Model, ModelInfo, Sequence, Task};
use serde::Deserialize;

/// More tokens do not make a CPU faster, since sequences are computed one after another.
const BATCH_TOKENS_MAX: usize = 512;

/// What is read of `config.json`; the rest does not change the answer.
#[derive(Deserialize)]
struct Config {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    layer_norm_eps: f64,
    hidden_act: String,
    #[serde(default = "absolute")]
    position_embedding_type: String,
}

fn absolute() -> String {
    "absolute".to_owned()
}

struct Bert {
    rows: usize,
    words: Tensor,
    positions: Tensor,
    segments: Tensor,
    norm: LayerNorm,
    layers: Vec<Layer>,
    output: Output,
}

enum Output {
    /// A vector of unit length.
    Vector(Pooling),
    /// Raw scores from the first token.
    Scores { pooler: Linear, classifier: Linear },
}

struct Layer {
    heads: usize,
    /// Query, key and value side by side.
    qkv: Linear,
    attended: Linear,
    attended_norm: LayerNorm,
    widen: Linear,
    activation: Activation,
    narrow: Linear,
    narrow_norm: LayerNorm,
}

#[derive(Clone, Copy)]
enum Activation {
    GeluErf,
    GeluTanh,
    Relu,
}

/// Loads encoder, head and tokenizer.
pub(crate) fn load(files: &ModelFiles) -> Result<Model, Error> {
    let manifest = files.manifest();
    let config = read_config(files)?;
    let weights = Weights::read(files)?;
    let classifier = if matches!(manifest.task, Task::Embed) {
        None
    } else {
        Some(read_classifier(&weights, &config, manifest.dimensions)?)
    };
    let prefixed = weights.has("bert.embeddings.word_embeddings.weight");
    let weights = if prefixed { weights.with_prefix("bert.") } else { weights };
    let hidden = config.hidden_size;
    let output = match classifier {
        None => {
            demand(files, "dimensions", manifest.dimensions, hidden)?;
            Output::Vector(manifest.pooling)
        }
        Some(classifier) => {
            let pooler = linear(&weights, "pooler.dense", hidden, hidden)?;
            Output::Scores { pooler, classifier }
        }
    };
    let labels = if matches!(manifest.task, Task::Classify) { labels(files)? } else { vec![] };
    let encoder = Encoder::from_tokenizer_json(files.file("tokenizer.json")?, manifest, true)
        .map_err(|source| Error::Tokenizer { model: manifest.name.clone(), source })?;
    Ok(Model {
        info: ModelInfo::from_manifest(manifest, files.digest(), DEVICE, labels),
        encoder,
        table: None,
        batch_tokens_max: BATCH_TOKENS_MAX,
        backend: Box::new(read_encoder(files, &weights, &config, output)?),
    })
}

fn read_config(files: &ModelFiles) -> Result<Config, Error> {
    let (manifest, path) = (files.manifest(), "config.json");
    let config: Config = serde_json::from_slice(files.file(path)?)
        .map_err(|source| Error::Json { model: manifest.name.clone(), path, source })?;
    demand(files, "position_embedding_type", &config.position_embedding_type, "absolute")?;
    let heads = config.num_attention_heads.max(1);
    demand(files, "hidden_size modulo num_attention_heads", config.hidden_size % heads, 0)?;
    let longest = manifest.tokens_max.min(config.max_position_embeddings);
    demand(files, "tokens_max", manifest.tokens_max, longest)?;
    if matches!(manifest.task, Task::Embed) && matches!(manifest.pooling, Pooling::None) {
        demand(files, "pooling", "none", "mean or cls")?;
    }
    Ok(config)
}

fn read_classifier(weights: &Weights<'_>, config: &Config, scores: usize) -> Result<Linear, Error> {
    linear(weights, "classifier", config.hidden_size, scores)
}

fn read_encoder(
    files: &ModelFiles,
    weights: &Weights<'_>,
    config: &Config,
    output: Output,
) -> Result<Bert, Error> {
    let activation = match config.hidden_act.as_str() {
        "gelu" => Activation::GeluErf,
        "gelu_new" | "gelu_pytorch_tanh" => Activation::GeluTanh,
        "relu" => Activation::Relu,
        other => {
            demand(files, "hidden_act", other, "gelu, gelu_new, gelu_pytorch_tanh or relu")?;
            Activation::GeluErf
        }
    };
    let hidden = config.hidden_size;
    let table = |name: &str, rows: usize| {
        weights.f32(&format!("embeddings.{name}_embeddings.weight"), &[rows, hidden])
    };
    let layers = (0..config.num_hidden_layers)
        .map(|index| read_layer(weights, config, activation, index))
        .collect::<Result<_, _>>()?;
    Ok(Bert {
        rows: config.vocab_size,
        words: table("word", config.vocab_size)?,
        positions: table("position", config.max_position_embeddings)?,
        segments: table("token_type", config.type_vocab_size)?,
        norm: layer_norm(weights, "embeddings.LayerNorm", config)?,
        layers,
        output,
    })
}

fn read_layer(
    weights: &Weights<'_>,
    config: &Config,
    activation: Activation,
    index: usize,
) -> Result<Layer, Error> {
    let (hidden, wide) = (config.hidden_size, config.intermediate_size);
    let heads = config.num_attention_heads.max(1);
    let name = |part: &str| format!("encoder.layer.{index}.{part}");
    let project = |part: &str| linear(weights, &name(part), hidden, hidden);
    let query = project("attention.self.query")?;
    let (key, value) = (project("attention.self.key")?, project("attention.self.value")?);
    #[expect(clippy::cast_precision_loss, reason = "a head has a few hundred dimensions")]
    let scale = 1.0 / ((hidden / heads) as f64).sqrt();
    let qkv = join(&query, &key, &value, scale)
        .map_err(|source| weights.unreadable(&name("attention.self"), source.into()))?;
    Ok(Layer {
        heads,
        qkv,
        attended: project("attention.output.dense")?,
        attended_norm: layer_norm(weights, &name("attention.output.LayerNorm"), config)?,
        widen: linear(weights, &name("intermediate.dense"), hidden, wide)?,
        activation,
        narrow: linear(weights, &name("output.dense"), wide, hidden)?,
        narrow_norm: layer_norm(weights, &name("output.LayerNorm"), config)?,
    })
}

fn join(query: &Linear, key: &Linear, value: &Linear, scale: f64) -> CandleResult<Linear> {
    let query_weight = (query.weight() * scale)?;
    let weight = Tensor::cat(&[&query_weight, key.weight(), value.weight()], 0)?;
    let mut biases = vec![];
    for (linear, scale) in [(query, scale), (key, 1.0), (value, 1.0)] {
        if let Some(bias) = linear.bias() {
            biases.push((bias * scale)?);
        }
    }
    Ok(Linear::new(weight, Some(Tensor::cat(&biases, 0)?)))
}

fn linear(weights: &Weights<'_>, name: &str, from: usize, to: usize) -> Result<Linear, Error> {
    let weight = weights.f32(&format!("{name}.weight"), &[to, from])?;
    let bias = weights.f32(&format!("{name}.bias"), &[to])?;
    Ok(Linear::new(weight, Some(bias)))
}

fn layer_norm(weights: &Weights<'_>, name: &str, config: &Config) -> Result<LayerNorm, Error> {
    let shape = [config.hidden_size];
    let weight = weights.f32(&format!("{name}.weight"), &shape)?;
    let bias = weights.f32(&format!("{name}.bias"), &shape)?;
    Ok(LayerNorm::new(weight, bias, config.layer_norm_eps))
}

impl Backend for Bert {
    fn forward(&mut self, batch: &Batch<'_>) -> Result<Vec<Vec<f32>>, BackendError> {
        batch.sequences.iter().map(|sequence| self.one(sequence)).collect()
    }
}

impl Bert {
    fn one(&self, sequence: &Sequence) -> Result<Vec<f32>, BackendError> {
        if let Some(id) = sequence.ids.iter().find(|id| **id as usize >= self.rows) {
            return Err(BackendError::UnknownToken { id: *id, rows: self.rows });
        }
        self.compute(sequence).map_err(|source| BackendError::Device { source: source.into() })
    }

    fn compute(&self, sequence: &Sequence) -> CandleResult<Vec<f32>> {
        let length = sequence.ids.len();
        let device = self.words.device();
        let ids = Tensor::new(sequence.ids.as_slice(), device)?;
        let words = self.words.index_select(&ids, 0)?;
        let positions = self.positions.narrow(0, 0, length)?;
        let segments = if sequence.segments.is_empty() {
            self.segments.narrow(0, 0, 1)?.broadcast_as(words.shape())?
        } else {
            let segments = Tensor::new(sequence.segments.as_slice(), device)?;
            self.segments.index_select(&segments, 0)?
        };
        let mut states = self.norm.forward(&((words + segments)? + positions)?)?;
        for layer in &self.layers {
            states = layer.forward(&states)?;
        }
        self.output.read(&states)
    }
}

impl Layer {
    fn forward(&self, states: &Tensor) -> CandleResult<Tensor> {
        let attended = self.attended.forward(&self.attend(states)?)?;
        let states = self.attended_norm.forward(&(attended + states)?)?;
        let wide = self.widen.forward(&states)?;
        let wide = match self.activation {
            Activation::GeluErf => wide.gelu_erf()?,
            Activation::GeluTanh => wide.gelu()?,
            Activation::Relu => wide.relu()?,
        };
        self.narrow_norm.forward(&(self.narrow.forward(&wide)? + states)?)
    }

    fn attend(&self, states: &Tensor) -> CandleResult<Tensor> {
        let (length, hidden) = states.dims2()?;
        let qkv = self
            .qkv
            .forward(states)?
            .reshape((length, 3, self.heads, hidden / self.heads))?
            .permute((1, 2, 0, 3))?
            .contiguous()?;
        let (q, k, v) = (qkv.i(0)?, qkv.i(1)?, qkv.i(2)?);
        let scores = softmax_last_dim(&q.matmul(&k.t()?)?)?;
        scores.matmul(&v)?.transpose(0, 1)?.reshape((length, hidden))
    }
}

impl Output {
    fn read(&self, states: &Tensor) -> CandleResult<Vec<f32>> {
        let pooled = match self {
            Self::Vector(Pooling::Mean) => states.mean(0)?,
            Self::Vector(Pooling::Cls | Pooling::None) => states.i(0)?,
            Self::Scores { pooler, classifier } => {
                let first = pooler.forward(&states.narrow(0, 0, 1)?)?.tanh()?;
                return classifier.forward(&first)?.i(0)?.to_vec1();
            }
        };
        let norm = pooled.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?;
        pooled.broadcast_div(&norm)?.to_vec1()
    }
}
