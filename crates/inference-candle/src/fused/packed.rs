//! A linear layer as the kernels read it: panels of columns, each in the order of its steps.

use super::kernel::{Kernel, Line};
use super::rows::bf16;
use std::array::from_fn;

/// A weight matrix with its bias.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) kernel: Kernel,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    lines: Vec<Line>,
    /// What sums begin with: the bias, or for int8 what undoes the shift of the inputs.
    start: Vec<Line>,
    /// Empty but for int8.
    pub(crate) int8: Int8,
}

/// What turns int32 sums back into numbers.
#[derive(Debug, Default)]
pub(crate) struct Int8 {
    /// A step of each output's weights.
    pub(crate) scales: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    /// What each input is multiplied with before it is rounded.
    pub(crate) smooth: Vec<f32>,
}

/// A linear layer in f32, outputs by inputs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain<'a> {
    pub(crate) weight: &'a [f32],
    pub(crate) bias: &'a [f32],
}

impl Packed {
    /// `smooth` divides the inputs' ranges for int8, one factor an input; other kernels need none.
    ///
    /// Outputs are a multiple of the kernel's columns, inputs of its numbers a step.
    pub(crate) fn new(kernel: Kernel, plain: Plain<'_>, smooth: &[f32]) -> Self {
        let outputs = plain.bias.len();
        let inputs = plain.weight.len() / outputs.max(1);
        let mut packed = Self {
            kernel,
            inputs,
            outputs,
            lines: vec![Line::default(); outputs * inputs / kernel.numbers() / Line::STEPS],
            start: vec![Line::default(); outputs / Line::STEPS],
            int8: Int8::default(),
        };
        for (output, (row, bias)) in
            plain.weight.chunks_exact(inputs.max(1)).zip(plain.bias).enumerate()
        {
            match kernel.numbers() {
                1 => packed.put(output, row.iter().map(|value| value.to_bits()), bias.to_bits()),
                2 => {
                    let words = row.as_chunks::<2>().0.iter().map(|pair| {
                        let [low, high] = pair.map(bf16);
                        u32::from(low) | u32::from(high) << 16
                    });
                    packed.put(output, words, bias.to_bits());
                }
                _ => packed.put_int8(output, row, *bias, smooth),
            }
        }
        if kernel.numbers() == 4 {
            packed.int8.smooth = smooth.iter().map(|factor| factor.recip()).collect();
        }
        packed
    }

    /// One panel's steps, and what its sums begin with.
    pub(crate) fn panel(&self, panel: usize) -> (&[Line], &[Line]) {
        let lines = self.kernel.lines();
        let size = self.inputs / self.kernel.numbers() * lines;
        let of =
            |lines: &'_ [Line], size: usize| panel * size..((panel + 1) * size).min(lines.len());
        let right = self.lines.get(of(&self.lines, size)).unwrap_or_default();
        (right, self.start.get(of(&self.start, lines)).unwrap_or_default())
    }

    fn put(&mut self, output: usize, words: impl ExactSizeIterator<Item = u32>, start: u32) {
        let (columns, lines) = (self.kernel.columns(), self.kernel.lines());
        let (panel, column) = (output / columns, output % columns);
        let first = panel * words.len() * lines + column / Line::STEPS;
        let lane = column % Line::STEPS;
        let places = self.lines.iter_mut().skip(first).step_by(lines);
        for (line, word) in places.zip(words) {
            line.0[lane] = word;
        }
        self.start[output / Line::STEPS].0[lane] = start;
    }

    fn put_int8(&mut self, output: usize, row: &[f32], bias: f32, smooth: &[f32]) {
        let smoothed: Vec<f32> = row.iter().zip(smooth).map(|(value, by)| value * by).collect();
        // As integers the magnitudes keep their order, with NaN above infinity.
        let most = smoothed.iter().map(|value| value.abs().to_bits()).max().unwrap_or_default();
        let step = f32::from_bits(most) / 127.0;
        let inverse = if step > f32::MIN_POSITIVE { step.recip() } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, reason = "within 127 either way")]
        let values: Vec<i8> =
            smoothed.iter().map(|value| (value * inverse).round() as i8).collect();
        let sum: i32 = values.iter().map(|value| i32::from(*value)).sum();
        let words = values.as_chunks::<4>().0.iter();
        let words = words.map(|four| u32::from_le_bytes(from_fn(|at| four[at].cast_unsigned())));
        self.put(output, words, (-128 * sum).cast_unsigned());
        self.int8.scales.push(step);
        self.int8.bias.push(bias);
    }
}
