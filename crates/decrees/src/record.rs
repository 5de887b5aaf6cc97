//! What the journal of decrees holds: versions with their texts, and withdrawals.
//!
//! An entry is one byte of format, the length of the facts (u32, little-endian), the facts as
//! JSON, and for a version its text, compressed with zstd.

use crate::{Day, DecreeId, Error, Kind, VersionId};
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
        })),
        Record::Withdrawal(withdrawal) => Stored::Withdrawal {
            decree: withdrawal.decree_id.as_str().to_owned(),
            valid_to: withdrawal.valid_to.to_string(),
            replaced_by: withdrawal.replaced_by.as_ref().map(|id| id.as_str().to_owned()),
        },
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
        }),
        Stored::Withdrawal { decree, valid_to, replaced_by } => Record::Withdrawal(Withdrawal {
            decree_id: DecreeId::new(decree),
            valid_to: Day::parse_iso(&valid_to)?,
            replaced_by: replaced_by.map(DecreeId::new),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
