//! Archives carried in: what a model can need is unpacked, everything is looked at. No entry leaves
//! the folder, none is a link, and all counts have limits.

use super::{Error, Progress, files};
use std::collections::BTreeSet;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

/// Endings of archives.
pub(super) const ENDINGS: [&str; 4] = [".tar.gz", ".tgz", ".tar", ".zip"];

/// Entries of an archive, files and folders.
const ENTRIES_MAX: u64 = 10_000;
/// Bytes of all entries of an archive, whether they are unpacked or not.
const ARCHIVE_BYTES_MAX: u64 = files::BYTES_MAX;
/// Parts of an entry's path.
const DEPTH_MAX: usize = 6;
/// Bytes of an entry's name or of its extended header.
const HEADER_BYTES_MAX: u64 = 64 << 10;

/// Unpacks into `target`, which is there and empty; the names of all files.
pub(super) fn unpack(
    archive: &Path,
    target: &Path,
    progress: Progress<'_>,
) -> Result<BTreeSet<PathBuf>, Error> {
    let name = archive.to_string_lossy().to_ascii_lowercase();
    let file = BufReader::new(fs_err::File::open(archive)?);
    let mut sink = Sink { archive, target, progress, entries: 0, bytes: 0, names: BTreeSet::new() };
    if name.ends_with(".zip") {
        sink.zip(file)?;
    } else if name.ends_with(".tar") {
        sink.tar(file)?;
    } else if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        sink.tar(flate2::read::MultiGzDecoder::new(file))?;
    } else {
        return Err(Error::Source { path: archive.to_owned() });
    }
    Ok(sink.names)
}

/// Whether a model may need a file of this name; weights of other frameworks are left packed.
fn is_needed(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    matches!(ending, "json" | "safetensors" | "toml") || path.ends_with("README.md")
}

struct Sink<'a> {
    archive: &'a Path,
    target: &'a Path,
    progress: Progress<'a>,
    entries: u64,
    bytes: u64,
    names: BTreeSet<PathBuf>,
}

impl Sink<'_> {
    fn zip(&mut self, file: BufReader<fs_err::File>) -> Result<(), Error> {
        let broken = |error: zip::result::ZipError| self.broken(error);
        let mut archive = zip::ZipArchive::new(file).map_err(broken)?;
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).map_err(|error| self.broken(error))?;
            let kind = entry.unix_mode().map_or(0, |mode| mode & 0o170_000);
            let name = entry.name().map_err(|error| self.broken(error))?.into_owned();
            if !matches!(kind, 0 | 0o040_000 | 0o100_000) || entry.is_symlink() {
                return Err(link(&name));
            }
            let (is_folder, size) = (entry.is_dir(), entry.size());
            self.entry(&name, is_folder, size, &mut entry)?;
        }
        Ok(())
    }

    /// Headers are taken one by one, so that a long name is read only within its limit.
    fn tar(&mut self, reader: impl Read) -> Result<(), Error> {
        let mut archive = tar::Archive::new(reader);
        let mut long_name = None;
        for entry in archive.entries().map_err(|error| self.broken(error))?.raw(true) {
            let mut entry = entry.map_err(|error| self.broken(error))?;
            let (kind, size) = (entry.header().entry_type(), entry.size());
            let is_extension = kind.is_gnu_longname()
                || kind.is_pax_local_extensions()
                || kind.is_pax_global_extensions();
            if is_extension {
                self.count(0)?;
                if size > HEADER_BYTES_MAX {
                    return Err(Error::Limit { what: "Bytes (Name)", allowed: HEADER_BYTES_MAX });
                }
                let mut content = Vec::new();
                entry.read_to_end(&mut content).map_err(|error| self.broken(error))?;
                if kind.is_gnu_longname() {
                    let name = content.split(|byte| *byte == 0).next().unwrap_or_default();
                    long_name = Some(String::from_utf8_lossy(name).into_owned());
                } else if kind.is_pax_local_extensions() {
                    long_name = self.pax(&content)?.or(long_name);
                }
                continue;
            }
            let name = entry.path_bytes();
            let name =
                long_name.take().unwrap_or_else(|| String::from_utf8_lossy(&name).into_owned());
            if !(kind.is_file() || kind.is_contiguous() || kind.is_dir()) {
                return Err(link(&name));
            }
            self.entry(&name, kind.is_dir(), size, &mut entry)?;
        }
        Ok(())
    }

    /// The name in an extended header; a size there means a file beyond 8 GiB, and links none.
    fn pax(&self, content: &[u8]) -> Result<Option<String>, Error> {
        let mut name = None;
        for extension in tar::PaxExtensions::new(content) {
            let extension = extension.map_err(|error| self.broken(error))?;
            match extension.key_bytes() {
                b"path" => {
                    name = Some(String::from_utf8_lossy(extension.value_bytes()).into_owned());
                }
                b"size" => return Err(Error::Limit { what: "GiB (Datei / file)", allowed: 8 }),
                _ => {}
            }
        }
        Ok(name)
    }

    fn count(&mut self, bytes: u64) -> Result<(), Error> {
        self.entries += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.entries > ENTRIES_MAX {
            return Err(Error::Limit { what: "Einträge / entries", allowed: ENTRIES_MAX });
        }
        if self.bytes > ARCHIVE_BYTES_MAX {
            return Err(Error::Limit { what: "Bytes", allowed: ARCHIVE_BYTES_MAX });
        }
        Ok(())
    }

    fn entry(
        &mut self,
        name: &str,
        is_folder: bool,
        size: u64,
        content: &mut dyn Read,
    ) -> Result<(), Error> {
        self.count(size)?;
        let path = inside(name)?;
        if is_folder || path.as_os_str().is_empty() {
            return Ok(());
        }
        if is_needed(&path) {
            let left = files::BYTES_MAX.min(size);
            let to = self.target.join(&path);
            if to.exists() {
                let (what_german, what) = ("zweimal im Archiv", "twice in the archive");
                return Err(Error::Entry { entry: name.to_owned(), what_german, what });
            }
            let copied = files::copy_new(content, &to, left, self.progress);
            // What is wrong while unpacking is the archive's fault, and is said so.
            let written = copied.map_err(|error| {
                if let Error::File(source) = error { self.broken(source) } else { error }
            })?;
            if written != size {
                return Err(self.broken(std::io::Error::from(ErrorKind::UnexpectedEof)));
            }
        }
        self.names.insert(path);
        Ok(())
    }

    fn broken(&self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::Archive { path: self.archive.to_owned(), source: Box::new(source) }
    }
}

fn link(name: &str) -> Error {
    let (what_german, what) = ("eine Verknüpfung oder Gerätedatei", "a link or a device");
    Error::Entry { entry: name.to_owned(), what_german, what }
}

/// The path below the target; refuses what would lead elsewhere.
fn inside(name: &str) -> Result<PathBuf, Error> {
    let refuse = || {
        let (what_german, what) =
            ("der Pfad führt aus dem Ordner oder ist zu tief", "its path leads out or is too deep");
        let entry = name.chars().filter(|letter| !letter.is_control()).take(200).collect();
        Error::Entry { entry, what_german, what }
    };
    if name.contains(['\0', '\\']) || name.starts_with('/') {
        return Err(refuse());
    }
    let mut path = PathBuf::new();
    for part in Path::new(name).components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(refuse());
            }
        }
    }
    if path.components().count() > DEPTH_MAX { Err(refuse()) } else { Ok(path) }
}
