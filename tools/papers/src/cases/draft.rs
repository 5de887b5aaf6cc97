//! A case while it is made: household, papers and form, and what may be said about them.

use super::form;
use super::scenario::{Item, Scenario, Who};
use crate::chance::Chance;
use crate::facts::{self, Facts};
use crate::fill::Filler;
use crate::grammar;
use crate::layouts::{self, Families, Layout};
use crate::paper::{self, Paper};
use crate::world::{Person, World};
use anyhow::{Context as _, Result};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Wordings of classes without a layout.
pub(super) const WORDINGS: &str = include_str!("../../cases/wordings.txt");
/// Months of payslips that belong to an application.
const PAYSLIPS: i64 = 3;

/// What a paper says.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// Facts in a layout.
    Facts(Box<Facts>, Layout),
    /// Lines of a wording.
    Lines(Vec<String>),
}

/// A paper of the case.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) class: String,
    pub(super) who: Who,
    /// Of payslips: how many months back.
    pub(super) months_back: i64,
    pub(super) content: Content,
    /// It no longer serves on the filing day.
    pub(super) ended: bool,
}

impl Sheet {
    pub(super) fn paper(&self, world: &World) -> Result<Paper> {
        Ok(match &self.content {
            Content::Facts(facts, layout) => {
                paper::typeset(world, facts.as_ref().clone(), *layout)?
            }
            Content::Lines(lines) => paper::of_lines(world, &self.class, lines)?,
        })
    }

    pub(super) fn facts_mut(&mut self) -> Option<&mut Facts> {
        match &mut self.content {
            Content::Facts(facts, _) => Some(facts),
            Content::Lines(_) => None,
        }
    }

    /// A field as the paper gives it.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        match &self.content {
            Content::Facts(facts, _) => facts.fields.get(name).and_then(Value::as_str),
            Content::Lines(_) => None,
        }
    }
}

/// What a checklist should say.
#[derive(Debug, Default)]
pub(super) struct States {
    pub(super) present: BTreeSet<String>,
    pub(super) missing: BTreeSet<String>,
    pub(super) expired: BTreeSet<String>,
}

/// A case in the making.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) scenario: Scenario,
    pub(super) items: Vec<Item>,
    pub(super) world: World,
    pub(super) sheets: Vec<Sheet>,
    pub(super) form: Map<String, Value>,
    /// Rules that must speak.
    pub(super) hints: BTreeSet<&'static str>,
    /// Rules that may speak as well.
    pub(super) allowed: BTreeSet<&'static str>,
    /// What else was planted.
    pub(super) planted: BTreeSet<&'static str>,
}

/// Fits a household to the scenario: ages, whose passport serves for how long, when they moved in.
pub(super) fn furnish(mut world: World, scenario: &Scenario, chance: &mut Chance) -> World {
    if let Some((from, to)) = scenario.age {
        let days = chance.between(from * 366, to * 365);
        let born = world.today.plus(-days);
        match scenario.who {
            Who::Applicant => world.applicant.birth = born,
            Who::Spouse => world.spouse.birth = born,
            Who::Child => world.child.birth = born,
        }
        let surname = world.applicant.surname_mrz.replace('<', "");
        let born = world.applicant.birth;
        world.social_number = crate::checked::social_insurance_number(born, &surname, chance);
    }
    if scenario.fact("sponsor") == "german" {
        world.spouse.origin = &crate::origins::GERMANY;
    }
    world
}

impl Draft {
    /// The application as it should be: everything is there and agrees.
    pub(super) fn new(
        scenario: &Scenario,
        mut world: World,
        families: Families,
        chance: &Chance,
    ) -> Result<Self> {
        let items = scenario.items();
        let choices = choose(&items, chance);
        if choices.iter().any(|(class, _)| class == "passport_substitute") {
            // Substitutes run for three years.
            world.applicant.passport_issued = world.today.plus(-200);
        }
        let mut maker = Maker { families, chance: chance.fork("sheets") };
        // The visa's days decide on the entry, and the entry on the move.
        if let Some((class, who)) = choices.iter().find(|(class, _)| class == "visa") {
            let visa = maker.sheet(&world, class, *who, 0)?;
            if let Some(from) = visa.field("valid_from").and_then(form::day) {
                world.moved_in = from.plus(6);
            }
        }
        let mut sheets = Vec::new();
        for (class, who) in &choices {
            let months = if class == "payslip" { PAYSLIPS } else { 1 };
            for months_back in 1..=months {
                let mut sheet = maker.sheet(&world, class, *who, months_back)?;
                if class == "visa" {
                    form::state_purpose(&mut sheet, &scenario.purpose);
                }
                sheets.push(sheet);
            }
        }
        let form = form::fill(scenario, &world, &sheets, &mut chance.fork("form"));
        Ok(Self {
            scenario: scenario.clone(),
            items,
            world,
            sheets,
            form,
            hints: BTreeSet::new(),
            allowed: BTreeSet::new(),
            planted: BTreeSet::new(),
        })
    }

    pub(super) fn has(&self, class: &str) -> bool {
        self.sheets.iter().any(|sheet| sheet.class == class)
    }

    /// The applicant's own paper of a class.
    pub(super) fn own(&self, class: &str) -> bool {
        self.sheets.iter().any(|sheet| sheet.class == class && sheet.who == self.scenario.who)
    }

    pub(super) fn sheet_mut(&mut self, class: &str) -> Option<&mut Sheet> {
        self.sheets.iter_mut().find(|sheet| sheet.class == class)
    }

