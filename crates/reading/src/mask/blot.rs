//! Puts the mask in the place of what was found, and moves the words behind it.

use super::find::Found;
use super::{MASK, Mask};
use crate::paper::{Page, Rect, Word};

/// One line of a stretch: blotted out on its own, so that lines stay lines.
struct Piece {
    start: usize,
    end: usize,
    found: usize,
}

/// `found` is in order and apart.
pub(super) fn blot(page: &mut Page, chars: &[char], found: &[Found]) {
    let pieces = pieces(chars, found);
    let mut text = String::with_capacity(page.text.len());
    let mut words = Vec::with_capacity(page.words.len());
    let mut masks: Vec<Option<Mask>> = vec![None; found.len()];
    let mut old_words = page.words.iter().peekable();
    let (mut at, mut written) = (0, 0);
    for piece in &pieces {
        text.extend(chars.get(at..piece.start).unwrap_or_default());
        while let Some(word) = old_words.next_if(|word| index(word.end) <= piece.start) {
            words.push(moved(word, at, written));
        }
        written += piece.start - at;
        let mut hidden: Option<Word> = None;
        while let Some(word) = old_words.next_if(|word| index(word.start) < piece.end) {
            let rect = hidden.map_or(word.rect, |hidden| hidden.rect.union(word.rect));
            let confidence =
                hidden.map_or(word.confidence, |hidden| hidden.confidence.min(word.confidence));
            hidden = Some(Word { rect, confidence, ..*word });
        }
        text.push_str(MASK);
        let (start, end) = (narrow(written), narrow(written + MASK.chars().count()));
        written += MASK.chars().count();
        at = piece.end;
        words.extend(hidden.map(|word| Word { start, end, ..word }));
        let (Some(mask), Some(found)) = (masks.get_mut(piece.found), found.get(piece.found)) else {
            continue;
        };
        let rect: Option<Rect> = hidden.map(|word| word.rect);
        *mask = Some(match *mask {
            None => Mask { kind: found.kind, start, end, rect },
            Some(before) => Mask {
                end,
                rect: before.rect.into_iter().chain(rect).reduce(Rect::union),
                ..before
            },
        });
    }
    text.extend(chars.get(at..).unwrap_or_default());
    words.extend(old_words.map(|word| moved(word, at, written)));
    page.text = text;
    page.words = words;
    page.masks = masks.into_iter().flatten().collect();
}

/// The stretches line by line, without the blanks at a line's ends.
fn pieces(chars: &[char], found: &[Found]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, stretch) in found.iter().enumerate() {
        let mut start = None;
        let mut end = stretch.start;
        for at in stretch.start..=stretch.end {
            let letter = (at < stretch.end).then(|| chars.get(at)).flatten();
            match letter {
                Some(letter) if *letter != '\n' => {
                    if !letter.is_whitespace() {
                        start.get_or_insert(at);
                        end = at + 1;
                    }
                }
                _ => {
                    if let Some(start) = start.take() {
                        pieces.push(Piece { start, end, found: index });
                    }
                }
            }
        }
    }
    pieces
}

/// A word behind what was blotted out up to `at`, which is written up to `written`.
fn moved(word: &Word, at: usize, written: usize) -> Word {
    let place = |offset: u32| narrow(index(offset).saturating_sub(at) + written);
    Word { start: place(word.start), end: place(word.end), ..*word }
}

fn index(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
