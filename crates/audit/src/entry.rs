//! What a record says, and the bytes that are hashed.
//!
//! Counts, names of methods, digests and outcomes; never a text, a name, a file name or a number read
//! from a paper. The vocabulary of facts is closed for that reason.

use std::collections::BTreeMap;
use std::time::SystemTime;

/// What happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A unary call, answered or refused.
    #[default]
    Call,
    /// A stream or job began; durable before its first message.
    Start,
    /// A stream or job ended; a start without an end is closed at the next start-up.
    End,
    /// Policy, models, rules, corpus, certificates, sign-in, a clock that jumped.
    Change,
    /// All that was held for a case was erased.
    Erasure,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 5] = [Kind::Call, Kind::Start, Kind::End, Kind::Change, Kind::Erasure];

    /// The word in a leaf.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Call => "call",
            Kind::Start => "start",
            Kind::End => "end",
            Kind::Change => "change",
            Kind::Erasure => "erasure",
        }
    }
}

/// What is to be recorded. The log adds the index and the time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// What happened.
    pub kind: Kind,
    /// Whose certificate it was.
    pub department: String,
    /// SHA-256 of the certificate, hexadecimal.
    pub caller: String,
    /// `package.Service/Method`.
    pub method: String,
    /// The legal footing, where the call has one.
    pub mode: Option<access::Mode>,
    /// gRPC code name, `OK` or `INVALID_ARGUMENT`.
    pub outcome: String,
    /// The models that took part.
    pub models: Vec<ModelUse>,
    /// Digest of the knowledge files that took part.
    pub rules_digest: String,
    /// The decrees as they stood.
    pub corpus_version: u64,
    /// The inference id as a MAC under the key of the case or of the call, hexadecimal.
    pub inference: String,
    /// The request as a MAC under the key of the case or of the call.
    pub input_digest: Vec<u8>,
    /// The answer as a MAC under the key of the case or of the call.
    pub output_digest: Vec<u8>,
    /// Counts and ids; the keys are those of [`FACTS`](crate::FACTS).
    pub facts: BTreeMap<String, String>,
    /// Of [`Kind::End`]: the index of its start.
    pub start_index: Option<u64>,
}

/// A model that took part in an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelUse {
    /// The name in the manifest.
    pub name: String,
    /// `embed`, `classify` or `rerank`.
    pub task: String,
    /// SHA-256 over the model's files, hexadecimal.
    pub digest: String,
    /// The numbers it computed with.
    pub dtype: String,
    /// Where it computed.
    pub device: String,
}

/// An entry in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The place in the log, from 0.
    pub index: u64,
    /// When it was written.
    pub at: SystemTime,
    /// What was recorded.
    pub entry: Entry,
    /// The exact bytes that were hashed.
    pub leaf: Vec<u8>,
}
