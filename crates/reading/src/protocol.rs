//! What parent and child say to each other over the pipes: a length, the request as JSON, the bytes
//! of the file until the end; back comes the answer as JSON. Where parts are asked for, the answer has a
//! length before it and the bytes of the parts behind it.
//!
//! The parent trusts the answer no more than the file: whoever took over the child writes it.

use crate::binding::{Binding, Sent};
use crate::error::{FileError, Reason};
use crate::holder::{self, Part};
use crate::limits::{Limits, widen};
use crate::paper::Paper;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// A request beyond this is not one of ours.
const REQUEST_BYTES_MAX: u32 = 1 << 20;

/// An answer beyond this is refused by the parent.
pub(crate) const ANSWER_BYTES_MAX: u64 = 1 << 30;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) filename_hint: String,
    pub(crate) limits: Limits,
    pub(crate) task: Task,
    /// The file is to be held where a program can seek in it.
    pub(crate) held: bool,
}

/// What is asked of the child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Task {
    /// The text of one paper, masked.
    Read,
    /// The text of one file that is no paper of anybody: nothing is masked.
    ReadPublished,
    /// The files that one file holds.
    Unpack,
    /// One PDF of several files, as a single part.
    Bind {
        /// How long each is.
        sent: Vec<Sent>,
        /// What becomes of them.
        binding: Binding,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Parts {
    result: Result<Vec<holder::Head>, FileError>,
    confinement: Confinement,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) result: Result<Paper, FileError>,
    /// How far the kernel confined the child.
    pub(crate) confinement: Confinement,
}

/// How far the kernel confines a process that reads a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confinement {
    /// Files by landlock (Linux 5.13) and system calls by seccomp.
    Full,
    /// Only one of them.
    Partial,
    /// Resource limits only.
    None,
}

/// The request with its length before it.
pub(crate) fn encode_request(request: &Request) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(request)?;
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    Ok([length.to_le_bytes().as_slice(), &body].concat())
}

/// Reads exactly the request and not one byte of the file behind it.
pub(crate) fn read_request(input: &mut impl Read) -> io::Result<Request> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > REQUEST_BYTES_MAX {
        return Err(io::Error::other("the request is too long"));
    }
    let mut body = Vec::new();
    input.by_ref().take(u64::from(length)).read_to_end(&mut body)?;
    Ok(serde_json::from_slice(&body)?)
}

/// Decodes an answer and holds it to what a sound one promises.
pub(crate) fn decode_answer(bytes: &[u8], limits: &Limits) -> Result<Answer, FileError> {
    let broken =
        |what: &str| FileError::new(Reason::Unreadable, format!("the child's answer {what}"));
    let answer: Answer =
        serde_json::from_slice(bytes).map_err(|error| broken(&format!("is no answer: {error}")))?;
    if let Ok(paper) = &answer.result {
        if paper.pages.is_empty() || widen(paper.pages.len()) > u64::from(limits.pages_max) {
            return Err(broken("has an impossible number of pages"));
        }
        for page in &paper.pages {
            let characters = widen(page.text.chars().count());
            let mut before = 0;
            for word in &page.words {
                if word.start < before || word.end < word.start || u64::from(word.end) > characters
                {
                    return Err(broken("has a word outside its text"));
                }
                before = word.end;
            }
            if page.masks.iter().any(|mask| u64::from(mask.end) > characters) {
                return Err(broken("has a mask outside its text"));
            }
        }
    }
    Ok(answer)
}

/// Writes the parts of a file: heads first, then their bytes.
pub(crate) fn write_parts(
    output: &mut impl Write,
    result: Result<Vec<Part>, FileError>,
    confinement: Confinement,
) -> io::Result<()> {
    let (result, bytes) = match result {
        Ok(parts) => {
            let (heads, bytes) = parts.into_iter().map(Part::split).unzip();
            (Ok(heads), bytes)
        }
        Err(error) => (Err(error), Vec::new()),
    };
    let body = serde_json::to_vec(&Parts { result, confinement })?;
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    output.write_all(&length.to_le_bytes())?;
    output.write_all(&body)?;
    bytes.iter().try_for_each(|bytes: &Vec<u8>| output.write_all(bytes))
}

/// Decodes the parts of a file, and holds them to the limits once more.
pub(crate) fn decode_parts(
    answer: &[u8],
) -> Result<(Result<Vec<Part>, FileError>, Confinement), FileError> {
    let broken =
        |what: &str| FileError::new(Reason::Unreadable, format!("the child's answer {what}"));
    let (length, rest) = answer.split_first_chunk::<4>().ok_or_else(|| broken("is too short"))?;
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let (body, mut bytes) = rest.split_at_checked(length).ok_or_else(|| broken("is too short"))?;
    let Parts { result, confinement } =
        serde_json::from_slice(body).map_err(|error| broken(&format!("is no answer: {error}")))?;
    let heads = match result {
        Ok(heads) => heads,
        Err(error) => return Ok((Err(error), confinement)),
    };
    if heads.len() > holder::PARTS_MAX {
        return Err(broken("has too many parts"));
    }
    let mut parts = Vec::with_capacity(heads.len());
    for head in heads {
        let (own, others) = usize::try_from(head.bytes)
            .ok()
            .and_then(|length| bytes.split_at_checked(length))
            .ok_or_else(|| broken("lacks the bytes of a part"))?;
        bytes = others;
        parts.push(Part::join(head, own.to_vec()));
    }
    Ok((Ok(parts), confinement))
}
