//! The encoder on candle's own operations: what runs where the fused encoder does not, and what
//! its tests compare it with.

use super::Tokens;
use super::reach::Reach;
use crate::activation::Activation;
use candle_core::{D, IndexOp as _, Result as CandleResult, Tensor};
use candle_nn::{LayerNorm, Linear, Module as _, ops::softmax_last_dim};

/// Queries whose scores are held at once: a text of 8,192 tokens needs no square of that size.
const QUERIES_MAX: usize = 128;

/// An encoder's weights in f32.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) words: Tensor,
    pub(crate) positions: Option<Tensor>,
    pub(crate) segments: Option<Tensor>,
    pub(crate) norm: LayerNorm,
    /// Of all norms.
    pub(crate) norm_epsilon: f64,
    pub(crate) layers: Vec<Layer>,
    pub(crate) last_norm: Option<LayerNorm>,
}

#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) heads: usize,
    /// Query, key and value side by side, the scale of the scores in the query.
    pub(crate) qkv: Linear,
    pub(crate) reach: Reach,
    pub(crate) attended: Linear,
    pub(crate) norms: Norms,
    /// With a gate, what is activated and the gate side by side.
    pub(crate) widen: Linear,
    pub(crate) activation: Activation,
    pub(crate) is_gated: bool,
    pub(crate) narrow: Linear,
}

/// Where a layer normalises.
#[derive(Clone, Debug)]
pub(crate) enum Norms {
    /// After each half, what was added up.
    After { attended: LayerNorm, narrow: LayerNorm },
    /// Before each half, what it reads. None where that is normalised already.
    Before { qkv: Option<LayerNorm>, widen: LayerNorm },
}

/// The linear layers of a [`Layer`], by what they read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Qkv,
    Attended,
    Widen,
    Narrow,
}

impl Network {
    /// The last states of one sequence, a row a token.
    pub(crate) fn states(&self, tokens: &Tokens) -> CandleResult<Tensor> {
        self.observe(tokens, |_, _, _| Ok(()))
    }

    /// As [`Network::states`]; `see` is shown what each linear layer reads.
    pub(crate) fn observe(
        &self,
        tokens: &Tokens,
        mut see: impl FnMut(usize, Place, &Tensor) -> CandleResult<()>,
    ) -> CandleResult<Tensor> {
        let rows = |table: &Tensor, rows: &[u32]| {
            table.index_select(&Tensor::new(rows, table.device())?, 0)
        };
        let mut states = rows(&self.words, &tokens.ids)?;
        if let Some(segments) = &self.segments {
            states = (states + rows(segments, &tokens.segments)?)?;
        }
        if let Some(positions) = &self.positions {
            states = (states + rows(positions, &tokens.positions)?)?;
        }
        let mut states = self.norm.forward(&states)?;
        for (index, layer) in self.layers.iter().enumerate() {
            states = layer.forward(&states, |place, inputs| see(index, place, inputs))?;
        }
        match &self.last_norm {
            Some(norm) => norm.forward(&states),
            None => Ok(states),
        }
    }
}

impl Layer {
    fn forward(
        &self,
        states: &Tensor,
        mut see: impl FnMut(Place, &Tensor) -> CandleResult<()>,
    ) -> CandleResult<Tensor> {
        match &self.norms {
            Norms::After { attended, narrow } => {
                let states = attended.forward(&(self.look(states, &mut see)? + states)?)?;
                narrow.forward(&(self.feed(&states, &mut see)? + states)?)
            }
            Norms::Before { qkv, widen } => {
                let normed = qkv.as_ref().map(|norm| norm.forward(states)).transpose()?;
                let looked = self.look(normed.as_ref().unwrap_or(states), &mut see)?;
                let states = (looked + states)?;
                self.feed(&widen.forward(&states)?, &mut see)? + states
            }
        }
    }

    /// Attention with its linear layers.
    fn look(
        &self,
        inputs: &Tensor,
        see: &mut impl FnMut(Place, &Tensor) -> CandleResult<()>,
    ) -> CandleResult<Tensor> {
        see(Place::Qkv, inputs)?;
        let attended = self.attend(inputs)?;
        see(Place::Attended, &attended)?;
        self.attended.forward(&attended)
    }

    /// The feed-forward half.
    fn feed(
        &self,
        inputs: &Tensor,
        see: &mut impl FnMut(Place, &Tensor) -> CandleResult<()>,
    ) -> CandleResult<Tensor> {
        see(Place::Widen, inputs)?;
        let wide = self.widen.forward(inputs)?;
        let wide = if self.is_gated {
            let half = wide.dim(D::Minus1)? / 2;
            let gate = wide.narrow(D::Minus1, half, half)?;
            (self.activation.apply(&wide.narrow(D::Minus1, 0, half)?)? * gate)?
        } else {
            self.activation.apply(&wide)?
        };
        see(Place::Narrow, &wide)?;
        self.narrow.forward(&wide)
    }

    fn attend(&self, inputs: &Tensor) -> CandleResult<Tensor> {
        let (length, hidden) = inputs.dims2()?;
        let qkv = self
            .qkv
            .forward(inputs)?
            .reshape((length, 3, self.heads, hidden / self.heads))?
            .permute((1, 2, 0, 3))?
            .contiguous()?;
        let (q, k, v) = (self.reach.turn(qkv.i(0)?)?, self.reach.turn(qkv.i(1)?)?, qkv.i(2)?);
        let mut parts = vec![];
        for start in (0..length).step_by(QUERIES_MAX) {
            let queries = start..(start + QUERIES_MAX).min(length);
            let keys = self.reach.keys(&queries, length);
            let (first, count) = (keys.start, keys.len());
            let key = k.narrow(1, first, count)?.t()?;
            let scores = q.narrow(1, start, queries.len())?.matmul(&key)?;
            let scores = match self.reach.mask(queries, keys)? {
                Some(mask) => scores.broadcast_add(&mask)?,
                None => scores,
            };
            parts.push(softmax_last_dim(&scores)?.matmul(&v.narrow(1, first, count)?)?);
        }
        Tensor::cat(&parts, 1)?.transpose(0, 1)?.reshape((length, hidden))
    }
}
