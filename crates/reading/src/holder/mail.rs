//! Mail (RFC 5322, MIME): its attachments, and its own text where it says more than a cover note.

use super::{Budget, Part, PartContent};
use crate::error::{FileError, Reason};
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};

/// A mail with attachments that says less is a cover note.
const MESSAGE_CHARACTERS_MIN: usize = 600;
/// Tells who reads the hypertext that it is UTF-8 now, whatever it says of itself.
pub(super) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Senders leave the padding out, or one too many bits in; the parser would drop the last bytes then.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn unpack(bytes: &[u8], budget: &mut Budget) -> Result<Vec<Part>, FileError> {
    let mail = MessageParser::default().parse(bytes).filter(|mail| !mail.headers().is_empty());
    let Some(mail) = mail else {
        return Err(FileError::new(Reason::Unreadable, "mail without a header"));
    };
    if mail.parts.iter().any(is_encrypted) {
        return Err(FileError::new(Reason::Encrypted, "encrypted mail"));
    }
    for part in mail.parts.iter().filter(|part| !matches!(part.body, PartType::Multipart(_))) {
        budget.spend(part.contents().len())?;
    }
    let attached = mail.attachments().filter(|part| !is_decoration(part));
    let mut parts: Vec<Part> = attached.zip(1..).map(|part| attachment(&mail, part)).collect();
    let own = own_text(&mail, parts.is_empty());
    parts.splice(0..0, own);
    Ok(parts)
}

fn attachment(mail: &Message<'_>, (part, number): (&MessagePart<'_>, usize)) -> Part {
    let name = match (part.attachment_name(), &part.body) {
        (Some(name), _) => name.to_owned(),
        (None, PartType::Message(_)) => "Nachricht.eml".to_owned(),
        (None, _) => format!("Anlage {number}"),
    };
    Part { name, content: PartContent::File(content(mail, part)) }
}

/// The file as it was attached; text that came in the letters of mail is UTF-8 by now.
fn content(mail: &Message<'_>, part: &MessagePart<'_>) -> Vec<u8> {
    let range = usize::try_from(part.offset_body).ok().zip(usize::try_from(part.offset_end).ok());
    let raw = range.and_then(|(from, to)| mail.raw_message.get(from..to));
    if let Some(raw) = raw.filter(|_| part.encoding == Encoding::Base64) {
        let sound: Vec<u8> =
            raw.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        if let Ok(bytes) = BASE64.decode(&sound) {
            return bytes;
        }
    }
    if let PartType::Html(html) = &part.body {
        format!("{BYTE_ORDER_MARK}{html}").into_bytes()
    } else {
        part.contents().to_vec()
    }
}

/// What the sender wrote: plain text wins over its twin in hypertext.
fn own_text(mail: &Message<'_>, alone: bool) -> Option<Part> {
    let bodies = |places: &[u32]| {
        let places: Vec<usize> =
            places.iter().filter_map(|place| (*place).try_into().ok()).collect();
        places.into_iter().filter_map(|place| mail.parts.get(place)).collect::<Vec<_>>()
    };
    let plain: String = bodies(&mail.text_body)
        .into_iter()
        .filter_map(|part| if let PartType::Text(text) = &part.body { Some(&**text) } else { None })
        .collect();
    if !is_letter(&plain, alone) {
        return None;
    }
    let title = mail.subject().unwrap_or_default().trim().to_owned();
    let name = file_name(&title);
    if !plain.trim().is_empty() {
        return Some(letter(title, &plain));
    }
    let mut html = bodies(&mail.html_body).into_iter();
    let html = html.find(|part| matches!(part.body, PartType::Html(_)))?;
    let content = PartContent::File(content(mail, html));
    Some(Part { name: format!("{name}.html"), content })
}

/// Whether a message's text is a part of its own: where nothing is attached, or it says enough.
pub(super) fn is_letter(plain: &str, alone: bool) -> bool {
    alone || plain.chars().count() >= MESSAGE_CHARACTERS_MIN
}

/// A message's own text.
pub(super) fn letter(title: String, plain: &str) -> Part {
    let name = format!("{}.txt", file_name(&title));
    Part { name, content: PartContent::Message { title, text: plain.replace("\r\n", "\n") } }
}

/// A name for what a message of this subject says itself.
pub(super) fn file_name(title: &str) -> String {
    if title.is_empty() { "Nachricht".to_owned() } else { title.replace(['/', '\\'], "-") }
}

/// Letterheads and signatures are pictures shown inside the text; a signature of the mail itself is no
/// paper either.
fn is_decoration(part: &MessagePart<'_>) -> bool {
    let attached = part.content_disposition().is_some_and(|how| how.is_attachment());
    let (media, kind) = media(part);
    (media == "image" && !attached)
        || (media == "application"
            && ["pkcs7-signature", "x-pkcs7-signature", "pgp-signature"].contains(&kind.as_str()))
}

fn is_encrypted(part: &MessagePart<'_>) -> bool {
    let (media, kind) = media(part);
    media == "application"
        && ["pkcs7-mime", "x-pkcs7-mime", "pgp-encrypted"].contains(&kind.as_str())
}

fn media(part: &MessagePart<'_>) -> (String, String) {
    part.content_type().map_or_else(Default::default, |media| {
        let kind = media.c_subtype.as_deref().unwrap_or_default();
        (media.c_type.to_ascii_lowercase(), kind.to_ascii_lowercase())
    })
}
