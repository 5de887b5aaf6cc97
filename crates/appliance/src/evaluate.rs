//! The test bench of an office: its own labelled papers go through the same reading and judging as in the
//! service, and figures come out. It keeps nothing: no record, no case, no text of a paper.

mod figures;
mod labels;
mod page;
mod values;

use std::path::Path;

use documents::{DocumentFields, Documents, InputPaper};
use inference::Lane;
use reading::{FileError, Paper, Part, PartContent, Reader, holds_files};

pub use documents::Interval;
pub use figures::{ClassFigures, FieldFigures, Figures, SAMPLES_FEW};
pub use labels::{Expected, LABELS_FILE, Labelled, LabelsError, Truth, read as labels};
pub use page::{html, json};
pub use values::{FieldOutcome, Outcome};

const LANE: &str = "evaluate";

/// What became of one labelled paper.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Path below the folder; of a paper in an archive or a mail `FILE/PART`.
    pub file: String,
    /// The label.
    pub class: String,
    /// What the appliance says.
    pub found: Found,
    /// The set of classes in question holds the label.
    pub covered: bool,
    /// It was found as one paper with these pages.
    pub divided: bool,
    /// Values that the truth names, and what became of them.
    pub fields: Vec<FieldOutcome>,
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

/// Measures, file after file. `done` is called after each. Of an archive or a mail every file inside counts as
/// one paper with its label.
pub async fn run(
    reader: &Reader,
    documents: &Documents,
    files: &[Labelled],
    done: &mut dyn FnMut(),
) -> Vec<Judged> {
    let mut judged = Vec::new();
    for file in files {
        let papers = papers(reader, file).await;
        // A truth speaks of one paper.
        let truth = file.truth.as_ref().filter(|_| papers.len() == 1);
        for (name, paper) in papers {
            let found = match paper {
                Ok(paper) => found(documents, &name, &paper).await,
                Err(why) => Err(why),
            };
            let is_part = name != file.name;
            judged.extend(file.papers.iter().map(|expected| {
                let mut one = unread(&name, &expected.class, String::new());
                match &found {
                    Ok(_) if is_part && expected.pages.is_some() => {
                        one.found = Found::Unread(PAGES.into())
                    }
                    Ok((found, last)) => {
                        judge(documents, expected, truth, (found, *last), &mut one)
                    }
                    Err(why) => one.found = Found::Unread(why.clone()),
                }
                one
            }));
        }
        done();
    }
    judged
}

const PAGES: &str =
    "Seiten gelten nicht für Archive und Mails / pages cannot be given for archives and mails";

fn unread(file: &str, class: &str, why: String) -> Judged {
    Judged {
        file: file.to_owned(),
        class: class.to_owned(),
        found: Found::Unread(why),
        covered: false,
        divided: false,
        fields: Vec::new(),
    }
}

type Read = Result<Paper, String>;

/// The papers of a file by their names: one, or what an archive or a mail holds.
async fn papers(reader: &Reader, file: &Labelled) -> Vec<(String, Read)> {
    let alone = |read: Read| vec![(file.name.clone(), read)];
    let bytes = match bytes(&file.path, reader.limits().file_bytes_max) {
        Ok(bytes) => bytes,
        Err(why) => return alone(Err(why)),
    };
    if !holds_files(&bytes, &file.name) {
        return alone(reader.read(bytes, &file.name).await.map_err(said));
    }
    let parts = match reader.unpack(bytes, &file.name).await {
        Ok(parts) => parts,
        Err(error) => return alone(Err(said(error))),
    };
    // What somebody writes around attachments is no paper of its own.
    let is_message = |part: &Part| matches!(part.content, PartContent::Message { .. });
    let only_messages = parts.iter().all(is_message);
    let mut papers = Vec::new();
    for part in parts.into_iter().filter(|part| only_messages || !is_message(part)) {
        let read = match part.content {
            PartContent::File(bytes) => reader.read(bytes, &part.name).await.map_err(said),
            PartContent::Message { title, text } => {
                reader.read_text(format!("{title}\n\n{text}")).await.map_err(said)
            }
            PartContent::Law(law) => Err(format!("ein Gesetz / a law: {}", law.abbreviation)),
            PartContent::Refused(error) => Err(said(error)),
        };
        papers.push((format!("{}/{}", file.name, part.name), read));
    }
    if papers.is_empty() {
        return alone(Err("nichts darin / nothing inside".to_owned()));
    }
    papers
}

fn said(error: FileError) -> String {
    format!("{} / {}", error.message("de"), error.message("en"))
}

/// The papers found in a paper's pages with their values, and how many pages it has.
async fn found(
    documents: &Documents,
    name: &str,
    paper: &Paper,
) -> Result<(Vec<DocumentFields>, u32), String> {
    let input = InputPaper { file_index: 0, filename: name, paper };
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
    expected: &Expected,
    truth: Option<&Truth>,
    (found, last): (&[DocumentFields], u32),
    judged: &mut Judged,
) {
    let pages = expected.pages.unwrap_or((1, last));
    let shared = |one: &DocumentFields| {
        let (first, last) = (one.document.first_page, one.document.last_page);
        (last.min(pages.1) + 1).saturating_sub(first.max(pages.0))
    };
    // Among equals the first: the paper that the label speaks of begins there.
    let best = found.iter().rev().max_by_key(|one| shared(one)).filter(|one| shared(one) > 0);
    judged.found = Found::Refused;
    let Some(best) = best else { return };
    if !best.document.abstained {
        judged.found = Found::Class(best.document.document_class.clone());
    }
    let set = &best.document.prediction_set;
    judged.covered = set.iter().any(|score| score.document_class == expected.class);
    judged.divided = (best.document.first_page, best.document.last_page) == pages;
    if let Some(truth) = truth {
        let class = documents.knowledge().class(&expected.class);
        judged.fields = values::compare(class, best, truth);
    }
}

#[cfg(test)]
mod tests;
