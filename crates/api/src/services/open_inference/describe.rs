//! What servers and models say of themselves.

use inference::{ModelInfo, Task};

use super::{VERSION, is_ready, tensors};
use crate::proto::oip;

/// Extensions by the names that Triton's clients look for.
const EXTENSIONS: [&str; 3] = ["model_configuration", "model_repository", "statistics"];

pub(super) fn server() -> oip::ServerMetadataResponse {
    oip::ServerMetadataResponse {
        name: "amtshilfe".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        extensions: EXTENSIONS.map(str::to_owned).to_vec(),
    }
}

pub(super) fn metadata(model: &ModelInfo) -> oip::ModelMetadataResponse {
    let tensor =
        |name: &str, datatype: &str, columns: i64| oip::model_metadata_response::TensorMetadata {
            name: name.to_owned(),
            datatype: datatype.to_owned(),
            shape: vec![-1, columns],
        };
    oip::ModelMetadataResponse {
        name: model.name.clone(),
        versions: vec![VERSION.to_owned()],
        platform: platform(model),
        inputs: inputs(model.task).iter().map(|name| tensor(name, "BYTES", 1)).collect(),
        outputs: vec![tensor(tensors::output(model.task), "FP32", wide(model))],
    }
}

pub(super) fn config(model: &ModelInfo, texts_max: usize) -> oip::ModelConfig {
    let input = |name: &&str| oip::ModelInput {
        name: (*name).to_owned(),
        data_type: oip::DataType::TypeString.into(),
        dims: vec![1],
    };
    let output = oip::ModelOutput {
        name: tensors::output(model.task).to_owned(),
        data_type: oip::DataType::TypeFp32.into(),
        dims: vec![wide(model)],
    };
    let facts = [
        ("licence", model.licence.clone()),
        ("digest", model.digest.clone()),
        ("architecture", model.architecture.clone()),
        ("dtype", model.dtype.clone()),
        ("device", model.device.clone()),
        ("tokens_max", model.tokens_max.to_string()),
        ("labels", model.labels.join("\n")),
    ];
    oip::ModelConfig {
        name: model.name.clone(),
        platform: platform(model),
        max_batch_size: i32::try_from(texts_max).unwrap_or(i32::MAX),
        input: inputs(model.task).iter().map(input).collect(),
        output: vec![output],
        scheduling_choice: Some(oip::model_config::SchedulingChoice::DynamicBatching(
            oip::ModelDynamicBatching {},
        )),
        parameters: facts
            .into_iter()
            .map(|(name, string_value)| (name.to_owned(), oip::ModelParameter { string_value }))
            .collect(),
        backend: "amtshilfe".to_owned(),
    }
}

pub(super) fn index(model: &ModelInfo) -> oip::repository_index_response::ModelIndex {
    let ready = is_ready(model);
    oip::repository_index_response::ModelIndex {
        name: model.name.clone(),
        version: VERSION.to_owned(),
        state: if ready { "READY" } else { "UNAVAILABLE" }.to_owned(),
        reason: if ready { "" } else { "its last forward pass failed" }.to_owned(),
    }
}

/// Numbers in a row of the output.
pub(super) fn columns(model: &ModelInfo) -> usize {
    match model.task {
        Task::Embed => model.dimensions,
        Task::Classify => model.labels.len(),
        Task::Rerank => 1,
    }
}

fn wide(model: &ModelInfo) -> i64 {
    i64::try_from(columns(model)).unwrap_or(i64::MAX)
}

fn inputs(task: Task) -> &'static [&'static str] {
    match task {
        Task::Embed | Task::Classify => &["text"],
        Task::Rerank => &["query", "text"],
    }
}

fn platform(model: &ModelInfo) -> String {
    format!("amtshilfe_{}", model.task)
}
