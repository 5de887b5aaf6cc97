//! Fits and measures how files of several papers are divided.
//!
//! Boundaries are the pages with which a paper begins, the first page of the file aside.

use anyhow::Result;
use documents::paper::{Format, Page, Paper};
use documents::{Config, Documents, Knowledge, SIGNAL_NAMES, Signals};
use std::collections::{BTreeMap, BTreeSet};

use crate::bundles::{self, Bundle, Side, Source};
use crate::chance::Chance;
use crate::measure::Judge;

/// Signals at the end of the table that texts without boxes do not show.
const BY_HAND: usize = 2;
/// Steps of descent.
const STEPS: usize = 3_000;
const RATE: f64 = 0.5;
/// Pull of every weight towards nothing, per sample.
const DECAY: f64 = 5e-4;
/// Draws of the bootstrap.
const DRAWS: usize = 1_000;

/// What to do.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bundles of each kind, digital and scanned.
    pub count: usize,
    /// Seed; fitting adds a step to it, so that no bundle is drawn twice.
    pub seed: u64,
    /// Fit weights instead of measuring.
    pub fit: bool,
    /// Name what was wrong.
    pub errors: bool,
}

/// Fits and prints the weights, or measures the ones that are built in.
///
/// # Errors
/// When the knowledge cannot be read or a template fails.
pub fn run(judge: &Judge, options: Options, say: &mut dyn FnMut(&str)) -> Result<()> {
    let knowledge = Knowledge::shipped()?;
    let documents = Documents::without_engine(knowledge, Config::default());
    let bench = Bench { documents, judge };
    if options.fit { bench.fit(options, say) } else { bench.measure(options, say) }
}

struct Bench<'a> {
    documents: Documents,
    judge: &'a Judge,
}

/// How one file was divided.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    right: f64,
    missed: f64,
    false_cuts: f64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.missed += other.missed;
        self.false_cuts += other.false_cuts;
    }

    fn precision(self) -> f64 {
        self.right / (self.right + self.false_cuts).max(1.0)
    }

    fn recall(self) -> f64 {
        self.right / (self.right + self.missed).max(1.0)
    }

    fn f1(self) -> f64 {
        2.0 * self.right / (2.0 * self.right + self.missed + self.false_cuts).max(1.0)
    }
}

impl Bench<'_> {
    fn measure(&self, options: Options, say: &mut dyn FnMut(&str)) -> Result<()> {
        let source = Source::new(Side::Report);
        for scanned in [false, true] {
            let name = if scanned { "scanned" } else { "digital" };
            let mut chance = Chance::new(options.seed).fork(name);
            let mut tallies = Vec::new();
            let mut wrong = BTreeMap::new();
            for _ in 0..options.count {
                let bundle = source.bundle(&mut chance)?;
                let found = self.divided(&paper(bundle.pages(), scanned, &mut chance));
                tallies.push(compare(&bundle, &found, &mut wrong));
            }
            let mut cut = 0_usize;
            for _ in 0..options.count {
                let part = source.long(&mut chance)?;
                let found = self.divided(&paper(part.pages.iter(), scanned, &mut chance));
                if found.len() > 1 {
                    cut += 1;
                    *wrong.entry(format!("long paper cut: {}", part.class)).or_default() += 1;
                }
            }
            say(&summary(name, &tallies, cut, &mut chance));
            let mut wrong: Vec<_> = wrong.into_iter().collect();
            wrong.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
            for (what, times) in wrong.iter().take(if options.errors { 60 } else { 0 }) {
                say(&format!("  {times} × {what}"));
            }
        }
        Ok(())
    }

    /// The positions with which papers begin.
    fn divided(&self, paper: &Paper) -> BTreeSet<usize> {
        let (_, ranges) = self.documents.divide(paper, &self.heard(paper), &[]);
        ranges.into_iter().map(|range| range.start).collect()
    }

    /// The classifier's scores of each page.
    fn heard(&self, paper: &Paper) -> Vec<Vec<Option<f32>>> {
        let knowledge = self.documents.knowledge();
        let page = |page: &Page| {
            if page.text.trim().is_empty() {
                return Vec::new();
            }
            let mut known = vec![None; knowledge.classes().len()];
            for (label, score) in self.judge.scores(&page.text) {
                if let Some(slot) = knowledge.position(label).and_then(|at| known.get_mut(at)) {
                    *slot = Some(score);
                }
            }
            known
        };
        paper.pages.iter().map(page).collect()
    }

    fn fit(&self, options: Options, say: &mut dyn FnMut(&str)) -> Result<()> {
        let source = Source::new(Side::Fit);
        let mut chance = Chance::new(options.seed).fork("fit");
        let mut rows: Vec<(Signals, bool)> = Vec::new();
        for number in 0..options.count * 3 {
            // Most files hold one paper: what must not be cut counts as much as what must be.
            let bundle = if number % 3 == 2 {
                Bundle { parts: vec![source.long(&mut chance)?] }
            } else {
                source.bundle(&mut chance)?
            };
            let paper = paper(bundle.pages(), number % 2 == 1, &mut chance);
            let begins = bundle.begins();
            let (signals, _) = self.documents.divide(&paper, &self.heard(&paper), &begins);
            let places = signals.into_iter().zip(1..);
            rows.extend(places.filter_map(|(signals, at)| Some((signals?, begins.contains(&at)))));
        }
        let weights = descend(&rows);
        let right = rows.iter().filter(|(row, begins)| (odds(row, &weights) > 0.0) == *begins);
        say(&format!("{} of {} places right", right.count(), rows.len()));
        for (name, weight) in SIGNAL_NAMES.iter().zip(weights).take(SIGNAL_NAMES.len() - BY_HAND) {
            say(&format!("    {weight:.2}, // {name}"));
        }
        Ok(())
    }
}

