//! Reading segment files by the description of their format, without the journal's code.

use std::path::{Path, PathBuf};

use super::VerifyError;

const HEADER: usize = 64;
const ENTRY_HEADER: usize = 28;

struct Entry<'bytes> {
    is_close: bool,
    sequence: u64,
    durable_before: u64,
    payload: &'bytes [u8],
}

/// Calls `look` with every entry in order. Returns how many bytes an unfinished write has left at the end.
pub(super) fn each_entry(
    directory: &Path,
    mut look: impl FnMut(u64, &[u8]) -> Result<(), VerifyError>,
) -> Result<u64, VerifyError> {
    let paths = list(directory)?;
    let mut next = 0;
    let mut torn_bytes = 0;
    for (place, path) in paths.iter().enumerate() {
        let mut bytes = fs_err::read(path)?;
        let wrong = |offset: usize, what| VerifyError::Segment {
            path: path.clone(),
            offset: offset as u64,
            what,
        };
        let first = first_of(&bytes).ok_or_else(|| wrong(0, "no segment of version 1 begins"))?;
        if first != next {
            return Err(wrong(
                12,
                "another segment should come here; one is missing or out of place",
            ));
        }
        let mut at = HEADER;
        loop {
            at = walk(&bytes, at, &mut next, &mut look)?
                .map_err(|at| wrong(at, "another entry should stand"))?;
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(last) = rest.iter().rposition(|&byte| byte != 0) else { break };
            // A later entry that says that this place was durable, or a later segment, proves damage.
            let was_durable = (0..=last)
                .filter_map(|offset| rest.get(offset..).and_then(entry))
                .any(|later| later.durable_before > next);
            if !was_durable && place + 1 == paths.len() {
                torn_bytes = last as u64 + 1;
                break;
            }
            // Unless it was being written while it was read: what comes later in the file was read later.
            let again = fs_err::read(path)?;
            if again == bytes {
                return Err(wrong(at, "a damaged entry stands"));
            }
            bytes = again;
        }
    }
    Ok(torn_bytes)
}

/// Looks at entries from `at` on, and says where they end; inside, where another should stand.
fn walk(
    bytes: &[u8],
    mut at: usize,
    next: &mut u64,
    look: &mut impl FnMut(u64, &[u8]) -> Result<(), VerifyError>,
) -> Result<Result<usize, usize>, VerifyError> {
    while let Some(entry) = bytes.get(at..).and_then(entry) {
        if entry.is_close && entry.sequence == *next {
            return Ok(Ok(at + ENTRY_HEADER));
        }
        if entry.is_close || entry.sequence != *next {
            return Ok(Err(at));
        }
        look(*next, entry.payload)?;
        at += ENTRY_HEADER + entry.payload.len();
        *next += 1;
    }
    Ok(Ok(at))
}

fn list(directory: &Path) -> Result<Vec<PathBuf>, VerifyError> {
    let mut paths = Vec::new();
    for file in fs_err::read_dir(directory)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "journal") {
            paths.push(path);
        }
    }
    // The names are sequence numbers of equal width.
    paths.sort();
    Ok(paths)
}

fn first_of(bytes: &[u8]) -> Option<u64> {
    let fields = bytes.get(..20)?;
    let is_valid = fields.starts_with(b"AMTSJRNL")
        && number32(fields, 8)? == 1
        && number32(bytes, 20)? == crc32c::crc32c(fields);
    if is_valid { number64(fields, 12) } else { None }
}

fn entry(bytes: &[u8]) -> Option<Entry<'_>> {
    let is_close = match bytes.get(..4)? {
        b"ENTY" => false,
        b"CLOS" => true,
        _ => return None,
    };
    let length = usize::try_from(number32(bytes, 4)?).ok()?;
    let payload = bytes.get(ENTRY_HEADER..)?.get(..length)?;
    let crc = crc32c::crc32c_append(crc32c::crc32c(bytes.get(..24)?), payload);
    (crc == number32(bytes, 24)?).then_some(())?;
    Some(Entry {
        is_close,
        sequence: number64(bytes, 8)?,
        durable_before: number64(bytes, 16)?,
        payload,
    })
}

fn number32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn number64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
