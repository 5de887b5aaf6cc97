//! Pairs of cases that differ in one thing that must not matter: nationality, origin of the name, sex, age, script of
//! the name, or quality of the photo. Measured by `amtshilfe fairness`.

use super::draft::{self, Draft, person};
use super::plants;
use super::scenario::{self, Scenario, Who};
use super::{Case, Order, Plant, spellings};
use crate::chance::Chance;
use crate::checked;
use crate::day::Day;
use crate::generate::household;
use crate::layouts::Families;
use crate::origins::{GERMANY, ORIGINS, Origin};
use crate::paper::Format;
use crate::world::{Person, World};
use anyhow::{Context as _, Result};
use std::path::Path;

/// In what the two cases of a pair differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Attribute {
    /// Nationality; the names stay.
    Nationality,
    /// Names from another part of the world; the nationality stays.
    NameOrigin,
    /// The mark for the sex; the names stay.
    Sex,
    /// 26 and 43 years: ages to which the law ties nothing.
    Age,
    /// The form has the name in the passport's letters, or in the person's own script.
    Script,
    /// Photos in good light, and with glare.
    PhotoQuality,
}

const ALL: [Attribute; 6] = [
    Attribute::Nationality,
    Attribute::NameOrigin,
    Attribute::Sex,
    Attribute::Age,
    Attribute::Script,
    Attribute::PhotoQuality,
];

impl Attribute {
    fn name(self) -> &'static str {
        match self {
            Self::Nationality => "nationality",
            Self::NameOrigin => "name_origin",
            Self::Sex => "sex",
            Self::Age => "age",
            Self::Script => "script",
            Self::PhotoQuality => "photo_quality",
        }
    }
}

/// Writes `ATTRIBUTE-NUMBER/a` and `/b`, each a case with its papers; `photos` pairs of photos, `count` of each other
/// attribute. Every other pair has the same contradiction planted in both. Returns how many pairs.
///
/// # Errors
/// When a template fails or a file cannot be written.
pub fn write(seed: u64, count: u64, photos: u64, out: &Path) -> Result<u64> {
    let scenarios = scenario::all()?;
    let mut written = 0;
    for attribute in ALL {
        let wanted = if attribute == Attribute::PhotoQuality { photos } else { count };
        for number in 0..wanted {
            let folder = out.join(format!("{}-{number:04}", attribute.name()));
            let pair = Pair::draw(attribute, seed, number, &scenarios)?;
            for (side, format) in [("a", pair.formats[0]), ("b", pair.formats[1])] {
                let case = pair.case(side == "b")?;
                case.write(&order(seed, format), &folder.join(side))?;
            }
            written += 1;
        }
    }
    Ok(written)
}

fn order(seed: u64, format: Format) -> Order {
    Order {
        seed,
        count: 1,
        types: Vec::new(),
        plants: Vec::new(),
        formats: vec![format],
        families: Families::All,
    }
}

struct Pair<'a> {
    attribute: Attribute,
    scenario: &'a Scenario,
    world: World,
    chance: Chance,
    planted: bool,
    formats: [Format; 2],
}

impl<'a> Pair<'a> {
    fn draw(attribute: Attribute, seed: u64, number: u64, all: &'a [Scenario]) -> Result<Self> {
        let seed = household(seed, &format!("pair {}", attribute.name()), number);
        let mut chance = Chance::new(seed).fork("pair");
        // A child's age decides what is needed, and so do scenarios about an age.
        let free: Vec<&Scenario> =
            all.iter().filter(|s| s.age.is_none() && s.who == Who::Applicant).collect();
        let scenario = *free.get(chance.below(free.len())).context("find a scenario")?;
        let today = Day::new(2026, 3, 2).plus(chance.between(0, 285));
        let mut world = draft::furnish(World::new(seed, today), scenario, &mut chance);
        if attribute == Attribute::Age {
            world.applicant.birth = today.plus(-26 * 365 - 40);
        }
        let formats = if attribute == Attribute::PhotoQuality {
            [Format::Jpeg, Format::PhotoGlare]
        } else {
            [Format::Txt, Format::Txt]
        };
        Ok(Self { attribute, scenario, world, chance, planted: number % 2 == 1, formats })
    }

