//! The gRPC services: checks what a client can get wrong, asks who may do it, lets the domain crates work,
//! and lets an answer leave only with its record.
//!
//! The only crate that knows tonic and the wire format. It refuses to know how a model computes, how a
//! paper is understood, or where anything is stored.

#![forbid(unsafe_code)]

mod call;
mod convert;
mod edge;
mod failure;
mod files;
mod jobs;
pub mod proto;
mod recent;
mod server;
mod services;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

pub use crate::jobs::work;
pub use crate::recent::Recent;
pub use crate::server::{Health, Server};

/// What the services work with. Cheap to clone.
#[derive(Clone)]
pub struct State {
    /// Who may do what; swapped when the policy file changes.
    pub policy: Arc<ArcSwap<access::Policy>>,
    /// The audit log every answer passes through.
    pub log: audit::Log,
    /// The models.
    pub engine: inference::Engine,
    /// Bytes to pages.
    pub reader: documents::paper::Reader,
    /// Pages to classes, fields, checklists and hints; swapped when the office's own classes change.
    pub documents: Arc<ArcSwap<documents::Documents>>,
    /// The decrees.
    pub corpus: decrees::Corpus,
    /// Keys and uploads of cases.
    pub vault: cases::Vault,
    /// What decisions refer to.
    pub recent: Arc<Recent>,
    /// Bounds on what a client may send.
    pub limits: Arc<Limits>,
    /// The time.
    pub clock: audit::Clock,
}

impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("State").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Bounds on what a client may send, and on how long an answer may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one gRPC request.
    pub request_bytes_max: usize,
    /// Bytes of one gRPC answer; gRPC's own default, so that clients need no option.
    pub answer_bytes_max: usize,
    /// Bytes of one file sent through `UploadService`.
    pub file_bytes_max: u64,
    /// Files of one call.
    pub files_max: usize,
    /// Pages of one file.
    pub pages_max: u32,
    /// Texts of one call of `InferenceService`.
    pub texts_max: usize,
    /// Characters of a search query.
    pub query_characters_max: usize,
    /// Values in a `form` or `facts` map.
    pub map_entries_max: usize,
    /// Characters of one value in a `form` or `facts` map, and of an id.
    pub value_characters_max: usize,
    /// How long an upload is kept.
    pub upload_lifetime: Duration,
    /// How long a call may take where the client sets no deadline.
    pub call_time_max: Duration,
    /// How long a job may be worked on.
    pub job_time_max: Duration,
    /// How long a job is held with its result.
    pub job_lifetime: Duration,
    /// Calls of one connection at a time.
    pub streams_per_connection_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            request_bytes_max: 16 * 1024 * 1024,
            answer_bytes_max: 4 * 1024 * 1024,
            file_bytes_max: 200 * 1024 * 1024,
            files_max: 100,
            pages_max: 1000,
            texts_max: 512,
            query_characters_max: 4000,
            map_entries_max: 500,
            value_characters_max: 2000,
            upload_lifetime: Duration::from_secs(3600),
            call_time_max: Duration::from_secs(300),
            job_time_max: Duration::from_secs(3600),
            job_lifetime: Duration::from_secs(24 * 3600),
            streams_per_connection_max: 256,
        }
    }
}
