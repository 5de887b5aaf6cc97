//! Classes of an office's own: a description, a few words that tell the paper, and 3 to 20 samples, of which only
//! shared features are kept. No weight changes: the nearest sample's similarity is one more summand beside cues and
//! classifier.
//!
//! The nearest sample, on hashed features: centroids of them, and vectors of the shipped embedder, drew more papers of
//! the same town hall to the class, which share its letterhead.

mod background;
mod describe;
mod history;
mod preview;
mod prototype;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::knowledge::{
    Cue, CueKind, DocumentClass, Knowledge, KnowledgeError, SpecialData, Tier, Title,
};
use crate::text::words;

pub(crate) use background::FILE as BACKGROUND;
pub use history::{Action, Change, History, HistoryError, Reason, State, VERSIONS_MAX};
pub use preview::{Drawn, Preview, Verdict};
pub(crate) use prototype::{Prototype, Space};

/// Fewest samples of a class.
pub const SAMPLES_MIN: usize = 3;
/// Most samples of a class.
pub const SAMPLES_MAX: usize = 20;
/// Below so many samples a class is provisional ("vorläufig").
pub const SAMPLES_FIRM: usize = 8;
/// Most classes that one appliance holds.
pub const CLASSES_MAX: usize = 50;
/// Cues of one class.
const CUES_MAX: usize = 40;
/// Characters of an id, a title or a cue.
const WORDS_MAX: usize = 80;
/// Characters of the description.
const DESCRIPTION_MAX: usize = 2_000;
/// Features kept of one sample.
const FEATURES_MAX: usize = 2_000;
/// Bytes of a file that holds a version: samples at their largest stay below.
pub const FILE_BYTES_MAX: usize = 2 << 20;
/// What a heading that names the paper says, like the plainer ones of the shipped classes.
const TITLE_WEIGHT: f32 = 5.5;
/// What words of its body say.
const PHRASE_WEIGHT: f32 = 1.5;
/// The layout of the file.
const SCHEMA_VERSION: u32 = 1;
/// What a feature of the full length of a vector is stored as.
const STEPS: f32 = 65_535.0;

/// What an office says about a class of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Lower-case letters, digits and `_`, as it stands in answers and in the audit log; none of the shipped ids.
    pub id: String,
    /// Its name.
    pub title: Title,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// Headings of the paper; may be empty.
    #[serde(default)]
    pub headings: Vec<String>,
    /// Words that stand on it; may be empty.
    #[serde(default)]
    pub phrases: Vec<String>,
}

/// What is kept of a sample: nothing that reads as text.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    /// Buckets with their share of the sample's vector in [`STEPS`], sorted by bucket; only buckets
    /// that another sample hits too.
    features: Vec<(u16, u16)>,
    /// What the class's own cues said.
    cues: f32,
    /// What cues, structures and classifier said for shipped classes, as far as it is above zero.
    others: Vec<(String, f32)>,
}

/// One version of a class, whole: what it is told by and what it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnClass {
    definition: Definition,
    samples: Vec<Sample>,
    digest: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema_version: u32,
    definition: Definition,
    samples: Vec<Sample>,
}

