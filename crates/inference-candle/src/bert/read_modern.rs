//! Reads a ModernBERT as Hugging Face lays it out, in the old and the new form of its
//! configuration.

use super::reach::{Reach, Rotation};
use super::stock::{Layer, Network, Norms};
use super::{Parts, Rules};
use crate::activation::Activation;
use crate::head::{After, Head, Reads};
use crate::weights::Weights;
use crate::{Error, demand, sentence};
use candle_core::{Result as CandleResult, Tensor};
use candle_nn::{LayerNorm, Linear};
use inference::Task;
use inference::manifest::{ModelFiles, Pooling};
use serde::Deserialize;

/// What is read of `config.json`; the rest does not change the answer.
#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "as the file has them")]
struct Config {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    max_position_embeddings: usize,
    local_attention: usize,
    #[serde(default = "small")]
    norm_eps: f64,
    #[serde(default = "gelu")]
    hidden_activation: String,
    #[serde(default = "gelu")]
    classifier_activation: String,
    #[serde(default)]
    classifier_pooling: Pooling,
    #[serde(default)]
    norm_bias: bool,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    #[serde(default)]
    classifier_bias: bool,
    /// Newer files name each layer, older ones say how often global attention comes.
    layer_types: Option<Vec<Kind>>,
    #[serde(default = "three")]
    global_attn_every_n_layers: usize,
    /// Newer files have both in one table.
    rope_parameters: Option<Ropes>,
    global_rope_theta: Option<f64>,
    local_rope_theta: Option<f64>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    FullAttention,
    SlidingAttention,
}

#[derive(Deserialize)]
struct Ropes {
    full_attention: Rope,
    sliding_attention: Rope,
}

#[derive(Deserialize)]
struct Rope {
    #[serde(default = "default_rope")]
    rope_type: String,
    rope_theta: f64,
}

fn small() -> f64 {
    1e-5
}

fn gelu() -> String {
    "gelu".to_owned()
}

fn three() -> usize {
    3
}

fn default_rope() -> String {
    "default".to_owned()
}

impl Config {
    fn kind(&self, layer: usize) -> Kind {
        let named = self.layer_types.as_ref().and_then(|kinds| kinds.get(layer));
        named.copied().unwrap_or(if layer.is_multiple_of(self.global_attn_every_n_layers.max(1)) {
            Kind::FullAttention
        } else {
            Kind::SlidingAttention
        })
    }

    fn theta(&self, kind: Kind) -> f64 {
        let rotations = self.rope_parameters.as_ref();
        match kind {
            Kind::FullAttention => rotations
                .map(|both| both.full_attention.rope_theta)
                .or(self.global_rope_theta)
                .unwrap_or(160_000.0),
            Kind::SlidingAttention => rotations
                .map(|both| both.sliding_attention.rope_theta)
                .or(self.local_rope_theta)
                .unwrap_or(10_000.0),
        }
    }
}

pub(super) fn parts(files: &ModelFiles) -> Result<Parts, Error> {
    let config = read_config(files)?;
    let hidden = config.hidden_size;
    let root = Weights::read(files)?;
    let prefixed = root.has("model.embeddings.tok_embeddings.weight");
    let weights = Weights::read(files)?.with_prefix(if prefixed { "model." } else { "" });
    let norm = |name: &str| read_norm(&weights, &config, name);
    let activation = Activation::read(files, "hidden_activation", &config.hidden_activation)?;
    let reach = |kind| {
        reach(&config, kind, files.manifest().tokens_max)
            .map_err(|source| weights.unreadable("rotary positions", source.into()))
    };
    let (far, near) = (reach(Kind::FullAttention)?, reach(Kind::SlidingAttention)?);
    let layers = (0..config.num_hidden_layers).map(|index| {
        let name = |part: &str| format!("layers.{index}.{part}");
        let (attention, wide) = (config.attention_bias, config.intermediate_size);
        let qkv = weights.linear(&name("attn.Wqkv"), [hidden, 3 * hidden], attention)?;
        Ok(Layer {
            heads: config.num_attention_heads.max(1),
            qkv: scaled(&qkv, &config)
                .map_err(|source| weights.unreadable(&name("attn.Wqkv"), source.into()))?,
            attended: weights.linear(&name("attn.Wo"), [hidden, hidden], attention)?,
            reach: if config.kind(index) == Kind::FullAttention { &far } else { &near }.clone(),
            norms: Norms::Before {
                // The first layer reads what the embeddings' norm gives.
                qkv: (index > 0).then(|| norm(&name("attn_norm"))).transpose()?,
                widen: norm(&name("mlp_norm"))?,
            },
            widen: weights.linear(&name("mlp.Wi"), [hidden, 2 * wide], config.mlp_bias)?,
            activation,
            is_gated: true,
            narrow: weights.linear(&name("mlp.Wo"), [wide, hidden], config.mlp_bias)?,
        })
    });
    let network = Network {
        words: weights.f32("embeddings.tok_embeddings.weight", &[config.vocab_size, hidden])?,
        positions: None,
        segments: None,
        norm: norm("embeddings.norm")?,
        norm_epsilon: config.norm_eps,
        layers: layers.collect::<Result<_, Error>>()?,
        last_norm: Some(norm("final_norm")?),
    };
    let rules = Rules { rows: config.vocab_size, has_segments: false, padding: None };
    Ok(Parts { network, head: read_head(files, &root, &config)?, rules })
}

