//! What the journal of decrees holds: versions with their texts, withdrawals, and corrections.
//!
//! An entry is one byte of format, the length of the facts (u32, little-endian), the facts as
//! JSON, and for a version its text, compressed with zstd.

use crate::{Day, DecreeId, Error, Field, Kind, Reading, VersionId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const FORMAT: u8 = 1;
const COMPRESSION_LEVEL: i32 = 3;

/// An entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// A version was imported.
    Version(VersionFacts),
    /// A decree's validity was ended.
    Withdrawal(Withdrawal),
    /// Fields of a version were corrected by an editor.
    Correction(Box<Correction>),
}

/// The facts of a version as they were imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VersionFacts {
    pub(crate) decree_id: DecreeId,
    pub(crate) version_id: VersionId,
    pub(crate) title: String,
    pub(crate) kind: Kind,
    pub(crate) issuer: String,
    pub(crate) file_number: String,
    pub(crate) issued_on: Option<Day>,
    /// As stated; what results is the catalogue's business.
    pub(crate) valid_from: Option<Day>,
    pub(crate) valid_to: Option<Day>,
    pub(crate) replaces: Vec<String>,
    pub(crate) source_sha256: String,
    pub(crate) text_bytes: u32,
    pub(crate) text_characters: u32,
    /// First character of each page; empty where the source has no pages.
    pub(crate) page_starts: Vec<u32>,
    /// How those of the fields above were read that the sender did not state.
    pub(crate) readings: Vec<Reading>,
}

/// Fields of a version that count from now on instead of those before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Correction {
    pub(crate) decree_id: DecreeId,
    pub(crate) version_id: VersionId,
    /// The fields that change; what stands in the others says nothing.
    pub(crate) fields: Vec<Field>,
    pub(crate) title: String,
    pub(crate) kind: Kind,
    pub(crate) issuer: String,
    pub(crate) file_number: String,
    pub(crate) issued_on: Option<Day>,
    pub(crate) valid_from: Option<Day>,
    pub(crate) valid_to: Option<Day>,
    pub(crate) replaces: Vec<String>,
}

impl Correction {
    /// The facts with the correction in them.
    pub(crate) fn apply(&self, facts: &mut VersionFacts) {
        for field in &self.fields {
            match field {
                Field::Title => facts.title.clone_from(&self.title),
                Field::Kind => facts.kind = self.kind,
                Field::Issuer => facts.issuer.clone_from(&self.issuer),
                Field::FileNumber => facts.file_number.clone_from(&self.file_number),
                Field::IssuedOn => facts.issued_on = self.issued_on,
                Field::ValidFrom => facts.valid_from = self.valid_from,
                Field::ValidTo => facts.valid_to = self.valid_to,
                Field::Replaces => facts.replaces.clone_from(&self.replaces),
            }
        }
    }
}

/// The end of a decree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Withdrawal {
    pub(crate) decree_id: DecreeId,
    pub(crate) valid_to: Day,
    pub(crate) replaced_by: Option<DecreeId>,
}

/// The facts as they stand in the journal. Fields may be added with a default, never renamed.
#[derive(Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
enum Stored {
    Version(Box<StoredVersion>),
    Withdrawal { decree: String, valid_to: String, replaced_by: Option<String> },
    Correction(Box<StoredCorrection>),
}

#[derive(Serialize, Deserialize)]
struct StoredVersion {
    decree: String,
    version: String,
    title: String,
    kind: String,
    issuer: String,
    file_number: String,
    issued_on: Option<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
    replaces: Vec<String>,
    source_sha256: String,
    text_bytes: u32,
    text_characters: u32,
    page_starts: Vec<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    readings: Vec<StoredReading>,
}

#[derive(Serialize, Deserialize)]
struct StoredReading {
    field: String,
    value: String,
    quote: String,
    percent: u8,
}

#[derive(Serialize, Deserialize)]
struct StoredCorrection {
    decree: String,
    version: String,
    fields: Vec<String>,
    title: String,
    kind: String,
    issuer: String,
    file_number: String,
    issued_on: Option<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
    replaces: Vec<String>,
}

/// A version id: the same for the same decree, bytes and stated validity, everywhere.
pub(crate) fn version_id(
    decree: &DecreeId,
    source_sha256: &str,
    valid_from: Option<Day>,
    valid_to: Option<Day>,
) -> VersionId {
    let day = |day: Option<Day>| day.map_or_else(String::new, |day| day.to_string());
    let mut hash = Sha256::new();
    // Lengths keep two fields from running into one another.
    for field in [decree.as_str(), source_sha256, &day(valid_from), &day(valid_to)] {
        hash.update(field.len().to_le_bytes());
        hash.update(field.as_bytes());
    }
    let digest = hex::encode(hash.finalize());
    VersionId::new(digest.get(..24).unwrap_or(&digest))
}

