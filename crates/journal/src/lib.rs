//! Append-only segment files, and the derived sled index over them.
//!
//! A [`Journal`] is truth: what [`Journal::append`] returned is on the disk. An [`Index`] is derived: it
//! says up to which entry of the journal it was applied, and is deleted and rebuilt when in doubt.
//! Knows bytes and sequence numbers, never what they mean.
#![forbid(unsafe_code)]

mod directory;
mod error;
mod index;
mod segment;
mod store;

pub use directory::{create_directory, sync_directory};
pub use error::Error;
pub use index::{Index, Pairs, Write};
pub use store::{Config, Entries, Journal, Torn};
