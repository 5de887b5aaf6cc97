//! Attention within one sequence, head by head, in f32 or bf16 with sums in f32.

use super::kernel::{COLUMNS_MAX, Kernel, Line, Number, Operands, ROWS_MAX};
use super::product::parts;
use super::rows;
use crate::bert::reach::Reach;
use std::ops::Range;

/// The heads of a layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heads {
    /// f32 or bf16.
    pub(crate) kernel: Kernel,
    pub(crate) count: usize,
    /// Numbers of a head: a multiple of the kernel's columns.
    pub(crate) size: usize,
}

/// One head of one sequence.
struct Head<'a, P> {
    qkv: &'a [P],
    index: usize,
    reach: &'a Reach,
}

/// Room that is kept from head to head.
#[derive(Debug, Default)]
pub(crate) struct Room {
    keys: Vec<Line>,
    values: Vec<Line>,
    scores: Vec<f32>,
    weights: Vec<u16>,
}

/// The formats that attention computes in.
pub(crate) trait Part: Number {
    /// The bits of one step: one f32 or two bf16.
    fn along(row: &[Self], step: usize) -> u32;
    /// The bits of one step across rows, of which the second may be missing.
    fn across(rows: [Option<&[Self]>; 2], column: usize) -> u32;
    /// Numbers of a step.
    const NUMBERS: usize;
    /// Scores to weights, and the weights as the second product reads them.
    fn weigh<'a>(
        heads: &Heads,
        scores: &'a mut [f32],
        weights: &'a mut [u16],
        row_length: usize,
        scales: &mut [f32],
    ) -> &'a [Self];
}

impl Part for f32 {
    const NUMBERS: usize = 1;

    fn along(row: &[Self], step: usize) -> u32 {
        row[step].to_bits()
    }

    fn across([row, _]: [Option<&[Self]>; 2], column: usize) -> u32 {
        row.map_or(0, |row| row[column].to_bits())
    }

    fn weigh<'a>(
        heads: &Heads,
        scores: &'a mut [f32],
        _: &'a mut [u16],
        row_length: usize,
        scales: &mut [f32],
    ) -> &'a [Self] {
        for (row, scale) in scores.chunks_exact_mut(row_length).zip(scales) {
            rows::softmax(heads.kernel.vectors(), row, scale);
        }
        scores
    }
}

impl Part for u16 {
    const NUMBERS: usize = 2;

    fn along(row: &[Self], step: usize) -> u32 {
        u32::from(row[2 * step]) | u32::from(row[2 * step + 1]) << 16
    }

    fn across(rows: [Option<&[Self]>; 2], column: usize) -> u32 {
        let [low, high] = rows.map(|row| row.map_or(0, |row| u32::from(row[column])));
        low | high << 16
    }

    fn weigh<'a>(
        heads: &Heads,
        scores: &'a mut [f32],
        weights: &'a mut [u16],
        row_length: usize,
        scales: &mut [f32],
    ) -> &'a [Self] {
        let rows = scores.chunks_exact(row_length).zip(weights.chunks_exact_mut(row_length));
        for ((row, weights), scale) in rows.zip(scales) {
            rows::softmax_bf16(heads.kernel.vectors(), row, weights, scale);
        }
        weights
    }
}

impl Heads {
    pub(crate) fn hidden(&self) -> usize {
        self.count * self.size
    }

    /// Attends within one sequence. `qkv` holds query, key and value side by side, the scale of
    /// the scores in the query; `out` gets a row of [`Heads::hidden`] numbers for each of its.
    /// Without a window a query sees all keys, else so many to either side.
    pub(crate) fn attend<P: Part>(
        &self,
        qkv: &[P],
        window: Option<usize>,
        room: &mut Room,
        out: &mut Outcome<'_>,
    ) {
        let reach = Reach { window, rotation: None };
        for index in 0..self.count {
            let head = Head { qkv, index, reach: &reach };
            self.pack(&head, room);
            for queries in parts(qkv.len() / (3 * self.hidden()), self.kernel.rows_max()) {
                self.attend_tile(&head, queries, room, out);
            }
        }
    }

    /// Packs the keys and values of a head.
    fn pack<P: Part>(&self, head: &Head<'_, P>, room: &mut Room) {
        let (hidden, stride) = (self.hidden(), 3 * self.hidden());
        let of = |row: usize, part: usize| {
            let start = row * stride + part * hidden + head.index * self.size;
            &head.qkv[start..start + self.size]
        };
        let length = head.qkv.len() / stride;
        self.pack_keys(length, |row| of(row, 1), &mut room.keys);
        self.pack_values(length, |row| of(row, 2), &mut room.values);
    }

