//! Calibrates what the appliance really says: cues, structures and the classifier together.
//!
//! Each held-back text gets the cues' scores and those of a classifier that has not seen its
//! family of wordings, summed as `documents` sums them. Two figures turn sums into probabilities:
//! a temperature and the score that a stranger has; both minimise the negative log-likelihood.
//! The mass of prediction sets is the conformal quantile of adaptive sets (Romano, Sesia, Candès
//! 2020, without their randomisation).

use super::to_f32;
use anyhow::{Context as _, Result};
use documents::paper::Paper;
use documents::{Calibration, Config, Documents, Judged, Knowledge, judge, prediction_set};
use serde::Serialize;

/// Share of true classes that a prediction set may miss.
const ALPHA: f64 = 0.05;
/// A class that nothing speaks for counts as this unlikely.
const PROBABILITY_MIN: f64 = 1e-4;

/// The figures and what they give on the texts they were fitted on.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Combined {
    #[serde(flatten)]
    calibration: Calibration,
    held_back: Figures,
}

/// Over texts of known classes, except `strangers_refused`.
#[derive(Clone, Debug, Serialize)]
struct Figures {
    samples: usize,
    accuracy: f64,
    accuracy_when_decided: f64,
    decided: f64,
    calibration_error: f64,
    set_coverage: f64,
    set_size: f64,
    strangers_refused: f64,
}

/// Hears what cues and structures say of texts.
pub(super) struct Ear {
    documents: Documents,
    labels: Vec<Option<usize>>,
    model_temperature: f32,
}

/// One held-back text: its class, none for a stranger, and the summed scores.
pub(super) struct Heard {
    class: Option<usize>,
    scores: Vec<f32>,
}

impl Ear {
    pub(super) fn new(labels: &[String], model_temperature: f32) -> Result<Self> {
        let knowledge = Knowledge::shipped().context("read the knowledge")?;
        let labels = labels.iter().map(|label| knowledge.position(label)).collect();
        let documents = Documents::without_engine(knowledge, Config::default());
        Ok(Self { documents, labels, model_temperature })
    }

    /// `label` and `model` are the text's label and its raw scores by a classifier.
    pub(super) fn hear(&self, text: &str, label: usize, model: &[f32]) -> Heard {
        let knowledge = self.documents.knowledge();
        let mut known = vec![None; knowledge.classes().len()];
        for (class, score) in self.labels.iter().zip(model) {
            if let Some(slot) = class.and_then(|class| known.get_mut(class)) {
                *slot = Some(*score);
            }
        }
        let scores = self.documents.scores(&Paper::of_text(text), &known, self.model_temperature);
        let class = self.labels.get(label).copied().flatten();
        let stranger = knowledge.position("unknown_other");
        Heard { class: class.filter(|class| Some(*class) != stranger), scores }
    }

    /// Fits the figures to what was heard.
    pub(super) fn calibrate(&self, heard: &[Heard]) -> Combined {
        let model_temperature = self.model_temperature;
        let at = |temperature, stranger| Calibration {
            temperature,
            stranger,
            set_mass: 0.0,
            model_temperature,
        };
        let grid = (4..=60).flat_map(|t| (0..=60).map(move |s| (t, s)));
        let loss = |calibration: &Calibration| -> f64 {
            heard.iter().map(|text| -self.probability(text, calibration).ln()).sum()
        };
        let best = grid
            .map(|(t, s)| at(to_f32(t) * 0.05, to_f32(s) * 0.1))
            .map(|calibration| (loss(&calibration), calibration))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map_or_else(|| at(1.0, 0.0), |(_, calibration)| calibration);
        let calibration = Calibration { set_mass: self.set_mass(heard, &best), ..best };
        Combined { calibration, held_back: self.figures(heard, &calibration) }
    }

    fn judged(&self, text: &Heard, calibration: &Calibration) -> Judged {
        judge(self.documents.knowledge(), &text.scores, calibration)
    }

    /// Of what the text is.
    fn probability(&self, text: &Heard, calibration: &Calibration) -> f64 {
        let judged = self.judged(text, calibration);
        let own = match text.class {
            None => judged.stranger,
            Some(class) => of(&judged, class),
        };
        own.max(PROBABILITY_MIN)
    }

