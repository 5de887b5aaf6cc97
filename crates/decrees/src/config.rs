//! Where a corpus lives and how much it takes.

use crate::Glossary;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// Tells the time; passed in, so that tests can set it.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Configuration of a corpus.
#[derive(Clone, Debug)]
pub struct Config {
    /// Journal and files: the truth, to be backed up.
    pub directory: PathBuf,
    /// Full text, vectors and tables: derived, may be deleted at any time.
    pub index_directory: PathBuf,
    /// Longest text of one version, in bytes.
    pub text_bytes_max: usize,
    /// Largest original file kept beside a version, in bytes.
    pub file_bytes_max: usize,
    /// Text that was acknowledged and is not searchable yet, in bytes. Past it an import waits, so
    /// that what is acknowledged is found soon.
    pub unindexed_bytes_max: usize,
    /// Memory of each of the two full-text writers, in bytes.
    pub writer_bytes: usize,
    /// Longest passage in characters; a longer section is cut at paragraphs.
    pub passage_characters_max: usize,
    /// Words of the rules for what people say.
    pub glossary: Glossary,
    /// Most windows of passages that are embedded and written at once; a slow model embeds fewer.
    pub embedded_windows: usize,
    /// Name of the engine's model that embeds passages and queries. Where the engine has none of
    /// that name, words alone find decrees.
    pub embedder: String,
}

impl Config {
    /// The defaults, with the truth in `directory` and what is derived in `index_directory`.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>, index_directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            index_directory: index_directory.into(),
            text_bytes_max: 32 << 20,
            file_bytes_max: 256 << 20,
            unindexed_bytes_max: 16 << 20,
            writer_bytes: 100 << 20,
            passage_characters_max: 8_000,
            glossary: Glossary::shipped(),
            embedded_windows: 2_048,
            embedder: "recht-static-512".to_owned(),
        }
    }
}
