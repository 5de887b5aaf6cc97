//! HEIC, the photographs of many telephones, through the program heif-convert: no decoder of ours, and
//! none in this process.
//!
//! The program wants to seek in a file it opens by name, and tells the format to write by the ending of
//! another. A confined child has no file and may write none. So the photograph lies in memory behind
//! `/proc/self/fd`, put there before confinement and before anything looks at it, and the name to write
//! to is a link, made once by the reader, to the program's own standard output.

use crate::confine;
use crate::error::{FileError, Reason};
use crate::limits::{Converter, Work, widen};
use crate::paper::{Format, Paper};
use crate::picture;
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Folders that a confined child may start programs from.
const FOLDERS: [&str; 2] = ["/usr/local/bin", "/usr/bin"];
/// What is told where the program is missing; the message for people knows it.
pub(crate) const MISSING: &str = "HEIC without heif-convert";
/// The photograph as JPEG, in bytes.
const JPEG_BYTES_MAX: u64 = 128 << 20;
/// A sheet photographed is read as well at this quality as without loss.
const QUALITY: &str = "92";
const OUTLET: &str = "page.jpg";
/// Where a file holds several images, their numbers are put into the name; the first is the photograph.
const OUTLET_OF_FIRST: &str = "page-1.jpg";

/// The program heif-convert, where a confined child can start it.
#[must_use]
pub fn heif_convert() -> Option<PathBuf> {
    let programs = FOLDERS.iter().map(|folder| Path::new(folder).join("heif-convert"));
    programs.into_iter().find(|program| program.is_file())
}

/// Looks for the program and makes the links, which lie in the folder as long as it lives.
pub(crate) fn find() -> Option<(Converter, TempDir)> {
    let program = heif_convert()?;
    match outlet() {
        Ok(folder) => {
            let outlet = folder.path().join(OUTLET);
            Some((Converter { program, outlet, held: None }, folder))
        }
        Err(error) => {
            tracing::warn!(%error, "failed to make a link for heif-convert: HEIC is refused");
            None
        }
    }
}

fn outlet() -> io::Result<TempDir> {
    let folder = TempDir::with_prefix("amtshilfe-heic-")?;
    for name in [OUTLET, OUTLET_OF_FIRST] {
        fs_err::os::unix::fs::symlink("/proc/self/fd/1", folder.path().join(name))?;
    }
    Ok(folder)
}

/// Puts the bytes where the program can seek in them. Closing the file frees them.
pub(crate) fn hold(mut bytes: impl Read) -> io::Result<File> {
    let mut file = File::from(memfd_create("heic", MemfdFlags::empty())?);
    io::copy(&mut bytes, &mut file)?;
    Ok(file)
}

/// Reads one photograph.
pub(crate) fn read(bytes: &[u8], work: &Work<'_>) -> Result<Paper, FileError> {
    let Some(converter) = &work.limits.converter else {
        return Err(FileError::new(Reason::Unsupported, MISSING));
    };
    if !work.limits.can_recognise() {
        return Err(FileError::new(Reason::NoOcr, "an image"));
    }
    let jpeg = convert(bytes, converter)?;
    work.check_time()?;
    let paper = picture::read(&jpeg, Format::Jpeg, work)?;
    Ok(Paper { format: Format::Heic, ..paper })
}

fn convert(bytes: &[u8], converter: &Converter) -> Result<Vec<u8>, FileError> {
    let failed = |what: String| FileError::new(Reason::Unreadable, format!("heif-convert: {what}"));
    let (_own, held) = match converter.held {
        Some(held) => (None, held),
        None => {
            let own = hold(bytes).map_err(|error| failed(error.to_string()))?;
            let held = own.as_raw_fd();
            (Some(own), held)
        }
    };
    let mut command = Command::new(&converter.program);
    command
        .args(["--quiet", "-q", QUALITY])
        .arg(format!("/proc/self/fd/{held}"))
        .arg(&converter.outlet)
        .env_clear()
        // Pipes, since a confined process cannot open /dev/null.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    confine::die_with_parent(&mut command);
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let mut jpeg = Vec::new();
    if let Some(output) = child.stdout.take() {
        let read = output.take(JPEG_BYTES_MAX.saturating_add(1)).read_to_end(&mut jpeg);
        read.map_err(|error| failed(error.to_string()))?;
    }
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    if widen(jpeg.len()) > JPEG_BYTES_MAX {
        let actual = widen(jpeg.len());
        return Err(FileError::passed(Reason::TooLarge, "file_bytes_max", JPEG_BYTES_MAX, actual));
    }
    // Where a second image of the file had nowhere to go, the first is there all the same.
    if jpeg.starts_with(b"\xff\xd8\xff") { Ok(jpeg) } else { Err(failed(status.to_string())) }
}

#[cfg(test)]
mod tests;
