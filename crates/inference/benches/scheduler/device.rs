//! The device of the replay: it computes nothing and takes its time by a law.

use inference::manifest::{Compute, Manifest, Pooling};
use inference::{
    Backend, BackendError, Batch, Encoder, Engine, EngineConfig, Error, Model, ModelInfo,
    Scheduling, Task,
};
use std::time::Duration;

/// The law: 1 ms for a batch, 20 µs for a token, 10 ns for a token squared.
const BASE: Duration = Duration::from_millis(1);
const TOKEN_NANOS: usize = 20_000;
const SQUARE_NANOS: usize = 10;
/// Tokens a second in full batches of the time limit, of texts of a bit more than a hundred
/// tokens.
pub(crate) const CAPACITY: f64 = 46_000.0;

const TOKENIZER: &str = r#"{
  "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
  "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null, "decoder": null,
  "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "wort": 1}}
}"#;

struct Sleeper;

impl Backend for Sleeper {
    fn forward(&mut self, batch: &Batch<'_>) -> Result<Vec<Vec<f32>>, BackendError> {
        let lengths = || batch.sequences.iter().map(|sequence| sequence.ids.len());
        let nanos: usize =
            lengths().map(|tokens| TOKEN_NANOS * tokens + SQUARE_NANOS * tokens * tokens).sum();
        std::thread::sleep(BASE + Duration::from_nanos(nanos as u64));
        Ok(lengths().map(|_| vec![1.0]).collect())
    }
}

/// A text of so many tokens.
pub(crate) fn text(tokens: u64) -> String {
    (0..tokens).map(|_| "wort").collect::<Vec<_>>().join(" ")
}

/// An engine with the device, measured before its first request.
pub(crate) fn engine(scheduling: Scheduling) -> Result<Engine, Error> {
    let manifest = Manifest {
        name: "sleeper".into(),
        task: Task::Embed,
        architecture: "law".into(),
        licence: "Apache-2.0".into(),
        description: String::new(),
        dtype: "float32".into(),
        tokens_max: 512,
        dimensions: 1,
        pooling: Pooling::None,
        compute: Compute::Auto,
        passage_prefix: String::new(),
        query_prefix: String::new(),
        features: None,
        files: [].into(),
    };
    let encoder = Encoder::from_tokenizer_json(TOKENIZER.as_bytes(), &manifest, false)
        .map_err(|source| Error::Encode { model: manifest.name.clone(), source })?;
    let model = Model {
        info: ModelInfo::from_manifest(&manifest, "00", "none", vec![]),
        encoder,
        table: None,
        batch_tokens_max: 16_384,
        backend: Box::new(Sleeper),
    };
    let config =
        EngineConfig { tokenizer_threads: 1, scheduling, warm_up: true, ..EngineConfig::default() };
    Engine::start(config, vec![model])
}
