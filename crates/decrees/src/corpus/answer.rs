//! Answers: the sentences that answer a question, quoted, or the word that none does.

use super::{Corpus, Found};
use crate::analysis::terms;
use crate::index::Lexical;
use crate::sentences::sentences;
use crate::{DecreeId, Error, Evidence, Hit, Passage, SearchAnswer, SearchRequest};
use inference::{Purpose, Request};
use std::collections::HashSet;

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
    /// The search behind them: the nearest places, whether quoted or not, and how far they carry the
    /// question. Its times include those of the quotes.
    pub found: SearchAnswer,
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
        let Found { answer: mut found, vector, snapshot } = self.find(&request).await?;
        if found.hits.is_empty() || !carries(&found.evidence) {
            return Ok(Answered { quotes: Vec::new(), found });
        }
        let candidates = candidates(&found.hits);
        let mut cosines = vec![0.0; candidates.len()];
        // The sentences are compared by the model that compared the passages.
        if let Some(model) = snapshot.dense.model.as_ref().filter(|_| !vector.is_empty()) {
            let sentences = Request {
                model: None,
                texts: candidates.iter().map(|candidate| candidate.text.clone()).collect(),
                purpose: Purpose::Passage,
                lane: request.lane.clone(),
                deadline: request.deadline,
            };
            let embedded = self.inner.engine.embed_held(model, sentences).await;
            let embedded = embedded.map_err(Error::Engine)?;
            found.queue_time += embedded.queue_time;
            found.compute_time += embedded.compute_time;
            let cosine = |one: &Vec<f32>| one.iter().zip(&vector).map(|(a, b)| a * b).sum();
            cosines = embedded.value.iter().map(cosine).collect();
        }
        let corpus = self.clone();
        let quoting = tokio::task::spawn_blocking(move || {
            let words = words_held(&snapshot.lexical, &request.query, &candidates);
            let chosen = choose(candidates, &cosines, &words);
            let quotes = corpus.quote(&snapshot.lexical, &chosen, &found.hits)?;
            Ok(Answered { quotes, found })
        });
        quoting.await.map_err(|_| Error::SearchEnded)?
    }

    /// The chosen sentences with their places, compared with the stored text.
    fn quote(
        &self,
        lexical: &Lexical,
        chosen: &[Candidate],
        hits: &[Hit],
    ) -> Result<Vec<Quote>, Error> {
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
                    && self.stands(lexical, &hit.passage, &candidate.text)?
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
    fn stands(&self, lexical: &Lexical, passage: &Passage, sentence: &str) -> Result<bool, Error> {
        let catalogue = &lexical.catalogue;
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