    /// One side of the pair; the other differs in the attribute alone.
    fn case(&self, other: bool) -> Result<Case> {
        let mut world = self.world.clone();
        let mut chance = self.chance.fork("sides");
        let own = (self.attribute == Attribute::Script).then(|| own_script(&mut chance));
        let row = own.transpose()?;
        if let Some([given, surname, _, _]) = row {
            spellings::rename(&mut world.applicant, given, surname);
        }
        change(&mut world, self.attribute, other, &mut chance)?;
        number(&mut world, &self.chance);
        let papers = self.chance.fork("papers");
        let mut draft = Draft::new(self.scenario, world, Families::All, &papers)?;
        if self.planted {
            let mut plant = self.chance.fork("plant");
            draft = plants::contradict(&draft, Families::All, &papers, &mut plant)?;
        }
        if let Some([_, _, given, surname]) = row.filter(|_| other) {
            let written = person(&draft.world, Who::Applicant);
            if draft.says("applicant.given_names") == written.given {
                draft.put("applicant.given_names", given);
            }
            if draft.says("applicant.surname") == draft.world.applicant.surname {
                draft.put("applicant.surname", surname);
            }
        }
        let plant = if self.planted { Plant::Contradiction } else { Plant::Clean };
        Ok(Case { draft, plant, chance: self.chance.clone() })
    }
}

fn change(world: &mut World, attribute: Attribute, other: bool, chance: &mut Chance) -> Result<()> {
    let one = ORIGINS.get(chance.below(ORIGINS.len())).unwrap_or(&GERMANY);
    let two = ORIGINS.iter().filter(|origin| origin.iso3 != one.iso3).collect::<Vec<_>>();
    let two = *two.get(chance.below(two.len())).context("find an origin")?;
    let origin = if other { two } else { one };
    let pick = chance.below(97);
    match attribute {
        Attribute::Nationality => world.applicant.origin = origin,
        Attribute::NameOrigin => rename(&mut world.applicant, origin, pick),
        Attribute::Sex if other => {
            world.applicant.sex = if world.applicant.sex == 'F' { 'M' } else { 'F' };
        }
        Attribute::Age if other => {
            world.applicant.birth = world.applicant.birth.plus(-17 * 365);
        }
        Attribute::Sex | Attribute::Age | Attribute::Script | Attribute::PhotoQuality => {}
    }
    Ok(())
}

/// Names of an origin for a person who keeps nationality and sex.
fn rename(person: &mut Person, origin: &Origin, pick: usize) {
    let names = if person.sex == 'F' { origin.female } else { origin.male };
    let of = |list: &[(&'static str, &'static str)]| {
        list.get(pick % list.len().max(1)).copied().unwrap_or_default()
    };
    let (given, surname) = (of(names), of(origin.surnames));
    (person.given, person.given_mrz) = (given.0.to_owned(), given.1.to_owned());
    (person.surname, person.surname_mrz) = (surname.0.to_owned(), surname.1.to_owned());
    person.birth_name.clone_from(&person.surname);
}

/// The insurance number follows name and birth.
fn number(world: &mut World, chance: &Chance) {
    let surname = world.applicant.surname_mrz.replace('<', "");
    let born = world.applicant.birth;
    let mut chance = chance.fork("number");
    world.social_number = checked::social_insurance_number(born, &surname, &mut chance);
}

/// A name whose form spelling is not in Latin letters.
fn own_script(chance: &mut Chance) -> Result<[&'static str; 4]> {
    let rows = spellings::rows().filter_map(|row| <[&str; 4]>::try_from(row).ok());
    let own: Vec<[&str; 4]> = rows
        .filter(|row| row[3].chars().any(|c| c.is_alphabetic() && c > '\u{36f}' && c < '\u{1e00}'))
        .collect();
    own.get(chance.below(own.len())).copied().context("find a name in its own script")
}
