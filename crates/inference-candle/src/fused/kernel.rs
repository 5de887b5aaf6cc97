//! The innermost loops: a few rows times one panel of columns, for each number format.
//!
//! Every kernel walks the shared dimension in steps of four bytes (one f32, two bf16 or four
//! int8): it broadcasts a step of each row and multiplies it with a panel of packed columns, all
//! sums in registers. A [`Kernel`] exists only where the processor has its instructions, so
//! holding one is the proof that it may run.
#![expect(
    unsafe_code,
    reason = "vector instructions; all callers go through the checked `multiply`"
)]

use std::arch::x86_64::{
    __m256, __m512, __m512bh, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_storeu_ps,
    _mm512_castps_si512, _mm512_castsi512_ps, _mm512_cvtepi32_ps, _mm512_dpbf16_ps,
    _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_epi32, _mm512_storeu_ps,
};
use std::is_x86_feature_detected as has;
use std::mem::transmute;

/// Sixteen steps side by side: the registers of a panel, aligned to a cache line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(64))]
pub(crate) struct Line(pub(crate) [u32; Line::STEPS]);

impl Line {
    pub(crate) const STEPS: usize = 16;
}

/// Most rows of a tile over all kernels.
pub(crate) const ROWS_MAX: usize = 12;
/// Most columns of a panel over all kernels.
pub(crate) const COLUMNS_MAX: usize = 32;

/// A set of instructions that this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kernel(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// f32 with AVX2 and FMA.
    Narrow,
    /// f32 with AVX-512.
    Wide,
    /// bf16 in, f32 sums, with AVX512-BF16.
    Bf16,
    /// int8 in, int32 sums, with AVX512-VNNI.
    Int8,
}

/// The width that plain loops are compiled for; the same proof as [`Kernel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Vectors(Width);

/// AVX2 with FMA, or AVX-512.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Narrow,
    Wide,
}

impl Vectors {
    pub(crate) fn are_wide(self) -> bool {
        self.0 == Width::Wide
    }
}

impl Kernel {
    /// The fastest for f32.
    pub(crate) fn f32() -> Option<Self> {
        Self::f32_wide().or_else(Self::f32_narrow)
    }

    pub(crate) fn f32_narrow() -> Option<Self> {
        (has!("avx2") && has!("fma")).then_some(Self(Kind::Narrow))
    }

    pub(crate) fn f32_wide() -> Option<Self> {
        let wide = has!("avx512f") && has!("avx512bw") && has!("avx512vl") && has!("avx512dq");
        (wide && has!("avx2") && has!("fma")).then_some(Self(Kind::Wide))
    }

    pub(crate) fn bf16() -> Option<Self> {
        Self::f32_wide().filter(|_| has!("avx512bf16")).map(|_| Self(Kind::Bf16))
    }

    pub(crate) fn int8() -> Option<Self> {
        Self::f32_wide().filter(|_| has!("avx512vnni")).map(|_| Self(Kind::Int8))
    }

    pub(crate) fn vectors(self) -> Vectors {
        match self.0 {
            Kind::Narrow => Vectors(Width::Narrow),
            Kind::Wide | Kind::Bf16 | Kind::Int8 => Vectors(Width::Wide),
        }
    }

    /// Columns of a panel.
    pub(crate) fn columns(self) -> usize {
        if self.0 == Kind::Narrow { 16 } else { 32 }
    }

    /// Lines of one step of a panel.
    pub(crate) fn lines(self) -> usize {
        self.columns() / Line::STEPS
    }

    /// Most rows of a tile: as many as the registers hold sums of.
    pub(crate) fn rows_max(self) -> usize {
        if self.0 == Kind::Narrow { 6 } else { 12 }
    }

    /// Numbers of one step.
    pub(crate) fn numbers(self) -> usize {
        match self.0 {
            Kind::Narrow | Kind::Wide => 1,
            Kind::Bf16 => 2,
            Kind::Int8 => 4,
        }
    }
}

/// What rows are made of: f32, bf16 as its bits, or int8 shifted up by 128.
pub(crate) trait Number: Copy {}
impl Number for f32 {}
impl Number for u16 {}
impl Number for u8 {}

/// Some rows and a panel of columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operands<'a, N> {
    /// The rows; the first begins here.
    pub(crate) left: &'a [N],
    /// From row to row.
    pub(crate) stride: usize,
    /// At most [`Kernel::rows_max`].
    pub(crate) rows: usize,
    /// The panel: [`Kernel::lines`] lines a step.
    pub(crate) right: &'a [Line],
    /// What the sums begin with, a step's lines: f32, or int32 for int8.
    pub(crate) start: &'a [Line],
}

