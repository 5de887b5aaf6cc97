//! Small forward passes by which a model shows that it works and how fast it is.

use super::cost::Shape;
use super::device::guarded;
use super::state::Slot;
use crate::{Backend, BackendError, Encoded, Error, Purpose, Sequence, Task};
use std::time::{Duration, Instant};

/// What a model is tried with; also what its speed is first measured on.
const SENTENCE: &str = "Der Antrag auf Verlängerung der Aufenthaltserlaubnis ist vor Ablauf der \
    Geltungsdauer zu stellen.";
/// Texts and words of the passes that measure, from small to large.
const PASSES: [(usize, usize); 7] =
    [(1, 12), (4, 12), (1, 96), (8, 48), (2, 384), (16, 96), (64, 192)];

/// Whether the model answers one short text with finite numbers.
pub(crate) fn probe(slot: &Slot, backend: &mut dyn Backend) -> Result<(), Error> {
    let text = encode(slot, 12)?;
    pass(slot, backend, &[&text.sequence])
}

/// Probes the model and measures it in growing batches, up to the largest that it may get;
/// stops at the first that takes longer than `time_max`.
///
/// # Errors
/// When a pass fails.
pub(crate) fn warm_up(
    slot: &Slot,
    backend: &mut dyn Backend,
    tokens_max: u64,
    time_max: Duration,
) -> Result<Vec<(Shape, Duration)>, Error> {
    // The first pass pays for what is set up lazily; it measures nothing.
    probe(slot, backend)?;
    let mut measured = vec![];
    for (texts, words) in PASSES {
        let encoded = encode(slot, words)?;
        let text = Shape::text(u64::from(encoded.tokens));
        let shape = (0..texts).fold(Shape::default(), |sum, _| sum.plus(text));
        if shape.tokens > tokens_max {
            break;
        }
        let started = Instant::now();
        pass(slot, backend, &vec![&encoded.sequence; texts])?;
        let time = started.elapsed();
        measured.push((shape, time));
        if time > time_max {
            break;
        }
    }
    Ok(measured)
}

fn encode(slot: &Slot, words: usize) -> Result<Encoded, Error> {
    let text: Vec<&str> = SENTENCE.split(' ').cycle().take(words).collect();
    let text = text.join(" ");
    let encoded = match slot.info.task {
        Task::Embed | Task::Classify => slot.encoder.encode(&text, Purpose::Passage),
        Task::Rerank => slot.encoder.encode_pair("Antrag", &text),
    };
    encoded.map_err(|source| Error::Encode { model: slot.info.name.clone(), source })
}

fn pass(slot: &Slot, backend: &mut dyn Backend, sequences: &[&Sequence]) -> Result<(), Error> {
    let outputs = guarded(backend, sequences);
    let finite = |outputs: Vec<Vec<f32>>| {
        let finite = outputs.iter().flatten().all(|value| value.is_finite());
        if finite { Ok(()) } else { Err(BackendError::NotFinite) }
    };
    outputs
        .and_then(finite)
        .map_err(|source| Error::Backend { model: slot.info.name.clone(), source })
}
