//! Completeness and coherence of an application.

use crate::KnowledgeError;

/// The data files of this half: name and content, part of the knowledge digest.
pub(crate) const FILES: &[(&str, &str)] = &[];

/// What the data files of this half say.
#[derive(Debug)]
pub(crate) struct Rules {}

impl Rules {
    /// Reads the shipped files.
    pub(crate) fn shipped() -> Result<Self, KnowledgeError> {
        Ok(Self {})
    }
}
