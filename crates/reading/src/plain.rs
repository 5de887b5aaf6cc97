//! Plain text, and the one page that formats without pages become.

use crate::error::{FileError, Reason};
use crate::limits::Work;
use crate::paper::{Format, Page, Paper};
use encoding_rs::{Encoding, WINDOWS_1252};

/// Reads UTF-8, UTF-16 with its byte order mark, else Windows-1252 (of which Latin-1's printable
/// part is a part).
pub(crate) fn read(bytes: &[u8], work: &Work<'_>) -> Result<Paper, FileError> {
    let text = decode(bytes, None);
    // What still holds NUL or mostly replacement characters was no text.
    let strange = text.chars().filter(|&each| each == '\0' || each == '\u{fffd}').count();
    if strange * 20 > text.chars().count() {
        return Err(FileError::new(Reason::Unsupported, "binary"));
    }
    paper(&text, work)
}

/// Decodes by byte order mark, else by what the file declares, else by what fits.
pub(crate) fn decode(bytes: &[u8], declared: Option<&'static Encoding>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let body = bytes.get(mark..).unwrap_or_default();
        return encoding.decode_without_bom_handling(body).0.into_owned();
    }
    if let Some(encoding) = declared {
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// Text as a paper; a form feed begins a page.
pub(crate) fn paper(text: &str, work: &Work<'_>) -> Result<Paper, FileError> {
    if text.trim().is_empty() {
        return Err(FileError::new(Reason::Empty, "no text"));
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    // Printers' files end with a form feed; that is no further page.
    let text = text.trim_end_matches('\u{c}');
    work.check_pages(text.split('\u{c}').count())?;
    let mut left = usize::try_from(work.limits.characters_max).unwrap_or(usize::MAX);
    let mut truncated = false;
    let pages = text
        .split('\u{c}')
        .zip(1..)
        .map(|(text, number)| {
            let kept: String = text.chars().take(left).collect();
            truncated |= kept.len() < text.len();
            left = left.saturating_sub(kept.chars().count());
            Page::of_text(number, kept)
        })
        .collect();
    Ok(Paper { pages, format: Format::Text, truncated })
}

/// The one page of a format that knows none.
pub(crate) fn single(text: &str, format: Format, work: &Work<'_>) -> Result<Paper, FileError> {
    let most = usize::try_from(work.limits.characters_max).unwrap_or(usize::MAX);
    let kept: String = tidy(text).chars().take(most).collect();
    let truncated = kept.chars().count() == most;
    if kept.is_empty() {
        return Err(FileError::new(Reason::Empty, "no text"));
    }
    Ok(Paper { pages: vec![Page::of_text(1, kept)], format, truncated })
}

/// Trims lines, leaves at most one blank line between blocks.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut blank = 0_u32;
    for line in text.lines() {
        let line = line.trim_matches([' ', '\t', '\u{a0}']);
        if line.is_empty() {
            blank += 1;
            continue;
        }
        if !tidied.is_empty() {
            tidied.push_str(if blank > 0 { "\n\n" } else { "\n" });
        }
        blank = 0;
        tidied.extend(line.chars().filter(|&each| each == '\t' || !each.is_control()));
    }
    tidied
}
