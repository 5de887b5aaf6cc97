//! Stands in for the fused encoder on processors that it has no instructions for.

use super::{Network, Tokens};
use crate::head::Reads;
use crate::processor::Processor;
use candle_core::Result;
use inference::manifest::Compute;

/// Nothing of this type exists.
pub(super) enum Encoder {}

impl Encoder {
    pub(super) fn pack(
        _: &Network,
        _: Compute,
        _: &Processor,
        _: impl Fn(&str) -> Option<Tokens>,
    ) -> Result<Option<Self>> {
        Ok(None)
    }

    pub(super) fn dtype(&self) -> &'static str {
        match *self {}
    }

    pub(super) fn batch_tokens_max(&self) -> usize {
        match *self {}
    }

    pub(super) fn states(&self, _: Vec<Tokens>, _: Reads) -> Result<Vec<Vec<f32>>> {
        match *self {}
    }
}
