//! The limits as they travel to the child process, and the clock that runs against them.

use crate::config::{Config, Ocr};
use crate::error::{FileError, Reason};
use crate::paddle::{Loaded, Networks};
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What one reading may spend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Limits {
    pub(crate) file_bytes_max: u64,
    pub(crate) pages_max: u32,
    pub(crate) pixels_max: u64,
    pub(crate) inflated_bytes_max: u64,
    pub(crate) characters_max: u32,
    pub(crate) time_max: Duration,
    pub(crate) memory_bytes_max: u64,
    pub(crate) dpi: u16,
    pub(crate) recogniser: Option<Recogniser>,
    pub(crate) converter: Option<Converter>,
    pub(crate) networks: Option<Networks>,
}

/// Tesseract, as found at start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recogniser {
    pub(crate) program: PathBuf,
    /// As Tesseract's `-l` takes it.
    pub(crate) languages: String,
    /// The folder its language data lies in.
    pub(crate) data: PathBuf,
}

/// heif-convert, as found at start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Converter {
    pub(crate) program: PathBuf,
    /// A link with the ending of JPEG to the program's standard output.
    pub(crate) outlet: PathBuf,
    /// The open file that holds the photograph in this process.
    pub(crate) held: Option<i32>,
}

/// One reading under way.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    pub(crate) limits: &'a Limits,
    started: Instant,
    loaded: OnceCell<Loaded>,
}

impl Limits {
    pub(crate) fn new(config: &Config, recogniser: Option<Recogniser>) -> Self {
        let recogniser = match config.ocr {
            Ocr::Tesseract { .. } => recogniser,
            Ocr::None => None,
        };
        Self {
            file_bytes_max: config.file_bytes_max,
            pages_max: config.pages_max,
            pixels_max: config.pixels_max,
            inflated_bytes_max: config.inflated_bytes_max,
            characters_max: config.characters_max,
            time_max: config.time_max,
            memory_bytes_max: config.memory_bytes_max,
            dpi: config.dpi,
            recogniser,
            converter: None,
            networks: config.networks.clone(),
        }
    }

    /// Whether scans can be read at all.
    pub(crate) fn can_recognise(&self) -> bool {
        self.recogniser.is_some() || self.networks.is_some()
    }

    /// The error for a reading that took this long.
    pub(crate) fn timed_out(&self, taken: Duration) -> FileError {
        let (allowed, actual) = (millis(self.time_max), millis(taken));
        FileError::passed(Reason::TimedOut, "time_ms_max", allowed, actual.max(allowed))
    }
}

impl<'a> Work<'a> {
    pub(crate) fn start(limits: &'a Limits) -> Self {
        Self { limits, started: Instant::now(), loaded: OnceCell::new() }
    }

    /// The networks, loaded once for a file. None where there are none.
    pub(crate) fn networks(&self) -> Result<Option<&Loaded>, FileError> {
        let Some(files) = &self.limits.networks else { return Ok(None) };
        if self.loaded.get().is_none() {
            // Only this thread knows the cell, which is empty.
            let _first = self.loaded.set(Loaded::load(files)?);
        }
        Ok(self.loaded.get())
    }

    /// To be asked between pages: gives up in words before the process is killed without any.
    pub(crate) fn check_time(&self) -> Result<(), FileError> {
        let taken = self.started.elapsed();
        if taken >= self.limits.time_max { Err(self.limits.timed_out(taken)) } else { Ok(()) }
    }

    /// Whether half of the time is gone.
    pub(crate) fn is_half_spent(&self) -> bool {
        self.started.elapsed() >= self.limits.time_max / 2
    }

    pub(crate) fn check_pages(&self, pages: usize) -> Result<(), FileError> {
        let (allowed, actual) = (u64::from(self.limits.pages_max), widen(pages));
        if actual > allowed {
            return Err(FileError::passed(Reason::TooManyPages, "pages_max", allowed, actual));
        }
        Ok(())
    }

    pub(crate) fn check_pixels(&self, width: u32, height: u32) -> Result<(), FileError> {
        let (allowed, actual) = (self.limits.pixels_max, u64::from(width) * u64::from(height));
        if actual > allowed {
            return Err(FileError::passed(Reason::TooLarge, "pixels_max", allowed, actual));
        }
        Ok(())
    }
}

pub(crate) fn widen(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
