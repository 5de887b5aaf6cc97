//! Helpers of all parsers' tests, and the sniffing of types.

use crate::config::{Child, Config, Ocr};
use crate::error::{FileError, Reason};
use crate::limits::{Limits, Work};
use crate::paper::{Format, Paper};
use crate::sniff::{Kind, sniff};

/// Limits without recognition.
pub(crate) fn limits() -> Limits {
    let mut config = Config::new(Child::InProcess);
    config.ocr = Ocr::None;
    Limits::new(&config, None)
}

pub(crate) fn read_with(bytes: Vec<u8>, hint: &str, limits: &Limits) -> Result<Paper, FileError> {
    super::read(bytes, hint, &Work::start(limits))
}

#[test]
fn bytes_tell_the_type_whatever_the_name_claims() {
    let check = |bytes: &[u8], name: &str, expected: Kind| {
        assert_eq!(sniff(bytes, name), expected, "{name}: {:?}", bytes.get(..12));
    };
    check(b"\x89PNG\r\n\x1a\n\0\0", "antrag.pdf", Kind::Known(Format::Png));
    check(b"%PDF-1.7\n", "bild.png", Kind::Known(Format::Pdf));
    check(b"\n\nscanner\n%PDF-1.4", "", Kind::Known(Format::Pdf));
    check(b"PK\x03\x04\x14\0\0\0a.pdf%PDF-1.4", "", Kind::Other("ZIP archive"));
    check(b"RIFF\x10\0\0\0WEBPVP8 ", "", Kind::Known(Format::Webp));
    check(b"RIFF\x10\0\0\0WAVEfmt ", "", Kind::Other("binary"));
    check(b"\0\0\0\x18ftypheic\0\0", "", Kind::Known(Format::Heic));
    check(b"BMF-Schreiben vom 1. M\xe4rz", "", Kind::Known(Format::Text));
    check(b"<!DOCTYPE html><html>", "", Kind::Known(Format::Html));
    check(b"Ein <html> im Text", "a.txt", Kind::Known(Format::Text));
    check(b"<?xml version='1.0'?><dokumente/>", "", Kind::Other("XML"));
    check("Größe".as_bytes(), "", Kind::Known(Format::Text));
    check(b"\xff\xfea\0", "", Kind::Known(Format::Text));
    check(b"From: a\nMIME-Version: 1.0\nSubject: b\n\n", "", Kind::Other("EML"));
    check(b"\0\x01\x02\x03", "brief.txt", Kind::Other("binary"));
}

#[test]
fn nothing_is_empty_and_rubbish_is_not_supported() {
    for (bytes, reason) in [
        (b"".as_slice(), Reason::Empty),
        (b" \n\t\n", Reason::Empty),
        (b"\x7fELF\x02\x01\x01\0", Reason::Unsupported),
        (b"GIF89a\x01\0", Reason::Unsupported),
        (b"\xff\xfe\0\0\0\0\0\0", Reason::Unsupported),
    ] {
        let error = read_with(bytes.to_vec(), "", &limits()).unwrap_err();
        assert_eq!(error.reason, reason, "{bytes:?}");
    }
}

#[test]
fn text_in_pages() {
    let paper = read_with(b"eins\r\nzwei\x0cdrei\x0c".to_vec(), "", &limits()).unwrap();
    let texts: Vec<&str> = paper.pages.iter().map(|page| page.text.as_str()).collect();
    assert_eq!(texts, ["eins\nzwei", "drei"]);
    let mut limits = limits();
    limits.pages_max = 1;
    let error = read_with(b"eins\x0czwei".to_vec(), "", &limits).unwrap_err();
    assert_eq!(error.reason, Reason::TooManyPages);
    let passed = error.limit.unwrap();
    assert_eq!((passed.name.as_str(), passed.allowed, passed.actual), ("pages_max", 1, 2));
}
