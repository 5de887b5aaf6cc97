//! Backends of the engine on candle.
//!
//! [`load`] turns a model folder, or a model compiled into the binary, into an
//! [`inference::Model`]. Architectures:
//!
//! | name | computes | files |
//! |---|---|---|
//! | `static` | normalised sum of token vectors, int8 table | `model.safetensors`, `tokenizer.json` |
//! | `bert`, `xlm-roberta`, `modernbert` | encoder: pooled and normalised, or a classification head; f32, bf16 or int8 | `model.safetensors`, `tokenizer.json`, `config.json`, for a classifier `labels.json` |
//! | `linear` | a score per label from a hashed bag of features | `model.safetensors`, `labels.json` |
//!
//! The layouts are written down in `models/README.md`.
//!
//! Unsafe code stands in three small files of `fused`, the loops in vector instructions, behind
//! functions that check every length and are reached only where the processor has them.
//!
//! What it refuses to know: queues, departments, where a request came from.
//!
//! **Batch invariance.** Each architecture computes every sequence in an order of its own, so what
//! else is in a batch changes nothing: alone and batched are equal bit for bit on one machine.
//! Across machines, differing vector units may move the last bits of the encoders.

mod activation;
mod bert;
#[cfg(target_arch = "x86_64")]
mod fused;
mod head;
mod linear;
mod processor;
mod sentence;
mod shipped;
mod static_table;
mod weights;

pub use processor::Processor;
pub use shipped::{ModelSource, shipped};

use bert::Family;
use inference::manifest::ModelFiles;
use inference::{EncodeError, Model, TableError};
use thiserror::Error;

/// Why a model cannot be loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Manifest or files are not as they should be.
    #[error("check the model's files")]
    Files {
        /// The cause.
        #[from]
        source: inference::manifest::Error,
    },
    /// No backend of this name.
    #[error("load model {model}: architecture {architecture} is not known ({KNOWN})")]
    UnknownArchitecture {
        /// The manifest's name.
        model: String,
        /// What it asks for.
        architecture: String,
    },
    /// The manifest asks for what the architecture cannot do, or contradicts the weights.
    #[error("load model {model}: {key} is {actual}, but {expected} is needed")]
    Unfit {
        /// The manifest's name.
        model: String,
        /// The key of the manifest or of the configuration.
        key: &'static str,
        /// Its value.
        actual: String,
        /// What would do.
        expected: String,
    },
    /// A tensor is missing or cannot be read.
    #[error("read tensor {tensor} of model {model}")]
    Tensor {
        /// The manifest's name.
        model: String,
        /// The tensor.
        tensor: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A tensor has another shape or type than the architecture needs.
    #[error("read tensor {tensor} of model {model}: it is {actual}, not {expected}")]
    Shape {
        /// The manifest's name.
        model: String,
        /// The tensor.
        tensor: String,
        /// Its type and shape.
        actual: String,
        /// What would do.
        expected: String,
    },
    /// A JSON file of the model is not as it should be.
    #[error("parse {path} of model {model}")]
    Json {
        /// The manifest's name.
        model: String,
        /// The file.
        path: &'static str,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// The tokenizer cannot be read.
    #[error("load the tokenizer of model {model}")]
    Tokenizer {
        /// The manifest's name.
        model: String,
        /// The cause.
        #[source]
        source: EncodeError,
    },
    /// The token table's parts do not fit together.
    #[error("build the token table of model {model}")]
    Table {
        /// The manifest's name.
        model: String,
        /// The cause.
        #[source]
        source: TableError,
    },
}

/// The architectures, for whoever misspelt one.
const KNOWN: &str = "static, bert, xlm-roberta, modernbert, linear";

/// Where this crate computes; other devices come with other backends.
const DEVICE: &str = "cpu";

/// Loads a model for all cores.
///
/// # Errors
/// When a file is missing or changed, or does not hold what the architecture needs.
pub fn load(source: &ModelSource) -> Result<Model, Error> {
    load_on(source, &Processor::all_cores())
}

/// Loads a model for the threads of `processor`.
///
/// # Errors
/// As [`load`].
pub fn load_on(source: &ModelSource, processor: &Processor) -> Result<Model, Error> {
    let files = read(source)?;
    match files.manifest().architecture.as_str() {
        "static" => static_table::load(&files),
        "bert" => bert::load(&files, Family::Bert, processor),
        "xlm-roberta" => bert::load(&files, Family::XlmRoberta, processor),
        "modernbert" => bert::load(&files, Family::ModernBert, processor),
        "linear" => linear::load(&files),
        other => Err(Error::UnknownArchitecture {
            model: files.manifest().name.clone(),
            architecture: other.to_owned(),
        }),
    }
}

/// Reads a model's files and checks them against its manifest, without building the model.
///
/// # Errors
/// When a file is missing or changed.
pub fn read(source: &ModelSource) -> Result<ModelFiles, Error> {
    Ok(match source {
        ModelSource::Folder(folder) => ModelFiles::read(folder)?,
        ModelSource::Embedded { name, files } => ModelFiles::embedded(name, files)?,
    })
}

/// Loads every model that the binary carries.
///
/// # Errors
/// As [`load`]; the binary is then broken.
pub fn load_shipped() -> Result<Vec<Model>, Error> {
    shipped().iter().map(load).collect()
}

/// The labels in `labels.json`.
fn labels(files: &ModelFiles) -> Result<Vec<String>, Error> {
    let path = "labels.json";
    serde_json::from_slice(files.file(path)?).map_err(|source| Error::Json {
        model: files.manifest().name.clone(),
        path,
        source,
    })
}

/// Refuses a model whose manifest or configuration does not fit.
fn demand(
    files: &ModelFiles,
    key: &'static str,
    actual: impl ToString,
    expected: impl ToString,
) -> Result<(), Error> {
    let (actual, expected) = (actual.to_string(), expected.to_string());
    if actual == expected {
        return Ok(());
    }
    Err(Error::Unfit { model: files.manifest().name.clone(), key, actual, expected })
}
