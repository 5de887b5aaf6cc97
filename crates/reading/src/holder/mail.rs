//! Mail (RFC 5322, MIME): its attachments, and its own text where it says more than a cover note.

use super::{Budget, Part, PartContent};
use crate::error::{FileError, Reason};
use crate::plain::decode;
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};
use encoding_rs::Encoding;

/// Multiparts inside multiparts.
const DEPTH_MAX: usize = 16;
/// Header bytes of one part.
const HEAD_BYTES_MAX: usize = 256 << 10;
/// A mail with attachments that says less is a cover note.
const MESSAGE_CHARACTERS_MIN: usize = 600;

/// Senders leave the padding out, or one too many bits in.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[derive(Default)]
struct Found {
    parts: Vec<Part>,
    /// What the sender wrote: plain text wins over its twin in hypertext.
    plain: String,
    html: Vec<u8>,
}

pub(super) fn unpack(bytes: &[u8], budget: &mut Budget) -> Result<Vec<Part>, FileError> {
    let (head, body) = split(bytes);
    if head.is_empty() {
        return Err(FileError::new(Reason::Unreadable, "mail without a header"));
    }
    let title = words(&field(&head, "subject").unwrap_or_default());
    let mut found = Found::default();
    take(&head, body, &mut found, (budget, 0))?;
    let Found { mut parts, plain, html } = found;
    let name =
        if title.is_empty() { "Nachricht".to_owned() } else { title.replace(['/', '\\'], "-") };
    let alone = parts.is_empty();
    if alone || plain.chars().count() >= MESSAGE_CHARACTERS_MIN {
        if !plain.trim().is_empty() {
            let text = plain.replace("\r\n", "\n");
            let content = PartContent::Message { title, text };
            parts.insert(0, Part { name: format!("{name}.txt"), content });
        } else if !html.is_empty() {
            parts
                .insert(0, Part { name: format!("{name}.html"), content: PartContent::File(html) });
        }
    }
    Ok(parts)
}

/// Takes what one part of the message holds.
fn take(
    head: &[(String, String)],
    body: &[u8],
    found: &mut Found,
    (budget, depth): (&mut Budget, usize),
) -> Result<(), FileError> {
    let kind = field(head, "content-type").unwrap_or_else(|| "text/plain".to_owned());
    let media = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media.starts_with("multipart/") {
        let Some(boundary) = parameter(&kind, "boundary").filter(|_| depth < DEPTH_MAX) else {
            return Err(FileError::new(
                Reason::Unreadable,
                "mail: a multipart without its boundary",
            ));
        };
        for piece in pieces(body, boundary.as_bytes()) {
            let (head, body) = split(piece);
            take(&head, body, found, (budget, depth + 1))?;
        }
        return Ok(());
    }
    let encoding = field(head, "content-transfer-encoding").unwrap_or_default();
    let bytes = decoded(body, &encoding);
    budget.spend(bytes.len())?;
    let disposition = field(head, "content-disposition").unwrap_or_default();
    let name = parameter(&disposition, "filename").or_else(|| parameter(&kind, "name"));
    let attached = disposition.trim_start().to_ascii_lowercase().starts_with("attachment");
    if media == "message/rfc822" {
        let name = name.unwrap_or_else(|| "Nachricht.eml".to_owned());
        found.parts.push(Part { name, content: PartContent::File(bytes) });
        return Ok(());
    }
    match (media.as_str(), name) {
        ("text/plain", None) if !attached => {
            let charset = parameter(&kind, "charset");
            let declared = charset.and_then(|label| Encoding::for_label(label.as_bytes()));
            found.plain.push_str(&decode(&bytes, declared));
        }
        ("text/html", None) if !attached => {
            if found.html.is_empty() {
                found.html = bytes;
            }
        }
        // Letterheads and signatures are pictures shown inside the text.
        (media, _) if media.starts_with("image/") && !attached => {}
        // Certificates and signatures of the mail itself.
        (
            "application/pkcs7-signature"
            | "application/x-pkcs7-signature"
            | "application/pgp-signature",
            _,
        ) => {}
        (
            "application/pkcs7-mime" | "application/x-pkcs7-mime" | "application/pgp-encrypted",
            _,
        ) => {
            return Err(FileError::new(Reason::Encrypted, "encrypted mail"));
        }
        (_, name) => {
            let name = name.unwrap_or_else(|| format!("Anlage {}", found.parts.len() + 1));
            found.parts.push(Part { name, content: PartContent::File(bytes) });
        }
    }
    Ok(())
}

/// Header fields, unfolded, and what comes after the blank line.
fn split(bytes: &[u8]) -> (Vec<(String, String)>, &[u8]) {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut place = 0;
    while place < bytes.len().min(HEAD_BYTES_MAX) {
        let rest = bytes.get(place..).unwrap_or_default();
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        let line = decode(rest.get(..end).unwrap_or_default(), None);
        let line = line.trim_end_matches(['\r', '\n']);
        place += end;
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim_start());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    (fields, bytes.get(place..).unwrap_or_default())
}

