//! Tells what a file is from its bytes.

use crate::paper::Format;

/// What the bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A format that is read.
    Known(Format),
    /// A format that is read, under a password.
    Locked(&'static str),
    /// Something else, named for the log and the message.
    Other(&'static str),
}

/// What holds files and is none itself.
pub(crate) const ARCHIVE: &str = "ZIP archive";
pub(crate) const MAIL: &str = "EML";
pub(crate) const OUTLOOK: &str = "MSG";
pub(crate) const XML: &str = "XML";

/// Formats by the bytes they begin with.
const BEGINNINGS: [(&[u8], Kind); 17] = [
    (b"\xff\xd8\xff", Kind::Known(Format::Jpeg)),
    (b"\x89PNG\r\n\x1a\n", Kind::Known(Format::Png)),
    (b"II*\0", Kind::Known(Format::Tiff)),
    (b"MM\0*", Kind::Known(Format::Tiff)),
    (b"{\\rtf", Kind::Known(Format::Rtf)),
    (b"GIF8", Kind::Other("GIF")),
    (b"BM", Kind::Other("BMP")),
    (b"%!PS", Kind::Other("PostScript")),
    (b"\x7fELF", Kind::Other("ELF program")),
    (b"MZ", Kind::Other("Windows program")),
    (b"Rar!", Kind::Other("RAR archive")),
    (b"7z\xbc\xaf\x27\x1c", Kind::Other("7z archive")),
    (b"\x1f\x8b", Kind::Other("gzip archive")),
    (b"OggS", Kind::Other("Ogg")),
    (b"ID3", Kind::Other("MP3")),
    (b"SQLite format 3\0", Kind::Other("SQLite")),
    (b"\0asm", Kind::Other("WebAssembly")),
];

/// Tells the kind; the name is asked only where text could be markup.
pub(crate) fn sniff(bytes: &[u8], hint: &str) -> Kind {
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or(bytes);
    // Scanners and mail programs put lines before the header; readers accept it within 1 KiB. An archive may
    // hold a PDF there, unpacked.
    if !head.starts_with(b"PK\x03\x04") && contains(head.get(..1029).unwrap_or(head), b"%PDF-") {
        return Kind::Known(Format::Pdf);
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Kind::Known(Format::Webp);
    }
    if head.get(4..8) == Some(b"ftyp") {
        return if is_heic(head) { Kind::Known(Format::Heic) } else { Kind::Other("MP4") };
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return zip(bytes, head);
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return compound(bytes);
    }
    // Two letters alone are a poor witness: "BMF-Schreiben" and "MZ-Nr." are text.
    let text = is_text(head);
    for (beginning, kind) in BEGINNINGS {
        if head.starts_with(beginning) && (beginning.len() > 2 || !text) {
            return kind;
        }
    }
    if text { text_kind(head, hint) } else { Kind::Other("binary") }
}

/// Whether the brand is one of images in HEVC, or of images in general, which telephones use for it.
pub(crate) fn is_heic(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"ftyp")
        && matches!(bytes.get(8..11), Some(b"hei" | b"hev" | b"mif" | b"msf"))
}

/// Names of packed files stand in clear in the archive.
fn zip(bytes: &[u8], head: &[u8]) -> Kind {
    if contains(head, b"mimetypeapplication/vnd.oasis.opendocument.text") {
        return Kind::Known(Format::Odt);
    }
    // An archive may hold whole documents, whose names stand in clear as well.
    if contains(bytes, b"word/document") && !begins_with_a_file(bytes) {
        return Kind::Known(Format::Docx);
    }
    if contains(bytes, b"xl/workbook") || contains(head, b"opendocument.spreadsheet") {
        return Kind::Other("spreadsheet");
    }
    if contains(bytes, b"ppt/presentation") || contains(head, b"opendocument.presentation") {
        return Kind::Other("presentation");
    }
    Kind::Other(ARCHIVE)
}

/// Whether the first packed file is one that people name; the first part of a document is XML.
fn begins_with_a_file(bytes: &[u8]) -> bool {
    let length = bytes.get(26..28).and_then(|two| two.try_into().ok()).map(u16::from_le_bytes);
    let name = bytes.get(30..30 + usize::from(length.unwrap_or(0))).unwrap_or_default();
    let name = name.to_ascii_lowercase();
    ["docx", "odt", "pdf", "eml", "msg", "txt", "htm", "html", "rtf", "zip", "md"]
        .iter()
        .any(|ending| name.ends_with(format!(".{ending}").as_bytes()))
}

/// Microsoft's older container: Word of before 2007, Outlook, or a locked newer document.
fn compound(bytes: &[u8]) -> Kind {
    let wide = |name: &str| name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    // A message comes first: what is attached to it may be one of the others, whole.
    if contains(bytes, &wide("__properties_version1.0")) {
        Kind::Other(OUTLOOK)
    } else if contains(bytes, &wide("EncryptedPackage")) {
        Kind::Locked("Office document under a password")
    } else if contains(bytes, &wide("WordDocument")) {
        Kind::Other("DOC")
    } else {
        Kind::Other("older Office document")
    }
}

/// Text has no control characters; UTF-16 announces itself by its first two bytes.
fn is_text(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe")
        || head.starts_with(b"\xfe\xff")
        || head.iter().all(|&byte| byte >= 0x20 && byte != 0x7f || (0x08..=0x0d).contains(&byte))
}

fn text_kind(head: &[u8], hint: &str) -> Kind {
    let lower: Vec<u8> =
        head.iter().filter(|&&byte| byte != 0).map(u8::to_ascii_lowercase).collect();
    let named = |ending: &str| {
        hint.rsplit_once('.').is_some_and(|(_, last)| last.eq_ignore_ascii_case(ending))
    };
    let markup = lower.trim_ascii_start().first() == Some(&b'<')
        || lower.starts_with(b"\xef\xbb\xbf<")
        || lower.starts_with(b"\xff\xfe<");
    let html = contains(&lower, b"<html") || contains(&lower, b"<!doctype html");
    if html && markup || named("html") || named("htm") {
        return Kind::Known(Format::Html);
    }
    if contains(&lower, b"mime-version:") && contains(&lower, b"\nsubject:") || named("eml") {
        return Kind::Other(MAIL);
    }
    if lower.starts_with(b"<?xml") {
        return Kind::Other(XML);
    }
    Kind::Known(Format::Text)
}

pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
