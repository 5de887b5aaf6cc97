//! The engine: models, tokenization, lanes, the fair queue, batches and the device thread.
//!
//! A department asks for embeddings, label scores or relevance; the engine tokenizes on threads
//! of its own, shares the device fairly between departments, forms batches within a token budget
//! across requests, and answers with the model's digest and the time that each stage took.
//!
//! What it refuses to know: candle (backends come in through [`Backend`]), gRPC, what a text is
//! about. It never logs a text, and it never learns from one.
//!
//! **Batch invariance.** The answer to a text does not depend on what else is in its batch: a
//! component of an answer computed alone and one computed in any batch differ by at most
//! [`BATCH_DIFFERENCE_MAX`]. Backends are tested against it.
#![forbid(unsafe_code)]

mod encoder;
mod engine;
mod error;
mod fair;
pub mod features;
mod load;
pub mod manifest;
mod model;
mod request;
mod table;

pub use encoder::{Encoded, Encoder};
pub use engine::{Engine, EngineConfig, HeldModel, Scheduling};
pub use error::{EncodeError, Error, LaneLimit};
pub use load::{CostLoad, LaneLoad, Load, ModelLoad};
pub use model::{
    Backend, BackendError, Batch, Model, ModelInfo, ModelState, ModelUse, Sequence, Task,
};
pub use request::{Answer, Lane, Purpose, Request, Urgency};
pub use table::{TableError, TokenRow, TokenTable};

/// Largest difference in any component between a text computed alone and in a batch.
pub const BATCH_DIFFERENCE_MAX: f32 = 1e-5;
