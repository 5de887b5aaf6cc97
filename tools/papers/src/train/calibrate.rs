//! From raw scores of held-back families to one temperature, a conformal quantile and a gate.

use super::model::softmax;
use super::to_f32;
use serde::Serialize;

/// Share of wrong prediction sets that is accepted.
const ALPHA: f32 = 0.05;

/// Everything that stands in `calibration.json`, except the counts.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    pub(super) temperature: f32,
    pub(super) conformal: Conformal,
    pub(super) novelty: Novelty,
    pub(super) held_back: Metrics,
}

/// Split conformal prediction on 1 - probability.
#[derive(Debug, Serialize)]
pub(super) struct Conformal {
    pub(super) alpha: f32,
    /// A class belongs to the set when 1 - its probability is at most this.
    pub(super) quantile: f32,
    /// The same for each class whose held-back texts allow it.
    pub(super) quantile_by_class: std::collections::BTreeMap<String, f32>,
}

/// When to say that a paper is none of the classes.
#[derive(Debug, Serialize)]
pub(super) struct Novelty {
    pub(super) measure: &'static str,
    /// Below this the answer is an abstention.
    pub(super) probability_min: f32,
    pub(super) accepted_in_scope: f32,
    pub(super) refused_strangers: f32,
}

/// Measured on families that the scoring model had not seen.
#[derive(Debug, Serialize)]
pub(super) struct Metrics {
    pub(super) samples: usize,
    pub(super) accuracy: f32,
    pub(super) macro_f1: f32,
    pub(super) accuracy_when_accepted: f32,
    pub(super) calibration_error: f32,
    pub(super) set_size: f32,
    pub(super) recall: std::collections::BTreeMap<String, f32>,
    /// The commonest mistakes: `right > chosen`, and how often.
    pub(super) confusions: Vec<(String, usize)>,
}

impl Outcome {
    pub(super) fn summary(&self) -> String {
        let held = &self.held_back;
        let weakest: Vec<String> = {
            let mut recall: Vec<_> = held.recall.iter().collect();
            recall.sort_by(|a, b| a.1.total_cmp(b.1));
            recall.iter().take(12).map(|(class, value)| format!("{class} {value:.2}")).collect()
        };
        format!(
            "held back: {} texts, accuracy {:.3}, macro-F1 {:.3}, calibration error {:.3}, \
             set size {:.2}, temperature {:.2}\ngate at {:.2}: {:.3} of the papers accepted \
             (accuracy {:.3}), {:.3} of the strangers refused\nweakest: {}\nconfusions: {}",
            held.samples,
            held.accuracy,
            held.macro_f1,
            held.calibration_error,
            held.set_size,
            self.temperature,
            self.novelty.probability_min,
            self.novelty.accepted_in_scope,
            held.accuracy_when_accepted,
            self.novelty.refused_strangers,
            weakest.join(", "),
            held.confusions
                .iter()
                .map(|(pair, count)| format!("{pair} {count}"))
                .collect::<Vec<_>>()
                .join(", ")
        )
    }
}

struct Scored {
    label: usize,
    probabilities: Vec<f32>,
    best: usize,
    top: f32,
}

pub(super) fn measure(rows: &[(usize, Vec<f32>)], labels: &[String]) -> Outcome {
    let temperature = temperature(rows);
    let scored: Vec<Scored> = rows
        .iter()
        .map(|(label, scores)| {
            let probabilities = softmax(scores, temperature);
            let (best, top) = probabilities
                .iter()
                .copied()
                .enumerate()
                .max_by(|a, b| a.1.total_cmp(&b.1))
                .unwrap_or((0, 0.0));
            Scored { label: *label, probabilities, best, top }
        })
        .collect();
    let stranger = labels.iter().position(|label| label == "unknown_other").unwrap_or(usize::MAX);
    let conformal = conformal(&scored, labels);
    let novelty = novelty(&scored, stranger);
    let held_back = metrics(&scored, labels, (&conformal, &novelty, stranger));
    Outcome { temperature, conformal, novelty, held_back }
}

/// The temperature with the smallest negative log-likelihood, by a fine grid.
fn temperature(rows: &[(usize, Vec<f32>)]) -> f32 {
    let loss = |temperature: f32| -> f32 {
        rows.iter()
            .map(|(label, scores)| {
                let probability = softmax(scores, temperature).get(*label).copied();
                -probability.unwrap_or(0.0).max(1e-9).ln()
            })
            .sum()
    };
    (1..=60)
        .map(|step| to_f32(step) * 0.05)
        .min_by(|a, b| loss(*a).total_cmp(&loss(*b)))
        .unwrap_or(1.0)
}

