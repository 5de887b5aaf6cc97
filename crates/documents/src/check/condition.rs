//! The small language in which checklists say when an item is due.
//!
//! ```text
//! mode in [extension, reissue] and not fact(waived)
//! age >= 45 and salary_year < figure(age45_min)
//! form(purpose.category) == family or class(marriage_certificate)
//! ```
//!
//! Names are variables (`mode`, `variant`, `age`, ...); `fact(x)`, `form(x)`, `figure(x)` and
//! `class(x)` look things up. Logic has three values: what is not known stays unknown, so that an
//! item is undecided rather than silently due or silently dropped. It knows no papers: a `Scope`
//! answers for them.

mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub(crate) use parse::parse;

/// What is known of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Nobody has said.
    Unknown,
}

impl Truth {
    /// From what may be known.
    pub(crate) fn known(value: Option<bool>) -> Self {
        match value {
            Some(true) => Self::True,
            Some(false) => Self::False,
            None => Self::Unknown,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
        }
    }

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
}

/// A condition that was parsed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    /// Both hold.
    And(Box<Condition>, Box<Condition>),
    /// At least one holds.
    Or(Box<Condition>, Box<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A source taken as true or false.
    Is(Source),
    /// Two values compared.
    Compare(Source, Comparison, Operand),
    /// One of several words.
    In(Source, Vec<String>),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// The right side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    /// A word or number as written.
    Literal(String),
    /// Looked up.
    Source(Source),
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// A variable of the application: `mode`, `variant`, `age`, ...
    Variable(String),
    /// What the caller knows.
    Fact(String),
    /// A value of the form, without the leading `form.`.
    Form(String),
    /// A dated figure in force on the filing day.
    Figure(String),
    /// Whether a paper of this class is there; a paper that is not there proves nothing.
    Class(String),
}

/// Answers for what a condition names.
pub(crate) trait Scope {
    /// The value, or nothing where it is not known.
    fn value(&self, source: &Source) -> Option<String>;
}

impl Condition {
    /// What is known of the condition.
    pub(crate) fn truth(&self, scope: &dyn Scope) -> Truth {
        match self {
            Self::And(left, right) => left.truth(scope).and(right.truth(scope)),
            Self::Or(left, right) => left.truth(scope).or(right.truth(scope)),
            Self::Not(inner) => inner.truth(scope).not(),
            Self::Is(source) => Truth::known(scope.value(source).and_then(|v| truthful(&v))),
            Self::In(source, words) => Truth::known(
                scope.value(source).map(|value| words.iter().any(|word| same_word(&value, word))),
            ),
            Self::Compare(source, comparison, operand) => {
                let left = scope.value(source);
                let right = match operand {
                    Operand::Literal(text) => Some(text.clone()),
                    Operand::Source(source) => scope.value(source),
                };
                Truth::known(
                    left.zip(right).and_then(|(left, right)| compare(&left, *comparison, &right)),
                )
            }
        }
    }

    /// Everything the condition looks up.
    pub(crate) fn sources(&self) -> BTreeSet<&Source> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                let mut all = left.sources();
                all.extend(right.sources());
                all
            }
            Self::Not(inner) => inner.sources(),
            Self::Is(source) | Self::In(source, _) => BTreeSet::from([source]),
            Self::Compare(source, _, operand) => {
                let mut all = BTreeSet::from([source]);
                if let Operand::Source(other) = operand {
                    all.insert(other);
                }
                all
            }
        }
    }
}

/// Yes and no as callers and papers write them; anything else is not known.
pub(crate) fn truthful(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "yes" | "ja" | "1" | "x" | "on" => Some(true),
        "false" | "no" | "nein" | "0" | "off" => Some(false),
        _ => None,
    }
}

/// A word in a value; a form field that holds a list has it among its parts.
fn same_word(value: &str, word: &str) -> bool {
    value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word))
}

fn compare(left: &str, comparison: Comparison, right: &str) -> Option<bool> {
    let numbers = left.trim().parse::<f64>().ok().zip(right.trim().parse::<f64>().ok());
    match (comparison, numbers) {
        (Comparison::Equal, Some((a, b))) => Some((a - b).abs() < f64::EPSILON),
        (Comparison::Unequal, Some((a, b))) => Some((a - b).abs() >= f64::EPSILON),
        (Comparison::Less, Some((a, b))) => Some(a < b),
        (Comparison::AtMost, Some((a, b))) => Some(a <= b),
        (Comparison::More, Some((a, b))) => Some(a > b),
        (Comparison::AtLeast, Some((a, b))) => Some(a >= b),
        (Comparison::Equal, None) => Some(same_word(left, right)),
        (Comparison::Unequal, None) => Some(!same_word(left, right)),
        // An order of words means nothing.
        (Comparison::Less | Comparison::AtMost | Comparison::More | Comparison::AtLeast, None) => {
            None
        }
    }
}