/// Why a class is not taken.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// The id is not one.
    #[error(
        "take the id {id:?}: it needs 3 to {WORDS_MAX} lower-case letters, digits or _, a letter first"
    )]
    Id {
        /// What was given.
        id: String,
    },
    /// The id is taken.
    #[error("take the id {id:?}: a shipped class, or another one of the office, has it")]
    Taken {
        /// What was given.
        id: String,
    },
    /// A text is missing or too long.
    #[error("take the {what}: it needs 1 to {most} characters")]
    Length {
        /// Which text.
        what: &'static str,
        /// Most characters.
        most: usize,
    },
    /// Too many cues or classes.
    #[error("take more than {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many may be.
        most: usize,
    },
    /// Too few or too many samples.
    #[error("make a class of {count} samples: it needs {SAMPLES_MIN} to {SAMPLES_MAX}")]
    Samples {
        /// How many were given.
        count: usize,
    },
    /// A sample shares nothing with the others, mostly because it holds no readable text.
    #[error("use sample {number}: it has no readable words in common with the others")]
    Unlike {
        /// From 1, in the order given.
        number: usize,
    },
    /// The file is not one of a class.
    #[error("read the file of a class")]
    Format(#[source] serde_json::Error),
    /// The file contradicts itself or is of another time.
    #[error("use the file of a class: {problem}")]
    Content {
        /// What is wrong.
        problem: &'static str,
    },
    /// No such class is in force here.
    #[error("find the class {id:?}")]
    Unknown {
        /// What was asked for.
        id: String,
    },
    /// The shipped files.
    #[error("read the shipped knowledge")]
    Knowledge(#[from] KnowledgeError),
    /// The engine refused or failed.
    #[error("hear what the shipped classes say of the samples")]
    Classify(#[from] crate::Error),
}

/// Whether this may be the id of a class: such an id is also safe as the name of a folder.
#[must_use]
pub fn is_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (3..=WORDS_MAX).contains(&id.len())
        && id.bytes().all(plain)
        && id.starts_with(|first: char| first.is_ascii_lowercase())
}

impl Definition {
    /// Holds the definition to its limits.
    ///
    /// # Errors
    /// Says which text is wrong and what it should be.
    pub fn check(&self) -> Result<(), OwnError> {
        if !is_id(&self.id) {
            return Err(OwnError::Id { id: self.id.clone() });
        }
        let long = |text: &str, most| text.chars().count() > most;
        for (what, title) in [("German title", &self.title.de), ("English title", &self.title.en)] {
            if title.trim().is_empty() || long(title, WORDS_MAX) {
                return Err(OwnError::Length { what, most: WORDS_MAX });
            }
        }
        if long(&self.description, DESCRIPTION_MAX) {
            return Err(OwnError::Length { what: "description", most: DESCRIPTION_MAX });
        }
        let cues = || self.headings.iter().chain(&self.phrases);
        if cues().count() > CUES_MAX {
            return Err(OwnError::TooMany { what: "headings and phrases", most: CUES_MAX });
        }
        if cues().any(|cue| words(cue).is_empty() || long(cue, WORDS_MAX)) {
            return Err(OwnError::Length { what: "heading or phrase", most: WORDS_MAX });
        }
        Ok(())
    }

    fn class(&self) -> DocumentClass {
        let cue = |kind, weight| move |text: &String| Cue { text: text.clone(), kind, weight };
        let headings = self.headings.iter().map(cue(CueKind::Title, TITLE_WEIGHT));
        let phrases = self.phrases.iter().map(cue(CueKind::Phrase, PHRASE_WEIGHT));
        DocumentClass {
            id: self.id.clone(),
            title: self.title.clone(),
            group: "own".to_owned(),
            tier: Tier::Extended,
            // Nobody has looked at what such papers hold.
            special_data: SpecialData::Possible,
            aliases: Vec::new(),
            cues: headings.chain(phrases).collect(),
            structure: Vec::new(),
            confused_with: Vec::new(),
            fields: Vec::new(),
        }
    }
}

impl OwnClass {
    fn new(definition: Definition, samples: Vec<Sample>) -> Result<Self, OwnError> {
        definition.check()?;
        let count = samples.len();
        if !(SAMPLES_MIN..=SAMPLES_MAX).contains(&count) {
            return Err(OwnError::Samples { count });
        }
        let sorted = |sample: &Sample| {
            sample.features.len() <= FEATURES_MAX
                && sample.features.is_sorted_by(|a, b| a.0 < b.0)
                && sample.cues.is_finite()
                && sample.others.iter().all(|(_, score)| score.is_finite())
        };
        if !samples.iter().all(sorted) {
            return Err(OwnError::Content { problem: "a sample's features are out of order" });
        }
        let mut class = Self { definition, samples, digest: String::new() };
        class.digest = hex::encode(Sha256::digest(class.to_bytes()?));
        Ok(class)
    }

    /// Reads a version as [`OwnClass::to_bytes`] wrote it.
    ///
    /// # Errors
    /// Another layout, or values out of bounds.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OwnError> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(OwnError::Content { problem: "it is larger than any class" });
        }
        let file: File = serde_json::from_slice(bytes).map_err(OwnError::Format)?;
        if file.schema_version != SCHEMA_VERSION {
            return Err(OwnError::Content { problem: "this build reads schema version 1" });
        }
        Self::new(file.definition, file.samples)
    }

    /// The version as its file holds it; the same version gives the same bytes.
    ///
    /// # Errors
    /// None that a class could cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, OwnError> {
        let (definition, samples) = (self.definition.clone(), self.samples.clone());
        let file = File { schema_version: SCHEMA_VERSION, definition, samples };
        serde_json::to_vec(&file).map_err(OwnError::Format)
    }

    /// What the office says about it.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// How many samples it was made from.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.samples.len()
    }

    /// Too few samples to be sure of it: marked in every answer.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        self.samples.len() < SAMPLES_FIRM
    }

    /// SHA-256 over the bytes of its file, in hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// A class of the office's own in force.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) class: OwnClass,
    pub(crate) prototype: Prototype,
}

