//! `manifest.toml`: what a model folder holds, checked before anything of it is used.
//!
//! ```toml
//! name = "recht-static-512"
//! task = "embed"                # embed, classify, rerank
//! architecture = "static"       # static, bert, xlm-roberta, modernbert, linear
//! licence = "Apache-2.0"
//! description = "..."
//! dtype = "int8"
//! tokens_max = 512              # for linear: words
//! dimensions = 512              # for linear: labels
//! pooling = "mean"              # mean, cls, none
//! compute = "auto"              # auto, f32, bf16, int8; for encoders
//! passage_prefix = ""
//! query_prefix = ""
//!
//! [features]                    # linear only, see `FeatureConfig`
//! version = 1
//! buckets = 32768
//!
//! [files]                       # every file that is read, with its SHA-256
//! "model.safetensors" = "..."
//! "tokenizer.json" = "..."
//! ```
//!
//! The digest of a model is the SHA-256 over its manifest and its files' digests. A file whose
//! digest differs from the manifest's is refused: weights never change unnoticed.

use crate::Task;
use crate::features::FeatureConfig;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use thiserror::Error;

/// The manifest's file name.
pub const FILE_NAME: &str = "manifest.toml";

/// How a sequence of token vectors becomes one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The mean of all tokens.
    #[default]
    Mean,
    /// The first token.
    Cls,
    /// Nothing to pool.
    None,
}

/// What an encoder computes in. What the processor has no instructions for is computed in f32;
/// the model's `dtype` says what it came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compute {
    /// bf16 where the processor multiplies it, else f32.
    #[default]
    Auto,
    /// Single precision.
    F32,
    /// Products of bf16, summed in f32.
    Bf16,
    /// Products of int8, summed in int32: half as fast again as bf16, and less exact.
    Int8,
}

impl Compute {
    /// Whether the manifest leaves the choice open.
    fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

/// A model folder's facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Unique among the loaded models.
    pub name: String,
    /// What it is for.
    pub task: Task,
    /// Which backend runs it.
    pub architecture: String,
    /// SPDX expression.
    pub licence: String,
    /// One sentence for people.
    #[serde(default)]
    pub description: String,
    /// What the weights are stored and computed in.
    pub dtype: String,
    /// Longest text in tokens (words for a bag of features); the rest is cut off.
    pub tokens_max: usize,
    /// Length of a vector, or number of labels.
    pub dimensions: usize,
    /// How token vectors become one.
    #[serde(default)]
    pub pooling: Pooling,
    /// What an encoder computes in.
    #[serde(default, skip_serializing_if = "Compute::is_auto")]
    pub compute: Compute,
    /// Put before every passage.
    #[serde(default)]
    pub passage_prefix: String,
    /// Put before every question.
    #[serde(default)]
    pub query_prefix: String,
    /// The featuriser of a linear model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<FeatureConfig>,
    /// Path inside the folder → SHA-256 in hex.
    pub files: BTreeMap<String, String>,
}

/// A file compiled into the binary.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedFile {
    /// Path inside the model folder.
    pub path: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

/// A model's files, every one of them checked against the manifest.
#[derive(Debug)]
pub struct ModelFiles {
    manifest: Manifest,
    digest: String,
    files: BTreeMap<String, Cow<'static, [u8]>>,
}

/// Why a model's files are not used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The manifest cannot be written.
    #[error("write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The manifest is not UTF-8 TOML of the expected shape.
    #[error("parse the manifest of model {model}")]
    Parse {
        /// The folder's name.
        model: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The manifest cannot be expressed as TOML.
    #[error("write the manifest of model {model} as TOML")]
    Format {
        /// The manifest's name.
        model: String,
        /// The cause.
        #[source]
        source: toml::ser::Error,
    },
    /// A listed file is not there.
    #[error("find {path} of model {model}: its manifest lists it")]
    Missing {
        /// The manifest's name.
        model: String,
        /// Path inside the folder.
        path: String,
    },
    /// A file is not the one that the manifest was written for.
    #[error(
        "accept {path} of model {model}: its SHA-256 is {actual}, the manifest says {expected}; \
         restore the file, or write the manifest anew if the change is meant"
    )]
    Changed {
        /// The manifest's name.
        model: String,
        /// Path inside the folder.
        path: String,
        /// From the manifest.
        expected: String,
        /// Of the file.
        actual: String,
    },
    /// A path that leads out of the folder.
    #[error("accept path {path} in the manifest of model {model}: it leads out of the folder")]
    Path {
        /// The manifest's name.
        model: String,
        /// The path.
        path: String,
    },
}

