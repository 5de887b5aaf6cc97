//! Decrees, regulations and laws as an office needs them: imported verbatim, kept in every version,
//! found as they stood on a day, cited with their place.
//!
//! The truth is the journal of versions with their texts, and the files beside it. Everything that
//! search uses (full text, vectors, tables) is derived from it, carries the position in the journal
//! up to which it is complete, and is rebuilt on any doubt.
//!
//! What this crate refuses to know: who asks and whether they may, gRPC, how bytes become pages.
#![deny(unsafe_code)]

mod analysis;
mod catalogue;
mod config;
mod corpus;
mod day;
mod decree;
mod editing;
mod error;
mod files;
mod index;
pub mod intake;
pub mod laws;
mod metadata;
mod passages;
mod record;
mod references;
mod running;
mod search;
mod sentences;
mod texts;

pub use config::{Clock, Config};
pub use corpus::{
    Answered, Change, ChangePage, Citation, CitationPage, CitationQuery, Cited, Corpus,
    CorpusStats, Embedders, Event, Exchange, Importer, News, NewsPage, NewsQuery, Quote, Section,
    Which,
};
pub use day::Day;
pub use decree::{
    Content, DecreeId, DecreeText, DecreeVersion, Imported, Kind, Metadata, Outcome, Refused,
    Source, VersionId, VersionPage,
};
pub use editing::{Field, Reading};
pub use error::Error;
pub use search::{Evidence, Glossary, Hit, Passage, SearchAnswer, SearchRequest, Span, Strategy};

/// Compiles one of this crate's own patterns.
#[expect(clippy::expect_used, reason = "the patterns are constants, and tests use each of them")]
fn pattern(source: &str) -> regex::Regex {
    regex::Regex::new(source).expect("a pattern of this crate is sound")
}
