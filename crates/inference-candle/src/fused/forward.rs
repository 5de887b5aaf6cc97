//! A chunk of whole sequences through the whole network, on one core.

use super::Format;
use super::attention::{self, Heads, Outcome};
use super::kernel::Vectors;
use super::packed::{Packed, Plain};
use super::product::{Outputs, blocks, linear};
use super::room::{Room, Rows};
use super::rows;
use super::smoothing::Smoothing;
use crate::activation::Activation;
use crate::bert::Tokens;
use crate::bert::stock::{Network, Place};
use crate::head::Reads;
use candle_core::{Result, Tensor};
use candle_nn::{LayerNorm, Linear};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// The network as the kernels read it.
#[derive(Debug)]
pub(crate) struct Weights {
    pub(crate) format: Format,
    pub(crate) hidden: usize,
    pub(crate) words: Vec<f32>,
    pub(crate) positions: Vec<f32>,
    pub(crate) segments: Vec<f32>,
    norm: Norm,
    heads: Heads,
    layers: Vec<Layer>,
    /// One for each core that has been at work at the same time.
    rooms: Mutex<Vec<Room>>,
}

#[derive(Debug)]
struct Layer {
    qkv: Packed,
    attended: Packed,
    attended_norm: Norm,
    widen: Packed,
    activation: Activation,
    narrow: Packed,
    narrow_norm: Norm,
}

#[derive(Debug)]
struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

/// Whole sequences, one after the other.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) tokens: Tokens,
    pub(crate) lengths: Vec<usize>,
}

impl Weights {
    /// None for a network of other measures than the kernels compute.
    pub(crate) fn pack(
        network: &Network,
        format: Format,
        smoothing: &Smoothing,
    ) -> Result<Option<Self>> {
        let hidden = network.words.dim(1)?;
        let Some(first) = network.layers.first() else { return Ok(None) };
        let size = hidden / first.heads;
        let intermediate = first.widen.weight().dim(0)?;
        if !matches!(size, 32 | 64 | 128) || intermediate % 32 != 0 {
            return Ok(None);
        }
        let norm = |norm: &LayerNorm| Norm::read(norm, network.norm_epsilon);
        let layers = network.layers.iter().enumerate().map(|(index, layer)| {
            let pack = |linear: &Linear, place| {
                let smooth = smoothing.of(index, place, linear.weight().dim(1)?);
                pack(linear, format, &smooth)
            };
            Ok(Layer {
                qkv: pack(&in_powers_of_two(&layer.qkv)?, Place::Qkv)?,
                attended: pack(&layer.attended, Place::Attended)?,
                attended_norm: norm(&layer.attended_norm)?,
                widen: pack(&layer.widen, Place::Widen)?,
                activation: layer.activation,
                narrow: pack(&layer.narrow, Place::Narrow)?,
                narrow_norm: norm(&layer.narrow_norm)?,
            })
        });
        Ok(Some(Self {
            format,
            hidden,
            words: values(&network.words)?,
            positions: values(&network.positions)?,
            segments: values(&network.segments)?,
            norm: norm(&network.norm)?,
            heads: Heads { kernel: format.attention, count: first.heads, size },
            layers: layers.collect::<Result<_>>()?,
            rooms: Mutex::default(),
        }))
    }

