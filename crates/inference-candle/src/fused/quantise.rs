//! Rows of f32 to int8: written out in AVX-512, since compilers make gathers of the plain loop.
#![expect(
    unsafe_code,
    reason = "vector instructions; all callers go through the checked `quantise`"
)]

use super::kernel::Vectors;
use std::arch::x86_64::{
    __m512, _mm_storeu_si128, _mm512_add_epi32, _mm512_and_si512, _mm512_castps_si512,
    _mm512_cvtepi32_epi8, _mm512_cvtps_epi32, _mm512_loadu_ps, _mm512_max_epu32, _mm512_mul_ps,
    _mm512_reduce_max_epu32, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_si512,
};

/// Numbers of a register.
const LANES: usize = 16;

/// Rounds a row to 255 steps of its greatest value, shifted up by 128, and returns the step.
/// `smooth` is multiplied in before. The step is NaN or infinite with any value of the row.
///
/// Only processors with wide vectors have int8 kernels; without, nothing is written.
pub(crate) fn quantise(vectors: Vectors, row: &[f32], smooth: &[f32], out: &mut [u8]) -> f32 {
    if !vectors.are_wide() {
        return f32::NAN;
    }
    // SAFETY: wide `Vectors` prove the instructions.
    unsafe { wide(row, smooth, out) }
}

#[target_feature(enable = "avx512f")]
fn wide(row: &[f32], smooth: &[f32], out: &mut [u8]) -> f32 {
    let (values, factors) = (row.as_chunks::<LANES>().0, smooth.as_chunks::<LANES>().0);
    let mut most = _mm512_setzero_si512();
    for (values, factors) in values.iter().zip(factors) {
        let product = _mm512_castps_si512(_mm512_mul_ps(load(values), load(factors)));
        // As integers the magnitudes keep their order, with NaN above infinity.
        let magnitude = _mm512_and_si512(product, _mm512_set1_epi32(i32::MAX));
        most = _mm512_max_epu32(most, magnitude);
    }
    let most = f32::from_bits(_mm512_reduce_max_epu32(most));
    let inverse = if most > f32::MIN_POSITIVE * 256.0 { 127.0 / most } else { 0.0 };
    let inverse = _mm512_set1_ps(inverse);
    let out = out.as_chunks_mut::<LANES>().0;
    for ((values, factors), out) in values.iter().zip(factors).zip(out) {
        let scaled = _mm512_mul_ps(_mm512_mul_ps(load(values), load(factors)), inverse);
        let shifted = _mm512_add_epi32(_mm512_cvtps_epi32(scaled), _mm512_set1_epi32(128));
        // SAFETY: `out` holds 16 bytes.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), _mm512_cvtepi32_epi8(shifted)) };
    }
    most / 127.0
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(values: &[f32; LANES]) -> __m512 {
    // SAFETY: the array holds 16 numbers.
    unsafe { _mm512_loadu_ps(values.as_ptr()) }
}
