//! Figures of a measurement: counts, shares, and how sure the shares are.

use std::collections::BTreeMap;

use documents::Interval;

use super::{Found, Judged};

/// Below so many papers of a class its figures are provisional.
pub const SAMPLES_FEW: u64 = 20;
/// The label of what should be refused.
const STRANGER: &str = "unknown_other";
/// Counts over papers of one label, or over all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassFigures {
    /// Papers that could be read.
    pub papers: u64,
    /// Papers that could not.
    pub unread: u64,
    /// Recognised: the class is the label, or a stranger was refused.
    pub right: u64,
    /// The appliance committed itself.
    pub decided: u64,
    /// It did, rightly.
    pub decided_right: u64,
    /// The set of classes in question holds the label.
    pub covered: u64,
    /// Found as one paper with the labelled pages.
    pub divided: u64,
    /// Fields read exactly, and fields that the truth has.
    pub fields: (u64, u64),
    /// What else the papers were taken for.
    pub taken_for: BTreeMap<String, u64>,
}

impl ClassFigures {
    fn add(&mut self, judged: &Judged) {
        let stranger = judged.class == STRANGER;
        match &judged.found {
            Found::Unread(_) => {
                self.unread += 1;
                return;
            }
            Found::Refused => self.right += u64::from(stranger),
            Found::Class(class) => {
                let right = *class == judged.class;
                self.decided += 1;
                self.decided_right += u64::from(right);
                self.right += u64::from(right);
                if !right {
                    *self.taken_for.entry(class.clone()).or_default() += 1;
                }
            }
        }
        self.papers += 1;
        self.covered += u64::from(judged.covered);
        self.divided += u64::from(judged.divided);
        self.fields.0 += judged.fields.0;
        self.fields.1 += judged.fields.1;
    }

    /// Papers that it did not commit itself on.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.papers - self.decided
    }

    /// Too few to be sure of.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        self.papers < SAMPLES_FEW
    }

    /// Recognised, of those that could be read.
    #[must_use]
    pub fn accuracy(&self) -> Interval {
        Interval::new(self.right, self.papers)
    }

    /// Recognised, of those that it committed itself on.
    #[must_use]
    pub fn accuracy_decided(&self) -> Interval {
        Interval::new(self.decided_right, self.decided)
    }

    /// The set of classes in question holds the label.
    #[must_use]
    pub fn coverage(&self) -> Interval {
        Interval::new(self.covered, self.papers)
    }
}

/// Figures by label and over all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// By label.
    pub classes: BTreeMap<String, ClassFigures>,
    /// Over all papers.
    pub total: ClassFigures,
}

impl Figures {
    /// Counts.
    #[must_use]
    pub fn of(judged: &[Judged]) -> Self {
        let mut figures = Self::default();
        for one in judged {
            figures.classes.entry(one.class.clone()).or_default().add(one);
            figures.total.add(one);
        }
        figures
    }

    /// Label, what it was taken for, how often; most frequent first.
    #[must_use]
    pub fn confusions(&self) -> Vec<(&str, &str, u64)> {
        let mut pairs: Vec<(&str, &str, u64)> = self
            .classes
            .iter()
            .flat_map(|(class, figures)| {
                figures.taken_for.iter().map(move |(other, n)| (class.as_str(), other.as_str(), *n))
            })
            .collect();
        pairs.sort_by_key(|(class, other, count)| (std::cmp::Reverse(*count), *class, *other));
        pairs
    }
}
