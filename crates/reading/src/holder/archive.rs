//! ZIP: every file in it, but what operating systems leave behind.

use super::{Budget, Part, PartContent};
use crate::error::{FileError, Reason};
use crate::limits::widen;
use crate::office::PARTS_MAX;
use std::io::{Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// Files of operating systems, by their names.
const LEFT_BEHIND: [&str; 2] = ["thumbs.db", "desktop.ini"];

pub(super) fn unpack(bytes: &[u8], budget: &mut Budget) -> Result<Vec<Part>, FileError> {
    let unreadable =
        |error: &ZipError| FileError::new(Reason::Unreadable, format!("unpack: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    if archive.len() > PARTS_MAX {
        let (allowed, actual) = (widen(PARTS_MAX), widen(archive.len()));
        return Err(FileError::passed(Reason::TooLarge, "parts_max", allowed, actual));
    }
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let file = match archive.by_index(index) {
            Ok(file) => file,
            Err(ZipError::UnsupportedArchive(what)) if what == ZipError::PASSWORD_REQUIRED => {
                return Err(FileError::new(Reason::Encrypted, "ZIP archive under a password"));
            }
            Err(error) => return Err(unreadable(&error)),
        };
        let name = file.name().map(|name| name.replace('\\', "/")).unwrap_or_default();
        if file.is_dir() || file.is_symlink() || is_left_behind(&name) {
            continue;
        }
        let mut unpacked = Vec::new();
        let most = budget.bytes.saturating_add(1);
        let content = match file.take(most).read_to_end(&mut unpacked) {
            Ok(_) => {
                budget.spend(unpacked.len())?;
                PartContent::File(unpacked)
            }
            Err(error) => {
                let detail = format!("unpack: {error}");
                PartContent::Refused(FileError::new(Reason::Unreadable, detail))
            }
        };
        parts.push(Part { name, content });
    }
    Ok(parts)
}

fn is_left_behind(name: &str) -> bool {
    let mut steps = name.split('/');
    let hidden = steps.any(|step| step.starts_with('.') || step == "__MACOSX");
    let last = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    hidden || LEFT_BEHIND.contains(&last.as_str())
}
