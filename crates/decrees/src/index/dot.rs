//! Products of int8 vectors, the inner loop of dense search and of late interaction.

/// Something that runs over many products, compiled for any processor, for AVX2 and for AVX-512.
macro_rules! dispatch {
    ($(#[$doc:meta])* $name:ident, $plain:ident, $fast:ident, $wide:ident, ($($argument:ident: $type:ty),*) $(-> $result:ty)?) => {
        $(#[$doc])*
        pub(crate) fn $name($($argument: $type),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx512bw")
                && std::arch::is_x86_feature_detected!("avx512vnni")
            {
                #[expect(unsafe_code, reason = "calls the same code, compiled for AVX-512")]
                // SAFETY: the processor has both features, which is all that the function asks for.
                return unsafe { $wide($($argument),*) };
            }
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                #[expect(unsafe_code, reason = "calls the same code, compiled for AVX2")]
                // SAFETY: the processor has AVX2, which is all that the function asks for.
                return unsafe { $fast($($argument),*) };
            }
            $plain($($argument),*)
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512bw,avx512vnni")]
        fn $wide($($argument: $type),*) $(-> $result)? {
            $plain($($argument),*)
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2")]
        fn $fast($($argument: $type),*) $(-> $result)? {
            $plain($($argument),*)
        }
    };
}

dispatch! {
    /// The product of `query` with each of `rows`, appended to `products`.
    products, products_plain, products_avx2, products_avx512,
    (query: &[i8], rows: &[i8], products: &mut Vec<i32>)
}

dispatch! {
    /// `best[i] = max(best[i], values[i])`.
    raise, raise_plain, raise_avx2, raise_avx512,
    (best: &mut [f32], values: &[f32])
}

// Plain loops, not adapters that take closures: a closure's own function is compiled for any
// processor again, and is then called from the one for AVX2.
#[inline(always)]
fn products_plain(query: &[i8], rows: &[i8], products: &mut Vec<i32>) {
    for row in rows.chunks_exact(query.len().max(1)) {
        products.push(dot(query, row));
    }
}

#[inline(always)]
fn raise_plain(best: &mut [f32], values: &[f32]) {
    for (best, value) in best.iter_mut().zip(values) {
        *best = if *value > *best { *value } else { *best };
    }
}

/// Exact: a product is at most 2^14, so some hundred thousand dimensions fit. Wrapping, because
/// overflow checks would keep the loop from being vectorised.
#[inline(always)]
fn dot(left: &[i8], right: &[i8]) -> i32 {
    let mut sum = 0_i32;
    for (left, right) in left.iter().zip(right) {
        sum = sum.wrapping_add(i32::from(*left).wrapping_mul(i32::from(*right)));
    }
    sum
}

/// A vector as int8 with the size of one step.
pub(crate) fn quantize(vector: &[f32]) -> (Vec<i8>, f32) {
    let largest = vector.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return (vec![0; vector.len()], 0.0);
    }
    let scale = largest / 127.0;
    #[expect(clippy::cast_possible_truncation, reason = "within -127..=127 by the scale")]
    let values = vector.iter().map(|value| (value / scale).round() as i8).collect();
    (values, scale)
}

/// The product of an exact query with a quantized row, without the row's scale.
pub(crate) fn dot_exact(query: &[f32], row: &[i8]) -> f32 {
    query.iter().zip(row).map(|(query, value)| query * f32::from(*value)).sum()
}

/// A product as a number to scale; exact below 2^24, and far closer than int8 itself above.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(crate) fn real(product: i32) -> f32 {
    product as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn products_are_exact(query in prop::collection::vec(any::<i8>(), 1..70), count in 0usize..5, seed in any::<u8>()) {
            let rows: Vec<i8> = (0..count * query.len())
                .map(|index| (index as u64 * 7919 + u64::from(seed)).to_le_bytes()[0].cast_signed())
                .collect();
            let mut found = vec![];
            products(&query, &rows, &mut found);
            let expected: Vec<i32> = rows
                .chunks_exact(query.len())
                .map(|row| row.iter().zip(&query).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum())
                .collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn quantizing_keeps_the_direction(vector in prop::collection::vec(-1.0f32..1.0, 16..64)) {
            let (values, scale) = quantize(&vector);
            for (value, exact) in values.iter().zip(&vector) {
                prop_assert!((f32::from(*value) * scale - exact).abs() <= scale * 0.51);
            }
        }
    }
}
