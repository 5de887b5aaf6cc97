//! Words that lead to a value whatever the class of the paper, by the names of fields.

use serde::Deserialize;

use super::{DocumentClass, KnowledgeError, parse};
use crate::text::fold;

pub(super) const FILE: (&str, &str) =
    ("field_words.yaml", include_str!("../../knowledge/field_words.yaml"));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema_version: u32,
    words: Vec<Words>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    fields: Vec<String>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    before: Vec<String>,
    #[serde(default)]
    near: Vec<String>,
    #[serde(default)]
    far: Vec<String>,
}

/// Adds the words to the fields of these names, behind those of the class.
///
/// # Errors
/// The file does not fit its schema, names a field that no class has, or holds a beginning that is not folded.
pub(super) fn add(classes: &mut [DocumentClass]) -> Result<(), KnowledgeError> {
    let file: File = parse(FILE.0, FILE.1)?;
    let wrong = |subject: &str, problem| KnowledgeError::Content {
        file: FILE.0,
        subject: subject.to_owned(),
        problem,
    };
    if file.schema_version != 1 {
        return Err(wrong("schema_version", "this build reads version 1"));
    }
    for words in &file.words {
        let mut beginnings = words.near.iter().chain(&words.far);
        if let Some(word) = beginnings.find(|word| fold(word) != **word || word.is_empty()) {
            return Err(wrong(word, "the beginning of a word is not written in folded letters"));
        }
        for name in &words.fields {
            let mut is_known = false;
            let fields = classes.iter_mut().flat_map(|class| &mut class.fields);
            for field in fields.filter(|field| field.name == *name) {
                is_known = true;
                extend(&mut field.labels, &words.labels);
                extend(&mut field.before, &words.before);
                extend(&mut field.near, &words.near);
                extend(&mut field.far, &words.far);
            }
            if !is_known {
                return Err(wrong(name, "no class has a field of this name"));
            }
        }
    }
    Ok(())
}

fn extend(words: &mut Vec<String>, more: &[String]) {
    for word in more {
        if !words.contains(word) {
            words.push(word.clone());
        }
    }
}
