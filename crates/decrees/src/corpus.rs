//! The corpus: import, versions, search.

use crate::{
    Clock, Config, Day, DecreeId, DecreeText, DecreeVersion, Error, Imported, Refused,
    SearchAnswer, SearchRequest, Source, VersionId, VersionPage,
};
use inference::Engine;

/// The legal memory of an office. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Corpus {}

/// How much a corpus holds, as searches see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorpusStats {
    /// Grows with every change; the same number means the same answers.
    pub corpus_version: u64,
    /// Decrees.
    pub decrees: u64,
    /// Their versions.
    pub versions: u64,
    /// Citable pieces of all versions.
    pub passages: u64,
    /// Passages that dense search does not see yet.
    pub passages_awaiting_embedding: u64,
}

/// Which version of a decree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// In force today.
    Today,
    /// In force on a day.
    AsOf(Day),
    /// This one.
    Version(VersionId),
}

/// Takes files in. Blocking: call it from a thread of its own, never from an async task.
#[derive(Clone, Debug)]
pub struct Importer {}

impl Corpus {
    /// Opens the corpus, replays its journal, and rebuilds what is missing of the index.
    ///
    /// # Errors
    /// When the journal cannot be read, or the index cannot be written.
    pub fn open(_config: Config, _engine: Engine, _clock: Clock) -> Result<Self, Error> {
        Err(Error::IndexerStopped)
    }

    /// Takes files in.
    #[must_use]
    pub fn importer(&self) -> Importer {
        Importer {}
    }

    /// Finds passages.
    ///
    /// # Errors
    /// When the request is not sound, or the engine refuses the query.
    #[expect(clippy::unused_async, reason = "embeds the query through the engine")]
    pub async fn search(&self, _request: SearchRequest) -> Result<SearchAnswer, Error> {
        Err(Error::IndexerStopped)
    }

    /// A version with its text from character `start` up to `end`; 0 means to the end.
    ///
    /// # Errors
    /// When there is no such decree, version, or none in force on the day.
    pub fn decree(
        &self,
        id: &DecreeId,
        _which: &Which,
        _start: u32,
        _end: u32,
    ) -> Result<DecreeText, Error> {
        Err(Error::UnknownDecree { id: id.clone() })
    }

    /// Versions of a decree, newest first, `page_size` at a time (0: 100).
    ///
    /// # Errors
    /// When there is no such decree, or the token is none of ours.
    pub fn versions(
        &self,
        id: &DecreeId,
        _page_size: usize,
        _page_token: &str,
    ) -> Result<VersionPage, Error> {
        Err(Error::UnknownDecree { id: id.clone() })
    }

    /// Ends a decree's validity after `valid_to`. Durable and visible when it returns. Blocking.
    ///
    /// # Errors
    /// When there is no such decree, or the journal fails.
    pub fn withdraw(
        &self,
        id: &DecreeId,
        _valid_to: Day,
        _replaced_by: Option<DecreeId>,
    ) -> Result<DecreeVersion, Error> {
        Err(Error::UnknownDecree { id: id.clone() })
    }

    /// How much the corpus holds.
    #[must_use]
    pub fn stats(&self) -> CorpusStats {
        CorpusStats {
            corpus_version: 0,
            decrees: 0,
            versions: 0,
            passages: 0,
            passages_awaiting_embedding: 0,
        }
    }

    /// Today in Europe/Berlin.
    #[must_use]
    pub fn today(&self) -> Day {
        Day::at(std::time::SystemTime::UNIX_EPOCH)
    }
}

impl Importer {
    /// Takes one file. What it answers is durable. A file that is refused changes nothing.
    ///
    /// # Errors
    /// The outer error when the journal failed: nothing is held, and nothing more is taken. The
    /// inner one says why this file is refused.
    pub fn add(&self, _source: Source) -> Result<Result<Imported, Refused>, Error> {
        Err(Error::IndexerStopped)
    }

    /// Takes several files with one wait for the disk; answers in their order.
    ///
    /// # Errors
    /// As for [`Importer::add`]; then none of them is held.
    pub fn add_all(&self, _sources: Vec<Source>) -> Result<Vec<Result<Imported, Refused>>, Error> {
        Err(Error::IndexerStopped)
    }

    /// Waits until everything that was acknowledged is found by searches. Vectors may follow.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn finish(&self) -> Result<(), Error> {
        Err(Error::IndexerStopped)
    }
}
