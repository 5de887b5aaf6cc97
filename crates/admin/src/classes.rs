//! What the console needs of the office's own classes of papers; the files lie elsewhere.

use std::future::Future;
use std::pin::Pin;

use documents::own::{Action, Definition, History, HistoryError, OwnError, Preview, Reason};
use documents::paper::FileError;

/// An answer that takes a while.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// The office's own classes: their versions, and how they come into force.
pub trait OwnClasses: Send + Sync {
    /// All of them, by id.
    ///
    /// # Errors
    /// Their files cannot be read.
    fn list(&self) -> Result<Vec<Listed>, Failure>;

    /// Saves a new version, made from these files (name and bytes), and says its number. The files are forgotten.
    fn add(
        &self,
        definition: Definition,
        files: Vec<(String, Vec<u8>)>,
        act: Act,
    ) -> Pending<'_, u32>;

    /// What a version would do.
    fn preview(&self, id: String, version: u32) -> Pending<'_, Preview>;

    /// Puts a version in force, or takes it out; works at once.
    fn change(&self, id: String, action: Action, version: u32, act: Act) -> Pending<'_, ()>;
}

/// Who does something, and why.
#[derive(Clone, Debug)]
pub struct Act {
    /// As signed in.
    pub by: String,
    /// For the audit log.
    pub reason: Reason,
    /// For people; stays on this machine.
    pub note: String,
}

/// A class with its newest version.
#[derive(Clone, Debug)]
pub struct Listed {
    /// As that version has it.
    pub definition: Definition,
    /// How many samples that version was made from.
    pub samples: usize,
    /// Whether the version in force, or else the newest, has too few of them to be sure.
    pub provisional: bool,
    /// Everything that was done to it.
    pub history: History,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The class itself is wrong.
    #[error(transparent)]
    Class(#[from] OwnError),
    /// The change makes no sense.
    #[error(transparent)]
    Change(#[from] HistoryError),
    /// A sample cannot be read.
    #[error("read the sample {number}")]
    File {
        /// From 1, in the order given.
        number: usize,
        /// What is wrong with it.
        #[source]
        source: FileError,
    },
    /// The files of the classes.
    #[error("read or keep the office's own classes")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}