    /// The state that is read of each sequence, one after the other.
    pub(crate) fn forward(&self, chunk: &Chunk, reads: Reads) -> Vec<f32> {
        let kept = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut room = kept.unwrap_or_else(|| Room::new(self.format));
        self.embed(&chunk.tokens, &mut room);
        let mut layers = self.layers.iter().peekable();
        while let Some(layer) = layers.next() {
            self.attend(layer, chunk, &mut room);
            let next = layers.peek().map(|next| &next.qkv);
            for block in blocks(chunk.tokens.ids.len()) {
                self.feed_forward(layer, next, block, &mut room);
            }
        }
        let states = self.read(chunk, &room.states, reads);
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).push(room);
        states
    }

    fn vectors(&self) -> Vectors {
        self.format.linear.vectors()
    }

    fn embed(&self, tokens: &Tokens, room: &mut Room) {
        let (count, hidden) = (tokens.ids.len(), self.hidden);
        room.states.resize(count * hidden, 0.0);
        room.inputs.resize(count, hidden);
        let row = |table: &'_ [f32], id: u32| {
            let start = id as usize * hidden;
            start..(start + hidden).min(table.len())
        };
        let ids = tokens.ids.iter().zip(&tokens.segments).zip(&tokens.positions);
        for (state, ((id, segment), position)) in room.states.chunks_exact_mut(hidden).zip(ids) {
            state.copy_from_slice(&self.words[row(&self.words, *id)]);
            let segment = &self.segments[row(&self.segments, *segment)];
            rows::add(self.vectors(), state, segment);
            let position = &self.positions[row(&self.positions, *position)];
            rows::add(self.vectors(), state, position);
            self.norm.apply(self.vectors(), state);
        }
        if let Some(first) = self.layers.first() {
            room.inputs.write(self.vectors(), 0..count, &first.qkv, &room.states);
        }
    }

    /// Queries, keys, values, and attention within each sequence.
    fn attend(&self, layer: &Layer, chunk: &Chunk, room: &mut Room) {
        let (count, hidden) = (chunk.tokens.ids.len(), self.hidden);
        room.qkv.resize(count, 3 * hidden);
        room.attended.resize(count, hidden);
        for block in blocks(count) {
            let inputs = room.inputs.inputs(block.clone(), hidden);
            if let Some(outputs) = room.qkv.outputs(&block, 3 * hidden) {
                linear(&layer.qkv, inputs, None, outputs);
            }
        }
        let int8 = matches!(room.attended, Rows::Int8 { .. });
        if int8 {
            room.unrounded.resize(count * hidden, 0.0);
        }
        let mut start = 0;
        for length in &chunk.lengths {
            let part = start * hidden..(start + length) * hidden;
            let mut outcome = match &mut room.attended {
                Rows::F32(values) => Outcome::F32(&mut values[part]),
                Rows::Bf16(values) => Outcome::Bf16(&mut values[part]),
                Rows::Int8 { .. } => Outcome::F32(&mut room.unrounded[part]),
            };
            let part = start * 3 * hidden..(start + length) * 3 * hidden;
            match &room.qkv {
                Rows::F32(qkv) => {
                    self.heads.attend(&qkv[part], &mut room.attention, &mut outcome);
                }
                Rows::Bf16(qkv) => {
                    self.heads.attend(&qkv[part], &mut room.attention, &mut outcome);
                }
                Rows::Int8 { .. } => {}
            }
            start += length;
        }
        if int8 {
            let rows = 0..count;
            room.attended.write(self.vectors(), rows, &layer.attended, &room.unrounded);
        }
    }

    /// The rest of a layer, for a block of rows, up to what `next` reads.
    fn feed_forward(
        &self,
        layer: &Layer,
        next: Option<&Packed>,
        block: Range<usize>,
        room: &mut Room,
    ) {
        let hidden = self.hidden;
        let part = block.start * hidden..block.end * hidden;
        let states = &mut room.states[part];
        let inputs = room.attended.inputs(block.clone(), hidden);
        linear(&layer.attended, inputs, None, Outputs::Added(states));
        layer.attended_norm.apply(self.vectors(), states);
        room.inputs.write(self.vectors(), block.clone(), &layer.widen, states);

        let (rows, wide) = (0..block.len(), layer.widen.outputs);
        room.wide.resize(rows.len(), wide);
        let inputs = room.inputs.inputs(block.clone(), hidden);
        let activation = Some(layer.activation);
        if let Some(outputs) = room.wide.outputs(&rows, wide) {
            linear(&layer.widen, inputs, activation, outputs);
        } else {
            room.unrounded.resize((rows.len() * wide).max(room.unrounded.len()), 0.0);
            let unrounded = &mut room.unrounded[..rows.len() * wide];
            linear(&layer.widen, inputs, activation, Outputs::F32(unrounded));
            room.wide.write(self.vectors(), rows.clone(), &layer.narrow, unrounded);
        }
        let inputs = room.wide.inputs(rows, wide);
        linear(&layer.narrow, inputs, None, Outputs::Added(states));
        layer.narrow_norm.apply(self.vectors(), states);
        if let Some(next) = next {
            room.inputs.write(self.vectors(), block, next, states);
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

impl Norm {
    fn read(norm: &LayerNorm, epsilon: f64) -> Result<Self> {
        let weight = values(norm.weight())?;
        let bias = match norm.bias() {
            Some(bias) => values(bias)?,
            None => vec![0.0; weight.len()],
        };
        #[expect(clippy::cast_possible_truncation, reason = "1e-12 is within f32")]
        let epsilon = epsilon as f32;
        Ok(Self { weight, bias, epsilon })
    }

    fn apply(&self, vectors: Vectors, states: &mut [f32]) {
        for state in states.chunks_exact_mut(self.weight.len()) {
            rows::layer_norm(vectors, state, &self.weight, &self.bias, self.epsilon);
        }
    }
}

impl Room {
    fn new(format: Format) -> Self {
        let numbers = format.linear.numbers();
        Self {
            states: vec![],
            inputs: Rows::new(numbers),
            qkv: Rows::new(format.attention.numbers()),
            attended: Rows::new(numbers),
            wide: Rows::new(numbers),
            attention: attention::Room::default(),
            unrounded: vec![],
        }
    }
}

fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}

fn pack(linear: &Linear, format: Format, smooth: &[f32]) -> Result<Packed> {
    let weight = values(linear.weight())?;
    let bias = match linear.bias() {
        Some(bias) => values(bias)?,
        None => vec![0.0; linear.weight().dim(0)?],
    };
    Ok(Packed::new(format.linear, Plain { weight: &weight, bias: &bias }, smooth))
}

/// The softmax counts in powers of two: its factor goes into the query.
fn in_powers_of_two(qkv: &Linear) -> Result<Linear> {
    let third = qkv.weight().dim(0)? / 3;
    let scale = |tensor: &Tensor| {
        let query = (tensor.narrow(0, 0, third)? * std::f64::consts::LOG2_E)?;
        Tensor::cat(&[&query, &tensor.narrow(0, third, 2 * third)?], 0)
    };
    Ok(Linear::new(scale(qkv.weight())?, qkv.bias().map(scale).transpose()?))
}
