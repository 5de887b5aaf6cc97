//! What a paper was read to say of itself, how far that can be trusted, and what an editor corrects.

use std::fmt;

/// A field of a version's metadata that is read from the paper and can be corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Title.
    Title,
    /// What sort of rule.
    Kind,
    /// Who issued it.
    Issuer,
    /// Aktenzeichen.
    FileNumber,
    /// Day of issue.
    IssuedOn,
    /// First day in force.
    ValidFrom,
    /// Last day in force, as stated.
    ValidTo,
    /// Decrees that end where this one begins.
    Replaces,
}

impl Field {
    /// All fields.
    pub const ALL: [Self; 8] = [
        Self::Title,
        Self::Kind,
        Self::Issuer,
        Self::FileNumber,
        Self::IssuedOn,
        Self::ValidFrom,
        Self::ValidTo,
        Self::Replaces,
    ];

    /// The name of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Kind => "kind",
            Self::Issuer => "issuer",
            Self::FileNumber => "file_number",
            Self::IssuedOn => "issued_on",
            Self::ValidFrom => "valid_from",
            Self::ValidTo => "valid_to",
            Self::Replaces => "replaces",
        }
    }

    /// The field of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A value that was read from a paper. What the sender states has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Of which field.
    pub field: Field,
    /// As it was understood; days as YYYY-MM-DD, a replaced decree by its id. Empty where the paper names a
    /// decree that is not held, or that could be several.
    pub value: String,
    /// The line it was read from, verbatim up to a length; empty where it was not read from the text.
    pub quote: String,
    /// How far to trust it, in hundredths, by how it was found: [`Reading::LABELLED`] and the others.
    pub percent: u8,
}

impl Reading {
    /// After its label at the beginning of a line or column ("Az.: …", "Gültig ab: …").
    pub const LABELLED: u8 = 95;
    /// On a line of its own where such a thing stands (an authority, a line that begins "Erlass").
    pub const PLACED: u8 = 80;
    /// By a pattern in running text, or the first line taken for a title.
    pub const PATTERN: u8 = 60;
    /// From the file's name.
    pub const NAMED: u8 = 30;
    /// Nothing says so; it is the usual case.
    pub const ASSUMED: u8 = 20;

    /// From 0 to 1.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        f64::from(self.percent) / 100.0
    }
}
