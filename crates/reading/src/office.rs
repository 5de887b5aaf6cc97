//! DOCX and ODT: packed XML, of which only the parts with text are unpacked, each within what the
//! limit on inflated bytes leaves.

use crate::error::{FileError, Reason};
use crate::limits::Work;
use crate::paper::{Format, Paper};
use crate::plain;
use std::io::{Cursor, ErrorKind, Read};
use zip::ZipArchive;

pub(crate) mod body;

/// More parts than any word processor writes.
pub(crate) const PARTS_MAX: usize = 10_000;

struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// What may still be unpacked.
    left: u64,
    allowed: u64,
    memory: u64,
}

/// Reads one document.
pub(crate) fn read(bytes: &[u8], format: Format, work: &Work<'_>) -> Result<Paper, FileError> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    if archive.len() > PARTS_MAX {
        let (allowed, actual) = (10_000, crate::limits::widen(archive.len()));
        return Err(FileError::passed(Reason::TooLarge, "parts_max", allowed, actual));
    }
    let allowed = work.limits.inflated_bytes_max;
    let mut package =
        Package { archive, left: allowed, allowed, memory: work.limits.memory_bytes_max };
    let text = match format {
        Format::Odt => odt(&mut package)?,
        Format::Docx
        | Format::Pdf
        | Format::Jpeg
        | Format::Png
        | Format::Tiff
        | Format::Webp
        | Format::Heic
        | Format::Html
        | Format::Rtf
        | Format::Text => docx(&mut package)?,
    };
    plain::single(&text, format, work)
}

fn docx(package: &mut Package<'_>) -> Result<String, FileError> {
    let mut parts: Vec<(u8, String)> = package
        .archive
        .file_names()
        .filter_map(|name| {
            let name = name.ok()?;
            let part = name.strip_prefix("word/")?.strip_suffix(".xml")?;
            let order = match part.trim_end_matches(|each: char| each.is_ascii_digit()) {
                "header" => 0,
                "document" => 1,
                "footnotes" => 2,
                "endnotes" => 3,
                "footer" => 4,
                _ => return None,
            };
            Some((order, name.clone().into_owned()))
        })
        .collect();
    parts.sort();
    let mut seen: Vec<String> = Vec::new();
    for (order, name) in parts {
        let text = body::word(&package.unpack(&name)?)?;
        let text = text.trim_matches('\n').to_owned();
        // The same head stands in a part of its own for first, even and odd pages.
        let repeated = matches!(order, 0 | 4) && seen.contains(&text);
        if !text.trim().is_empty() && !repeated {
            seen.push(text);
        }
    }
    Ok(seen.join("\n\n"))
}

fn odt(package: &mut Package<'_>) -> Result<String, FileError> {
    if let Ok(manifest) = package.unpack("META-INF/manifest.xml")
        && manifest.windows(15).any(|window| window == b"encryption-data")
    {
        return Err(FileError::new(Reason::Encrypted, "OpenDocument text under a password"));
    }
    let content = body::open_document(&package.unpack("content.xml")?, body::Scope::All)?;
    let styles = match package.unpack("styles.xml") {
        Ok(styles) => styles,
        Err(error) if error.reason == Reason::TooLarge => return Err(error),
        Err(_) => return Ok(content),
    };
    let heads = body::open_document(&styles, body::Scope::Within("header"))?;
    let feet = body::open_document(&styles, body::Scope::Within("footer"))?;
    Ok([heads, content, feet].join("\n\n"))
}

impl Package<'_> {
    fn unpack(&mut self, name: &str) -> Result<Vec<u8>, FileError> {
        let part = self.archive.by_name(name).map_err(|error| unreadable(&error))?;
        let mut unpacked = Vec::new();
        let outcome = part.take(self.left.saturating_add(1)).read_to_end(&mut unpacked);
        outcome.map_err(|error| {
            // The address space ended before the limit on unpacked bytes did.
            if error.kind() == ErrorKind::OutOfMemory {
                let (name, allowed) = ("memory_bytes_max", self.memory);
                let actual = allowed.saturating_add(1);
                return FileError::passed(Reason::TooLarge, name, allowed, actual);
            }
            unreadable(&error)
        })?;
        let size = crate::limits::widen(unpacked.len());
        self.left = self.left.checked_sub(size).ok_or_else(|| {
            let name = "inflated_bytes_max";
            FileError::passed(Reason::TooLarge, name, self.allowed, self.allowed.saturating_add(1))
        })?;
        Ok(unpacked)
    }
}

fn unreadable(error: &impl std::fmt::Display) -> FileError {
    FileError::new(Reason::Unreadable, format!("unpack: {error}"))
}

#[cfg(test)]
mod tests;
