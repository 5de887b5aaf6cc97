//! The texts of versions, out of the journal, with a few kept unpacked.

use crate::catalogue::Version;
use crate::{Error, record};
use journal::Journal;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Unpacked text that is kept: all federal law is 220 MB.
const KEPT_BYTES_MAX: usize = 256 << 20;

/// Reads the texts of versions.
#[derive(Debug)]
pub(crate) struct Texts {
    journal: Journal,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// By journal entry.
    texts: HashMap<u64, Arc<str>>,
    bytes: usize,
}

impl Texts {
    pub(crate) fn new(journal: Journal) -> Self {
        Self { journal, kept: Mutex::default() }
    }

    /// The text of a version, read past what is kept: for indexing, which reads everything once.
    pub(crate) fn read(&self, version: &Version) -> Result<String, Error> {
        let entry = self.journal.read(version.sequence).map_err(Error::Journal)?;
        record::decode_text(version.sequence, &entry, &version.facts)
    }

    /// The text of a version.
    pub(crate) fn get(&self, version: &Version) -> Result<Arc<str>, Error> {
        let kept = |kept: &Mutex<Kept>| {
            let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.texts.get(&version.sequence).cloned()
        };
        if let Some(text) = kept(&self.kept) {
            return Ok(text);
        }
        let text: Arc<str> = self.read(version)?.into();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + text.len() > KEPT_BYTES_MAX {
            *kept = Kept::default();
        }
        kept.bytes += text.len();
        kept.texts.insert(version.sequence, Arc::clone(&text));
        Ok(text)
    }
}
