//! Files that hold files: archives, mails with attachments, and the XML of gesetze-im-internet.de, whose
//! one file is a law of many sections.

use crate::error::{FileError, Reason};
use crate::limits::{Work, widen};
use crate::sniff::{self, Kind, contains};
use serde::{Deserialize, Serialize};

mod archive;
pub(crate) mod law;
mod mail;
pub(crate) mod outlook;
#[cfg(test)]
mod tests;

/// Parts of one file, those of files inside it counted in.
pub(crate) const PARTS_MAX: usize = 10_000;
/// An archive in a mail in an archive; deeper is somebody's trick.
const DEPTH_MAX: usize = 3;
/// Bytes of all parts together, whatever the limit on unpacked bytes: the parent holds them in memory.
const BYTES_MAX: u64 = 256 << 20;

/// One file out of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it was, `FOLDER/NAME`, or `MAIL/NAME` where it was inside one more file. Only for people.
    pub name: String,
    /// What it is.
    pub content: PartContent,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartContent {
    /// A file, to be read by [`crate::Reader::read`].
    File(Vec<u8>),
    /// The text of a mail itself.
    Message {
        /// Its subject.
        title: String,
        /// What the sender wrote.
        text: String,
    },
    /// A law.
    Law(Law),
    /// A file that was not taken out, and why.
    Refused(FileError),
}

/// A law as gesetze-im-internet.de publishes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Law {
    /// The number of its document, e.g. `BJNR195010004`: the same over all versions.
    pub id: String,
    /// Its official abbreviation, else the one that jurists use.
    pub abbreviation: String,
    /// Its long title.
    pub title: String,
    /// Day of promulgation, YYYY-MM-DD; empty where it is not stated.
    pub promulgated: String,
    /// Its sections in order.
    pub sections: Vec<LawSection>,
}

/// A section of a law.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LawSection {
    /// As in "§ 16b".
    pub number: String,
    /// Its heading.
    pub heading: String,
    /// Its text, paragraphs and points on lines of their own.
    pub text: String,
}

/// A part without its bytes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Head {
    name: String,
    pub(crate) bytes: u64,
    content: HeadContent,
}

#[derive(Debug, Serialize, Deserialize)]
enum HeadContent {
    File,
    Message { title: String, text: String },
    Law(Law),
    Refused(FileError),
}

impl Part {
    pub(crate) fn split(self) -> (Head, Vec<u8>) {
        let (content, bytes) = match self.content {
            PartContent::File(bytes) => (HeadContent::File, bytes),
            PartContent::Message { title, text } => (HeadContent::Message { title, text }, vec![]),
            PartContent::Law(law) => (HeadContent::Law(law), vec![]),
            PartContent::Refused(error) => (HeadContent::Refused(error), vec![]),
        };
        (Head { name: self.name, bytes: widen(bytes.len()), content }, bytes)
    }

    pub(crate) fn join(head: Head, bytes: Vec<u8>) -> Part {
        let content = match head.content {
            HeadContent::File => PartContent::File(bytes),
            HeadContent::Message { title, text } => PartContent::Message { title, text },
            HeadContent::Law(law) => PartContent::Law(law),
            HeadContent::Refused(error) => PartContent::Refused(error),
        };
        Part { name: head.name, content }
    }
}

/// Whether a file is one to unpack. Looks at bytes and takes nothing apart.
#[must_use]
pub fn holds_files(bytes: &[u8], hint: &str) -> bool {
    tell(bytes, hint).is_some()
}

#[derive(Clone, Copy)]
enum Holder {
    Archive,
    Mail,
    Outlook,
    Law,
}

fn tell(bytes: &[u8], hint: &str) -> Option<Holder> {
    match sniff::sniff(bytes, hint) {
        Kind::Other(sniff::ARCHIVE) => Some(Holder::Archive),
        Kind::Other(sniff::MAIL) => Some(Holder::Mail),
        Kind::Other(sniff::OUTLOOK) => Some(Holder::Outlook),
        Kind::Other(sniff::XML) => {
            let head = bytes.get(..bytes.len().min(4096)).unwrap_or(bytes);
            contains(head, b"<dokumente").then_some(Holder::Law)
        }
        Kind::Other(_) | Kind::Known(_) | Kind::Locked(_) => None,
    }
}

