//! The life of models while the engine runs, and the switch that takes it out of service.

use super::state::{Candidate, Shared, same_task};
use super::{Engine, job::Job};
use crate::{Error, Model, ModelUse};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::oneshot;

impl Engine {
    /// Puts a model into service, in the place of the one with its name or as a further one, once
    /// it has passed a self-test on the device thread. The old one serves until then, and still
    /// computes what was submitted to it; an answer names the model that computed it. Returns
    /// what was replaced. Dropping the future does not call the change off.
    ///
    /// # Errors
    /// When a model of that name does another task ([`Error::WrongTask`]), when the self-test
    /// fails ([`Error::Encode`], [`Error::Backend`]), or when the engine is draining or ends. The
    /// models in service are then what they were.
    pub async fn swap(&self, model: Model) -> Result<Option<ModelUse>, Error> {
        let shared = self.shared();
        let present = shared.slots().into_iter().find(|slot| slot.info.name == model.info.name);
        if let Some(present) = present {
            same_task(&present, &model.info)?;
        }
        let slot = shared.take_in(model);
        let (reply, receiver) = oneshot::channel();
        {
            let mut queues = shared.queues();
            // Out of service, a broken model may be exchanged.
            if queues.stopped || queues.draining {
                queues.scheduler.remove_model(slot.id);
                return Err(if queues.stopped { Error::Stopped } else { Error::Draining });
            }
            queues.candidates.push_back(Candidate { slot, reply });
        }
        shared.unit_came.notify_one();
        receiver.await.map_err(|_| Error::Stopped)?
    }

    /// Takes a model out of service. What was submitted to it is still computed, and what its holders
    /// ask; its memory is free after that. Returns what was removed.
    ///
    /// # Errors
    /// When there is no model of that name.
    pub fn remove(&self, name: &str) -> Result<ModelUse, Error> {
        let shared = self.shared();
        let slot =
            shared.uninstall(name).ok_or_else(|| Error::UnknownModel { name: name.to_owned() })?;
        Shared::forget(&mut shared.queues(), &slot);
        Ok(slot.info.usage())
    }

    /// Out of service: what waits fails at once and new requests are refused, both with
    /// [`Error::OutOfService`], until [`Engine::resume_inference`]. The batch that is on the
    /// device ends; requests of which it held the last part are still answered.
    pub fn stop_inference(&self) {
        let shared = self.shared();
        let mut queues = shared.queues();
        queues.out_of_service = true;
        let (pieces, units) = queues.scheduler.clear();
        drop(queues);
        let now = Instant::now();
        let fail = |job: &Arc<Job>| job.fail(Error::OutOfService, now);
        pieces.iter().for_each(|piece| fail(&piece.job));
        units.iter().for_each(|unit| fail(&unit.job));
        metrics::gauge!("amtshilfe_engine_out_of_service").set(1.0);
        tracing::warn!("inference is out of service");
    }

    /// Whether [`Engine::stop_inference`] holds.
    #[must_use]
    pub fn is_out_of_service(&self) -> bool {
        self.shared().queues().out_of_service
    }

    /// Takes requests again after [`Engine::stop_inference`].
    pub fn resume_inference(&self) {
        self.shared().queues().out_of_service = false;
        metrics::gauge!("amtshilfe_engine_out_of_service").set(0.0);
        tracing::warn!("inference is in service again");
    }
}
