//! `bert`, `xlm-roberta` and `modernbert`: encoders as Hugging Face lays them out.
//!
//! The first two are one network that differs in names, in where positions begin, and in the
//! classifier. The third has rotary positions, a gated feed-forward part, its norms before the
//! layers, and attention that looks only at its neighbourhood in most of them. A network runs
//! fused where the processor has the instructions, else on candle's operations.

#[cfg(not(target_arch = "x86_64"))]
mod absent;
pub(crate) mod reach;
mod read;
mod read_modern;
pub(crate) mod stock;

use self::read::Layout;
use self::stock::Network;
#[cfg(not(target_arch = "x86_64"))]
use absent::Encoder as Fused;

#[cfg(target_arch = "x86_64")]
use crate::fused::Encoder as Fused;
use crate::head::{self, Head, Reads};
use crate::processor::Processor;
use crate::{DEVICE, Error, labels};
use candle_core::Result as CandleResult;
use inference::manifest::ModelFiles;
use inference::{Backend, BackendError, Batch, Encoder, Model, ModelInfo, Purpose, Sequence, Task};

/// For candle's operations: more tokens do not make them faster, since sequences are computed one
/// after another.
const BATCH_TOKENS_MAX: usize = 512;

/// Which layout the files have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Bert,
    XlmRoberta,
    ModernBert,
}

/// Token by token what the three tables are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) ids: Vec<u32>,
    pub(crate) segments: Vec<u32>,
    pub(crate) positions: Vec<u32>,
}

/// All that is read of a model's files.
struct Parts {
    network: Network,
    head: Head,
    rules: Rules,
}

struct Bert {
    rules: Rules,
    computing: Computing,
    head: Head,
}

/// How a sequence becomes [`Tokens`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Rows of the table of words.
    pub(crate) rows: usize,
    /// Whether the table of segments has more than one row; models without are asked for row 0.
    pub(crate) has_segments: bool,
    /// Positions begin one after this id, and the id itself does not move them on.
    pub(crate) padding: Option<u32>,
}

enum Computing {
    Fused(Fused),
    Stock(Network),
}

/// Loads encoder, head and tokenizer.
pub(crate) fn load(
    files: &ModelFiles,
    family: Family,
    processor: &Processor,
) -> Result<Model, Error> {
    let manifest = files.manifest();
    let Parts { network, head, rules } = match family {
        Family::Bert => read::parts(files, Layout::Bert)?,
        Family::XlmRoberta => read::parts(files, Layout::XlmRoberta)?,
        Family::ModernBert => read_modern::parts(files)?,
    };
    let labels = if matches!(manifest.task, Task::Classify) { labels(files)? } else { vec![] };
    let encoder = Encoder::from_tokenizer_json(files.file("tokenizer.json")?, manifest, true)
        .map_err(|source| Error::Tokenizer { model: manifest.name.clone(), source })?;
    let tokenize =
        |text: &str| rules.tokens(&encoder.encode(text, Purpose::Passage).ok()?.sequence).ok();
    let fused = Fused::pack(&network, manifest.compute, processor, tokenize).map_err(|source| {
        let (model, tensor) = (manifest.name.clone(), "encoder".to_owned());
        Error::Tensor { model, tensor, source: source.into() }
    })?;
    let mut info = ModelInfo::from_manifest(manifest, files.digest(), DEVICE, labels);
    fused.as_ref().map_or("float32", Fused::dtype).clone_into(&mut info.dtype);
    let batch_tokens_max = fused.as_ref().map_or(0, Fused::batch_tokens_max).max(BATCH_TOKENS_MAX);
    let computing = fused.map_or(Computing::Stock(network), Computing::Fused);
    let backend = Box::new(Bert { rules, computing, head });
    Ok(Model { info, encoder, table: None, batch_tokens_max, backend })
}

impl Backend for Bert {
    fn forward(&mut self, batch: &Batch<'_>) -> Result<Vec<Vec<f32>>, BackendError> {
        let sequences = batch.sequences.iter().map(|sequence| self.rules.tokens(sequence));
        let sequences = sequences.collect::<Result<Vec<_>, _>>()?;
        self.compute(sequences).map_err(|source| BackendError::Device { source: source.into() })
    }
}

impl Bert {
    fn compute(&self, sequences: Vec<Tokens>) -> CandleResult<Vec<Vec<f32>>> {
        let states = self.computing.states(sequences, self.head.reads())?;
        states.into_iter().map(|state| self.head.finish(state)).collect()
    }
}

impl Rules {
    pub(crate) fn tokens(&self, sequence: &Sequence) -> Result<Tokens, BackendError> {
        let ids = sequence.ids.clone();
        if let Some(id) = ids.iter().find(|id| **id as usize >= self.rows) {
            return Err(BackendError::UnknownToken { id: *id, rows: self.rows });
        }
        let mut segments = sequence.segments.clone();
        if segments.is_empty() || !self.has_segments {
            segments = vec![0; ids.len()];
        }
        let positions = match self.padding {
            None => (0..).take(ids.len()).collect(),
            Some(padding) => {
                let mut position = padding;
                let place = |id: &u32| {
                    position += u32::from(*id != padding);
                    if *id == padding { padding } else { position }
                };
                ids.iter().map(place).collect()
            }
        };
        Ok(Tokens { ids, segments, positions })
    }
}

impl Computing {
    /// The state that is read, for each sequence.
    fn states(&self, sequences: Vec<Tokens>, reads: Reads) -> CandleResult<Vec<Vec<f32>>> {
        match self {
            Self::Fused(encoder) => encoder.states(sequences, reads),
            Self::Stock(network) => {
                let one = |tokens: Tokens| head::read(&network.states(&tokens)?, reads);
                sequences.into_iter().map(one).collect()
            }
        }
    }
}
