//! Tensors of a safetensors file, with errors that name the model and the tensor.

use crate::Error;
use candle_core::safetensors::Load as _;
use candle_core::{DType, Device, Tensor};
use candle_nn::{LayerNorm, Linear};
use inference::manifest::ModelFiles;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

/// The file that every architecture keeps its weights in.
const FILE: &str = "model.safetensors";

/// The weights of one model.
pub(crate) struct Weights<'a> {
    model: &'a str,
    tensors: SafeTensors<'a>,
    /// Put before every name.
    prefix: &'static str,
}

impl<'a> Weights<'a> {
    pub(crate) fn read(files: &'a ModelFiles) -> Result<Self, Error> {
        let model = files.manifest().name.as_str();
        let tensors =
            SafeTensors::deserialize(files.file(FILE)?).map_err(|source| Error::Tensor {
                model: model.to_owned(),
                tensor: FILE.to_owned(),
                source: source.into(),
            })?;
        Ok(Self { model, tensors, prefix: "" })
    }

    pub(crate) fn with_prefix(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.tensors.tensor(name).is_ok()
    }

    /// A float tensor of exactly this shape, as f32.
    pub(crate) fn f32(&self, name: &str, shape: &[usize]) -> Result<Tensor, Error> {
        let view = self.view(name)?;
        let float = matches!(view.dtype(), Dtype::F16 | Dtype::BF16 | Dtype::F32);
        if !float || view.shape() != shape {
            return Err(self.misshapen(name, &view, "float", shape));
        }
        view.load(&Device::Cpu)
            .and_then(|tensor| tensor.to_dtype(DType::F32))
            .map_err(|source| self.unreadable(name, source.into()))
    }

    /// A linear layer from so many to so many numbers.
    pub(crate) fn linear(
        &self,
        name: &str,
        [from, to]: [usize; 2],
        has_bias: bool,
    ) -> Result<Linear, Error> {
        let weight = self.f32(&format!("{name}.weight"), &[to, from])?;
        let bias = has_bias.then(|| self.f32(&format!("{name}.bias"), &[to])).transpose()?;
        Ok(Linear::new(weight, bias))
    }

    /// A normalisation of rows of this size.
    pub(crate) fn norm(
        &self,
        name: &str,
        size: usize,
        epsilon: f64,
        has_bias: bool,
    ) -> Result<LayerNorm, Error> {
        let weight = self.f32(&format!("{name}.weight"), &[size])?;
        let bias = if has_bias {
            self.f32(&format!("{name}.bias"), &[size])?
        } else {
            weight.zeros_like().map_err(|source| self.unreadable(name, source.into()))?
        };
        Ok(LayerNorm::new(weight, bias, epsilon))
    }

    /// The values of a float tensor of exactly this shape.
    pub(crate) fn f32_values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Error> {
        self.f32(name, shape)?
            .flatten_all()
            .and_then(|tensor| tensor.to_vec1())
            .map_err(|source| self.unreadable(name, source.into()))
    }

    /// The values of an int8 matrix with this many columns. candle has no such type.
    pub(crate) fn i8_matrix(&self, name: &str, columns: usize) -> Result<Vec<i8>, Error> {
        let view = self.view(name)?;
        let fits = matches!(view.shape(), [_, actual] if *actual == columns);
        if view.dtype() != Dtype::I8 || !fits {
            return Err(self.misshapen(name, &view, "I8", &[0, columns]));
        }
        Ok(view.data().iter().map(|byte| byte.cast_signed()).collect())
    }

    fn view(&self, name: &str) -> Result<TensorView<'_>, Error> {
        let full = format!("{}{name}", self.prefix);
        self.tensors.tensor(&full).map_err(|source| self.unreadable(&full, source.into()))
    }

    pub(crate) fn unreadable(
        &self,
        name: &str,
        source: Box<dyn std::error::Error + Send + Sync>,
    ) -> Error {
        Error::Tensor { model: self.model.to_owned(), tensor: name.to_owned(), source }
    }

    fn misshapen(&self, name: &str, view: &TensorView<'_>, kind: &str, shape: &[usize]) -> Error {
        Error::Shape {
            model: self.model.to_owned(),
            tensor: name.to_owned(),
            actual: format!("{:?} {:?}", view.dtype(), view.shape()),
            expected: format!("{kind} {shape:?}"),
        }
    }
}
