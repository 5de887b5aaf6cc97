//! What can go wrong in a journal, and what to do about it.

use std::io;
use std::path::PathBuf;

/// Why a journal or its index could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("{action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Another process has the journal open.
    #[error("open the journal in {}: another process has it open; stop that one first", directory.display())]
    Locked {
        /// The journal's folder.
        directory: PathBuf,
    },
    /// The file doesn't begin as a segment.
    #[error(
        "read {}: it doesn't begin as a journal segment of version {version}. Nothing was changed; restore this file \
         from a backup, or start the version of Amtshilfe that wrote it", path.display()
    )]
    Header {
        /// The segment.
        path: PathBuf,
        /// The version this build reads.
        version: u32,
    },
    /// An entry that had been acknowledged is damaged.
    #[error(
        "read {}: entry {sequence} at byte {offset} is damaged, and later entries prove that it was complete once. \
         Nothing was changed; check the disk, and restore this file from a backup", path.display()
    )]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// The entry.
        sequence: u64,
        /// Where it begins in the file.
        offset: u64,
    },
    /// A segment is missing or out of its place.
    #[error(
        "open the journal in {}: its next segment should begin with entry {expected}, but {found} is there. Nothing \
         was changed; restore the missing segment from a backup", directory.display()
    )]
    Gap {
        /// The journal's folder.
        directory: PathBuf,
        /// The entry that was due.
        expected: u64,
        /// The entry that a segment begins with.
        found: u64,
    },
    /// A write or sync failed earlier; whether its data reached the disk cannot be known.
    #[error(
        "append to the journal: an earlier write failed, so it takes nothing more until it is opened again"
    )]
    Poisoned,
    /// An entry without bytes.
    #[error("append an empty entry")]
    Empty,
    /// An entry is larger than the journal allows.
    #[error("append an entry of {bytes} bytes: at most {bytes_max} are allowed")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// There is no such entry.
    #[error("read entry {sequence}: the journal holds {len}")]
    OutOfRange {
        /// What was asked for.
        sequence: u64,
        /// Entries so far.
        len: u64,
    },
    /// The derived index failed.
    #[error("use the index in {}", directory.display())]
    Index {
        /// Its folder.
        directory: PathBuf,
        /// The cause.
        #[source]
        source: sled::Error,
    },
}

impl Error {
    /// For `map_err`: what was tried on which path.
    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |source| Error::File { action, path, source }
    }
}
