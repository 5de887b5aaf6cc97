//! What `decrees import` finds under the paths it is given.

use std::path::{Path, PathBuf};

use super::Error;

/// Files of these endings are taken from a folder; a file that is named itself is always sent, and
/// the appliance says what it thinks of it.
const ENDINGS: [&str; 12] =
    ["pdf", "docx", "odt", "rtf", "html", "htm", "txt", "md", "xml", "eml", "msg", "zip"];

/// What is to be imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Papers, each one decree, in a fixed order, with the name each goes by.
    pub papers: Vec<(PathBuf, String)>,
    /// Collections of laws (`.jsonl`, `.jsonl.gz`), each many decrees.
    pub collections: Vec<PathBuf>,
    /// Files of folders that were passed over because of their ending.
    pub passed_over: usize,
}

/// Walks files and folders.
pub fn find(paths: &[PathBuf]) -> Result<Found, Error> {
    let mut found = Found::default();
    for path in paths {
        let failed = |source| Error::File { path: path.clone(), source };
        let metadata = fs_err::metadata(path).map_err(failed)?;
        if metadata.is_dir() {
            walk(path, path, &mut found)?;
        } else if is_collection(path) {
            found.collections.push(path.clone());
        } else {
            let name = path.file_name().unwrap_or(path.as_os_str());
            found.papers.push((path.clone(), name.to_string_lossy().into_owned()));
        }
    }
    if found.papers.is_empty() && found.collections.is_empty() {
        let path = paths.first().cloned().unwrap_or_default();
        return Err(Error::NothingToSend { path });
    }
    Ok(found)
}

fn walk(root: &Path, folder: &Path, found: &mut Found) -> Result<(), Error> {
    let failed = |source| Error::File { path: folder.to_owned(), source };
    let mut entries = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        entries.push((entry.path(), entry.file_type().map_err(failed)?));
    }
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (path, kind) in entries {
        // A link could lead round in a circle, or out of what was named.
        if kind.is_dir() {
            walk(root, &path, found)?;
        } else if !kind.is_file() {
            found.passed_over += 1;
        } else if is_collection(&path) {
            found.collections.push(path);
        } else if has_known_ending(&path) {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            found.papers.push((path, name));
        } else {
            found.passed_over += 1;
        }
    }
    Ok(())
}

fn is_collection(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    name.ends_with(".jsonl") || name.ends_with(".jsonl.gz")
}

pub(crate) fn has_known_ending(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ENDINGS.contains(&ending.as_str())
}

#[cfg(test)]
mod tests;
