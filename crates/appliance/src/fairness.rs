//! The fairness test: pairs of cases that differ in one thing that must not matter go through the classifier and every
//! rule, and the differences come out with their intervals. It keeps nothing: no record, no case, no text of a paper.

mod figures;
mod page;
mod pairs;

use std::collections::{BTreeMap, BTreeSet};

use documents::check::{Application, Mode, Request, Settings, Severity, day};
use documents::{DocumentFields, Documents, InputPaper};
use inference::Lane;
use reading::{Paper, Reader};

pub use figures::{Difference, Verdict, differences, is_exceeded};
pub use page::{html, json};
pub use pairs::{Pair, PairsError, Side, read as pairs};

const LANE: &str = "fairness";

/// What the appliance said of one side of a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Rules that spoke.
    pub rules: BTreeSet<String>,
    /// One of them asked for a look.
    pub loud: bool,
    /// A rule spoke without reason, or one with a reason was silent.
    pub wrong: bool,
    /// For each file, whether its paper was recognised.
    pub recognised: BTreeMap<String, bool>,
}

/// Both sides of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// In what they differ.
    pub attribute: String,
    /// The one and the other.
    pub sides: [Said; 2],
}

/// A pair cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of it cannot be read.
    #[error("read {file} of the pair {pair}: {reason}")]
    File {
        /// The pair.
        pair: String,
        /// The file's name.
        file: String,
        /// Why, in German.
        reason: String,
    },
    /// Its application cannot be looked at.
    #[error("look at the pair {pair}")]
    Check {
        /// The pair.
        pair: String,
        /// Why.
        #[source]
        source: documents::check::Error,
    },
}

/// Compares pair after pair, with every rule on. `done` is called after each.
///
/// # Errors
/// A file cannot be read, or an application cannot be looked at: a pair that is left out would change the shares.
pub async fn run(
    reader: &Reader,
    documents: &Documents,
    pairs: &[Pair],
    done: &mut dyn FnMut(),
) -> Result<Vec<Compared>, Error> {
    let rules = documents.knowledge().plausibility_rules("de");
    // Every rule is measured, also those that an office has to switch on.
    let on = rules.into_iter().map(|rule| rule.id).collect();
    let settings = Settings { off: BTreeSet::new(), on };
    let mut compared = Vec::new();
    for pair in pairs {
        let mut sides = Vec::new();
        for side in &pair.sides {
            sides.push(said(reader, documents, (pair, side), &settings).await?);
        }
        if let Ok(sides) = <[Said; 2]>::try_from(sides) {
            compared.push(Compared { attribute: pair.attribute.clone(), sides });
        }
        done();
    }
    Ok(compared)
}

async fn said(
    reader: &Reader,
    documents: &Documents,
    (pair, side): (&Pair, &Side),
    settings: &Settings,
) -> Result<Said, Error> {
    let mut papers: Vec<(String, Paper)> = Vec::new();
    for (name, path) in &side.files {
        let failed =
            |reason: String| Error::File { pair: pair.name.clone(), file: name.clone(), reason };
        let bytes = fs_err::read(path).map_err(|error| failed(error.to_string()))?;
        let paper = reader.read(bytes, name).await;
        papers.push((name.clone(), paper.map_err(|error| failed(error.message("de")))?));
    }
    let inputs: Vec<InputPaper<'_>> = (0_u32..)
        .zip(&papers)
        .map(|(file_index, (filename, paper))| InputPaper { file_index, filename, paper })
        .collect();
    let lane = Lane::bulk(LANE);
    let failed = |source| Error::Check { pair: pair.name.clone(), source };
    let today = side.facts.get("today").and_then(|text| day(text));
    let application = Application {
        mode: Mode::Office,
        application_type: Some(&side.application_type),
        form: &side.form,
        facts: &side.facts,
        language: "de",
        documents: &[],
        unread: &[],
        today: today.ok_or_else(|| failed(documents::check::Error::Today))?,
        settings,
    };
    let request = Request { papers: &inputs, lane: &lane, deadline: None };
    let (checked, extracted) = documents.check(request, application).await.map_err(failed)?;
    let loud = |rule: &str| {
        checked.hints.iter().any(|hint| hint.rule == rule && hint.severity >= Severity::Check)
    };
    let rules: BTreeSet<String> = checked.hints.iter().map(|hint| hint.rule.clone()).collect();
    Ok(Said {
        loud: rules.iter().any(|rule| loud(rule)),
        wrong: side.forbidden.iter().any(|rule| loud(rule))
            || side.expected.iter().any(|rule| !rules.contains(rule)),
        recognised: recognised(side, &extracted.documents),
        rules,
    })
}

fn recognised(side: &Side, documents: &[DocumentFields]) -> BTreeMap<String, bool> {
    let is_right = |file: &str, class: &str| {
        let here = |one: &DocumentFields| one.document.filename == file;
        documents.iter().any(|one| here(one) && one.document.document_class == class)
    };
    side.classes.iter().map(|(file, class)| (file.clone(), is_right(file, class))).collect()
}

#[cfg(test)]
mod tests;
