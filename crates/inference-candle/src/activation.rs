//! Activation functions by the names that configurations give them.

use crate::{Error, demand};
use candle_core::{Result as CandleResult, Tensor};
use inference::manifest::ModelFiles;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activation {
    GeluErf,
    GeluTanh,
    Relu,
}

impl Activation {
    /// The function that `key` of the configuration names.
    pub(crate) fn read(files: &ModelFiles, key: &'static str, name: &str) -> Result<Self, Error> {
        match name {
            "gelu_new" | "gelu_pytorch_tanh" => Ok(Self::GeluTanh),
            "relu" => Ok(Self::Relu),
            "gelu" => Ok(Self::GeluErf),
            other => {
                demand(files, key, other, "gelu, gelu_new, gelu_pytorch_tanh or relu")?;
                Ok(Self::GeluErf)
            }
        }
    }

    pub(crate) fn apply(self, states: &Tensor) -> CandleResult<Tensor> {
        match self {
            Self::GeluErf => states.gelu_erf(),
            Self::GeluTanh => states.gelu(),
            Self::Relu => states.relu(),
        }
    }
}
