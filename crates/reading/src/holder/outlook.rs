//! MSG, a message as Outlook keeps it (MS-OXMSG): properties and attachments as streams of a compound
//! file. Gives what the same message gives as mail.

use super::{Budget, Part, PartContent, mail};
use crate::error::{FileError, Reason};
use cfb::CompoundFile;
use encoding_rs::Encoding;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

pub(crate) mod rtf;
#[cfg(test)]
mod tests;

/// A message in a message in a message; deeper is somebody's trick.
const DEPTH_MAX: usize = 3;
/// Bytes of a message's text, or of the table of its properties.
const TEXT_BYTES_MAX: u64 = 16 << 20;
/// Longest table of properties and longest name. Storages may share one stream, and there are many storages.
const SHORT_BYTES_MAX: u64 = 1 << 16;
/// Characters of a name, a class or a subject.
const NAME_CHARACTERS_MAX: usize = 255;

/// Numbers of properties (MS-OXPROPS).
mod property {
    pub(super) const CLASS: u16 = 0x001a;
    pub(super) const SUBJECT: u16 = 0x0037;
    pub(super) const BODY: u16 = 0x1000;
    pub(super) const RTF: u16 = 0x1009;
    pub(super) const HTML: u16 = 0x1013;
    pub(super) const DISPLAY_NAME: u16 = 0x3001;
    pub(super) const DATA: u16 = 0x3701;
    pub(super) const SHORT_NAME: u16 = 0x3704;
    pub(super) const LONG_NAME: u16 = 0x3707;
    pub(super) const MEDIA_TYPE: u16 = 0x370e;
    pub(super) const ATTACH_FLAGS: u16 = 0x3714;
    pub(super) const INTERNET_CODE_PAGE: u16 = 0x3fde;
    pub(super) const MESSAGE_CODE_PAGE: u16 = 0x3ffd;
    pub(super) const HIDDEN: u16 = 0x7ffe;
}

const OBJECT: u16 = 0x000d;
const EIGHT_BIT_TEXT: u16 = 0x001e;
const WIDE_TEXT: u16 = 0x001f;
const BINARY: u16 = 0x0102;
/// The attachment is shown inside the text.
const SHOWN_INSIDE: u32 = 4;

type Message<'a> = CompoundFile<Cursor<&'a [u8]>>;

/// A storage of the file: the message, one of its attachments, or a message attached to it.
struct Storage {
    path: PathBuf,
    /// Properties of fixed size, by number.
    fixed: Vec<(u16, u32)>,
    encoding: &'static Encoding,
}

