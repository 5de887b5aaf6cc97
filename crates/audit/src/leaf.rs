//! The bytes of a record: JSON with fixed fields in a fixed order, hashed as they stand.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Kind, ModelUse, Record};

/// C2SP tlog-tiles gives the length of an entry in two bytes.
pub(crate) const LEAF_BYTES_MAX: usize = 65_535;
/// A later schema adds fields at the end and keeps these.
const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Leaf<'leaf> {
    schema: u32,
    index: u64,
    at: Cow<'leaf, str>,
    kind: Cow<'leaf, str>,
    department: Cow<'leaf, str>,
    caller: Cow<'leaf, str>,
    method: Cow<'leaf, str>,
    mode: Option<Cow<'leaf, str>>,
    outcome: Cow<'leaf, str>,
    models: Vec<LeafModel<'leaf>>,
    rules_digest: Cow<'leaf, str>,
    corpus_version: u64,
    inference: Cow<'leaf, str>,
    input_digest: String,
    output_digest: String,
    facts: BTreeMap<Cow<'leaf, str>, Cow<'leaf, str>>,
    start_index: Option<u64>,
}

/// What opening a log needs of each record.
#[derive(Deserialize)]
struct LeafPlace<'leaf> {
    schema: u32,
    index: u64,
    #[serde(borrow)]
    at: Cow<'leaf, str>,
    #[serde(borrow)]
    kind: Cow<'leaf, str>,
    start_index: Option<u64>,
}

/// Where and when a record stands, and which record it ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) index: u64,
    pub(crate) at: SystemTime,
    pub(crate) kind: Kind,
    pub(crate) start_index: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct LeafModel<'leaf> {
    name: Cow<'leaf, str>,
    task: Cow<'leaf, str>,
    digest: Cow<'leaf, str>,
    dtype: Cow<'leaf, str>,
    device: Cow<'leaf, str>,
}

/// The bytes that are hashed.
pub(crate) fn encode(index: u64, at: SystemTime, entry: &Entry) -> Vec<u8> {
    let leaf = Leaf {
        schema: SCHEMA,
        index,
        at: DateTime::<Utc>::from(at).to_rfc3339_opts(SecondsFormat::Micros, true).into(),
        kind: entry.kind.as_str().into(),
        department: (&entry.department).into(),
        caller: (&entry.caller).into(),
        method: (&entry.method).into(),
        mode: entry.mode.map(|mode| mode.as_str().into()),
        outcome: (&entry.outcome).into(),
        models: entry.models.iter().map(LeafModel::from).collect(),
        rules_digest: (&entry.rules_digest).into(),
        corpus_version: entry.corpus_version,
        inference: (&entry.inference).into(),
        input_digest: hex::encode(&entry.input_digest),
        output_digest: hex::encode(&entry.output_digest),
        facts: entry.facts.iter().map(|(key, value)| (key.into(), value.into())).collect(),
        start_index: entry.start_index,
    };
    // Strings, numbers and maps with string keys always serialize; the size check would catch the rest.
    serde_json::to_vec(&leaf).unwrap_or_default()
}

/// As [`decode`], without what opening does not ask for.
pub(crate) fn place(bytes: &[u8]) -> Option<Place> {
    let leaf: LeafPlace<'_> = serde_json::from_slice(bytes).ok()?;
    (leaf.schema == SCHEMA).then_some(())?;
    let at = time(&leaf.at)?;
    Some(Place { index: leaf.index, at, kind: kind(&leaf.kind)?, start_index: leaf.start_index })
}

fn kind(word: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
}

fn time(text: &str) -> Option<SystemTime> {
    Some(DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc).into())
}

/// What the bytes say; `None` where they are no leaf of this schema.
pub(crate) fn decode(bytes: Vec<u8>) -> Option<Record> {
    let leaf: Leaf<'_> = serde_json::from_slice(&bytes).ok()?;
    if leaf.schema != SCHEMA {
        return None;
    }
    let entry = Entry {
        kind: kind(&leaf.kind)?,
        department: leaf.department.into_owned(),
        caller: leaf.caller.into_owned(),
        method: leaf.method.into_owned(),
        mode: match leaf.mode {
            Some(mode) => Some(access::Mode::from_str(&mode).ok()?),
            None => None,
        },
        outcome: leaf.outcome.into_owned(),
        models: leaf.models.into_iter().map(ModelUse::from).collect(),
        rules_digest: leaf.rules_digest.into_owned(),
        corpus_version: leaf.corpus_version,
        inference: leaf.inference.into_owned(),
        input_digest: hex::decode(leaf.input_digest).ok()?,
        output_digest: hex::decode(leaf.output_digest).ok()?,
        facts: leaf
            .facts
            .into_iter()
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect(),
        start_index: leaf.start_index,
    };
    let at = time(&leaf.at)?;
    Some(Record { index: leaf.index, at, entry, leaf: bytes })
}

impl<'leaf> From<&'leaf ModelUse> for LeafModel<'leaf> {
    fn from(model: &'leaf ModelUse) -> LeafModel<'leaf> {
        LeafModel {
            name: (&model.name).into(),
            task: (&model.task).into(),
            digest: (&model.digest).into(),
            dtype: (&model.dtype).into(),
            device: (&model.device).into(),
        }
    }
}

impl From<LeafModel<'_>> for ModelUse {
    fn from(model: LeafModel<'_>) -> ModelUse {
        ModelUse {
            name: model.name.into_owned(),
            task: model.task.into_owned(),
            digest: model.digest.into_owned(),
            dtype: model.dtype.into_owned(),
            device: model.device.into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_place_says_what_the_whole_record_says() {
        let at = UNIX_EPOCH + Duration::from_micros(1_795_521_600_123_456);
        for kind in Kind::ALL {
            let entry = Entry { kind, start_index: Some(5), ..Entry::default() };
            let leaf = encode(7, at, &entry);
            assert_eq!(place(&leaf), Some(Place { index: 7, at, kind, start_index: Some(5) }));
            let record = decode(leaf).unwrap();
            assert_eq!((record.index, record.at, record.entry), (7, at, entry));
        }
        assert_eq!(place(br#"{"schema":2}"#), None);
    }
}
