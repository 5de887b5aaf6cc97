//! What the console shows of the watched folder; the composition root tells it.

use std::sync::Arc;
use std::time::SystemTime;

/// The watched folder as of now; none where none is watched.
pub type LookAtWatched = Arc<dyn Fn() -> Option<WatchedFolder> + Send + Sync>;

/// A watched folder.
#[derive(Clone, Debug)]
pub struct WatchedFolder {
    /// Which.
    pub folder: String,
    /// When it was looked at last.
    pub looked_at: Option<SystemTime>,
    /// Files in it.
    pub files: usize,
    /// Those that are to be imported.
    pub waiting: usize,
    /// Files that were taken so far.
    pub taken: usize,
    /// Refused ones, those inside archives counted each.
    pub refused: usize,
    /// Why not everything could be looked at or imported.
    pub problem: Option<String>,
    /// What became of files: refused first, then the newest; a part where there are many.
    pub shown: Vec<WatchedFile>,
}

/// What became of a file.
#[derive(Clone, Debug)]
pub struct WatchedFile {
    /// Its path below the folder.
    pub name: String,
    /// When.
    pub at: SystemTime,
    /// `added`, `new_version`, `unchanged` or `refused`.
    pub outcome: String,
    /// Its decree, where it is one.
    pub decree_id: String,
    /// Why it was refused, or another remark.
    pub message: String,
}
