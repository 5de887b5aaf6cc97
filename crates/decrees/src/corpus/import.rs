//! Taking files in: what is answered is in the journal, and on the disk.

use super::Corpus;
use crate::catalogue::Catalogue;
use crate::index::indexer::split_version;
use crate::metadata::Known;
use crate::record::{self, Record, VersionFacts};
use crate::running::without_running_lines;
use crate::{
    Content, DecreeId, Error, Field, Imported, Outcome, Reading, Refused, Source, VersionId,
    metadata,
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Entries and packed bytes that one sync carries.
const BATCH_ENTRIES: usize = 512;
const BATCH_BYTES: usize = 16 << 20;

/// Takes files in. Blocking: call it from a thread of its own, never from an async task.
#[derive(Clone, Debug)]
pub struct Importer {
    corpus: Corpus,
}

/// A file that is fit to be kept.
struct Prepared {
    facts: VersionFacts,
    text: String,
    entry: Vec<u8>,
    passages: u32,
}

impl Importer {
    pub(super) fn new(corpus: Corpus) -> Self {
        Self { corpus }
    }

    /// Takes one file. What it answers is durable. A file that is refused changes nothing.
    ///
    /// # Errors
    /// The outer error when the journal failed: nothing is held, and nothing more is taken. The
    /// inner one says why this file is refused.
    pub fn add(&self, source: Source) -> Result<Result<Imported, Refused>, Error> {
        let mut answers = self.add_all(vec![source])?;
        answers.pop().ok_or(Error::IndexerStopped)
    }

    /// Takes several files with one wait for the disk; answers in their order.
    ///
    /// # Errors
    /// As for [`Importer::add`]. Some of the first files may be held then; sending all again does
    /// no harm.
    pub fn add_all(&self, sources: Vec<Source>) -> Result<Vec<Result<Imported, Refused>>, Error> {
        let mut answers = Vec::with_capacity(sources.len());
        let mut batch = Vec::new();
        let mut bytes = 0;
        for source in sources {
            let prepared = self.prepare(source)?;
            bytes += prepared.as_ref().map_or(0, |prepared| prepared.entry.len());
            batch.push(prepared);
            if batch.len() >= BATCH_ENTRIES || bytes >= BATCH_BYTES {
                answers.extend(self.write(std::mem::take(&mut batch))?);
                bytes = 0;
            }
        }
        answers.extend(self.write(batch)?);
        Ok(answers)
    }

    /// Waits until everything that was acknowledged is found by searches. Vectors may follow.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn finish(&self) -> Result<(), Error> {
        self.corpus.inner.wait_visible()
    }

    /// Reads what can be known of a file by itself, and keeps its bytes.
    fn prepare(&self, source: Source) -> Result<Result<Prepared, Refused>, Error> {
        let inner = &self.corpus.inner;
        let (text, page_starts, bytes) = match source.content {
            Content::Text(text) => (text, Vec::new(), None),
            Content::Paper { paper, bytes } => {
                let (text, starts) = join_pages(&paper);
                (text, starts, Some(bytes))
            }
        };
        if let Err(refused) = check_size(&text, bytes.as_deref(), &inner.config) {
            return Ok(Err(refused));
        }
        let mut known = metadata::complete(source.metadata, &text, &source.filename);
        self.find_replaced(&mut known);
        let Known { metadata, readings, .. } = known;
        let (kind, decree_id) = match metadata::check(&metadata) {
            Ok(checked) => checked,
            Err(refused) => return Ok(Err(refused)),
        };
        let source_sha256 =
            hex::encode(Sha256::digest(bytes.as_deref().unwrap_or(text.as_bytes())));
        let facts = VersionFacts {
            version_id: record::version_id(
                &decree_id,
                &source_sha256,
                metadata.valid_from,
                metadata.valid_to,
            ),
            decree_id,
            title: metadata.title,
            kind,
            issuer: metadata.issuer,
            file_number: metadata.file_number,
            issued_on: metadata.issued_on,
            valid_from: metadata.valid_from,
            valid_to: metadata.valid_to,
            replaces: metadata.replaces,
            source_sha256,
            text_bytes: u32::try_from(text.len()).unwrap_or(u32::MAX),
            text_characters: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
            page_starts,
            readings,
        };
        // The file first: an entry in the journal never points to a file that is not there.
        if let Some(bytes) = &bytes {
            inner.files.keep(&facts.source_sha256, bytes)?;
        }
        let pieces = split_version(&facts, &text, inner.config.passage_characters_max);
        let passages = u32::try_from(pieces.len()).unwrap_or(u32::MAX);
        let record = Record::Version(facts.clone());
        let entry = record::encode(&record, &text)
            .map_err(crate::files::failed(&inner.config.directory))?;
        Ok(Ok(Prepared { facts, text, entry, passages }))
    }

    /// A decree that the paper names by its day alone is one of the same issuer, where there is exactly one.
    fn find_replaced(&self, known: &mut Known) {
        if known.replaced_on.is_empty() {
            return;
        }
        let head = self.corpus.inner.head();
        for (day, quote) in std::mem::take(&mut known.replaced_on) {
            let own = known.metadata.decree_id.as_str();
            let mut issued = head.issued(&known.metadata.issuer, day);
            issued.retain(|id| id.as_str() != own);
            let value = match issued.as_slice() {
                [one] => one.to_string(),
                _ => String::new(),
            };
            if !value.is_empty() && !known.metadata.replaces.contains(&value) {
                known.metadata.replaces.push(value.clone());
            }
            let percent = if value.is_empty() { Reading::NAMED } else { Reading::PATTERN };
            known.readings.push(Reading { field: Field::Replaces, value, quote, percent });
        }
    }

    /// Decides on a batch against what is held, and writes what is new.
    fn write(
        &self,
        batch: Vec<Result<Prepared, Refused>>,
    ) -> Result<Vec<Result<Imported, Refused>>, Error> {
        self.wait_for_room()?;
        let inner = &self.corpus.inner;
        let mut head = inner.head();
        // Nothing is applied before it is in the journal: if that fails, nothing is held.
        let mut staged = Staged::default();
        let mut answers = Vec::with_capacity(batch.len());
        for prepared in batch {
            answers.push(prepared.map(|prepared| staged.take(prepared, &head)));
        }
        if staged.entries.is_empty() {
            return Ok(answers);
        }
        let slices: Vec<&[u8]> = staged.entries.iter().map(Vec::as_slice).collect();
        let first = inner.journal.append(&slices).map_err(Error::Journal)?;
        for (sequence, facts) in (first..).zip(staged.facts) {
            head.apply(sequence, Record::Version(facts));
        }
        let acknowledged = head.position();
        inner.shared.note(|progress| {
            progress.acknowledged = acknowledged;
            progress.acknowledged_bytes += staged.bytes;
        });
        Ok(answers)
    }

    /// Waits while more is acknowledged than can be found soon.
    fn wait_for_room(&self) -> Result<(), Error> {
        let inner = &self.corpus.inner;
        let most = u64::try_from(inner.config.unindexed_bytes_max).unwrap_or(u64::MAX);
        loop {
            let progress = inner.shared.wait(|progress| {
                progress.failed
                    || progress.acknowledged_bytes.saturating_sub(progress.visible_bytes) <= most
            });
            if progress.failed {
                return Err(Error::IndexerStopped);
            }
            if progress.acknowledged_bytes.saturating_sub(progress.visible_bytes) <= most {
                return Ok(());
            }
        }
    }
}

