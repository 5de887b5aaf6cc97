//! Tokenizer threads: texts to sequences, fairly by bytes, away from the device thread and from
//! tokio.

use super::job::{Piece, Unit};
use super::state::Shared;
use crate::fair::Verdict;
use crate::{EncodeError, Encoded, Error};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

/// Runs until the engine stops.
pub(crate) fn run(shared: &Shared) {
    while let Some(piece) = next(shared) {
        let units = encode(shared, &piece);
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
        let judge = |piece: &Piece| {
            let skip = !piece.job.is_wanted() || piece.job.is_late(now);
            if skip { Verdict::Drop } else { Verdict::Take }
        };
        let mut dropped = vec![];
        let piece = queues.texts.pop(judge, &mut dropped);
        for piece in dropped {
            piece.job.fail(Error::DeadlineExceeded);
        }
        if piece.is_some() {
            return piece;
        }
        queues = shared.text_came.wait(queues).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Encodes a piece; a text that cannot be encoded fails its request, not its neighbours.
fn encode(shared: &Shared, piece: &Piece) -> Vec<Encoded> {
    let started = Instant::now();
    let job = &piece.job;
    let Some(slot) = shared.slots.get(job.model) else { return vec![] };
    let mut units = Vec::with_capacity(piece.texts.len());
    for text in job.texts.get(piece.texts.clone()).unwrap_or_default() {
        let encoded = catch_unwind(AssertUnwindSafe(|| match &job.query {
            Some(query) => slot.encoder.encode_pair(query, text),
            None => slot.encoder.encode(text, job.purpose),
        }));
        match encoded.unwrap_or(Err(EncodeError::Panicked)) {
            Ok(encoded) => units.push(encoded),
            Err(source) => {
                job.fail(Error::Encode { model: slot.info.name.clone(), source });
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
    let Piece { job, texts } = piece;
    let mut queues = shared.queues();
    for (index, encoded) in texts.zip(encoded) {
        if job.encoded(index, encoded.tokens, encoded.truncated) {
            queues.hold = queues.hold.saturating_sub(1);
        }
        let unit = Unit {
            job: Arc::clone(&job),
            index,
            sequence: encoded.sequence,
            tokens: encoded.tokens,
        };
        queues.units.push(&job.lane, u64::from(encoded.tokens), unit);
    }
    drop(queues);
    shared.unit_came.notify_one();
}
