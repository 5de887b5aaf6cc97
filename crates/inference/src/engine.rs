//! The engine's handle: what the rest of the appliance calls.

use crate::{Answer, Error, Load, Model, ModelInfo, Request, TokenTable};

/// Limits of an engine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Threads that tokenize.
    pub tokenizer_threads: usize,
    /// Most tokens in one batch, whatever the model would take.
    pub batch_tokens_max: usize,
    /// Most texts in one batch.
    pub batch_texts_max: usize,
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
            texts_max: 4_096,
            text_bytes_max: 4 << 20,
            lane_requests_max: 512,
            lane_bytes_max: 64 << 20,
        }
    }
}

/// The engine. Cheap to clone; it ends when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Engine {}

impl Engine {
    /// Starts the threads. The first model of a task is the task's default.
    ///
    /// # Errors
    /// When two models have one name, or a thread cannot be started.
    pub fn start(config: EngineConfig, models: Vec<Model>) -> Result<Self, Error> {
        let _ = (config, models);
        Err(Error::Stopped)
    }

    /// Vectors of unit length, one per text; a text without any token gets the zero vector,
    /// which is similar to nothing.
    ///
    /// # Errors
    /// When the request is refused or fails; see [`Error`].
    pub async fn embed(&self, request: Request) -> Result<Answer<Vec<Vec<f32>>>, Error> {
        let _ = request;
        std::future::ready(Err(Error::Stopped)).await
    }

    /// Like [`Engine::embed`] for threads outside tokio, an import for example. Never call it
    /// from a task.
    ///
    /// # Errors
    /// When the request is refused or fails; see [`Error`].
    pub fn embed_blocking(&self, request: Request) -> Result<Answer<Vec<Vec<f32>>>, Error> {
        let _ = request;
        Err(Error::Stopped)
    }

    /// Raw scores, one per text and label; the labels are those of [`Engine::labels`].
    ///
    /// # Errors
    /// When the request is refused or fails; see [`Error`].
    pub async fn classify(&self, request: Request) -> Result<Answer<Vec<Vec<f32>>>, Error> {
        let _ = request;
        std::future::ready(Err(Error::Stopped)).await
    }

    /// A raw relevance score per text of the request.
    ///
    /// # Errors
    /// When the request is refused or fails; see [`Error`].
    pub async fn rerank(&self, query: String, request: Request) -> Result<Answer<Vec<f32>>, Error> {
        let _ = (query, request);
        std::future::ready(Err(Error::Stopped)).await
    }

    /// The labels of a classifier, in the order of its scores.
    ///
    /// # Errors
    /// When there is no such classifier.
    pub fn labels(&self, model: Option<&str>) -> Result<Vec<String>, Error> {
        let _ = model;
        Err(Error::Stopped)
    }

    /// The embedder's token ids of a text, without prefix and special tokens, not cut: what late
    /// interaction compares through [`Engine::token_table`]. Runs on the caller's thread, about a
    /// microsecond a token.
    ///
    /// # Errors
    /// When there is no such embedder or its tokenizer fails.
    pub fn tokenize(&self, model: Option<&str>, text: &str) -> Result<Vec<u32>, Error> {
        let _ = (model, text);
        Err(Error::Stopped)
    }

    /// The token vectors of a static embedder; none where the model has no such table.
    #[must_use]
    pub fn token_table(&self, model: Option<&str>) -> Option<TokenTable> {
        let _ = model;
        None
    }

    /// The models, in the order given at start.
    #[must_use]
    pub fn models(&self) -> Vec<ModelInfo> {
        vec![]
    }

    /// What the engine is doing.
    #[must_use]
    pub fn load(&self) -> Load {
        Load::default()
    }

    /// A small forward pass through every model, by the same way that requests go.
    ///
    /// # Errors
    /// When a model fails, or the engine takes nothing new.
    pub async fn self_test(&self) -> Result<(), Error> {
        std::future::ready(Err(Error::Stopped)).await
    }

    /// Takes nothing new from now on; what waits is still computed.
    pub fn drain(&self) {}

    /// A hook for tests: the next batch is formed only once `requests` requests wait for the
    /// device with all their texts encoded.
    pub fn hold_until(&self, requests: usize) {
        let _ = requests;
    }
}
