//! The watched folder: what an office puts there is imported while the appliance runs. Nothing in it is moved,
//! changed or deleted.
//!
//! A file is taken once it has settled: the same size and time of change in two looks one after the other. What
//! was taken is remembered by name, size, time and SHA-256, so that neither a restart nor a copy under another
//! name reads it again; whatever is read twice all the same, the corpus answers as unchanged.

mod folder;
mod list;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use audit::{Entry, Kind, Log};
use decrees::{Corpus, Outcome, Refused, Source, intake};
use futures_util::{StreamExt, stream};
use reading::Reader;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::serve::Clock;
use folder::{Seen, Stamp};
pub use list::{Listed, Report, Told, read};

/// Who imports, in the records.
const CALLER: &str = "watched-folder";
/// Files read side by side, and imported and noted together.
const FILES_AT_A_TIME: usize = 4;
const BATCH_FILES: usize = 32;
/// Results that are kept of one archive.
const TOLD_MAX: usize = 1_000;

/// What the watcher knows, for whoever shows it. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Watched(Arc<Mutex<Report>>);

impl Watched {
    /// As of the last look; none where no folder is watched.
    #[must_use]
    pub fn report(&self) -> Option<Report> {
        let report = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (!report.folder.as_os_str().is_empty()).then(|| report.clone())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Report) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Looks at the folder and imports.
pub(crate) struct Watcher {
    pub(crate) watched: Watched,
    pub(crate) folder: std::path::PathBuf,
    /// Where the list is kept.
    pub(crate) list: std::path::PathBuf,
    pub(crate) interval: Duration,
    pub(crate) file_bytes_max: u64,
    pub(crate) reader: Reader,
    pub(crate) corpus: Corpus,
    pub(crate) log: Log,
    pub(crate) clock: Clock,
}

/// What a file or a part of it came to, with its name.
type Read = (String, Result<Source, Refused>);

/// A file as far as one comes without the corpus. What is in an archive is read later and by and by, so that
/// it never lies in memory all at once.
struct Opened {
    seen: Seen,
    sha256: String,
    read: Vec<Read>,
    unread: Vec<intake::Piece>,
}

impl Watcher {
    /// Watches until `stop`.
    pub(crate) async fn watch(self, stop: CancellationToken) {
        let report = match list::load(&self.list, &self.folder) {
            Ok(report) => report,
            Err(error) => {
                tracing::warn!(%error, "the list of the watched folder cannot be read and begins anew");
                Report::of(&self.folder)
            }
        };
        self.watched.change(|known| *known = report);
        let mut before: HashMap<String, Stamp> = HashMap::new();
        let mut ticks = tokio::time::interval(self.interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            before = self.look(before, &stop).await;
        }
    }

    /// One look: what has settled since the one before is taken. What was seen.
    async fn look(
        &self,
        before: HashMap<String, Stamp>,
        stop: &CancellationToken,
    ) -> HashMap<String, Stamp> {
        let folder = self.folder.clone();
        let walked = tokio::task::spawn_blocking(move || folder::walk(&folder)).await;
        let now = (self.clock)();
        let found = match walked {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => {
                self.problem(error.to_string()).await;
                return before;
            }
            Err(error) => {
                self.problem(error.to_string()).await;
                return before;
            }
        };
        let known =
            |seen: &Seen| self.watched.change(|report| report.knows(&seen.name, seen.stamp));
        let settled = |seen: &Seen| before.get(&seen.name) == Some(&seen.stamp);
        let new: Vec<Seen> = found.files.iter().filter(|seen| !known(seen)).cloned().collect();
        let due: Vec<Seen> = new.iter().filter(|seen| settled(seen)).cloned().collect();
        let changed = self.watched.change(|report| {
            let before = (report.files, report.waiting, report.problem.take());
            report.looked_at_s = seconds(now);
            report.files = found.files.len();
            report.waiting = new.len();
            report.problem.clone_from(&found.problem);
            before != (report.files, report.waiting, report.problem.clone())
        });
        if changed && let Err(error) = self.save().await {
            tracing::error!(%error, "the list of the watched folder could not be kept");
        }
        for batch in due.chunks(BATCH_FILES) {
            if stop.is_cancelled() {
                break;
            }
            if let Err(error) = self.take(batch).await {
                tracing::error!(%error, "the watched folder could not be imported; it is tried again");
                self.problem(error).await;
                break;
            }
        }
        found.files.into_iter().map(|seen| (seen.name, seen.stamp)).collect()
    }