/// Logistic regression by plain descent over all rows.
fn descend(rows: &[(Signals, bool)]) -> Vec<f64> {
    let mut weights = vec![0.0; SIGNAL_NAMES.len()];
    let count = float(rows.len()).max(1.0);
    for _ in 0..STEPS {
        let mut slope = vec![0.0; weights.len()];
        for (row, begins) in rows {
            let probability = 1.0 / (1.0 + (-odds(row, &weights)).exp());
            let error = probability - f64::from(u8::from(*begins));
            for (slope, value) in slope.iter_mut().zip(row) {
                *slope += error * f64::from(*value) / count;
            }
        }
        for (weight, slope) in weights.iter_mut().zip(slope) {
            *weight -= RATE * (slope + DECAY * *weight);
        }
    }
    weights
}

fn odds(row: &Signals, weights: &[f64]) -> f64 {
    row.iter().zip(weights).map(|(value, weight)| f64::from(*value) * weight).sum()
}

fn paper<'a>(pages: impl Iterator<Item = &'a String>, scanned: bool, chance: &mut Chance) -> Paper {
    let text = |page: &String, chance: &mut Chance| {
        if scanned { bundles::scanned(page, chance) } else { page.clone() }
    };
    let pages = pages.zip(1..).map(|(page, number)| Page::of_text(number, text(page, chance)));
    Paper { pages: pages.collect(), format: Format::Pdf, truncated: false }
}

fn compare(bundle: &Bundle, found: &BTreeSet<usize>, wrong: &mut BTreeMap<String, usize>) -> Tally {
    let mut tally = Tally::default();
    let begins = bundle.begins();
    let class = |place: usize| bundle.parts.get(place).map_or("", |part| part.class.as_str());
    for (place, begin) in begins.iter().enumerate().skip(1) {
        if found.contains(begin) {
            tally.right += 1.0;
        } else {
            tally.missed += 1.0;
            let (before, next) = (class(place - 1), class(place));
            let what = if before == next { "missed, same" } else { "missed" };
            *wrong.entry(format!("{what}: {before} > {next}")).or_default() += 1;
        }
    }
    for cut in found.iter().filter(|cut| **cut > 0 && !begins.contains(cut)) {
        tally.false_cuts += 1.0;
        let place = begins.partition_point(|begin| begin < cut);
        *wrong.entry(format!("cut: {}", class(place.saturating_sub(1)))).or_default() += 1;
    }
    tally
}

fn summary(name: &str, tallies: &[Tally], cut: usize, chance: &mut Chance) -> String {
    let mut whole = Tally::default();
    tallies.iter().for_each(|tally| whole.add(*tally));
    let mut draws: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let mut draw = Tally::default();
            for _ in tallies {
                draw.add(tallies.get(chance.below(tallies.len())).copied().unwrap_or_default());
            }
            draw.f1()
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    let at = |place: usize| draws.get(place).copied().unwrap_or(0.0);
    let perfect = tallies.iter().filter(|tally| tally.missed + tally.false_cuts == 0.0).count();
    let count = float(tallies.len()).max(1.0);
    format!(
        "{name}: {} bundles of {}: boundaries precision {:.3}, recall {:.3}, F1 {:.3} (95 % {:.3} \
         to {:.3}); {:.3} entirely right; {:.3} of {} single papers of several pages cut",
        tallies.len(),
        bundles::PAPERS,
        whole.precision(),
        whole.recall(),
        whole.f1(),
        at(DRAWS / 40),
        at(DRAWS - 1 - DRAWS / 40),
        float(perfect) / count,
        float(cut) / count,
        tallies.len(),
    )
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn float(count: usize) -> f64 {
    count as f64
}
