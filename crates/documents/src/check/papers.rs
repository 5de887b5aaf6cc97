//! The papers of an application by class, with values that can be trusted enough to compare.

use super::calendar::{Day, day};
use crate::{DocumentFields, Field};

/// Below this a value counts as unreadable: no rule speaks about it.
pub(crate) const CONFIDENCE_MIN: f64 = 0.5;
/// Below this a page's text proves nothing, not even that the paper is there.
pub(crate) const QUALITY_MIN: f64 = 0.35;

/// The value of a field where it is readable.
pub(crate) fn reading<'a>(paper: &'a DocumentFields, name: &str) -> Option<&'a Field> {
    readings(paper, name).into_iter().max_by(|a, b| a.confidence.total_cmp(&b.confidence))
}

/// Every readable value of a field, in the order of the paper.
pub(crate) fn readings<'a>(paper: &'a DocumentFields, name: &str) -> Vec<&'a Field> {
    paper
        .fields
        .iter()
        .filter(|field| {
            field.name == name
                && field.confidence >= CONFIDENCE_MIN
                && !field.value.trim().is_empty()
        })
        .collect()
}

/// A readable value as a day; `unlimited` and partial days are none.
pub(crate) fn reading_day<'a>(paper: &'a DocumentFields, name: &str) -> Option<(Day, &'a Field)> {
    let field = reading(paper, name)?;
    Some((day(&field.value)?, field))
}

/// A readable value as a number: `1234.56 EUR`, `40`, `38,5`.
pub(crate) fn reading_number<'a>(
    paper: &'a DocumentFields,
    name: &str,
) -> Option<(f64, &'a Field)> {
    let field = reading(paper, name)?;
    Some((number(&field.value)?, field))
}

/// A number at the start of a normalised value.
pub(crate) fn number(value: &str) -> Option<f64> {
    let first = value.split_whitespace().next()?;
    let text = if first.contains('.') { first.to_owned() } else { first.replace(',', ".") };
    text.parse().ok().filter(|n: &f64| n.is_finite())
}

/// Surname and given names of the holder, where the paper keeps them apart.
pub(crate) fn holder_names(paper: &DocumentFields) -> (Option<&Field>, Option<&Field>) {
    (reading(paper, "surname"), reading(paper, "given_names"))
}
