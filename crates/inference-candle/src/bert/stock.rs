//! The encoder on candle's own operations: what runs where the fused encoder does not, and what
//! its tests compare it with.

use super::Tokens;
use crate::activation::Activation;
use candle_core::{IndexOp as _, Result as CandleResult, Tensor};
use candle_nn::{LayerNorm, Linear, Module as _, ops::softmax_last_dim};

/// An encoder's weights in f32.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) words: Tensor,
    pub(crate) positions: Tensor,
    pub(crate) segments: Tensor,
    pub(crate) norm: LayerNorm,
    pub(crate) norm_epsilon: f64,
    pub(crate) layers: Vec<Layer>,
}

#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) heads: usize,
    /// Query, key and value side by side, the scale of the scores in the query.
    pub(crate) qkv: Linear,
    pub(crate) attended: Linear,
    pub(crate) attended_norm: LayerNorm,
    pub(crate) widen: Linear,
    pub(crate) activation: Activation,
    pub(crate) narrow: Linear,
    pub(crate) narrow_norm: LayerNorm,
}

/// The linear layers of a [`Layer`], by what they read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let device = self.words.device();
        let table =
            |table: &Tensor, rows: &[u32]| table.index_select(&Tensor::new(rows, device)?, 0);
        let words = table(&self.words, &tokens.ids)?;
        let segments = table(&self.segments, &tokens.segments)?;
        let positions = table(&self.positions, &tokens.positions)?;
        let mut states = self.norm.forward(&((words + segments)? + positions)?)?;
        for (index, layer) in self.layers.iter().enumerate() {
            states = layer.forward(&states, |place, inputs| see(index, place, inputs))?;
        }
        Ok(states)
    }
}

impl Layer {
    fn forward(
        &self,
        states: &Tensor,
        mut see: impl FnMut(Place, &Tensor) -> CandleResult<()>,
    ) -> CandleResult<Tensor> {
        see(Place::Qkv, states)?;
        let attended = self.attend(states)?;
        see(Place::Attended, &attended)?;
        let attended = self.attended.forward(&attended)?;
        let states = self.attended_norm.forward(&(attended + states)?)?;
        see(Place::Widen, &states)?;
        let wide = self.widen.forward(&states)?;
        let wide = self.activation.apply(&wide)?;
        see(Place::Narrow, &wide)?;
        self.narrow_norm.forward(&(self.narrow.forward(&wide)? + states)?)
    }

    fn attend(&self, states: &Tensor) -> CandleResult<Tensor> {
        let (length, hidden) = states.dims2()?;
        let qkv = self
            .qkv
            .forward(states)?
            .reshape((length, 3, self.heads, hidden / self.heads))?
            .permute((1, 2, 0, 3))?
            .contiguous()?;
        let (q, k, v) = (qkv.i(0)?, qkv.i(1)?, qkv.i(2)?);
        let scores = softmax_last_dim(&q.matmul(&k.t()?)?)?;
        scores.matmul(&v)?.transpose(0, 1)?.reshape((length, hidden))
    }
}
