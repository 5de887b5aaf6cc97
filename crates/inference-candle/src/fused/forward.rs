//! A chunk of whole sequences through the whole network, on one core.

use super::attention::Outcome;
use super::kernel::Vectors;
use super::packed::Packed;
use super::product::{Outputs, activate, blocks, linear};
use super::room::{Room, Rows};
use super::rows;
use super::weights::{Layer, Norm, Norms, Weights};
use crate::bert::Tokens;
use crate::head::Reads;
use std::ops::Range;
use std::sync::PoisonError;

/// Whole sequences, one after the other.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) tokens: Tokens,
    pub(crate) lengths: Vec<usize>,
}

/// What the next linear layer reads: the states, or what a norm makes of them.
struct Next<'a> {
    reader: &'a Packed,
    norm: Option<&'a Norm>,
}

impl Layer {
    fn attention(&self) -> Next<'_> {
        let norm = match &self.norms {
            Norms::After { .. } => None,
            Norms::Before { qkv, .. } => qkv.as_ref(),
        };
        Next { reader: &self.qkv, norm }
    }

    fn feed_forward(&self) -> Next<'_> {
        let norm = match &self.norms {
            Norms::After { .. } => None,
            Norms::Before { widen, .. } => Some(widen),
        };
        Next { reader: &self.widen, norm }
    }
}

