//! The offline verifier: a code path of its own.
//!
//! It shares with the log neither the reading of segments, nor the tree, nor the signatures, nor the index.
//! It reads the segment files, hashes every entry again, and compares what comes out with every checkpoint
//! that was signed. A log that verifies can still be an older one put back in place: only a checkpoint kept
//! elsewhere shows that, see [`verify_since`].

mod note;
mod root;
mod segments;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use self::note::{Checkpoint, Verifier};
use self::root::Root;

/// What a verified log holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The name in its checkpoints.
    pub origin: String,
    /// Records under the newest checkpoint.
    pub records: u64,
    /// Checkpoints, every one checked.
    pub checkpoints: u64,
    /// The newest checkpoint, to be kept elsewhere for [`verify_since`].
    pub checkpoint: String,
    /// Its root.
    pub root: [u8; 32],
    /// Records behind the newest checkpoint: written when the power went, never answered for.
    pub unsigned_records: u64,
    /// Bytes of a write that was cut off, or is under way while the log is open.
    pub torn_bytes: u64,
    /// Starts without an end.
    pub open_starts: u64,
    /// Ends whose start isn't there or had one before: a fault of whoever records, not of the log.
    pub stray_ends: u64,
    /// The size of the older checkpoint that the log was held against.
    pub held_against: Option<u64>,
}

/// What is wrong with a log.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file could not be read.
    #[error("read the audit log")]
    File(#[from] std::io::Error),
    /// The verifier key isn't one, or doesn't fit its own hash.
    #[error("use the verifier key: it isn't a C2SP Ed25519 key, or doesn't fit its own hash")]
    Key,
    /// A segment isn't as the log writes it.
    #[error("verify {}: {what} at byte {offset}", path.display())]
    Segment {
        /// The file.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// An entry isn't what should stand there.
    #[error("verify journal entry {sequence}: {what}")]
    Entry {
        /// Its place in the journal.
        sequence: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// A checkpoint isn't signed by this key, or contradicts the records before it.
    #[error(
        "verify the checkpoint over {size} records (journal entry {sequence}): {what}; the checkpoint before it, \
         over {verified}, is right"
    )]
    Checkpoint {
        /// Its place in the journal.
        sequence: u64,
        /// How many records it says it covers.
        size: u64,
        /// Records up to which all is right.
        verified: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The log holds no checkpoint.
    #[error("verify the audit log: it holds no checkpoint")]
    NoCheckpoint,
    /// The older checkpoint cannot be used.
    #[error("use the older checkpoint: {what}")]
    OlderCheckpoint {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The log is shorter than it was.
    #[error(
        "verify the audit log: it was rolled back; {size} records had been signed, {found} are there"
    )]
    RolledBack {
        /// Records of the older checkpoint.
        size: u64,
        /// Records now.
        found: u64,
    },
    /// The log has another past than it had.
    #[error("verify the audit log: its first {size} records are not those that had been signed")]
    Forked {
        /// Records of the older checkpoint.
        size: u64,
    },
    /// An export was to go where something lies.
    #[error("export into {}: the folder is not empty; name one that is, or that is not there", path.display())]
    FolderInUse {
        /// The folder.
        path: PathBuf,
    },
    /// A signed text isn't what it should be.
    #[error("verify a receipt: {what}")]
    Receipt {
        /// What is wrong.
        what: &'static str,
    },
}

/// Verifies a log offline: every entry is hashed again, every checkpoint checked.
///
/// # Errors
///
/// At the first thing that is wrong, and where it is.
pub fn verify(directory: &Path, verifier_key: &str) -> Result<Report, VerifyError> {
    check(directory, verifier_key, None)
}

/// As [`verify`], and that the log still holds all that an older checkpoint covered. The older checkpoint must
/// come from elsewhere: paper, a witness, last month's export.
///
/// # Errors
///
/// At the first thing that is wrong, and where it is.
pub fn verify_since(
    directory: &Path,
    verifier_key: &str,
    older_checkpoint: &str,
) -> Result<Report, VerifyError> {
    check(directory, verifier_key, Some(older_checkpoint))
}

/// Checks a receipt and gives back the text that was signed.
///
/// # Errors
///
/// When it isn't a receipt signed by this key.
pub fn receipt(receipt: &str, verifier_key: &str) -> Result<String, VerifyError> {
    let verifier = Verifier::parse(verifier_key).ok_or(VerifyError::Key)?;
    let text = verifier.text(receipt).map_err(|what| VerifyError::Receipt { what })?;
    let rest = text.strip_prefix("amtshilfe.v1/receipt\n");
    let message = rest.and_then(|rest| rest.strip_prefix(&format!("{}\n", verifier.name)));
    message.map(str::to_owned).ok_or(VerifyError::Receipt { what: "it isn't one of this log" })
}

