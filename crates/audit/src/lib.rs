//! The audit log: an RFC 6962 Merkle tree over a journal, with signed C2SP checkpoints.
//!
//! No answer without a record: an answer leaves as [`Recorded`], and only [`Log::commit`] makes one, after
//! the record and the checkpoint that covers it are on the disk. [`verify`] trusts none of this: it reads
//! the segment files itself and hashes every entry again. Knows nothing of gRPC, and no content.
#![forbid(unsafe_code)]

mod committer;
mod core;
mod entry;
mod error;
mod facts;
mod leaf;
mod log;
mod note;
mod query;
mod recorded;
mod tiles;
mod tree;
mod verify;

pub use entry::{Entry, Kind, ModelUse, Record};
pub use error::Error;
pub use facts::FACTS;
pub use log::{Clock, Config, Log, Stats};
pub use query::{Filter, RecordPage};
pub use recorded::Recorded;
pub use tiles::export as export_tiles;
pub use tree::InclusionProof;
pub use verify::{Report, VerifyError, receipt as verify_receipt, verify, verify_since};