    async fn problem(&self, text: String) {
        let now = seconds((self.clock)());
        let changed = self.watched.change(|report| {
            report.looked_at_s = now;
            report.problem.replace(text.clone()).as_deref() != Some(&text)
        });
        if changed {
            tracing::warn!(problem = text, "the watched folder cannot be looked at in full");
            if let Err(error) = self.save().await {
                tracing::error!(%error, "the list of the watched folder could not be kept");
            }
        }
    }

    /// Imports some files and notes what became of each: in the corpus first, then in the log, then in the list.
    async fn take(&self, batch: &[Seen]) -> Result<(), String> {
        let opened: Vec<Option<Result<Opened, Listed>>> = stream::iter(batch.to_vec())
            .map(|seen| self.open(seen))
            .buffered(FILES_AT_A_TIME)
            .collect()
            .await;
        for opened in opened.into_iter().flatten() {
            let listed = match opened {
                // Two of the same bytes may have been read side by side.
                Ok(opened) => match self.twin(&opened.seen, &opened.sha256) {
                    Some(listed) => listed,
                    None => self.import(opened).await?,
                },
                Err(listed) => listed,
            };
            self.watched.change(|report| report.note(listed));
        }
        self.watched.change(|report| report.waiting = report.waiting.saturating_sub(batch.len()));
        self.save().await
    }

    async fn save(&self) -> Result<(), String> {
        let (path, report) = (self.list.clone(), self.watched.change(|report| report.clone()));
        let saved = tokio::task::spawn_blocking(move || list::save(&path, &report)).await;
        saved.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }

    /// What is to be noted of a file whose bytes were taken under another name.
    fn twin(&self, seen: &Seen, sha256: &str) -> Option<Listed> {
        let twin = self.watched.change(|report| report.twin(&seen.name, sha256))?;
        let told = Told::twin(&seen.name, &twin);
        let now = seconds((self.clock)());
        Some(Listed::new(seen.clone(), sha256.to_owned(), now, vec![told]))
    }

    /// Reads a file; nothing where it changes under the reading, and what is to be noted where there is nothing
    /// to import.
    async fn open(&self, seen: Seen) -> Option<Result<Opened, Listed>> {
        let now = seconds((self.clock)());
        if seen.stamp.bytes > self.file_bytes_max {
            let told = Told::refused(
                &seen.name,
                format!(
                    "Die Datei hat {0} Byte; höchstens {1} sind erlaubt. / The file has {0} bytes; at most {1} are allowed.",
                    seen.stamp.bytes, self.file_bytes_max
                ),
            );
            return Some(Err(Listed::new(seen, String::new(), now, vec![told])));
        }
        let (folder, wanted) = (self.folder.clone(), seen.clone());
        let read = tokio::task::spawn_blocking(move || folder::read(&folder, &wanted)).await;
        let bytes = match read {
            Ok(Ok(Some(bytes))) => bytes,
            // It changed; the next look sees it again.
            Ok(Ok(None)) => return None,
            Ok(Err(error)) => {
                let why = format!(
                    "Die Datei lässt sich nicht öffnen. / The file cannot be opened. ({error})"
                );
                let told = Told::refused(&seen.name, why);
                return Some(Err(Listed::new(seen, String::new(), now, vec![told])));
            }
            Err(_) => return None,
        };
        let sha256 = hex::encode(Sha256::digest(&bytes));
        if let Some(listed) = self.twin(&seen, &sha256) {
            return Some(Err(listed));
        }
        let pieces =
            match intake::open(&self.reader, &seen.name, bytes, decrees::Metadata::default()).await
            {
                Ok(pieces) => pieces,
                Err(reason) => {
                    let told = Told::refused(&seen.name, reason.to_string());
                    return Some(Err(Listed::new(seen, sha256, now, vec![told])));
                }
            };
        let (read, unread) = match <[intake::Piece; 1]>::try_from(pieces) {
            Ok([piece]) => (vec![self.read(piece).await], Vec::new()),
            Err(pieces) => (Vec::new(), pieces),
        };
        Some(Ok(Opened { seen, sha256, read, unread }))
    }