fn read_config(files: &ModelFiles) -> Result<Config, Error> {
    let (manifest, path) = (files.manifest(), "config.json");
    let config: Config = serde_json::from_slice(files.file(path)?)
        .map_err(|source| Error::Json { model: manifest.name.clone(), path, source })?;
    let heads = config.num_attention_heads.max(1);
    demand(files, "hidden_size modulo num_attention_heads", config.hidden_size % heads, 0)?;
    let longest = manifest.tokens_max.min(config.max_position_embeddings);
    demand(files, "tokens_max", manifest.tokens_max, longest)?;
    if let Some(Ropes { full_attention, sliding_attention }) = &config.rope_parameters {
        for rotation in [full_attention, sliding_attention] {
            demand(files, "rope_type", &rotation.rope_type, "default")?;
        }
    }
    if matches!(manifest.task, Task::Embed) {
        demand(files, "dimensions", manifest.dimensions, config.hidden_size)?;
        if matches!(manifest.pooling, Pooling::None) {
            demand(files, "pooling", "none", "mean or cls")?;
        }
        sentence::check(files)?;
    }
    Ok(config)
}

fn read_head(files: &ModelFiles, root: &Weights<'_>, config: &Config) -> Result<Head, Error> {
    let (manifest, hidden) = (files.manifest(), config.hidden_size);
    if matches!(manifest.task, Task::Embed) {
        return Ok(Head::Vector(Reads::from(manifest.pooling)));
    }
    let name = &config.classifier_activation;
    let activation = Activation::read(files, "classifier_activation", name)?;
    Ok(Head::Scores {
        reads: Reads::from(config.classifier_pooling),
        scores: root.linear("classifier", [hidden, manifest.dimensions], true)?,
        dense: root.linear("head.dense", [hidden, hidden], config.classifier_bias)?,
        after: After::Norm(activation, read_norm(root, config, "head.norm")?),
    })
}

fn read_norm(weights: &Weights<'_>, config: &Config, name: &str) -> Result<LayerNorm, Error> {
    weights.norm(name, config.hidden_size, config.norm_eps, config.norm_bias)
}

/// Puts the scale of the scores into the query.
fn scaled(qkv: &Linear, config: &Config) -> CandleResult<Linear> {
    let hidden = config.hidden_size;
    #[expect(clippy::cast_precision_loss, reason = "a head has a few hundred dimensions")]
    let scale = 1.0 / ((hidden / config.num_attention_heads.max(1)) as f64).sqrt();
    let scale = |tensor: &Tensor| {
        let query = (tensor.narrow(0, 0, hidden)? * scale)?;
        Tensor::cat(&[&query, &tensor.narrow(0, hidden, 2 * hidden)?], 0)
    };
    Ok(Linear::new(scale(qkv.weight())?, qkv.bias().map(scale).transpose()?))
}

fn reach(config: &Config, kind: Kind, length: usize) -> CandleResult<Reach> {
    let size = config.hidden_size / config.num_attention_heads.max(1);
    let rotation = Rotation::new(config.theta(kind), size, length)?;
    let window = (kind == Kind::SlidingAttention).then_some(config.local_attention / 2);
    Ok(Reach { window, rotation: Some(rotation) })
}
