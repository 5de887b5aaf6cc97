//! Original files, named by their content and never changed.

use crate::Error;
use fs_err as fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A folder of files named by the SHA-256 of their bytes.
#[derive(Debug)]
pub(crate) struct Files {
    directory: PathBuf,
}

impl Files {
    pub(crate) fn open(directory: PathBuf) -> Result<Self, Error> {
        fs::create_dir_all(&directory).map_err(failed(&directory))?;
        Ok(Self { directory })
    }

    /// Keeps a file. It is whole and on the disk when this returns: written aside, synced, renamed,
    /// and the folder synced.
    pub(crate) fn keep(&self, sha256: &str, bytes: &[u8]) -> Result<(), Error> {
        let folder = self.directory.join(sha256.get(..2).unwrap_or("__"));
        let path = folder.join(sha256);
        if path.exists() {
            return Ok(());
        }
        write_durably(&path, bytes)
    }
}

/// Writes a file so that after any interruption either the old or the new one is there, whole.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let aside = path.with_extension("part");
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = fs::File::create(&aside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&aside, path)?;
        fs::File::open(folder)?.sync_all()?;
        // The folder's own name may be new as well.
        if let Some(parent) = folder.parent() {
            fs::File::open(parent)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(failed(path))
}

/// For `map_err`.
pub(crate) fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
    |source| Error::File { path: path.to_owned(), source }
}
