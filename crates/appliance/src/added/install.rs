//! The folder of added models: staged out of sight, put in place in one step.

use super::{Error, files, is_name};
use std::fs::TryLockError;
use std::path::{Path, PathBuf};

/// Held while a model is added or removed.
const LOCK: &str = ".lock";
/// Folders that are not yet, or no longer, a model's.
const STAGED: &str = ".staged";
const UNPACKED: &str = ".unpacked";

/// The folder of added models, held: nobody else adds or removes one meanwhile.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: std::fs::File,
}

/// A model's folder to be, out of sight; gone when it is dropped without being installed.
#[derive(Debug)]
pub struct Staged {
    folder: PathBuf,
    path: PathBuf,
}

impl Folder {
    /// Takes the folder, which is made where there is none.
    ///
    /// # Errors
    /// When it cannot be made, or somebody else holds it.
    pub fn open(path: &Path) -> Result<Self, Error> {
        fs_err::create_dir_all(path)?;
        let mut options = fs_err::OpenOptions::new();
        let lock = options.create(true).truncate(false).write(true).open(path.join(LOCK))?;
        let lock = lock.into_file();
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::Busy { folder: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// An empty folder beside the models, on the same disk.
    pub(super) fn stage(&self) -> Result<Staged, Error> {
        let staged = Staged { folder: self.path.clone(), path: self.path.join(STAGED) };
        // Left by one that was interrupted: whoever left it no longer holds the lock.
        staged.clear()?;
        fs_err::create_dir(&staged.path)?;
        Ok(staged)
    }

    /// Whether a model of this name was added.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let folder = self.path.join(name);
        let networks = name == reading::NETWORK_FOLDER && folder.is_dir();
        is_name(name) && (networks || folder.join(inference::manifest::FILE_NAME).is_file())
    }

    /// Puts a staged model in place in one step: whoever looks sees the old one, the new one, or
    /// none where there was none.
    ///
    /// # Errors
    /// When the name is taken and nothing is to be replaced, or the folder cannot be written.
    pub fn install(&self, staged: &Staged, name: &str, replace: bool) -> Result<PathBuf, Error> {
        let target = self.path.join(name);
        files::sync_folders(&staged.path)?;
        if target.exists() {
            if !replace {
                return Err(Error::Taken { name: name.to_owned() });
            }
            let (here, flags) = (rustix::fs::CWD, rustix::fs::RenameFlags::EXCHANGE);
            rustix::fs::renameat_with(here, &staged.path, here, &target, flags)
                .map_err(std::io::Error::from)?;
        } else {
            fs_err::rename(&staged.path, &target)?;
        }
        fs_err::File::open(&self.path)?.sync_all()?;
        staged.clear()?;
        Ok(target)
    }

    /// Removes an added model, in one step.
    ///
    /// # Errors
    /// When there is none of this name, or the folder cannot be written.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        if !self.has(name) {
            return Err(Error::Unknown { name: name.to_owned() });
        }
        let gone = Staged { folder: self.path.clone(), path: self.path.join(STAGED) };
        gone.clear()?;
        fs_err::rename(self.path.join(name), &gone.path)?;
        fs_err::File::open(&self.path)?.sync_all()?;
        gone.clear()
    }
}

impl Staged {
    /// Where its files lie.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// For an archive: beside the files that are kept.
    pub(super) fn unpacked(&self) -> PathBuf {
        self.folder.join(UNPACKED)
    }

    pub(super) fn clear_unpacked(&self) -> Result<(), Error> {
        clear(&self.unpacked())
    }

    fn clear(&self) -> Result<(), Error> {
        self.clear_unpacked()?;
        clear(&self.path)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Err(error) = self.clear() {
            tracing::warn!(%error, "what was staged could not be removed; the next model added does");
        }
    }
}

fn clear(folder: &Path) -> Result<(), Error> {
    match fs_err::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}
