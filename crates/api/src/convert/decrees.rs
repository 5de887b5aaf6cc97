//! Decrees, versions, passages and days.

use decrees::{Citation, Day, DecreeVersion, Hit, Metadata, Outcome, Passage, Reading, Span};

use crate::failure::Failure;
use crate::proto;

/// A day of a request; nothing where it is unset.
pub(crate) fn day(field: &str, date: Option<&proto::Date>) -> Result<Option<Day>, Failure> {
    let Some(date) = date.filter(|date| (date.year, date.month, date.day) != (0, 0, 0)) else {
        return Ok(None);
    };
    let month = u32::try_from(date.month).ok();
    let day = u32::try_from(date.day).ok();
    month
        .zip(day)
        .and_then(|(month, day)| Day::new(date.year, month, day))
        .map(Some)
        .ok_or_else(|| Failure::invalid(field, "there is no such day"))
}

pub(crate) fn date(day: Day) -> proto::Date {
    let small = |number: u32| i32::try_from(number).unwrap_or(0);
    proto::Date { year: day.year(), month: small(day.month()), day: small(day.day()) }
}

pub(crate) fn metadata(given: Option<proto::DecreeMetadata>) -> Result<Metadata, Failure> {
    let given = given.unwrap_or_default();
    Ok(Metadata {
        issued_on: day("metadata.issued_on", given.issued_on.as_ref())?,
        valid_from: day("metadata.valid_from", given.valid_from.as_ref())?,
        valid_to: day("metadata.valid_to", given.valid_to.as_ref())?,
        decree_id: given.decree_id,
        title: given.title,
        kind: given.kind,
        issuer: given.issuer,
        file_number: given.file_number,
        replaces: given.replaces,
    })
}

/// A version without its text.
pub(crate) fn version(version: &DecreeVersion) -> proto::Decree {
    proto::Decree {
        decree_id: version.decree_id.to_string(),
        version_id: version.version_id.to_string(),
        title: version.title.clone(),
        kind: version.kind.as_str().to_owned(),
        issuer: version.issuer.clone(),
        file_number: version.file_number.clone(),
        issued_on: version.issued_on.map(date),
        valid_from: version.valid_from.map(date),
        valid_to: version.valid_to.map(date),
        replaces: version.replaces.clone(),
        references: Vec::new(),
        text: String::new(),
        source_sha256: version.source_sha256.clone(),
        text_characters: version.text_characters,
        // A page of many versions would not fit with them; whoever answers one adds them.
        readings: Vec::new(),
        corrected: version.corrected.iter().map(ToString::to_string).collect(),
    }
}

pub(crate) fn readings(readings: &[Reading]) -> Vec<proto::MetadataReading> {
    let reading = |reading: &Reading| proto::MetadataReading {
        field: reading.field.to_string(),
        value: reading.value.clone(),
        quote: reading.quote.clone(),
        confidence: reading.confidence(),
    };
    readings.iter().map(reading).collect()
}

fn span(span: &Span) -> proto::Span {
    proto::Span { start: span.start, end: span.end }
}

pub(crate) fn citation(citation: &Citation) -> proto::Citation {
    proto::Citation {
        passage: Some(passage(&citation.passage)),
        places: citation.places.iter().map(span).collect(),
        is_cited: citation.is_cited,
    }
}

pub(crate) fn hit(hit: &Hit) -> proto::Hit {
    proto::Hit {
        passage: Some(passage(&hit.passage)),
        score: hit.score,
        lexical_score: hit.lexical_score,
        dense_score: hit.dense_score,
        rerank_score: hit.rerank_score,
        highlights: hit.highlights.iter().map(span).collect(),
    }
}

pub(crate) fn passage(passage: &Passage) -> proto::Passage {
    proto::Passage {
        decree_id: passage.decree_id.to_string(),
        version_id: passage.version_id.to_string(),
        title: passage.title.clone(),
        kind: passage.kind.as_str().to_owned(),
        issuer: passage.issuer.clone(),
        file_number: passage.file_number.clone(),
        section: passage.section.clone(),
        page: passage.page,
        start: passage.start,
        end: passage.end,
        text: passage.text.clone(),
        valid_from: passage.valid_from.map(date),
        valid_to: passage.valid_to.map(date),
        citation: passage.citation.clone(),
        superseded_by: passage.superseded_by.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

pub(crate) fn outcome(outcome: Outcome) -> proto::import_decrees_response::Outcome {
    match outcome {
        Outcome::Added => proto::import_decrees_response::Outcome::Added,
        Outcome::NewVersion => proto::import_decrees_response::Outcome::NewVersion,
        Outcome::Unchanged => proto::import_decrees_response::Outcome::Unchanged,
    }
}
