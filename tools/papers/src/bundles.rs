//! Files of several papers as people send them in: drawn, made long, and put one behind the other, with
//! the truth about where each begins.

mod dress;

use anyhow::{Context as _, Result};

use crate::chance::Chance;
use crate::corpus;
use crate::day::Day;
use crate::facts;
use crate::grammar::Family;
use crate::layouts::{LAYOUTS, Layout};
use crate::paper;
use crate::world::World;

/// "Today" of the papers.
const TODAY: Day = Day::new(2026, 11, 16);
/// Papers of a bundle.
pub const PAPERS: usize = 5;

/// Which half of wordings and layouts: what is fitted on one is measured on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// For fitting weights.
    Fit,
    /// For measuring.
    Report,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Report => "report",
        }
    }
}

/// One paper of a bundle.
#[derive(Clone, Debug)]
pub struct Part {
    /// Class id.
    pub class: String,
    /// Its pages; an empty one behind it is among them.
    pub pages: Vec<String>,
}

/// A file of several papers.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// In order.
    pub parts: Vec<Part>,
}

impl Bundle {
    /// The positions of the pages with which papers begin.
    #[must_use]
    pub fn begins(&self) -> Vec<usize> {
        let mut at = 0;
        let begin = |part: &Part| {
            at += part.pages.len();
            at - part.pages.len()
        };
        self.parts.iter().map(begin).collect()
    }

    /// All pages.
    pub fn pages(&self) -> impl Iterator<Item = &String> {
        self.parts.iter().flat_map(|part| &part.pages)
    }
}

/// Draws bundles of one side.
#[derive(Debug)]
pub struct Source {
    side: Side,
    families: Vec<Family>,
    layouts: Vec<Layout>,
    furniture: Vec<Family>,
}

/// From what a paper is drawn.
#[derive(Clone, Copy, Debug)]
enum Origin<'a> {
    Family(&'a Family),
    Layout(Layout, u64),
}

impl Source {
    /// The wordings and layouts of this side.
    #[must_use]
    pub fn new(side: Side) -> Self {
        let of = |name: &str| {
            let fit = Chance::new(7).fork(name).with(0.5);
            (side == Side::Fit) == fit
        };
        let empty = |family: &Family| family.class == "blank_or_unreadable";
        let families = corpus::families()
            .into_iter()
            .filter(|family| !empty(family) && of(&format!("{}/{}", family.class, family.name)))
            .collect();
        let layouts = LAYOUTS.iter().copied().filter(|layout| of(layout.family)).collect();
        Self { side, families, layouts, furniture: dress::furniture() }
    }

    /// A bundle of [`PAPERS`] papers.
    ///
    /// # Errors
    /// When a template fails.
    pub fn bundle(&self, chance: &mut Chance) -> Result<Bundle> {
        let mut parts: Vec<Part> = Vec::new();
        let mut last: Option<Origin<'_>> = None;
        while parts.len() < PAPERS {
            let again = last.filter(|_| chance.with(0.25));
            let origin = match again {
                Some(origin) => self.neighbour(origin, chance),
                None if parts.is_empty() && chance.with(0.3) => self.letter(chance)?,
                None => self.origin(chance)?,
            };
            parts.push(self.part(origin, chance)?);
            last = Some(origin);
        }
        Ok(Bundle { parts })
    }

    /// One paper of several pages.
    ///
    /// # Errors
    /// When a template fails.
    pub fn long(&self, chance: &mut Chance) -> Result<Part> {
        loop {
            let part = self.part(self.origin(chance)?, chance)?;
            if part.pages.iter().filter(|page| !page.is_empty()).count() > 1 {
                return Ok(part);
            }
        }
    }

    fn origin(&self, chance: &mut Chance) -> Result<Origin<'_>> {
        if chance.with(0.6) {
            let layout = self.layouts.get(chance.below(self.layouts.len()));
            let layout = *layout.context("find a layout")?;
            return Ok(Origin::Layout(layout, chance.next_u64()));
        }
        // A class first, so that strangers, which have most families, are not everywhere.
        let mut classes: Vec<&str> = self.families.iter().map(|f| f.class.as_str()).collect();
        classes.dedup();
        let class = chance.pick(&classes);
        self.family(|family| family.class == class, chance)
    }

    fn letter(&self, chance: &mut Chance) -> Result<Origin<'_>> {
        self.family(|family| family.class == "correspondence", chance)
    }

    fn family(&self, is: impl Fn(&Family) -> bool, chance: &mut Chance) -> Result<Origin<'_>> {
        let families: Vec<&Family> = self.families.iter().filter(|family| is(family)).collect();
        let family = families.get(chance.below(families.len())).context("find a wording")?;
        Ok(Origin::Family(family))
    }

    /// Another paper of the same kind: mostly of the same household where the kind comes in numbers.
    fn neighbour<'a>(&self, origin: Origin<'a>, chance: &mut Chance) -> Origin<'a> {
        match origin {
            Origin::Layout(layout, seed) => {
                let serial = matches!(layout.class(), "payslip" | "bank_statement");
                let same = serial && chance.with(0.8);
                Origin::Layout(layout, if same { seed } else { chance.next_u64() })
            }
            family @ Origin::Family(_) => family,
        }
    }

    fn part(&self, origin: Origin<'_>, chance: &mut Chance) -> Result<Part> {
        let (class, pages) = match origin {
            Origin::Family(family) => {
                let text = corpus::clean_paper(family, chance);
                (family.class.clone(), vec![text])
            }
            Origin::Layout(layout, seed) => {
                // The same household at another time: other days, months and numbers.
                let months = chance.between(0, 5);
                let world = World::new(seed, TODAY);
                let world = World {
                    today: TODAY.plus(-31 * months),
                    payslip_months_back: 1 + months,
                    ..world
                };
                let facts = facts::of(&world, layout.class()).context("find the class")?;
                (layout.class().to_owned(), paper::typeset(&world, facts, layout)?.truth.pages)
            }
        };
        let dresser = dress::Dresser { furniture: &self.furniture, side: self.side };
        let bare = matches!(origin, Origin::Family(_));
        Ok(Part { pages: dresser.dress(&class, &pages, bare, chance), class })
    }
}

/// A page as a scanner and text recognition leave it.
#[must_use]
pub fn scanned(page: &str, chance: &mut Chance) -> String {
    dress::scanned(page, chance)
}

#[cfg(test)]
mod tests;
