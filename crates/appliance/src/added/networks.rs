//! The networks that scans are read with: two files known by their digests, taken out of a folder or
//! of the Python package that holds them.

use super::{Error, Folder, Progress, files};
use reading::{NETWORK_FILES, NETWORK_FOLDER, NetworkFile, Networks};
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Where the Python package keeps them; a folder may hold them so or by themselves.
const BELOW: [&str; 3] = ["", "models", "rapidocr/models"];

/// Where the files lie.
enum Source {
    Folder(PathBuf),
    Archive(Box<zip::ZipArchive<BufReader<fs_err::File>>>, &'static str),
}

/// Installs the networks out of a folder, a `.zip`, or a `.whl`. None where it holds none of them.
///
/// # Errors
/// When they are there already and are not to be replaced, or a file is another than the one known;
/// see [`Error`].
pub fn add_networks(
    source: &Path,
    folder: &Folder,
    replace: bool,
    progress: Progress<'_>,
) -> Result<Option<PathBuf>, Error> {
    let Some(mut source) = find(source)? else { return Ok(None) };
    let staged = folder.stage()?;
    for file in NETWORK_FILES {
        source.copy(file, &staged.path().join(file.name), progress)?;
    }
    Networks::open(staged.path())?;
    folder.install(&staged, NETWORK_FOLDER, replace).map(Some)
}

fn find(path: &Path) -> Result<Option<Source>, Error> {
    let [first, _] = NETWORK_FILES;
    if fs_err::metadata(path)?.is_dir() {
        let mut folders = BELOW.iter().map(|below| path.join(below));
        return Ok(folders.find(|folder| folder.join(first.name).is_file()).map(Source::Folder));
    }
    let name = path.to_string_lossy().to_ascii_lowercase();
    if !(name.ends_with(".whl") || name.ends_with(".zip")) {
        return Ok(None);
    }
    let file = BufReader::new(fs_err::File::open(path)?);
    let broken = |error| Error::Archive { path: path.to_owned(), source: Box::new(error) };
    let archive: zip::ZipArchive<_> = zip::ZipArchive::new(file).map_err(broken)?;
    let below =
        BELOW.into_iter().find(|below| archive.index_for_name(&entry(below, first.name)).is_some());
    Ok(below.map(|below| Source::Archive(Box::new(archive), below)))
}

fn entry(below: &str, name: &str) -> String {
    if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") }
}

impl Source {
    fn copy(&mut self, file: NetworkFile, to: &Path, progress: Progress<'_>) -> Result<(), Error> {
        match self {
            Self::Folder(folder) => {
                let mut from = fs_err::File::open(folder.join(file.name))?;
                files::copy_new(&mut from, to, file.bytes, progress)?;
            }
            Self::Archive(archive, below) => {
                let name = entry(below, file.name);
                let broken =
                    |error| Error::Archive { path: (&name).into(), source: Box::new(error) };
                let mut from = archive.by_name(&name).map_err(broken)?;
                files::copy_new(&mut from, to, file.bytes, progress)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
