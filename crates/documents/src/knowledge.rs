//! The data that this crate reads papers by: loaded once, checked against its schema, and named by
//! a digest over every file in force.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Calibration;
use crate::check;
use crate::own::{BACKGROUND, Own};

mod field;
mod words;

pub use field::{Choice, FieldSpec, FieldType};

const CLASSES: (&str, &str) =
    ("document_classes.yaml", include_str!("../knowledge/document_classes.yaml"));
const LANGUAGES: (&str, &str) = ("languages.yaml", include_str!("../knowledge/languages.yaml"));

const COUNTRIES: (&str, &str) = ("countries.yaml", include_str!("../knowledge/countries.yaml"));

/// Written by the training of the classifier; JSON is YAML.
const CALIBRATION: (&str, &str) = (
    "papers-linear/calibration.json",
    include_str!("../../../models/papers-linear/calibration.json"),
);

/// Id of the class that stands for everything that is none of the others.
pub(crate) const UNKNOWN: &str = "unknown_other";
/// Id of the class of pages without readable text.
pub(crate) const BLANK: &str = "blank_or_unreadable";

/// Everything the crate knows about papers and applications.
#[derive(Debug)]
pub struct Knowledge {
    pub(crate) classes: Vec<DocumentClass>,
    pub(crate) index: HashMap<String, usize>,
    stop_words: Vec<(String, HashSet<String>)>,
    countries: Vec<Country>,
    calibration: Calibration,
    pub(crate) digest: String,
    /// The office's own, which are the last of the classes.
    pub(crate) own: Vec<Own>,
    pub(crate) rules: check::Rules,
}

/// A data file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// The file is no YAML, or holds keys or values its schema does not have.
    #[error("read the data file {file}")]
    Schema {
        /// Its name.
        file: &'static str,
        /// What the parser says.
        #[source]
        source: serde_yaml_ng::Error,
    },
    /// The file reads but contradicts itself.
    #[error("use the data file {file}: {subject}: {problem}")]
    Content {
        /// Its name.
        file: &'static str,
        /// The entry that is wrong.
        subject: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// A class of papers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentClass {
    /// Stable id.
    pub id: String,
    /// Name in both languages of the house.
    pub title: Title,
    /// Group, e.g. `identity`.
    pub group: String,
    /// First release or later.
    pub tier: Tier,
    /// What special data such a paper holds.
    pub special_data: SpecialData,
    /// Other names in use.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Words that speak for or against the class.
    #[serde(default)]
    pub cues: Vec<Cue>,
    /// What the paper is made of beside words.
    #[serde(default)]
    pub structure: Vec<Structure>,
    /// Look-alikes.
    #[serde(default)]
    pub confused_with: Vec<String>,
    /// Values to read.
    #[serde(default)]
    pub fields: Vec<FieldSpec>,
}

/// A name in both languages of the house.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// German.
    pub de: String,
    /// English.
    pub en: String,
}

/// When a class is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// First release.
    Core,
    /// Later.
    Extended,
}

/// Special data in the sense of the GDPR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecialData {
    /// None.
    None,
    /// Possible (Art. 9).
    Possible,
    /// Likely (Art. 9).
    Likely,
    /// Offences (Art. 10).
    Art10,
}

impl SpecialData {
    /// As the contract spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Art10 => "art10",
        }
    }
}

/// Words that speak for a class, or against it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    /// The words, matched without regard to case and with one wrong letter in long words.
    pub text: String,
    /// What kind of words they are.
    pub kind: CueKind,
    /// How much they say; negative for words that speak against the class.
    pub weight: f32,
}

/// What kind of words a cue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CueKind {
    /// The name of the paper: says most as a line of its own near the top of a page.
    Title,
    /// Words of the body.
    Phrase,
    /// The number of a form.
    Form,
}

