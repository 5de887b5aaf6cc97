//! The values of the form, less those that no machine may weigh.

use std::collections::BTreeMap;

use super::calendar::{Day, day};

/// Voluntary, Art. 9 and Art. 10 values: dropped before anything reads the form.
const PROTECTED: [&str; 9] = [
    "applicant.ethnicity",
    "applicant.religion",
    "family.spouse.ethnicity",
    "family.spouse.religion",
    "health.has_illness",
    "health.illness_name",
    "integration.impossible",
    "integration.impossible_reason",
    "privacy.ai_consent",
];
/// The voluntary ones a person may have filled without knowing that they are.
const VOLUNTARY: [&str; 4] = [
    "applicant.ethnicity",
    "applicant.religion",
    "family.spouse.ethnicity",
    "family.spouse.religion",
];
const OFFENCES: &str = "offences.";

/// Whether a field's value may be read or proposed.
pub(crate) fn is_protected(id: &str) -> bool {
    let id = id.strip_prefix("form.").unwrap_or(id);
    PROTECTED.contains(&id) || id.starts_with(OFFENCES)
}

/// A form without what is protected.
#[derive(Debug)]
pub(crate) struct Form<'a> {
    values: BTreeMap<&'a str, &'a str>,
    /// A voluntary field holds something; what it holds is not kept.
    pub(crate) voluntary_filled: bool,
}

impl<'a> Form<'a> {
    pub(crate) fn new(form: &'a BTreeMap<String, String>) -> Self {
        let mut values = BTreeMap::new();
        let mut voluntary_filled = false;
        for (id, value) in form {
            let (id, value) = (id.strip_prefix("form.").unwrap_or(id), value.trim());
            if value.is_empty() {
                continue;
            }
            voluntary_filled |= VOLUNTARY.contains(&id);
            if !is_protected(id) {
                values.insert(id, value);
            }
        }
        Self { values, voluntary_filled }
    }

    /// The value of a field, without the leading `form.`.
    pub(crate) fn get(&self, id: &str) -> Option<&'a str> {
        self.values.get(id).copied()
    }

    /// The value as a day.
    pub(crate) fn day(&self, id: &str) -> Option<Day> {
        self.get(id).and_then(day)
    }

    /// Values of fields whose id starts so: the rows of a list.
    pub(crate) fn starting<'s>(
        &'s self,
        prefix: &'s str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + 's {
        self.values.iter().filter(move |(id, _)| id.starts_with(prefix)).map(|(id, v)| (*id, *v))
    }

    /// The values of one column of a list, in the order of its rows. Rows travel as `list[0].name` and `list.0.name`,
    /// or as one value with commas in `list[].name`.
    pub(crate) fn rows(&self, list: &str, name: &str) -> Vec<&'a str> {
        let ends = |id: &str| id.rsplit_once('.').is_some_and(|(_, last)| last == name);
        self.starting(list)
            .filter(|(id, _)| ends(id))
            .flat_map(|(id, value)| match id.contains("[]") {
                true => value.split(',').map(str::trim).collect::<Vec<_>>(),
                false => vec![value],
            })
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// Whether anything is filled in.
    pub(crate) fn is_filled(&self) -> bool {
        !self.values.is_empty()
    }
}
