//! Backends of the engine on candle: one file per architecture.
//!
//! [`load`] turns a model folder, or a model compiled into the binary, into an
//! [`inference::Model`]. Architectures:
//!
//! | name | computes | files |
//! |---|---|---|
//! | `static` | normalised sum of token vectors, int8 table | `model.safetensors`, `tokenizer.json` |
//! | `bert` | BERT encoder, pooled and normalised, f32 | `model.safetensors`, `tokenizer.json`, `config.json` |
//! | `linear` | a score per label from a hashed bag of features | `model.safetensors`, `labels.json` |
//!
//! What it refuses to know: queues, departments, where a request came from.
#![forbid(unsafe_code)]

mod shipped;

pub use shipped::{ModelSource, shipped};

use inference::Model;
use inference::manifest::ModelFiles;
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
    #[error("load model {model}: architecture {architecture} is not known (static, bert, linear)")]
    UnknownArchitecture {
        /// The manifest's name.
        model: String,
        /// What it asks for.
        architecture: String,
    },
}

/// Loads a model for the CPU.
///
/// # Errors
/// When a file is missing or changed, or does not hold what the architecture needs.
pub fn load(source: &ModelSource) -> Result<Model, Error> {
    let files = match source {
        ModelSource::Folder(folder) => ModelFiles::read(folder)?,
        ModelSource::Embedded { name, files } => ModelFiles::embedded(name, files)?,
    };
    let manifest = files.manifest();
    Err(Error::UnknownArchitecture {
        model: manifest.name.clone(),
        architecture: manifest.architecture.clone(),
    })
}

/// Loads every model that the binary carries.
///
/// # Errors
/// As [`load`]; the binary is then broken.
pub fn load_shipped() -> Result<Vec<Model>, Error> {
    shipped().iter().map(load).collect()
}
