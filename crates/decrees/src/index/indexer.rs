//! The thread that follows the journal and brings passages and full text up to it.
//!
//! Table, word field and n-gram field each carry their own position, so whatever an interruption
//! left behind is caught up separately: an entry goes only where it is not in yet.

mod rebuild;

use super::fulltext::{FullText, Parameters, Position, Setup};
use super::table::{PassageTable, TableFile};
use super::words::{Generation, WordsFolder};
use super::{Lexical, Shared};
use crate::analysis::compound::Counter;
use crate::analysis::{ANALYSIS_VERSION, gram_analyzer};
use crate::catalogue::{Catalogue, Version};
use crate::files::{failed, write_durably};
use crate::index::document::Document;
use crate::passages::{Piece, Rules, SPLIT_VERSION, split};
use crate::record::{self, Record, VersionFacts};
use crate::texts::Texts;
use crate::{Config, Error};
use fs_err as fs;
use journal::Journal;
use rebuild::Rebuild;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;

const GRAM_PARAMETERS: Parameters = Parameters { k1: 0.9, b: 0.5 };
/// Text and entries of one step; what is larger would be found too late.
const STEP_BYTES: usize = 8 << 20;
const STEP_ENTRIES: usize = 8_192;

/// Everything that full text needs, up to some entry of the journal.
#[derive(Debug)]
pub(crate) struct Indexer {
    journal: Journal,
    texts: Arc<Texts>,
    passage_characters_max: usize,
    catalogue: Catalogue,
    table: TableFile,
    folder: Arc<WordsFolder>,
    generation: Generation,
    words: FullText,
    grams: FullText,
    rebuild: Option<Rebuild>,
    /// Text of all versions.
    bytes: u64,
}

/// A version that some part of the index lacks.
struct Missing {
    ordinal: u32,
    version: Arc<Version>,
    text: String,
}

impl Indexer {
    /// Opens what is there. Call [`Indexer::step`] until it says that nothing is left.
    pub(crate) fn open(
        config: &Config,
        journal: Journal,
        texts: Arc<Texts>,
    ) -> Result<Self, Error> {
        let directory = &config.index_directory;
        begin_anew_if_other(config)?;
        let folder = Arc::new(WordsFolder::new(config));
        let grams = || {
            FullText::open(Setup {
                directory: &directory.join("grams"),
                analyzer: gram_analyzer(),
                parameters: GRAM_PARAMETERS,
                writer_bytes: config.writer_bytes,
            })
        };
        let (mut generation, mut words) = folder.open()?;
        let mut gram_field = grams()?;
        let table_path = directory.join("passages.bin");
        let table = TableFile::open(&table_path)?;
        let sound = [words.position(), gram_field.position()].into_iter().all(|position| {
            position.entries == 0
                || mark(&journal, position.entries).is_ok_and(|mark| mark == position.mark)
        });
        let table = if sound && table.position() <= journal.len() {
            table
        } else {
            tracing::warn!("index does not belong to this journal: it is rebuilt");
            words.delete()?;
            gram_field.delete()?;
            drop(table);
            delete_all(directory)?;
            write_fingerprint(config)?;
            (generation, words) = folder.open()?;
            gram_field = grams()?;
            TableFile::open(&table_path)?
        };
        Ok(Self {
            journal,
            texts,
            passage_characters_max: config.passage_characters_max,
            catalogue: Catalogue::default(),
            table,
            folder,
            generation,
            words,
            grams: gram_field,
            rebuild: None,
            bytes: 0,
        })
    }

    /// Takes in the next entries. False when there were none.
    pub(crate) fn step(&mut self) -> Result<bool, Error> {
        let from = self.catalogue.position();
        if from >= self.journal.len() {
            return Ok(false);
        }
        let missing = self.read_entries(from)?;
        if self.generation.bytes == 0 && !missing.is_empty() {
            self.first_dictionary(&missing)?;
        }
        let indexed = self.words.position().entries.min(self.grams.position().entries);
        let retitled = self.catalogue.versions().iter().any(|v| v.titled_since(indexed));
        if retitled || !missing.is_empty() {
            self.add(&missing)?;
        }
        Ok(true)
    }

