//! The journal: one writer at a time, readers beside it.

mod appender;
mod opening;
#[cfg(test)]
mod tests;

use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use self::appender::{Queue, Writer};
use crate::error::Error;
use crate::segment;

/// Where a journal lies, and its limits.
#[derive(Clone, Debug)]
pub struct Config {
    /// The journal's own folder; made where it is missing.
    pub directory: PathBuf,
    /// A new segment begins once one has grown past this.
    pub segment_bytes_max: u64,
    /// The largest entry.
    pub entry_bytes_max: usize,
}

impl Config {
    /// Segments of 64 MiB, entries of up to 16 MiB.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Config {
        Config {
            directory: directory.into(),
            segment_bytes_max: 64 << 20,
            entry_bytes_max: 16 << 20,
        }
    }
}

/// What an interrupted write had left when the journal was opened. The bytes were set aside, not destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The entry that would have come next.
    pub sequence: u64,
    /// How many bytes were cut.
    pub bytes: usize,
    /// The file that keeps them.
    pub kept_in: PathBuf,
}

/// An append-only sequence of entries. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: Config,
    segments: RwLock<Vec<Segment>>,
    queue: Mutex<Queue>,
    writer: Mutex<Writer>,
    /// Entries that are on the disk.
    durable: AtomicU64,
    poisoned: AtomicBool,
    torn: Option<Torn>,
    /// Held open: the lock ends with the process.
    _lock: fs_err::File,
}

/// Where the entries of one file are.
#[derive(Debug)]
struct Segment {
    first: u64,
    offsets: Vec<u64>,
    end: u64,
    file: Arc<fs_err::File>,
}

impl Journal {
    /// Opens or makes a journal. A write that was cut off is set aside; anything else that is not as it was
    /// written is refused, and nothing is changed.
    ///
    /// # Errors
    ///
    /// When another process has it open, a segment is damaged or missing, or the file system refuses.
    pub fn open(config: Config) -> Result<Journal, Error> {
        opening::open(config).map(|inner| Journal { inner: Arc::new(inner) })
    }

    /// Appends entries, in order and without others between them, and returns the sequence number of the
    /// first once all are on the disk. Appends that wait at the same time share one sync. Blocks.
    ///
    /// An append that was cut off by a crash may leave some of its first entries.
    ///
    /// # Errors
    ///
    /// When an entry is empty or too large, when writing fails, and ever after writing has failed.
    pub fn append(&self, entries: &[&[u8]]) -> Result<u64, Error> {
        let bytes_max = self.inner.config.entry_bytes_max;
        for entry in entries {
            if entry.is_empty() {
                return Err(Error::Empty);
            }
            if entry.len() > bytes_max {
                return Err(Error::TooLarge { bytes: entry.len(), bytes_max });
            }
        }
        let waiting = {
            let mut queue = lock(&self.inner.queue);
            if self.is_poisoned() {
                return Err(Error::Poisoned);
            }
            queue.push(entries)
        };
        let mut writer = lock(&self.inner.writer);
        // Whoever held the writer before may have written this batch too.
        if self.len() >= waiting.end {
            return Ok(waiting.start);
        }
        if self.is_poisoned() {
            return Err(Error::Poisoned);
        }
        self.write_waiting(&mut writer).inspect_err(|_| {
            self.inner.poisoned.store(true, Ordering::Release);
        })?;
        Ok(waiting.start)
    }

    fn write_waiting(&self, writer: &mut Writer) -> Result<(), Error> {
        let batch = lock(&self.inner.queue).take();
        let end = batch.end();
        if writer.is_full(&self.inner.config, &batch) {
            let segment = writer.rotate(&self.inner.config, batch.first)?;
            self.inner.segments.write().unwrap_or_else(PoisonError::into_inner).push(segment);
        }
        let offsets = writer.write(&batch)?;
        {
            let mut segments = self.inner.segments.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(segment) = segments.last_mut() {
                segment.offsets.extend(offsets);
                segment.end = writer.end();
            }
        }
        self.inner.durable.store(end, Ordering::Release);
        Ok(())
    }

    /// How many entries are on the disk.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a sequence number bound, not a collection")]
    pub fn len(&self) -> u64 {
        self.inner.durable.load(Ordering::Acquire)
    }

    /// Whether writing failed; only opening it again helps.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.inner.poisoned.load(Ordering::Acquire)
    }

    /// What an interrupted write had left when this journal was opened.
    #[must_use]
    pub fn torn(&self) -> Option<&Torn> {
        self.inner.torn.as_ref()
    }

    /// Reads one entry and checks its CRC again.
    ///
    /// # Errors
    ///
    /// When there is no such entry, or it is no longer as it was written.
    pub fn read(&self, sequence: u64) -> Result<Vec<u8>, Error> {
        let out_of_range = Error::OutOfRange { sequence, len: self.len() };
        if sequence >= self.len() {
            return Err(out_of_range);
        }
        let Some((file, start, end)) = self.locate(sequence) else {
            return Err(out_of_range);
        };
        let damaged =
            || Error::Damaged { path: file.path().to_path_buf(), sequence, offset: start };
        let mut bytes = vec![0; usize::try_from(end - start).map_err(|_| damaged())?];
        file.file()
            .read_exact_at(&mut bytes, start)
            .map_err(Error::file("read an entry of", file.path()))?;
        let payload = segment::decode(&bytes)
            .filter(|frame| frame.sequence == sequence && !frame.closes)
            .map(|frame| frame.payload.len())
            .ok_or_else(damaged)?;
        bytes.drain(..bytes.len() - payload);
        Ok(bytes)
    }

    fn locate(&self, sequence: u64) -> Option<(Arc<fs_err::File>, u64, u64)> {
        let segments = self.inner.segments.read().unwrap_or_else(PoisonError::into_inner);
        let after = segments.partition_point(|segment| segment.first <= sequence);
        let segment = segments.get(after.checked_sub(1)?)?;
        let place = usize::try_from(sequence - segment.first).ok()?;
        let start = *segment.offsets.get(place)?;
        let end = segment.offsets.get(place + 1).copied().unwrap_or(segment.end);
        Some((Arc::clone(&segment.file), start, end))
    }

    /// Reads the entries from a sequence number on, up to the last that is on the disk by then.
    #[must_use]
    pub fn entries(&self, from: u64) -> Entries {
        Entries { journal: self.clone(), next: from, failed: false }
    }
}

/// Entries in their order. See [`Journal::entries`].
#[derive(Debug)]
pub struct Entries {
    journal: Journal,
    next: u64,
    failed: bool,
}

impl Iterator for Entries {
    type Item = Result<(u64, Vec<u8>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.next >= self.journal.len() {
            return None;
        }
        let sequence = self.next;
        self.next += 1;
        let read = self.journal.read(sequence);
        self.failed = read.is_err();
        Some(read.map(|bytes| (sequence, bytes)))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.poisoned.load(Ordering::Acquire) {
            return;
        }
        let durable = self.durable.load(Ordering::Acquire);
        if let Err(error) = lock(&self.writer).close(durable) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                directory = %self.config.directory.display(),
                "failed to mark a journal as closed in order",
            );
        }
    }
}

/// A panic elsewhere leaves these locks' data whole: it is changed only after the disk has it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
