//! Answers: the sentences that answer a question, quoted, or the word that none does.

use super::Corpus;
use crate::analysis::terms;
use crate::index::Lexical;
use crate::sentences::sentences;
use crate::{DecreeId, Error, Evidence, Hit, Passage, SearchRequest};
use inference::{ModelUse, Purpose, Request};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// Passages that an answer quotes from at most.
const PASSAGES_MAX: usize = 5;
/// A passage that scores less than this part of the best is not quoted.
const SCORE_SHARE_MIN: f64 = 0.5;
/// Sentences of a passage that are looked at.
const SENTENCES_MAX: usize = 60;
/// Places that hold the same sentence.
const CITATIONS_MAX: usize = 3;
/// Weight of the question's words in a sentence against its cosine.
const WORDS_WEIGHT: f32 = 0.5;
/// What an answer needs of [`Evidence`], `near + COVERED_WEIGHT * covered`: of our own questions 8 in
/// a hundred stay below (`benches --bin retrieval` with `--answers`).
const CARRIED_MIN: f32 = 0.31;
const COVERED_WEIGHT: f32 = 0.17;
/// What words alone need: 8 in a hundred stay below.
const COVERED_MIN: f32 = 0.15;

/// What answers a question.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Best first; none where nothing carries the question.
    pub quotes: Vec<Quote>,
    /// The nearest places, best first, whether quoted or not.
    pub nearest: Vec<Hit>,
    /// How far they carry the question.
    pub evidence: Evidence,
    /// The state of the corpus that answered.
    pub corpus_version: u64,
    /// The embedder, where one was used.
    pub models: Vec<ModelUse>,
    /// What the engine waited.
    pub queue_time: Duration,
    /// What the engine computed.
    pub compute_time: Duration,
    /// The question was longer than the embedder reads.
    pub truncated: bool,
}

/// A sentence, verbatim from each of its citations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// As it stands in the stored text.
    pub text: String,
    /// One to three places that hold it.
    pub citations: Vec<Passage>,
}

/// A sentence on its way to a quote.
struct Candidate {
    hit: usize,
    text: String,
}

impl Corpus {
    /// Answers a question with sentences quoted from the best passages, each compared with the text
    /// as it is stored; with none where nothing carries the question.
    ///
    /// # Errors
    /// As [`Corpus::search`], and when a stored text cannot be read.
    pub async fn answer(&self, request: SearchRequest) -> Result<Answered, Error> {
        let asked = request.clone();
        let found = self.search(request).await?;
        let mut answered = Answered {
            quotes: Vec::new(),
            nearest: found.hits,
            evidence: found.evidence,
            corpus_version: found.corpus_version,
            models: found.models,
            queue_time: found.queue_time,
            compute_time: found.compute_time,
            truncated: found.truncated,
        };
        if answered.nearest.is_empty() || !carries(&answered.evidence) {
            return Ok(answered);
        }
        let candidates = candidates(&answered.nearest);
        let cosines = self.likeness(&asked, &candidates, &mut answered).await?;
        let corpus = self.clone();
        let hits = answered.nearest.clone();
        let quoting = tokio::task::spawn_blocking(move || {
            let lexical = Arc::clone(&corpus.inner.shared.snapshot().lexical);
            let words = words_held(&lexical, &asked.query, &candidates);
            let chosen = choose(candidates, &cosines, &words);
            corpus.quote(&chosen, &hits)
        });
        answered.quotes = quoting.await.map_err(|_| Error::SearchEnded)??;
        Ok(answered)
    }

    /// The cosine of the question with each sentence; zeros where the search used no embedder.
    async fn likeness(
        &self,
        asked: &SearchRequest,
        candidates: &[Candidate],
        answered: &mut Answered,
    ) -> Result<Vec<f32>, Error> {
        let model = self.inner.shared.snapshot().dense.model.clone();
        let Some(model) = model.filter(|_| !answered.models.is_empty()) else {
            return Ok(vec![0.0; candidates.len()]);
        };
        let request = |texts: Vec<String>, purpose| Request {
            model: None,
            texts,
            purpose,
            lane: asked.lane.clone(),
            deadline: asked.deadline,
        };
        let texts = candidates.iter().map(|candidate| candidate.text.clone()).collect();
        let question = request(vec![asked.query.clone()], Purpose::Query);
        let engine = &self.inner.engine;
        let question = engine.embed_held(&model, question).await.map_err(Error::Engine)?;
        let sentences = engine.embed_held(&model, request(texts, Purpose::Passage)).await;
        let sentences = sentences.map_err(Error::Engine)?;
        answered.queue_time += question.queue_time + sentences.queue_time;
        answered.compute_time += question.compute_time + sentences.compute_time;
        let question = question.value.into_iter().next().unwrap_or_default();
        let cosine = |vector: &Vec<f32>| vector.iter().zip(&question).map(|(a, b)| a * b).sum();
        Ok(sentences.value.iter().map(cosine).collect())
    }

