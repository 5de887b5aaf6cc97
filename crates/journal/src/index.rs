//! A derived index: sled, with the position in the journal in the same batch.
//!
//! sled's flush isn't a promise that a power cut keeps, so nothing here is truth: whatever cannot be read is
//! deleted and built again by whoever owns the journal.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::Error;

const META: &str = "meta";
const DATA: &str = "data";
const POSITION: &[u8] = b"position";
const CACHE_BYTES: u64 = 32 << 20;
/// How long an index that was just closed may keep its lock: sled's threads let go of it by and by.
const LOCK_TIME: Duration = Duration::from_secs(5);
const LOCK_INTERVAL: Duration = Duration::from_millis(5);

/// Keys with their values, in order.
pub type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// One change of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Sets a key.
    Put {
        /// The key.
        key: Vec<u8>,
        /// Its value; keep it under 4 KiB.
        value: Vec<u8>,
    },
    /// Removes a key.
    Delete {
        /// The key.
        key: Vec<u8>,
    },
}

/// Keys in order, and the journal entries applied so far. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Index {
    directory: PathBuf,
    database: sled::Db,
}

impl Index {
    /// Opens the index. One that cannot be read is deleted; it then stands at position 0. One that is still
    /// being closed is waited for: that it is locked says nothing against it.
    ///
    /// # Errors
    ///
    /// When even an empty index cannot be made, or the index stays locked.
    pub fn open(directory: &Path) -> Result<Index, Error> {
        let end = Instant::now() + LOCK_TIME;
        let opened = loop {
            // sled checks checksums by panicking in places; a panic is one more doubt.
            match std::panic::catch_unwind(|| Index::try_open(directory)) {
                Ok(Err(error)) if is_locked(&error) => {
                    if Instant::now() > end {
                        return Err(error);
                    }
                    std::thread::sleep(LOCK_INTERVAL);
                }
                opened => break opened,
            }
        };
        match opened {
            Ok(Ok(index)) => return Ok(index),
            Ok(Err(error)) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                directory = %directory.display(),
                "the index cannot be read and is built again",
            ),
            Err(_panic) => tracing::warn!(
                directory = %directory.display(),
                "the index cannot be read and is built again",
            ),
        }
        if directory.exists() {
            fs_err::remove_dir_all(directory).map_err(Error::file("delete", directory))?;
        }
        Index::try_open(directory)
    }

    fn try_open(directory: &Path) -> Result<Index, Error> {
        let failed = |source| Error::Index { directory: directory.to_path_buf(), source };
        let database = sled::Config::new()
            .path(directory)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(Some(1000))
            .open()
            .map_err(failed)?;
        let index = Index { directory: directory.to_path_buf(), database };
        index.check().map_err(failed)?;
        Ok(index)
    }

    /// A position that isn't eight bytes, or data without one, is a doubt.
    fn check(&self) -> sled::Result<()> {
        let position = self.database.get(position_key())?;
        let is_valid = match position {
            Some(bytes) => bytes.len() == 8,
            None => self.database.is_empty(),
        };
        if is_valid {
            return Ok(());
        }
        Err(sled::Error::Corruption { at: None, bt: () })
    }

    /// The journal entries applied so far.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.database
            .get(position_key())
            .ok()
            .flatten()
            .and_then(|bytes| bytes.as_ref().try_into().ok())
            .map_or(0, u64::from_be_bytes)
    }

    /// Applies what the entries up to `position` mean, all of it or nothing.
    ///
    /// # Errors
    ///
    /// When sled refuses; [`Index::reset`] and build again.
    pub fn apply(&self, position: u64, writes: Vec<Write>) -> Result<(), Error> {
        let mut batch = sled::Batch::default();
        for write in writes {
            match write {
                Write::Put { key, value } => batch.insert(data_key(&key), value),
                Write::Delete { key } => batch.remove(data_key(&key)),
            }
        }
        batch.insert(position_key(), &position.to_be_bytes());
        self.database.apply_batch(batch).map_err(|source| self.failed(source))
    }

    /// Reads one key.
    ///
    /// # Errors
    ///
    /// When sled refuses.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let value = self.database.get(data_key(key)).map_err(|source| self.failed(source))?;
        Ok(value.map(|bytes| bytes.to_vec()))
    }

    /// Reads up to `limit` keys from `from` on, before `to`; from the end where `reverse`.
    ///
    /// # Errors
    ///
    /// When sled refuses.
    pub fn range(
        &self,
        from: &[u8],
        to: &[u8],
        limit: usize,
        reverse: bool,
    ) -> Result<Pairs, Error> {
        if from >= to {
            return Ok(Vec::new());
        }
        let range = self.database.range(data_key(from)..data_key(to));
        let collect = |pairs: &mut dyn Iterator<Item = sled::Result<(sled::IVec, sled::IVec)>>| {
            pairs
                .take(limit)
                .map(|pair| {
                    let (key, value) = pair.map_err(|source| self.failed(source))?;
                    let key = key.get(DATA.len()..).unwrap_or_default().to_vec();
                    Ok((key, value.to_vec()))
                })
                .collect()
        };
        let mut range = range;
        if reverse { collect(&mut range.rev()) } else { collect(&mut range) }
    }

    /// Empties the index; it then stands at position 0.
    ///
    /// # Errors
    ///
    /// When sled refuses.
    pub fn reset(&self) -> Result<(), Error> {
        // Clearing isn't atomic: without its position first, what a crash leaves is in doubt and deleted.
        self.database.remove(position_key()).map_err(|source| self.failed(source))?;
        self.database.clear().map_err(|source| self.failed(source))
    }

    fn failed(&self, source: sled::Error) -> Error {
        Error::Index { directory: self.directory.clone(), source }
    }
}

fn data_key(key: &[u8]) -> Vec<u8> {
    [DATA.as_bytes(), key].concat()
}

/// sled tells a locked database from a damaged one by its words alone.
fn is_locked(error: &Error) -> bool {
    let Error::Index { source: sled::Error::Io(source), .. } = error else { return false };
    source.to_string().starts_with("could not acquire lock")
}

fn position_key() -> Vec<u8> {
    [META.as_bytes(), POSITION].concat()
}
