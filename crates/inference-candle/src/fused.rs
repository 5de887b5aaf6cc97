//! An encoder as one candle operation: packed tokens in, the state that is
//! read of each sequence out.
//!
//! Nothing is padded. A core takes whole sequences, about [`CHUNK_TOKENS`] tokens of them, through
//! the whole network; cores wait for each other only at the end. Every row is computed in the
//! same order of sums whatever its tile and its neighbours, so an answer does not depend on the
//! batch, bit for bit.
//!
//! Formats: bf16 where the processor multiplies it (AVX512-BF16), int8 (AVX512-VNNI), f32 (AVX-512,
//! or AVX2 with FMA). Normalisation and what goes around the layers stay in f32.
#![expect(
    clippy::indexing_slicing,
    reason = "tensor code: lengths are those of the network, ids are checked before"
)]

mod attention;
mod forward;
mod kernel;
mod packed;
mod product;
mod quantise;
mod room;
mod rows;
mod smoothing;
mod weights;

use self::forward::Chunk;
use self::kernel::Kernel;
use self::smoothing::{SENTENCES, Smoothing};
use self::weights::Weights;
use crate::bert::Tokens;
use crate::bert::stock::Network;
use crate::head::Reads;
use crate::processor::Processor;
use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor, bail};
use inference::manifest::Compute;
use std::sync::Arc;

/// Tokens that one core takes at once: their states stay in its second-level cache, and each
/// weight read from memory serves as many.
const CHUNK_TOKENS: usize = 192;
/// Fewer tokens are not worth waking a thread for.
const CHUNK_TOKENS_MIN: usize = 32;

/// Chunks of each core in a full batch: enough that cores end at about the same time, few enough
/// that a large model on few cores lets the next department in soon.
const CHUNKS: usize = 2;

/// What linear layers and attention compute in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) linear: Kernel,
    /// f32 or bf16.
    pub(crate) attention: Kernel,
}

impl Format {
    /// What was asked for; f32 where the processor lacks it, none where it lacks that too.
    pub(crate) fn pick(compute: Compute) -> Option<Self> {
        let f32 = Kernel::f32()?;
        let both = |kernel| Self { linear: kernel, attention: kernel };
        Some(match compute {
            Compute::F32 => both(f32),
            Compute::Auto | Compute::Bf16 => both(Kernel::bf16().unwrap_or(f32)),
            Compute::Int8 => match Kernel::int8() {
                Some(linear) => Self { linear, attention: Kernel::bf16().unwrap_or(f32) },
                None => both(f32),
            },
        })
    }

    fn is_int8(self) -> bool {
        self.linear.numbers() == 4
    }

    fn dtype(self) -> &'static str {
        match self.linear.numbers() {
            1 => "float32",
            2 => "bfloat16",
            _ => "int8",
        }
    }
}

/// A packed encoder and the threads that run it.
#[derive(Debug)]
pub(crate) struct Encoder {
    weights: Arc<Weights>,
    processor: Processor,
}

impl Encoder {
    /// None where the processor or the network is not one that this encoder is written for.
    /// `tokenize` makes sequences of texts, for what int8 has to measure.
    pub(crate) fn pack(
        network: &Network,
        compute: Compute,
        processor: &Processor,
        tokenize: impl Fn(&str) -> Option<Tokens>,
    ) -> Result<Option<Self>> {
        let Some(format) = Format::pick(compute) else { return Ok(None) };
        let smoothing = if format.is_int8() {
            let sequences: Vec<Tokens> = SENTENCES.into_iter().filter_map(tokenize).collect();
            Smoothing::measure(network, &sequences)?
        } else {
            Smoothing::default()
        };
        Self::pack_as(network, format, &smoothing, processor)
    }

    fn pack_as(
        network: &Network,
        format: Format,
        smoothing: &Smoothing,
        processor: &Processor,
    ) -> Result<Option<Self>> {
        let weights = Weights::pack(network, format, smoothing)?;
        let with = |weights| Self { weights: Arc::new(weights), processor: processor.clone() };
        Ok(weights.map(with))
    }