/// New versions of a batch, before they are in the journal.
#[derive(Default)]
struct Staged {
    facts: Vec<VersionFacts>,
    entries: Vec<Vec<u8>>,
    bytes: u64,
    known: HashMap<DecreeId, Vec<VersionId>>,
}

impl Staged {
    /// Decides on a file against what is held and what came before it in the batch.
    fn take(&mut self, prepared: Prepared, head: &Catalogue) -> Imported {
        let (id, version) = (&prepared.facts.decree_id, &prepared.facts.version_id);
        let here = self.known.get(id);
        let outcome = if head.find(id, version).is_some()
            || here.is_some_and(|versions| versions.contains(version))
        {
            Outcome::Unchanged
        } else if here.is_some() || head.knows(id) {
            Outcome::NewVersion
        } else {
            Outcome::Added
        };
        let imported = imported(&prepared, outcome);
        if outcome != Outcome::Unchanged {
            self.known.entry(id.clone()).or_default().push(version.clone());
            self.bytes += u64::try_from(prepared.text.len()).unwrap_or(0);
            self.facts.push(prepared.facts);
            self.entries.push(prepared.entry);
        }
        imported
    }
}

fn imported(prepared: &Prepared, outcome: Outcome) -> Imported {
    let message = match outcome {
        Outcome::Unchanged => {
            "Diese Fassung liegt schon vor. / This version is already held.".to_owned()
        }
        Outcome::Added | Outcome::NewVersion => String::new(),
    };
    Imported {
        decree_id: prepared.facts.decree_id.clone(),
        version_id: prepared.facts.version_id.clone(),
        outcome,
        message,
        passages: prepared.passages,
        readings: prepared.facts.readings.clone(),
    }
}

/// The text of a paper without running heads and feet, a form feed between two pages, and where each
/// page starts.
fn join_pages(paper: &reading::Paper) -> (String, Vec<u32>) {
    // A format without pages has one page without a size: no page to cite.
    let paged = paper.pages.iter().any(|page| page.width > 0.0);
    let pages = without_running_lines(&paper.pages);
    let mut starts = Vec::new();
    let mut start = 0_u32;
    for page in &pages {
        starts.push(start);
        let characters = u32::try_from(page.chars().count()).unwrap_or(u32::MAX);
        start = start.saturating_add(characters).saturating_add(1);
    }
    (pages.join("\u{c}"), if paged { starts } else { Vec::new() })
}

fn check_size(text: &str, bytes: Option<&[u8]>, config: &crate::Config) -> Result<(), Refused> {
    // A section that was repealed may say no more than a dash; a file without a word is a scan.
    let empty = match bytes {
        None => text.trim().is_empty(),
        Some(_) => !text.chars().any(char::is_alphanumeric),
    };
    if empty {
        return Err(Refused {
            german: "Die Datei enthält keinen Text. Ist sie ein Scan, dann bitte mit \
                     Texterkennung neu erstellen."
                .into(),
            english: "The file holds no text. If it is a scan, recognise its text first.".into(),
        });
    }
    let too_large = |what: (&str, &str), actual: usize, most: usize| Refused {
        german: format!("{} hat {actual} Byte; höchstens {most} sind erlaubt.", what.0),
        english: format!("{} has {actual} bytes; at most {most} are allowed.", what.1),
    };
    if text.len() > config.text_bytes_max {
        let what = ("Der Text", "The text");
        return Err(too_large(what, text.len(), config.text_bytes_max));
    }
    match bytes {
        Some(bytes) if bytes.len() > config.file_bytes_max => {
            Err(too_large(("Die Datei", "The file"), bytes.len(), config.file_bytes_max))
        }
        Some(_) | None => Ok(()),
    }
}
