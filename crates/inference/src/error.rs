//! Why the engine refuses or fails.

use crate::{BackendError, Task};
use std::fmt;
use std::time::Duration;
use thiserror::Error;

/// A request that got no answer, or an engine that could not start.
#[derive(Debug, Error)]
pub enum Error {
    /// No model has this name.
    #[error("find model {name}")]
    UnknownModel {
        /// The name asked for.
        name: String,
    },
    /// No model of this appliance does the task.
    #[error("find a model for task {task}")]
    NoModel {
        /// The task asked for.
        task: Task,
    },
    /// The model exists but does something else.
    #[error("use model {model} for task {wanted}: it does {task}")]
    WrongTask {
        /// The model asked for.
        model: String,
        /// What it does.
        task: Task,
        /// What was wanted.
        wanted: Task,
    },
    /// The department has as much waiting as it may.
    #[error("queue the request: department {department} has {limit} waiting, and may have no more")]
    QueueFull {
        /// Whose lane is full.
        department: String,
        /// What it is full of.
        limit: LaneLimit,
        /// When half of the lane will have been computed, by the measured speed; 0.1 to 30 s.
        retry_after: Duration,
    },
    /// The deadline passed before the request was computed.
    #[error("compute the request before its deadline")]
    DeadlineExceeded,
    /// Refused at admission, nothing was computed: by what its lane has waiting and the measured
    /// speed of the model, the request cannot be ready by its deadline.
    #[error(
        "admit the request: it would be ready in {} ms, and its deadline leaves {} ms",
        needed.as_millis(), left.as_millis()
    )]
    DeadlineUnreachable {
        /// Until it would be ready.
        needed: Duration,
        /// Until its deadline.
        left: Duration,
    },
    /// More texts than a request may hold.
    #[error("take {actual} texts: a request holds at most {allowed}")]
    TooManyTexts {
        /// The limit.
        allowed: usize,
        /// What came.
        actual: usize,
    },
    /// A text is longer than the engine reads at all.
    #[error("take text {index} of {actual} bytes: a text holds at most {allowed}")]
    TextTooLong {
        /// Position in the request.
        index: usize,
        /// The limit.
        allowed: usize,
        /// What came.
        actual: usize,
    },
    /// A text could not be turned into tokens.
    #[error("tokenize for model {model}")]
    Encode {
        /// The model.
        model: String,
        /// The cause.
        #[source]
        source: EncodeError,
    },
    /// The model failed on this request, and only on this one.
    #[error("compute with model {model}")]
    Backend {
        /// The model.
        model: String,
        /// The cause.
        #[source]
        source: BackendError,
    },
    /// The engine finishes what it has and takes nothing new.
    #[error("take the request: the engine is draining")]
    Draining,
    /// Somebody has switched inference off; see [`crate::Engine::stop_inference`].
    #[error("take the request: inference has been taken out of service")]
    OutOfService,
    /// The engine has ended.
    #[error("take the request: the engine has stopped")]
    Stopped,
    /// Two models of the same name were given at start.
    #[error("start with two models named {name}")]
    DuplicateModel {
        /// The name.
        name: String,
    },
    /// The operating system gave no thread.
    #[error("start thread {name}")]
    Thread {
        /// The thread's name.
        name: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

/// The limit of a lane that a request would pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneLimit {
    /// Requests in the engine; [`crate::EngineConfig::lane_requests_max`].
    Requests {
        /// The limit.
        allowed: usize,
    },
    /// Bytes of text in the engine; [`crate::EngineConfig::lane_bytes_max`].
    Bytes {
        /// The limit.
        allowed: usize,
    },
}

impl fmt::Display for LaneLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requests { allowed } => write!(formatter, "{allowed} requests"),
            Self::Bytes { allowed } => write!(formatter, "{allowed} bytes"),
        }
    }
}

/// A tokenizer that could not be read or used.
#[derive(Debug, Error)]
pub enum EncodeError {
    /// tokenizer.json is not one.
    #[error("read the tokenizer")]
    Tokenizer {
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The tokenizer failed on a text.
    #[error("split the text into tokens")]
    Text {
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A featuriser has no tokens, and reads no pairs.
    #[error("{operation} with a bag of features")]
    NoTokens {
        /// What was tried.
        operation: &'static str,
    },
    /// The encoder panicked; its thread lives on.
    #[error("encode the text without a panic")]
    Panicked,
}
