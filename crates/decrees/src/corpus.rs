//! The corpus: what it is opened from, and what is asked of it.

mod answer;
mod citations;
mod compare;
mod correct;
mod exchange;
mod import;
mod news;
mod outline;

pub use answer::{Answered, Quote};
pub use citations::{Citation, CitationPage, CitationQuery, Cited};
pub use compare::{Change, ChangePage};
pub use exchange::{Embedders, Exchange};
pub use import::Importer;
pub use news::{Event, News, NewsPage, NewsQuery};
pub use outline::Section;

use crate::catalogue::Catalogue;
use crate::files::Files;
use crate::index::embedder::Embedder;
use crate::index::indexer::Indexer;
use crate::index::{Shared, Snapshot};
use crate::record::{self, Record, Withdrawal};
use crate::search::filter::Conditions;
use crate::search::rank::{Question, rank};
use crate::search::spelling;
use crate::texts::Texts;
use crate::{
    Clock, Config, Day, DecreeId, DecreeText, DecreeVersion, Error, Evidence, SearchAnswer,
    SearchRequest, Strategy, VersionId, VersionPage,
};
use inference::{Answer, Engine, HeldModel, Purpose, Request};
use journal::Journal;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

const VERSIONS_PAGE: usize = 100;
const VERSIONS_PAGE_MAX: usize = 1_000;
const HITS_MAX: usize = 100;

/// The legal memory of an office. Cheap to clone; closed when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Corpus {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    journal: Journal,
    files: Files,
    texts: Arc<Texts>,
    engine: Engine,
    clock: Clock,
    /// What is acknowledged, as against what searches see.
    head: Mutex<Catalogue>,
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Corpus").field("config", &self.config).finish_non_exhaustive()
    }
}

/// How much a corpus holds, as searches see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorpusStats {
    /// Entries of the journal that are in. Grows with every change; the same number means the same
    /// answers, once no passage waits for its vector.
    pub corpus_version: u64,
    /// Decrees.
    pub decrees: u64,
    /// Their versions.
    pub versions: u64,
    /// Citable pieces of all versions.
    pub passages: u64,
    /// Passages that dense search does not see yet, or that the embedder which is to take the
    /// place of the present one has not embedded yet.
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

/// What a search found, and what it was found with.
struct Found {
    answer: SearchAnswer,
    /// The query's; empty where no embedder was asked.
    vector: Vec<f32>,
    snapshot: Arc<Snapshot>,
}

