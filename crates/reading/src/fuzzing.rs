//! The doors at which `fuzz/` knocks: every parser of foreign bytes by itself, without a child process.
//! Only built for fuzzing and for tests.
//!
//! A parser may refuse what it is given; it may not panic, and what it gives back must be sound.

use crate::binding::{Binding, Bound, Sent};
use crate::config::{Child, Config, Ocr};
use crate::error::FileError;
use crate::holder::{self, Part, PartContent};
use crate::limits::{Limits, Work, widen};
use crate::paper::{Format, Paper};
use crate::pdf::form::text;
use crate::picture::{self, Gray};
use crate::sniff::{self, Kind};
use crate::{child, deskew, light, markup, office, pdf, plain, protocol, rtf, tesseract};
use std::time::Duration;

/// Small enough that reaching a limit costs a fuzzer no time.
fn limits() -> Limits {
    let mut config = Config::new(Child::InProcess);
    config.ocr = Ocr::None;
    config.inflated_bytes_max = 16 << 20;
    config.pixels_max = 1 << 22;
    config.pages_max = 100;
    config.characters_max = 1 << 20;
    config.time_max = Duration::from_secs(10);
    Limits::new(&config, None)
}

/// Where words lie outside their text, what reads the paper would slice wrongly.
fn sound(result: Result<Paper, FileError>) {
    let Ok(paper) = result else { return };
    for page in &paper.pages {
        let characters = widen(page.text.chars().count());
        for word in &page.words {
            assert!(word.start <= word.end && u64::from(word.end) <= characters, "{word:?}");
        }
    }
}

fn with(read: impl FnOnce(&Work<'_>) -> Result<Paper, FileError>) {
    sound(read(&Work::start(&limits())));
}

/// A whole file under a name that says nothing, as the child reads it; and what it holds.
pub fn file(bytes: &[u8]) {
    sound(child::read_guarded(bytes.to_vec(), "datei".to_owned(), limits()));
    if holder::holds_files(bytes, "datei") {
        holder(bytes);
    }
}

/// The text layer and the form of a PDF.
pub fn pdf(bytes: &[u8]) {
    let bytes = bytes.to_vec();
    sound(child::guarded(move || pdf::read(bytes, &Work::start(&limits()))));
}

/// The values of form fields.
pub fn form_value(bytes: &[u8]) {
    let (width, bytes) = bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest));
    for line in text::lines(&text::decode(bytes), usize::from(width)) {
        assert!(!line.contains(['\r', '\n']), "{line:?}");
    }
}

/// Images of every format.
pub fn picture(bytes: &[u8]) {
    let Kind::Known(format) = sniff::sniff(bytes, "") else { return };
    with(|work| picture::read(bytes, format, work));
    let _shown = picture::shown(bytes, format, &Work::start(&limits()));
}

/// What is done with an image before it is recognised: the first byte is its width.
pub fn gray(bytes: &[u8]) {
    let Some((&width, pixels)) = bytes.split_first() else { return };
    let height = pixels.len().checked_div(usize::from(width)).unwrap_or(0);
    let pixels = pixels.get(..height * usize::from(width)).unwrap_or(pixels).to_vec();
    let height = u32::try_from(height).unwrap_or(0);
    let Some(gray) = Gray::new(u32::from(width), height, pixels) else { return };
    if gray.width > 0 && gray.height > 0 {
        let (_straight, angle) = deskew::straighten(light::even(gray));
        assert!(angle.is_finite());
    }
}

/// Word's and `OpenDocument`'s packages.
pub fn office(bytes: &[u8]) {
    with(|work| office::read(bytes, Format::Docx, work));
    with(|work| office::read(bytes, Format::Odt, work));
}

/// The XML inside the packages.
pub fn office_body(bytes: &[u8]) {
    let _word = office::body::word(bytes);
    let _whole = office::body::open_document(bytes, office::body::Scope::All);
    let _heads = office::body::open_document(bytes, office::body::Scope::Within("header"));
}

/// Rich text.
pub fn rtf(bytes: &[u8]) {
    with(|work| rtf::read(bytes, work));
}

/// HTML.
pub fn markup(bytes: &[u8]) {
    with(|work| markup::read(bytes, work));
}

/// Text in any encoding.
pub fn plain(bytes: &[u8]) {
    with(|work| plain::read(bytes, work));
}

/// Archives, mails and messages of Outlook, and what they hold, down to the last.
pub fn holder(bytes: &[u8]) {
    for name in ["x.eml", "datei"] {
        let bytes = bytes.to_vec();
        let unpack = move || holder::unpack(&bytes, name, &Work::start(&limits()));
        let Ok(parts) = child::guarded(unpack) else { continue };
        assert!(parts.len() <= holder::PARTS_MAX);
        let mut written = Vec::new();
        let wrote = protocol::write_parts(&mut written, Ok(parts), protocol::Confinement::None);
        assert!(wrote.is_ok() && protocol::decode_parts(&written).is_ok());
    }
}

/// The packed rich text of Outlook.
pub fn packed_rtf(bytes: &[u8]) {
    let _unpacked = holder::outlook::rtf::unpack(bytes);
}

/// A law in XML.
pub fn law(bytes: &[u8]) {
    if let Ok(law) = holder::law::read(bytes) {
        assert!(!law.id.is_empty() && !law.sections.is_empty());
    }
}

/// What a parent reads from a child, who may be somebody else by then, and a child from its parent.
pub fn protocol(bytes: &[u8]) {
    let limits = limits();
    sound(protocol::decode_answer(bytes, &limits).and_then(|answer| answer.result));
    if let Ok((Ok(parts), _)) = protocol::decode_parts(bytes) {
        let held = |part: &Part| match &part.content {
            PartContent::File(bytes) => bytes.len(),
            PartContent::Message { .. } | PartContent::Law(_) | PartContent::Refused(_) => 0,
        };
        assert!(parts.iter().map(held).sum::<usize>() <= bytes.len());
    }
    let _request = protocol::read_request(&mut &*bytes);
}

/// What Tesseract prints.
pub fn tesseract(bytes: &[u8]) {
    let printed = String::from_utf8_lossy(bytes);
    let found = tesseract::parse(&printed, 0.36);
    let characters = widen(found.text.chars().count());
    assert!(found.words.iter().all(|word| u64::from(word.end) <= characters));
    let _turn = tesseract::turn_told(&printed);
}

/// A bundle of two files: the first byte says where the second begins.
pub fn binding(bytes: &[u8]) {
    let Some((&share, bytes)) = bytes.split_first() else { return };
    let first = bytes.len() * usize::from(share) / 255;
    let sent = [("a.pdf", first), ("b.jpg", bytes.len() - first)];
    let sent = sent.map(|(name, length)| Sent { name: name.to_owned(), length });
    let documents = [(0, 1, 1), (1, 1, 2), (0, 2, 9)].map(|(file, first_page, last_page)| Bound {
        title: format!("Datei {file}"),
        file,
        first_page,
        last_page,
    });
    let binding =
        Binding { title: "Antrag".to_owned(), documents: documents.into(), ..Binding::default() };
    let _bound = child::bind_guarded(bytes.to_vec(), sent.into(), binding, limits());
}

#[cfg(test)]
mod tests;