fn quantile(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    let rank = ((to_f32(values.len()) + 1.0) * (1.0 - ALPHA)).ceil();
    (1..=values.len())
        .find(|position| to_f32(*position) >= rank)
        .and_then(|position| values.get(position - 1).copied())
        .unwrap_or(1.0)
}

fn conformal(scored: &[Scored], labels: &[String]) -> Conformal {
    let miss = |row: &Scored| 1.0 - row.probabilities.get(row.label).copied().unwrap_or(0.0);
    let quantile_by_class = labels
        .iter()
        .enumerate()
        .map(|(label, name)| {
            let own = scored.iter().filter(|row| row.label == label).map(miss).collect();
            (name.clone(), quantile(own))
        })
        .collect();
    Conformal {
        alpha: ALPHA,
        quantile: quantile(scored.iter().map(miss).collect()),
        quantile_by_class,
    }
}

/// The gate that refuses strangers best while it keeps the papers.
fn novelty(scored: &[Scored], stranger: usize) -> Novelty {
    let refused = |row: &Scored, gate: f32| row.best == stranger || row.top < gate;
    let share = |of_strangers: bool, gate: f32| {
        let rows: Vec<&Scored> =
            scored.iter().filter(|row| (row.label == stranger) == of_strangers).collect();
        let hits = rows.iter().filter(|row| refused(row, gate) == of_strangers).count();
        to_f32(hits) / to_f32(rows.len().max(1))
    };
    let gate = (4..=70)
        .map(|step| to_f32(step) * 0.01)
        .max_by(|a, b| {
            // A paper refused costs a question; a stranger accepted costs a wrong answer.
            let value = |gate: f32| 1.5 * share(true, gate) + share(false, gate);
            value(*a).total_cmp(&value(*b))
        })
        .unwrap_or(0.3);
    Novelty {
        measure: "best_probability",
        probability_min: gate,
        accepted_in_scope: share(false, gate),
        refused_strangers: share(true, gate),
    }
}

fn metrics(
    scored: &[Scored],
    labels: &[String],
    (conformal, novelty, stranger): (&Conformal, &Novelty, usize),
) -> Metrics {
    let count = |test: &dyn Fn(&Scored) -> bool| scored.iter().filter(|row| test(row)).count();
    let right = count(&|row| row.best == row.label);
    let mut f1_sum = 0.0;
    let mut recall = std::collections::BTreeMap::new();
    for (label, name) in labels.iter().enumerate() {
        let hits = to_f32(count(&|row| row.best == label && row.label == label));
        let own = to_f32(count(&|row| row.label == label));
        let chosen = to_f32(count(&|row| row.best == label));
        f1_sum += 2.0 * hits / (own + chosen).max(1.0);
        recall.insert(name.clone(), hits / own.max(1.0));
    }
    let accepted = |row: &Scored| {
        row.label != stranger && row.best != stranger && row.top >= novelty.probability_min
    };
    let accepted_right = count(&|row| accepted(row) && row.best == row.label);
    let members: usize = scored
        .iter()
        .map(|row| row.probabilities.iter().filter(|p| 1.0 - **p <= conformal.quantile).count())
        .sum();
    Metrics {
        samples: scored.len(),
        accuracy: to_f32(right) / to_f32(scored.len().max(1)),
        macro_f1: f1_sum / to_f32(labels.len().max(1)),
        accuracy_when_accepted: to_f32(accepted_right) / to_f32(count(&accepted).max(1)),
        calibration_error: calibration_error(scored),
        set_size: to_f32(members) / to_f32(scored.len().max(1)),
        recall,
        confusions: confusions(scored, labels),
    }
}

fn confusions(scored: &[Scored], labels: &[String]) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for row in scored.iter().filter(|row| row.best != row.label) {
        let name = |label: usize| labels.get(label).map_or("", String::as_str);
        *counts.entry(format!("{} > {}", name(row.label), name(row.best))).or_insert(0) += 1;
    }
    let mut pairs: Vec<(String, usize)> = counts.into_iter().collect();
    pairs.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    pairs.truncate(30);
    pairs
}

fn calibration_error(scored: &[Scored]) -> f32 {
    let mut error = 0.0;
    for bin in 0..10 {
        let (low, high) = (to_f32(bin) / 10.0, to_f32(bin + 1) / 10.0);
        let inside: Vec<&Scored> =
            scored.iter().filter(|row| row.top >= low && (row.top < high || bin == 9)).collect();
        let sure: f32 = inside.iter().map(|row| row.top).sum();
        let right = to_f32(inside.iter().filter(|row| row.best == row.label).count());
        error += (sure - right).abs();
    }
    error / to_f32(scored.len().max(1))
}