impl Kernel {
    /// Writes rows times panel to `out`, whose rows are `out_stride` apart.
    ///
    /// # Panics
    /// When a slice is shorter than its part of the product.
    pub(crate) fn multiply<N: Number>(
        self,
        operands: Operands<'_, N>,
        out: &mut [f32],
        out_stride: usize,
    ) {
        let Operands { left, stride, rows, right, start } = operands;
        let steps = right.len() / self.lines();
        if rows == 0 {
            return;
        }
        let stride = stride * size_of::<N>();
        assert!(rows <= self.rows_max() && start.len() == self.lines());
        assert!((rows - 1) * stride + steps * 4 <= size_of_val(left));
        assert!((rows - 1) * out_stride + self.columns() <= out.len());
        let tile = Tile {
            left: left.as_ptr().cast(),
            stride,
            right: right.as_ptr().cast(),
            start: start.as_ptr().cast(),
            steps,
            out: out.as_mut_ptr(),
            out_stride,
        };
        macro_rules! rows {
            ($kernel:ident: $($count:literal)*) => {
                match rows {
                    // SAFETY: `Kernel` proves the instructions, the lengths are checked above.
                    $($count => unsafe { $kernel::<$count>(&tile) },)*
                    _ => {}
                }
            };
        }
        match self.0 {
            Kind::Narrow => rows!(narrow: 1 2 3 4 5 6),
            Kind::Wide => rows!(wide: 1 2 3 4 5 6 7 8 9 10 11 12),
            Kind::Bf16 => rows!(bf16: 1 2 3 4 5 6 7 8 9 10 11 12),
            Kind::Int8 => rows!(int8: 1 2 3 4 5 6 7 8 9 10 11 12),
        }
    }
}

/// Checked operands as the kernels read them.
struct Tile {
    left: *const u8,
    /// In bytes.
    stride: usize,
    right: *const f32,
    start: *const f32,
    steps: usize,
    out: *mut f32,
    out_stride: usize,
}

/// A kernel of two 512-bit registers a row.
macro_rules! wide_kernel {
    ($name:ident, $features:literal, |$sum:ident, $left:ident, $right:ident| $step:expr, |$last:ident| $finish:expr) => {
        /// # Safety
        /// The processor has the features, and `tile` was checked by `multiply`.
        #[target_feature(enable = $features)]
        unsafe fn $name<const ROWS: usize>(tile: &Tile) {
            // SAFETY: `multiply` checked that every address below lies in its slice.
            unsafe {
                let start = [_mm512_loadu_ps(tile.start), _mm512_loadu_ps(tile.start.add(16))];
                let mut sums: [[__m512; 2]; ROWS] = [start; ROWS];
                let (mut left, mut right) = (tile.left, tile.right);
                for _ in 0..tile.steps {
                    let panel = [_mm512_loadu_ps(right), _mm512_loadu_ps(right.add(16))];
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let word = left.add(row * tile.stride).cast::<i32>().read_unaligned();
                        let $left = _mm512_castsi512_ps(_mm512_set1_epi32(word));
                        for ($sum, $right) in sums.iter_mut().zip(panel) {
                            *$sum = $step;
                        }
                    }
                    left = left.add(4);
                    right = right.add(32);
                }
                for (row, sums) in sums.into_iter().enumerate() {
                    for (half, $last) in sums.into_iter().enumerate() {
                        let place = tile.out.add(row * tile.out_stride + half * 16);
                        _mm512_storeu_ps(place, $finish);
                    }
                }
            }
        }
    };
}

wide_kernel!(wide, "avx512f", |sum, left, right| _mm512_fmadd_ps(left, right, *sum), |last| last);

wide_kernel!(
    bf16,
    "avx512f,avx512bf16",
    |sum, left, right| _mm512_dpbf16_ps(*sum, pairs(left), pairs(right)),
    |last| last
);

wide_kernel!(
    int8,
    "avx512f,avx512vnni",
    |sum, left, right| {
        let (left, right) = (_mm512_castps_si512(left), _mm512_castps_si512(right));
        _mm512_castsi512_ps(_mm512_dpbusd_epi32(_mm512_castps_si512(*sum), left, right))
    },
    |last| _mm512_cvtepi32_ps(_mm512_castps_si512(last))
);

#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn pairs(vector: __m512) -> __m512bh {
    // SAFETY: both are 64 bytes, and every pattern of bits is a value of either.
    unsafe { transmute::<__m512, __m512bh>(vector) }
}

/// # Safety
/// The processor has the features, and `tile` was checked by `multiply`.
#[target_feature(enable = "avx2,fma")]
unsafe fn narrow<const ROWS: usize>(tile: &Tile) {
    // SAFETY: `multiply` checked that every address below lies in its slice.
    unsafe {
        let start = [_mm256_loadu_ps(tile.start), _mm256_loadu_ps(tile.start.add(8))];
        let mut sums: [[__m256; 2]; ROWS] = [start; ROWS];
        let (mut left, mut right) = (tile.left, tile.right);
        for _ in 0..tile.steps {
            let panel = [_mm256_loadu_ps(right), _mm256_loadu_ps(right.add(8))];
            for (row, sums) in sums.iter_mut().enumerate() {
                let value = left.add(row * tile.stride).cast::<f32>().read_unaligned();
                let left = _mm256_set1_ps(value);
                for (sum, right) in sums.iter_mut().zip(panel) {
                    *sum = _mm256_fmadd_ps(left, right, *sum);
                }
            }
            left = left.add(4);
            right = right.add(16);
        }
        for (row, sums) in sums.into_iter().enumerate() {
            for (half, sum) in sums.into_iter().enumerate() {
                _mm256_storeu_ps(tile.out.add(row * tile.out_stride + half * 8), sum);
            }
        }
    }
}
