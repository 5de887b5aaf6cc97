//! The vectors of one embedder: its files, and the embedding of passages into them.

use super::Lexical;
use super::dense::{self, DenseFiles, DenseView, Embedded};
use super::document::{Document, WINDOW_VERSION};
use crate::files::failed;
use crate::texts::Texts;
use crate::{Config, Error};
use fs_err as fs;
use inference::{Engine, HeldModel, Lane, ModelInfo, Purpose, Request, TokenTable};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long passages are embedded before they are written: what a stop waits for and a power cut
/// takes, with a large model as with a small one.
const BATCH_TIME: Duration = Duration::from_secs(1);
const FIRST_WINDOWS: usize = 16;
/// Token ids are kept in 16 bits.
const VOCABULARY_MAX: usize = 1 << 16;
/// Characters of a model's digest that name its folder.
const FOLDER_CHARACTERS: usize = 16;

/// Files, and the model whose vectors are in them.
#[derive(Debug)]
pub(crate) struct Vectors {
    engine: Engine,
    model: HeldModel,
    table: Option<TokenTable>,
    files: DenseFiles,
    folder: PathBuf,
    texts: Arc<Texts>,
    /// Windows that are embedded at once: as many as take about [`BATCH_TIME`].
    windows: usize,
}

/// The folder that holds a folder of vectors for each embedder.
pub(crate) fn root(config: &Config) -> PathBuf {
    config.index_directory.join("dense")
}

fn folder(root: &Path, model: &ModelInfo) -> PathBuf {
    root.join(model.digest.get(..FOLDER_CHARACTERS).unwrap_or(&model.digest))
}

fn fingerprint(model: &ModelInfo) -> String {
    format!("{} windows {WINDOW_VERSION}", model.digest)
}

/// Passages that a model has embedded so far, by what its folder says.
pub(crate) fn embedded(root: &Path, model: &ModelInfo) -> u32 {
    dense::embedded(&folder(root, model), &fingerprint(model), model.dimensions)
}

/// Deletes the vectors of every other embedder, and what else lies there.
pub(crate) fn keep_only(root: &Path, kept: &[&Vectors]) -> Result<(), Error> {
    for entry in fs::read_dir(root).map_err(failed(root))? {
        let path = entry.map_err(failed(root))?.path();
        if kept.iter().any(|vectors| vectors.folder == path) {
            continue;
        }
        let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        gone.map_err(failed(&path))?;
    }
    Ok(())
}

impl Vectors {
    /// Opens the vectors that a model has made; at most of so many passages.
    pub(crate) fn open(
        root: &Path,
        engine: &Engine,
        model: HeldModel,
        texts: Arc<Texts>,
        passages: u32,
    ) -> Result<Self, Error> {
        let info = model.info();
        let folder = folder(root, info);
        let files = DenseFiles::open(&folder, &fingerprint(info), info.dimensions, passages)?;
        let table = model.token_table().filter(|table| table.rows() <= VOCABULARY_MAX);
        let windows = FIRST_WINDOWS;
        Ok(Self { engine: engine.clone(), model, table, files, folder, texts, windows })
    }

    pub(crate) fn model(&self) -> &HeldModel {
        &self.model
    }

    /// Passages whose windows are all in.
    pub(crate) fn passages(&self) -> u32 {
        self.files.passages()
    }

    /// What searches may see: vectors, and the model that embeds queries for them.
    pub(crate) fn view(&self, passages: u32) -> Result<DenseView, Error> {
        let mut view = self.files.view(passages, self.table.clone())?;
        view.model = Some(self.model.clone());
        Ok(view)
    }

    /// Embeds the next passages, of at most about so many windows; how many they had.
    pub(crate) fn embed_some(&mut self, lexical: &Lexical, most: usize) -> Result<usize, Error> {
        let started = Instant::now();
        let most = self.windows.min(most).max(1);
        let mut windows: Vec<(u32, String)> = Vec::new();
        let mut passage = self.files.passages();
        let mut current: Option<(u32, String)> = None;
        while windows.len() < most {
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
        self.windows = match started.elapsed() {
            short if short < BATCH_TIME / 2 => most.saturating_mul(2),
            long if long > BATCH_TIME => (most / 2).max(1),
            _ => most,
        };
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
        match self.engine.embed_held_blocking(&self.model, request(texts.clone())) {
            Ok(answer) => Ok(answer.value),
            Err(error) if !is_about_a_text(&error) => Err(error),
            Err(error) if alone => {
                tracing::warn!(%error, "a passage could not be embedded; words still find it");
                Ok(vec![vec![0.0; self.model.info().dimensions]])
            }
            Err(_) => {
                let singles = texts.into_iter().map(|text| self.vectors(vec![text]));
                singles.collect::<Result<Vec<_>, _>>().map(|singles| singles.concat())
            }
        }
    }

    fn tokens(&self, text: &str) -> Result<Vec<u32>, inference::Error> {
        if self.table.is_none() {
            return Ok(Vec::new());
        }
        self.model.tokenize(text)
    }
}

fn request(texts: Vec<String>) -> Request {
    Request {
        model: None,
        texts,
        purpose: Purpose::Passage,
        lane: Lane::bulk("decrees"),
        deadline: None,
    }
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