    /// The chosen sentences with their places, compared with the stored text.
    fn quote(&self, chosen: &[Candidate], hits: &[Hit]) -> Result<Vec<Quote>, Error> {
        let mut quotes: Vec<Quote> = Vec::new();
        for candidate in chosen {
            let holds = |hit: &&Hit| hit.passage.text.contains(&candidate.text);
            let first = hits.get(candidate.hit);
            let others = hits.iter().enumerate().filter(|(at, _)| *at != candidate.hit);
            let places = first.into_iter().chain(others.map(|(_, hit)| hit)).filter(holds);
            let mut citations = Vec::new();
            let mut seen: HashSet<&DecreeId> = HashSet::new();
            for hit in places {
                if citations.len() < CITATIONS_MAX
                    && seen.insert(&hit.passage.decree_id)
                    && self.stands(&hit.passage, &candidate.text)?
                {
                    citations.push(hit.passage.clone());
                }
            }
            if !citations.is_empty() && quotes.iter().all(|quote| quote.text != candidate.text) {
                quotes.push(Quote { text: candidate.text.clone(), citations });
            }
        }
        Ok(quotes)
    }

    /// Whether the stored version, read from the journal, holds the sentence at its place.
    fn stands(&self, passage: &Passage, sentence: &str) -> Result<bool, Error> {
        let snapshot = self.inner.shared.snapshot();
        let catalogue = &snapshot.lexical.catalogue;
        let ordinal = catalogue.find(&passage.decree_id, &passage.version_id);
        let Some(version) = ordinal.and_then(|ordinal| catalogue.version(ordinal)) else {
            return Ok(false);
        };
        let whole = self.inner.texts.read(version)?;
        let place = super::characters(&whole, passage.start, passage.end);
        let stands = place == passage.text && place.contains(sentence);
        if !stands {
            tracing::error!(
                decree = %passage.decree_id, version = %passage.version_id,
                "a quote does not stand in the stored text and is left out"
            );
        }
        Ok(stands)
    }
}

/// Whether an answer may be given. A norm that the question names is one.
fn carries(evidence: &Evidence) -> bool {
    let Evidence { covered, near, named } = evidence;
    *named
        || match near {
            Some(near) => near + COVERED_WEIGHT * covered >= CARRIED_MIN,
            None => *covered >= COVERED_MIN,
        }
}

/// The sentences that may be quoted, of the passages that score high enough.
fn candidates(hits: &[Hit]) -> Vec<Candidate> {
    let best = hits.first().map_or(0.0, |hit| hit.score);
    let good = hits.iter().take(PASSAGES_MAX).enumerate();
    let good = good.filter(|(_, hit)| hit.score >= best * SCORE_SHARE_MIN);
    let mut found = Vec::new();
    for (at, hit) in good {
        let quotable = |sentence: &&str| hit.passage.may_be_quoted(sentence);
        let sentences = sentences(&hit.passage.text).into_iter().filter(quotable);
        let sentences = sentences.take(SENTENCES_MAX);
        found.extend(sentences.map(|text| Candidate { hit: at, text: text.to_owned() }));
    }
    found
}

/// The part of the question's words that each sentence holds.
fn words_held(lexical: &Lexical, question: &str, candidates: &[Candidate]) -> Vec<f32> {
    let mut analyzer = lexical.words.analyzer();
    let asked: HashSet<String> = terms(&mut analyzer, question).into_iter().map(|t| t.0).collect();
    let part = |candidate: &Candidate| {
        let held = terms(&mut analyzer, &candidate.text);
        let held = held.iter().filter(|(term, _)| asked.contains(term)).count();
        let [held, asked] =
            [held, asked.len().max(1)].map(|count| u16::try_from(count).unwrap_or(u16::MAX));
        f32::from(held) / f32::from(asked)
    };
    candidates.iter().map(part).collect()
}

/// The best sentence of each passage, best passage first.
fn choose(candidates: Vec<Candidate>, cosines: &[f32], words: &[f32]) -> Vec<Candidate> {
    let mut best: Vec<(Candidate, f32)> = Vec::new();
    for ((candidate, cosine), words) in candidates.into_iter().zip(cosines).zip(words) {
        let score = cosine + WORDS_WEIGHT * words;
        match best.last_mut() {
            Some((known, highest)) if known.hit == candidate.hit => {
                if score > *highest {
                    (*known, *highest) = (candidate, score);
                }
            }
            _ => best.push((candidate, score)),
        }
    }
    best.into_iter().map(|(candidate, _)| candidate).collect()
}
