//! The way in: papers and a lane go in, documents come out.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use inference::{Engine, Lane};

use crate::classify::Cues;
use crate::{Classified, Error, Extracted, InputPaper, Knowledge, Signals, classify, extract};

/// What an office may set.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Name of the shipped classifier; empty: cues and rules alone.
    pub classifier: String,
    /// Below this probability the service abstains.
    pub probability_min: f64,
    /// Characters of a paper's beginning that travel to the engine.
    pub head_characters_max: usize,
    /// Characters of a paper's end that travel to the engine.
    pub tail_characters_max: usize,
    /// Places of evidence per document.
    pub evidence_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            classifier: "papers-linear".to_owned(),
            probability_min: 0.5,
            head_characters_max: 4_000,
            tail_characters_max: 1_000,
            evidence_max: 5,
        }
    }
}

/// Judges papers. Cheap to clone.
#[derive(Clone)]
pub struct Documents {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) knowledge: Knowledge,
    pub(crate) engine: Option<Engine>,
    pub(crate) cues: Cues,
    pub(crate) config: Config,
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Documents")
            .field("config", &self.inner.config)
            .finish_non_exhaustive()
    }
}

impl Documents {
    /// Judges by this knowledge, with the engine's classifier where it has one.
    #[must_use]
    pub fn new(knowledge: Knowledge, engine: Engine, config: Config) -> Self {
        let cues = Cues::new(&knowledge);
        let engine = Some(engine);
        Self { inner: Arc::new(Inner { knowledge, engine, cues, config }) }
    }

    /// Judges by cues and rules alone.
    #[must_use]
    pub fn without_engine(knowledge: Knowledge, config: Config) -> Self {
        let cues = Cues::new(&knowledge);
        Self { inner: Arc::new(Inner { knowledge, engine: None, cues, config }) }
    }

    /// What papers are judged by.
    #[must_use]
    pub fn knowledge(&self) -> &Knowledge {
        &self.inner.knowledge
    }

    /// What papers are judged with beside the knowledge.
    pub(crate) fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The same engine and settings with other knowledge.
    #[must_use]
    pub fn with_knowledge(&self, knowledge: Knowledge) -> Self {
        let cues = Cues::new(&knowledge);
        let (engine, config) = (self.inner.engine.clone(), self.inner.config.clone());
        Self { inner: Arc::new(Inner { knowledge, engine, cues, config }) }
    }

    /// What cues, structures and the classifier say of whole papers, one score per class each.
    pub(crate) async fn hear_whole(
        &self,
        papers: &[reading::Paper],
        lane: &Lane,
    ) -> Result<Vec<Vec<f32>>, Error> {
        classify::hear_whole(&self.inner, papers, lane).await
    }

    /// The summed scores of a paper, one per class of [`Documents::knowledge`], given the raw
    /// scores of a classifier (`model`, one per class, none where it does not know the class). For
    /// calibrating: [`crate::judge`] makes probabilities of them.
    #[must_use]
    pub fn scores(
        &self,
        paper: &reading::Paper,
        model: &[Option<f32>],
        model_temperature: f32,
    ) -> Vec<f32> {
        classify::scores(&self.inner, paper, model, model_temperature)
    }

    /// What the pages of a file say at each place where it could be divided, given the positions where
    /// its papers begin, and the ranges of pages into which it would be divided. `model` holds a
    /// classifier's raw scores for each page. For fitting and measuring.
    #[must_use]
    pub fn divide(
        &self,
        paper: &reading::Paper,
        model: &[Vec<Option<f32>>],
        begins: &[usize],
    ) -> (Vec<Option<Signals>>, Vec<Range<usize>>) {
        classify::divide(&self.inner, paper, model, begins)
    }

    /// Tells what each paper is.
    ///
    /// # Errors
    /// The engine refuses (its queue is full, the deadline passed) or fails.
    pub async fn classify(
        &self,
        papers: &[InputPaper<'_>],
        lane: &Lane,
        deadline: Option<Instant>,
    ) -> Result<Classified, Error> {
        classify::classify(&self.inner, papers, lane, deadline).await
    }

    /// Tells what each paper is, and reads its values.
    ///
    /// # Errors
    /// As [`Documents::classify`].
    pub async fn extract(
        &self,
        papers: &[InputPaper<'_>],
        lane: &Lane,
        deadline: Option<Instant>,
    ) -> Result<Extracted, Error> {
        let classified = self.classify(papers, lane, deadline).await?;
        let documents = classified
            .documents
            .into_iter()
            .map(|document| extract::fields(&self.inner.knowledge, papers, document))
            .collect();
        Ok(Extracted {
            documents,
            models: classified.models,
            queue_time: classified.queue_time,
            compute_time: classified.compute_time,
            truncated: classified.truncated,
        })
    }
}