pub(super) fn unpack(bytes: &[u8], budget: &mut Budget) -> Result<Vec<Part>, FileError> {
    let mut file = CompoundFile::open(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    message(&mut file, Path::new("/"), budget, 1)
}

fn unreadable(error: &std::io::Error) -> FileError {
    FileError::new(Reason::Unreadable, format!("read an Outlook message: {error}"))
}

/// What one message holds: its own text first, as in mail.
fn message(
    file: &mut Message<'_>,
    path: &Path,
    budget: &mut Budget,
    depth: usize,
) -> Result<Vec<Part>, FileError> {
    // Before its properties, a message has eight bytes and four numbers; one inside it has two less.
    let header = if depth == 1 { 32 } else { 24 };
    let storage = Storage::open(file, path, header, encoding_rs::WINDOWS_1252)?;
    let class = storage.text(file, property::CLASS).unwrap_or_default().to_ascii_lowercase();
    let signed = class.ends_with("multipartsigned");
    if class.starts_with("ipm.note.smime") && !signed {
        return Err(FileError::new(Reason::Encrypted, "encrypted mail"));
    }
    let entries = file.read_storage(path).map_err(|error| unreadable(&error))?;
    let attached: Vec<PathBuf> = entries
        .filter(|entry| entry.is_storage() && entry.name().starts_with("__attach_version1.0"))
        .map(|entry| entry.path().to_owned())
        .take(super::PARTS_MAX)
        .collect();
    let mut parts = Vec::new();
    for (path, number) in attached.iter().zip(1_usize..) {
        let storage = Storage::open(file, path, 8, storage.encoding)?;
        if storage.is_decoration(file) {
            continue;
        }
        let name = if signed { None } else { storage.attachment_name(file) };
        // A signed message holds the whole mail as it was sent.
        let fallback = if signed { "Nachricht.eml".to_owned() } else { format!("Anlage {number}") };
        parts.extend(attachment(file, &storage, (name, fallback), budget, depth)?);
    }
    let own = storage.own_text(file, parts.is_empty(), budget)?;
    parts.splice(0..0, own);
    Ok(parts)
}

fn attachment(
    file: &mut Message<'_>,
    storage: &Storage,
    (name, fallback): (Option<String>, String),
    budget: &mut Budget,
    depth: usize,
) -> Result<Vec<Part>, FileError> {
    let refused =
        |name: String, error: FileError| vec![Part { name, content: PartContent::Refused(error) }];
    let inside = storage.stream(property::DATA, OBJECT);
    if !file.is_storage(&inside) {
        let name = name.unwrap_or(fallback);
        let Some(bytes) = storage.bytes(file, property::DATA, BINARY, budget.bytes)? else {
            let error = FileError::new(Reason::Unsupported, "an attachment kept elsewhere");
            return Ok(refused(name, error));
        };
        budget.spend(bytes.len())?;
        return Ok(vec![Part { name, content: PartContent::File(bytes) }]);
    }
    let name = name.unwrap_or_else(|| "Nachricht".to_owned());
    budget.spend(0)?;
    if !file.is_stream(inside.join(PROPERTIES)) {
        return Ok(refused(name, FileError::new(Reason::Unsupported, "an embedded object")));
    }
    if depth >= DEPTH_MAX {
        return Ok(refused(name, FileError::new(Reason::Unsupported, "archive nested too deep")));
    }
    match message(file, &inside, budget, depth + 1) {
        Ok(mut held) => {
            for part in &mut held {
                part.name = format!("{name}/{}", part.name);
            }
            Ok(held)
        }
        Err(error) if error.reason == Reason::TooLarge => Err(error),
        Err(error) => Ok(refused(name, error)),
    }
}

const PROPERTIES: &str = "__properties_version1.0";

impl Storage {
    fn open(
        file: &mut Message<'_>,
        path: &Path,
        header: usize,
        inherited: &'static Encoding,
    ) -> Result<Self, FileError> {
        let table = read(file, &path.join(PROPERTIES), SHORT_BYTES_MAX)?;
        let Some(table) = table else {
            return Err(FileError::new(
                Reason::Unreadable,
                "an Outlook message without properties",
            ));
        };
        let entries = table.get(header..).unwrap_or_default().as_chunks::<16>().0.iter();
        let fixed: Vec<(u16, u32)> = entries
            .map(|entry| {
                let [_, _, low, high, _, _, _, _, first, second, third, fourth, ..] = *entry;
                let value = u32::from_le_bytes([first, second, third, fourth]);
                (u16::from_le_bytes([low, high]), value)
            })
            .collect();
        let mut storage = Self { path: path.to_owned(), fixed, encoding: inherited };
        let page = storage.number(property::MESSAGE_CODE_PAGE);
        storage.encoding = page.and_then(encoding).unwrap_or(inherited);
        Ok(storage)
    }

    fn number(&self, wanted: u16) -> Option<u32> {
        self.fixed.iter().find(|(number, _)| *number == wanted).map(|(_, value)| *value)
    }

    fn stream(&self, number: u16, kind: u16) -> PathBuf {
        self.path.join(format!("__substg1.0_{number:04X}{kind:04X}"))
    }

    fn bytes(
        &self,
        file: &mut Message<'_>,
        number: u16,
        kind: u16,
        most: u64,
    ) -> Result<Option<Vec<u8>>, FileError> {
        read(file, &self.stream(number, kind), most)
    }

    /// A short text such as a name.
    fn text(&self, file: &mut Message<'_>, number: u16) -> Option<String> {
        let text = self.long_text(file, number, SHORT_BYTES_MAX).ok()??;
        let text: String =
            text.chars().filter(|letter| !letter.is_control()).take(NAME_CHARACTERS_MAX).collect();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn long_text(
        &self,
        file: &mut Message<'_>,
        number: u16,
        most: u64,
    ) -> Result<Option<String>, FileError> {
        if let Some(wide) = self.bytes(file, number, WIDE_TEXT, most)? {
            return Ok(Some(
                encoding_rs::UTF_16LE.decode_without_bom_handling(&wide).0.into_owned(),
            ));
        }
        let narrow = self.bytes(file, number, EIGHT_BIT_TEXT, most)?;
        Ok(narrow.map(|bytes| self.encoding.decode_without_bom_handling(&bytes).0.into_owned()))
    }

    fn attachment_name(&self, file: &mut Message<'_>) -> Option<String> {
        [property::LONG_NAME, property::SHORT_NAME, property::DISPLAY_NAME]
            .into_iter()
            .find_map(|number| self.text(file, number))
            .map(|name| name.replace(['/', '\\'], "-"))
    }

    /// Letterheads and signatures are pictures shown inside the text.
    fn is_decoration(&self, file: &mut Message<'_>) -> bool {
        let media = self.text(file, property::MEDIA_TYPE).unwrap_or_default();
        let hidden = self.number(property::HIDDEN).is_some_and(|value| value & 1 == 1);
        let inside = self.number(property::ATTACH_FLAGS).unwrap_or(0) & SHOWN_INSIDE != 0;
        let name = self.attachment_name(file).unwrap_or_default();
        (hidden || inside) && (media.starts_with("image/") || super::is_picture(&name))
    }

    /// What the sender wrote: as plain text, else hypertext, else rich text.
    fn own_text(
        &self,
        file: &mut Message<'_>,
        alone: bool,
        budget: &mut Budget,
    ) -> Result<Option<Part>, FileError> {
        let title = self.text(file, property::SUBJECT).unwrap_or_default();
        let plain = self.long_text(file, property::BODY, TEXT_BYTES_MAX)?.unwrap_or_default();
        budget.spend(plain.len())?;
        if !mail::is_letter(&plain, alone) {
            return Ok(None);
        }
        if !plain.trim().is_empty() {
            return Ok(Some(mail::letter(title, &plain)));
        }
        let name = mail::file_name(&title);
        let html = match self.bytes(file, property::HTML, BINARY, TEXT_BYTES_MAX)? {
            Some(html) => {
                let page = self.number(property::INTERNET_CODE_PAGE);
                let encoding = page.and_then(encoding).unwrap_or(self.encoding);
                Some(encoding.decode(&html).0.into_owned())
            }
            None => self.long_text(file, property::HTML, TEXT_BYTES_MAX)?,
        };
        if let Some(html) = html.filter(|html| !html.trim().is_empty()) {
            budget.spend(html.len())?;
            let content =
                PartContent::File(format!("{}{html}", mail::BYTE_ORDER_MARK).into_bytes());
            return Ok(Some(Part { name: format!("{name}.html"), content }));
        }
        let packed = self.bytes(file, property::RTF, BINARY, TEXT_BYTES_MAX)?;
        let Some(rich) = packed.and_then(|packed| rtf::unpack(&packed)) else { return Ok(None) };
        budget.spend(rich.len())?;
        Ok(Some(Part { name: format!("{name}.rtf"), content: PartContent::File(rich) }))
    }
}

/// A stream of the file, where it is there.
fn read(file: &mut Message<'_>, path: &Path, most: u64) -> Result<Option<Vec<u8>>, FileError> {
    if !file.is_stream(path) {
        return Ok(None);
    }
    let stream = file.open_stream(path).map_err(|error| unreadable(&error))?;
    if stream.len() > most {
        return Err(FileError::passed(Reason::TooLarge, "inflated_bytes_max", most, stream.len()));
    }
    let mut bytes = Vec::new();
    stream.take(most).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    Ok(Some(bytes))
}

/// The encoding of a Windows code page.
fn encoding(page: u32) -> Option<&'static Encoding> {
    let label = match page {
        874 | 1250..=1258 => format!("windows-{page}"),
        28592..=28606 => format!("iso-8859-{}", page - 28590),
        20127 | 28591 => "windows-1252".to_owned(),
        20866 => "koi8-r".to_owned(),
        21866 => "koi8-u".to_owned(),
        65001 => "utf-8".to_owned(),
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        _ => return None,
    };
    Encoding::for_label(label.as_bytes())
}