/// Writes an entry; `text` belongs to a version.
pub(crate) fn encode(record: &Record, text: &str) -> std::io::Result<Vec<u8>> {
    let facts = serde_json::to_vec(&stored(record))?;
    let length = u32::try_from(facts.len()).map_err(std::io::Error::other)?;
    let mut entry = Vec::with_capacity(facts.len() + 5 + text.len() / 3);
    entry.push(FORMAT);
    entry.extend_from_slice(&length.to_le_bytes());
    entry.extend_from_slice(&facts);
    if matches!(record, Record::Version(_)) {
        entry.extend_from_slice(&zstd::bulk::compress(text.as_bytes(), COMPRESSION_LEVEL)?);
    }
    Ok(entry)
}

/// Reads the facts of an entry.
pub(crate) fn decode(sequence: u64, entry: &[u8]) -> Result<Record, Error> {
    let wrong = |what| Error::Entry { sequence, what };
    let (facts, _) = parts(entry).ok_or(wrong("its frame is not one of ours"))?;
    let stored: Stored =
        serde_json::from_slice(facts).map_err(|_| wrong("its facts are not readable"))?;
    record(stored).ok_or(wrong("a fact has no meaning here"))
}

/// Reads the text of a version's entry.
pub(crate) fn decode_text(
    sequence: u64,
    entry: &[u8],
    facts: &VersionFacts,
) -> Result<String, Error> {
    let wrong = |what| Error::Entry { sequence, what };
    let (_, packed) = parts(entry).ok_or(wrong("its frame is not one of ours"))?;
    let length = usize::try_from(facts.text_bytes).map_err(|_| wrong("its text is too long"))?;
    let bytes =
        zstd::bulk::decompress(packed, length).map_err(|_| wrong("its text cannot be unpacked"))?;
    String::from_utf8(bytes).map_err(|_| wrong("its text is not UTF-8"))
}

fn parts(entry: &[u8]) -> Option<(&[u8], &[u8])> {
    let (format, rest) = entry.split_first()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if *format == FORMAT { rest.split_at_checked(length) } else { None }
}

fn stored(record: &Record) -> Stored {
    let day = |day: Option<Day>| day.map(|day| day.to_string());
    match record {
        Record::Version(facts) => Stored::Version(Box::new(StoredVersion {
            decree: facts.decree_id.as_str().to_owned(),
            version: facts.version_id.as_str().to_owned(),
            title: facts.title.clone(),
            kind: facts.kind.as_str().to_owned(),
            issuer: facts.issuer.clone(),
            file_number: facts.file_number.clone(),
            issued_on: day(facts.issued_on),
            valid_from: day(facts.valid_from),
            valid_to: day(facts.valid_to),
            replaces: facts.replaces.clone(),
            source_sha256: facts.source_sha256.clone(),
            text_bytes: facts.text_bytes,
            text_characters: facts.text_characters,
            page_starts: facts.page_starts.clone(),
            readings: facts.readings.iter().map(stored_reading).collect(),
        })),
        Record::Correction(correction) => Stored::Correction(Box::new(StoredCorrection {
            decree: correction.decree_id.as_str().to_owned(),
            version: correction.version_id.as_str().to_owned(),
            fields: correction.fields.iter().map(ToString::to_string).collect(),
            title: correction.title.clone(),
            kind: correction.kind.as_str().to_owned(),
            issuer: correction.issuer.clone(),
            file_number: correction.file_number.clone(),
            issued_on: day(correction.issued_on),
            valid_from: day(correction.valid_from),
            valid_to: day(correction.valid_to),
            replaces: correction.replaces.clone(),
        })),
        Record::Withdrawal(withdrawal) => Stored::Withdrawal {
            decree: withdrawal.decree_id.as_str().to_owned(),
            valid_to: withdrawal.valid_to.to_string(),
            replaced_by: withdrawal.replaced_by.as_ref().map(|id| id.as_str().to_owned()),
        },
    }
}

fn stored_reading(reading: &Reading) -> StoredReading {
    StoredReading {
        field: reading.field.as_str().to_owned(),
        value: reading.value.clone(),
        quote: reading.quote.clone(),
        percent: reading.percent,
    }
}

