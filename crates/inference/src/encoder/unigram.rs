//! A short way to the token ids of the shipped embedder's kind of tokenizer: NFKC, lower case,
//! split at white space, punctuation and digits, unigram pieces.
//!
//! The general tokenizer keeps for every character where it came from, which costs ten times what
//! the search for the best pieces does, and it remembers words between requests. This one does
//! neither. It takes only what it certainly treats alike (see [`Unigram::encode`]); everything
//! else goes the general way, and a test holds the two against each other.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use unicode_categories::UnicodeCategories as _;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};

/// What an unknown character costs below the rarest piece, as the unigram model defines it.
const UNKNOWN_PENALTY: f64 = 10.0;
/// Latin letters and marks, general punctuation, raised and lowered digits, currencies, arrows,
/// mathematical signs and ligatures: what German offices write. Unicode tables of different years
/// agree on these; elsewhere, later years added letters and compositions.
const SETTLED: [RangeInclusive<char>; 7] = [
    '\0'..='\u{36f}',
    '\u{1e00}'..='\u{1eff}',
    '\u{2010}'..='\u{205e}',
    '\u{2070}'..='\u{209c}',
    '\u{20a0}'..='\u{20ac}',
    '\u{2190}'..='\u{22ff}',
    '\u{fb00}'..='\u{fb06}',
];

/// Pieces with their scores, as a tree over bytes.
#[derive(Debug)]
pub(super) struct Unigram {
    nodes: Vec<Node>,
    unknown_id: u32,
    unknown_score: f64,
    /// Texts that hold one of these are the general tokenizer's business.
    reserved: Vec<String>,
}

/// A node's children lie side by side, sorted by byte.
#[derive(Clone, Copy, Debug)]
struct Node {
    byte: u8,
    piece: Option<(u32, f64)>,
    first_child: u32,
    children: u32,
}

#[derive(Deserialize)]
struct File {
    normalizer: Value,
    pre_tokenizer: Value,
    post_processor: Value,
    added_tokens: Vec<Added>,
    model: Value,
}

#[derive(Deserialize)]
struct Added {
    content: String,
}

#[derive(Deserialize)]
struct Model {
    unk_id: u32,
    vocab: Vec<(String, f64)>,
    #[serde(default)]
    byte_fallback: bool,
}

/// The end of the best way to a position.
#[derive(Clone, Copy, Default)]
struct Best {
    score: f64,
    /// Where its last piece starts and what it is; none for a position not reached.
    last: Option<(usize, u32)>,
}

impl Unigram {
    /// None where the tokenizer is of another kind.
    pub(super) fn from_tokenizer_json(bytes: &[u8]) -> Option<Self> {
        let file: File = serde_json::from_slice(bytes).ok()?;
        let kind = |value: &Value| value.get("type").and_then(Value::as_str).map(str::to_owned);
        let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned();
        let normalizers: Vec<_> = list(&file.normalizer, "normalizers")?.iter().map(kind).collect();
        let splitters = list(&file.pre_tokenizer, "pretokenizers")?;
        let digits_together =
            splitters.get(1).and_then(|digits| digits.get("individual_digits")?.as_bool());
        let splitters: Vec<_> = splitters.iter().map(kind).collect();
        let fits = file.post_processor.is_null()
            && kind(&file.model).as_deref() == Some("Unigram")
            && normalizers.iter().flatten().eq(["NFKC", "Lowercase"])
            && splitters.iter().flatten().eq(["BertPreTokenizer", "Digits"])
            && digits_together == Some(false);
        if !fits {
            return None;
        }
        let model: Model = serde_json::from_value(file.model).ok()?;
        if model.byte_fallback {
            return None;
        }
        let lowest = model.vocab.iter().map(|(_, score)| *score).fold(f64::INFINITY, f64::min);
        let mut pieces = BTreeMap::new();
        for (id, (piece, score)) in model.vocab.into_iter().enumerate() {
            if !piece.is_empty() {
                pieces.insert(piece.into_bytes(), (u32::try_from(id).ok()?, score));
            }
        }
        Some(Self {
            nodes: tree(&pieces)?,
            unknown_id: model.unk_id,
            unknown_score: lowest - UNKNOWN_PENALTY,
            reserved: file.added_tokens.into_iter().map(|added| added.content).collect(),
        })
    }

