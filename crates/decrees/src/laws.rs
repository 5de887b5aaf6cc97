//! German federal law as JSON lines, one section a line, composed into one text per law.
//!
//! A law of their XML files comes out the same.
//!
//! The lines carry `id, law, bjnr, title, promulgated, section_id, heading, text, snapshot_date`,
//! as made from gesetze-im-internet.de. A law's text is its title, then each section after two blank
//! lines: that sets sections off for certain, whatever their text looks like.

use crate::{Day, Metadata};
use flate2::read::MultiGzDecoder;
use fs_err as fs;
use serde::Deserialize;
use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A law, ready to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Law {
    /// Its abbreviation with the ending `.txt`.
    pub filename: String,
    /// Title and sections.
    pub text: String,
    /// Id, title and kind.
    pub metadata: Metadata,
    /// How many sections it has.
    pub sections: u32,
}

/// Why the lines could not be read.
#[derive(Debug, Error)]
pub enum LawsError {
    /// The file could not be opened or read.
    #[error("read {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line is not a section.
    #[error("read line {line} of {} as a section", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// From 1.
        line: u64,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

#[derive(Debug, Deserialize)]
struct Section {
    id: String,
    law: String,
    bjnr: String,
    title: String,
    #[serde(default)]
    promulgated: String,
    section_id: String,
    #[serde(default)]
    heading: String,
    text: String,
}

/// The laws of a file, one after the other; the file is read as they are taken.
pub struct Laws {
    path: PathBuf,
    lines: std::io::Lines<Box<dyn BufRead + Send>>,
    line: u64,
    /// The first section of the next law.
    next: Option<Section>,
    /// Some ids stand twice, under two abbreviations of one law.
    seen: HashSet<String>,
}

impl std::fmt::Debug for Laws {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Laws").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Opens a file of sections, plain or with gzip by its ending `.gz`.
///
/// # Errors
/// When it cannot be opened.
pub fn open(path: &Path) -> Result<Laws, LawsError> {
    let file =
        fs::File::open(path).map_err(|source| LawsError::File { path: path.to_owned(), source })?;
    let reader: Box<dyn BufRead + Send> = if path.extension().is_some_and(|end| end == "gz") {
        Box::new(BufReader::new(MultiGzDecoder::new(file)))
    } else {
        Box::new(BufReader::new(file))
    };
    Ok(Laws {
        path: path.to_owned(),
        lines: reader.lines(),
        line: 0,
        next: None,
        seen: HashSet::new(),
    })
}

impl Iterator for Laws {
    type Item = Result<Law, LawsError>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = match self.next.take() {
            Some(section) => section,
            None => match self.section()? {
                Ok(section) => section,
                Err(error) => return Some(Err(error)),
            },
        };
        let mut law = compose(&first);
        append(&mut law, &first);
        loop {
            match self.section() {
                None => break,
                Some(Err(error)) => return Some(Err(error)),
                Some(Ok(section)) if section.bjnr != first.bjnr => {
                    self.next = Some(section);
                    break;
                }
                Some(Ok(section)) => append(&mut law, &section),
            }
        }
        Some(Ok(law))
    }
}

impl Laws {
    /// The next section that was not there before.
    fn section(&mut self) -> Option<Result<Section, LawsError>> {
        loop {
            let path = || self.path.clone();
            self.line += 1;
            let line = match self.lines.next()? {
                Ok(line) => line,
                Err(source) => return Some(Err(LawsError::File { path: path(), source })),
            };
            if line.trim().is_empty() {
                continue;
            }
            match serde_json::from_str::<Section>(&line) {
                Err(source) => {
                    return Some(Err(LawsError::Line { path: path(), line: self.line, source }));
                }
                Ok(section) if self.seen.insert(section.id.clone()) => return Some(Ok(section)),
                Ok(_) => {}
            }
        }
    }
}

/// A law of an XML file, as the same law's lines would give it.
pub(crate) fn compose_law(read: reading::Law) -> Law {
    let reading::Law { id, abbreviation, title, promulgated, sections } = read;
    let section = |part: reading::LawSection| Section {
        id: String::new(),
        law: abbreviation.clone(),
        bjnr: id.clone(),
        title: title.clone(),
        promulgated: promulgated.clone(),
        section_id: part.number,
        heading: part.heading,
        text: part.text,
    };
    let mut law = compose(&section(reading::LawSection::default()));
    for part in sections {
        append(&mut law, &section(part));
    }
    law
}

/// The law of a section, without sections.
fn compose(section: &Section) -> Law {
    let name = one_line(&section.law);
    let full = one_line(&section.title);
    let title = if full.ends_with(')') && full.contains(&name) {
        full
    } else if full.is_empty() || full == name {
        name.clone()
    } else {
        format!("{full} ({name})")
    };
    let ordinance = full_is_ordinance(&title);
    Law {
        filename: format!("{}.txt", name.replace(['/', '\\'], "-")),
        text: title.clone(),
        metadata: Metadata {
            decree_id: section.bjnr.clone(),
            title,
            kind: if ordinance { "ordinance" } else { "law" }.to_owned(),
            issuer: "Bund".to_owned(),
            file_number: String::new(),
            issued_on: Day::parse_iso(&section.promulgated),
            ..Metadata::default()
        },
        sections: 0,
    }
}

fn full_is_ordinance(title: &str) -> bool {
    title.contains("erordnung") && !title.contains("esetz zu") && !title.starts_with("Gesetz")
}

/// Appends a section, set off by two blank lines. Inside it no two blank lines follow each other.
fn append(law: &mut Law, section: &Section) {
    let heading = one_line(&format!("{} {}", section.section_id, section.heading));
    let heading = if heading.is_empty() { "(ohne Überschrift)" } else { &heading };
    law.text.push_str("\n\n\n");
    law.text.push_str(heading);
    law.text.push_str("\n\n");
    let mut blanks = 0;
    for line in section.text.trim().lines() {
        blanks = if line.trim().is_empty() { blanks + 1 } else { 0 };
        if blanks <= 1 {
            law.text.push_str(line);
            law.text.push('\n');
        }
    }
    let kept = law.text.trim_end().len();
    law.text.truncate(kept);
    law.sections += 1;
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passages::{Rules, split};
    use std::io::Write;

    fn line(id: &str, section: &str, heading: &str, text: &str) -> String {
        let bjnr = id.split('#').next();
        serde_json::json!({
            "id": id, "law": "MusterG", "bjnr": bjnr, "title": "Gesetz über  Muster",
            "promulgated": "2001-02-03", "section_id": section, "heading": heading, "path": [],
            "text": text, "snapshot_date": "2026-08-19",
        })
        .to_string()
    }

    #[test]
    fn laws_are_composed_and_split_into_exactly_their_sections() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("laws.jsonl.gz");
        let file = fs::File::create(&path).unwrap();
        let mut writer = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        for line in [
            line("B1#0", "", "Eingangsformel", "Der Bundestag hat beschlossen:"),
            line("B1#1", "§ 1", "Zweck", "(1) Muster.\n\n\n\n§ 2 Kein Abschnitt\n\n(2) Mehr."),
            line("B1#1", "§ 1", "Zweck", "doppelt"),
            line("B1#2", "§ 2", "(weggefallen)", "\\-"),
            line("B1#3", "Anlage 1", "", "Tabelle"),
            line("B2#0", "Art 1", "Ziel", "Text"),
        ] {
            writeln!(writer, "{line}").unwrap();
        }
        writer.finish().unwrap();
        let laws: Vec<Law> = open(&path).unwrap().map(Result::unwrap).collect();
        assert_eq!(laws.len(), 2);
        let law = &laws[0];
        assert_eq!((law.filename.as_str(), law.sections), ("MusterG.txt", 4));
        assert_eq!(law.metadata.title, "Gesetz über Muster (MusterG)");
        assert_eq!(law.metadata.issued_on, Day::new(2001, 2, 3));
        let rules = Rules { title: &law.metadata.title, page_starts: &[], characters_max: 8_000 };
        let sections: Vec<String> =
            split(&law.text, rules).into_iter().map(|piece| piece.section).collect();
        assert_eq!(sections, ["Eingangsformel", "§ 1", "§ 2", "Anlage 1"]);
    }

    #[test]
    fn a_line_that_is_no_section_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("laws.jsonl");
        fs::write(&path, format!("{}\n{{}}\n", line("B#0", "§ 1", "", "x"))).unwrap();
        let error = open(&path).unwrap().find_map(Result::err).unwrap();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
