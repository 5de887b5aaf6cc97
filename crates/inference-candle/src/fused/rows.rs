//! Everything between the matrix products, on rows of f32: plain loops, compiled once for each
//! width of vectors.
//!
//! A value that is not a number stays one through every function here: what hides it would turn
//! a broken weight into a plausible answer.
//!
//! The loops are written out: what takes a closure, [`array::map`] for one, may stay a function of
//! its own, and that one would not be compiled for the wider vectors.
#![expect(unsafe_code, reason = "calls of functions compiled for wider vectors than the build's")]

use super::kernel::Vectors;
use std::array::from_fn;
use std::f32::consts::LN_2;

/// Numbers computed side by side: one 512-bit register, or two of 256 bits.
const LANES: usize = 16;

/// Compiles a function of plain Rust for AVX2 and for AVX-512, and picks at run time.
macro_rules! vectorised {
    ($($(#[$note:meta])* fn $name:ident($($argument:ident: $kind:ty),*) $body:block)*) => {$(
        $(#[$note])*
        pub(crate) fn $name(vectors: Vectors, $($argument: $kind),*) {
            #[inline(always)]
            fn plain($($argument: $kind),*) $body
            #[target_feature(enable = "avx2,fma")]
            fn narrow($($argument: $kind),*) {
                plain($($argument),*);
            }
            #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512vl,avx512dq")]
            fn wide($($argument: $kind),*) {
                plain($($argument),*);
            }
            if vectors.are_wide() {
                // SAFETY: `Vectors` proves the instructions.
                unsafe { wide($($argument),*) }
            } else {
                // SAFETY: as above.
                unsafe { narrow($($argument),*) }
            }
        }
    )*};
}

vectorised! {
    /// Brings a row to mean 0 and variance 1, then scales and shifts it.
    fn layer_norm(row: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
        let count = length(row);
        let mean = sum(row, |value| value) / count;
        let variance = sum(row, |value| (value - mean) * (value - mean)) / count;
        let scale = (variance + epsilon).sqrt().recip();
        for ((value, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
            *value = ((*value - mean) * scale).mul_add(*weight, *bias);
        }
    }

    /// Scores in powers of two to weights that add up to `1 / scale`; the caller multiplies after
    /// the product. The row is a multiple of 16 long.
    fn softmax(row: &mut [f32], scale: &mut f32) {
        let most = greatest(row);
        let mut sums = [0.0_f32; LANES];
        for chunk in row.as_chunks_mut::<LANES>().0 {
            for (value, sum) in chunk.iter_mut().zip(&mut sums) {
                *value = exp2(&EXP2, *value - most);
                *sum += *value;
            }
        }
        *scale = total(sums).recip();
    }

    /// As [`softmax`], to weights in bf16.
    fn softmax_bf16(row: &[f32], out: &mut [u16], scale: &mut f32) {
        let most = greatest(row);
        let mut sums = [0.0_f32; LANES];
        let chunks = row.as_chunks::<LANES>().0.iter().zip(out.as_chunks_mut::<LANES>().0);
        for (chunk, out) in chunks {
            for ((value, out), sum) in chunk.iter().zip(out).zip(&mut sums) {
                let weight = exp2(&EXP2_SHORT, value - most);
                *sum += weight;
                *out = bf16(weight);
            }
        }
        *scale = total(sums).recip();
    }

    /// GELU with the error function, to seven digits.
    fn gelu_erf(row: &mut [f32]) {
        for value in row {
            *value *= normal_distribution(*value);
        }
    }

    /// GELU with the hyperbolic tangent.
    fn gelu_tanh(row: &mut [f32]) {
        for value in row {
            let x = *value;
            // 2 log2(e) sqrt(2 / pi), as the hyperbolic tangent is written with one power.
            let power = -2.302_208_2 * (0.044_715 * x * x).mul_add(x, x);
            *value = x / (1.0 + exp2(&EXP2, power));
        }
    }

    fn relu(row: &mut [f32]) {
        for value in row {
            *value = if *value < 0.0 { 0.0 } else { *value };
        }
    }

    fn add(row: &mut [f32], other: &[f32]) {
        for (value, other) in row.iter_mut().zip(other) {
            *value += other;
        }
    }

    fn times(row: &mut [f32], other: &[f32]) {
        for (value, other) in row.iter_mut().zip(other) {
            *value *= other;
        }
    }

    /// Turns pairs of numbers, one from either half of a head, by their angles.
    fn turn(left: &mut [f32], right: &mut [f32], cosines: &[f32], sines: &[f32]) {
        for (((x, y), cosine), sine) in left.iter_mut().zip(right).zip(cosines).zip(sines) {
            (*x, *y) = (*x * cosine - *y * sine, *y * cosine + *x * sine);
        }
    }

    /// Multiplies each row of a tile with its own factor.
    fn multiply_rows(tile: &mut [f32], columns: usize, factors: &[f32]) {
        for (row, factor) in tile.chunks_exact_mut(columns).zip(factors) {
            for values in row.as_chunks_mut::<LANES>().0 {
                for value in values {
                    *value *= factor;
                }
            }
        }
    }

    fn divide(row: &mut [f32], by: f32) {
        for value in row {
            *value /= by;
        }
    }

    /// Int32 sums of a tile back to numbers: times the row's and the column's scale, plus bias.
    fn rescale(tile: &mut [f32], steps: &[f32], scales: &[f32], bias: &[f32]) {
        let (scales, bias) = (scales.as_chunks::<LANES>().0, bias.as_chunks::<LANES>().0);
        for (row, step) in tile.chunks_exact_mut(scales.len() * LANES).zip(steps) {
            let row = row.as_chunks_mut::<LANES>().0;
            for ((values, scales), bias) in row.iter_mut().zip(scales).zip(bias) {
                *values = from_fn(|lane| (values[lane] * step).mul_add(scales[lane], bias[lane]));
            }
        }
    }

    /// Writes a tile of this many columns into rows that are `stride` apart.
    fn put(tile: &[f32], columns: usize, out: &mut [f32], stride: usize) {
        for (row, out) in tile.chunks_exact(columns).zip(out.chunks_mut(stride)) {
            let out = out.as_chunks_mut::<LANES>().0;
            for (values, out) in row.as_chunks::<LANES>().0.iter().zip(out) {
                *out = *values;
            }
        }
    }

    /// As [`put`], onto what is there.
    fn put_onto(tile: &[f32], columns: usize, out: &mut [f32], stride: usize) {
        for (row, out) in tile.chunks_exact(columns).zip(out.chunks_mut(stride)) {
            let out = out.as_chunks_mut::<LANES>().0;
            for (values, out) in row.as_chunks::<LANES>().0.iter().zip(out) {
                *out = from_fn(|lane| out[lane] + values[lane]);
            }
        }
    }

    /// As [`put`], rounded to bf16.
    fn put_rounded(tile: &[f32], columns: usize, out: &mut [u16], stride: usize) {
        for (row, out) in tile.chunks_exact(columns).zip(out.chunks_mut(stride)) {
            let out = out.as_chunks_mut::<LANES>().0;
            for (values, out) in row.as_chunks::<LANES>().0.iter().zip(out) {
                for (out, value) in out.iter_mut().zip(values) {
                    *out = bf16(*value);
                }
            }
        }
    }

    /// Rounds to the nearest bf16, ties to even.
    fn round(row: &[f32], out: &mut [u16]) {
        for (value, out) in row.iter().zip(out) {
            *out = bf16(*value);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a row has a few thousand numbers")]
#[inline(always)]
fn length(row: &[f32]) -> f32 {
    row.len() as f32
}

/// The sum in a fixed order, whatever the width of the registers.
#[inline(always)]
fn sum(row: &[f32], map: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += map(*value);
        }
    }
    for (sum, value) in sums.iter_mut().zip(rest) {
        *sum += map(*value);
    }
    total(sums)
}

#[inline(always)]
fn total(mut sums: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
        half /= 2;
    }
    sums[0]
}

/// The greatest number; what is not a number is passed over here and stays one afterwards.
#[inline(always)]
fn greatest(row: &[f32]) -> f32 {
    let larger = |left: f32, right: f32| if right > left { right } else { left };
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut most = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        most = from_fn(|lane| larger(most[lane], chunk[lane]));
    }
    most.into_iter().chain(rest.iter().copied()).fold(f32::NEG_INFINITY, larger)
}

/// 2^x: the power of two exactly, the rest by a polynomial. x is held within what f32 can tell
/// from 0 and from infinity.
#[inline(always)]
fn exp2<const TERMS: usize>(terms: &[f32; TERMS], x: f32) -> f32 {
    let x = if x < -126.0 { -126.0 } else { x };
    let x = if x > 127.0 { 127.0 } else { x };
    let shifted = x + ROUNDING;
    let rest = x - (shifted - ROUNDING);
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    horner(terms, rest) * power
}

/// Adding it leaves an integer in the lowest bits, rounded to the nearest.
const ROUNDING: f32 = 12_582_912.0;

/// Taylor's series of 2^x from the highest term; for |x| <= 0.5 exact to f32.
const EXP2: [f32; 7] =
    [0.000_154_035_3, 0.001_333_355_8, 0.009_618_129, 0.055_504_11, 0.240_226_5, LN_2, 1.0];

/// The same to what bf16 keeps.
const EXP2_SHORT: [f32; 5] = [0.009_618_129, 0.055_504_11, 0.240_226_5, LN_2, 1.0];

/// The normal distribution function: 0.5 plus an odd polynomial of x up to |x| = 5, beyond it 0
/// or 1. `models/reference/gelu.py` finds the coefficients; the error of x times it stays below
/// 2e-6.
#[inline(always)]
fn normal_distribution(x: f32) -> f32 {
    let t = (x * x).mul_add(2.0 / 25.0, -1.0);
    let inside = horner(&NORMAL, t).mul_add(x, 0.5);
    let inside = if x < -5.0 { 0.0 } else { inside };
    if x > 5.0 { 1.0 } else { inside }
}

const NORMAL: [f32; 13] = [
    0.000_491_846_06,
    -0.001_512_878_8,
    0.002_004_163_8,
    -0.002_918_407_3,
    0.006_163_794_5,
    -0.010_971_144,
    0.016_498_122,
    -0.023_337_41,
    0.031_426_188,
    -0.040_432_863,
    0.051_521_42,
    -0.070_296_65,
    0.141_363_78,
];

#[inline(always)]
fn horner<const TERMS: usize>(terms: &[f32; TERMS], x: f32) -> f32 {
    let mut value = terms[0];
    for term in &terms[1..] {
        value = value.mul_add(x, *term);
    }
    value
}

/// The nearest bf16 as bits.
#[inline(always)]
pub(crate) fn bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    let odd = (bits >> 16) & 1;
    let rounded = bits.wrapping_add(0x7fff).wrapping_add(odd) >> 16;
    // Rounding could carry a NaN over into a number.
    let rounded = if value.is_nan() { 0x7fc0 } else { rounded };
    #[expect(clippy::cast_possible_truncation, reason = "the upper half was shifted down")]
    {
        rounded as u16
    }
}
