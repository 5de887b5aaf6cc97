//! The folder that a model is taken from: the one that was named, or what an archive holds.

use super::install::Staged;
use super::{Error, Progress, files, unpack};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A file of configuration larger than this is none.
const TEXT_BYTES_MAX: u64 = 4 << 20;

/// Where the files of one model lie.
#[derive(Debug)]
pub(super) struct Carried {
    root: PathBuf,
    /// Paths below the root, of all files, unpacked or not.
    names: BTreeSet<PathBuf>,
    /// What was unpacked is moved, what somebody else owns is copied.
    is_unpacked: bool,
}

/// Opens a folder, or unpacks an archive beside the staged files.
pub(super) fn open(
    source: &Path,
    staged: &Staged,
    progress: Progress<'_>,
) -> Result<Carried, Error> {
    if fs_err::metadata(source)?.is_dir() {
        let mut names = BTreeSet::new();
        for path in ["", "1_Pooling"] {
            walk(source, Path::new(path), &mut names)?;
        }
        return Ok(Carried { root: source.to_owned(), names, is_unpacked: false });
    }
    let target = staged.unpacked();
    fs_err::create_dir(&target)?;
    let names = unpack::unpack(source, &target, progress)?;
    let below = root(&names)?;
    let strip = |path: &PathBuf| path.strip_prefix(&below).ok().map(Path::to_owned);
    let names = names.iter().filter_map(strip).collect();
    Ok(Carried { root: target.join(&below), names, is_unpacked: true })
}

/// Files that lie in a folder itself.
fn walk(root: &Path, below: &Path, names: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
    let folder = root.join(below);
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            names.insert(below.join(entry.file_name()));
        }
    }
    Ok(())
}

/// The folder of an archive that a model lies in: the one with a manifest or a configuration that is
/// nearest to the top.
fn root(names: &BTreeSet<PathBuf>) -> Result<PathBuf, Error> {
    let is_begin = |path: &&PathBuf| {
        path.ends_with(inference::manifest::FILE_NAME) || path.ends_with("config.json")
    };
    let mut folders: Vec<&Path> =
        names.iter().filter(is_begin).filter_map(|path| path.parent()).collect();
    folders.sort_by_key(|folder| folder.components().count());
    folders.dedup();
    let depth = |folder: &Path| folder.components().count();
    match folders.as_slice() {
        [] => Err(no_model()),
        [one, other, ..] if depth(one) == depth(other) => Err(Error::Several {
            one: one.display().to_string(),
            other: other.display().to_string(),
        }),
        [one, ..] => Ok((*one).to_owned()),
    }
}

/// Neither a manifest nor a configuration.
pub(super) fn no_model() -> Error {
    Error::Missing {
        file: "config.json",
        hint: "gebraucht wird ein Ordner, wie Hugging Face ihn anlegt, oder einer mit manifest.toml / a folder \
               as Hugging Face lays it out is needed, or one with a manifest.toml",
    }
}

impl Carried {
    pub(super) fn has(&self, path: impl AsRef<Path>) -> bool {
        self.names.contains(path.as_ref())
    }

    /// Paths of all files, below the root.
    pub(super) fn names(&self) -> impl Iterator<Item = &Path> {
        self.names.iter().map(PathBuf::as_path)
    }

    /// A small file of text; none where it is not there.
    pub(super) fn text(&self, path: &str) -> Result<Option<String>, Error> {
        if !self.has(path) {
            return Ok(None);
        }
        let from = self.plain(path)?;
        if fs_err::metadata(&from)?.len() > TEXT_BYTES_MAX {
            return Err(Error::Limit { what: "Bytes (JSON, README)", allowed: TEXT_BYTES_MAX });
        }
        Ok(Some(fs_err::read_to_string(from)?))
    }

    /// Puts a file among the staged ones; its bytes.
    pub(super) fn take(
        &self,
        path: &str,
        staged: &Staged,
        progress: Progress<'_>,
    ) -> Result<u64, Error> {
        let (from, to) = (self.plain(path)?, staged.path().join(path));
        if self.is_unpacked {
            if let Some(folder) = to.parent() {
                fs_err::create_dir_all(folder)?;
            }
            fs_err::rename(&from, &to)?;
            return Ok(fs_err::metadata(&to)?.len());
        }
        files::copy_new(&mut fs_err::File::open(from)?, &to, files::BYTES_MAX, progress)
    }

    /// Where a plain file lies.
    fn plain(&self, path: &str) -> Result<PathBuf, Error> {
        let from = self.root.join(path);
        // A folder that is reached by a link lies elsewhere as well.
        for part in from.ancestors().take_while(|part| *part != self.root) {
            let kind = fs_err::symlink_metadata(part)?;
            if kind.is_symlink() || (part == from && !kind.is_file()) {
                return Err(Error::Entry {
                    entry: path.to_owned(),
                    what_german: "eine Verknüpfung oder keine Datei; cp -rL legt einen Ordner ohne Verknüpfungen an",
                    what: "a link or no file; cp -rL makes a folder without links",
                });
            }
        }
        Ok(from)
    }
}
