//! Shares on both sides of pairs, their difference, and how sure it is.

use std::collections::{BTreeMap, BTreeSet};

use super::Compared;

/// Of the normal distribution, for 95 %.
const Z: f64 = 1.959_964;

/// Whether a difference stays below the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval lies within the limit.
    Within,
    /// The interval reaches beyond the limit: more pairs would tell.
    Open,
    /// The whole interval lies beyond the limit.
    Exceeded,
}

impl Verdict {
    /// For files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Open => "open",
            Self::Exceeded => "exceeded",
        }
    }
}

/// How often something happened on the two sides of pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// In what the sides differ.
    pub attribute: String,
    /// What was counted: `hint` (a case with a rule that asks for a look), `error` (a case with a rule that spoke
    /// without reason or was silent with one), `paper` (a paper that was not recognised), or a rule.
    pub measure: String,
    /// Pairs; of papers for `paper`.
    pub pairs: u64,
    /// On the one side, and on the other.
    pub sides: [u64; 2],
    /// On the one side alone, and on the other alone.
    pub alone: [u64; 2],
    /// Share of the other side less share of the one, with its 95 % interval.
    pub difference: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Against the limit.
    pub verdict: Verdict,
}

impl Difference {
    fn of(attribute: &str, measure: &str, pairs: &[[bool; 2]], limit: f64) -> Self {
        let count = |wanted: &dyn Fn(&[bool; 2]) -> bool| {
            u64::try_from(pairs.iter().filter(|pair| wanted(pair)).count()).unwrap_or(u64::MAX)
        };
        let alone = [count(&|pair| pair[0] && !pair[1]), count(&|pair| !pair[0] && pair[1])];
        let total = count(&|_| true);
        let difference = (float(alone[1]) - float(alone[0])) / float(total.max(1));
        let (low, high) = interval(alone, total);
        let verdict = if low > limit || high < -limit {
            Verdict::Exceeded
        } else if low >= -limit && high <= limit {
            Verdict::Within
        } else {
            Verdict::Open
        };
        Self {
            attribute: attribute.to_owned(),
            measure: measure.to_owned(),
            pairs: total,
            sides: [count(&|pair| pair[0]), count(&|pair| pair[1])],
            alone,
            difference,
            low,
            high,
            verdict,
        }
    }
}

/// The 95 % interval of a difference of paired shares: Wald's with half a pair more in each cell (Agresti and Min
/// 2005), which holds for small numbers too.
fn interval(alone: [u64; 2], pairs: u64) -> (f64, f64) {
    let total = float(pairs) + 2.0;
    let [one, other] = alone.map(|count| float(count) + 0.5);
    let middle = (other - one) / total;
    let spread = Z * (one + other - (other - one).powi(2) / total).max(0.0).sqrt() / total;
    ((middle - spread).max(-1.0), (middle + spread).min(1.0))
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

/// Every difference: for each attribute hints, errors, papers, then each rule that spoke at all.
#[must_use]
pub fn differences(compared: &[Compared], limit: f64) -> Vec<Difference> {
    let mut by_attribute: BTreeMap<&str, Vec<&Compared>> = BTreeMap::new();
    for pair in compared {
        by_attribute.entry(&pair.attribute).or_default().push(pair);
    }
    let mut all = Vec::new();
    for (attribute, pairs) in by_attribute {
        let of = |measure: &str, pairs: Vec<[bool; 2]>| {
            Difference::of(attribute, measure, &pairs, limit)
        };
        let sides = |said: &dyn Fn(&super::Said) -> bool| -> Vec<[bool; 2]> {
            pairs.iter().map(|pair| [said(&pair.sides[0]), said(&pair.sides[1])]).collect()
        };
        all.push(of("hint", sides(&|said| said.loud)));
        all.push(of("error", sides(&|said| said.wrong)));
        all.push(of("paper", pairs.iter().flat_map(|pair| missed(pair)).collect()));
        let spoken: BTreeSet<&String> =
            pairs.iter().flat_map(|pair| pair.sides.iter().flat_map(|side| &side.rules)).collect();
        for rule in spoken {
            all.push(of(rule, sides(&|said| said.rules.contains(rule))));
        }
    }
    all
}

/// For each paper of a pair whether it was not recognised, by the names of the files, which both sides share.
fn missed(pair: &Compared) -> Vec<[bool; 2]> {
    let [one, other] = &pair.sides;
    let same_file = |(file, right): (&String, &bool)| {
        let beside = other.recognised.get(&twin(file, other.recognised.keys())?)?;
        Some([!right, !beside])
    };
    one.recognised.iter().filter_map(same_file).collect()
}

/// The file of the same number; photos of two kinds have endings of their own.
fn twin<'a>(file: &str, mut files: impl Iterator<Item = &'a String>) -> Option<String> {
    let number = file.split('.').next()?;
    files.find(|other| other.split('.').next() == Some(number)).cloned()
}

/// Whether a difference lies beyond the limit for sure.
#[must_use]
pub fn is_exceeded(differences: &[Difference]) -> bool {
    differences.iter().any(|one| one.verdict == Verdict::Exceeded)
}
