//! The classes of papers, read from the product's own knowledge file, so that generator and
//! product can never disagree on an id.

use serde::Deserialize;

const TEXT: &str = include_str!("../../../crates/documents/knowledge/document_classes.yaml");

/// A class of papers, as far as the generator needs it.
#[derive(Clone, Debug, Deserialize)]
pub struct Class {
    /// Its id.
    pub id: String,
    /// `core` or `extended`.
    pub tier: String,
    /// Other names of the paper.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What it says.
    #[serde(default)]
    pub cues: Vec<Cue>,
    /// Values it holds.
    #[serde(default)]
    pub fields: Vec<Field>,
}

/// A phrase that speaks for the class, or against it when its weight is negative.
#[derive(Clone, Debug, Deserialize)]
pub struct Cue {
    /// Log-odds, roughly.
    pub weight: f32,
    /// The phrase.
    pub text: String,
}

/// A value of a paper.
#[derive(Clone, Debug, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What stands before it.
    #[serde(default)]
    pub labels: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    classes: Vec<Class>,
}

/// All classes.
///
/// # Errors
/// When the knowledge file is not of the expected shape.
pub fn classes() -> Result<Vec<Class>, serde_yaml_ng::Error> {
    Ok(serde_yaml_ng::from_str::<File>(TEXT)?.classes)
}
