//! The files of PP-OCRv6, known by their digests. They are carried in, never fetched.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// One of the files that recognition by PP-OCRv6 needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkFile {
    /// Its name.
    pub name: &'static str,
    /// Of its content, in hexadecimal.
    pub sha256: &'static str,
    /// Its size.
    pub bytes: u64,
}

/// The folder that the files lie in, below that of the models.
pub const NETWORK_FOLDER: &str = "pp-ocrv6";

/// The files, as the Python package rapidocr 3.10.0 holds them below `rapidocr/models`.
pub const NETWORK_FILES: [NetworkFile; 2] = [
    NetworkFile {
        name: "PP-OCRv6_det_small.onnx",
        sha256: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
        bytes: 9_929_594,
    },
    NetworkFile {
        name: "PP-OCRv6_rec_small.onnx",
        sha256: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
        bytes: 21_234_383,
    },
];

/// The networks of PP-OCRv6, present and as they should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Networks {
    pub(super) detector: PathBuf,
    pub(super) recogniser: PathBuf,
}

/// Why networks cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworksError {
    /// A file is not there or cannot be read.
    #[error("read a network of PP-OCRv6; `amtshilfe models add` puts it in place")]
    Read(#[from] std::io::Error),
    /// A file is another one.
    #[error("use {}: it has another SHA-256 than {wanted}; add the networks again", path.display())]
    Digest {
        /// The file.
        path: PathBuf,
        /// What its digest should be.
        wanted: &'static str,
    },
}

impl Networks {
    /// Takes the networks of a folder after comparing their digests, which takes 0.1 s.
    ///
    /// # Errors
    /// When a file is missing or another one.
    pub fn open(folder: &Path) -> Result<Self, NetworksError> {
        let [detector, recogniser] = NETWORK_FILES.map(|file| checked(folder, file));
        Ok(Self { detector: detector?, recogniser: recogniser? })
    }

    /// The folder that the detector lies in, and the recogniser's.
    pub(crate) fn paths(&self) -> [&Path; 2] {
        [&self.detector, &self.recogniser]
    }
}

fn checked(folder: &Path, file: NetworkFile) -> Result<PathBuf, NetworksError> {
    let path = folder.join(file.name);
    let digest = Sha256::digest(fs_err::read(&path)?);
    let hex = digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string does not fail.
        let _always = write!(hex, "{byte:02x}");
        hex
    });
    if hex == file.sha256 {
        Ok(path)
    } else {
        Err(NetworksError::Digest { path, wanted: file.sha256 })
    }
}
