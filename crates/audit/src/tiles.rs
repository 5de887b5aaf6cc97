//! The log as files that other people's verifiers read: C2SP tlog-tiles, <https://c2sp.org/tlog-tiles>.
//!
//! `checkpoint` is the newest signed note, `tile/<level>/<n>` hold 256 hashes each, `tile/entries/<n>` the
//! bytes of 256 records, each behind its length (16 bits, big-endian). What is not yet full ends in
//! `.p/<how many>`. Level 0 are the hashes of the records; a hash of the next level is the root of a tile.

#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::tree::{Hash, Tree, leaf_hash};
use crate::verify::{self, Report, VerifyError};

/// Hashes of a full tile, records of a full bundle.
const TILE_WIDTH: usize = 256;

/// Verifies a log offline, as [`verify`](crate::verify()) does, and writes it as tiles into a folder that is
/// empty or not there. The folder holds a `checkpoint` only once all that it covers is written.
///
/// # Errors
///
/// When the log does not verify, the folder holds something, or the file system refuses. What was
/// written until then stays, without a checkpoint.
pub fn export(directory: &Path, verifier_key: &str, out: &Path) -> Result<Report, VerifyError> {
    fs_err::create_dir_all(out)?;
    if fs_err::read_dir(out)?.next().is_some() {
        return Err(VerifyError::FolderInUse { path: out.to_owned() });
    }
    // First, for the size that is signed: records behind it were never answered for.
    let report = verify::verify(directory, verifier_key)?;
    let mut tiles = Tiles { out, levels: Vec::new(), bundle: Vec::new(), records: 0 };
    verify::each_record(directory, |leaf| {
        if tiles.records < report.records { tiles.add(leaf) } else { Ok(()) }
    })?;
    tiles.finish()?;
    write(out.join("checkpoint"), report.checkpoint.as_bytes())?;
    Ok(report)
}

/// What is not yet full.
struct Tiles<'out> {
    out: &'out Path,
    levels: Vec<Level>,
    bundle: Vec<u8>,
    records: u64,
}

/// The newest tile of a level.
#[derive(Default)]
struct Level {
    hashes: Vec<Hash>,
    /// Full tiles before it.
    full: u64,
}

impl Tiles<'_> {
    fn add(&mut self, leaf: &[u8]) -> Result<(), VerifyError> {
        let length = u16::try_from(leaf.len()).map_err(|_| VerifyError::Entry {
            sequence: self.records,
            what: "the record is longer than a bundle can say",
        })?;
        self.bundle.extend_from_slice(&length.to_be_bytes());
        self.bundle.extend_from_slice(leaf);
        self.records += 1;
        if self.records.is_multiple_of(TILE_WIDTH as u64) {
            let number = self.records / TILE_WIDTH as u64 - 1;
            write(self.path("entries", number, None), &self.bundle)?;
            self.bundle.clear();
        }
        self.push(leaf_hash(leaf))
    }

    /// Adds a hash to the lowest level; a tile that becomes full is a hash of the next.
    fn push(&mut self, mut hash: Hash) -> Result<(), VerifyError> {
        for place in 0.. {
            if self.levels.len() <= place {
                self.levels.push(Level::default());
            }
            let Some(level) = self.levels.get_mut(place) else { break };
            level.hashes.push(hash);
            if level.hashes.len() < TILE_WIDTH {
                break;
            }
            let number = level.full;
            level.full += 1;
            let hashes = std::mem::take(&mut level.hashes);
            write(self.path(&place.to_string(), number, None), hashes.as_flattened())?;
            let mut tree = Tree::default();
            hashes.into_iter().for_each(|hash| tree.push(hash));
            let Some(root) = tree.root(tree.len()) else { break };
            hash = root;
        }
        Ok(())
    }

    fn finish(&self) -> Result<(), VerifyError> {
        let width = |count: usize| Some(count).filter(|count| *count > 0);
        let waiting = usize::try_from(self.records % TILE_WIDTH as u64).ok().and_then(width);
        if waiting.is_some() {
            let number = self.records / TILE_WIDTH as u64;
            write(self.path("entries", number, waiting), &self.bundle)?;
        }
        for (place, level) in self.levels.iter().enumerate() {
            if let Some(width) = width(level.hashes.len()) {
                let path = self.path(&place.to_string(), level.full, Some(width));
                write(path, level.hashes.as_flattened())?;
            }
        }
        Ok(())
    }

    /// `tile/<kind>/x001/x234/067.p/<width>`: three digits a folder, all but the last behind an `x`.
    fn path(&self, kind: &str, number: u64, width: Option<usize>) -> PathBuf {
        let mut path = format!("{:03}", number % 1000);
        let mut rest = number / 1000;
        while rest > 0 {
            path = format!("x{:03}/{path}", rest % 1000);
            rest /= 1000;
        }
        if let Some(width) = width {
            path = format!("{path}.p/{width}");
        }
        self.out.join("tile").join(kind).join(path)
    }
}

fn write(path: PathBuf, bytes: &[u8]) -> Result<(), VerifyError> {
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder)?;
    }
    let mut file = fs_err::File::create_new(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}
