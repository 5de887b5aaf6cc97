//! The numbers of a chunk under way, kept from chunk to chunk.

use super::Format;
use super::attention;
use super::kernel::Vectors;
use super::packed::Packed;
use super::product::{Inputs, Outputs};
use super::quantise::quantise;
use super::rows;
use std::ops::Range;

/// Everything a chunk needs.
#[derive(Debug)]
pub(crate) struct Room {
    /// The states in f32, a row a token.
    pub(crate) states: Vec<f32>,
    /// The states as the linear layers read them.
    pub(crate) inputs: Rows,
    pub(crate) qkv: Rows,
    pub(crate) attended: Rows,
    /// The rows of one block between the two layers of the feed-forward part.
    pub(crate) wide: Rows,
    pub(crate) attention: attention::Room,
    /// Outputs in f32 that are about to be rounded.
    pub(crate) unrounded: Vec<f32>,
    /// A block of states behind a norm, or of rows behind their gates.
    pub(crate) normed: Vec<f32>,
}

impl Room {
    pub(crate) fn new(format: Format) -> Self {
        let numbers = format.linear.numbers();
        Self {
            states: vec![],
            inputs: Rows::new(numbers),
            qkv: Rows::new(format.attention.numbers()),
            attended: Rows::new(numbers),
            wide: Rows::new(numbers),
            attention: attention::Room::default(),
            unrounded: vec![],
            normed: vec![],
        }
    }
}

/// Rows in the format that a layer reads.
#[derive(Debug)]
pub(crate) enum Rows {
    F32(Vec<f32>),
    Bf16(Vec<u16>),
    Int8 { values: Vec<u8>, steps: Vec<f32> },
}

impl Rows {
    /// Rows for a kernel with this many numbers in a step.
    pub(crate) fn new(numbers: usize) -> Self {
        match numbers {
            1 => Self::F32(vec![]),
            2 => Self::Bf16(vec![]),
            _ => Self::Int8 { values: vec![], steps: vec![] },
        }
    }

    pub(crate) fn resize(&mut self, rows: usize, columns: usize) {
        match self {
            Self::F32(values) => values.resize(rows * columns, 0.0),
            Self::Bf16(values) => values.resize(rows * columns, 0),
            Self::Int8 { values, steps } => {
                values.resize(rows * columns, 0);
                steps.resize(rows, 0.0);
            }
        }
    }

    /// Some rows as inputs of a layer.
    pub(crate) fn inputs(&self, rows: Range<usize>, columns: usize) -> Inputs<'_> {
        let part = rows.start * columns..rows.end * columns;
        match self {
            Self::F32(values) => Inputs::F32(&values[part]),
            Self::Bf16(values) => Inputs::Bf16(&values[part]),
            Self::Int8 { values, steps } => Inputs::Int8(&values[part], &steps[rows]),
        }
    }

    /// Some rows as the place of a layer's outputs; none where they go through f32.
    pub(crate) fn outputs(&mut self, rows: &Range<usize>, columns: usize) -> Option<Outputs<'_>> {
        let part = rows.start * columns..rows.end * columns;
        match self {
            Self::F32(values) => Some(Outputs::F32(&mut values[part])),
            Self::Bf16(values) => Some(Outputs::Bf16(&mut values[part])),
            Self::Int8 { .. } => None,
        }
    }

    /// Writes rows of f32 in this format where it has no scale of its own.
    pub(crate) fn copy(
        &mut self,
        vectors: Vectors,
        rows: &Range<usize>,
        columns: usize,
        source: &[f32],
    ) {
        let part = rows.start * columns..rows.end * columns;
        match self {
            Self::F32(values) => values[part].copy_from_slice(source),
            Self::Bf16(values) => rows::round(vectors, source, &mut values[part]),
            Self::Int8 { .. } => {}
        }
    }

    /// Writes rows of f32 in this format, as `reader` wants them.
    pub(crate) fn write(
        &mut self,
        vectors: Vectors,
        range: Range<usize>,
        reader: &Packed,
        source: &[f32],
    ) {
        let columns = reader.inputs;
        let source = source.chunks_exact(columns);
        for (row, source) in range.zip(source) {
            let part = row * columns..(row + 1) * columns;
            match self {
                Self::F32(values) => values[part].copy_from_slice(source),
                Self::Bf16(values) => rows::round(vectors, source, &mut values[part]),
                Self::Int8 { values, steps } => {
                    let smooth = &reader.int8.smooth;
                    steps[row] = quantise(vectors, source, smooth, &mut values[part]);
                }
            }
        }
    }
}
