//! What is read from a class of papers.

use serde::Deserialize;

/// A value to be read from a class of papers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
    /// Its name in the taxonomy.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Worth extracting first.
    #[serde(default)]
    pub key: bool,
    /// What stands before or above it on the paper, most telling first.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Words that a name bears which stands at the top without a label: `GmbH`.
    #[serde(default)]
    pub marks: Vec<String>,
    /// What stands before a range of days whose end is this value: "Zeitraum".
    #[serde(default)]
    pub range_labels: Vec<String>,
    /// What stands right behind it: "geboren am" behind a name.
    #[serde(default)]
    pub before: Vec<String>,
    /// Headings of a block that holds family name and given names of the person on lines of their
    /// own.
    #[serde(default)]
    pub sections: Vec<String>,
    /// Units that a number bears: "m²".
    #[serde(default)]
    pub units: Vec<String>,
    /// The day of the line "Musterstadt, den 1. März 2026" will do.
    #[serde(default)]
    pub dateline: bool,
    /// Values it may have: the words on the paper and what they mean.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// Beginnings of folded words that speak for a value in their sentence; shared by all classes.
    #[serde(skip)]
    pub near: Vec<String>,
    /// Beginnings of folded words that speak against it.
    #[serde(skip)]
    pub far: Vec<String>,
}

/// One value of a choice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The normalised value.
    pub value: String,
    /// Words on the paper that mean it.
    pub words: Vec<String>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Words on one line.
    Text,
    /// The name of a person.
    Person,
    /// Several persons.
    Persons,
    /// A number of a paper: letters and digits.
    Identifier,
    /// A day.
    Date,
    /// A day, or without end.
    DateOrUnlimited,
    /// A month.
    Month,
    /// A semester.
    Semester,
    /// An amount of money.
    Money,
    /// A whole number.
    Integer,
    /// Months, added up over the rows that bear the label: "4 Mon. Pflichtbeitragszeit".
    Months,
    /// A number with a decimal mark.
    Decimal,
    /// An account number.
    Iban,
    /// A state or nationality.
    Country,
    /// A postal address.
    Address,
    /// One of the choices.
    Choice,
    /// A norm of law.
    Paragraph,
    /// Told from the machine readable zone alone.
    Mrz,
    /// In the taxonomy, not yet read.
    Later,
}