impl Corpus {
    /// Opens the corpus, replays its journal, and rebuilds what is missing of the index. Blocking.
    ///
    /// # Errors
    /// When the journal cannot be read, or the index cannot be written.
    pub fn open(config: Config, engine: Engine, clock: Clock) -> Result<Self, Error> {
        let mut settings = journal::Config::new(config.directory.join("journal"));
        // Facts and packed text; text that cannot be packed stays near its size.
        settings.entry_bytes_max = config.text_bytes_max + (1 << 20);
        let journal = Journal::open(settings).map_err(Error::Journal)?;
        let files = Files::open(config.directory.join("files"))?;
        let texts = Arc::new(Texts::new(journal.clone()));
        let mut indexer = Indexer::open(&config, journal.clone(), Arc::clone(&texts))?;
        while indexer.step()? {}
        let lexical = indexer.lexical()?;
        let passages = lexical.table.len();
        let embedder = Embedder::open(&config, &engine, Arc::clone(&texts), passages)?;
        let dense = Arc::new(embedder.view(passages)?);
        let head = lexical.catalogue.clone();
        let snapshot = Snapshot { lexical: Arc::new(lexical), dense, next: embedder.next() };
        let shared = Arc::new(Shared::new(snapshot, indexer.bytes()));
        let inner = Inner {
            config,
            journal,
            files,
            texts,
            engine,
            clock,
            head: Mutex::new(head),
            shared: Arc::clone(&shared),
            threads: Mutex::default(),
        };
        let follower = Arc::clone(&shared);
        inner.start("decrees-index", move || indexer.run(&follower))?;
        inner.start("decrees-embed", move || embedder.run(&shared))?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Takes files in.
    #[must_use]
    pub fn importer(&self) -> Importer {
        Importer::new(self.clone())
    }

    /// Finds passages.
    ///
    /// # Errors
    /// When the request is not sound, or the engine refuses the query.
    pub async fn search(&self, request: SearchRequest) -> Result<SearchAnswer, Error> {
        Ok(self.find(&request).await?.answer)
    }

    async fn find(&self, request: &SearchRequest) -> Result<Found, Error> {
        if !(1..=HITS_MAX).contains(&request.limit) {
            return Err(Error::Limit { limit: request.limit });
        }
        if request.query.trim().is_empty() {
            return Err(Error::EmptyQuery);
        }
        let conditions = Conditions::read(request, self.today())?;
        let snapshot = self.inner.shared.snapshot();
        let mut answer = SearchAnswer {
            hits: Vec::new(),
            corpus_version: snapshot.lexical.catalogue.position(),
            models: Vec::new(),
            queue_time: std::time::Duration::ZERO,
            compute_time: std::time::Duration::ZERO,
            truncated: false,
            evidence: Evidence::default(),
        };
        if !request.query.chars().any(char::is_alphanumeric) {
            // Signs alone are like nothing; any order of passages would be made up.
            return Ok(Found { answer, vector: Vec::new(), snapshot });
        }
        let mended = spelling::mend(&request.query, &snapshot.lexical.words)?;
        let asked = mended.as_deref().unwrap_or(&request.query);
        let expansion = self.inner.config.glossary.expand(asked);
        // The model comes with the vectors: a query is never compared with another model's.
        let model = match request.strategy {
            Strategy::Lexical => None,
            Strategy::Hybrid | Strategy::Dense => snapshot.dense.model.as_ref(),
        };
        let embedded = match model {
            Some(model) => Some(self.embed(model, asked, request).await?),
            None => None,
        };
        let late = snapshot.dense.table.is_some() && request.strategy == Strategy::Hybrid;
        let tokens = match model.filter(|_| late) {
            Some(model) => model.tokenize(&format!("{asked} {expansion}")),
            None => Ok(Vec::new()),
        };
        let tokens = tokens.map_err(Error::Engine)?;
        let mut vector = Vec::new();
        if let Some(embedded) = embedded {
            answer.models.push(embedded.model);
            answer.queue_time = embedded.queue_time;
            answer.compute_time = embedded.compute_time;
            answer.truncated = embedded.truncated;
            vector = embedded.value.into_iter().next().unwrap_or_default();
        }
        let question = Question {
            text: asked.to_owned(),
            expansion,
            limit: request.limit,
            strategy: request.strategy,
            conditions,
            vector: vector.clone(),
            tokens,
        };
        let (seen, texts) = (Arc::clone(&snapshot), Arc::clone(&self.inner.texts));
        let ranked = tokio::task::spawn_blocking(move || rank(&question, &seen, &texts)).await;
        let ranked = ranked.map_err(|_| Error::SearchEnded)??;
        answer.hits = ranked.hits;
        answer.evidence = ranked.evidence;
        Ok(Found { answer, vector, snapshot })
    }

    /// The query's vector.
    async fn embed(
        &self,
        model: &HeldModel,
        text: &str,
        request: &SearchRequest,
    ) -> Result<Answer<Vec<Vec<f32>>>, Error> {
        let embedding = Request {
            model: None,
            texts: vec![text.to_owned()],
            purpose: Purpose::Query,
            lane: request.lane.clone(),
            deadline: request.deadline,
        };
        self.inner.engine.embed_held(model, embedding).await.map_err(Error::Engine)
    }

    /// A version with its text from character `start` up to `end`; 0 means to the end.
    ///
    /// # Errors
    /// When there is no such decree, version, or none in force on the day.
    pub fn decree(
        &self,
        id: &DecreeId,
        which: &Which,
        start: u32,
        end: u32,
    ) -> Result<DecreeText, Error> {
        let snapshot = self.inner.shared.snapshot();
        let catalogue = &snapshot.lexical.catalogue;
        let unknown = || Error::UnknownDecree { id: id.clone() };
        let ordinal = self.ordinal(catalogue, id, which)?;
        let version = catalogue.version(ordinal).ok_or_else(unknown)?;
        let described = catalogue.describe(ordinal).ok_or_else(unknown)?;
        let whole = self.inner.texts.get(version)?;
        let last = described.text_characters;
        let end = if end == 0 { last } else { end.min(last) };
        let start = start.min(end);
        let text = characters(&whole, start, end).to_owned();
        Ok(DecreeText { version: described, text, start, end })
    }

    /// The version of a decree that is meant.
    fn ordinal(&self, catalogue: &Catalogue, id: &DecreeId, which: &Which) -> Result<u32, Error> {
        if !catalogue.knows(id) {
            return Err(Error::UnknownDecree { id: id.clone() });
        }
        let on = |day: Day| {
            catalogue.in_force(id, day).ok_or_else(|| Error::NotInForce { id: id.clone(), day })
        };
        match which {
            Which::Today => on(self.today()),
            Which::AsOf(day) => on(*day),
            Which::Version(version) => catalogue
                .find(id, version)
                .ok_or_else(|| Error::UnknownVersion { id: id.clone(), version: version.clone() }),
        }
    }

    /// Versions of a decree, newest first, `page_size` at a time (0: 100, at most 1,000).
    ///
    /// # Errors
    /// When there is no such decree, or the token is none of ours.
    pub fn versions(
        &self,
        id: &DecreeId,
        page_size: usize,
        page_token: &str,
    ) -> Result<VersionPage, Error> {
        let snapshot = self.inner.shared.snapshot();
        let catalogue = &snapshot.lexical.catalogue;
        let order = catalogue.newest_first(id);
        if order.is_empty() {
            return Err(Error::UnknownDecree { id: id.clone() });
        }
        let size = if page_size == 0 { VERSIONS_PAGE } else { page_size.min(VERSIONS_PAGE_MAX) };
        // The token is the last version shown, so that an import in between shifts nothing.
        let from = if page_token.is_empty() {
            0
        } else {
            let last = catalogue.find(id, &VersionId::new(page_token)).ok_or(Error::PageToken)?;
            order.iter().position(|ordinal| *ordinal == last).ok_or(Error::PageToken)? + 1
        };
        let page = order.iter().skip(from).take(size);
        let versions: Vec<DecreeVersion> =
            page.filter_map(|ordinal| catalogue.describe(*ordinal)).collect();
        let more = from + versions.len() < order.len();
        let last = versions.last().filter(|_| more);
        let next_page_token = last.map_or_else(String::new, |last| last.version_id.to_string());
        Ok(VersionPage { versions, next_page_token })
    }

    /// Ends a decree's validity after `valid_to`. Durable and visible when it returns. Blocking.
    /// Answers the version that is the last in force then, else the newest.
    ///
    /// # Errors
    /// When there is no such decree, or the journal fails.
    pub fn withdraw(
        &self,
        id: &DecreeId,
        valid_to: Day,
        replaced_by: Option<DecreeId>,
    ) -> Result<DecreeVersion, Error> {
        let record =
            Record::Withdrawal(Withdrawal { decree_id: id.clone(), valid_to, replaced_by });
        let entry = record::encode(&record, "")
            .map_err(|source| Error::File { path: self.inner.config.directory.clone(), source })?;
        {
            let mut head = self.inner.head();
            if !head.knows(id) {
                return Err(Error::UnknownDecree { id: id.clone() });
            }
            let sequence = self.inner.journal.append(&[&entry]).map_err(Error::Journal)?;
            head.apply(sequence, record);
            self.inner.shared.note(|progress| progress.acknowledged = sequence + 1);
        }
        self.inner.wait_visible()?;
        let snapshot = self.inner.shared.snapshot();
        let catalogue = &snapshot.lexical.catalogue;
        let ordinal = catalogue
            .in_force(id, valid_to)
            .or_else(|| catalogue.newest_first(id).first().copied());
        ordinal
            .and_then(|ordinal| catalogue.describe(ordinal))
            .ok_or_else(|| Error::UnknownDecree { id: id.clone() })
    }

    /// How much the corpus holds.
    #[must_use]
    pub fn stats(&self) -> CorpusStats {
        let snapshot = self.inner.shared.snapshot();
        let catalogue = &snapshot.lexical.catalogue;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let passages = snapshot.lexical.table.len();
        let unseen = passages.saturating_sub(snapshot.dense.passages());
        // An exchange that is about to end is still one: answers are about to change.
        let next = snapshot.next.as_ref();
        let exchanged = next.map_or(0, |next| passages.saturating_sub(next.passages).max(1));
        let waiting = unseen.max(exchanged);
        CorpusStats {
            corpus_version: catalogue.position(),
            decrees: count(catalogue.decrees()),
            versions: count(catalogue.versions().len()),
            passages: u64::from(passages),
            passages_awaiting_embedding: u64::from(waiting),
        }
    }

    /// Today in Europe/Berlin.
    #[must_use]
    pub fn today(&self) -> Day {
        Day::at((self.inner.clock)())
    }
}

impl Inner {
    fn start(&self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), Error> {
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .map_err(crate::files::failed(&self.config.directory))?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    fn head(&self) -> MutexGuard<'_, Catalogue> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until searches see everything that is acknowledged by now.
    fn wait_visible(&self) -> Result<(), Error> {
        let wanted = self.journal.len();
        loop {
            let progress =
                self.shared.wait(|progress| progress.visible >= wanted || progress.failed);
            if progress.visible >= wanted {
                return Ok(());
            }
            if progress.failed {
                return Err(Error::IndexerStopped);
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.note(|progress| progress.closing = true);
        let threads = self.threads.get_mut().unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the decrees ended by a panic");
            }
        }
    }
}

/// The characters from `start` up to `end`.
fn characters(text: &str, start: u32, end: u32) -> &str {
    let byte = |character: u32| {
        let wanted = usize::try_from(character).unwrap_or(usize::MAX);
        text.char_indices().nth(wanted).map_or(text.len(), |(place, _)| place)
    };
    text.get(byte(start)..byte(end)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
