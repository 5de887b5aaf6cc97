//! A passage as a citable place.

use super::{Passage, citation};
use crate::Error;
use crate::index::Lexical;
use crate::texts::Texts;

/// The passage of that number with its text; none where there is no such passage.
pub(crate) fn passage(
    lexical: &Lexical,
    number: u32,
    texts: &Texts,
) -> Result<Option<Passage>, Error> {
    let Some((ordinal, piece)) = lexical.table.get(number) else { return Ok(None) };
    let Some(version) = lexical.catalogue.version(ordinal) else { return Ok(None) };
    let whole = texts.get(version)?;
    let range = usize::try_from(piece.byte_start).ok().zip(usize::try_from(piece.byte_end).ok());
    let Some(text) = range.and_then(|(from, to)| whole.get(from..to)) else { return Ok(None) };
    Ok(place(lexical, number).map(|place| Passage { text: text.to_owned(), ..place }))
}

/// The passage of that number without its text.
pub(crate) fn place(lexical: &Lexical, number: u32) -> Option<Passage> {
    let (ordinal, piece) = lexical.table.get(number)?;
    let described = lexical.catalogue.describe(ordinal)?;
    Some(Passage {
        citation: citation::cite(&described, &piece.section, piece.page),
        decree_id: described.decree_id,
        version_id: described.version_id,
        title: described.title,
        kind: described.kind,
        issuer: described.issuer,
        file_number: described.file_number,
        section: piece.section.clone(),
        path: piece.path.clone(),
        page: piece.page,
        start: piece.start,
        end: piece.end,
        text: String::new(),
        valid_from: described.valid_from,
        valid_to: described.valid_to,
        superseded_by: described.superseded_by,
    })
}
