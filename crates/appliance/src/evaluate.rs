//! The test bench of an office: its own labelled papers go through the same reading and judging as in the
//! service, and figures come out. It keeps nothing: no record, no case, no text of a paper.

mod figures;
mod labels;
mod page;

use std::path::Path;

use documents::{DocumentFields, Documents, FieldType, InputPaper};
use inference::Lane;
use reading::Reader;
use serde_json::Value;

pub use documents::Interval;
pub use figures::{ClassFigures, Figures, SAMPLES_FEW};
pub use labels::{Expected, LABELS_FILE, Labelled, LabelsError, Truth, read as labels};
pub use page::{html, json};

const LANE: &str = "evaluate";

/// What became of one labelled paper.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Path below the folder.
    pub file: String,
    /// The label.
    pub class: String,
    /// What the appliance says.
    pub found: Found,
    /// The set of classes in question holds the label.
    pub covered: bool,
    /// It was found as one paper with these pages.
    pub divided: bool,
    /// Values of fields that are as the truth says, and how many the truth has.
    pub fields: (u64, u64),
}

/// What a paper was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A class.
    Class(String),
    /// The appliance does not commit itself.
    Refused,
    /// The file could not be read: the reason and what to do, in both languages.
    Unread(String),
}

/// Measures, file after file. `done` is called after each.
pub async fn run(
    reader: &Reader,
    documents: &Documents,
    files: &[Labelled],
    done: &mut dyn FnMut(),
) -> Vec<Judged> {
    let mut judged = Vec::new();
    for file in files {
        match found(reader, documents, file).await {
            Ok((found, pages)) => {
                let of = |paper| judge(documents, file, paper, (&found, pages));
                judged.extend(file.papers.iter().map(of));
            }
            Err(why) => judged.extend(file.papers.iter().map(|paper| Judged {
                file: file.name.clone(),
                class: paper.class.clone(),
                found: Found::Unread(why.clone()),
                covered: false,
                divided: false,
                fields: (0, 0),
            })),
        }
        done();
    }
    judged
}

/// The papers of a file with their values, and how many pages it has.
async fn found(
    reader: &Reader,
    documents: &Documents,
    file: &Labelled,
) -> Result<(Vec<DocumentFields>, u32), String> {
    let bytes = bytes(&file.path, reader.limits().file_bytes_max)?;
    let paper = reader
        .read(bytes, &file.name)
        .await
        .map_err(|error| format!("{} / {}", error.message("de"), error.message("en")))?;
    let input = InputPaper { file_index: 0, filename: &file.name, paper: &paper };
    let lane = Lane::bulk(LANE);
    let extracted = documents.extract(&[input], &lane, None).await;
    let extracted = extracted.map_err(|error| format!("nicht beurteilt / not judged: {error}"))?;
    let last = paper.pages.iter().map(|page| page.number).max().unwrap_or(1);
    Ok((extracted.documents, last))
}

fn bytes(path: &Path, allowed: u64) -> Result<Vec<u8>, String> {
    let length = fs_err::metadata(path).map_err(|error| error.to_string())?.len();
    if length > allowed {
        return Err(format!("{length} Bytes, erlaubt sind / allowed are {allowed}"));
    }
    fs_err::read(path).map_err(|error| error.to_string())
}

fn judge(
    documents: &Documents,
    file: &Labelled,
    expected: &Expected,
    (found, last): (&[DocumentFields], u32),
) -> Judged {
    let pages = expected.pages.unwrap_or((1, last));
    let shared = |one: &DocumentFields| {
        let (first, last) = (one.document.first_page, one.document.last_page);
        (last.min(pages.1) + 1).saturating_sub(first.max(pages.0))
    };
    // Among equals the first: the paper that the label speaks of begins there.
    let best = found.iter().rev().max_by_key(|one| shared(one)).filter(|one| shared(one) > 0);
    let mut judged = Judged {
        file: file.name.clone(),
        class: expected.class.clone(),
        found: Found::Refused,
        covered: false,
        divided: false,
        fields: (0, 0),
    };
    let Some(best) = best else { return judged };
    if !best.document.abstained {
        judged.found = Found::Class(best.document.document_class.clone());
    }
    let set = &best.document.prediction_set;
    judged.covered = set.iter().any(|score| score.document_class == expected.class);
    judged.divided = (best.document.first_page, best.document.last_page) == pages;
    if let Some(truth) = &file.truth {
        judged.fields = fields(documents, &expected.class, best, truth);
    }
    judged
}

/// Of the values that the class has and the truth names: how many were read exactly so.
fn fields(documents: &Documents, class: &str, found: &DocumentFields, truth: &Truth) -> (u64, u64) {
    let specs = documents.knowledge().class(class).map(|class| class.fields.as_slice());
    let (mut exact, mut total) = (0, 0);
    for spec in specs.unwrap_or_default() {
        // Fields of a later release are not read yet.
        let wanted = truth.get(&spec.name).filter(|_| spec.kind != FieldType::Later);
        let Some(wanted) = wanted else { continue };
        let mut wanted: Vec<String> = match wanted.as_array() {
            Some(list) => list.iter().map(plain).collect(),
            None => vec![plain(wanted)],
        };
        let mut read: Vec<String> = if wanted.len() > 1 {
            found.all(&spec.name).map(|field| comparable(&field.value)).collect()
        } else {
            found.field(&spec.name).map(|field| comparable(&field.value)).into_iter().collect()
        };
        // Identity papers print names in capitals.
        if matches!(spec.kind, FieldType::Person | FieldType::Persons) {
            for name in wanted.iter_mut().chain(&mut read) {
                *name = name.to_uppercase();
            }
        }
        wanted.sort();
        read.sort();
        total += 1;
        exact += u64::from(wanted == read);
    }
    (exact, total)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| comparable(&value.to_string()), comparable)
}

/// Without blanks in a row and without the currency that amounts are given in anyway.
fn comparable(value: &str) -> String {
    let words = value.split_whitespace().collect::<Vec<_>>().join(" ");
    words.strip_suffix(" EUR").map(str::to_owned).unwrap_or(words)
}

#[cfg(test)]
mod tests;
