//! From papers to a version of a class; the papers are forgotten.

use inference::Lane;
use inference::features::Feature;
use reading::Paper;

use super::{Definition, FEATURES_MAX, OwnClass, OwnError, STEPS, Sample, Space, prototype};
use crate::{Documents, Knowledge, classify};

impl Documents {
    /// Makes a version of a class from samples. Of each paper only hashed features that another sample has too are
    /// kept, at most 2,000, and what the shipped classes would have said to it.
    ///
    /// # Errors
    /// The definition or the number of samples is out of bounds, a sample holds no readable text, or the engine fails.
    pub async fn describe(
        &self,
        definition: Definition,
        samples: &[Paper],
        lane: &Lane,
    ) -> Result<OwnClass, OwnError> {
        definition.check()?;
        let shipped = Knowledge::shipped()?;
        if shipped.position(&definition.id).is_some() {
            return Err(OwnError::Taken { id: definition.id });
        }
        let space = Space::get();
        let vectors: Vec<Vec<Feature>> = samples
            .iter()
            .map(|paper| space.vector(&classify::excerpt(paper.pages.iter(), self.config())))
            .collect();
        let mut kept = Vec::with_capacity(vectors.len());
        for (vector, number) in prototype::shared(&vectors).into_iter().zip(1..) {
            if vector.is_empty() {
                return Err(OwnError::Unlike { number });
            }
            let features = stored(vector);
            kept.push(Sample { features, cues: 0.0, others: Vec::new() });
        }
        let first = OwnClass::new(definition.clone(), kept.clone())?;
        let documents = self.with_knowledge(Knowledge::with_own(std::slice::from_ref(&first))?);
        let heard = documents.hear_whole(samples, lane).await?;
        let own = documents.knowledge().position(&definition.id);
        for (sample, scores) in kept.iter_mut().zip(heard) {
            for (at, class) in documents.knowledge().classes().iter().enumerate() {
                let score = scores.get(at).copied().unwrap_or(0.0);
                if Some(at) == own {
                    sample.cues = score;
                } else if score > 0.0 {
                    sample.others.push((class.id.clone(), score));
                }
            }
        }
        OwnClass::new(definition, kept)
    }
}

/// The heaviest features, as a file holds them.
fn stored(mut vector: Vec<Feature>) -> Vec<(u16, u16)> {
    vector.sort_by(|a, b| b.value.total_cmp(&a.value).then(a.bucket.cmp(&b.bucket)));
    vector.truncate(FEATURES_MAX);
    vector.sort_by_key(|feature| feature.bucket);
    vector
        .into_iter()
        .filter_map(|feature| Some((u16::try_from(feature.bucket).ok()?, share(feature.value))))
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "components of a vector of length 1 lie between 0 and 1"
)]
fn share(value: f32) -> u16 {
    (value.clamp(0.0, 1.0) * STEPS).round() as u16
}