/// What one file and all inside it may still take.
struct Budget {
    bytes: u64,
    bytes_max: u64,
    parts: usize,
}

impl Budget {
    fn spend(&mut self, bytes: usize) -> Result<(), FileError> {
        self.bytes = self.bytes.checked_sub(widen(bytes)).ok_or_else(|| {
            let actual = self.bytes_max.saturating_add(1);
            FileError::passed(Reason::TooLarge, "inflated_bytes_max", self.bytes_max, actual)
        })?;
        self.parts = self.parts.checked_sub(1).ok_or_else(|| {
            let most = widen(PARTS_MAX);
            FileError::passed(Reason::TooLarge, "parts_max", most, most.saturating_add(1))
        })?;
        Ok(())
    }
}

/// Takes the files out of one.
pub(crate) fn unpack(bytes: &[u8], hint: &str, work: &Work<'_>) -> Result<Vec<Part>, FileError> {
    let bytes_max = work.limits.inflated_bytes_max.min(BYTES_MAX);
    let mut budget = Budget { bytes: bytes_max, bytes_max, parts: PARTS_MAX };
    let Some(holder) = tell(bytes, hint) else {
        return Err(FileError::new(Reason::Unsupported, "a file that holds no files"));
    };
    let mut parts = Vec::new();
    let mut waiting = vec![(String::new(), holder, std::borrow::Cow::Borrowed(bytes), 1)];
    while let Some((inside, holder, bytes, depth)) = waiting.pop() {
        work.check_time()?;
        let held = match holder {
            Holder::Archive => archive::unpack(&bytes, &mut budget),
            Holder::Mail => mail::unpack(&bytes, &mut budget),
            Holder::Outlook => outlook::unpack(&bytes, &mut budget),
            Holder::Law => law::read(&bytes).map(|law| {
                let name = format!("{}.xml", law.id);
                vec![Part { name, content: PartContent::Law(law) }]
            }),
        };
        let held = match held {
            Ok(held) => held,
            // What is inside and broken stops nothing beside it; a limit counts for all together.
            Err(error) if depth > 1 && error.reason != Reason::TooLarge => {
                parts.push(Part { name: inside, content: PartContent::Refused(error) });
                continue;
            }
            Err(error) => return Err(error),
        };
        let law_inside = held.iter().any(is_law);
        for mut part in held {
            // Pictures of a law stand beside its XML and are no papers.
            if law_inside && !is_law(&part) && is_picture(&part.name) {
                continue;
            }
            if !inside.is_empty() && !matches!(part.content, PartContent::Law(_)) {
                part.name = format!("{inside}/{}", part.name);
            }
            let holder = match &part.content {
                PartContent::File(bytes) => tell(bytes, &part.name),
                PartContent::Message { .. } | PartContent::Law(_) | PartContent::Refused(_) => None,
            };
            match (holder, part.content) {
                (Some(_), PartContent::File(_)) if depth >= DEPTH_MAX => {
                    let error = FileError::new(Reason::Unsupported, "archive nested too deep");
                    parts.push(Part { name: part.name, content: PartContent::Refused(error) });
                }
                (Some(holder), PartContent::File(bytes)) => {
                    waiting.push((part.name, holder, std::borrow::Cow::Owned(bytes), depth + 1));
                }
                (_, content) => parts.push(Part { name: part.name, content }),
            }
        }
    }
    if parts.is_empty() {
        return Err(FileError::new(Reason::Empty, "no file inside"));
    }
    Ok(parts)
}

fn is_law(part: &Part) -> bool {
    match &part.content {
        PartContent::File(bytes) => matches!(tell(bytes, &part.name), Some(Holder::Law)),
        PartContent::Law(_) => true,
        PartContent::Message { .. } | PartContent::Refused(_) => false,
    }
}

fn is_picture(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["jpg", "jpeg", "png", "gif", "tif", "tiff", "bmp"]
        .iter()
        .any(|picture| ending.eq_ignore_ascii_case(picture))
}
