//! The Merkle tree of RFC 6962.
//!
//! It holds the hash of every complete subtree, 64 bytes for a record. Complete subtrees never change, so a
//! tree that has grown still answers for every smaller size.

#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};

/// SHA-256.
pub(crate) type Hash = [u8; 32];

/// The path from a record to the root of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The record.
    pub index: u64,
    /// The size of the tree.
    pub tree_size: u64,
    /// From the leaf to the root.
    pub hashes: Vec<[u8; 32]>,
}

/// The hash of a leaf.
pub(crate) fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new_with_prefix([0]).chain_update(leaf).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A tree that only grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    /// `levels[k][i]` is the subtree over the leaves from `i << k` to `(i + 1) << k`.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    pub(crate) fn len(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() <= level {
                self.levels.push(Vec::new());
            }
            let Some(nodes) = self.levels.get_mut(level) else { return };
            nodes.push(hash);
            let pair = nodes.len().is_multiple_of(2).then(|| nodes.last_chunk::<2>()).flatten();
            let Some([left, right]) = pair else { return };
            hash = node_hash(left, right);
        }
    }

    /// The root over the first `size` leaves; `None` past the end.
    pub(crate) fn root(&self, size: u64) -> Option<Hash> {
        if size == 0 {
            return Some(Sha256::digest([]).into());
        }
        self.range(0, size)
    }

    /// RFC 6962, 2.1.1.
    pub(crate) fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        if index >= size || size > self.len() {
            return None;
        }
        let (mut start, mut end) = (0, size);
        let mut path = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                path.push(self.range(middle, end)?);
                end = middle;
            } else {
                path.push(self.range(start, middle)?);
                start = middle;
            }
        }
        path.reverse();
        Some(path)
    }

    /// RFC 6962, 2.1.2. Empty where there is nothing to prove: from nothing, or to the same.
    pub(crate) fn consistency(&self, from: u64, to: u64) -> Option<Vec<Hash>> {
        if from > to || to > self.len() {
            return None;
        }
        if from == 0 || from == to {
            return Some(Vec::new());
        }
        let (mut start, mut end) = (0, to);
        let mut path = Vec::new();
        // Whoever checks the proof has the old root; only where it is a subtree of the new one is it left out.
        let mut is_left_edge = true;
        while end != from {
            let middle = start + split(end - start);
            if from <= middle {
                path.push(self.range(middle, end)?);
                end = middle;
            } else {
                path.push(self.range(start, middle)?);
                start = middle;
                is_left_edge = false;
            }
        }
        if !is_left_edge {
            path.push(self.range(start, end)?);
        }
        path.reverse();
        Some(path)
    }

    /// The hash over the leaves from `start` to `end`, where `start` is where RFC 6962 would split.
    fn range(&self, start: u64, end: u64) -> Option<Hash> {
        let count = end - start;
        if count.is_power_of_two() {
            let level = count.trailing_zeros();
            let place = usize::try_from(start >> level).ok()?;
            return self.levels.get(usize::try_from(level).ok()?)?.get(place).copied();
        }
        let middle = start + split(count);
        Some(node_hash(&self.range(start, middle)?, &self.range(middle, end)?))
    }
}

/// The largest power of two smaller than `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}
