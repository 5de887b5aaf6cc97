//! A new dictionary for a corpus that has grown.

use super::super::Shared;
use super::super::document::Document;
use super::super::fulltext::{FullText, Position};
use super::super::table::PassageTable;
use super::super::words::{Generation, WordsFolder};
use super::{Indexer, add_titles, mark};
use crate::Error;
use crate::analysis::compound::Counter;
use crate::catalogue::Version;
use crate::texts::Texts;
use std::sync::Arc;
use std::thread::JoinHandle;

/// While much is coming in, a dictionary serves until the corpus is so many times its size.
const GROWTH_WHILE_BUSY: u64 = 4;
/// At rest it is renewed from half as much again.
const GROWTH_AT_REST_HALVES: u64 = 3;
/// A smaller corpus changes too fast for its dictionary to matter.
const BYTES_MIN: u64 = 64 << 10;
/// Versions between two looks at whether the corpus is being closed.
const LOOK_EVERY: usize = 64;

/// A word field that is being built beside the one in use.
#[derive(Debug)]
pub(super) struct Rebuild {
    generation: Generation,
    thread: JoinHandle<Result<FullText, Error>>,
}

/// What a rebuild reads; as of the moment at which it began.
struct Corpus {
    versions: Vec<Arc<Version>>,
    table: PassageTable,
    texts: Arc<Texts>,
    position: Position,
    folder: Arc<WordsFolder>,
    shared: Arc<Shared>,
}

impl Indexer {
    /// Begins or ends a rebuild where it is time; true when another dictionary is in use now.
    pub(super) fn renew_dictionary(
        &mut self,
        shared: &Arc<Shared>,
        idle: bool,
    ) -> Result<bool, Error> {
        let Some(rebuild) = self.rebuild.take() else {
            let known = self.generation.bytes;
            let due = self.bytes >= known.saturating_mul(GROWTH_WHILE_BUSY)
                || (idle
                    && self.bytes.saturating_mul(2) >= known.saturating_mul(GROWTH_AT_REST_HALVES));
            if known > 0 && due && self.bytes >= BYTES_MIN {
                self.rebuild = Some(self.begin(shared)?);
            }
            return Ok(false);
        };
        if !rebuild.thread.is_finished() {
            self.rebuild = Some(rebuild);
            return Ok(false);
        }
        let field = rebuild.thread.join().map_err(|_| Error::IndexerStopped)??;
        self.adopt(rebuild.generation, field)?;
        Ok(true)
    }

    fn begin(&self, shared: &Arc<Shared>) -> Result<Rebuild, Error> {
        let generation = Generation { number: self.generation.number + 1, bytes: self.bytes };
        let entries = self.catalogue.position();
        let corpus = Corpus {
            versions: self.catalogue.versions().to_vec(),
            table: self.table.table().clone(),
            texts: Arc::clone(&self.texts),
            position: Position { entries, mark: mark(&self.journal, entries)? },
            folder: Arc::clone(&self.folder),
            shared: Arc::clone(shared),
        };
        tracing::info!(
            bytes = self.bytes,
            "word index is rebuilt with the dictionary of a grown corpus"
        );
        let path = self.folder.directory().to_owned();
        let thread = std::thread::Builder::new()
            .name("decrees-words".into())
            .spawn(move || corpus.build(generation))
            .map_err(crate::files::failed(&path))?;
        Ok(Rebuild { generation, thread })
    }

    /// Brings a new field up to date and puts it in the place of the old one.
    fn adopt(&mut self, generation: Generation, mut field: FullText) -> Result<(), Error> {
        let from = field.position().entries;
        for (index, version) in self.catalogue.versions().iter().enumerate() {
            if version.sequence >= from {
                add_version(&field, self.table.table(), &self.texts, (index, version))?;
            }
        }
        add_titles(&field, self.table.table(), self.catalogue.versions(), from, false)?;
        let entries = self.catalogue.position();
        field.commit(&Position { entries, mark: mark(&self.journal, entries)? })?;
        self.folder.adopt(generation)?;
        self.generation = generation;
        std::mem::replace(&mut self.words, field).delete()
    }
}

impl Corpus {
    fn build(self, generation: Generation) -> Result<FullText, Error> {
        let mut counter = Counter::default();
        for (index, version) in self.versions.iter().enumerate() {
            self.look(index)?;
            counter.add(&self.texts.read(version)?);
        }
        let mut field = self.folder.begin(generation, counter.dictionary())?;
        for version in self.versions.iter().enumerate() {
            self.look(version.0)?;
            add_version(&field, &self.table, &self.texts, version)?;
        }
        add_titles(&field, &self.table, &self.versions, 0, false)?;
        field.commit(&self.position)?;
        Ok(field)
    }

    fn look(&self, index: usize) -> Result<(), Error> {
        let closing = index.is_multiple_of(LOOK_EVERY) && self.shared.progress().closing;
        if closing { Err(Error::IndexerStopped) } else { Ok(()) }
    }
}

fn add_version(
    field: &FullText,
    table: &PassageTable,
    texts: &Texts,
    (index, version): (usize, &Arc<Version>),
) -> Result<(), Error> {
    let text = texts.read(version)?;
    for (passage, piece) in table.range(index).zip(table.pieces(index)) {
        field.add(passage, Document::new(&version.facts, &text, piece).text(), &[])?;
    }
    Ok(())
}
