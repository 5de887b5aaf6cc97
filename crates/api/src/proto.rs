//! The contract as generated from `proto/`. Nothing but this crate sees these types.

#![expect(
    missing_docs,
    unreachable_pub,
    rust_2018_idioms,
    clippy::all,
    clippy::pedantic,
    reason = "generated code; the contract's own comments document it"
)]

tonic::include_proto!("amtshilfe.v1");

/// The contract's descriptors, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
