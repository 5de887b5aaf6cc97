//! What lies in the watched folder. Links are never followed: they could lead anywhere.

use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::client::sources;

/// Files of one folder that are looked at, and folders in folders.
const FILES_MAX: usize = 50_000;
const DEPTH_MAX: usize = 16;

/// When a file counts as the same without a look inside.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Stamp {
    pub(super) bytes: u64,
    /// Time of change: seconds and nanoseconds since 1970.
    seconds: i64,
    nanoseconds: i64,
}

impl Stamp {
    fn of(metadata: &std::fs::Metadata) -> Stamp {
        Stamp {
            bytes: metadata.len(),
            seconds: metadata.mtime(),
            nanoseconds: metadata.mtime_nsec(),
        }
    }
}

/// A file of the folder.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Its path below the folder.
    pub(super) name: String,
    pub(super) stamp: Stamp,
}

/// What one look found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<Seen>,
    /// Why not everything was looked at.
    pub(super) problem: Option<String>,
}

/// Every file with a known ending, in a fixed order. A folder inside that cannot be read keeps nothing of
/// the others away.
pub(super) fn walk(root: &Path) -> io::Result<Found> {
    let mut found = Found::default();
    let mut folders = vec![(PathBuf::new(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let entries = fs_err::read_dir(root.join(&folder));
        let mut entries = match entries.and_then(|all| all.collect::<io::Result<Vec<_>>>()) {
            Err(error) if depth > 0 => {
                found.problem = Some(error.to_string());
                continue;
            }
            entries => entries?,
        };
        entries.sort_by_key(fs_err::DirEntry::file_name);
        for entry in entries {
            let path = folder.join(entry.file_name());
            // What begins with a dot is being written by somebody, or nobody's paper.
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() && depth < DEPTH_MAX {
                folders.push((path, depth + 1));
            } else if kind.is_file() && sources::has_known_ending(&path) {
                if found.files.len() >= FILES_MAX {
                    found.problem = Some(format!(
                        "Mehr als {FILES_MAX} Dateien: die übrigen werden nicht gelesen. / More than {FILES_MAX} \
                         files: the others are not read."
                    ));
                    return Ok(found);
                }
                // One that is deleted at this moment is no longer there.
                let Ok(metadata) = entry.metadata() else { continue };
                // A name that is not UTF-8 cannot be shown, nor be told from its like.
                let Some(name) = path.to_str() else { continue };
                found.files.push(Seen { name: name.to_owned(), stamp: Stamp::of(&metadata) });
            }
        }
    }
    Ok(found)
}

/// The bytes of a file; none where it is no longer the one that was seen.
pub(super) fn read(root: &Path, seen: &Seen) -> io::Result<Option<Vec<u8>>> {
    let mut options = fs_err::OpenOptions::new();
    options.read(true);
    let no_link = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    options.options_mut().custom_flags(no_link.bits().cast_signed());
    let file = options.open(root.join(&seen.name))?;
    let same = |file: &fs_err::File| -> io::Result<bool> {
        let metadata = file.metadata()?;
        Ok(metadata.is_file() && Stamp::of(&metadata) == seen.stamp)
    };
    if !same(&file)? {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    (&file).take(seen.stamp.bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(same(&file)?.then_some(bytes))
}
