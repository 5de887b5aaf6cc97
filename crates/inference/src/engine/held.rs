//! Models that somebody holds: they compute for their holder also after another has taken their
//! name. Vectors and the model that made them can so stay together while both are exchanged.

use super::state::{Shared, Slot};
use super::{Engine, Pending};
use crate::{Answer, EncodeError, Error, ModelInfo, Request, Task, TokenTable};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// One load of a model, held. Cheap to clone; its memory is free when the engine has let go of it
/// and the last clone is dropped.
#[derive(Clone)]
pub struct HeldModel {
    hold: Arc<Hold>,
}

struct Hold {
    slot: Arc<Slot>,
    shared: Arc<Shared>,
}

impl fmt::Debug for HeldModel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HeldModel").field("info", self.info()).finish()
    }
}

impl Hold {
    fn new(slot: Arc<Slot>, shared: Arc<Shared>) -> Self {
        slot.holds.fetch_add(1, Ordering::SeqCst);
        Self { slot, shared }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let last = self.slot.holds.fetch_sub(1, Ordering::SeqCst) == 1;
        // What left the engine while it was held was still scheduled by its speed.
        if last && !self.shared.slots().iter().any(|slot| slot.id == self.slot.id) {
            self.shared.queues().scheduler.remove_model(self.slot.id);
        }
    }
}

impl HeldModel {
    /// Its facts, as they were when it was loaded.
    #[must_use]
    pub fn info(&self) -> &ModelInfo {
        &self.hold.slot.info
    }

    /// Token ids of a text; see [`Engine::tokenize`].
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn tokenize(&self, text: &str) -> Result<Vec<u32>, Error> {
        let failed = |source: EncodeError| {
            let model = self.info().name.clone();
            Error::Encode { model, source }
        };
        self.hold.slot.encoder.token_ids(text).map_err(failed)
    }

    /// Token vectors of a static embedder; none where the model has no such table.
    #[must_use]
    pub fn token_table(&self) -> Option<TokenTable> {
        self.hold.slot.table.clone()
    }
}

impl Engine {
    /// Holds a model that is in service.
    ///
    /// # Errors
    /// When there is no model of that name, or it does another task.
    pub fn hold(&self, name: &str, task: Task) -> Result<HeldModel, Error> {
        let slot = self.slot(Some(name), task)?;
        let hold = Hold::new(slot, Arc::clone(&self.handle.shared));
        Ok(HeldModel { hold: Arc::new(hold) })
    }

    /// As [`Engine::embed`], by this load of a model; the request's own `model` does not count.
    ///
    /// # Errors
    /// When the model is no embedder, or the request is refused or fails; see [`Error`].
    pub async fn embed_held(
        &self,
        model: &HeldModel,
        request: Request,
    ) -> Result<Answer<Vec<Vec<f32>>>, Error> {
        self.submit_held(model, request)?.answer().await
    }

    /// As [`Engine::embed_blocking`], by this load of a model.
    ///
    /// # Errors
    /// As [`Engine::embed_held`].
    pub fn embed_held_blocking(
        &self,
        model: &HeldModel,
        request: Request,
    ) -> Result<Answer<Vec<Vec<f32>>>, Error> {
        self.submit_held(model, request)?.answer_blocking()
    }

    fn submit_held(&self, model: &HeldModel, request: Request) -> Result<Pending, Error> {
        let ModelInfo { name, task, .. } = model.info();
        if *task != Task::Embed {
            let (model, task, wanted) = (name.clone(), *task, Task::Embed);
            return Err(Error::WrongTask { model, task, wanted });
        }
        self.submit_to(Arc::clone(&model.hold.slot), None, request)
    }
}
