//! Late interaction: each token of the query looks for its like in the passage.
//!
//! The tokens have fixed vectors, those of the static embedder, so no passage has to be computed:
//! `sum of w_q * max over the passage's tokens of cos(q, t)`, the best window of the passage, with
//! `w_q = sqrt(learned weight * inverse window frequency)`, scaled to sum 1.

use crate::index::dense::DenseView;
use crate::index::dot;
use inference::TokenTable;
use std::collections::HashMap;

/// A longer query is cut; more tokens add time, not meaning.
const QUERY_TOKENS_MAX: usize = 256;

/// A query's tokens, ready to compare.
#[derive(Debug)]
pub(crate) struct LateQuery {
    tokens: Vec<QueryToken>,
}

#[derive(Debug)]
struct QueryToken {
    values: Vec<i8>,
    inverse_norm: f32,
    weight: f32,
}

impl LateQuery {
    /// The distinct tokens of a query with their weights; none where nothing is left to compare.
    pub(crate) fn new(ids: &[u32], view: &DenseView, table: &TokenTable) -> Option<Self> {
        let mut counts: Vec<(u32, f32)> = Vec::new();
        for id in ids.iter().take(QUERY_TOKENS_MAX) {
            match counts.iter_mut().find(|(known, _)| known == id) {
                Some((_, count)) => *count += 1.0,
                None => counts.push((*id, 1.0)),
            }
        }
        let mut tokens: Vec<QueryToken> = counts
            .into_iter()
            .filter_map(|(id, count)| {
                let row = table.row(id)?;
                let weight = (table.weight(id) * rarity(id, view)).max(0.0).sqrt() * count;
                Some(QueryToken {
                    values: row.values.to_vec(),
                    inverse_norm: row.inverse_norm,
                    weight,
                })
            })
            .collect();
        let sum: f32 = tokens.iter().map(|token| token.weight).sum();
        if sum <= 0.0 {
            return None;
        }
        tokens.iter_mut().for_each(|token| token.weight /= sum);
        Some(Self { tokens })
    }

    /// How well each passage answers; none for one without windows.
    pub(crate) fn scores(
        &self,
        passages: &[u32],
        view: &DenseView,
        table: &TokenTable,
    ) -> Vec<Option<f32>> {
        let mut likeness = Likeness { query: self, table, places: HashMap::new(), values: vec![] };
        passages
            .iter()
            .map(|passage| {
                let windows = view.of_passage(*passage);
                windows.map(|window| self.window(window, view, &mut likeness)).reduce(f32::max)
            })
            .collect()
    }

    fn window(&self, window: u32, view: &DenseView, likeness: &mut Likeness<'_>) -> f32 {
        let mut best = vec![-1.0_f32; self.tokens.len()];
        for token in view.window_tokens(window) {
            dot::raise(&mut best, likeness.to(token));
        }
        best.iter().zip(&self.tokens).map(|(best, token)| best * token.weight).sum()
    }
}

/// Cosines of passage tokens with all tokens of the query, each computed once.
struct Likeness<'a> {
    query: &'a LateQuery,
    table: &'a TokenTable,
    /// Where a token's cosines begin in `values`.
    places: HashMap<u16, usize>,
    values: Vec<f32>,
}

impl Likeness<'_> {
    fn to(&mut self, token: u16) -> &[f32] {
        let count = self.query.tokens.len();
        let start = if let Some(place) = self.places.get(&token) {
            *place
        } else {
            let place = self.values.len();
            self.places.insert(token, place);
            self.add(token);
            place
        };
        self.values.get(start..start + count).unwrap_or_default()
    }

    fn add(&mut self, token: u16) {
        let row = self.table.row(u32::from(token));
        let mut product = Vec::with_capacity(1);
        for query in &self.query.tokens {
            let cosine = row.map_or(-1.0, |row| {
                product.clear();
                dot::products(&query.values, row.values, &mut product);
                let product = product.first().copied().unwrap_or(0);
                dot::real(product) * query.inverse_norm * row.inverse_norm
            });
            self.values.push(cosine);
        }
    }
}

/// Inverse window frequency of a token in the indexed corpus.
fn rarity(token: u32, view: &DenseView) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "counts for a weight")]
    let (with, all) = (view.windows_with(token) as f32, view.windows() as f32);
    (1.0 + (all - with + 0.5) / (with + 0.5)).max(1.0).ln()
}