fn field(head: &[(String, String)], name: &str) -> Option<String> {
    head.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// A parameter of a structured field: `name="…"`, `name*=utf-8''…`, or `name*0=…; name*1=…` of long ones.
fn parameter(field: &str, name: &str) -> Option<String> {
    let mut plain = None;
    let mut pieces: Vec<(usize, String, bool)> = Vec::new();
    for (key, value) in parameters(field) {
        if key == name {
            plain = Some(words(&value));
        } else if let Some(rest) = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('*')) {
            let encoded = rest.is_empty() || rest.ends_with('*');
            let number = rest.trim_end_matches('*').parse().unwrap_or(0);
            pieces.push((number, value, encoded));
        }
    }
    if pieces.is_empty() {
        return plain.filter(|value| !value.is_empty());
    }
    pieces.sort_by_key(|(number, ..)| *number);
    let (mut bytes, mut label) = (Vec::new(), String::new());
    for (number, value, encoded) in pieces {
        let mut value = value.as_str();
        if encoded && number == 0 {
            let mut begin = value.splitn(3, '\'');
            if let (Some(charset), Some(_), Some(rest)) = (begin.next(), begin.next(), begin.next())
            {
                charset.clone_into(&mut label);
                value = rest;
            }
        }
        if encoded {
            bytes.extend(escaped(value.as_bytes(), b'%'));
        } else {
            bytes.extend_from_slice(value.as_bytes());
        }
    }
    Some(decode(&bytes, Encoding::for_label(label.as_bytes())))
}

/// `; key=value` pairs after the first word, quotes honoured.
fn parameters(field: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut piece, mut quoted, mut escaping) = (String::new(), false, false);
    // White space around a value does not count, inside quotes it does.
    let mut kept = 0;
    for c in field.chars().chain(std::iter::once(';')) {
        match c {
            '\\' if quoted && !escaping => escaping = true,
            '"' if !escaping => quoted = !quoted,
            ';' if !quoted => {
                piece.truncate(kept);
                if let Some((key, value)) = piece.split_once('=') {
                    found.push((key.trim().to_ascii_lowercase(), value.to_owned()));
                }
                piece.clear();
                kept = 0;
            }
            _ if c.is_whitespace() && !quoted => {
                if !piece.is_empty() && !piece.ends_with('=') {
                    piece.push(c);
                }
            }
            _ => {
                piece.push(c);
                kept = piece.len();
                escaping = false;
            }
        }
    }
    found
}

/// The pieces between the lines of a boundary.
fn pieces<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mark = [b"--", boundary].concat();
    let mut found = Vec::new();
    let (mut begun, mut place) = (None, 0);
    while place < body.len() {
        let rest = body.get(place..).unwrap_or_default();
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        let line = rest.get(..end).unwrap_or_default();
        if line.starts_with(&mark) {
            if let Some(begin) = begun {
                // The line break before a boundary belongs to it.
                let piece = body.get(begin..place).unwrap_or_default();
                let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
                found.push(piece.strip_suffix(b"\r").unwrap_or(piece));
            }
            let last = line.get(mark.len()..).is_some_and(|rest| rest.starts_with(b"--"));
            begun = (!last).then_some(place + end);
        }
        place += end;
    }
    // A message that was cut off has no last boundary.
    if let Some(begin) = begun {
        found.push(body.get(begin..).unwrap_or_default());
    }
    found
}

fn decoded(body: &[u8], encoding: &str) -> Vec<u8> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "base64" => {
            let sound: Vec<u8> =
                body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            // What is damaged is told by who reads the file.
            BASE64.decode(&sound).unwrap_or_default()
        }
        "quoted-printable" => {
            let mut joined = Vec::with_capacity(body.len());
            for line in body.split_inclusive(|byte| *byte == b'\n') {
                let bare = line.trim_ascii_end();
                match bare.strip_suffix(b"=") {
                    Some(soft) => joined.extend_from_slice(soft),
                    None => joined.extend_from_slice(line),
                }
            }
            escaped(&joined, b'=')
        }
        _ => body.to_vec(),
    }
}

/// Resolves `=C3` or `%C3`.
fn escaped(bytes: &[u8], sign: u8) -> Vec<u8> {
    let mut resolved = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let value =
            pair.filter(|_| byte == sign).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        if let Some(value) = value {
            resolved.push(value);
            rest = after.get(2..).unwrap_or_default();
        } else {
            resolved.push(byte);
            rest = after;
        }
    }
    resolved
}

/// Resolves encoded words of a header: `=?utf-8?B?…?=`, `=?iso-8859-1?Q?…?=`.
fn words(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let (before, word) = rest.split_at(start);
        // White space between two encoded words stands for nothing.
        if !(after_word && before.trim().is_empty()) {
            plain.push_str(before);
        }
        let mut fields = word.get(2..).unwrap_or_default().splitn(4, '?');
        let (charset, kind, content, end) =
            (fields.next(), fields.next(), fields.next(), fields.next());
        let (Some(charset), Some(kind), Some(content), Some(end)) = (charset, kind, content, end)
        else {
            plain.push_str(word);
            return plain;
        };
        let bytes = if kind.eq_ignore_ascii_case("b") {
            general_purpose::STANDARD.decode(content).unwrap_or_default()
        } else {
            escaped(content.replace('_', " ").as_bytes(), b'=')
        };
        plain.push_str(&decode(&bytes, Encoding::for_label(charset.as_bytes())));
        rest = end.strip_prefix('=').unwrap_or(end);
        after_word = true;
    }
    plain.push_str(rest);
    plain
}
