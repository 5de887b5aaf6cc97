//! What the threads of an engine share: the two fair queues and the signals between them.

use super::admission::Admission;
use super::job::{Piece, Unit};
use crate::fair::FairQueue;
use crate::load::Meter;
use crate::{Encoder, EngineConfig, ModelInfo, TokenTable};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A model without its backend, which belongs to the device thread alone.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) info: ModelInfo,
    pub(crate) encoder: Encoder,
    pub(crate) table: Option<TokenTable>,
    pub(crate) batch_tokens_max: u64,
    pub(crate) failing: AtomicBool,
}

/// Shared by the handle, the tokenizer threads and the device thread.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: EngineConfig,
    pub(crate) slots: Vec<Slot>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) meter: Mutex<Meter>,
    pub(crate) text_came: Condvar,
    pub(crate) unit_came: Condvar,
    queues: Mutex<Queues>,
}

/// Under one lock: what waits, and whether anything may start.
#[derive(Debug)]
pub(crate) struct Queues {
    /// Waits for a tokenizer thread; cost in bytes.
    pub(crate) texts: FairQueue<Piece>,
    /// Waits for the device; cost in tokens.
    pub(crate) units: FairQueue<Unit>,
    /// Requests that still have to be encoded before the next batch is formed.
    pub(crate) hold: usize,
    pub(crate) draining: bool,
    pub(crate) stopped: bool,
}

impl Shared {
    pub(crate) fn new(config: EngineConfig, slots: Vec<Slot>, meter: Meter) -> Self {
        Self {
            admission: Admission::new(config.lane_requests_max, config.lane_bytes_max),
            config,
            slots,
            meter: Mutex::new(meter),
            text_came: Condvar::new(),
            unit_came: Condvar::new(),
            queues: Mutex::new(Queues {
                texts: FairQueue::new(),
                units: FairQueue::new(),
                hold: 0,
                draining: false,
                stopped: false,
            }),
        }
    }

    pub(crate) fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