impl Weights {
    /// The state that is read of each sequence, one after the other.
    pub(crate) fn forward(&self, chunk: &Chunk, reads: Reads) -> Vec<f32> {
        let kept = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut room = kept.unwrap_or_else(|| Room::new(self.format));
        let count = chunk.tokens.ids.len();
        self.embed(&chunk.tokens, &mut room);
        let mut layers = self.layers.iter().peekable();
        if let Some(first) = layers.peek() {
            blocks(count).for_each(|block| self.hand_over(&first.attention(), block, &mut room));
        }
        while let Some(layer) = layers.next() {
            self.query(layer, &chunk.tokens, &mut room);
            self.attend(layer, chunk, &mut room);
            for block in blocks(count) {
                self.add_attended(layer, block.clone(), &mut room);
                self.feed_forward(layer, block.clone(), &mut room);
                if let Some(next) = layers.peek() {
                    self.hand_over(&next.attention(), block, &mut room);
                }
            }
        }
        if let Some(norm) = &self.last_norm {
            norm.apply(self.vectors(), &mut room.states);
        }
        let states = self.read(chunk, &room.states, reads);
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).push(room);
        states
    }

    fn vectors(&self) -> Vectors {
        self.format.linear.vectors()
    }

    fn embed(&self, tokens: &Tokens, room: &mut Room) {
        let hidden = self.hidden;
        room.states.resize(tokens.ids.len() * hidden, 0.0);
        room.inputs.resize(tokens.ids.len(), hidden);
        let row = |id: u32| id as usize * hidden..(id as usize + 1) * hidden;
        let ids = tokens.ids.iter().zip(&tokens.segments).zip(&tokens.positions);
        for (state, ((id, segment), position)) in room.states.chunks_exact_mut(hidden).zip(ids) {
            state.copy_from_slice(&self.words[row(*id)]);
            for (table, id) in [(&self.segments, segment), (&self.positions, position)] {
                if !table.is_empty() {
                    rows::add(self.vectors(), state, &table[row(*id)]);
                }
            }
            self.norm.apply(self.vectors(), state);
        }
    }

    /// Writes a block of states as the next layer reads them.
    fn hand_over(&self, next: &Next<'_>, block: Range<usize>, room: &mut Room) {
        let states = &room.states[block.start * self.hidden..block.end * self.hidden];
        let Some(norm) = next.norm else {
            room.inputs.write(self.vectors(), block, next.reader, states);
            return;
        };
        room.normed.clear();
        room.normed.extend_from_slice(states);
        norm.apply(self.vectors(), &mut room.normed);
        room.inputs.write(self.vectors(), block, next.reader, &room.normed);
    }

    /// Queries, keys and values, turned by their places where the network does so.
    fn query(&self, layer: &Layer, tokens: &Tokens, room: &mut Room) {
        let (count, wide) = (tokens.ids.len(), 3 * self.hidden);
        room.qkv.resize(count, wide);
        for block in blocks(count) {
            let inputs = room.inputs.inputs(block.clone(), self.hidden);
            let Some(rotation) = &layer.rotation else {
                if let Some(outputs) = room.qkv.outputs(&block, wide) {
                    linear(&layer.qkv, inputs, None, outputs);
                }
                continue;
            };
            let unrounded = sized(&mut room.unrounded, block.len() * wide);
            linear(&layer.qkv, inputs, None, Outputs::F32(unrounded));
            let places = &tokens.positions[block.clone()];
            for (row, place) in unrounded.chunks_exact_mut(wide).zip(places) {
                rotation.turn(self.vectors(), &self.heads, *place, row);
            }
            room.qkv.copy(self.vectors(), &block, wide, unrounded);
        }
    }

    /// Attention within each sequence.
    fn attend(&self, layer: &Layer, chunk: &Chunk, room: &mut Room) {
        let (count, hidden) = (chunk.tokens.ids.len(), self.hidden);
        room.attended.resize(count, hidden);
        let unrounded = sized(&mut room.unrounded, count * hidden);
        let mut start = 0;
        for length in &chunk.lengths {
            let part = start * hidden..(start + length) * hidden;
            let mut out = match &mut room.attended {
                Rows::F32(values) => Outcome::F32(&mut values[part]),
                Rows::Bf16(values) => Outcome::Bf16(&mut values[part]),
                Rows::Int8 { .. } => Outcome::F32(&mut unrounded[part]),
            };
            let part = start * 3 * hidden..(start + length) * 3 * hidden;
            let (attention, window) = (&mut room.attention, layer.window);
            match &room.qkv {
                Rows::F32(qkv) => self.heads.attend(&qkv[part], window, attention, &mut out),
                Rows::Bf16(qkv) => self.heads.attend(&qkv[part], window, attention, &mut out),
                Rows::Int8 { .. } => {}
            }
            start += length;
        }
        if matches!(room.attended, Rows::Int8 { .. }) {
            room.attended.write(self.vectors(), 0..count, &layer.attended, unrounded);
        }
    }

    /// What attention found, onto a block of states.
    fn add_attended(&self, layer: &Layer, block: Range<usize>, room: &mut Room) {
        let states = &mut room.states[block.start * self.hidden..block.end * self.hidden];
        let inputs = room.attended.inputs(block.clone(), self.hidden);
        linear(&layer.attended, inputs, None, Outputs::Added(states));
        if let Norms::After { attended, .. } = &layer.norms {
            attended.apply(self.vectors(), states);
        }
        self.hand_over(&layer.feed_forward(), block, room);
    }

    /// The other half of a layer, onto a block of states.
    fn feed_forward(&self, layer: &Layer, block: Range<usize>, room: &mut Room) {
        let (count, between) = (block.len(), layer.narrow.inputs);
        room.wide.resize(count, between);
        let inputs = room.inputs.inputs(block.clone(), self.hidden);
        let activation = Some(layer.activation);
        if layer.is_gated {
            let both = sized(&mut room.unrounded, count * layer.widen.outputs);
            linear(&layer.widen, inputs, None, Outputs::F32(both));
            let gated = sized(&mut room.normed, count * between);
            let pairs = gated.chunks_exact_mut(between).zip(both.chunks_exact(2 * between));
            for (row, both) in pairs {
                let (values, gate) = both.split_at(between);
                row.copy_from_slice(values);
                activate(layer.widen.kernel, activation, row);
                rows::times(self.vectors(), row, gate);
            }
            room.wide.write(self.vectors(), 0..count, &layer.narrow, gated);
        } else if let Some(outputs) = room.wide.outputs(&(0..count), between) {
            linear(&layer.widen, inputs, activation, outputs);
        } else {
            let unrounded = sized(&mut room.unrounded, count * between);
            linear(&layer.widen, inputs, activation, Outputs::F32(unrounded));
            room.wide.write(self.vectors(), 0..count, &layer.narrow, unrounded);
        }
        let states = &mut room.states[block.start * self.hidden..block.end * self.hidden];
        linear(&layer.narrow, room.wide.inputs(0..count, between), None, Outputs::Added(states));
        if let Norms::After { narrow, .. } = &layer.norms {
            narrow.apply(self.vectors(), states);
        }
    }

    fn read(&self, chunk: &Chunk, states: &[f32], reads: Reads) -> Vec<f32> {
        let hidden = self.hidden;
        let mut out = vec![0.0; chunk.lengths.len() * hidden];
        let mut start = 0;
        for (out, length) in out.chunks_exact_mut(hidden).zip(&chunk.lengths) {
            let states = &states[start * hidden..(start + length) * hidden];
            start += length;
            let mut states = states.chunks_exact(hidden);
            match reads {
                Reads::First => {
                    if let Some(first) = states.next() {
                        out.copy_from_slice(first);
                    }
                }
                Reads::Mean => {
                    states.for_each(|state| rows::add(self.vectors(), out, state));
                    #[expect(clippy::cast_precision_loss, reason = "some thousand tokens")]
                    let count = (*length).max(1) as f32;
                    rows::divide(self.vectors(), out, count);
                }
            }
        }
        out
    }
}

/// The beginning of a buffer that grows as needed and is never cleared.
fn sized(buffer: &mut Vec<f32>, count: usize) -> &mut [f32] {
    if buffer.len() < count {
        buffer.resize(count, 0.0);
    }
    &mut buffer[..count]
}
