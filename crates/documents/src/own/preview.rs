//! What a class would do before it is switched on.

use std::collections::BTreeMap;

use inference::Lane;
use inference::features::Feature;
use reading::Paper;

use super::{Own, OwnError, Prototype, background, prototype};
use crate::classify::judge;
use crate::knowledge::UNKNOWN;
use crate::{Documents, InputPaper, Knowledge};

/// What a sample is taken for when the class is made of the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Id of the class; `unknown_other` where the appliance would abstain.
    pub document_class: String,
    /// Its probability.
    pub probability: f64,
}

/// Papers of the background that the class draws to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// What they are.
    pub document_class: String,
    /// How many.
    pub count: usize,
}

/// What a class would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Each sample, judged by a class made of the others.
    pub samples: Vec<Verdict>,
    /// How many of them are taken for the class.
    pub recognised: usize,
    /// Papers of other classes that were tried.
    pub papers: usize,
    /// Those that the class would draw to itself.
    pub drawn: Vec<Drawn>,
    /// Features kept of the samples, on average.
    pub features: usize,
    /// Too few samples to be sure of it.
    pub provisional: bool,
}

impl Preview {
    /// How many papers of other classes are drawn to it.
    #[must_use]
    pub fn drawn_count(&self) -> usize {
        self.drawn.iter().map(|drawn| drawn.count).sum()
    }

    /// Whether it should be switched on: at least half of its samples are recognised and next to no other paper is
    /// drawn to it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        2 * self.recognised >= self.samples.len() && 50 * self.drawn_count() <= self.papers
    }
}

impl Documents {
    /// Tries one of the office's classes of [`Documents::knowledge`]: each sample against the others, and invented
    /// papers of every shipped class against all.
    ///
    /// # Errors
    /// There is no such class of the office, or the engine fails.
    pub async fn preview(&self, id: &str, lane: &Lane) -> Result<Preview, OwnError> {
        let knowledge = self.knowledge();
        let unknown = || OwnError::Unknown { id: id.to_owned() };
        let own = knowledge.own().iter().find(|own| own.class.definition().id == id);
        let own = own.ok_or_else(unknown)?;
        let at = knowledge.position(id).ok_or_else(unknown)?;
        let samples = leave_one_out(knowledge, own, at, self.config().probability_min);
        let mut drawn: BTreeMap<&str, usize> = BTreeMap::new();
        let mut papers = 0;
        for paper in background::previewed() {
            let text = Paper::of_text(paper.text);
            let input = InputPaper { file_index: 0, filename: "", paper: &text };
            let classified = self.classify(&[input], lane, None).await?;
            papers += 1;
            if classified.documents.iter().any(|document| document.document_class == id) {
                *drawn.entry(paper.class).or_default() += 1;
            }
        }
        let drawn = drawn.into_iter();
        let count: usize = own.class.samples.iter().map(|sample| sample.features.len()).sum();
        Ok(Preview {
            recognised: samples.iter().filter(|verdict| verdict.document_class == id).count(),
            features: count / samples.len().max(1),
            samples,
            papers,
            drawn: drawn
                .map(|(class, count)| Drawn { document_class: class.to_owned(), count })
                .collect(),
            provisional: own.class.is_provisional(),
        })
    }
}

fn leave_one_out(
    knowledge: &Knowledge,
    own: &Own,
    at: usize,
    probability_min: f64,
) -> Vec<Verdict> {
    let vectors = prototype::vectors(&own.class);
    let even = knowledge.calibration().stranger;
    let first = knowledge.classes().len() - knowledge.own().len();
    let verdict = |left_out: usize, sample: &super::Sample| {
        let others = vectors.iter().enumerate().filter(|(other, _)| *other != left_out);
        let others: Vec<Vec<Feature>> = others.map(|(_, vector)| vector.clone()).collect();
        let without = Prototype::new(prototype::shared(&others));
        let mut scores = vec![0.0_f32; knowledge.classes().len()];
        for (class, said) in &sample.others {
            let place = knowledge.position(class);
            if let Some(score) = place.and_then(|place| scores.get_mut(place)) {
                *score = *said;
            }
        }
        let vector = vectors.get(left_out).map(Vec::as_slice).unwrap_or_default();
        for (own, (place, score)) in
            knowledge.own().iter().zip(scores.iter_mut().enumerate().skip(first))
        {
            *score = if place == at {
                sample.cues + without.says(vector, even)
            } else {
                own.prototype.says(vector, even)
            };
        }
        let judged = judge(knowledge, &scores, knowledge.calibration());
        let best =
            judged.classes.first().filter(|(_, probability)| *probability >= probability_min);
        let class = best.and_then(|(class, _)| knowledge.classes().get(*class));
        Verdict {
            document_class: class.map_or(UNKNOWN, |class| &class.id).to_owned(),
            probability: best.map_or(judged.stranger, |(_, probability)| *probability),
        }
    };
    own.class.samples.iter().enumerate().map(|(at, sample)| verdict(at, sample)).collect()
}
