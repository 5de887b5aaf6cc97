//! One network, as it lies in an ONNX file, computed on one thread.

use crate::error::{FileError, Reason};
use rten::{Model, RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;
use std::path::Path;
use std::sync::Arc;

pub(super) struct Network {
    model: Model,
    pool: Arc<ThreadPool>,
}

/// What a network put out: its last edges and its numbers.
pub(super) struct Output {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

impl Network {
    pub(super) fn load(path: &Path, pool: &Arc<ThreadPool>) -> Result<Self, FileError> {
        let bytes = fs_err::read(path).map_err(|error| failed("read its file", &error))?;
        let model = Model::load(bytes).map_err(|error| failed("load", &error))?;
        Ok(Self { model, pool: Arc::clone(pool) })
    }

    pub(super) fn metadata(&self, name: &str) -> Option<&str> {
        self.model.metadata().get(name)
    }

    /// `grey` holds one image of these edges, row by row, from -1 (black) to 1 (white).
    pub(super) fn run(
        &self,
        grey: &[f32],
        height: usize,
        width: usize,
    ) -> Result<Output, FileError> {
        if grey.len() != height * width {
            return Err(failed("run", &"an image without all its pixels"));
        }
        let image = NdTensor::from_data([1, 3, height, width], grey.repeat(3));
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.pool)));
        let output = self
            .model
            .run_one(image.view().into(), Some(options))
            .map_err(|e| failed("run", &e))?;
        let output: rten_tensor::Tensor<f32> =
            output.try_into().map_err(|error| failed("give numbers", &error))?;
        let shape = output.shape().to_vec();
        Ok(Output { shape, values: output.into_data() })
    }
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> FileError {
    FileError::new(Reason::Unreadable, format!("a network of PP-OCR failed to {what}: {error}"))
}
