//! Token vectors for late interaction (MaxSim): unit rows and learned weights of a static model.

use std::fmt;
use std::sync::Arc;
use thiserror::Error;

/// The token vectors of a static embedder. Cheap to clone; the rows are shared with the backend.
///
/// The cosine of two rows is exact for the quantized table: the norm is taken of the int8 rows,
/// so no further rounding enters.
#[derive(Clone)]
pub struct TokenTable {
    inner: Arc<Inner>,
}

struct Inner {
    dimensions: usize,
    /// Row-major, `rows * dimensions`.
    values: Vec<i8>,
    /// Value of one step in each row: the embedding is `scale * values`.
    scales: Vec<f32>,
    /// `1 / |values|` of each row, 0 for a row of zeros.
    inverse_norms: Vec<f32>,
    weights: Vec<f32>,
}

impl fmt::Debug for TokenTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenTable")
            .field("rows", &self.rows())
            .field("dimensions", &self.dimensions())
            .finish()
    }
}

/// One token's vector: `scale * values` is its embedding, `inverse_norm * values` has length 1.
#[derive(Clone, Copy, Debug)]
pub struct TokenRow<'a> {
    /// Quantized components.
    pub values: &'a [i8],
    /// Size of one step.
    pub scale: f32,
    /// `1 / |values|`; 0 for a row of zeros.
    pub inverse_norm: f32,
}

/// A table whose parts do not fit together.
#[derive(Debug, Error)]
#[error(
    "build a token table of {rows} rows and {dimensions} dimensions from {values} values, \
     {scales} scales and {weights} weights"
)]
pub struct TableError {
    rows: usize,
    dimensions: usize,
    values: usize,
    scales: usize,
    weights: usize,
}

impl TokenTable {
    /// Builds a table from row-major int8 values, one scale per row and one weight per row.
    ///
    /// # Errors
    /// When the lengths do not fit together.
    pub fn new(
        dimensions: usize,
        values: Vec<i8>,
        scales: Vec<f32>,
        weights: Vec<f32>,
    ) -> Result<Self, TableError> {
        let rows = scales.len();
        if dimensions == 0 || values.len() != rows * dimensions || weights.len() != rows {
            return Err(TableError {
                rows,
                dimensions,
                values: values.len(),
                scales: rows,
                weights: weights.len(),
            });
        }
        let inverse_norms = values.chunks_exact(dimensions).map(inverse_norm).collect();
        Ok(Self { inner: Arc::new(Inner { dimensions, values, scales, inverse_norms, weights }) })
    }

    /// Number of tokens.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.inner.scales.len()
    }

    /// Length of a token's vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.inner.dimensions
    }

    /// A token's vector, if the table holds the token.
    #[must_use]
    pub fn row(&self, id: u32) -> Option<TokenRow<'_>> {
        let index = usize::try_from(id).ok()?;
        let start = index.checked_mul(self.inner.dimensions)?;
        Some(TokenRow {
            values: self.inner.values.get(start..start.checked_add(self.inner.dimensions)?)?,
            scale: *self.inner.scales.get(index)?,
            inverse_norm: *self.inner.inverse_norms.get(index)?,
        })
    }

    /// The learned weight of a token; 0 for a token that the table does not hold.
    ///
    /// It is already part of the row's length, not of its direction, so a cosine knows nothing of
    /// it and late interaction has to multiply it in.
    #[must_use]
    pub fn weight(&self, id: u32) -> f32 {
        usize::try_from(id)
            .ok()
            .and_then(|index| self.inner.weights.get(index).copied())
            .unwrap_or(0.0)
    }

    /// Cosine of two tokens; 0 where the table lacks one of them.
    #[must_use]
    pub fn cosine(&self, left: u32, right: u32) -> f32 {
        match (self.row(left), self.row(right)) {
            (Some(left), Some(right)) => left.cosine(&right),
            (None, _) | (_, None) => 0.0,
        }
    }

    /// The best cosine of `query` with any of `passage`; `None` where `passage` holds no token of
    /// the table or `query` is not in it.
    #[must_use]
    pub fn max_cosine(&self, query: u32, passage: &[u32]) -> Option<f32> {
        let query = self.row(query)?;
        let mut best: Option<f32> = None;
        for id in passage {
            let Some(row) = self.row(*id) else { continue };
            let cosine = query.cosine(&row);
            best = Some(best.map_or(cosine, |known| known.max(cosine)));
        }
        best
    }
}

impl TokenRow<'_> {
    /// Cosine with another row of the same table.
    #[must_use]
    pub fn cosine(&self, other: &TokenRow<'_>) -> f32 {
        dot(self.values, other.values) * self.inverse_norm * other.inverse_norm
    }
}

/// Exact: |sum| is at most 16,384 times the dimensions, far inside i32, and below 2^24 up to a
/// thousand dimensions, hence exact as f32 too. Wrapping arithmetic because overflow checks, on in
/// release builds, would keep the loop from being vectorized.
fn dot(left: &[i8], right: &[i8]) -> f32 {
    let sum = left.iter().zip(right).fold(0_i32, |sum, (left, right)| {
        sum.wrapping_add(i32::from(*left).wrapping_mul(i32::from(*right)))
    });
    #[expect(clippy::cast_precision_loss, reason = "exact for the sizes above")]
    let sum = sum as f32;
    sum
}

fn inverse_norm(values: &[i8]) -> f32 {
    let square = dot(values, values);
    if square > 0.0 { square.sqrt().recip() } else { 0.0 }
}

#[cfg(test)]
mod tests;
