//! What a paper says.

pub mod parse;

use crate::{ClassifiedDocument, DocumentFields, InputPaper, Knowledge};

/// Reads the values of a classified paper.
pub(crate) fn fields(
    _knowledge: &Knowledge,
    _papers: &[InputPaper<'_>],
    document: ClassifiedDocument,
) -> DocumentFields {
    DocumentFields { document, fields: Vec::new() }
}