    /// What a set must gather so that it holds the true class as often as promised: a class is in
    /// the set when the likelier ones before it stay below the mass.
    fn set_mass(&self, heard: &[Heard], calibration: &Calibration) -> f64 {
        let mut before: Vec<f64> = heard
            .iter()
            .filter_map(|text| {
                let class = text.class?;
                let judged = self.judged(text, calibration);
                let own = of(&judged, class);
                let likelier = judged.classes.iter().map(|(_, probability)| *probability);
                let likelier = likelier.chain([judged.stranger]);
                let sum: f64 = likelier.filter(|probability| *probability > own).sum();
                Some(if own > 0.0 { sum } else { 1.0 })
            })
            .collect();
        before.sort_by(f64::total_cmp);
        let rank = (f64::from(to_f32(before.len())) + 1.0) * (1.0 - ALPHA);
        let place = (1..=before.len()).find(|place| f64::from(to_f32(*place)) >= rank);
        let quantile = place.and_then(|place| before.get(place - 1)).copied().unwrap_or(1.0);
        (quantile + 1e-6).min(0.999)
    }

    fn figures(&self, heard: &[Heard], calibration: &Calibration) -> Figures {
        let threshold = Config::default().probability_min;
        let mut tally = Tally::default();
        for text in heard {
            let judged = self.judged(text, calibration);
            let (best, top) = judged.classes.first().copied().unwrap_or((usize::MAX, 0.0));
            let decided = top >= threshold;
            let Some(class) = text.class else {
                tally.strangers += 1.0;
                tally.refused += f64::from(!decided);
                continue;
            };
            let right = best == class;
            // An abstention states the probability of a stranger, and is never right here.
            let (said, hit) = if decided { (top, right) } else { (judged.stranger, false) };
            let bin = (0..10).rev().find(|bin| said * 10.0 >= f64::from(*bin)).unwrap_or(0);
            if let Some(slot) = tally.bins.get_mut(usize::try_from(bin).unwrap_or(0)) {
                *slot += said - f64::from(hit);
            }
            let knowledge = self.documents.knowledge();
            let set = prediction_set(knowledge, &judged, calibration);
            let covers =
                set.iter().any(|one| knowledge.position(&one.document_class) == Some(class));
            tally.papers += 1.0;
            tally.right += f64::from(right && decided);
            tally.decided += f64::from(decided);
            tally.covered += f64::from(covers);
            tally.members += f64::from(to_f32(set.len()));
        }
        tally.figures(heard.len())
    }
}

#[derive(Default)]
struct Tally {
    papers: f64,
    right: f64,
    decided: f64,
    covered: f64,
    members: f64,
    strangers: f64,
    refused: f64,
    bins: [f64; 10],
}

impl Tally {
    fn figures(&self, samples: usize) -> Figures {
        let papers = self.papers.max(1.0);
        Figures {
            samples,
            accuracy: self.right / papers,
            accuracy_when_decided: self.right / self.decided.max(1.0),
            decided: self.decided / papers,
            calibration_error: self.bins.iter().map(|sum| sum.abs()).sum::<f64>() / papers,
            set_coverage: self.covered / papers,
            set_size: self.members / papers,
            strangers_refused: self.refused / self.strangers.max(1.0),
        }
    }
}

impl Combined {
    pub(super) fn summary(&self) -> String {
        let (figures, calibration) = (&self.held_back, &self.calibration);
        format!(
            "with cues: temperature {:.2}, stranger {:.1}, set mass {:.4}; accuracy {:.3}, \
             {:.3} when decided ({:.3}), calibration error {:.3}, sets hold {:.3} with {:.2} \
             classes, {:.3} of the strangers refused",
            calibration.temperature,
            calibration.stranger,
            calibration.set_mass,
            figures.accuracy,
            figures.accuracy_when_decided,
            figures.decided,
            figures.calibration_error,
            figures.set_coverage,
            figures.set_size,
            figures.strangers_refused,
        )
    }
}

fn of(judged: &Judged, class: usize) -> f64 {
    let own = judged.classes.iter().find(|(known, _)| *known == class);
    own.map_or(0.0, |(_, probability)| *probability)
}
