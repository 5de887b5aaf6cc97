//! The text files of the repository.

use std::path::{Path, PathBuf};

use anyhow::Result;

/// Larger files are data.
const BYTES_MAX: u64 = 2 * 1024 * 1024;

/// A file that people wrote.
#[derive(Debug)]
pub(crate) struct TextFile {
    /// Seen from the root of the repository.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl TextFile {
    /// Lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The number of the first line that holds `words`, or 1.
    pub(crate) fn line_of(&self, words: &str) -> usize {
        self.lines().find(|(_, line)| line.contains(words)).map_or(1, |(number, _)| number)
    }

    pub(crate) fn has_extension(&self, wanted: &str) -> bool {
        self.path.extension().is_some_and(|extension| extension == wanted)
    }

    pub(crate) fn is(&self, path: &str) -> bool {
        self.path == Path::new(path)
    }
}

/// Every text file below `root`, build outputs and data folders left out.
pub(crate) fn all(root: &Path) -> Result<Vec<TextFile>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if kind.is_dir() && !is_left_out(root, &path) {
                folders.push(path);
            } else if kind.is_file() && entry.metadata()?.len() <= BYTES_MAX {
                let Ok(text) = String::from_utf8(fs_err::read(&path)?) else { continue };
                let path = path.strip_prefix(root).unwrap_or(&path).to_owned();
                files.push(TextFile { path, text });
            }
        }
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}

/// What `.gitignore` names, git's own folder, and texts that others wrote.
fn is_left_out(root: &Path, folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let at_root = folder.parent() == Some(root);
    matches!(name, ".git" | ".venv" | "__pycache__" | "fixtures")
        || (at_root && matches!(name, "target" | "data" | "samples"))
}
