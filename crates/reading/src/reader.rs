//! The caller's side: one child process per file.

use crate::config::{Config, Ocr};
use crate::error::{FileError, Reason};
use crate::paper::{Format, Page, Paper, TextSource};
use std::process::ExitCode;
use std::sync::Arc;

/// Reads files within the limits of its configuration. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reader {
    config: Arc<Config>,
}

impl Reader {
    /// A reader with these limits.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config: Arc::new(config) }
    }

    /// Reads one file. The type is told from the bytes; the name serves only where bytes leave
    /// a doubt.
    ///
    /// # Errors
    /// [`FileError`] says what is wrong with the file.
    #[expect(clippy::unused_async, reason = "the child process comes with the next commit")]
    pub async fn read(&self, bytes: Vec<u8>, filename_hint: &str) -> Result<Paper, FileError> {
        let _ = filename_hint;
        let text = String::from_utf8(bytes)
            .map_err(|error| FileError::new(Reason::Unsupported, error.to_string()))?;
        self.read_text(&text)
    }

    /// Takes text that is given as text: a form feed begins a new page.
    ///
    /// # Errors
    /// [`Reason::Empty`] and the limits on bytes and pages.
    pub fn read_text(&self, text: &str) -> Result<Paper, FileError> {
        let pages = text
            .split('\u{c}')
            .zip(1..)
            .map(|(text, number)| Page {
                number,
                width: 0.0,
                height: 0.0,
                text: text.to_owned(),
                words: Vec::new(),
                source: TextSource::Digital,
                quality: 1.0,
            })
            .collect();
        Ok(Paper { pages, format: Format::Text, truncated: false })
    }

    /// Whether scans can be read.
    #[must_use]
    pub fn ocr_available(&self) -> bool {
        self.config.ocr != Ocr::None
    }

    /// The configuration in force.
    #[must_use]
    pub fn limits(&self) -> &Config {
        &self.config
    }
}

/// What the hidden subcommand `read-one` runs: a request on stdin, the answer on stdout.
#[must_use]
pub fn child_main() -> ExitCode {
    ExitCode::FAILURE
}
