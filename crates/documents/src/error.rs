//! What can go wrong while papers are judged.

/// Papers could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine refused or failed.
    #[error("classify the papers")]
    Engine(#[source] inference::Error),
}
