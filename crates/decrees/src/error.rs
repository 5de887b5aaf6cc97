//! What can go wrong with a corpus.

use crate::{DecreeId, VersionId};
use std::path::PathBuf;
use thiserror::Error;

/// Why the corpus gave no answer.
#[derive(Debug, Error)]
pub enum Error {
    /// No decree of that id.
    #[error("find the decree {id}")]
    UnknownDecree {
        /// The id asked for.
        id: DecreeId,
    },
    /// The decree has no such version.
    #[error("find version {version} of the decree {id}")]
    UnknownVersion {
        /// The decree.
        id: DecreeId,
        /// The version asked for.
        version: VersionId,
    },
    /// No version of the decree was in force on the day.
    #[error("find a version of the decree {id} that was in force on {day}")]
    NotInForce {
        /// The decree.
        id: DecreeId,
        /// The day asked for.
        day: crate::Day,
    },
    /// A search for nothing.
    #[error("search for an empty query")]
    EmptyQuery,
    /// The limit is outside 1..=100.
    #[error("return {limit} hits: 1 to 100 are possible")]
    Limit {
        /// What was asked for.
        limit: usize,
    },
    /// A kind that decrees do not have.
    #[error("know the kind {kind:?} of decree")]
    UnknownKind {
        /// What was given.
        kind: String,
    },
    /// A text that names no norm.
    #[error("read a norm from the reference {reference:?}")]
    UnreadableReference {
        /// What was given.
        reference: String,
    },
    /// A correction that cannot be kept, or that corrects nothing.
    #[error("correct the decree: {}", reason.english)]
    Correction {
        /// Why, in words.
        reason: Box<crate::Refused>,
    },
    /// The page size is not one of those that are possible.
    #[error("return {page_size} at a time: from 1 to a thousand, of citations 500, are possible")]
    PageSize {
        /// What was asked for.
        page_size: usize,
    },
    /// A page token that this corpus did not give.
    #[error("read the page token")]
    PageToken,
    /// The engine refused or failed.
    #[error("embed text")]
    Engine(#[source] inference::Error),
    /// The journal refused or failed.
    #[error("use the journal of decrees")]
    Journal(#[source] journal::Error),
    /// An entry of the journal that this version cannot read.
    #[error("read journal entry {sequence} of the decrees: {what}")]
    Entry {
        /// Its number.
        sequence: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The full-text index failed.
    #[error("use the full-text index of the decrees")]
    FullText(#[source] tantivy::TantivyError),
    /// A file could not be read or written.
    #[error("use {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The search ended by a panic; the next one is not affected.
    #[error("search to the end")]
    SearchEnded,
    /// The thread that keeps the index up to date has ended; a restart rebuilds what is missing.
    #[error("wait for the index of the decrees: its thread has ended")]
    IndexerStopped,
}
