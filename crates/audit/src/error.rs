//! What can go wrong while writing and reading the log.

use std::path::PathBuf;

/// Why the log could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The records' journal failed.
    #[error("use the journal of the audit log")]
    Journal(#[source] journal::Error),
    /// A file beside the journal could not be read or written.
    #[error("read or write a file of the audit log")]
    File(#[source] std::io::Error),
    /// The operating system gave no randomness for the signing key.
    #[error("make the signing key of the audit log")]
    Randomness(#[source] getrandom::Error),
    /// The key of a log with records is gone.
    #[error(
        "open an audit log of {records} records without its signing key: restore {path} from the backup of \
         the keys, or move the whole folder away to begin a new log"
    )]
    KeyMissing {
        /// Where the key is looked for.
        path: PathBuf,
        /// Records already in the log.
        records: u64,
    },
    /// The key file isn't one.
    #[error(
        "read the signing key in {path}: it isn't a C2SP Ed25519 signing key; restore it from the backup"
    )]
    KeyMalformed {
        /// The file.
        path: PathBuf,
    },
    /// The origin cannot stand in a signed note.
    #[error(
        "use {origin:?} as the origin of the audit log: it needs 1 to 200 characters without space, + or control"
    )]
    Origin {
        /// What the configuration says.
        origin: String,
    },
    /// The log began under another name.
    #[error(
        "open the audit log as {configured:?}: it was begun as {found:?}; set the origin back or begin a new log"
    )]
    OriginChanged {
        /// What the configuration says.
        configured: String,
        /// What the key file says.
        found: String,
    },
    /// A record on the disk isn't what the checkpoint says.
    #[error(
        "open the audit log: {what} at journal entry {sequence}. Don't delete anything; run `amtshilfe audit verify` \
         and restore the folder from a backup"
    )]
    Contradiction {
        /// What is wrong.
        what: &'static str,
        /// The journal entry.
        sequence: u64,
    },
    /// A key that isn't in the vocabulary, or a value that could carry text.
    #[error(
        "record the fact {key:?}: it isn't in the closed vocabulary, or its value isn't a count or an id"
    )]
    Fact {
        /// The key as it was given.
        key: String,
    },
    /// A record is too large for a leaf.
    #[error("record an entry of {bytes} bytes: at most {bytes_max} fit a leaf")]
    TooLarge {
        /// Its bytes as a leaf.
        bytes: usize,
        /// What fits.
        bytes_max: usize,
    },
    /// More entries wait than the log allows.
    #[error("record an entry: {waiting} wait already")]
    Overloaded {
        /// How many wait.
        waiting: usize,
    },
    /// An earlier record could not be written; the log gives no more answers.
    #[error(
        "record an entry: the log failed before and stays closed until the appliance is started again"
    )]
    Failed,
    /// A proof was asked for something that isn't there.
    #[error("prove for index or size {asked}: the log holds {size} records")]
    OutOfRange {
        /// What was asked for.
        asked: u64,
        /// Records so far.
        size: u64,
    },
    /// The message to be signed could be taken for something else.
    #[error("sign a message that isn't UTF-8 text without control characters")]
    Message,
}

impl From<journal::Error> for Error {
    fn from(error: journal::Error) -> Error {
        Error::Journal(error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::File(error)
    }
}
