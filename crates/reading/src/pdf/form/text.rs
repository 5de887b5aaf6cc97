//! Strings of PDF objects as text.

use hayro::hayro_syntax::object::Object;

/// Bytes of one value that are read.
const BYTES_MAX: usize = 1 << 16;

/// What `PDFDocEncoding` has where Latin 1 has control characters, from 0x18 and from 0x80.
const FROM_18: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
const FROM_80: [char; 33] = [
    '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™',
    'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}', '€',
];

/// The text of a string, name or unpacked stream; none where there is none.
pub(super) fn of(object: &Object<'_>) -> Option<String> {
    let text = match object {
        Object::String(text) => decode(text.as_bytes()),
        Object::Name(name) => decode(name.as_ref()),
        Object::Stream(stream) if stream.filters().is_empty() => decode(&stream.raw_data()),
        Object::Null(_)
        | Object::Boolean(_)
        | Object::Number(_)
        | Object::Dict(_)
        | Object::Array(_)
        | Object::Stream(_) => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

/// As the mark at its beginning says, else `PDFDocEncoding`.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.get(..bytes.len().min(BYTES_MAX)).unwrap_or(bytes);
    let text = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, mark)) => {
            let (text, _) = encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or(&[]));
            text.into_owned()
        }
        None => bytes.iter().map(|&byte| letter(byte)).collect(),
    };
    without_language(&text)
}

fn letter(byte: u8) -> char {
    let place = |from: u8| usize::from(byte).checked_sub(usize::from(from));
    let other = match byte {
        0x18..=0x1f => place(0x18).and_then(|place| FROM_18.get(place)),
        0x80..=0xa0 => place(0x80).and_then(|place| FROM_80.get(place)),
        _ => None,
    };
    other.copied().unwrap_or(char::from(byte))
}

/// Between two escapes stands the language of what follows.
fn without_language(text: &str) -> String {
    if !text.contains('\u{1b}') {
        return text.to_owned();
    }
    text.split('\u{1b}').step_by(2).collect()
}

/// Lines of at most so many letters, broken between words.
pub(crate) fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for given in text.split(['\r', '\n']).filter(|line| !line.trim().is_empty()) {
        let (mut line, mut length) = (String::new(), 0_usize);
        for word in given.split_whitespace() {
            let letters = word.chars().count();
            if length > 0 && length.saturating_add(letters + 1) > width {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            if length > 0 {
                line.push(' ');
            }
            line.push_str(word);
            length = length.saturating_add(letters + 1);
        }
        lines.push(line);
    }
    lines
}
