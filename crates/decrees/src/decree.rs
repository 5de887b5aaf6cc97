//! A decree, its versions, and what is handed in to import one.

use crate::{Day, Field, Reading};
use std::fmt;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The id as given; whether the corpus knows it is another question.
            #[must_use]
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The characters.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// Names a decree over all its versions.
    DecreeId
}
identifier! {
    /// Names one version: a hash of decree, source bytes and validity, hence the same wherever and
    /// whenever it is imported.
    VersionId
}

/// What sort of rule a decree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An instruction to offices (Erlass, Weisung, Rundschreiben).
    Decree,
    /// General administrative regulation (Allgemeine Verwaltungsvorschrift).
    AdministrativeRegulation,
    /// Act of parliament.
    Law,
    /// Ordinance (Rechtsverordnung).
    Ordinance,
    /// Help without binding force (Hinweise, Leitfaden).
    Guidance,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Decree, Self::AdministrativeRegulation, Self::Law, Self::Ordinance, Self::Guidance];

    /// The name of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decree => "decree",
            Self::AdministrativeRegulation => "administrative_regulation",
            Self::Law => "law",
            Self::Ordinance => "ordinance",
            Self::Guidance => "guidance",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What is known of a decree beside its text. Empty fields are read from the paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Id over all versions; empty: made from issuer and file number, else from the title.
    pub decree_id: String,
    /// Title.
    pub title: String,
    /// One of [`Kind`]'s names; empty: `decree`.
    pub kind: String,
    /// Who issued it.
    pub issuer: String,
    /// Aktenzeichen.
    pub file_number: String,
    /// Day of issue.
    pub issued_on: Option<Day>,
    /// First day in force; none: not known, taken as always.
    pub valid_from: Option<Day>,
    /// Last day in force; none: still in force.
    pub valid_to: Option<Day>,
    /// Ids of the decrees that end where this one begins.
    pub replaces: Vec<String>,
}

/// One file to import.
#[derive(Clone, Debug)]
pub struct Source {
    /// As the sender calls it; only for messages and as the last resort for a title.
    pub filename: String,
    /// What it holds.
    pub content: Content,
    /// What the sender knows.
    pub metadata: Metadata,
}

/// The content of a file.
#[derive(Clone, Debug)]
pub enum Content {
    /// Text, kept verbatim.
    Text(String),
    /// A file that was read. Its pages' text is the version's text, a form feed between two.
    Paper {
        /// What the reader made of it.
        paper: reading::Paper,
        /// The file itself, kept as it is.
        bytes: Vec<u8>,
    },
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Its decree.
    pub decree_id: DecreeId,
    /// Its version.
    pub version_id: VersionId,
    /// New or known.
    pub outcome: Outcome,
    /// Remarks for the sender, German first; mostly empty.
    pub message: String,
    /// Passages of the version.
    pub passages: u32,
    /// What was read from the paper, and how sure that is.
    pub readings: Vec<Reading>,
}

/// Whether an import changed the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The first version of its decree.
    Added,
    /// A further version of a known decree.
    NewVersion,
    /// Same bytes and same validity as a version already held.
    Unchanged,
}

/// A file that was not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why, and what to do, in German.
    pub german: String,
    /// The same in English.
    pub english: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} / {}", self.german, self.english)
    }
}

impl std::error::Error for Refused {}

/// One version of a decree, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecreeVersion {
    /// The decree.
    pub decree_id: DecreeId,
    /// The version.
    pub version_id: VersionId,
    /// Title.
    pub title: String,
    /// What sort of rule.
    pub kind: Kind,
    /// Who issued it.
    pub issuer: String,
    /// Aktenzeichen.
    pub file_number: String,
    /// Day of issue.
    pub issued_on: Option<Day>,
    /// First day in force; none: not known, taken as always.
    pub valid_from: Option<Day>,
    /// Last day in force, later versions, withdrawal and replacement considered; none: still.
    pub valid_to: Option<Day>,
    /// Last day in force as stated, by the paper, the sender or an editor.
    pub stated_valid_to: Option<Day>,
    /// Some day is left on which it is or was in force.
    pub ever_in_force: bool,
    /// Decrees that end where this one begins.
    pub replaces: Vec<String>,
    /// The decree that took its place.
    pub superseded_by: Option<DecreeId>,
    /// SHA-256 of the imported bytes, in hex.
    pub source_sha256: String,
    /// Length of the text.
    pub text_characters: u32,
    /// What was read from the paper at its import, and how sure that is.
    pub readings: Vec<Reading>,
    /// Fields that an editor has corrected since.
    pub corrected: Vec<Field>,
}

impl DecreeVersion {
    /// A citation of a section, ready to paste into a file note; empty: of the whole.
    #[must_use]
    pub fn citation(&self, section: &str) -> String {
        crate::search::citation::cite(self, section, 0)
    }
}

/// A version with its text, or a stretch of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecreeText {
    /// The facts.
    pub version: DecreeVersion,
    /// The text from `start` to `end`, verbatim.
    pub text: String,
    /// First character.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
}

/// Some versions of a decree, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionPage {
    /// The versions.
    pub versions: Vec<DecreeVersion>,
    /// Asks for the next page; empty on the last.
    pub next_page_token: String,
}
