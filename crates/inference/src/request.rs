//! What a caller hands in and gets back.

use crate::ModelUse;
use std::time::{Duration, Instant};

/// How soon an answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Somebody waits in front of a screen.
    Interactive,
    /// A job: it takes what is left, but never less than a floor share.
    Bulk,
}

impl Urgency {
    /// The name used in metrics and in the load snapshot.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Bulk => "bulk",
        }
    }
}

/// Whose request it is: the queue is fair between lanes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The department, from its certificate.
    pub department: String,
    /// Its share class.
    pub urgency: Urgency,
    /// Its share against other lanes of the same urgency; 0 counts as 1.
    pub weight: u32,
}

impl Lane {
    /// A lane of weight 1 in which somebody waits.
    #[must_use]
    pub fn interactive(department: impl Into<String>) -> Self {
        Self { department: department.into(), urgency: Urgency::Interactive, weight: 1 }
    }

    /// A lane of weight 1 for jobs.
    #[must_use]
    pub fn bulk(department: impl Into<String>) -> Self {
        Self { department: department.into(), urgency: Urgency::Bulk, weight: 1 }
    }
}

/// What a text is, for models that prefix questions and passages differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A text to be found.
    Passage,
    /// A question that looks for one.
    Query,
}

/// Texts for one model.
#[derive(Clone, Debug)]
pub struct Request {
    /// The model by name; none takes the first model of the task.
    pub model: Option<String>,
    /// The texts.
    pub texts: Vec<String>,
    /// What the texts are.
    pub purpose: Purpose,
    /// Who asks.
    pub lane: Lane,
    /// Past it the request is not computed any more.
    pub deadline: Option<Instant>,
}

impl Request {
    /// Passages for the default model, without a deadline.
    #[must_use]
    pub fn passages(texts: Vec<String>, lane: Lane) -> Self {
        Self { model: None, texts, purpose: Purpose::Passage, lane, deadline: None }
    }

    /// One question for the default model, without a deadline.
    #[must_use]
    pub fn query(text: impl Into<String>, lane: Lane) -> Self {
        Self {
            model: None,
            texts: vec![text.into()],
            purpose: Purpose::Query,
            lane,
            deadline: None,
        }
    }
}

/// A value with its provenance.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// The model that computed it.
    pub model: ModelUse,
    /// Tokens of each text, after truncation.
    pub tokens: Vec<u32>,
    /// Whether any text was longer than the model reads.
    pub truncated: bool,
    /// From the call to the first batch, tokenization included.
    pub queue_time: Duration,
    /// On the device, over all batches that held a part of the request.
    pub compute_time: Duration,
}

impl<T> Answer<T> {
    /// The same provenance over another value.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Answer<U> {
        Answer {
            value: convert(self.value),
            model: self.model,
            tokens: self.tokens,
            truncated: self.truncated,
            queue_time: self.queue_time,
            compute_time: self.compute_time,
        }
    }
}
