//! The root of a growing tree, as RFC 9162 merges it: one hash for each bit of the size.

use sha2::{Digest, Sha256};

/// The complete subtrees of the records so far, the largest first.
#[derive(Default)]
pub(super) struct Root {
    subtrees: Vec<[u8; 32]>,
    count: u64,
}

impl Root {
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn add(&mut self, leaf: &[u8]) {
        let mut hash: [u8; 32] = Sha256::digest([&[0], leaf].concat()).into();
        for _ in 0..self.count.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                hash = node(&left, &hash);
            }
        }
        self.subtrees.push(hash);
        self.count += 1;
    }

    pub(super) fn root(&self) -> [u8; 32] {
        let folded = self.subtrees.iter().rev().copied().reduce(|right, left| node(&left, &right));
        folded.unwrap_or_else(|| Sha256::digest(b"").into())
    }
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::digest([&[1], left.as_slice(), right].concat()).into()
}
