//! Files written anew and synced, and bytes copied with progress and a limit.

use super::{Error, Progress};
use std::io::{Read, Write};
use std::path::Path;

/// Bytes read at once.
const PIECE_BYTES: usize = 1 << 20;
/// Bytes of all files of a model together.
pub(super) const BYTES_MAX: u64 = 32 << 30;

/// Writes a file that must not be there yet.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    copy_new(&mut &*bytes, path, BYTES_MAX, &|_| {}).map(drop)
}

/// Copies into a file that must not be there yet, and syncs it. Returns the bytes written.
pub(super) fn copy_new(
    from: &mut dyn Read,
    to: &Path,
    bytes_max: u64,
    progress: Progress<'_>,
) -> Result<u64, Error> {
    if let Some(folder) = to.parent() {
        fs_err::create_dir_all(folder)?;
    }
    let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(to)?;
    let mut piece = vec![0; PIECE_BYTES];
    let mut written = 0_u64;
    loop {
        let length = from.read(&mut piece)?;
        let Some(bytes) = piece.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        written = written.saturating_add(length);
        if written > bytes_max {
            return Err(Error::Limit { what: "Bytes", allowed: BYTES_MAX });
        }
        file.write_all(bytes)?;
        progress(length);
    }
    file.sync_all()?;
    Ok(written)
}

/// Syncs a folder and those below, so that names are as durable as contents.
pub(super) fn sync_folders(folder: &Path) -> Result<(), Error> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    fs_err::File::open(folder)?.sync_all()?;
    Ok(())
}
