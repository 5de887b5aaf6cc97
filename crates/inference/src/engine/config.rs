//! Limits of an engine.

use std::time::Duration;

/// In which order texts reach the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheduling {
    /// Weighted fair queueing between lanes, in tokens, with deadlines met or refused.
    #[default]
    Fair,
    /// In order of arrival, whoever asks, and nothing refused for its deadline: what there is to
    /// compare with.
    Fifo,
}

/// Limits of an engine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Threads that tokenize.
    pub tokenizer_threads: usize,
    /// Most tokens in one batch, whatever the model would take.
    pub batch_tokens_max: usize,
    /// Most texts in one batch.
    pub batch_texts_max: usize,
    /// Longest time that a batch of several texts may take, by the measured speed of its model;
    /// a newcomer waits for no more than that. A text that takes longer runs alone.
    pub batch_time_max: Duration,
    /// In which order texts are computed.
    pub scheduling: Scheduling,
    /// Whether the models are run and measured before the first request is computed: admission
    /// and batches then know their speed from the start. Waits for the device, not for the caller
    /// of [`crate::Engine::start`].
    pub warm_up: bool,
    /// Most texts in one request.
    pub texts_max: usize,
    /// Most bytes in one text.
    pub text_bytes_max: usize,
    /// Most requests that one lane may have in the engine.
    pub lane_requests_max: usize,
    /// Most bytes of text that one lane may have in the engine.
    pub lane_bytes_max: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            tokenizer_threads: cores.clamp(1, 8),
            batch_tokens_max: 16_384,
            batch_texts_max: 512,
            batch_time_max: Duration::from_millis(50),
            scheduling: Scheduling::Fair,
            warm_up: false,
            texts_max: 4_096,
            text_bytes_max: 4 << 20,
            lane_requests_max: 512,
            lane_bytes_max: 64 << 20,
        }
    }
}