impl Knowledge {
    /// What comes with this build, and these classes beside it.
    ///
    /// # Errors
    /// Two have one id, or there are too many.
    pub fn with_own(classes: &[OwnClass]) -> Result<Self, OwnError> {
        let mut knowledge = Self::shipped()?;
        if classes.len() > CLASSES_MAX {
            return Err(OwnError::TooMany { what: "classes", most: CLASSES_MAX });
        }
        let mut classes: Vec<&OwnClass> = classes.iter().collect();
        classes.sort_by(|a, b| a.definition.id.cmp(&b.definition.id));
        for class in classes {
            if knowledge.position(&class.definition.id).is_some() {
                return Err(OwnError::Taken { id: class.definition.id.clone() });
            }
            let prototype = Prototype::of(class);
            let own = Own { class: class.clone(), prototype };
            knowledge.add(class.definition.class(), own);
        }
        Ok(knowledge)
    }

    /// Adds a class of the office's own; its digest becomes part of the whole one.
    fn add(&mut self, class: DocumentClass, own: Own) {
        let files = format!("{}\n{}\n", self.digest, own.class.digest());
        self.digest = hex::encode(Sha256::digest(files));
        self.index.insert(class.id.clone(), self.classes.len());
        self.classes.push(class);
        self.own.push(own);
    }

    /// The office's own classes; they are the last of [`Knowledge::classes`].
    pub(crate) fn own(&self) -> &[Own] {
        &self.own
    }

    /// The class of the office at a position of [`Knowledge::classes`].
    pub(crate) fn own_at(&self, position: usize) -> Option<&Own> {
        self.own.get(position.checked_sub(self.classes.len() - self.own.len())?)
    }

    /// Whether a class is one of the office's own with too few samples to be sure of it.
    #[must_use]
    pub fn is_provisional(&self, id: &str) -> bool {
        let own = self.position(id).and_then(|position| self.own_at(position));
        own.is_some_and(|own| own.class.is_provisional())
    }
}

/// Adds what the samples of the office's classes say of a text, where there are such classes.
pub(crate) fn add(knowledge: &Knowledge, scores: &mut [f32], text: &str) {
    if knowledge.own().is_empty() {
        return;
    }
    let vector = Space::get().vector(text);
    let even = knowledge.calibration().stranger;
    let first = knowledge.classes().len() - knowledge.own().len();
    for (own, score) in knowledge.own().iter().zip(scores.iter_mut().skip(first)) {
        *score += own.prototype.says(&vector, even);
    }
}

#[cfg(test)]
mod tests;
