//! Uploads, held encrypted until they are read or expire.

use std::time::{Duration, SystemTime};

use crate::error::Error;

/// What a department may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadLimits {
    /// Bytes of one upload.
    pub upload_bytes_max: u64,
    /// Bytes of all uploads of a department.
    pub department_bytes_max: u64,
    /// Uploads of a department.
    pub department_uploads_max: u64,
    /// How long one is held.
    pub lifetime: Duration,
}

impl Default for UploadLimits {
    fn default() -> UploadLimits {
        UploadLimits {
            upload_bytes_max: 256 << 20,
            department_bytes_max: 2 << 30,
            department_uploads_max: 256,
            lifetime: Duration::from_secs(30 * 60),
        }
    }
}

/// A finished upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadInfo {
    /// What the department refers to it by.
    pub id: String,
    /// Its bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// When it ends by itself.
    pub expires_at: SystemTime,
}

/// The uploads of all departments. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Uploads {}

/// An upload under way. Dropped before it is finished, it is removed.
#[derive(Debug)]
pub struct Upload {}

impl Uploads {
    /// Begins an upload. `declared` is the size the client states, 0 where it doesn't know.
    ///
    /// # Errors
    ///
    /// Past a limit, with its name, or when the disk refuses.
    pub fn begin(&self, department: &str, declared: u64) -> Result<Upload, Error> {
        let _ = (department, declared);
        Err(Error::Failed)
    }

    /// Reads a finished upload of this department.
    ///
    /// # Errors
    ///
    /// When there is none of this id in this department, or no longer.
    pub fn open(&self, department: &str, id: &str) -> Result<Vec<u8>, Error> {
        let _ = (department, id);
        Err(Error::UnknownUpload)
    }

    /// Removes an upload; it is no error when there is none.
    pub fn remove(&self, department: &str, id: &str) {
        let _ = (department, id);
    }

    /// Removes what has expired, and says how many. Also done whenever one is begun.
    pub fn sweep(&self) -> usize {
        0
    }
}

impl Upload {
    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// Past a limit, with its name, or when the disk refuses.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let _ = chunk;
        Err(Error::Failed)
    }

    /// Ends the upload; from here on it can be opened.
    ///
    /// # Errors
    ///
    /// When its size isn't what was declared, or the disk refuses.
    pub fn finish(self) -> Result<UploadInfo, Error> {
        Err(Error::Failed)
    }
}
