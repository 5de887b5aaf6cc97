//! What was taken from the watched folder, and what became of it: one file in the data folder, which the console
//! and `amtshilfe decrees watched` show.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use decrees::{Imported, Outcome};
use serde::{Deserialize, Serialize};

use super::folder::{Seen, Stamp};
use crate::durable_file::{self, Readable};

/// Files that are remembered; the ones noted first are forgotten first.
const LISTED_MAX: usize = 100_000;
/// Largest list that is read.
const LIST_BYTES_MAX: u64 = 512 << 20;

/// The watched folder as of the last look.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Report {
    /// Which folder.
    pub folder: PathBuf,
    /// When it was looked at last, in seconds since 1970; 0: not yet.
    pub looked_at_s: u64,
    /// Files with a known ending in it.
    pub files: usize,
    /// Those that are to be imported once they have settled.
    pub waiting: usize,
    /// Why not everything could be looked at or imported.
    pub problem: Option<String>,
    /// What was taken, by the path below the folder.
    pub taken: BTreeMap<String, Listed>,
}

/// A file that was taken.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Listed {
    /// Its path below the folder.
    pub name: String,
    stamp: Stamp,
    /// Of its bytes; empty where they were not read.
    pub sha256: String,
    /// When, in seconds since 1970.
    pub at_s: u64,
    /// What became of it, one for each file in it.
    pub told: Vec<Told>,
}

/// What became of a file.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Its name, `ARCHIVE/NAME` where it was inside another.
    pub filename: String,
    /// `added`, `new_version`, `unchanged` or `refused`.
    pub outcome: String,
    /// Its decree, where it is one.
    pub decree_id: String,
    /// Why it was refused, or another remark; German first.
    pub message: String,
}

impl Told {
    pub(super) fn imported(filename: &str, imported: &Imported) -> Told {
        let outcome = match imported.outcome {
            Outcome::Added => "added",
            Outcome::NewVersion => "new_version",
            Outcome::Unchanged => "unchanged",
        };
        Told {
            filename: filename.to_owned(),
            outcome: outcome.to_owned(),
            decree_id: imported.decree_id.to_string(),
            message: imported.message.clone(),
        }
    }

    pub(super) fn refused(filename: &str, why: String) -> Told {
        Told {
            filename: filename.to_owned(),
            outcome: "refused".to_owned(),
            decree_id: String::new(),
            message: why,
        }
    }

    pub(super) fn twin(filename: &str, twin: &str) -> Told {
        Told {
            filename: filename.to_owned(),
            outcome: "unchanged".to_owned(),
            decree_id: String::new(),
            message: format!("Gleicher Inhalt wie {twin} / same content as {twin}"),
        }
    }
}

impl Listed {
    pub(super) fn new(seen: Seen, sha256: String, at_s: u64, told: Vec<Told>) -> Listed {
        Listed { name: seen.name, stamp: seen.stamp, sha256, at_s, told }
    }

    /// Whether a file in it was refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.told.iter().any(|told| told.outcome == "refused")
    }
}

impl Report {
    pub(super) fn of(folder: &Path) -> Report {
        Report { folder: folder.to_owned(), ..Report::default() }
    }

    pub(super) fn knows(&self, name: &str, stamp: Stamp) -> bool {
        self.taken.get(name).is_some_and(|listed| listed.stamp == stamp)
    }

    /// A file of the same bytes of which everything was taken. What was refused is tried again under its new
    /// name: the reader may have learned since.
    pub(super) fn twin(&self, name: &str, sha256: &str) -> Option<String> {
        let twin = |listed: &&Listed| listed.sha256 == sha256 && !listed.is_refused();
        // The file itself where only its time of change is another.
        let own = self.taken.get(name).filter(twin);
        own.or_else(|| self.taken.values().find(twin)).map(|listed| listed.name.clone())
    }

    pub(super) fn note(&mut self, listed: Listed) {
        self.taken.insert(listed.name.clone(), listed);
        if self.taken.len() > LISTED_MAX {
            let oldest = self.taken.values().min_by_key(|listed| listed.at_s);
            if let Some(name) = oldest.map(|listed| listed.name.clone()) {
                self.taken.remove(&name);
            }
        }
    }
}

/// The list as it was kept; an empty one where there is none, or it is of another folder. What was refused is
/// forgotten, so that a restart tries it again: text recognition may be there now.
pub(super) fn load(path: &Path, folder: &Path) -> io::Result<Report> {
    let mut report = read(path)?.filter(|report| report.folder == folder);
    if let Some(report) = &mut report {
        report.taken.retain(|_, listed| !listed.is_refused());
    }
    Ok(report.unwrap_or_else(|| Report::of(folder)))
}

/// The list in a data folder; none where nothing was taken yet.
pub fn read(path: &Path) -> io::Result<Option<Report>> {
    if !path.exists() {
        return Ok(None);
    }
    if fs_err::metadata(path)?.len() > LIST_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the list is not one of ours"));
    }
    serde_json::from_slice(&fs_err::read(path)?).map(Some).map_err(io::Error::other)
}

pub(super) fn save(path: &Path, report: &Report) -> io::Result<()> {
    let text = serde_json::to_vec(report).map_err(io::Error::other)?;
    durable_file::write(path, &text, Readable::ByOwner)
}
