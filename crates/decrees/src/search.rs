//! Searching: what is asked and what is found.

pub(crate) mod citation;
pub(crate) mod filter;
pub(crate) mod fusion;
mod glossary;
mod highlights;
mod late;
pub(crate) mod place;
pub(crate) mod rank;
pub(crate) mod spelling;

pub use glossary::Glossary;

use crate::sentences::sentences;
use crate::{Day, DecreeId, VersionId};
use inference::{Lane, ModelUse};
use std::time::{Duration, Instant};

/// A question to the corpus.
#[derive(Clone, Debug)]
pub struct SearchRequest {
    /// In words.
    pub query: String,
    /// Hits wanted, 1 to 100.
    pub limit: usize,
    /// As the rules stood on that day; none: today.
    pub as_of: Option<Day>,
    /// Only these kinds; empty: all.
    pub kinds: Vec<String>,
    /// Only these issuers, upper and lower case alike; empty: all.
    pub issuers: Vec<String>,
    /// Only passages that cite or are one of these norms; empty: all.
    pub references: Vec<String>,
    /// How to search.
    pub strategy: Strategy,
    /// Also what is not in force on the day.
    pub include_not_in_force: bool,
    /// Whose query the engine embeds, and how urgent it is.
    pub lane: Lane,
    /// Past it the query is not embedded any more.
    pub deadline: Option<Instant>,
}

/// How to search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Lexical and dense, fused, the best reranked by late interaction.
    #[default]
    Hybrid,
    /// By words and character n-grams.
    Lexical,
    /// By the embedding alone.
    Dense,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct SearchAnswer {
    /// Best first.
    pub hits: Vec<Hit>,
    /// The state of the corpus that answered.
    pub corpus_version: u64,
    /// The embedder, where one was used.
    pub models: Vec<ModelUse>,
    /// What the engine waited.
    pub queue_time: Duration,
    /// What the engine computed.
    pub compute_time: Duration,
    /// The query was longer than the embedder reads.
    pub truncated: bool,
    /// How far the best passages carry the question.
    pub evidence: Evidence,
}

/// How far the passages found carry a question: figures of the best passages that hold for any
/// question, unlike scores, which are scaled for each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The part of the question's letters (character 5-grams, by weight) that the best passage
    /// holds, 0 to 1.
    pub covered: f32,
    /// The mean cosine of question and the ten best passages; none where no embedder was asked, or
    /// one without a token table, whose cosines may lie anywhere.
    pub near: Option<f32>,
    /// The question names a norm that there is.
    pub named: bool,
}

/// A passage found, with the parts of its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The place.
    pub passage: Passage,
    /// What the order follows.
    pub score: f64,
    /// Words and n-grams, scaled to 1 for the query's best passage; more for one that the query
    /// names by its norm.
    pub lexical_score: f64,
    /// Cosine of query and passage.
    pub dense_score: f64,
    /// Late interaction, 0..1; 0 for passages that were not reranked.
    pub rerank_score: f64,
    /// Words of the query in the passage's text.
    pub highlights: Vec<Span>,
}

/// A longer sentence is a table or a list run together.
const QUOTE_CHARACTERS_MAX: usize = 900;
/// A shorter one says nothing by itself.
const QUOTE_WORDS_MIN: usize = 5;

impl Hit {
    /// The sentence of the passage that holds the most words of the query, verbatim, for a file
    /// note; empty where the passage has no sentence of a fit length.
    #[must_use]
    pub fn quote(&self) -> &str {
        let text = self.passage.text.as_str();
        let (mut best, mut most) = ("", None);
        let (mut byte, mut character) = (0, 0);
        for sentence in sentences(text) {
            let rest = text.get(byte..).unwrap_or_default();
            let Some(before) = rest.find(sentence).and_then(|at| rest.get(..at)) else { continue };
            let start = character + before.chars().count();
            let end = start + sentence.chars().count();
            (byte, character) = (byte + before.len() + sentence.len(), end);
            let inside = |span: &&Span| {
                usize::try_from(span.start).is_ok_and(|place| (start..end).contains(&place))
            };
            let held = self.highlights.iter().filter(inside).count();
            if self.passage.may_be_quoted(sentence) && most.is_none_or(|most| held > most) {
                (best, most) = (sentence, Some(held));
            }
        }
        best
    }
}

impl Passage {
    /// Whether a sentence says something by itself: no heading, not too short, not too long.
    pub(crate) fn may_be_quoted(&self, sentence: &str) -> bool {
        let heading = self.path.last().map_or("", String::as_str);
        sentence != heading
            && sentence != self.title
            && sentence.split_whitespace().nth(QUOTE_WORDS_MIN - 1).is_some()
            && sentence.chars().nth(QUOTE_CHARACTERS_MAX).is_none()
    }
}

/// Characters of a passage's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First.
    pub start: u32,
    /// One past the last.
    pub end: u32,
}

/// A citable piece of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The decree.
    pub decree_id: DecreeId,
    /// The version.
    pub version_id: VersionId,
    /// Its title.
    pub title: String,
    /// What sort of rule.
    pub kind: crate::Kind,
    /// Who issued it.
    pub issuer: String,
    /// Aktenzeichen.
    pub file_number: String,
    /// The section: "§ 16b", "Nr. 5.1.3".
    pub section: String,
    /// Headings from the outermost to the section's own.
    pub path: Vec<String>,
    /// From 1; 0 where the source has no pages.
    pub page: u32,
    /// First character in the version's text.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Verbatim from `start` to `end`.
    pub text: String,
    /// First day in force; none: not known, taken as always.
    pub valid_from: Option<Day>,
    /// Last day in force; none: still.
    pub valid_to: Option<Day>,
    /// Ready to paste into a file note.
    pub citation: String,
    /// The decree that took its place.
    pub superseded_by: Option<DecreeId>,
}
