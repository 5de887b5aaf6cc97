//! The thread that embeds passages which are searchable already.

use super::dense::{DenseFiles, Embedded};
use super::document::{Document, WINDOW_VERSION};
use super::{Lexical, Shared};
use crate::texts::Texts;
use crate::{Config, Error};
use inference::{Engine, Lane, ModelInfo, Purpose, Request, Task, TokenTable};
use std::sync::Arc;

/// Windows that are embedded and written at once.
const BATCH_WINDOWS: usize = 2_048;
/// Windows between two states that searches see, while many wait.
const PUBLISH_WINDOWS: usize = 8_192;
/// Token ids are kept in 16 bits.
const VOCABULARY_MAX: usize = 1 << 16;

/// Embeds what is not embedded yet.
#[derive(Debug)]
pub(crate) struct Embedder {
    engine: Engine,
    model: ModelInfo,
    table: Option<TokenTable>,
    files: DenseFiles,
    texts: Arc<Texts>,
}

impl Embedder {
    /// Opens the vectors of the engine's embedder; none where it has no embedder.
    pub(crate) fn open(
        config: &Config,
        engine: &Engine,
        texts: Arc<Texts>,
        passages: u32,
    ) -> Result<Option<Self>, Error> {
        let Some(model) = embedding_model(engine) else { return Ok(None) };
        let fingerprint = format!("{} windows {WINDOW_VERSION}", model.digest);
        let directory = config.index_directory.join("dense");
        let files = DenseFiles::open(&directory, &fingerprint, model.dimensions, passages)?;
        let table =
            engine.token_table(Some(&model.name)).filter(|table| table.rows() <= VOCABULARY_MAX);
        Ok(Some(Self { engine: engine.clone(), model, table, files, texts }))
    }

    /// What searches may see.
    pub(crate) fn view(&self, passages: u32) -> Result<super::DenseView, Error> {
        self.files.view(passages, self.table.clone())
    }

    /// Embeds until the corpus is closed.
    pub(crate) fn run(mut self, shared: &Arc<Shared>) {
        let mut unpublished = 0;
        loop {
            let lexical = Arc::clone(&shared.snapshot().lexical);
            let waiting = self.files.passages() < lexical.table.len();
            if shared.progress().closing {
                return;
            }
            if unpublished > 0 && (!waiting || unpublished >= PUBLISH_WINDOWS) {
                match self.view(lexical.table.len()) {
                    Ok(view) => shared.publish(|snapshot| snapshot.dense = Arc::new(view)),
                    Err(error) => return stop(&error),
                }
                unpublished = 0;
                continue;
            }
            if !waiting {
                let seen = lexical.catalogue.position();
                shared.wait(|progress| progress.closing || progress.visible > seen);
                continue;
            }
            match self.embed_some(&lexical) {
                Ok(windows) => unpublished += windows.max(1),
                Err(Error::Engine(error)) if may_pass(&error) => {
                    tracing::debug!(%error, "embedding of passages waits");
                    shared.wait(|progress| progress.closing);
                }
                Err(error) => return stop(&error),
            }
        }
    }

    /// Embeds the next passages; how many windows they had.
    fn embed_some(&mut self, lexical: &Lexical) -> Result<usize, Error> {
        let mut windows: Vec<(u32, String)> = Vec::new();
        let mut passage = self.files.passages();
        let mut current: Option<(u32, String)> = None;
        while windows.len() < BATCH_WINDOWS {
            let Some((ordinal, piece)) = lexical.table.get(passage) else { break };
            let Some(version) = lexical.catalogue.version(ordinal) else { break };
            if current.as_ref().is_none_or(|(known, _)| *known != ordinal) {
                current = Some((ordinal, self.texts.read(version)?));
            }
            let text = current.as_ref().map_or("", |(_, text)| text);
            let document = Document::new(&version.facts, text, piece);
            windows.extend(document.windows().into_iter().map(|window| (passage, window)));
            passage += 1;
        }
        let embedded = self.embed(&windows)?;
        self.files.append(&embedded, passage)?;
        Ok(windows.len())
    }

    fn embed(&self, batch: &[(u32, String)]) -> Result<Vec<Embedded>, Error> {
        let texts: Vec<String> = batch.iter().map(|(_, text)| text.clone()).collect();
        let (vectors, tokens) = std::thread::scope(|scope| {
            let vectors = scope.spawn(|| self.vectors(texts));
            let tokens: Result<Vec<Vec<u32>>, _> =
                batch.iter().map(|(_, text)| self.tokens(text)).collect();
            (vectors.join(), tokens)
        });
        let vectors = vectors.map_err(|_| Error::IndexerStopped)?.map_err(Error::Engine)?;
        let tokens = tokens.map_err(Error::Engine)?;
        let rows = batch.iter().zip(vectors).zip(tokens);
        Ok(rows
            .map(|(((passage, _), vector), tokens)| Embedded { passage: *passage, vector, tokens })
            .collect())
    }

    /// A vector per text. One that the model cannot compute gets the zero vector, which is similar
    /// to nothing: it must not keep the others from being found.
    fn vectors(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, inference::Error> {
        let alone = texts.len() == 1;
        match self.engine.embed_blocking(self.request(texts.clone())) {
            Ok(answer) => Ok(answer.value),
            Err(error) if !is_about_a_text(&error) => Err(error),
            Err(error) if alone => {
                tracing::warn!(%error, "a passage could not be embedded; words still find it");
                Ok(vec![vec![0.0; self.model.dimensions]])
            }
            Err(_) => {
                let singles = texts.into_iter().map(|text| self.vectors(vec![text]));
                singles.collect::<Result<Vec<_>, _>>().map(|singles| singles.concat())
            }
        }
    }

    fn request(&self, texts: Vec<String>) -> Request {
        Request {
            model: Some(self.model.name.clone()),
            texts,
            purpose: Purpose::Passage,
            lane: Lane::bulk("decrees"),
            deadline: None,
        }
    }

    fn tokens(&self, text: &str) -> Result<Vec<u32>, inference::Error> {
        if self.table.is_none() {
            return Ok(Vec::new());
        }
        self.engine.tokenize(Some(&self.model.name), text)
    }
}

/// The embedder that searches use: the first.
pub(crate) fn embedding_model(engine: &Engine) -> Option<ModelInfo> {
    engine.models().into_iter().find(|model| model.task == Task::Embed)
}

fn stop(error: &Error) {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "passages are no longer embedded; a restart goes on where it ended"
    );
}

/// Whether a text is to blame, not the engine's state.
fn is_about_a_text(error: &inference::Error) -> bool {
    matches!(
        error,
        inference::Error::Backend { .. }
            | inference::Error::Encode { .. }
            | inference::Error::TextTooLong { .. }
    )
}

/// Whether to try again later.
fn may_pass(error: &inference::Error) -> bool {
    matches!(error, inference::Error::QueueFull { .. } | inference::Error::OutOfService)
}
