//! The closed vocabulary of facts.

use crate::entry::Entry;
use crate::error::Error;

/// Bytes of one value.
pub(crate) const VALUE_BYTES_MAX: usize = 4096;

/// Bytes of a department, a caller, a method or an outcome.
const NAME_BYTES_MAX: usize = 256;

/// Every key a fact may have. Values are counts, ids, digests or words of a fixed list. A new key is a change
/// of this list, looked at for whether it could carry content.
pub const FACTS: &[&str] = &[
    "abstained",
    "application_type",
    "bytes",
    "case",
    "changes",
    "class_digest",
    "classes",
    "clock_back_ms",
    "consent_language",
    "consent_version",
    "corrected",
    "corpus_version",
    "decided",
    "decided_on",
    "decree",
    "decrees",
    "decrees_embedder",
    "decrees_embedder_next",
    "department",
    "documents",
    "erased",
    "existed",
    "fields",
    "file_errors",
    "files",
    "handshakes",
    "hints",
    "hits",
    "items",
    "limit",
    "masked",
    "messages",
    "missing",
    "model",
    "out_of_service",
    "ocr",
    "officer",
    "outcome",
    "pages",
    "passages",
    "policy",
    "reason",
    "quotes",
    "receipt",
    "receipt_sha256",
    "records",
    "refused",
    "removed",
    "replaces",
    "results",
    "role",
    "rules",
    "service",
    "session",
    "strategy",
    "subject",
    "texts",
    "tokens",
    "unreadable",
    "verdict",
    "versions",
    "version",
];

/// Holds an entry to the vocabulary. A build for development refuses what isn't in it; a release leaves that
/// fact out and keeps the record, because a record with a fact too few is better than none.
///
/// Names that come from a caller, such as the path of a method that doesn't exist, must look like names.
pub(crate) fn hold(entry: &mut Entry) -> Result<(), Error> {
    let names = [&mut entry.department, &mut entry.caller, &mut entry.method, &mut entry.outcome];
    for name in names {
        if name.len() > NAME_BYTES_MAX || !is_id(name) {
            "unreadable".clone_into(name);
        }
    }
    let stray: Vec<String> = entry
        .facts
        .iter()
        .filter(|(key, value)| !FACTS.contains(&key.as_str()) || !is_id(value))
        .map(|(key, _)| key.clone())
        .collect();
    for key in stray {
        tracing::error!(
            method = entry.method,
            "a fact outside the vocabulary was left out of a record"
        );
        if cfg!(debug_assertions) {
            return Err(Error::Fact { key });
        }
        entry.facts.remove(&key);
    }
    Ok(())
}

/// Ids, counts, digests and lists of them; no space, so no sentence.
fn is_id(value: &str) -> bool {
    value.len() <= VALUE_BYTES_MAX
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.,:/+=@".contains(&byte))
}