    /// Reads facts into the catalogue, and texts where some part of the index lacks them.
    fn read_entries(&mut self, from: u64) -> Result<Vec<Missing>, Error> {
        let complete = self
            .table
            .position()
            .min(self.words.position().entries)
            .min(self.grams.position().entries);
        let mut missing = Vec::new();
        let mut bytes = 0;
        for entry in self.journal.entries(from) {
            let (sequence, entry) = entry.map_err(Error::Journal)?;
            let record = record::decode(sequence, &entry)?;
            let text = match &record {
                Record::Version(facts) => {
                    self.bytes += u64::from(facts.text_bytes);
                    let lacking = sequence >= complete;
                    lacking.then(|| record::decode_text(sequence, &entry, facts)).transpose()?
                }
                Record::Withdrawal(_) | Record::Correction(_) => None,
            };
            self.catalogue.apply(sequence, record);
            if let (Some(text), Some(version)) = (text, self.catalogue.versions().last()) {
                let ordinal =
                    u32::try_from(self.catalogue.versions().len() - 1).unwrap_or(u32::MAX);
                bytes += text.len();
                missing.push(Missing { ordinal, version: Arc::clone(version), text });
            }
            if bytes >= STEP_BYTES || missing.len() >= STEP_ENTRIES {
                break;
            }
        }
        Ok(missing)
    }

    /// The first texts of a corpus give its first dictionary.
    fn first_dictionary(&mut self, missing: &[Missing]) -> Result<(), Error> {
        let mut counter = Counter::default();
        missing.iter().for_each(|missing| counter.add(&missing.text));
        let bytes = missing.iter().map(|missing| missing.text.len()).sum::<usize>();
        let generation = Generation {
            number: self.generation.number + 1,
            bytes: u64::try_from(bytes).unwrap_or(u64::MAX).max(1),
        };
        self.words = self.folder.begin(generation, counter.dictionary())?;
        self.folder.adopt(generation)?;
        self.generation = generation;
        Ok(())
    }

    fn add(&mut self, missing: &[Missing]) -> Result<(), Error> {
        let (words_from, grams_from) =
            (self.words.position().entries, self.grams.position().entries);
        for Missing { ordinal, version, text } in missing {
            let Version { facts, sequence, .. } = version.as_ref();
            if *sequence >= self.table.position() {
                self.table
                    .push(*sequence, split_version(facts, text, self.passage_characters_max))?;
            }
            let index = usize::try_from(*ordinal).unwrap_or(usize::MAX);
            let range = self.table.table().range(index);
            for (passage, piece) in range.zip(self.table.table().pieces(index)) {
                let document = Document::new(facts, text, piece);
                if *sequence >= words_from {
                    self.words.add(passage, document.text(), &[])?;
                }
                if *sequence >= grams_from {
                    self.grams.add(passage, document.text(), &document.norms())?;
                }
            }
        }
        for (field, from, norms) in
            [(&self.words, words_from, false), (&self.grams, grams_from, true)]
        {
            add_titles(field, self.table.table(), self.catalogue.versions(), from, norms)?;
        }
        let entries = self.catalogue.position();
        let position = Position { entries, mark: mark(&self.journal, entries)? };
        std::thread::scope(|scope| {
            // Never back: what a field is ahead of the other by would go in twice.
            let grams = scope
                .spawn(|| if entries > grams_from { self.grams.commit(&position) } else { Ok(()) });
            let words = if entries > words_from { self.words.commit(&position) } else { Ok(()) };
            grams.join().map_err(|_| Error::IndexerStopped)?.and(words)
        })
    }

    /// What searches may see.
    pub(crate) fn lexical(&self) -> Result<Lexical, Error> {
        let table = self.table.table().clone();
        let passages = usize::try_from(table.len()).unwrap_or(usize::MAX);
        Ok(Lexical {
            words: self.words.view(passages)?,
            grams: self.grams.view(passages)?,
            catalogue: self.catalogue.clone(),
            table,
        })
    }

