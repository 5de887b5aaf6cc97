//! A network as the kernels read it.

use super::Format;
use super::attention::Heads;
use super::kernel::Vectors;
use super::packed::{Packed, Plain};
use super::room::Room;
use super::rows;
use super::smoothing::Smoothing;
use crate::activation::Activation;
use crate::bert::reach;
use crate::bert::stock::{self, Network, Place};
use candle_core::{Result, Tensor};
use candle_nn::{LayerNorm, Linear};
use std::sync::Mutex;

/// All weights, and room for the cores that compute with them.
#[derive(Debug)]
pub(crate) struct Weights {
    pub(crate) format: Format,
    pub(crate) hidden: usize,
    /// The tables that a token looks its rows up in; empty where the network has none.
    pub(crate) words: Vec<f32>,
    pub(crate) positions: Vec<f32>,
    pub(crate) segments: Vec<f32>,
    /// Places that every rotation knows; none without rotations.
    pub(crate) places: Option<usize>,
    pub(super) norm: Norm,
    pub(super) heads: Heads,
    pub(super) layers: Vec<Layer>,
    pub(super) last_norm: Option<Norm>,
    /// One for each core that has been at work at the same time.
    pub(super) rooms: Mutex<Vec<Room>>,
}

#[derive(Debug)]
pub(super) struct Layer {
    pub(super) qkv: Packed,
    pub(super) rotation: Option<Rotation>,
    pub(super) window: Option<usize>,
    pub(super) attended: Packed,
    pub(super) norms: Norms,
    pub(super) widen: Packed,
    pub(super) activation: Activation,
    pub(super) is_gated: bool,
    pub(super) narrow: Packed,
}

/// As [`stock::Norms`].
#[derive(Debug)]
pub(super) enum Norms {
    After { attended: Norm, narrow: Norm },
    Before { qkv: Option<Norm>, widen: Norm },
}

#[derive(Debug)]
pub(super) struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

/// Places by half the numbers of a head.
#[derive(Debug)]
pub(super) struct Rotation {
    cosines: Vec<f32>,
    sines: Vec<f32>,
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
        let between = first.narrow.weight().dim(1)?;
        if !matches!(size, 32 | 64 | 128) || between % 32 != 0 {
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
                rotation: layer.reach.rotation.as_ref().map(Rotation::read).transpose()?,
                window: layer.reach.window,
                attended: pack(&layer.attended, Place::Attended)?,
                norms: match &layer.norms {
                    stock::Norms::After { attended, narrow } => {
                        Norms::After { attended: norm(attended)?, narrow: norm(narrow)? }
                    }
                    stock::Norms::Before { qkv, widen } => Norms::Before {
                        qkv: qkv.as_ref().map(norm).transpose()?,
                        widen: norm(widen)?,
                    },
                },
                widen: pack(&layer.widen, Place::Widen)?,
                activation: layer.activation,
                is_gated: layer.is_gated,
                narrow: pack(&layer.narrow, Place::Narrow)?,
            })
        });
        let table = |table: &Option<Tensor>| table.as_ref().map_or(Ok(vec![]), values);
        let rotations = network.layers.iter().filter_map(|layer| layer.reach.rotation.as_ref());
        let places = rotations.map(|rotation| rotation.cosines.dim(0)).collect::<Result<Vec<_>>>();
        Ok(Some(Self {
            format,
            hidden,
            words: values(&network.words)?,
            positions: table(&network.positions)?,
            segments: table(&network.segments)?,
            places: places?.into_iter().min(),
            norm: norm(&network.norm)?,
            heads: Heads { kernel: format.attention, count: first.heads, size },
            layers: layers.collect::<Result<_>>()?,
            last_norm: network.last_norm.as_ref().map(norm).transpose()?,
            rooms: Mutex::default(),
        }))
    }
}

impl Norm {
    fn read(norm: &LayerNorm, epsilon: f64) -> Result<Self> {
        let weight = values(norm.weight())?;
        let bias = norm.bias().map_or_else(|| Ok(vec![0.0; weight.len()]), values)?;
        #[expect(clippy::cast_possible_truncation, reason = "1e-12 is within f32")]
        let epsilon = epsilon as f32;
        Ok(Self { weight, bias, epsilon })
    }

    pub(super) fn apply(&self, vectors: Vectors, states: &mut [f32]) {
        for state in states.chunks_exact_mut(self.weight.len()) {
            rows::layer_norm(vectors, state, &self.weight, &self.bias, self.epsilon);
        }
    }
}

impl Rotation {
    fn read(rotation: &reach::Rotation) -> Result<Self> {
        Ok(Self { cosines: values(&rotation.cosines)?, sines: values(&rotation.sines)? })
    }

    /// Turns the queries and keys of a row of both and the values, for the token's place.
    pub(super) fn turn(&self, vectors: Vectors, heads: &Heads, place: u32, row: &mut [f32]) {
        let half = heads.size / 2;
        let part = place as usize * half..(place as usize + 1) * half;
        let (cosines, sines) = (&self.cosines[part.clone()], &self.sines[part]);
        for head in row[..2 * heads.hidden()].chunks_exact_mut(heads.size) {
            let (left, right) = head.split_at_mut(half);
            rows::turn(vectors, left, right, cosines, sines);
        }
    }
}

fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}

fn pack(linear: &Linear, format: Format, smooth: &[f32]) -> Result<Packed> {
    let weight = values(linear.weight())?;
    let outputs = linear.weight().dim(0)?;
    let bias = linear.bias().map_or_else(|| Ok(vec![0.0; outputs]), values)?;
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
