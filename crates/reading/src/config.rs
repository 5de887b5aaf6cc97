//! What the reader is allowed to spend on one file, and with what it reads.

use crate::paddle::Networks;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

/// Limits and tools. Build one with [`Config::new`] and change what should differ.
#[derive(Debug, Clone)]
pub struct Config {
    /// Largest file, in bytes, that is looked at.
    pub file_bytes_max: u64,
    /// Most pages (of a PDF or TIFF, or form feeds in text) that one file may have.
    pub pages_max: u32,
    /// Most pixels that one image, or one page rendered for recognition, may have.
    pub pixels_max: u64,
    /// Most bytes that all packed parts of one file may unpack to.
    pub inflated_bytes_max: u64,
    /// Most characters of text that are taken from one file.
    pub characters_max: u32,
    /// Wall-clock time for one file, from the start of its process.
    pub time_max: Duration,
    /// Address space of the process that reads one file.
    pub memory_bytes_max: u64,
    /// Resolution at which pages without text are rendered for recognition.
    pub dpi: u16,
    /// Most files that are read at the same time; the rest wait.
    pub children_max: usize,
    /// The program that scans are read with where there are no networks.
    pub ocr: Ocr,
    /// The networks that scans are read with first.
    pub networks: Option<Networks>,
    /// Where files are parsed.
    pub child: Child,
}

/// How text is read off images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ocr {
    /// The program Tesseract (4 or 5) at this path, with German data installed.
    Tesseract {
        /// The executable.
        path: PathBuf,
    },
    /// Not at all: scans answer with [`crate::Reason::NoOcr`].
    None,
}

/// Where a file is parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Child {
    /// In the caller's own process, unconfined. For tests only: foreign bytes may exhaust memory.
    InProcess,
    /// In a process of its own, which must call [`crate::child_main`].
    Process {
        /// The program, as a rule the appliance's own executable.
        program: PathBuf,
        /// Its arguments, as a rule `read-one`.
        args: Vec<String>,
    },
}

impl Config {
    /// The defaults: 64 MiB, 1,000 pages, two minutes, Tesseract where the system keeps it.
    #[must_use]
    pub fn new(child: Child) -> Self {
        Self {
            file_bytes_max: 64 << 20,
            pages_max: 1_000,
            pixels_max: 100_000_000,
            inflated_bytes_max: 512 << 20,
            characters_max: 20_000_000,
            time_max: Duration::from_secs(120),
            memory_bytes_max: 3 << 29,
            dpi: 250,
            children_max: std::thread::available_parallelism().map_or(2, usize::from),
            ocr: Ocr::find(None),
            networks: None,
            child,
        }
    }
}

impl Ocr {
    /// Looks for `tesseract` in the folders of a search path as the variable PATH holds it, or in
    /// the usual folders where none is given.
    #[must_use]
    pub fn find(search_path: Option<&OsStr>) -> Self {
        let usual = OsStr::new("/usr/local/bin:/usr/bin:/bin:/opt/tesseract/bin");
        std::env::split_paths(search_path.unwrap_or(usual))
            .map(|folder| folder.join("tesseract"))
            .find(|path| path.is_file())
            .map_or(Self::None, |path| Self::Tesseract { path })
    }
}