    /// The name of what it computes in.
    pub(crate) fn dtype(&self) -> &'static str {
        self.weights.format.dtype()
    }

    /// Most tokens that are worth computing together.
    pub(crate) fn batch_tokens_max(&self) -> usize {
        CHUNKS * CHUNK_TOKENS * self.processor.threads()
    }

    /// The state that is read, for each sequence.
    pub(crate) fn states(&self, sequences: Vec<Tokens>, reads: Reads) -> Result<Vec<Vec<f32>>> {
        let lengths: Vec<usize> = sequences.iter().map(|tokens| tokens.ids.len()).collect();
        let total: usize = lengths.iter().sum();
        if total == 0 {
            return Ok(vec![vec![0.0; self.weights.hidden]; lengths.len()]);
        }
        let mut packed: Vec<u32> = Vec::with_capacity(3 * total);
        packed.extend(sequences.iter().flat_map(|tokens| &tokens.ids));
        packed.extend(sequences.iter().flat_map(|tokens| &tokens.segments));
        packed.extend(sequences.iter().flat_map(|tokens| &tokens.positions));
        let packed = Tensor::from_vec(packed, (3, total), &Device::Cpu)?;
        packed.apply_op1_no_bwd(&Forward { encoder: self, lengths, reads })?.to_vec2()
    }

    /// Whole sequences in parts of about equal size, in their order.
    fn chunks(&self, packed: &[u32], lengths: &[usize]) -> Vec<Chunk> {
        let total = packed.len() / 3;
        let share = total.div_ceil(self.processor.threads());
        let most = share.clamp(CHUNK_TOKENS_MIN, CHUNK_TOKENS);
        let (ids, rest) = packed.split_at(total);
        let (segments, positions) = rest.split_at(total);
        let mut chunks: Vec<Chunk> = vec![];
        let mut open: Vec<usize> = vec![];
        let mut start = 0;
        let mut close = |lengths: &mut Vec<usize>| {
            let range = start..start + lengths.iter().sum::<usize>();
            start = range.end;
            let tokens = Tokens {
                ids: ids[range.clone()].to_vec(),
                segments: segments[range.clone()].to_vec(),
                positions: positions[range].to_vec(),
            };
            chunks.push(Chunk { tokens, lengths: std::mem::take(lengths) });
        };
        for length in lengths {
            // A sequence goes where its middle falls, so that chunks are even on average.
            let before: usize = open.iter().sum();
            if !open.is_empty() && before + length / 2 > most {
                close(&mut open);
            }
            open.push(*length);
        }
        close(&mut open);
        chunks
    }
}

/// The operation as candle runs it: u32 [3, tokens] with ids, segments and positions, to f32
/// [sequences, hidden].
struct Forward<'a> {
    encoder: &'a Encoder,
    lengths: Vec<usize>,
    reads: Reads,
}

impl CustomOp1 for Forward<'_> {
    fn name(&self) -> &'static str {
        "fused-encoder"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let packed = storage.as_slice::<u32>()?;
        let Some((start, end)) = layout.contiguous_offsets() else {
            bail!("the packed tokens are not contiguous")
        };
        let packed = &packed[start..end];
        self.check(packed)?;
        let weights = &self.encoder.weights;
        let chunks = self.encoder.chunks(packed, &self.lengths);
        let shape = Shape::from((self.lengths.len(), weights.hidden));
        let (weights, reads) = (Arc::clone(weights), self.reads);
        let parts = self
            .encoder
            .processor
            .map(chunks, move |chunk| weights.forward(&chunk, reads))
            .map_err(candle_core::Error::wrap)?;
        Ok((CpuStorage::F32(parts.concat()), shape))
    }
}

impl Forward<'_> {
    /// Every id lies in its table: from here on the network indexes without asking.
    fn check(&self, packed: &[u32]) -> Result<()> {
        let weights = &self.encoder.weights;
        let total = packed.len() / 3;
        if total != self.lengths.iter().sum::<usize>() {
            bail!("the packed tokens are not those of the sequences")
        }
        let rows = |table: &[f32]| Some(table.len() / weights.hidden).filter(|rows| *rows > 0);
        let limits = [
            rows(&weights.words),
            rows(&weights.segments),
            rows(&weights.positions).or(weights.places),
        ];
        for (ids, rows) in packed.chunks_exact(total.max(1)).zip(limits) {
            let Some(rows) = rows else { continue };
            if let Some(id) = ids.iter().find(|id| **id as usize >= rows) {
                bail!("row {id} of a table of {rows}")
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
