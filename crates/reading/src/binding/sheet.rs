//! Sheets of plain text in Helvetica: the cover of a bundle, and what stands for an attached file.

use lopdf::Object;
use lopdf::content::{Content, Operation};

/// A4 in points.
const WIDTH: i64 = 595;
const HEIGHT: i64 = 842;
const MARGIN: i64 = 56;
const SIZE: i64 = 10;
const TITLE_SIZE: i64 = 15;
const LEADING: i64 = 15;
const LINES_MAX: usize = 46;
/// Characters of a line; of the widest letters fewer would fit, which no text is made of.
const CHARACTERS_MAX: usize = 88;

/// The size of a sheet.
pub(super) fn media_box() -> Vec<Object> {
    vec![0.into(), 0.into(), WIDTH.into(), HEIGHT.into()]
}

/// What each sheet draws; the first line of all is a title.
pub(super) fn set(lines: &[String]) -> Vec<Vec<u8>> {
    let lines: Vec<String> = lines.iter().flat_map(|line| broken(line)).collect();
    let sheets = lines.chunks(LINES_MAX).enumerate();
    sheets.map(|(number, lines)| drawn(lines, number == 0)).collect()
}

fn drawn(lines: &[String], titled: bool) -> Vec<u8> {
    let mut operations = vec![
        Operation::new("BT", vec![]),
        Operation::new("TL", vec![LEADING.into()]),
        Operation::new("Td", vec![MARGIN.into(), (HEIGHT - MARGIN - SIZE).into()]),
    ];
    for (place, line) in lines.iter().enumerate() {
        let size = if titled && place == 0 { TITLE_SIZE } else { SIZE };
        operations.push(Operation::new("Tf", vec!["F".into(), size.into()]));
        operations.push(Operation::new("Tj", vec![Object::string_literal(encoded(line))]));
        operations.push(Operation::new("T*", vec![]));
    }
    operations.push(Operation::new("ET", vec![]));
    Content { operations }.encode().unwrap_or_default()
}

/// A line in pieces that fit, cut between words where there are any.
fn broken(line: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest: Vec<char> = line.chars().collect();
    while rest.len() > CHARACTERS_MAX {
        let head = rest.get(..CHARACTERS_MAX).unwrap_or(&rest);
        let cut = head.iter().rposition(|c| *c == ' ').filter(|cut| *cut > CHARACTERS_MAX / 2);
        let cut = cut.unwrap_or(CHARACTERS_MAX);
        let tail = rest.split_off(cut);
        pieces.push(rest.into_iter().collect());
        rest = "    ".chars().chain(tail.into_iter().skip_while(|c| *c == ' ')).collect();
    }
    pieces.push(rest.into_iter().collect());
    pieces
}

/// Windows-1252, which Helvetica's letters are numbered by; a letter that it lacks is a question mark.
fn encoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        let mut one = [0; 4];
        let (encoded, _, unknown) = encoding_rs::WINDOWS_1252.encode(letter.encode_utf8(&mut one));
        match encoded.first() {
            Some(byte) if !unknown && !letter.is_control() => bytes.push(*byte),
            Some(_) | None => bytes.push(b'?'),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_break_between_words_and_letters_are_numbered() {
        let line = format!("{} Ende", "Wort ".repeat(20));
        let pieces = broken(&line);
        assert_eq!(pieces.len(), 2);
        assert!(pieces[0].len() <= CHARACTERS_MAX && pieces[1].starts_with("    "));
        assert_eq!(broken(&"x".repeat(300)).len(), 4);
        assert_eq!(encoded("§ Größe € Ж"), b"\xa7 Gr\xf6\xdfe \x80 ?");
        assert_eq!(set(&vec![String::from("a"); LINES_MAX + 1]).len(), 2);
    }
}
