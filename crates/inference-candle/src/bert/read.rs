//! Reads a BERT or an XLM-R with its head.

use super::reach::Reach;
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
    pad_token_id: Option<u32>,
}

fn absolute() -> String {
    "absolute".to_owned()
}

/// Which names the files use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Bert,
    XlmRoberta,
}

impl Layout {
    /// Before the encoder's names, where the file was written by a model with a head.
    fn prefix(self) -> &'static str {
        match self {
            Self::Bert => "bert.",
            Self::XlmRoberta => "roberta.",
        }
    }

    /// The id that positions are counted from.
    fn padding(self, config: &Config) -> Option<u32> {
        match self {
            Self::Bert => None,
            Self::XlmRoberta => Some(config.pad_token_id.unwrap_or(1)),
        }
    }
}

pub(super) fn parts(files: &ModelFiles, layout: Layout) -> Result<Parts, Error> {
    let manifest = files.manifest();
    let config = read_config(files, layout)?;
    let hidden = config.hidden_size;
    let root = Weights::read(files)?;
    let prefixed = root.has(&format!("{}embeddings.word_embeddings.weight", layout.prefix()));
    let prefix = if prefixed { layout.prefix() } else { "" };
    let weights = Weights::read(files)?.with_prefix(prefix);
    let head = match (manifest.task, layout) {
        (Task::Embed, _) => {
            demand(files, "dimensions", manifest.dimensions, hidden)?;
            sentence::check(files)?;
            Head::Vector(Reads::from(manifest.pooling))
        }
        (Task::Classify | Task::Rerank, Layout::Bert) => Head::Scores {
            reads: Reads::First,
            scores: root.linear("classifier", [hidden, manifest.dimensions], true)?,
            dense: weights.linear("pooler.dense", [hidden, hidden], true)?,
            after: After::Tanh,
        },
        (Task::Classify | Task::Rerank, Layout::XlmRoberta) => Head::Scores {
            reads: Reads::First,
            scores: root.linear("classifier.out_proj", [hidden, manifest.dimensions], true)?,
            dense: root.linear("classifier.dense", [hidden, hidden], true)?,
            after: After::Tanh,
        },
    };
    let rules = Rules {
        rows: config.vocab_size,
        has_segments: config.type_vocab_size > 1,
        padding: layout.padding(&config),
    };
    Ok(Parts { network: read_network(files, &weights, &config)?, head, rules })
}

fn read_config(files: &ModelFiles, layout: Layout) -> Result<Config, Error> {
    let (manifest, path) = (files.manifest(), "config.json");
    let config: Config = serde_json::from_slice(files.file(path)?)
        .map_err(|source| Error::Json { model: manifest.name.clone(), path, source })?;
    demand(files, "position_embedding_type", &config.position_embedding_type, "absolute")?;
    let heads = config.num_attention_heads.max(1);
    demand(files, "hidden_size modulo num_attention_heads", config.hidden_size % heads, 0)?;
    let first = layout.padding(&config).map_or(0, |padding| padding as usize + 1);
    let positions = config.max_position_embeddings.saturating_sub(first);
    demand(files, "tokens_max", manifest.tokens_max, manifest.tokens_max.min(positions))?;
    if matches!(manifest.task, Task::Embed) && matches!(manifest.pooling, Pooling::None) {
        demand(files, "pooling", "none", "mean or cls")?;
    }
    Ok(config)
}

fn read_network(
    files: &ModelFiles,
    weights: &Weights<'_>,
    config: &Config,
) -> Result<Network, Error> {
    let activation = Activation::read(files, "hidden_act", &config.hidden_act)?;
    let hidden = config.hidden_size;
    let table = |name: &str, rows: usize| {
        weights.f32(&format!("embeddings.{name}_embeddings.weight"), &[rows, hidden])
    };
    let layers = (0..config.num_hidden_layers)
        .map(|index| read_layer(weights, config, activation, index))
        .collect::<Result<_, _>>()?;
    Ok(Network {
        words: table("word", config.vocab_size)?,
        positions: Some(table("position", config.max_position_embeddings)?),
        segments: Some(table("token_type", config.type_vocab_size)?),
        norm: layer_norm(weights, "embeddings.LayerNorm", config)?,
        norm_epsilon: config.layer_norm_eps,
        layers,
        last_norm: None,
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
    let project = |part: &str| weights.linear(&name(part), [hidden, hidden], true);
    let query = project("attention.self.query")?;
    let (key, value) = (project("attention.self.key")?, project("attention.self.value")?);
    #[expect(clippy::cast_precision_loss, reason = "a head has a few hundred dimensions")]
    let scale = 1.0 / ((hidden / heads) as f64).sqrt();
    let qkv = join(&query, &key, &value, scale)
        .map_err(|source| weights.unreadable(&name("attention.self"), source.into()))?;
    Ok(Layer {
        heads,
        qkv,
        reach: Reach::default(),
        attended: project("attention.output.dense")?,
        norms: Norms::After {
            attended: layer_norm(weights, &name("attention.output.LayerNorm"), config)?,
            narrow: layer_norm(weights, &name("output.LayerNorm"), config)?,
        },
        widen: weights.linear(&name("intermediate.dense"), [hidden, wide], true)?,
        activation,
        is_gated: false,
        narrow: weights.linear(&name("output.dense"), [wide, hidden], true)?,
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

fn layer_norm(weights: &Weights<'_>, name: &str, config: &Config) -> Result<LayerNorm, Error> {
    weights.norm(name, config.hidden_size, config.layer_norm_eps, true)
}
