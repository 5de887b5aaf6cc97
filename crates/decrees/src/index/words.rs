//! The word field and its dictionary of compound parts.
//!
//! The dictionary is won from the corpus, so it changes as the corpus grows, and with it the parts
//! under which a passage is found. When the corpus has grown a good deal, the field is built anew
//! beside the old one, which keeps answering until the new one has caught up.

use super::fulltext::{FullText, Parameters, Setup};
use crate::analysis::compound::Dictionary;
use crate::analysis::word_analyzer;
use crate::files::{failed, write_durably};
use crate::{Config, Error};
use fs_err as fs;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

const PARAMETERS: Parameters = Parameters { k1: 1.2, b: 0.75 };

/// Which dictionary is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Generation {
    /// Numbers the dictionaries.
    pub(crate) number: u64,
    /// Text that the dictionary was won from.
    pub(crate) bytes: u64,
}

/// The folder of the word field.
#[derive(Debug)]
pub(crate) struct WordsFolder {
    directory: PathBuf,
    writer_bytes: usize,
}

impl WordsFolder {
    pub(crate) fn new(config: &Config) -> Self {
        Self { directory: config.index_directory.join("words"), writer_bytes: config.writer_bytes }
    }

    /// Where its generations lie.
    pub(crate) fn directory(&self) -> &std::path::Path {
        &self.directory
    }

    /// Opens the generation in use and deletes any other.
    pub(crate) fn open(&self) -> Result<(Generation, FullText), Error> {
        fs::create_dir_all(&self.directory).map_err(failed(&self.directory))?;
        let state = fs::read_to_string(self.directory.join("state.json")).ok();
        let generation: Option<Generation> =
            state.and_then(|text| serde_json::from_str(&text).ok());
        let dictionary = generation.and_then(|generation| {
            fs::read_to_string(self.path(generation).join("dictionary.txt")).ok()
        });
        let (generation, dictionary) = match (generation, dictionary) {
            (Some(generation), Some(text)) => (generation, Dictionary::from_words(text.lines())),
            (None, _) | (_, None) => (Generation::default(), Dictionary::default()),
        };
        self.delete_others(generation)?;
        let field = self.field(generation, Arc::new(dictionary))?;
        Ok((generation, field))
    }

    /// Begins a generation, empty.
    pub(crate) fn begin(
        &self,
        generation: Generation,
        dictionary: Dictionary,
    ) -> Result<FullText, Error> {
        let path = self.path(generation);
        if path.exists() {
            fs::remove_dir_all(&path).map_err(failed(&path))?;
        }
        write_durably(&path.join("dictionary.txt"), dictionary.sorted().join("\n").as_bytes())?;
        self.field(generation, Arc::new(dictionary))
    }

    /// Makes a generation the one in use.
    pub(crate) fn adopt(&self, generation: Generation) -> Result<(), Error> {
        let path = self.directory.join("state.json");
        let text = serde_json::to_vec(&generation)
            .map_err(|error| failed(&path)(std::io::Error::other(error)))?;
        write_durably(&path, &text)
    }

    fn field(
        &self,
        generation: Generation,
        dictionary: Arc<Dictionary>,
    ) -> Result<FullText, Error> {
        FullText::open(Setup {
            directory: &self.path(generation).join("field"),
            analyzer: word_analyzer(dictionary),
            parameters: PARAMETERS,
            writer_bytes: self.writer_bytes,
        })
    }

    fn path(&self, generation: Generation) -> PathBuf {
        self.directory.join(generation.number.to_string())
    }

    fn delete_others(&self, keep: Generation) -> Result<(), Error> {
        let keep = self.path(keep);
        let entries = fs::read_dir(&self.directory).map_err(failed(&self.directory))?;
        for entry in entries.filter_map(Result::ok).filter(|entry| entry.path() != keep) {
            if entry.path().is_dir() {
                fs::remove_dir_all(entry.path()).map_err(failed(&entry.path()))?;
            }
        }
        Ok(())
    }
}
