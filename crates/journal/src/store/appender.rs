//! Batches on their way to the disk.

use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Config, Segment};
use crate::directory;
use crate::error::Error;
use crate::segment;

/// Zeros are written this far ahead, so that the sync of a batch changes no metadata of the file.
/// Less under test, where thousands of journals are made.
const PREFILL_BYTES: u64 = if cfg!(test) { 8 << 10 } else { 1 << 20 };

/// Entries that wait for the writer. Their sequence numbers are given here: the queue's order is the disk's.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: Vec<Vec<u8>>,
    first: u64,
}

impl Queue {
    pub(super) fn new(next: u64) -> Queue {
        Queue { waiting: Vec::new(), first: next }
    }

    pub(super) fn push(&mut self, entries: &[&[u8]]) -> Range<u64> {
        let start = self.first + self.waiting.len() as u64;
        self.waiting.extend(entries.iter().map(|entry| entry.to_vec()));
        start..start + entries.len() as u64
    }

    pub(super) fn take(&mut self) -> Batch {
        let entries = std::mem::take(&mut self.waiting);
        let first = self.first;
        self.first += entries.len() as u64;
        Batch { entries, first }
    }
}

/// What goes to the disk in one write and one sync.
#[derive(Debug)]
pub(super) struct Batch {
    entries: Vec<Vec<u8>>,
    pub(super) first: u64,
}

impl Batch {
    pub(super) fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    fn bytes(&self) -> u64 {
        self.entries.iter().map(|entry| (segment::ENTRY_HEADER_BYTES + entry.len()) as u64).sum()
    }
}

/// The end of the last segment.
#[derive(Debug)]
pub(super) struct Writer {
    file: Arc<fs_err::File>,
    end: u64,
    allocated: u64,
    #[cfg(test)]
    pub(super) fail_next_sync: bool,
}

impl Writer {
    pub(super) fn new(file: Arc<fs_err::File>, end: u64, allocated: u64) -> Writer {
        Writer {
            file,
            end,
            allocated,
            #[cfg(test)]
            fail_next_sync: false,
        }
    }

    pub(super) fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn is_full(&self, config: &Config, batch: &Batch) -> bool {
        self.end > segment::SEGMENT_HEADER_BYTES as u64
            && self.end + batch.bytes() > config.segment_bytes_max
    }

    /// Begins the segment that starts with `first`.
    pub(super) fn rotate(&mut self, config: &Config, first: u64) -> Result<Segment, Error> {
        let (segment, allocated) = create(config, first)?;
        self.file = Arc::clone(&segment.file);
        self.end = segment.end;
        self.allocated = allocated;
        Ok(segment)
    }

    /// Writes a batch, syncs, and says where its entries begin.
    pub(super) fn write(&mut self, batch: &Batch) -> Result<Vec<u64>, Error> {
        let mut bytes = Vec::with_capacity(usize::try_from(batch.bytes()).unwrap_or_default());
        let mut offsets = Vec::with_capacity(batch.entries.len());
        for (sequence, entry) in (batch.first..).zip(&batch.entries) {
            offsets.push(self.end + bytes.len() as u64);
            segment::encode(&mut bytes, sequence, batch.first, entry);
        }
        let end = self.end + bytes.len() as u64;
        self.prefill(end + segment::ENTRY_HEADER_BYTES as u64)?;
        self.file
            .file()
            .write_all_at(&bytes, self.end)
            .map_err(Error::file("write to", self.file.path()))?;
        self.sync()?;
        self.end = end;
        Ok(offsets)
    }

    /// Marks that nothing is missing, so that the next opening tells any damage from an interrupted write.
    pub(super) fn close(&mut self, next: u64) -> Result<(), Error> {
        self.file
            .file()
            .write_all_at(&segment::close_mark(next), self.end)
            .map_err(Error::file("write to", self.file.path()))?;
        self.sync()
    }

    fn prefill(&mut self, needed: u64) -> Result<(), Error> {
        if needed <= self.allocated {
            return Ok(());
        }
        let target = needed.next_multiple_of(PREFILL_BYTES);
        write_zeros(&self.file, self.allocated..target)?;
        self.allocated = target;
        Ok(())
    }

    #[cfg_attr(not(test), expect(clippy::needless_pass_by_ref_mut, reason = "a test lets it fail"))]
    fn sync(&mut self) -> Result<(), Error> {
        #[cfg(test)]
        if std::mem::take(&mut self.fail_next_sync) {
            let failed = std::io::Error::other("the test's disk");
            return Err(Error::file("sync", self.file.path())(failed));
        }
        self.file.file().sync_data().map_err(Error::file("sync", self.file.path()))
    }
}

/// Makes a segment under another name and renames it once it is whole, so that a segment without a valid
/// header is always damage.
pub(super) fn create(config: &Config, first: u64) -> Result<(Segment, u64), Error> {
    let path = segment_path(&config.directory, first);
    let unfinished = path.with_extension("unfinished");
    let file = fs_err::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&unfinished)
        .map_err(Error::file("make", &unfinished))?;
    file.file()
        .write_all_at(&segment::header(first), 0)
        .map_err(Error::file("write to", &unfinished))?;
    let end = segment::SEGMENT_HEADER_BYTES as u64;
    write_zeros(&file, end..PREFILL_BYTES)?;
    file.sync_all().map_err(Error::file("sync", &unfinished))?;
    fs_err::rename(&unfinished, &path).map_err(Error::file("rename", &unfinished))?;
    directory::sync_directory(&config.directory).map_err(Error::file("sync", &config.directory))?;
    let (file, _) = file.into_parts();
    let file = Arc::new(fs_err::File::from_parts(file, path));
    Ok((Segment { first, offsets: Vec::new(), end, file }, PREFILL_BYTES))
}

pub(super) fn segment_path(directory: &Path, first: u64) -> PathBuf {
    directory.join(format!("{first:020}.journal"))
}

pub(super) fn write_zeros(file: &fs_err::File, range: Range<u64>) -> Result<(), Error> {
    let zeros = vec![0; 64 << 10];
    let mut at = range.start;
    while at < range.end {
        let step = usize::try_from(range.end - at).unwrap_or(usize::MAX).min(zeros.len());
        let piece = zeros.get(..step).unwrap_or_default();
        file.file().write_all_at(piece, at).map_err(Error::file("write zeros to", file.path()))?;
        at += step as u64;
    }
    Ok(())
}
