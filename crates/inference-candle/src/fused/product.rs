//! A linear layer over rows: tiles of the kernels, with what follows the product done while the
//! tile is still near.

use super::kernel::{COLUMNS_MAX, Kernel, Number, Operands, ROWS_MAX};
use super::packed::Packed;
use super::rows;
use crate::activation::Activation;
use std::ops::Range;

/// Rows whose inputs stay in the second-level cache while all panels pass by.
const BLOCK_ROWS: usize = 96;

/// Rows that a linear layer reads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Inputs<'a> {
    F32(&'a [f32]),
    Bf16(&'a [u16]),
    /// Shifted up by 128, with the step of each row.
    Int8(&'a [u8], &'a [f32]),
}

/// Where its outputs go, rows of the layer's outputs.
#[derive(Debug)]
pub(crate) enum Outputs<'a> {
    F32(&'a mut [f32]),
    Bf16(&'a mut [u16]),
    /// Onto what is there: the way around the layer.
    Added(&'a mut [f32]),
}

/// `rows` in parts of nearly equal size, none above `most`.
pub(crate) fn parts(rows: usize, most: usize) -> impl Iterator<Item = Range<usize>> {
    let count = rows.div_ceil(most.max(1));
    (0..count).map(move |part| rows * part / count..rows * (part + 1) / count)
}

/// Blocks of rows that linear layers are computed for.
pub(crate) fn blocks(rows: usize) -> impl Iterator<Item = Range<usize>> {
    parts(rows, BLOCK_ROWS)
}

/// Computes the layer for all rows of `inputs`, with the activation after it.
pub(crate) fn linear(
    layer: &Packed,
    inputs: Inputs<'_>,
    activation: Option<Activation>,
    mut outputs: Outputs<'_>,
) {
    let columns = layer.kernel.columns();
    let count = match inputs {
        Inputs::F32(values) => values.len(),
        Inputs::Bf16(values) => values.len(),
        Inputs::Int8(values, _) => values.len(),
    } / layer.inputs.max(1);
    let mut tile = Buffer([0.0; ROWS_MAX * COLUMNS_MAX]);
    for panel in 0..layer.outputs / columns {
        for range in parts(count, layer.kernel.rows_max()) {
            let tile = &mut tile.0[..range.len() * columns];
            match inputs {
                Inputs::F32(values) => multiply(layer, values, panel, &range, tile),
                Inputs::Bf16(values) => multiply(layer, values, panel, &range, tile),
                Inputs::Int8(values, steps) => {
                    multiply(layer, values, panel, &range, tile);
                    let part = panel * columns..(panel + 1) * columns;
                    let (scales, bias) = (&layer.int8.scales[part.clone()], &layer.int8.bias[part]);
                    rows::rescale(
                        layer.kernel.vectors(),
                        tile,
                        &steps[range.clone()],
                        scales,
                        bias,
                    );
                }
            }
            activate(layer.kernel, activation, tile);
            let start = range.start * layer.outputs + panel * columns;
            outputs.put(layer, start, tile);
        }
    }
}

/// A tile between the product and its place.
#[repr(align(64))]
struct Buffer([f32; ROWS_MAX * COLUMNS_MAX]);

fn multiply<N: Number>(
    layer: &Packed,
    inputs: &[N],
    panel: usize,
    range: &Range<usize>,
    tile: &mut [f32],
) {
    let (right, start) = layer.panel(panel);
    let left = &inputs[range.start * layer.inputs..range.end * layer.inputs];
    let operands = Operands { left, stride: layer.inputs, rows: range.len(), right, start };
    layer.kernel.multiply(operands, tile, layer.kernel.columns());
}

/// Applies the activation to each number.
pub(crate) fn activate(kernel: Kernel, activation: Option<Activation>, tile: &mut [f32]) {
    let vectors = kernel.vectors();
    match activation {
        None => {}
        Some(Activation::GeluErf) => rows::gelu_erf(vectors, tile),
        Some(Activation::GeluTanh) => rows::gelu_tanh(vectors, tile),
        Some(Activation::Relu) => rows::relu(vectors, tile),
    }
}

impl Outputs<'_> {
    fn put(&mut self, layer: &Packed, start: usize, tile: &[f32]) {
        let (vectors, columns) = (layer.kernel.vectors(), layer.kernel.columns());
        let stride = layer.outputs;
        match self {
            Self::F32(out) => rows::put(vectors, tile, columns, &mut out[start..], stride),
            Self::Added(out) => rows::put_onto(vectors, tile, columns, &mut out[start..], stride),
            Self::Bf16(out) => rows::put_rounded(vectors, tile, columns, &mut out[start..], stride),
        }
    }
}
