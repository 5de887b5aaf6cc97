//! The device thread: takes batches from the scheduler and computes them, tests models before
//! they go into service, and finds the guilty request where a batch fails.
//!
//! There is no idle delay. A batch holds what waits at the moment in which the device is free;
//! batches grow by themselves while the device is busy.

use super::cost::Shape;
use super::isolation;
use super::job::{Job, Ran, Unit};
use super::scheduler::Formed;
use super::self_test;
use super::state::{Candidate, Shared, Slot};
use crate::load::Computed;
use crate::{Backend, BackendError, Batch, Error, ModelUse, Sequence};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

enum Turn {
    Batch(Formed<Unit>),
    Test(Candidate),
}

/// Runs until the engine stops.
pub(crate) fn run(shared: &Shared) {
    if shared.config.warm_up {
        for slot in shared.slots() {
            if let Err(error) = warm_up(shared, &slot) {
                let cause = &error as &dyn std::error::Error;
                tracing::error!(model = slot.info.name, cause, "a model failed its warm-up");
                slot.failing.store(true, Ordering::Relaxed);
            }
        }
    }
    while let Some(turn) = next(shared) {
        match turn {
            Turn::Batch(formed) => compute(shared, formed),
            Turn::Test(candidate) => {
                let installed = test(shared, &candidate.slot);
                // Who asked may have left; the model serves all the same.
                drop(candidate.reply.send(installed));
            }
        }
    }
}

fn next(shared: &Shared) -> Option<Turn> {
    let mut queues = shared.queues();
    loop {
        if queues.stopped {
            return None;
        }
        if let Some(candidate) = queues.candidates.pop_front() {
            return Some(Turn::Test(candidate));
        }
        let mut dropped = vec![];
        let now = Instant::now();
        let formed = queues.scheduler.next_batch(now, &mut dropped);
        for unit in dropped {
            unit.job.fail(Error::DeadlineExceeded, now);
        }
        if let Some(formed) = formed {
            return Some(Turn::Batch(formed));
        }
        queues = shared.unit_came.wait(queues).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Measures a model, so that its first requests are batched and admitted by its real speed.
fn warm_up(shared: &Shared, slot: &Slot) -> Result<(), Error> {
    let config = &shared.config;
    let tokens_max = slot.batch_tokens_max.min(config.batch_tokens_max as u64);
    let measured =
        self_test::warm_up(slot, slot.backend().as_mut(), tokens_max, config.batch_time_max)?;
    let mut queues = shared.queues();
    for (shape, time) in measured {
        queues.scheduler.finished(slot.id, shape, Some(time));
    }
    Ok(())
}

/// Tests a model and puts it into service; between two batches, so that no batch mixes two.
fn test(shared: &Shared, slot: &Arc<Slot>) -> Result<Option<ModelUse>, Error> {
    let installed = warm_up(shared, slot).and_then(|()| shared.install(slot));
    let mut queues = shared.queues();
    match installed {
        Ok(replaced) => Ok(replaced.map(|replaced| {
            Shared::forget(&mut queues, &replaced);
            replaced.info.usage()
        })),
        Err(error) => {
            queues.scheduler.remove_model(slot.id);
            Err(error)
        }
    }
}

fn compute(shared: &Shared, formed: Formed<Unit>) {
    let Some(slot) = formed.units.first().map(|unit| Arc::clone(&unit.job.slot)) else { return };
    let mut backend = slot.backend();
    let mut device = Device { shared, slot: &slot, backend: backend.as_mut(), fill: formed.fill };
    let succeeded = isolation::compute(&mut device, requests(formed.units));
    // A guilty request says nothing about the model; a small pass does.
    let failing = !succeeded && self_test::probe(&slot, device.backend).is_err();
    if slot.failing.swap(failing, Ordering::Relaxed) != failing {
        tracing::warn!(model = slot.info.name, failing, "a model changed its state");
    }
}

/// The texts of one request in one batch.
pub(crate) struct Part {
    pub(crate) job: Arc<Job>,
    pub(crate) units: Vec<Unit>,
}

fn requests(units: Vec<Unit>) -> Vec<Part> {
    let mut parts: Vec<Part> = vec![];
    for unit in units {
        match parts.iter_mut().find(|part| Arc::ptr_eq(&part.job, &unit.job)) {
            Some(part) => part.units.push(unit),
            None => parts.push(Part { job: Arc::clone(&unit.job), units: vec![unit] }),
        }
    }
    parts
}

/// One model on the device, for the time of one batch.
pub(crate) struct Device<'a> {
    shared: &'a Shared,
    slot: &'a Slot,
    backend: &'a mut dyn Backend,
    fill: f64,
}

impl isolation::Compute for Device<'_> {
    type Request = Part;

    fn forward(&mut self, parts: &[Part]) -> Result<(Vec<Vec<f32>>, Ran), BackendError> {
        let units = || parts.iter().flat_map(|part| &part.units);
        let sequences: Vec<&Sequence> = units().map(|unit| &unit.sequence).collect();
        let shape = units()
            .map(|unit| Shape::text(u64::from(unit.tokens)))
            .fold(Shape::default(), Shape::plus);
        let started = Instant::now();
        let outputs = guarded(self.backend, &sequences);
        let time = started.elapsed();
        note(self.shared, &self.slot.info.name, Computed { shape, time, fill: self.fill });
        let learned = outputs.is_ok().then_some(time);
        self.shared.queues().scheduler.finished(self.slot.id, shape, learned);
        if outputs.is_ok() {
            // Before an answer leaves, so that who got it also sees it.
            self.slot.failing.store(false, Ordering::Relaxed);
        }
        Ok((outputs?, Ran { started, time }))
    }

    fn texts(part: &Part) -> usize {
        part.units.len()
    }

    fn answer(&mut self, part: Part, outputs: Vec<Vec<f32>>, ran: Ran) {
        for (unit, output) in part.units.into_iter().zip(outputs) {
            unit.job.put(unit.index, output, ran);
        }
    }

    fn fail(&mut self, part: Part, source: BackendError) {
        let model = self.slot.info.name.clone();
        part.job.fail(Error::Backend { model, source }, Instant::now());
    }

    fn failed_together(&mut self, requests: usize, error: &BackendError) {
        let model = self.slot.info.name.as_str();
        tracing::warn!(model, requests, %error, "a batch failed; looking for the guilty request");
        metrics::counter!("amtshilfe_engine_batch_failures_total", "model" => model.to_owned())
            .increment(1);
    }
}

