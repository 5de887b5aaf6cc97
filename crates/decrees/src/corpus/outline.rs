//! The sections of a version, for reading.

use super::{Corpus, Which};
use crate::{DecreeId, DecreeVersion, Error};

/// A section of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// "§ 16b", "Nr. 5.1.3"; empty for text before the first section.
    pub label: String,
    /// Its heading line; empty where it has none.
    pub heading: String,
    /// Headings above it.
    pub depth: usize,
    /// First character in the version's text.
    pub start: u32,
    /// One past the last.
    pub end: u32,
}

impl Corpus {
    /// A version and its sections in order.
    ///
    /// # Errors
    /// When there is no such decree, version, or none in force on the day.
    pub fn outline(
        &self,
        id: &DecreeId,
        which: &Which,
    ) -> Result<(DecreeVersion, Vec<Section>), Error> {
        let snapshot = self.inner.shared.snapshot();
        let catalogue = &snapshot.lexical.catalogue;
        let ordinal = self.ordinal(catalogue, id, which)?;
        let version =
            catalogue.describe(ordinal).ok_or_else(|| Error::UnknownDecree { id: id.clone() })?;
        let mut sections: Vec<Section> = Vec::new();
        let mut last = None;
        for piece in snapshot.lexical.table.pieces(usize::try_from(ordinal).unwrap_or(usize::MAX)) {
            // A long section is cut into several passages; here it is one again.
            let place = (&piece.section, &piece.path);
            match sections.last_mut().filter(|_| last == Some(place)) {
                Some(section) => section.end = piece.end,
                None => sections.push(Section {
                    label: piece.section.clone(),
                    heading: piece.path.last().cloned().unwrap_or_default(),
                    depth: piece.path.len().saturating_sub(1),
                    start: piece.start,
                    end: piece.end,
                }),
            }
            last = Some(place);
        }
        Ok((version, sections))
    }
}