/// What a paper is made of beside words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Structure {
    /// Machine readable zone of a passport.
    MrzPassport,
    /// Machine readable zone of a passport substitute (nationality XXA to XXX).
    MrzSubstitute,
    /// Machine readable zone of a residence permit (TD1, AR).
    MrzPermit,
    /// Machine readable zone of a visa.
    MrzVisa,
    /// Machine readable zone of an identity card.
    MrzIdentity,
    /// A valid IBAN.
    Iban,
    /// Many amounts of money.
    Amounts,
    /// An address and a salutation.
    Salutation,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassFile {
    schema_version: u32,
    #[serde(rename = "as_of")]
    _as_of: String,
    classes: Vec<DocumentClass>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LanguageFile {
    schema_version: u32,
    languages: Vec<Language>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    id: String,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountryFile {
    schema_version: u32,
    countries: Vec<Country>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Country {
    code: String,
    names: Vec<String>,
}

impl Knowledge {
    /// What comes with this build.
    ///
    /// # Errors
    /// A file does not fit its schema; the tests hold the shipped ones to it.
    pub fn shipped() -> Result<Self, KnowledgeError> {
        let mut classes = parse_classes(CLASSES.0, CLASSES.1)?;
        words::add(&mut classes)?;
        let index = classes.iter().enumerate().map(|(at, class)| (class.id.clone(), at)).collect();
        let mut files = vec![CLASSES, words::FILE, LANGUAGES, COUNTRIES, CALIBRATION, BACKGROUND];
        files.extend(check::files());
        Ok(Self {
            rules: check::Rules::shipped(&classes)?,
            classes,
            index,
            stop_words: parse_languages(LANGUAGES.0, LANGUAGES.1)?,
            calibration: Calibration::read(CALIBRATION.0, CALIBRATION.1)?,
            countries: parse_countries(COUNTRIES.0, COUNTRIES.1)?,
            digest: digest(&mut files),
            own: Vec::new(),
        })
    }

    /// SHA-256 over every file in force, in hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The classes, in the order of the file.
    #[must_use]
    pub fn classes(&self) -> &[DocumentClass] {
        &self.classes
    }

    /// The class of an id.
    #[must_use]
    pub fn class(&self, id: &str) -> Option<&DocumentClass> {
        self.classes.get(self.position(id)?)
    }

    /// The ICAO code of a state or nationality in folded words; a name of five letters or more may
    /// go on (afghanisch, afghanische).
    pub(crate) fn country(&self, folded: &str) -> Option<&str> {
        let named = |name: &String| {
            folded == name || (name.chars().count() >= 5 && folded.starts_with(name.as_str()))
        };
        let best = self.countries.iter().filter_map(|country| {
            let longest = country.names.iter().filter(|name| named(name)).map(String::len).max()?;
            Some((longest, country.code.as_str()))
        });
        best.max_by_key(|(length, _)| *length).map(|(_, code)| code)
    }

    /// The position of a class in [`Knowledge::classes`].
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// The figures that turn scores into probabilities.
    #[must_use]
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    pub(crate) fn stop_words(&self) -> &[(String, HashSet<String>)] {
        &self.stop_words
    }
}

impl DocumentClass {
    /// Whether values may be read from such papers. Health and offences: never.
    #[must_use]
    pub fn may_extract(&self) -> bool {
        self.group != "health" && self.special_data != SpecialData::Art10
    }

    /// The field of a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }
}

fn parse_classes(file: &'static str, content: &str) -> Result<Vec<DocumentClass>, KnowledgeError> {
    let parsed: ClassFile = parse(file, content)?;
    let wrong =
        |subject: &str, problem| KnowledgeError::Content { file, subject: subject.into(), problem };
    if parsed.schema_version != 1 {
        return Err(wrong("schema_version", "this build reads version 1"));
    }
    let ids: HashSet<&str> = parsed.classes.iter().map(|class| class.id.as_str()).collect();
    if ids.len() != parsed.classes.len() {
        return Err(wrong("classes", "two have the same id"));
    }
    for needed in [UNKNOWN, BLANK] {
        if !ids.contains(needed) {
            return Err(wrong(needed, "the class is missing"));
        }
    }
    for class in &parsed.classes {
        if class.confused_with.iter().any(|other| !ids.contains(other.as_str())) {
            return Err(wrong(&class.id, "confused_with names an unknown class"));
        }
        if class.cues.iter().any(|cue| cue.text.trim().is_empty() || !cue.weight.is_finite()) {
            return Err(wrong(&class.id, "a cue is empty or has no weight"));
        }
        let names: HashSet<&str> = class.fields.iter().map(|field| field.name.as_str()).collect();
        if names.len() != class.fields.len() {
            return Err(wrong(&class.id, "two fields have the same name"));
        }
        let titled = class.cues.iter().any(|cue| cue.kind == CueKind::Title);
        if !titled && class.group != "technical" && class.structure.is_empty() {
            return Err(wrong(&class.id, "nothing tells the class: no title, no structure"));
        }
    }
    Ok(parsed.classes)
}

fn parse_languages(
    file: &'static str,
    content: &str,
) -> Result<Vec<(String, HashSet<String>)>, KnowledgeError> {
    let parsed: LanguageFile = parse(file, content)?;
    if parsed.schema_version != 1 {
        let subject = "schema_version".to_owned();
        return Err(KnowledgeError::Content {
            file,
            subject,
            problem: "this build reads version 1",
        });
    }
    Ok(parsed
        .languages
        .into_iter()
        .map(|language| (language.id, language.words.into_iter().collect()))
        .collect())
}

fn parse_countries(file: &'static str, content: &str) -> Result<Vec<Country>, KnowledgeError> {
    let parsed: CountryFile = parse(file, content)?;
    let plain = |name: &String| !name.is_empty() && crate::text::fold(name) == *name;
    let wrong = parsed.countries.iter().find(|country| !country.names.iter().all(plain));
    match wrong {
        _ if parsed.schema_version != 1 => Err(KnowledgeError::Content {
            file,
            subject: "schema_version".to_owned(),
            problem: "this build reads version 1",
        }),
        Some(country) => Err(KnowledgeError::Content {
            file,
            subject: country.code.clone(),
            problem: "a name is not written in folded letters",
        }),
        None => Ok(parsed.countries),
    }
}

/// Reads one data file.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(
    file: &'static str,
    content: &str,
) -> Result<T, KnowledgeError> {
    serde_yaml_ng::from_str(content).map_err(|source| KnowledgeError::Schema { file, source })
}

/// Over names and lengths too, so that no two sets of files share a digest.
fn digest(files: &mut [(&str, &str)]) -> String {
    files.sort_unstable();
    let mut hasher = Sha256::new();
    for (name, content) in files.iter() {
        hasher.update(format!("{name}\n{}\n", content.len()));
        hasher.update(content);
    }
    hex::encode(hasher.finalize())
}

#[cfg(test)]
mod tests;
