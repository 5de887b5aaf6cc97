//! The sections of a version, for reading.

use super::{Corpus, Which};
use crate::index::table::PassageTable;
use crate::passages::Piece;
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
        let section = |(first, last): (&Piece, &Piece)| Section {
            label: first.section.clone(),
            heading: first.path.last().cloned().unwrap_or_default(),
            depth: first.path.len().saturating_sub(1),
            start: first.start,
            end: last.end,
        };
        Ok((version, sections(&snapshot.lexical.table, ordinal).map(section).collect()))
    }
}

/// The sections of a version, each by its first and its last passage: a long one is cut into several.
pub(super) fn sections(
    table: &PassageTable,
    ordinal: u32,
) -> impl Iterator<Item = (&Piece, &Piece)> {
    let pieces = table.pieces(usize::try_from(ordinal).unwrap_or(usize::MAX));
    let one =
        |left: &Piece, right: &Piece| left.section == right.section && left.path == right.path;
    pieces.chunk_by(one).filter_map(|parts| Some((parts.first()?, parts.last()?)))
}