    /// A few queries of one head, whose keys and values are packed.
    fn attend_tile<P: Part>(
        &self,
        head: &Head<'_, P>,
        queries: Range<usize>,
        room: &mut Room,
        out: &mut Outcome<'_>,
    ) {
        let Head { qkv, index: head, reach } = *head;
        let (hidden, stride) = (self.hidden(), 3 * self.hidden());
        let (columns, lines) = (self.kernel.columns(), self.kernel.lines());
        let (length, rows) = (qkv.len() / stride, queries.len());
        let keys = reach.keys(&queries, length);
        let panels = keys.start / columns..keys.end.div_ceil(columns);
        let (first, row_length) = (panels.start * columns, panels.len() * columns);
        let none = [Line::default(); COLUMNS_MAX / Line::STEPS];
        let start = &none[..lines];
        grow(&mut room.scores, rows * row_length);
        grow(&mut room.weights, rows * row_length);
        let scores = &mut room.scores[..rows * row_length];
        let left = &qkv[queries.start * stride + head * self.size..];
        let size = self.size / P::NUMBERS * lines;
        for (index, panel) in panels.enumerate() {
            let right = &room.keys[panel * size..(panel + 1) * size];
            let operands = Operands { left, stride, rows, right, start };
            self.kernel.multiply(operands, &mut scores[index * columns..], row_length);
        }
        for (row, query) in scores.chunks_exact_mut(row_length).zip(queries.clone()) {
            let seen = reach.keys(&(query..query + 1), length);
            row[..seen.start - first].fill(f32::NEG_INFINITY);
            row[seen.end - first..].fill(f32::NEG_INFINITY);
        }
        let mut scales = [0.0; ROWS_MAX];
        let left = P::weigh(self, scores, &mut room.weights, row_length, &mut scales);
        let size = length.div_ceil(P::NUMBERS) * lines;
        let steps = first / P::NUMBERS * lines..keys.end.div_ceil(P::NUMBERS) * lines;
        for (index, panel) in room.values.chunks_exact(size).enumerate() {
            let mut tile = [0.0; ROWS_MAX * COLUMNS_MAX];
            let tile = &mut tile[..rows * columns];
            let right = &panel[steps.clone()];
            let operands = Operands { left, stride: row_length, rows, right, start };
            self.kernel.multiply(operands, tile, columns);
            rows::multiply_rows(self.kernel.vectors(), tile, columns, &scales);
            let place = queries.start * hidden + head * self.size + index * columns;
            out.put(self, place, tile);
        }
    }

    /// Keys as columns: the scores of a query are its product with them.
    fn pack_keys<'a, P: Part + 'a>(
        &self,
        length: usize,
        key: impl Fn(usize) -> &'a [P],
        packed: &mut Vec<Line>,
    ) {
        let (columns, lines, steps) =
            (self.kernel.columns(), self.kernel.lines(), self.size / P::NUMBERS);
        let panels = length.div_ceil(columns);
        packed.clear();
        packed.resize(panels * steps * lines, Line::default());
        for row in 0..length {
            let (panel, column) = (row / columns, row % columns);
            let (line, lane) = (column / Line::STEPS, column % Line::STEPS);
            let key = key(row);
            let panel = &mut packed[panel * steps * lines..][..steps * lines];
            for (step, lines) in panel.chunks_exact_mut(lines).enumerate() {
                lines[line].0[lane] = P::along(key, step);
            }
        }
    }

    /// Values as they are, several rows to a step.
    fn pack_values<'a, P: Part + 'a>(
        &self,
        length: usize,
        value: impl Fn(usize) -> &'a [P],
        packed: &mut Vec<Line>,
    ) {
        let steps = length.div_ceil(P::NUMBERS);
        let lines = self.kernel.lines();
        packed.clear();
        packed.resize(self.size / Line::STEPS * steps, Line::default());
        for step in 0..steps {
            let rows: [_; 2] = std::array::from_fn(|at| {
                let row = step * P::NUMBERS + at;
                (at < P::NUMBERS && row < length).then(|| value(row))
            });
            for part in 0..self.size / Line::STEPS {
                let (panel, line) = (part / lines, part % lines);
                let line = &mut packed[(panel * steps + step) * lines + line];
                for (lane, word) in line.0.iter_mut().enumerate() {
                    *word = P::across(rows, part * Line::STEPS + lane);
                }
            }
        }
    }
}

fn grow<T: Clone + Default>(buffer: &mut Vec<T>, count: usize) {
    if buffer.len() < count {
        buffer.resize(count, T::default());
    }
}

/// Where attention's rows go.
#[derive(Debug)]
pub(crate) enum Outcome<'a> {
    F32(&'a mut [f32]),
    Bf16(&'a mut [u16]),
}

impl Outcome<'_> {
    fn put(&mut self, heads: &Heads, start: usize, tile: &[f32]) {
        let (vectors, columns) = (heads.kernel.vectors(), heads.kernel.columns());
        let hidden = heads.hidden();
        match self {
            Self::F32(out) => rows::put(vectors, tile, columns, &mut out[start..], hidden),
            Self::Bf16(out) => rows::put_rounded(vectors, tile, columns, &mut out[start..], hidden),
        }
    }
}
