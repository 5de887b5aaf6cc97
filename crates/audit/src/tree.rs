//! The Merkle tree of RFC 6962.

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
