//! Tokenizer threads: texts to sequences, fairly by bytes, away from the device thread and from
//! tokio.

use super::job::{Piece, Unit};
use super::state::Shared;
use crate::{EncodeError, Encoded, Error};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

/// Runs until the engine stops.
pub(crate) fn run(shared: &Shared) {
    while let Some(piece) = next(shared) {
        let units = encode(&piece);
        hand_on(shared, piece, units);
    }
}

/// The fairest piece that somebody still waits for.
fn next(shared: &Shared) -> Option<Piece> {
    let mut queues = shared.queues();
    loop {
        if queues.stopped {
            return None;
        }
        let now = Instant::now();
        let mut dropped = vec![];
        let piece = queues.scheduler.pop_raw(now, &mut dropped);
        for piece in dropped {
            piece.job.fail(Error::DeadlineExceeded, now);
        }
        if piece.is_some() {
            return piece;
        }
        queues = shared.text_came.wait(queues).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Encodes a piece; a text that cannot be encoded fails its request, not its neighbours.
fn encode(piece: &Piece) -> Vec<Encoded> {
    let started = Instant::now();
    let job = &piece.job;
    let slot = &job.slot;
    let mut units = Vec::with_capacity(piece.texts.len());
    for text in job.texts.get(piece.texts.clone()).unwrap_or_default() {
        let encoded = catch_unwind(AssertUnwindSafe(|| match &job.query {
            Some(query) => slot.encoder.encode_pair(query, text),
            None => slot.encoder.encode(text, job.purpose),
        }));
        match encoded.unwrap_or(Err(EncodeError::Panicked)) {
            Ok(encoded) => units.push(encoded),
            Err(source) => {
                let error = Error::Encode { model: slot.info.name.clone(), source };
                job.fail(error, Instant::now());
                return vec![];
            }
        }
    }
    metrics::histogram!("amtshilfe_engine_tokenize_seconds")
        .record(started.elapsed().as_secs_f64());
    units
}

fn hand_on(shared: &Shared, piece: Piece, encoded: Vec<Encoded>) {
    if encoded.is_empty() {
        return;
    }
    let Piece { job, texts, .. } = piece;
    let mut queues = shared.queues();
    // Switched off while it was encoded.
    if queues.out_of_service {
        drop(queues);
        job.fail(Error::OutOfService, Instant::now());
        return;
    }
    for (index, encoded) in texts.zip(encoded) {
        let bytes = job.texts.get(index).map_or(0, String::len);
        queues.scheduler.encoded(job.slot.id, bytes, encoded.tokens);
        if job.encoded(index, encoded.tokens, encoded.truncated) {
            queues.scheduler.request_is_encoded();
        }
        let (sequence, tokens) = (encoded.sequence, encoded.tokens);
        queues.scheduler.push_ready(Unit { job: Arc::clone(&job), index, sequence, tokens });
    }
    drop(queues);
    shared.unit_came.notify_one();
}
