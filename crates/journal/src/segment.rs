//! The bytes of a segment file.
//!
//! A header of 64 bytes (magic, version, sequence of the first entry, CRC-32C), then entries, then zeros
//! that were written in advance. All numbers are little-endian.
//!
//! | entry       | bytes |                                                                |
//! |-------------|-------|----------------------------------------------------------------|
//! | mark        | 4     | `ENTY`, or `CLOS` where the journal was closed in order        |
//! | length      | 4     | of the payload; 0 in a `CLOS`                                  |
//! | sequence    | 8     |                                                                |
//! | batch first | 8     | everything before this sequence was durable when it was written |
//! | CRC-32C     | 4     | over the fields above and the payload                          |
//! | payload     |       |                                                                |
//!
//! *Batch first* is what tells a torn tail from damage: a write that was cut off can leave any of its blocks
//! behind, in any order, but no entry behind it that says the lost one was durable.

#[cfg(test)]
mod tests;

use std::ops::Range;

/// Bytes before the first entry.
pub(crate) const SEGMENT_HEADER_BYTES: usize = 64;
/// Bytes before a payload.
pub(crate) const ENTRY_HEADER_BYTES: usize = 28;
/// What this build writes and reads.
pub(crate) const VERSION: u32 = 1;

const MAGIC: [u8; 8] = *b"AMTSJRNL";
const ENTRY: [u8; 4] = *b"ENTY";
const CLOSE: [u8; 4] = *b"CLOS";

/// The first bytes of a segment.
pub(crate) fn header(first_sequence: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SEGMENT_HEADER_BYTES);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&first_sequence.to_le_bytes());
    let crc = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes.resize(SEGMENT_HEADER_BYTES, 0);
    bytes
}

/// The sequence of the first entry, where the bytes begin as a segment of this version.
pub(crate) fn read_header(bytes: &[u8]) -> Option<u64> {
    let (fields, rest) = bytes.get(..SEGMENT_HEADER_BYTES)?.split_at_checked(20)?;
    let crc = u32_at(rest, 0)?;
    let valid = fields.starts_with(&MAGIC)
        && u32_at(fields, 8)? == VERSION
        && crc32c::crc32c(fields) == crc
        && rest.get(4..)?.iter().all(|&byte| byte == 0);
    valid.then(|| u64_at(fields, 12))?
}

/// Appends an entry to a batch. The length was checked against `entry_bytes_max` before.
pub(crate) fn encode(batch: &mut Vec<u8>, sequence: u64, batch_first: u64, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    frame(batch, ENTRY, length, [sequence, batch_first], payload);
}

/// The mark that everything before `sequence` is durable and nothing follows.
pub(crate) fn close_mark(sequence: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ENTRY_HEADER_BYTES);
    frame(&mut bytes, CLOSE, 0, [sequence, sequence], &[]);
    bytes
}

fn frame(out: &mut Vec<u8>, mark: [u8; 4], length: u32, numbers: [u64; 2], payload: &[u8]) {
    let start = out.len();
    out.extend_from_slice(&mark);
    out.extend_from_slice(&length.to_le_bytes());
    for number in numbers {
        out.extend_from_slice(&number.to_le_bytes());
    }
    let crc = crc32c::crc32c(out.get(start..).unwrap_or_default());
    let crc = crc32c::crc32c_append(crc, payload);
    out.extend_from_slice(&crc.to_le_bytes());
    out.extend_from_slice(payload);
}

/// One entry or close mark whose CRC is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'bytes> {
    pub(crate) closes: bool,
    pub(crate) sequence: u64,
    pub(crate) batch_first: u64,
    pub(crate) payload: &'bytes [u8],
}

impl Frame<'_> {
    fn bytes(&self) -> usize {
        ENTRY_HEADER_BYTES + self.payload.len()
    }
}

/// The frame at the beginning of `bytes`, if a whole and undamaged one is there.
pub(crate) fn decode(bytes: &[u8]) -> Option<Frame<'_>> {
    let header = bytes.get(..ENTRY_HEADER_BYTES)?;
    let mark = header.get(..4)?;
    let closes = mark == CLOSE;
    if !closes && mark != ENTRY {
        return None;
    }
    let length = usize::try_from(u32_at(header, 4)?).ok()?;
    if closes != (length == 0) {
        return None;
    }
    let payload = bytes.get(ENTRY_HEADER_BYTES..ENTRY_HEADER_BYTES.checked_add(length)?)?;
    let crc = crc32c::crc32c_append(crc32c::crc32c(header.get(..24)?), payload);
    (crc == u32_at(header, 24)?).then_some(())?;
    Some(Frame { closes, sequence: u64_at(header, 8)?, batch_first: u64_at(header, 16)?, payload })
}

/// What a segment holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Where each entry begins.
    pub(crate) offsets: Vec<u64>,
    /// Where the next entry goes.
    pub(crate) end: u64,
    /// What stands there instead of zeros.
    pub(crate) tail: Tail,
}

/// What follows the last good entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Zeros, or a close mark.
    Clean,
    /// What a write left that was cut off; nobody was told that it was written.
    Torn(Range<usize>),
    /// An entry that had been durable is no longer whole.
    Damaged,
}

/// Reads all entries of a segment whose header was read.
pub(crate) fn scan(bytes: &[u8], first_sequence: u64) -> Scan {
    let mut offsets = Vec::new();
    let mut at = SEGMENT_HEADER_BYTES;
    let mut sequence = first_sequence;
    let mut closed = false;
    while let Some(frame) = bytes.get(at..).and_then(decode) {
        if frame.sequence != sequence {
            break;
        }
        if frame.closes {
            closed = true;
            break;
        }
        offsets.push(at as u64);
        at += frame.bytes();
        sequence += 1;
    }
    let rest_at = if closed { at + ENTRY_HEADER_BYTES } else { at };
    let tail = tail(bytes, rest_at, sequence).map_or(Tail::Clean, |tail| match tail {
        Tail::Torn(range) => Tail::Torn(at..range.end),
        Tail::Clean | Tail::Damaged => tail,
    });
    Scan { offsets, end: at as u64, tail }
}

/// Looks at what follows the good entries; `None` where only zeros do.
fn tail(bytes: &[u8], at: usize, sequence: u64) -> Option<Tail> {
    let rest = bytes.get(at..)?;
    let end = at + rest.iter().rposition(|&byte| byte != 0)? + 1;
    let was_durable = (at..end)
        .filter_map(|offset| bytes.get(offset..).and_then(decode))
        .any(|frame| frame.batch_first > sequence);
    Some(if was_durable { Tail::Damaged } else { Tail::Torn(at..end) })
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
