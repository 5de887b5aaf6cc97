//! `static`: a text's vector is the normalised sum of its tokens' vectors. No matrix product, so
//! no candle kernel would help; what counts is to walk the int8 rows once.

use crate::weights::Weights;
use crate::{DEVICE, Error, demand};
use inference::manifest::{ModelFiles, Pooling};
use inference::{Backend, BackendError, Batch, Encoder, Model, ModelInfo, Task, TokenTable};

/// A batch of this size takes well under a millisecond.
const BATCH_TOKENS_MAX: usize = 16_384;

struct StaticTable {
    table: TokenTable,
}

/// Loads the table and its tokenizer.
pub(crate) fn load(files: &ModelFiles) -> Result<Model, Error> {
    let manifest = files.manifest();
    demand(files, "task", manifest.task, Task::Embed)?;
    demand(files, "pooling", format!("{:?}", manifest.pooling), format!("{:?}", Pooling::Mean))?;
    let weights = Weights::read(files)?;
    let values = weights.i8_matrix("embedding_q8", manifest.dimensions)?;
    let rows = values.len() / manifest.dimensions.max(1);
    let scales = weights.f32_values("row_scale", &[rows])?;
    let token_weights = weights.f32_values("token_weight", &[rows])?;
    let table = TokenTable::new(manifest.dimensions, values, scales, token_weights)
        .map_err(|source| Error::Table { model: manifest.name.clone(), source })?;
    let encoder = Encoder::from_tokenizer_json(files.file("tokenizer.json")?, manifest, false)
        .map_err(|source| Error::Tokenizer { model: manifest.name.clone(), source })?;
    Ok(Model {
        info: ModelInfo::from_manifest(manifest, files.digest(), DEVICE, vec![]),
        encoder,
        table: Some(table.clone()),
        batch_tokens_max: BATCH_TOKENS_MAX,
        backend: Box::new(StaticTable { table }),
    })
}

impl Backend for StaticTable {
    fn forward(&mut self, batch: &Batch<'_>) -> Result<Vec<Vec<f32>>, BackendError> {
        batch.sequences.iter().map(|sequence| self.embed(&sequence.ids)).collect()
    }
}

impl StaticTable {
    fn embed(&self, ids: &[u32]) -> Result<Vec<f32>, BackendError> {
        let mut sum = vec![0.0_f32; self.table.dimensions()];
        for id in ids {
            let row = self
                .table
                .row(*id)
                .ok_or(BackendError::UnknownToken { id: *id, rows: self.table.rows() })?;
            for (sum, value) in sum.iter_mut().zip(row.values) {
                *sum += row.scale * f32::from(*value);
            }
        }
        let square: f32 = sum.iter().map(|value| value * value).sum();
        // A text without tokens stays the zero vector: similar to nothing.
        if square > 0.0 {
            let scale = square.sqrt().recip();
            for value in &mut sum {
                *value *= scale;
            }
        }
        Ok(sum)
    }
}
