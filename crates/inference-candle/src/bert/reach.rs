//! How far attention looks, and what turns its vectors by their places.

use candle_core::{Device, Result as CandleResult, Tensor};
use candle_nn::rotary_emb::rope;
use std::ops::Range;

/// Without either: all tokens, places left to the embeddings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    /// Tokens to either side; none for all.
    pub(crate) window: Option<usize>,
    pub(crate) rotation: Option<Rotation>,
}

/// Queries and keys turned by an angle for each place and pair of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    /// Places by half the numbers of a head.
    pub(crate) cosines: Tensor,
    pub(crate) sines: Tensor,
}

impl Rotation {
    /// For heads of `size` numbers and texts of this length.
    pub(crate) fn new(theta: f64, size: usize, length: usize) -> CandleResult<Self> {
        #[expect(clippy::cast_precision_loss, reason = "a head has a few hundred numbers")]
        let rates: Vec<f64> =
            (0..size / 2).map(|pair| theta.powf(-(2.0 * pair as f64) / size as f64)).collect();
        #[expect(clippy::cast_possible_truncation, reason = "f32 is what the model computes in")]
        let table = |function: fn(f64) -> f64| -> CandleResult<Tensor> {
            let length = u32::try_from(length).unwrap_or(u32::MAX);
            let values: Vec<f32> = (0..length)
                .flat_map(|place| rates.iter().map(move |rate| f64::from(place) * rate))
                .map(|angle| function(angle) as f32)
                .collect();
            Tensor::from_vec(values, (length as usize, size / 2), &Device::Cpu)
        };
        Ok(Self { cosines: table(f64::cos)?, sines: table(f64::sin)? })
    }
}

impl Reach {
    /// Turns the vectors of all heads, [heads, tokens, numbers].
    pub(super) fn turn(&self, vectors: Tensor) -> CandleResult<Tensor> {
        let Some(Rotation { cosines, sines }) = &self.rotation else { return Ok(vectors) };
        let length = vectors.dim(1)?;
        let (cosines, sines) = (cosines.narrow(0, 0, length)?, sines.narrow(0, 0, length)?);
        rope(&vectors.unsqueeze(0)?.contiguous()?, &cosines, &sines)?.squeeze(0)
    }

    /// The keys that any of these queries sees.
    pub(crate) fn keys(&self, queries: &Range<usize>, length: usize) -> Range<usize> {
        match self.window {
            None => 0..length,
            Some(window) => {
                queries.start.saturating_sub(window)..(queries.end + window).min(length)
            }
        }
    }

    /// Minus infinity where a query does not see a key; none where each sees all.
    pub(super) fn mask(
        &self,
        queries: Range<usize>,
        keys: Range<usize>,
    ) -> CandleResult<Option<Tensor>> {
        let Some(window) = self.window.filter(|window| keys.len() > *window + 1) else {
            return Ok(None);
        };
        let shape = (queries.len(), keys.len());
        let values: Vec<f32> = queries
            .flat_map(|query| keys.clone().map(move |key| query.abs_diff(key) <= window))
            .map(|seen| if seen { 0.0 } else { f32::NEG_INFINITY })
            .collect();
        Tensor::from_vec(values, shape, &Device::Cpu).map(Some)
    }
}