/// A forward pass that survives a panic and answers as many outputs as it got sequences.
pub(crate) fn guarded(
    backend: &mut dyn Backend,
    sequences: &[&Sequence],
) -> Result<Vec<Vec<f32>>, BackendError> {
    let batch = Batch { sequences };
    let outputs = catch_unwind(AssertUnwindSafe(|| backend.forward(&batch)))
        .unwrap_or(Err(BackendError::Panicked))?;
    if outputs.len() == sequences.len() {
        Ok(outputs)
    } else {
        Err(BackendError::WrongCount { expected: sequences.len(), actual: outputs.len() })
    }
}

fn note(shared: &Shared, model: &str, computed: Computed) {
    shared.meter().add(Instant::now(), computed);
    let labels = [("model", model.to_owned())];
    metrics::counter!("amtshilfe_engine_batches_total", &labels).increment(1);
    metrics::counter!("amtshilfe_engine_texts_total", &labels).increment(computed.shape.texts);
    metrics::counter!("amtshilfe_engine_tokens_total", &labels).increment(computed.shape.tokens);
    metrics::histogram!("amtshilfe_engine_batch_tokens", &labels)
        .record(super::cost::number(computed.shape.tokens));
    metrics::histogram!("amtshilfe_engine_batch_fill_ratio", &labels).record(computed.fill);
    metrics::histogram!("amtshilfe_engine_batch_seconds", &labels)
        .record(computed.time.as_secs_f64());
}