    pub(super) fn facts_mut(&mut self, class: &str) -> Option<&mut Facts> {
        self.sheet_mut(class)?.facts_mut()
    }

    /// A field of the first paper of a class.
    pub(super) fn field(&self, class: &str, name: &str) -> Option<&str> {
        self.sheets.iter().find(|sheet| sheet.class == class)?.field(name)
    }

    pub(super) fn put(&mut self, id: &str, value: impl Into<Value>) {
        self.form.insert(format!("form.{id}"), value.into());
    }

    pub(super) fn says(&self, id: &str) -> &str {
        self.form.get(&format!("form.{id}")).and_then(Value::as_str).unwrap_or_default()
    }

    /// Writes all papers of a class anew from a changed household, in their layouts.
    pub(super) fn rewrite(&mut self, class: &str, change: impl Fn(&mut World)) {
        let mut world = self.world.clone();
        change(&mut world);
        for sheet in self.sheets.iter_mut().filter(|sheet| sheet.class == class) {
            let month = World { payslip_months_back: sheet.months_back, ..world.clone() };
            if let Content::Facts(facts, _) = &mut sheet.content
                && let Some(fresh) = facts::about(&month, person(&month, sheet.who), class)
            {
                **facts = fresh;
            }
        }
    }

    /// Marks the papers of a class as no longer serving.
    pub(super) fn end(&mut self, class: &str) {
        for sheet in self.sheets.iter_mut().filter(|sheet| sheet.class == class) {
            sheet.ended = true;
        }
    }

    /// Takes out the papers of one item that no other paper serves and nothing planted needs.
    pub(super) fn leave_out(&mut self, chance: &mut Chance) {
        // The file that cannot be read may be the one.
        if self.hints.contains("PL062") {
            return;
        }
        let needed: Vec<&Item> = self.items.iter().collect();
        let touched = |item: &Item| {
            let rules = super::defects::classes_of(&self.hints);
            item.choices.iter().any(|(class, _)| rules.contains(&class.as_str()))
        };
        let free: Vec<Item> = needed
            .into_iter()
            .filter(|item| {
                !touched(item) && !self.scenario.unscored.iter().any(|c| c == item.class())
            })
            .cloned()
            .collect();
        let Some(item) = free.get(chance.below(free.len())) else { return };
        self.sheets.retain(|sheet| !item.serves(&sheet.class, sheet.who));
        self.planted.insert("missing");
        if item.class() == "marriage_certificate"
            && self.says("applicant.marital_status") == "married"
        {
            // The box has no certificate: the plausibility rule says so beside the checklist.
            self.allowed.insert("PL024");
            self.hints.insert("PL024");
        }
        if item.class() == "social_benefit_notice" && self.scenario.holds("benefits_received") {
            self.hints.insert("PL049");
        }
    }

    /// What follows from the items and the papers.
    pub(super) fn states(&self) -> States {
        let mut states = States::default();
        for item in &self.items {
            let papers: Vec<&Sheet> =
                self.sheets.iter().filter(|sheet| item.serves(&sheet.class, sheet.who)).collect();
            let serving = papers.iter().find(|sheet| !sheet.ended);
            if let Some(sheet) = serving {
                states.present.insert(sheet.class.clone());
            } else if let Some(sheet) = papers.first() {
                states.expired.insert(sheet.class.clone());
            } else {
                states.missing.insert(item.class().to_owned());
            }
        }
        states
    }
}

/// Which paper serves each item: mostly the first, once each.
fn choose(items: &[Item], chance: &Chance) -> Vec<(String, Who)> {
    let mut chance = chance.fork("choices");
    let mut chosen: Vec<(String, Who)> = Vec::new();
    for item in items {
        let other = chance.with(0.25);
        let at = if other { chance.below(item.choices.len()) } else { 0 };
        if let Some(choice) = item.choices.get(at)
            && !chosen.contains(choice)
        {
            chosen.push(choice.clone());
        }
    }
    chosen
}

pub(super) fn person(world: &World, who: Who) -> &Person {
    match who {
        Who::Applicant => &world.applicant,
        Who::Spouse => &world.spouse,
        Who::Child => &world.child,
    }
}

/// Makes papers: those with layouts from facts, others from wordings.
pub(super) struct Maker {
    pub(super) families: Families,
    pub(super) chance: Chance,
}

impl Maker {
    pub(super) fn sheet(
        &mut self,
        world: &World,
        class: &str,
        who: Who,
        months_back: i64,
    ) -> Result<Sheet> {
        let mut chance = self.chance.fork(class);
        let month = World { payslip_months_back: months_back.max(1), ..world.clone() };
        let choices = layouts::among(class, self.families);
        let content = match facts::about(&month, person(&month, who), class) {
            Some(facts) => {
                let layout = choices.get(chance.below(choices.len())).copied();
                Content::Facts(Box::new(facts), layout.context("find a layout")?)
            }
            None => Content::Lines(lines(&month, class, who, &mut chance)?),
        };
        Ok(Sheet { class: class.to_owned(), who, months_back, content, ended: false })
    }
}

fn lines(world: &World, class: &str, who: Who, chance: &mut Chance) -> Result<Vec<String>> {
    let families = grammar::parse(WORDINGS);
    let own: Vec<_> = families.iter().filter(|family| family.class == class).collect();
    let at = chance.below(own.len());
    let family = own.get(at).with_context(|| format!("find a wording of {class}"))?;
    let named = World { applicant: person(world, who).clone(), ..world.clone() };
    let mut filler = Filler::of(&named, chance);
    Ok(family.draw(chance, &mut |key, count, chance| filler.fill(key, count, chance)))
}