fn record(stored: Stored) -> Option<Record> {
    // A day that is there has to be readable: none means always, which is another validity.
    let day = |text: Option<String>| match text {
        None => Some(None),
        Some(text) => Day::parse_iso(&text).map(Some),
    };
    Some(match stored {
        Stored::Version(version) => Record::Version(VersionFacts {
            decree_id: DecreeId::new(version.decree),
            version_id: VersionId::new(version.version),
            title: version.title,
            kind: Kind::parse(&version.kind)?,
            issuer: version.issuer,
            file_number: version.file_number,
            issued_on: day(version.issued_on)?,
            valid_from: day(version.valid_from)?,
            valid_to: day(version.valid_to)?,
            replaces: version.replaces,
            source_sha256: version.source_sha256,
            text_bytes: version.text_bytes,
            text_characters: version.text_characters,
            page_starts: version.page_starts,
            // A field of a later release is passed over: it is about how, not about what.
            readings: version.readings.into_iter().filter_map(reading).collect(),
        }),
        Stored::Correction(correction) => Record::Correction(Box::new(Correction {
            decree_id: DecreeId::new(correction.decree),
            version_id: VersionId::new(correction.version),
            fields: correction
                .fields
                .iter()
                .map(|name| Field::parse(name))
                .collect::<Option<_>>()?,
            title: correction.title,
            kind: Kind::parse(&correction.kind)?,
            issuer: correction.issuer,
            file_number: correction.file_number,
            issued_on: day(correction.issued_on)?,
            valid_from: day(correction.valid_from)?,
            valid_to: day(correction.valid_to)?,
            replaces: correction.replaces,
        })),
        Stored::Withdrawal { decree, valid_to, replaced_by } => Record::Withdrawal(Withdrawal {
            decree_id: DecreeId::new(decree),
            valid_to: Day::parse_iso(&valid_to)?,
            replaced_by: replaced_by.map(DecreeId::new),
        }),
    })
}

fn reading(stored: StoredReading) -> Option<Reading> {
    let StoredReading { field, value, quote, percent } = stored;
    Some(Reading { field: Field::parse(&field)?, value, quote, percent })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As written before readings were kept.
    #[test]
    fn an_entry_of_the_first_release_is_read() {
        let facts = br#"{"entry":"version","decree":"d","version":"v","title":"T","kind":"decree","issuer":"",
            "file_number":"","issued_on":null,"valid_from":"2024-03-01","valid_to":null,"replaces":[],
            "source_sha256":"ab","text_bytes":1,"text_characters":1,"page_starts":[]}"#;
        let mut entry = vec![FORMAT];
        entry.extend_from_slice(&u32::try_from(facts.len()).unwrap().to_le_bytes());
        entry.extend_from_slice(facts);
        let Record::Version(facts) = decode(0, &entry).unwrap() else { panic!("a version") };
        assert_eq!((facts.title.as_str(), facts.valid_from), ("T", Day::new(2024, 3, 1)));
        assert!(facts.readings.is_empty());
    }

    #[test]
    fn a_correction_comes_back() {
        let record = Record::Correction(Box::new(Correction {
            decree_id: DecreeId::new("d"),
            version_id: VersionId::new("v"),
            fields: vec![Field::ValidTo, Field::Replaces],
            title: String::new(),
            kind: Kind::Decree,
            issuer: String::new(),
            file_number: String::new(),
            issued_on: None,
            valid_from: None,
            valid_to: Day::new(2025, 12, 31),
            replaces: vec!["alt".into()],
        }));
        assert_eq!(decode(0, &encode(&record, "").unwrap()).unwrap(), record);
    }

    #[test]
    fn an_entry_comes_back() {
        let decree_id = DecreeId::new("erlass-1");
        let day = Day::new(2024, 3, 1);
        let facts = VersionFacts {
            version_id: version_id(&decree_id, "ab", day, None),
            decree_id,
            title: "Über Gebühren".into(),
            kind: Kind::Decree,
            issuer: "Innenministerium".into(),
            file_number: "I-3".into(),
            issued_on: None,
            valid_from: day,
            valid_to: None,
            replaces: vec!["erlass-0".into()],
            source_sha256: "ab".into(),
            text_bytes: 6,
            text_characters: 5,
            page_starts: vec![],
            readings: vec![Reading {
                field: Field::ValidFrom,
                value: "2024-03-01".into(),
                quote: "Gültig ab: 01.03.2024".into(),
                percent: Reading::LABELLED,
            }],
        };
        let record = Record::Version(facts.clone());
        let entry = encode(&record, "Größe").unwrap();
        let facts = VersionFacts { text_bytes: 7, ..facts };
        assert_eq!(decode(0, &entry).unwrap(), record);
        assert_eq!(decode_text(0, &entry, &facts).unwrap(), "Größe");
        assert!(decode(0, &entry[..9]).is_err());
        assert!(decode(0, &[]).is_err());
        assert!(decode(0, &[2, 0, 0, 0, 0]).is_err());
    }

    #[test]
    fn version_ids_depend_on_decree_bytes_and_validity() {
        let id =
            |decree: &str, sha: &str, from| version_id(&DecreeId::new(decree), sha, from, None);
        let first = id("a", "bc", None);
        assert_eq!(first, id("a", "bc", None));
        for other in [id("ab", "c", None), id("a", "bd", None), id("a", "bc", Day::new(2024, 1, 1))]
        {
            assert_ne!(first, other);
        }
    }
}