impl ModelFiles {
    /// Reads a model folder and checks every file that its manifest lists.
    ///
    /// # Errors
    /// When a file is missing, unreadable or not the one that the manifest was written for.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE_NAME);
        let text = fs_err::read(&path).map_err(|source| Error::Read { path, source })?;
        let label = folder.file_name().map_or_else(String::new, |n| n.to_string_lossy().into());
        Self::check(&text, &label, |path| {
            let path = folder.join(path);
            match fs_err::read(&path) {
                Ok(bytes) => Ok(Some(Cow::Owned(bytes))),
                Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(source) => Err(Error::Read { path, source }),
            }
        })
    }

    /// Checks files compiled into the binary, the manifest among them.
    ///
    /// # Errors
    /// When a file is missing or not the one that the manifest was written for.
    pub fn embedded(name: &str, files: &'static [EmbeddedFile]) -> Result<Self, Error> {
        let find = |path: &str| files.iter().find(|file| file.path == path).map(|file| file.bytes);
        let text = find(FILE_NAME)
            .ok_or_else(|| Error::Missing { model: name.to_owned(), path: FILE_NAME.to_owned() })?;
        Self::check(text, name, |path| Ok(find(path).map(Cow::Borrowed)))
    }

    fn check(
        manifest_bytes: &[u8],
        label: &str,
        read: impl Fn(&str) -> Result<Option<Cow<'static, [u8]>>, Error>,
    ) -> Result<Self, Error> {
        let manifest = parse(manifest_bytes, label)?;
        let mut digest = Sha256::new();
        digest.update(b"amtshilfe model 1\n");
        digest.update(Sha256::digest(manifest_bytes));
        let mut files = BTreeMap::new();
        for (path, expected) in &manifest.files {
            let model = || manifest.name.clone();
            if !stays_inside(path) {
                return Err(Error::Path { model: model(), path: path.clone() });
            }
            let bytes =
                read(path)?.ok_or_else(|| Error::Missing { model: model(), path: path.clone() })?;
            let hash = Sha256::digest(&bytes);
            let actual = hex::encode(hash);
            if !actual.eq_ignore_ascii_case(expected) {
                let (path, expected) = (path.clone(), expected.clone());
                return Err(Error::Changed { model: model(), path, expected, actual });
            }
            digest.update(hash);
            files.insert(path.clone(), bytes);
        }
        Ok(Self { digest: hex::encode(digest.finalize()), manifest, files })
    }

    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 over manifest and files, in hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// A file that the manifest lists.
    ///
    /// # Errors
    /// When it does not.
    pub fn file(&self, path: &str) -> Result<&[u8], Error> {
        self.files.get(path).map(AsRef::as_ref).ok_or_else(|| Error::Missing {
            model: self.manifest.name.clone(),
            path: path.to_owned(),
        })
    }
}

/// Writes `manifest.toml` into `folder` for the files named in `manifest.files`, whose digests
/// are computed here (what the map holds as values does not matter). Returns the manifest as
/// written.
///
/// # Errors
/// When a file cannot be read or the manifest not written.
pub fn write(folder: &Path, mut manifest: Manifest) -> Result<Manifest, Error> {
    for (path, digest) in &mut manifest.files {
        if !stays_inside(path) {
            return Err(Error::Path { model: manifest.name, path: path.clone() });
        }
        let path = folder.join(path.as_str());
        let bytes = fs_err::read(&path).map_err(|source| Error::Read { path, source })?;
        *digest = hex::encode(Sha256::digest(&bytes));
    }
    let text = toml::to_string_pretty(&manifest)
        .map_err(|source| Error::Format { model: manifest.name.clone(), source })?;
    let path = folder.join(FILE_NAME);
    fs_err::write(&path, text).map_err(|source| Error::Write { path, source })?;
    Ok(manifest)
}

fn parse(bytes: &[u8], label: &str) -> Result<Manifest, Error> {
    let fail = |source| Error::Parse { model: label.to_owned(), source };
    let text = std::str::from_utf8(bytes).map_err(|source| fail(source.into()))?;
    toml::from_str(text).map_err(|source| fail(source.into()))
}

fn stays_inside(path: &str) -> bool {
    let mut components = Path::new(path).components().peekable();
    components.peek().is_some() && components.all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests;
