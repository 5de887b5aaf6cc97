//! Figures of a measurement: counts, shares, and how sure the shares are.

use std::collections::BTreeMap;

use documents::Interval;

use super::{FieldOutcome, Found, Judged, Outcome};

/// Below so many papers of a class its figures are provisional.
pub const SAMPLES_FEW: u64 = 20;
/// The label of what should be refused.
const STRANGER: &str = "unknown_other";

/// Counts over values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldFigures {
    /// Read exactly.
    pub exact: u64,
    /// Not read.
    pub missing: u64,
    /// Read wrongly.
    pub wrong: u64,
    /// Read from the right place and written in another form.
    pub other_form: u64,
}

impl FieldFigures {
    fn add(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Exact => &mut self.exact,
            Outcome::Missing => &mut self.missing,
            Outcome::Wrong => &mut self.wrong,
            Outcome::OtherForm => &mut self.other_form,
        } += 1;
    }

    /// Read exactly, of those that the truth has.
    #[must_use]
    pub fn share(&self) -> Interval {
        Interval::new(self.exact, self.exact + self.missing + self.wrong + self.other_form)
    }
}

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
    /// Values of all fields.
    pub fields: FieldFigures,
    /// Values of the fields that the taxonomy marks as key.
    pub key_fields: FieldFigures,
    /// By name of the field, and whether it is a key field; empty over all classes.
    pub by_field: BTreeMap<String, (bool, FieldFigures)>,
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
        for field in &judged.fields {
            self.fields.add(field.outcome);
            if field.is_key {
                self.key_fields.add(field.outcome);
            }
        }
    }

    fn add_by_field(&mut self, fields: &[FieldOutcome]) {
        for field in fields {
            let (is_key, figures) = self.by_field.entry(field.name.clone()).or_default();
            *is_key = field.is_key;
            figures.add(field.outcome);
        }
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
            let class = figures.classes.entry(one.class.clone()).or_default();
            class.add(one);
            if !matches!(one.found, Found::Unread(_)) {
                class.add_by_field(&one.fields);
            }
            figures.total.add(one);
        }
        figures
    }

    /// Mean over the classes of F1: two rights to every right, every missed one and every other paper taken for it.
    /// Strangers are no class; a refused paper is a missed one. None where no class was measured.
    #[must_use]
    pub fn macro_f1(&self) -> Option<f64> {
        let count = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
        let measured = self.classes.iter().filter(|(id, one)| *id != STRANGER && one.papers > 0);
        let scores: Vec<f64> = measured
            .map(|(id, one)| {
                let drawn: u64 =
                    self.classes.values().filter_map(|other| other.taken_for.get(id)).sum();
                let right = count(one.right);
                2.0 * right / (right + count(one.papers) + count(drawn)).max(1.0)
            })
            .collect();
        let classes = count(u64::try_from(scores.len()).unwrap_or(0));
        (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / classes)
    }

    /// Class, field, whether it is a key field, and its figures, where a value was not read exactly; most missed first.
    #[must_use]
    pub fn missed(&self) -> Vec<(&str, &str, bool, &FieldFigures)> {
        let mut missed: Vec<_> = self
            .classes
            .iter()
            .flat_map(|(class, one)| {
                let fields = one.by_field.iter();
                fields.map(move |(name, (key, figures))| {
                    (class.as_str(), name.as_str(), *key, figures)
                })
            })
            .filter(|(.., figures)| figures.share().hits < figures.share().of)
            .collect();
        missed.sort_by_key(|(class, name, key, figures)| {
            let share = figures.share();
            (!key, std::cmp::Reverse(share.of - share.hits), *class, *name)
        });
        missed
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
