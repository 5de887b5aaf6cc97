//! From what cues, structures and the classifier say to one probability per class.

use serde::{Deserialize, Serialize};

use crate::ClassScore;
use crate::knowledge::{self, BLANK, Knowledge, KnowledgeError, UNKNOWN};

/// The classifier alone never settles a class: with no cue it adds at most so much.
const MODEL_ALONE_MAX: f32 = 2.4;
/// With a cue it adds at most so much.
const MODEL_MAX: f32 = 3.5;
/// It takes away at most so much.
const MODEL_MIN: f32 = -1.5;
/// Classes offered at most where it is not clear.
const SET_MAX: usize = 6;

/// Figures fitted on texts whose wordings the classifier had not seen (`papers train` writes them
/// beside its weights).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
pub struct Calibration {
    /// Divides the summed scores before they become probabilities.
    pub temperature: f32,
    /// What a class must score to be as likely as a stranger.
    pub stranger: f32,
    /// Probability that a prediction set gathers, most likely class first.
    pub set_mass: f64,
    /// Divides the classifier's raw scores.
    pub model_temperature: f32,
}

/// What this crate uses of the file that lies beside the classifier.
#[derive(Deserialize)]
struct ClassifierFile {
    combined: Combined,
}

#[derive(Deserialize)]
struct Combined {
    #[serde(flatten)]
    calibration: Calibration,
}

impl Calibration {
    /// What comes with this build.
    pub(crate) fn read(file: &'static str, content: &str) -> Result<Self, KnowledgeError> {
        let classifier: ClassifierFile = knowledge::parse(file, content)?;
        let calibration = classifier.combined.calibration;
        let sound = calibration.temperature > 0.0
            && calibration.model_temperature > 0.0
            && (0.0..1.0).contains(&calibration.set_mass);
        if !sound {
            let subject = "combined".to_owned();
            return Err(KnowledgeError::Content { file, subject, problem: "out of range" });
        }
        Ok(calibration)
    }
}

/// Probabilities of one paper.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Positions of classes with their probability, best first; only classes that something speaks
    /// for.
    pub classes: Vec<(usize, f64)>,
    /// Probability that it is none of them.
    pub stranger: f64,
}

/// Adds what the classifier says to what cues and structures say. `model` holds a raw score for
/// each class it knows.
pub(crate) fn add_model(cues: &mut [f32], model: &[Option<f32>], temperature: f32) {
    let known: Vec<f32> = model.iter().flatten().map(|score| score / temperature).collect();
    let highest = known.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f32 = known.iter().map(|score| (score - highest).exp()).sum();
    if known.len() < 2 || !total.is_finite() {
        return;
    }
    let even = (1.0 / as_f32(known.len())).ln();
    for (cue, score) in cues.iter_mut().zip(model) {
        let Some(score) = score else { continue };
        let log_probability = score / temperature - highest - total.ln();
        let most = if *cue > 0.5 { MODEL_MAX } else { MODEL_ALONE_MAX };
        *cue += (log_probability - even).clamp(MODEL_MIN, most);
    }
}

/// Probabilities from scores.
#[must_use]
pub fn judge(knowledge: &Knowledge, scores: &[f32], calibration: &Calibration) -> Judged {
    let [unknown, blank] = [UNKNOWN, BLANK].map(|id| knowledge.position(id));
    // What the classifier says for "none of them" speaks for a stranger, never against one.
    let strange = unknown.and_then(|at| scores.get(at)).copied().unwrap_or(0.0).max(0.0);
    let stranger = calibration.stranger + strange;
    let weight = |class: usize, score: f32| {
        // The classifier's "none of them" means the shipped ones: it says nothing against a class
        // of the office's own, which it cannot know.
        let even = if knowledge.own_at(class).is_some() { calibration.stranger } else { stranger };
        f64::from((score - even) / calibration.temperature).exp()
    };
    let mut classes: Vec<(usize, f64)> = scores
        .iter()
        .enumerate()
        .filter(|(class, score)| **score > 0.0 && ![unknown, blank].contains(&Some(*class)))
        .map(|(class, score)| (class, weight(class, *score)))
        .collect();
    let total: f64 = 1.0 + classes.iter().map(|(_, weight)| weight).sum::<f64>();
    for (_, weight) in &mut classes {
        *weight /= total;
    }
    classes.sort_by(|a, b| b.1.total_cmp(&a.1));
    Judged { classes, stranger: 1.0 / total }
}

/// The likeliest classes that together reach the calibrated mass.
#[must_use]
pub fn prediction_set(
    knowledge: &Knowledge,
    judged: &Judged,
    calibration: &Calibration,
) -> Vec<ClassScore> {
    let id = |class: usize| knowledge.classes().get(class).map(|class| class.id.as_str());
    let mut ranked: Vec<(&str, f64)> = judged
        .classes
        .iter()
        .filter_map(|(class, probability)| Some((id(*class)?, *probability)))
        .collect();
    ranked.push((UNKNOWN, judged.stranger));
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut held = 0.0;
    let mut set = Vec::new();
    for (id, probability) in ranked {
        if held >= calibration.set_mass || set.len() >= SET_MAX {
            break;
        }
        held += probability;
        set.push(ClassScore { document_class: id.to_owned(), probability });
    }
    set
}

#[expect(clippy::cast_precision_loss, reason = "label counts are far below 2^24")]
fn as_f32(count: usize) -> f32 {
    count as f32
}