    /// The ids of a text; none for a text that holds the name of a special token, or a character
    /// whose treatment may depend on the age of a Unicode table.
    pub(super) fn encode(&self, text: &str) -> Option<Vec<u32>> {
        if !text.chars().all(|character| SETTLED.iter().any(|range| range.contains(&character)))
            || self.reserved.iter().any(|reserved| text.contains(reserved))
        {
            return None;
        }
        let lower: String = if is_nfkc_quick(text.chars()) == IsNormalized::Yes {
            text.chars().flat_map(char::to_lowercase).collect()
        } else {
            text.nfkc().flat_map(char::to_lowercase).collect()
        };
        let mut ids = Vec::with_capacity(lower.len() / 3);
        let mut best = vec![];
        for word in lower.split(char::is_whitespace) {
            let mut rest = word;
            while let Some(first) = rest.chars().next() {
                let end = if is_punctuation(first) {
                    first.len_utf8()
                } else {
                    let number = first.is_numeric();
                    rest.find(|c: char| is_punctuation(c) || c.is_numeric() != number)
                        .unwrap_or(rest.len())
                };
                let (part, tail) = rest.split_at_checked(end)?;
                self.append(part, &mut best, &mut ids);
                rest = tail;
            }
        }
        Some(ids)
    }

    /// Appends the ids of the best pieces of a word: Viterbi from left to right, the earlier way
    /// wins a tie, unknown characters side by side become one token.
    fn append(&self, word: &str, best: &mut Vec<Best>, ids: &mut Vec<u32>) {
        best.clear();
        best.resize(word.len() + 1, Best::default());
        for (start, character) in word.char_indices() {
            let here = best.get(start).map_or(0.0, |best| best.score);
            let single = start + character.len_utf8();
            let mut known = false;
            let mut node = 0;
            for (offset, byte) in word.bytes().enumerate().skip(start) {
                let Some(next) = self.child(node, byte) else { break };
                node = next;
                if let Some((id, score)) = self.nodes.get(node).and_then(|node| node.piece) {
                    known |= offset + 1 == single;
                    improve(best, offset + 1, here + score, (start, id));
                }
            }
            if !known {
                improve(best, single, here + self.unknown_score, (start, self.unknown_id));
            }
        }
        let begin = ids.len();
        let mut end = word.len();
        while let Some((start, id)) = best.get(end).and_then(|best| best.last) {
            let repeats = id == self.unknown_id
                && ids.get(begin..).and_then(<[u32]>::last) == Some(&self.unknown_id);
            if !repeats {
                ids.push(id);
            }
            end = start;
        }
        if let Some(added) = ids.get_mut(begin..) {
            added.reverse();
        }
    }

    fn child(&self, node: usize, byte: u8) -> Option<usize> {
        let node = self.nodes.get(node)?;
        let first = node.first_child as usize;
        let children = self.nodes.get(first..first + node.children as usize)?;
        let found = children.binary_search_by_key(&byte, |child| child.byte).ok()?;
        Some(first + found)
    }
}

fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation() || (!character.is_ascii() && character.is_punctuation())
}

fn improve(best: &mut [Best], end: usize, score: f64, last: (usize, u32)) {
    if let Some(best) = best.get_mut(end)
        && (best.last.is_none() || score > best.score)
    {
        *best = Best { score, last: Some(last) };
    }
}

/// Lays the pieces out breadth first, so that the children of a node lie side by side.
fn tree(pieces: &BTreeMap<Vec<u8>, (u32, f64)>) -> Option<Vec<Node>> {
    let sorted: Vec<(&[u8], (u32, f64))> =
        pieces.iter().map(|(piece, value)| (piece.as_slice(), *value)).collect();
    let mut nodes = vec![Node { byte: 0, piece: None, first_child: 0, children: 0 }];
    // Each node with the pieces below it, as a range of `sorted`, and its depth.
    let mut pending = std::collections::VecDeque::from([(0_usize, 0..sorted.len(), 0_usize)]);
    while let Some((node, mut range, depth)) = pending.pop_front() {
        if let Some((piece, value)) = sorted.get(range.start)
            && piece.len() == depth
        {
            nodes.get_mut(node)?.piece = Some(*value);
            range.start += 1;
        }
        nodes.get_mut(node)?.first_child = u32::try_from(nodes.len()).ok()?;
        while !range.is_empty() {
            let byte = *sorted.get(range.start)?.0.get(depth)?;
            let same = sorted
                .get(range.clone())?
                .partition_point(|(piece, _)| piece.get(depth) == Some(&byte));
            nodes.get_mut(node)?.children += 1;
            pending.push_back((nodes.len(), range.start..range.start + same, depth + 1));
            nodes.push(Node { byte, piece: None, first_child: 0, children: 0 });
            range.start += same;
        }
    }
    Some(nodes)
}

#[cfg(test)]
mod tests;
