//! Whole applications: a household, the papers that its application needs, the form, and what was planted in it.
//!
//! A case is a folder with papers and `case.json`. What a checker should say follows from the list of needed papers
//! (`cases/scenarios.yaml`) and from what was planted, never from running one. Classes without a layout
//! have wordings of their own (`cases/wordings.txt`), which nothing is trained on.

mod defects;
mod draft;
mod form;
pub mod pairs;
mod plants;
mod scenario;
mod spellings;
#[cfg(test)]
mod tests;

use crate::chance::Chance;
use crate::day::Day;
use crate::generate::household;
use crate::layouts::Families;
use crate::paper::Format;
use crate::world::World;
use anyhow::{Context as _, Result, bail};
use draft::Draft;
use scenario::Scenario;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// What a case has in it beside what belongs there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Plant {
    /// Nothing.
    Clean,
    /// The form writes the names of the passport in another orthography; nothing else.
    Names,
    /// A needed paper is left out.
    Missing,
    /// A paper no longer serves on the filing day.
    Expired,
    /// Two places contradict each other.
    Contradiction,
    /// A paper is left out and two places contradict each other.
    Both,
}

/// The plants of ten cases in a row.
const TURN: [Plant; 10] = [
    Plant::Clean,
    Plant::Contradiction,
    Plant::Missing,
    Plant::Contradiction,
    Plant::Names,
    Plant::Contradiction,
    Plant::Expired,
    Plant::Clean,
    Plant::Both,
    Plant::Contradiction,
];

/// What to generate.
#[derive(Clone, Debug)]
pub struct Order {
    /// Seed of the households.
    pub seed: u64,
    /// Cases of each application type.
    pub count: u64,
    /// Application types; empty for all.
    pub types: Vec<String>,
    /// Only these plants; empty for the mixture.
    pub plants: Vec<Plant>,
    /// Kinds of files; each paper takes one by chance.
    pub formats: Vec<Format>,
    /// Which layouts.
    pub families: Families,
}

/// The ids of the application types that there are cases of.
#[must_use]
pub fn types() -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    for scenario in scenario::all().unwrap_or_default() {
        if !known.contains(&scenario.kind) {
            known.push(scenario.kind);
        }
    }
    known
}

/// Writes `TYPE-NUMBER/` with papers and `case.json` for each case; returns how many.
///
/// # Errors
/// When a type is not known, a template fails or a file cannot be written.
pub fn write(order: &Order, out: &Path) -> Result<u64> {
    let all = types();
    let chosen = if order.types.is_empty() { &all } else { &order.types };
    if let Some(unknown) = chosen.iter().find(|kind| !all.contains(kind)) {
        bail!("find the application type {unknown}: there are {}", all.join(", "));
    }
    let scenarios = scenario::all()?;
    let mut written = 0;
    for kind in chosen {
        let own: Vec<&Scenario> = scenarios.iter().filter(|s| s.kind == *kind).collect();
        for number in 0..order.count {
            let case = Case::draw(order, &own, kind, number)?;
            case.write(order, &out.join(format!("{kind}-{number:04}")))?;
            written += 1;
        }
    }
    Ok(written)
}

/// One case before it is written.
struct Case {
    draft: Draft,
    plant: Plant,
    chance: Chance,
}

impl Case {
    fn draw(order: &Order, scenarios: &[&Scenario], kind: &str, number: u64) -> Result<Self> {
        let seed = household(order.seed, &format!("case {kind}"), number);
        let mut chance = Chance::new(seed).fork("case");
        let scenario = *scenarios.get(chance.below(scenarios.len())).context("find a scenario")?;
        // Within the dates of this year's figures.
        let today = Day::new(2026, 3, 2).plus(chance.between(0, 285));
        let world = draft::furnish(World::new(seed, today), scenario, &mut chance);
        let turn: Vec<Plant> =
            if order.plants.is_empty() { TURN.to_vec() } else { order.plants.clone() };
        let turn_at = usize::try_from(number).unwrap_or(0).checked_rem(turn.len()).unwrap_or(0);
        let plant = turn.get(turn_at).copied().unwrap_or(Plant::Clean);
        let clean = Draft::new(scenario, world, order.families, &chance.fork("papers"))?;
        let mut case = Self { draft: clean, plant, chance };
        case.plant(order)?;
        Ok(case)
    }

    fn plant(&mut self, order: &Order) -> Result<()> {
        let chance = &mut self.chance;
        match self.plant {
            Plant::Clean => {}
            Plant::Names => {
                let papers = chance.fork("papers");
                self.draft = spellings::respell(&self.draft, order.families, &papers, chance)?;
            }
            Plant::Missing => self.draft.leave_out(chance),
            Plant::Expired => {
                let papers = chance.fork("papers");
                self.draft = plants::expire(&self.draft, order.families, &papers, chance)?;
            }
            Plant::Contradiction | Plant::Both => {
                let papers = chance.fork("papers");
                self.draft = plants::contradict(&self.draft, order.families, &papers, chance)?;
                if self.plant == Plant::Both {
                    self.draft.leave_out(chance);
                }
            }
        }
        Ok(())
    }

    fn write(&self, order: &Order, folder: &Path) -> Result<()> {
        fs_err::create_dir_all(folder)?;
        let mut chance = self.chance.fork("files");
        let mut order_of_files: Vec<usize> = (0..self.draft.sheets.len()).collect();
        chance.shuffle(&mut order_of_files);
        let mut classes = serde_json::Map::new();
        for (number, at) in order_of_files.into_iter().enumerate() {
            let sheet = self.draft.sheets.get(at).context("find the paper")?;
            let format = order.formats.get(chance.below(order.formats.len()));
            let format = format.copied().context("find a kind of file")?;
            // Names of files say nothing about what is in them.
            let name = format!("datei-{:02}.{}", number + 1, format.ending());
            fs_err::write(folder.join(&name), sheet.paper(&self.draft.world)?.file(format)?)?;
            classes.insert(name, sheet.class.clone().into());
        }
        let mut case = self.json();
        if let Some(case) = case.as_object_mut() {
            case.insert("papers".into(), classes.into());
        }
        let mut text = serde_json::to_string_pretty(&case)?;
        text.push('\n');
        fs_err::write(folder.join("case.json"), text)?;
        Ok(())
    }

    fn json(&self) -> Value {
        let draft = &self.draft;
        let mut facts = draft.scenario.facts.clone();
        facts.insert("today".into(), draft.world.today.iso().into());
        if !draft.scenario.unscored.is_empty() {
            facts.insert("not_scored".into(), draft.scenario.unscored.clone().into());
        }
        let states = draft.states();
        json!({
            "application_type": draft.scenario.kind,
            "language": "de",
            "form": draft.form,
            "facts": facts,
            "planted": draft.hints.iter().chain(&draft.planted).collect::<BTreeSet<_>>(),
            "plant": format!("{:?}", self.plant).to_lowercase(),
            "expected": {
                "present": states.present,
                "probably_missing": states.missing,
                "expired": states.expired,
                "hints_expected": draft.hints,
                "hints_forbidden": self.forbidden(),
            },
        })
    }

    /// Loud rules that nothing in the case gives a reason for.
    fn forbidden(&self) -> Vec<&'static str> {
        let all: &[&'static str] =
            if self.plant == Plant::Names { &defects::OF_NAMES } else { &defects::LOUD };
        let allowed = |rule: &&&'static str| {
            !self.draft.hints.contains(**rule) && !self.draft.allowed.contains(**rule)
        };
        all.iter().filter(allowed).copied().collect()
    }
}
