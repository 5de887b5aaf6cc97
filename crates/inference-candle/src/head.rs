//! From the states of a sequence to its answer: a vector of unit length, or raw scores.

use crate::activation::Activation;
use candle_core::{IndexOp as _, Result as CandleResult, Tensor};
use candle_nn::{LayerNorm, Linear, Module as _};
use inference::manifest::Pooling;

/// Which state of a sequence an answer is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// The mean of all tokens.
    Mean,
    /// The first token's.
    First,
}

impl From<Pooling> for Reads {
    fn from(pooling: Pooling) -> Self {
        match pooling {
            Pooling::Mean => Self::Mean,
            Pooling::Cls | Pooling::None => Self::First,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Head {
    /// Brought to unit length.
    Vector(Reads),
    /// A layer, what comes after it, and a layer with the scores.
    Scores { reads: Reads, dense: Linear, after: After, scores: Linear },
}

/// What comes after a head's first layer.
#[derive(Clone, Debug)]
pub(crate) enum After {
    Tanh,
    Norm(Activation, LayerNorm),
}

impl Head {
    pub(crate) fn reads(&self) -> Reads {
        match self {
            Self::Vector(reads) | Self::Scores { reads, .. } => *reads,
        }
    }

    /// Each sequence by itself, so that the answer does not depend on its neighbours.
    pub(crate) fn finish(&self, state: Vec<f32>) -> CandleResult<Vec<f32>> {
        match self {
            Self::Vector(_) => Ok(unit(state)),
            Self::Scores { dense, after, scores, .. } => {
                let state = Tensor::new(state, dense.weight().device())?.unsqueeze(0)?;
                let state = dense.forward(&state)?;
                let state = match after {
                    After::Tanh => state.tanh()?,
                    After::Norm(activation, norm) => norm.forward(&activation.apply(&state)?)?,
                };
                scores.forward(&state)?.i(0)?.to_vec1()
            }
        }
    }
}

/// Brings a vector to length 1; the zero vector, a text without tokens, stays: similar to nothing.
pub(crate) fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    // In f64 no square of an f32 overflows.
    let square: f64 = vector.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
    if square != 0.0 {
        let length = square.sqrt();
        for value in &mut vector {
            #[expect(clippy::cast_possible_truncation, reason = "at most 1")]
            {
                *value = (f64::from(*value) / length) as f32;
            }
        }
    }
    vector
}

/// The state that is read, of the states of one sequence.
pub(crate) fn read(states: &Tensor, reads: Reads) -> CandleResult<Vec<f32>> {
    match reads {
        Reads::Mean => states.mean(0)?.to_vec1(),
        Reads::First => states.i(0)?.to_vec1(),
    }
}
