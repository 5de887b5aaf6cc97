//! Writes the model folder: weights, labels, calibration, manifest.

use super::calibrate::Outcome;
use super::combined::Combined;
use super::{Linear, Options};
use anyhow::{Context as _, Result};
use half::f16;
use inference::Task;
use inference::features::FeatureConfig;
use inference::manifest::{Compute, Manifest, Pooling};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;
use std::path::Path;

pub(super) struct Folder<'a> {
    pub(super) out: &'a Path,
    pub(super) labels: &'a [String],
    pub(super) idf: &'a [f32],
    pub(super) options: &'a Options,
}

impl Folder<'_> {
    pub(super) fn write(
        &self,
        model: &Linear,
        outcome: &Outcome,
        combined: &Combined,
        counts: &BTreeMap<String, usize>,
    ) -> Result<()> {
        fs_err::create_dir_all(self.out)?;
        fs_err::write(self.out.join("model.safetensors"), self.weights(model)?)?;
        fs_err::write(self.out.join("labels.json"), json(&self.labels)?)?;
        let mut calibration = serde_json::to_value(outcome)?;
        if let Some(object) = calibration.as_object_mut() {
            object.insert("combined".into(), serde_json::to_value(combined)?);
            object.insert("classes".into(), serde_json::to_value(counts)?);
            object.insert("seed".into(), self.options.seed.into());
        }
        fs_err::write(self.out.join("calibration.json"), json(&calibration)?)?;
        self.manifest()
    }

    fn weights(&self, model: &Linear) -> Result<Vec<u8>> {
        let weight: Vec<u8> =
            model.weights.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
        let bytes = |values: &[f32]| -> Vec<u8> {
            values.iter().flat_map(|value| value.to_le_bytes()).collect()
        };
        let (bias, idf) = (bytes(&model.bias), bytes(self.idf));
        let labels = self.labels.len();
        let view = |dtype, shape, data| TensorView::new(dtype, shape, data);
        let tensors = [
            ("bias", view(Dtype::F32, vec![labels], &bias)?),
            ("idf", view(Dtype::F32, vec![self.idf.len()], &idf)?),
            ("weight", view(Dtype::F16, vec![self.idf.len(), labels], &weight)?),
        ];
        safetensors::serialize(tensors, None).context("lay out the tensors")
    }

    fn manifest(&self) -> Result<()> {
        let features = FeatureConfig::default();
        let manifest = Manifest {
            name: "papers-linear".into(),
            task: Task::Classify,
            architecture: "linear".into(),
            licence: "Apache-2.0".into(),
            description: "Class of a paper from its words; trained on generated texts only".into(),
            dtype: "f16".into(),
            tokens_max: features.words_max,
            dimensions: self.labels.len(),
            pooling: Pooling::None,
            compute: Compute::Auto,
            passage_prefix: String::new(),
            query_prefix: String::new(),
            features: Some(features),
            files: ["model.safetensors", "labels.json", "calibration.json"]
                .map(|name| (name.to_owned(), String::new()))
                .into(),
        };
        inference::manifest::write(self.out, manifest).context("write the manifest")?;
        Ok(())
    }
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}
