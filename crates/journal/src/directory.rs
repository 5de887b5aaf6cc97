//! Folders that are still there after a power cut.

use std::io;
use std::path::{Path, PathBuf};

/// Makes a folder and those above it, and syncs each folder that got a new entry: syncing what lies in a new
/// folder doesn't promise that the folder itself is found again.
///
/// # Errors
///
/// When the file system refuses.
pub fn create_directory(path: &Path) -> io::Result<()> {
    let missing: Vec<PathBuf> = path
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .map(Path::to_path_buf)
        .collect();
    fs_err::create_dir_all(path)?;
    for folder in missing {
        sync_directory(parent(&folder))?;
    }
    Ok(())
}

/// Makes what was created, renamed or removed in a folder durable.
///
/// # Errors
///
/// When the file system refuses.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    fs_err::File::open(path)?.sync_all()
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_once_and_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/c");
        for _ in 0..2 {
            create_directory(&path).unwrap();
            assert!(path.is_dir());
        }
        fs_err::write(folder.path().join("file"), b"").unwrap();
        assert!(create_directory(&folder.path().join("file/d")).is_err());
    }
}