/// Calls `look` with the bytes of each record, unverified, in the order of the log.
pub(crate) fn each_record(
    directory: &Path,
    mut look: impl FnMut(&[u8]) -> Result<(), VerifyError>,
) -> Result<(), VerifyError> {
    let each = |_, bytes: &[u8]| match bytes.split_first() {
        Some((b'R', leaf)) => look(leaf),
        Some(_) | None => Ok(()),
    };
    segments::each_entry(&directory.join("journal"), each).map(drop)
}

fn check(directory: &Path, verifier_key: &str, older: Option<&str>) -> Result<Report, VerifyError> {
    let verifier = Verifier::parse(verifier_key).ok_or(VerifyError::Key)?;
    let older = match older {
        Some(note) => {
            Some(verifier.checkpoint(note).map_err(|what| VerifyError::OlderCheckpoint { what })?)
        }
        None => None,
    };
    let mut walk = Walk::new(&verifier, older);
    walk.hold_against()?;
    let torn_bytes = segments::each_entry(&directory.join("journal"), |sequence, bytes| {
        walk.entry(sequence, bytes)
    })?;
    walk.report(torn_bytes)
}

/// The fields of a record that its place depends on; the rest of it only needs to hash right.
#[derive(Deserialize)]
struct Place {
    index: u64,
    kind: String,
    start_index: Option<u64>,
}

struct Walk<'key> {
    verifier: &'key Verifier,
    older: Option<Checkpoint>,
    is_held: bool,
    tree: Root,
    newest: Option<(Checkpoint, String)>,
    checkpoints: u64,
    open_starts: BTreeSet<u64>,
    stray_ends: u64,
}

impl<'key> Walk<'key> {
    fn new(verifier: &'key Verifier, older: Option<Checkpoint>) -> Walk<'key> {
        Walk {
            verifier,
            older,
            is_held: false,
            tree: Root::default(),
            newest: None,
            checkpoints: 0,
            open_starts: BTreeSet::new(),
            stray_ends: 0,
        }
    }

    fn entry(&mut self, sequence: u64, bytes: &[u8]) -> Result<(), VerifyError> {
        let wrong = |what| VerifyError::Entry { sequence, what };
        match bytes.split_first() {
            Some((b'R', leaf)) => {
                let place: Place =
                    serde_json::from_slice(leaf).map_err(|_| wrong("the record isn't JSON"))?;
                if place.index != self.tree.count() {
                    return Err(wrong("a record stands in another's place"));
                }
                match place.kind.as_str() {
                    "start" => {
                        self.open_starts.insert(place.index);
                    }
                    "end" => {
                        let start =
                            place.start_index.ok_or_else(|| wrong("an end has no start"))?;
                        if !self.open_starts.remove(&start) {
                            return Err(wrong("an end has no start, or a second one"));
                        }
                    }
                    _ => {}
                }
                self.tree.add(leaf);
                self.hold_against()
            }
            Some((b'C', note)) => {
                let note =
                    std::str::from_utf8(note).map_err(|_| wrong("a checkpoint isn't text"))?;
                self.checkpoint(sequence, note)
            }
            Some(_) | None => Err(wrong("neither record nor checkpoint stands there")),
        }
    }

    fn checkpoint(&mut self, sequence: u64, note: &str) -> Result<(), VerifyError> {
        let verified = self.newest.as_ref().map_or(0, |(newest, _)| newest.size);
        let size = note.lines().nth(1).and_then(|line| line.parse().ok()).unwrap_or_default();
        let wrong = |what| VerifyError::Checkpoint { sequence, size, verified, what };
        let checkpoint = self.verifier.checkpoint(note).map_err(wrong)?;
        if checkpoint.size != self.tree.count() {
            return Err(wrong("another number of records stands before it"));
        }
        if checkpoint.root != self.tree.root() {
            return Err(wrong("the records before it are not those that were signed"));
        }
        self.checkpoints += 1;
        self.newest = Some((checkpoint, note.to_owned()));
        Ok(())
    }

    /// Compares with the older checkpoint where the tree has just its size.
    fn hold_against(&mut self) -> Result<(), VerifyError> {
        let Some(older) = self.older.as_ref().filter(|older| older.size == self.tree.count())
        else {
            return Ok(());
        };
        if older.root != self.tree.root() {
            return Err(VerifyError::Forked { size: older.size });
        }
        self.is_held = true;
        Ok(())
    }

    fn report(self, torn_bytes: u64) -> Result<Report, VerifyError> {
        let found = self.tree.count();
        if let Some(older) = self.older.as_ref().filter(|_| !self.is_held) {
            return Err(VerifyError::RolledBack { size: older.size, found });
        }
        let (newest, checkpoint) = self.newest.ok_or(VerifyError::NoCheckpoint)?;
        Ok(Report {
            origin: self.verifier.name.clone(),
            records: newest.size,
            checkpoints: self.checkpoints,
            checkpoint,
            root: newest.root,
            unsigned_records: found - newest.size,
            torn_bytes,
            open_starts: self.open_starts.len() as u64,
            stray_ends: self.stray_ends,
            held_against: self.older.map(|older| older.size),
        })
    }
}