    /// Follows the journal until the corpus is closed.
    pub(crate) fn run(mut self, shared: &Arc<Shared>) {
        loop {
            let progress = shared
                .wait(|progress| progress.closing || progress.acknowledged > progress.visible);
            if progress.closing {
                return;
            }
            if let Err(error) = self.follow(shared) {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "index of the decrees is no longer kept up to date; a restart rebuilds what is missing"
                );
                shared.note(|progress| progress.failed = true);
                return;
            }
        }
    }

    fn follow(&mut self, shared: &Arc<Shared>) -> Result<(), Error> {
        if self.step()? {
            self.publish(shared)?;
        }
        let idle = self.catalogue.position() >= self.journal.len();
        if self.renew_dictionary(shared, idle)? {
            self.publish(shared)?;
        }
        Ok(())
    }

    fn publish(&self, shared: &Shared) -> Result<(), Error> {
        let lexical = Arc::new(self.lexical()?);
        let visible = lexical.catalogue.position();
        let bytes = self.bytes;
        shared.publish(|snapshot| snapshot.lexical = lexical);
        shared.note(|progress| {
            progress.visible = visible;
            progress.visible_bytes = bytes;
        });
        Ok(())
    }

    /// Text of all versions.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Adds the titles that were corrected by entries from `from` on: the title as imported stays
/// searchable beside the corrected one.
fn add_titles(
    field: &FullText,
    table: &PassageTable,
    versions: &[Arc<Version>],
    from: u64,
    with_norms: bool,
) -> Result<(), Error> {
    for (index, version) in versions.iter().enumerate() {
        if !version.titled_since(from) {
            continue;
        }
        for (passage, piece) in table.range(index).zip(table.pieces(index)) {
            let document = Document::of_title(version.current(), piece);
            let norms = if with_norms { document.norms() } else { Vec::new() };
            field.add(passage, document.text(), &norms)?;
        }
    }
    Ok(())
}

/// The passages of a version.
pub(crate) fn split_version(facts: &VersionFacts, text: &str, characters_max: usize) -> Vec<Piece> {
    split(text, Rules { title: &facts.title, page_starts: &facts.page_starts, characters_max })
}

/// Tells the last of the first `entries` entries from the same one of another journal.
fn mark(journal: &Journal, entries: u64) -> Result<String, Error> {
    let last = entries.checked_sub(1).ok_or(Error::IndexerStopped)?;
    let entry = journal.read(last).map_err(Error::Journal)?;
    let digest = hex::encode(Sha256::digest(&entry));
    Ok(digest.get(..16).unwrap_or(&digest).to_owned())
}

/// What an index has to be built by to be of use.
fn fingerprint(config: &Config) -> String {
    format!(
        "analysis {ANALYSIS_VERSION}, passages {SPLIT_VERSION} of {}\n",
        config.passage_characters_max
    )
}

fn begin_anew_if_other(config: &Config) -> Result<(), Error> {
    let directory = &config.index_directory;
    fs::create_dir_all(directory).map_err(failed(directory))?;
    let known = fs::read_to_string(directory.join("built-by.txt")).ok();
    if known.as_deref() == Some(&fingerprint(config)) {
        return Ok(());
    }
    delete_all(directory)?;
    write_fingerprint(config)
}

fn write_fingerprint(config: &Config) -> Result<(), Error> {
    write_durably(&config.index_directory.join("built-by.txt"), fingerprint(config).as_bytes())
}

/// Deletes what this module made, and nothing else that lies there.
fn delete_all(directory: &Path) -> Result<(), Error> {
    for folder in ["words", "grams", "dense"] {
        let path = directory.join(folder);
        if path.exists() {
            fs::remove_dir_all(&path).map_err(failed(&path))?;
        }
    }
    for file in ["passages.bin", "built-by.txt"] {
        let path = directory.join(file);
        if path.exists() {
            fs::remove_file(&path).map_err(failed(&path))?;
        }
    }
    Ok(())
}
