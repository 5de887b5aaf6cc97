//! What the threads of an engine share: the scheduler, the models, and the signals between them.

use super::admission::Admission;
use super::cost::Largest;
use super::counts::Counts;
use super::job::{Piece, Unit};
use super::scheduler::{Limits, ModelId, Scheduler};
use crate::load::Meter;
use crate::{Backend, Encoder, EngineConfig, Error, Model, ModelInfo, ModelUse, TokenTable};
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;
use tokio::sync::oneshot;

/// One load of a model. Its requests hold it, so that it outlives its own replacement until the
/// last of them is answered.
pub(crate) struct Slot {
    pub(crate) id: ModelId,
    pub(crate) info: ModelInfo,
    pub(crate) encoder: Encoder,
    pub(crate) table: Option<TokenTable>,
    pub(crate) batch_tokens_max: u64,
    pub(crate) failing: AtomicBool,
    /// Holders that go on asking it when it has left the engine; see [`super::HeldModel`].
    pub(crate) holds: AtomicUsize,
    /// Only the device thread takes the lock.
    backend: Mutex<Box<dyn Backend>>,
}

impl fmt::Debug for Slot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Slot").field("id", &self.id).field("info", &self.info).finish()
    }
}

impl Slot {
    fn new(id: ModelId, model: Model) -> Self {
        Self {
            id,
            info: model.info,
            encoder: model.encoder,
            table: model.table,
            batch_tokens_max: model.batch_tokens_max as u64,
            failing: AtomicBool::new(false),
            holds: AtomicUsize::new(0),
            backend: Mutex::new(model.backend),
        }
    }

    pub(crate) fn backend(&self) -> MutexGuard<'_, Box<dyn Backend>> {
        self.backend.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A model that is to be put into service once it has passed its self-test.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) slot: Arc<Slot>,
    pub(crate) reply: oneshot::Sender<Result<Option<ModelUse>, Error>>,
}

/// Shared by the handle, the tokenizer threads and the device thread.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: EngineConfig,
    pub(crate) admission: Arc<Admission>,
    pub(crate) counts: Arc<Counts>,
    pub(crate) meter: Mutex<Meter>,
    pub(crate) text_came: Condvar,
    pub(crate) unit_came: Condvar,
    slots: RwLock<Vec<Arc<Slot>>>,
    next_id: AtomicU64,
    queues: Mutex<Queues>,
}

/// Under one lock: what waits, and whether anything may start.
#[derive(Debug)]
pub(crate) struct Queues {
    pub(crate) scheduler: Scheduler<Piece, Unit>,
    /// Models that wait for their self-test.
    pub(crate) candidates: VecDeque<Candidate>,
    pub(crate) draining: bool,
    pub(crate) out_of_service: bool,
    pub(crate) stopped: bool,
}

impl Queues {
    /// Whether the engine takes a request now.
    pub(crate) fn open(&self) -> Result<(), Error> {
        if self.stopped {
            return Err(Error::Stopped);
        }
        if self.out_of_service {
            return Err(Error::OutOfService);
        }
        if self.draining { Err(Error::Draining) } else { Ok(()) }
    }
}

impl Shared {
    pub(crate) fn new(config: EngineConfig, now: Instant) -> Self {
        let largest = Largest {
            texts: config.batch_texts_max.max(1) as u64,
            tokens: config.batch_tokens_max as u64,
            time: config.batch_time_max,
        };
        let limits = Limits { scheduling: config.scheduling, largest };
        Self {
            admission: Admission::new(config.lane_requests_max, config.lane_bytes_max),
            config,
            counts: Arc::default(),
            meter: Mutex::new(Meter::new(now)),
            text_came: Condvar::new(),
            unit_came: Condvar::new(),
            slots: RwLock::default(),
            next_id: AtomicU64::new(0),
            queues: Mutex::new(Queues {
                scheduler: Scheduler::new(limits),
                candidates: VecDeque::new(),
                draining: false,
                out_of_service: false,
                stopped: false,
            }),
        }
    }

    /// A slot of its own for a model that is not yet in service. Its costs can be learned.
    pub(crate) fn take_in(&self, model: Model) -> Arc<Slot> {
        let slot = Arc::new(Slot::new(self.next_id.fetch_add(1, Ordering::Relaxed), model));
        let tokens_max = slot.info.tokens_max as u64;
        self.queues().scheduler.add_model(slot.id, tokens_max, slot.batch_tokens_max);
        slot
    }

    /// The models in service, in order.
    pub(crate) fn slots(&self) -> Vec<Arc<Slot>> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a model into service in the place of the one with its name, or at the end. Returns
    /// what it replaced.
    ///
    /// # Errors
    /// When the present model of that name does another task; nothing changes then.
    pub(crate) fn install(&self, slot: &Arc<Slot>) -> Result<Option<Arc<Slot>>, Error> {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let present = slots.iter_mut().find(|present| present.info.name == slot.info.name);
        let Some(present) = present else {
            slots.push(Arc::clone(slot));
            return Ok(None);
        };
        same_task(present, &slot.info)?;
        Ok(Some(std::mem::replace(present, Arc::clone(slot))))
    }

    /// Takes a model out of service.
    pub(crate) fn uninstall(&self, name: &str) -> Option<Arc<Slot>> {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let index = slots.iter().position(|slot| slot.info.name == name)?;
        Some(slots.remove(index))
    }

    /// Forgets the costs of a model that has left the engine, unless somebody holds it: the last
    /// holder does it then.
    pub(crate) fn forget(queues: &mut Queues, slot: &Slot) {
        if slot.holds.load(Ordering::SeqCst) == 0 {
            queues.scheduler.remove_model(slot.id);
        }
    }

    pub(crate) fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A name keeps its task: who asked for the name would else get something of another kind.
pub(crate) fn same_task(present: &Slot, info: &ModelInfo) -> Result<(), Error> {
    if present.info.task == info.task {
        return Ok(());
    }
    let (model, task) = (info.name.clone(), present.info.task);
    Err(Error::WrongTask { model, task, wanted: info.task })
}