    async fn read(&self, piece: intake::Piece) -> Read {
        (piece.filename.clone(), piece.read(&self.reader).await)
    }

    async fn import(&self, opened: Opened) -> Result<Listed, String> {
        let Opened { seen, sha256, read, unread } = opened;
        let mut told = self.add(read).await?;
        let reading = stream::iter(unread).map(|piece| self.read(piece)).buffered(FILES_AT_A_TIME);
        let mut batches = std::pin::pin!(reading.chunks(BATCH_FILES));
        while let Some(batch) = batches.next().await {
            told.extend(self.add(batch).await?);
        }
        if told.len() > TOLD_MAX {
            told.sort_by_key(|told| told.outcome != "refused");
            told.truncate(TOLD_MAX);
        }
        Ok(Listed::new(seen, sha256, seconds((self.clock)()), told))
    }

    /// Imports what was read and records what is new.
    async fn add(&self, read: Vec<Read>) -> Result<Vec<Told>, String> {
        let importer = self.corpus.importer();
        let (names, read): (Vec<String>, Vec<Result<Source, Refused>>) = read.into_iter().unzip();
        let importing = move || {
            let (mut sources, mut refusals) = (Vec::new(), Vec::new());
            for one in read {
                match one {
                    Ok(source) => {
                        sources.push(source);
                        refusals.push(None);
                    }
                    Err(refused) => refusals.push(Some(refused)),
                }
            }
            let mut imported = importer.add_all(sources)?.into_iter();
            // What the list tells of as taken is found.
            importer.finish()?;
            let outcomes = refusals.into_iter().map(|refusal| match refusal {
                None => imported.next().ok_or(decrees::Error::IndexerStopped),
                Some(refused) => Ok(Err(refused)),
            });
            outcomes.collect::<Result<Vec<_>, _>>()
        };
        let outcomes = tokio::task::spawn_blocking(importing)
            .await
            .map_err(|error| error.to_string())?
            .map_err(|error| format!("{:#}", anyhow::Error::new(error)))?;
        let mut told = Vec::new();
        for (name, outcome) in names.iter().zip(outcomes) {
            match outcome {
                Ok(imported) => {
                    if imported.outcome != Outcome::Unchanged {
                        self.record(&imported).await?;
                    }
                    told.push(Told::imported(name, &imported));
                }
                Err(refused) => told.push(Told::refused(name, refused.to_string())),
            }
        }
        Ok(told)
    }

    async fn record(&self, imported: &decrees::Imported) -> Result<(), String> {
        let entry = Entry {
            kind: Kind::Change,
            caller: CALLER.to_owned(),
            method: "appliance/import-watched".to_owned(),
            outcome: "OK".to_owned(),
            corpus_version: self.corpus.stats().corpus_version,
            facts: [
                ("version".to_owned(), imported.version_id.to_string()),
                ("passages".to_owned(), imported.passages.to_string()),
            ]
            .into(),
            ..Entry::default()
        };
        self.log.commit(entry, ()).await.map(|_| ()).map_err(|error| error.to_string())
    }
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
