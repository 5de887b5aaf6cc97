//! What a paper is.

use std::time::Instant;

use inference::Lane;

use crate::service::Inner;
use crate::{Classified, ClassifiedDocument, Error, InputPaper};

pub(crate) async fn classify(
    inner: &Inner,
    papers: &[InputPaper<'_>],
    lane: &Lane,
    deadline: Option<Instant>,
) -> Result<Classified, Error> {
    let _ = (inner, lane, deadline);
    let documents = papers
        .iter()
        .map(|input| ClassifiedDocument {
            file_index: input.file_index,
            filename: input.filename.to_owned(),
            first_page: 1,
            last_page: u32::try_from(input.paper.pages.len()).unwrap_or(u32::MAX),
            document_class: "unknown_other".to_owned(),
            probability: 0.0,
            prediction_set: Vec::new(),
            abstained: true,
            evidence: Vec::new(),
            language: "und".to_owned(),
            text_source: reading::TextSource::Digital,
            text_quality: 1.0,
        })
        .collect();
    Ok(Classified { documents, ..Classified::default() })
}
