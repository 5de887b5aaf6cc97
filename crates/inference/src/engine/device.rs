//! The device thread: forms batches within a token budget across requests and computes them.
//!
//! There is no idle delay. A batch holds what waits at the moment in which the device is free;
//! batches grow by themselves while the device is busy.

use super::job::{Job, Ran, Unit};
use super::state::{Queues, Shared, Slot};
use crate::fair::Verdict;
use crate::load::Computed;
use crate::{Backend, BackendError, Batch, Error, Sequence};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

/// Runs until the engine stops.
pub(crate) fn run(shared: &Shared, backends: &mut [Box<dyn Backend>]) {
    while let Some(batch) = next(shared) {
        let Some(model) = batch.first().map(|unit| unit.job.model) else { continue };
        let Some(backend) = backends.get_mut(model) else { continue };
        compute(shared, backend.as_mut(), model, batch);
    }
}

/// The next batch: never empty, all of one model.
fn next(shared: &Shared) -> Option<Vec<Unit>> {
    let mut queues = shared.queues();
    loop {
        if queues.stopped {
            return None;
        }
        if queues.hold == 0 && !queues.units.is_empty() {
            let mut dropped = vec![];
            let batch = form(shared, &mut queues, &mut dropped);
            for unit in dropped {
                unit.job.fail(Error::DeadlineExceeded);
            }
            if !batch.is_empty() {
                return Some(batch);
            }
        }
        queues = shared.unit_came.wait(queues).unwrap_or_else(PoisonError::into_inner);
    }
}

fn form(shared: &Shared, queues: &mut Queues, dropped: &mut Vec<Unit>) -> Vec<Unit> {
    let now = Instant::now();
    let mut batch: Vec<Unit> = vec![];
    let mut tokens = 0;
    let mut budget = 0;
    while batch.len() < shared.config.batch_texts_max.max(1) {
        let model = batch.first().map(|unit| unit.job.model);
        let judge = |unit: &Unit| {
            if !unit.job.is_wanted() || unit.job.is_late(now) {
                return Verdict::Drop;
            }
            // The first text of a batch is always taken, however long it is.
            let fits = model
                .is_none_or(|model| model == unit.job.model && tokens + weight(unit) <= budget);
            if fits { Verdict::Take } else { Verdict::Skip }
        };
        let Some(unit) = queues.units.pop(judge, dropped) else { break };
        if batch.is_empty() {
            let own = shared.slots.get(unit.job.model).map_or(0, |slot| slot.batch_tokens_max);
            budget = own.min(shared.config.batch_tokens_max as u64);
        }
        tokens += weight(&unit);
        batch.push(unit);
    }
    batch
}

fn weight(unit: &Unit) -> u64 {
    u64::from(unit.tokens.max(1))
}

fn compute(shared: &Shared, backend: &mut dyn Backend, model: usize, batch: Vec<Unit>) {
    let Some(slot) = shared.slots.get(model) else { return };
    let tokens = batch.iter().map(weight).sum();
    let texts = batch.len();
    let started = Instant::now();
    let outputs = forward(backend, &batch);
    let time = started.elapsed();
    note(shared, &slot.info.name, Computed { texts, tokens, time });
    match outputs {
        Ok(outputs) => {
            // Before the answer leaves, so that who got it also sees it.
            slot.failing.store(false, Ordering::Relaxed);
            deliver(&slot.info.name, batch, outputs, Ran { started, time });
        }
        Err(error) => isolate(slot, backend, batch, error),
    }
}

/// Computes the requests of a failed batch one by one, so that only the guilty one fails. The
/// model counts as failing when none succeeds.
fn isolate(slot: &Slot, backend: &mut dyn Backend, batch: Vec<Unit>, error: BackendError) {
    let name = slot.info.name.as_str();
    tracing::warn!(model = name, texts = batch.len(), %error, "a batch failed");
    metrics::counter!("amtshilfe_engine_batch_failures_total", "model" => name.to_owned())
        .increment(1);
    slot.failing.store(true, Ordering::Relaxed);
    let mut requests: Vec<(Arc<Job>, Vec<Unit>)> = vec![];
    for unit in batch {
        match requests.iter_mut().find(|(job, _)| Arc::ptr_eq(job, &unit.job)) {
            Some((_, units)) => units.push(unit),
            None => requests.push((Arc::clone(&unit.job), vec![unit])),
        }
    }
    if let [(job, _)] = requests.as_slice() {
        job.fail(Error::Backend { model: name.to_owned(), source: error });
        return;
    }
    for (job, units) in requests {
        let started = Instant::now();
        match forward(backend, &units) {
            Ok(outputs) => {
                slot.failing.store(false, Ordering::Relaxed);
                deliver(name, units, outputs, Ran { started, time: started.elapsed() });
            }
            Err(source) => job.fail(Error::Backend { model: name.to_owned(), source }),
        }
    }
}

fn forward(backend: &mut dyn Backend, units: &[Unit]) -> Result<Vec<Vec<f32>>, BackendError> {
    let sequences: Vec<&Sequence> = units.iter().map(|unit| &unit.sequence).collect();
    let batch = Batch { sequences: &sequences };
    let outputs = catch_unwind(AssertUnwindSafe(|| backend.forward(&batch)))
        .unwrap_or(Err(BackendError::Panicked))?;
    if outputs.len() == units.len() {
        Ok(outputs)
    } else {
        Err(BackendError::WrongCount { expected: units.len(), actual: outputs.len() })
    }
}

/// Hands outputs to their requests; one that is not finite fails its request alone.
fn deliver(model: &str, units: Vec<Unit>, outputs: Vec<Vec<f32>>, ran: Ran) {
    for (unit, output) in units.into_iter().zip(outputs) {
        if output.iter().all(|value| value.is_finite()) {
            unit.job.put(unit.index, output, ran);
        } else {
            let source = BackendError::NotFinite;
            unit.job.fail(Error::Backend { model: model.to_owned(), source });
        }
    }
}

fn note(shared: &Shared, model: &str, computed: Computed) {
    shared.meter().add(Instant::now(), computed);
    let model = model.to_owned();
    metrics::counter!("amtshilfe_engine_batches_total", "model" => model.clone()).increment(1);
    metrics::counter!("amtshilfe_engine_texts_total", "model" => model.clone())
        .increment(computed.texts as u64);
    metrics::counter!("amtshilfe_engine_tokens_total", "model" => model.clone())
        .increment(computed.tokens);
    metrics::histogram!("amtshilfe_engine_batch_tokens", "model" => model.clone())
        .record(count(computed.tokens));
    metrics::histogram!("amtshilfe_engine_batch_seconds", "model" => model)
        .record(computed.time.as_secs_f64());
}

#[expect(clippy::cast_precision_loss, reason = "a histogram for people")]
fn count(tokens: u64) -> f64 {
    tokens as f64
}
