//! The passages of all versions, in a file that only grows.
//!
//! A frame per version: the number of its journal entry, length and CRC-32C of what follows, and
//! the passages. A frame that is not whole ends the file; what it held is split again.

use crate::Error;
use crate::files::failed;
use crate::passages::Piece;
use fs_err as fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FRAME_BYTES: usize = 16;

/// The passages of versions, by ordinal of the version. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct PassageTable {
    pieces: Vec<Arc<[Piece]>>,
    /// Passages before each version, and in all.
    starts: Vec<u32>,
}

impl PassageTable {
    /// Appends the passages of the next version.
    fn push(&mut self, pieces: Vec<Piece>) {
        let start = self.len();
        let count = u32::try_from(pieces.len()).unwrap_or(u32::MAX);
        self.starts.push(start.saturating_add(count));
        self.pieces.push(pieces.into());
    }

    /// Passages of all versions.
    pub(crate) fn len(&self) -> u32 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Versions.
    pub(crate) fn versions(&self) -> usize {
        self.pieces.len()
    }

    /// First passage of a version, and one past its last.
    pub(crate) fn range(&self, version: usize) -> std::ops::Range<u32> {
        let end = self.starts.get(version).copied().unwrap_or_else(|| self.len());
        let start = version.checked_sub(1).and_then(|before| self.starts.get(before));
        start.copied().unwrap_or(0).min(end)..end
    }

    /// The passages of a version.
    pub(crate) fn pieces(&self, version: usize) -> &[Piece] {
        self.pieces.get(version).map_or(&[], |pieces| pieces)
    }

    /// The version of a passage, and the passage.
    pub(crate) fn get(&self, passage: u32) -> Option<(u32, &Piece)> {
        let version = self.starts.partition_point(|end| *end <= passage);
        let offset = passage.checked_sub(self.range(version).start)?;
        let piece = self.pieces(version).get(usize::try_from(offset).ok()?)?;
        Some((u32::try_from(version).ok()?, piece))
    }
}

/// The file of the table.
#[derive(Debug)]
pub(crate) struct TableFile {
    path: PathBuf,
    file: fs::File,
    table: PassageTable,
    /// Entries of the journal up to the last version that is in.
    position: u64,
}

impl TableFile {
    /// Opens the file and reads what is whole of it.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let open = || {
            fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
        };
        let mut file = open().map_err(failed(path))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed(path))?;
        let mut table = PassageTable::default();
        let mut position = 0;
        let mut rest = bytes.as_slice();
        while let Some((sequence, pieces, tail)) = frame(rest).filter(|frame| frame.0 >= position) {
            table.push(pieces);
            position = sequence + 1;
            rest = tail;
        }
        let whole = u64::try_from(bytes.len() - rest.len()).unwrap_or(0);
        if !rest.is_empty() {
            tracing::warn!(path = %path.display(), bytes = rest.len(), "end of the passage table is not whole: it is split again");
        }
        file.set_len(whole).map_err(failed(path))?;
        file.seek(SeekFrom::Start(whole)).map_err(failed(path))?;
        Ok(Self { path: path.to_owned(), file, table, position })
    }

    /// Entries of the journal up to the last version that is in.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// The passages.
    pub(crate) fn table(&self) -> &PassageTable {
        &self.table
    }

    /// Appends the passages of the version of an entry.
    pub(crate) fn push(&mut self, sequence: u64, pieces: Vec<Piece>) -> Result<(), Error> {
        let other = |error| failed(&self.path)(std::io::Error::other(error));
        let body = postcard::to_allocvec(&pieces).map_err(other)?;
        let length = u32::try_from(body.len())
            .map_err(|error| failed(&self.path)(std::io::Error::other(error)))?;
        let mut frame = Vec::with_capacity(FRAME_BYTES + body.len());
        frame.extend_from_slice(&sequence.to_le_bytes());
        frame.extend_from_slice(&length.to_le_bytes());
        frame.extend_from_slice(&crc32c::crc32c(&body).to_le_bytes());
        frame.extend_from_slice(&body);
        self.file.write_all(&frame).map_err(failed(&self.path))?;
        self.table.push(pieces);
        self.position = sequence + 1;
        Ok(())
    }
}

/// The first frame of some bytes, if it is whole, and what follows.
fn frame(bytes: &[u8]) -> Option<(u64, Vec<Piece>, &[u8])> {
    let (sequence, rest) = bytes.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (crc, rest) = rest.split_first_chunk::<4>()?;
    let (body, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    if crc32c::crc32c(body) != u32::from_le_bytes(*crc) {
        return None;
    }
    Some((u64::from_le_bytes(*sequence), postcard::from_bytes(body).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passages::{Rules, split};

    #[test]
    fn a_torn_end_is_cut() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("passages.bin");
        let pieces =
            |text: &str| split(text, Rules { title: "", page_starts: &[], characters_max: 1_000 });
        let text = "§ 1 Eins\n\na\n\n§ 2 Zwei\n\nb";
        let mut file = TableFile::open(&path).unwrap();
        file.push(3, pieces(text)).unwrap();
        file.push(4, pieces("")).unwrap();
        file.push(7, pieces(text)).unwrap();
        drop(file);
        let file = TableFile::open(&path).unwrap();
        assert_eq!((file.position(), file.table().len(), file.table().versions()), (8, 4, 3));
        assert_eq!(file.table().get(2).unwrap().0, 2);
        assert_eq!(file.table().get(1).unwrap().1.section, "§ 2");
        assert!(file.table().get(4).is_none());
        drop(file);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        let mut file = TableFile::open(&path).unwrap();
        assert_eq!((file.position(), file.table().len()), (5, 2));
        file.push(7, pieces(text)).unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}
