//! Which parser reads which bytes.

use crate::error::{FileError, Reason};
use crate::limits::{Work, widen};
use crate::paper::{Format, Page, Paper, TextSource};
use crate::sniff::{self, Kind};
use crate::{heic, markup, office, pdf, picture, plain, rtf};

/// Reads one file, whatever it claims to be.
pub(crate) fn read(bytes: Vec<u8>, hint: &str, work: &Work<'_>) -> Result<Paper, FileError> {
    let (allowed, actual) = (work.limits.file_bytes_max, widen(bytes.len()));
    if actual > allowed {
        return Err(FileError::passed(Reason::TooLarge, "file_bytes_max", allowed, actual));
    }
    if bytes.is_empty() {
        return Err(FileError::new(Reason::Empty, "no bytes"));
    }
    let paper = match sniff::sniff(&bytes, hint) {
        Kind::Known(format) => match format {
            Format::Pdf => pdf::read(bytes, work),
            Format::Jpeg | Format::Png | Format::Tiff | Format::Webp => {
                picture::read(&bytes, format, work)
            }
            Format::Heic => heic::read(&bytes, work),
            Format::Docx | Format::Odt => office::read(&bytes, format, work),
            Format::Html => markup::read(&bytes, work),
            Format::Rtf => rtf::read(&bytes, work),
            Format::Text => plain::read(&bytes, work),
        },
        Kind::Locked(what) => Err(FileError::new(Reason::Encrypted, what)),
        Kind::Other(what) => Err(FileError::new(Reason::Unsupported, what)),
    }?;
    // A photograph without a letter is still a paper; a text file without one is not.
    let blank = |page: &Page| page.source != TextSource::Ocr && page.text.trim().is_empty();
    if paper.pages.iter().all(blank) && !paper.truncated {
        return Err(FileError::new(Reason::Empty, "no text on any page"));
    }
    Ok(paper)
}

#[cfg(test)]
pub(crate) mod tests;
