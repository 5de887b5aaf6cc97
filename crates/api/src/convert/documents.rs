//! Documents, fields, checklists and hints.

use std::time::SystemTime;

use documents::check::{
    ApplicationType, Checked, ChecklistItem, FormProposal, Hint, Severity, State,
};
use documents::paper::{MaskKind, Rect, TextSource};
use documents::{
    ClassScore, ClassifiedDocument, DocumentClass, DocumentFields, Field, Knowledge, Place,
};

use super::timestamp;
use crate::proto;

pub(crate) fn classified(document: &ClassifiedDocument) -> proto::ClassifiedDocument {
    proto::ClassifiedDocument {
        filename: document.filename.clone(),
        first_page: document.first_page,
        last_page: document.last_page,
        document_class: document.document_class.clone(),
        probability: document.probability,
        prediction_set: document.prediction_set.iter().map(score).collect(),
        abstained: document.abstained,
        evidence: document.evidence.iter().map(place).collect(),
        language: document.language.clone(),
        text_source: text_source(document.text_source).into(),
        text_quality: document.text_quality,
        file_index: document.file_index,
        provisional: document.provisional,
        masked: document.masked.iter().map(|(kind, passages)| masked(*kind, *passages)).collect(),
    }
}

fn masked(kind: MaskKind, passages: u32) -> proto::MaskedPassages {
    use proto::masked_passages::Kind;
    let kind = match kind {
        MaskKind::Religion => Kind::Religion,
        MaskKind::Ethnicity => Kind::Ethnicity,
        MaskKind::Health => Kind::Health,
        MaskKind::Offence => Kind::Offence,
        MaskKind::Opinion => Kind::Opinion,
        MaskKind::Sexuality => Kind::Sexuality,
        MaskKind::CardNumber => Kind::CardNumber,
    };
    proto::MaskedPassages { kind: kind.into(), passages }
}

fn score(score: &ClassScore) -> proto::ClassScore {
    proto::ClassScore {
        document_class: score.document_class.clone(),
        probability: score.probability,
    }
}

fn text_source(source: TextSource) -> proto::TextSource {
    match source {
        TextSource::Digital => proto::TextSource::Digital,
        TextSource::Ocr => proto::TextSource::Ocr,
        TextSource::Form => proto::TextSource::Form,
    }
}

pub(crate) fn fields(read: &DocumentFields) -> proto::DocumentFields {
    proto::DocumentFields {
        document: Some(classified(&read.document)),
        fields: read.fields.iter().map(field).collect(),
    }
}

fn field(field: &Field) -> proto::Field {
    proto::Field {
        name: field.name.clone(),
        value: field.value.clone(),
        raw: field.raw.clone(),
        confidence: field.confidence,
        place: Some(place(&field.place)),
    }
}

fn place(place: &Place) -> proto::Place {
    proto::Place {
        filename: place.filename.clone(),
        page: place.page,
        start: place.start,
        end: place.end,
        r#box: place.rect.map(rect),
        quote: place.quote.clone(),
        file_index: place.file_index,
    }
}

fn rect(rect: Rect) -> proto::Box {
    proto::Box { left: rect.left, top: rect.top, width: rect.width, height: rect.height }
}

/// The answer to an application but for its provenance.
pub(crate) fn checked(
    case_id: String,
    checked: &Checked,
    documents: &[DocumentFields],
    file_errors: Vec<proto::FileError>,
    erased_at_latest: SystemTime,
) -> proto::CheckApplicationResponse {
    proto::CheckApplicationResponse {
        case_id,
        application_type: checked.application_type.clone(),
        application_type_proposed: checked.application_type_proposed,
        documents: documents.iter().map(fields).collect(),
        checklist: checked.checklist.iter().map(item).collect(),
        hints: checked.hints.iter().map(hint).collect(),
        form_proposals: checked.proposals.iter().map(proposal).collect(),
        erased_at_latest: Some(timestamp(erased_at_latest)),
        provenance: None,
        file_errors,
    }
}

fn item(item: &ChecklistItem) -> proto::ChecklistItem {
    proto::ChecklistItem {
        id: item.id.clone(),
        title: item.title.clone(),
        document_classes: item.document_classes.clone(),
        state: state(item.state).into(),
        legal_basis: item.legal_basis.clone(),
        filenames: item.filenames.clone(),
        explanation: item.explanation.clone(),
        file_indexes: item.file_indexes.clone(),
        sources: Vec::new(),
    }
}

fn state(state: State) -> proto::checklist_item::State {
    match state {
        State::Present => proto::checklist_item::State::Present,
        State::ProbablyMissing => proto::checklist_item::State::ProbablyMissing,
        State::Unreadable => proto::checklist_item::State::Unreadable,
        State::Expired => proto::checklist_item::State::Expired,
        State::NotNeeded => proto::checklist_item::State::NotNeeded,
        State::Undecided => proto::checklist_item::State::Undecided,
    }
}

fn hint(hint: &Hint) -> proto::Hint {
    proto::Hint {
        rule: hint.rule.clone(),
        severity: severity(hint.severity).into(),
        text: hint.text.clone(),
        places: hint.places.iter().map(place).collect(),
        compared: hint.compared.clone().into_iter().collect(),
        confidence: hint.confidence,
    }
}

fn severity(severity: Severity) -> proto::hint::Severity {
    match severity {
        Severity::Quality => proto::hint::Severity::Quality,
        Severity::Info => proto::hint::Severity::Info,
        Severity::Check => proto::hint::Severity::Check,
        Severity::LikelyProblem => proto::hint::Severity::LikelyProblem,
    }
}

fn proposal(proposal: &FormProposal) -> proto::FormProposal {
    proto::FormProposal {
        form_field: proposal.form_field.clone(),
        value: proposal.value.clone(),
        confidence: proposal.confidence,
        place: Some(place(&proposal.place)),
    }
}

pub(crate) fn class(
    knowledge: &Knowledge,
    class: &DocumentClass,
    language: &str,
) -> proto::DocumentClass {
    proto::DocumentClass {
        id: class.id.clone(),
        title: knowledge.title(class, language),
        group: class.group.clone(),
        fields: class.fields.iter().map(|field| field.name.clone()).collect(),
        special_data: class.special_data.as_str().to_owned(),
        provisional: knowledge.is_provisional(&class.id),
    }
}

pub(crate) fn application_type(listed: ApplicationType) -> proto::ApplicationType {
    let item = |item: documents::check::ListedItem| proto::ChecklistItem {
        id: item.id,
        title: item.title,
        document_classes: item.document_classes,
        legal_basis: item.legal_basis,
        explanation: item.explanation,
        ..proto::ChecklistItem::default()
    };
    proto::ApplicationType {
        id: listed.id,
        title: listed.title,
        legal_basis: listed.legal_basis,
        checklist: listed.checklist.into_iter().map(item).collect(),
    }
}
