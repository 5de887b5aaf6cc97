//! Audit records.

use audit::{Kind, Record, RecordPage};
use prost::Message;

use crate::proto;

/// As much of the page as an answer holds; the next page goes on where this one was cut.
pub(crate) fn page(page: RecordPage, bytes_max: usize) -> proto::ListRecordsResponse {
    let mut answer = proto::ListRecordsResponse {
        records: Vec::with_capacity(page.records.len()),
        next_index: page.next_index,
        tree_size: page.tree_size,
    };
    let budget = bytes_max.saturating_sub(64 * 1024);
    let mut bytes = 0;
    for record in &page.records {
        let converted = self::record(record);
        bytes += converted.encoded_len() + 8;
        if bytes > budget && !answer.records.is_empty() {
            answer.next_index = record.index;
            break;
        }
        answer.records.push(converted);
    }
    answer
}

fn record(record: &Record) -> proto::AuditRecord {
    let entry = &record.entry;
    proto::AuditRecord {
        index: record.index,
        at: Some(super::timestamp(record.at)),
        inference_id: entry.inference.clone(),
        department: entry.department.clone(),
        caller: entry.caller.clone(),
        method: entry.method.clone(),
        mode: mode(entry.mode).into(),
        outcome: entry.outcome.clone(),
        models: entry.models.iter().map(model_use).collect(),
        rules_digest: entry.rules_digest.clone(),
        corpus_version: entry.corpus_version,
        input_digest: entry.input_digest.clone().into(),
        output_digest: entry.output_digest.clone().into(),
        facts: entry.facts.clone().into_iter().collect(),
        leaf: record.leaf.clone().into(),
        kind: kind(entry.kind).into(),
        start_index: entry.start_index.unwrap_or(0),
    }
}

fn mode(mode: Option<access::Mode>) -> proto::Mode {
    match mode {
        None => proto::Mode::Unspecified,
        Some(access::Mode::Applicant) => proto::Mode::Applicant,
        Some(access::Mode::Office) => proto::Mode::Office,
    }
}

fn kind(kind: Kind) -> proto::audit_record::Kind {
    match kind {
        Kind::Call => proto::audit_record::Kind::Call,
        Kind::Start => proto::audit_record::Kind::Start,
        Kind::End => proto::audit_record::Kind::End,
        Kind::Change => proto::audit_record::Kind::Change,
        Kind::Erasure => proto::audit_record::Kind::Erasure,
    }
}

fn model_use(model: &audit::ModelUse) -> proto::ModelUse {
    proto::ModelUse {
        name: model.name.clone(),
        task: model.task.clone(),
        digest: model.digest.clone(),
        dtype: model.dtype.clone(),
        device: model.device.clone(),
    }
}
