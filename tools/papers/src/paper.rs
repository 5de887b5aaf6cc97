//! A finished paper: its files in every format, and the truth about it.

use crate::chance::Chance;
use crate::facts::Facts;
use crate::layouts::{self, Families, Layout};
use crate::scan::{self, Device};
use crate::typeset::{self, Typeset};
use crate::world::{Person, World};
use crate::{docx, facts};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use thiserror::Error;

/// Dots per inch of scans: enough for text recognition, small enough for a demo.
const SCAN_DPI: f64 = 150.0;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// With a text layer.
    Pdf,
    /// Word processor.
    Docx,
    /// Plain text.
    Txt,
    /// Pages as pictures from a scanner.
    ScanPdf,
    /// A photo of the first page.
    Jpeg,
}

impl Format {
    /// The file name's ending.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Txt => "txt",
            Self::ScanPdf => "scan.pdf",
            Self::Jpeg => "jpg",
        }
    }
}

/// What is true about a paper.
#[derive(Clone, Debug, Serialize)]
pub struct Truth {
    /// Class id.
    pub class: String,
    /// `class.layout`.
    pub family: String,
    /// Fields of the taxonomy, normalised.
    pub fields: BTreeMap<String, Value>,
    /// Whom it is about, within its household.
    pub people: Vec<&'static str>,
    /// Seed of the household.
    pub seed: u64,
    /// Text of each page.
    pub pages: Vec<String>,
}

/// A paper before it becomes a file.
#[derive(Debug)]
pub struct Paper {
    /// What is true about it.
    pub truth: Truth,
    typeset: Typeset,
}

/// Why there is no paper or no file.
#[derive(Debug, Error)]
pub enum Error {
    /// No template for this class.
    #[error("find a template of class {class}: there is none (see --help for the classes)")]
    UnknownClass {
        /// What was asked for.
        class: String,
    },
    /// The template failed.
    #[error(transparent)]
    Typeset(#[from] typeset::Error),
    /// The picture could not be written.
    #[error("encode a picture")]
    Picture(#[from] image::ImageError),
    /// The DOCX could not be written.
    #[error("write a docx")]
    Docx(#[from] zip::result::ZipError),
}

/// A paper of this class about the applicant, in a layout that the household's seed picks.
///
/// # Errors
/// When the class has no template, or its template fails.
pub fn of(world: &World, class: &str) -> Result<Paper, Error> {
    about(world, &world.applicant, class)
}

/// The same about another person of the household.
///
/// # Errors
/// As [`of`].
pub fn about(world: &World, person: &Person, class: &str) -> Result<Paper, Error> {
    among(world, person, class, Families::Train)
}

/// The same in a layout of these families.
///
/// # Errors
/// As [`of`].
pub fn among(
    world: &World,
    person: &Person,
    class: &str,
    families: Families,
) -> Result<Paper, Error> {
    let unknown = || Error::UnknownClass { class: class.to_owned() };
    let facts = facts::about(world, person, class).ok_or_else(unknown)?;
    let choices = layouts::among(class, families);
    let index = world.chance.fork("layout").fork(class).below(choices.len());
    let layout = choices.get(index).copied().ok_or_else(unknown)?;
    typeset(world, facts, layout)
}

/// A paper with these facts in this layout.
///
/// # Errors
/// When the template fails.
pub fn typeset(world: &World, mut facts: Facts, layout: Layout) -> Result<Paper, Error> {
    if let Some(provider) = layout.provider() {
        facts.fields.insert("provider".into(), provider.into());
    }
    let shown = serde_json::to_value(&facts.shown).unwrap_or(Value::Null);
    let typeset = Typeset::new(layout.family, layout.source, &shown)?;
    let truth = Truth {
        class: layout.class().to_owned(),
        family: layout.family.to_owned(),
        fields: facts.fields,
        people: facts.people,
        seed: world.seed,
        pages: typeset.pages(),
    };
    Ok(Paper { truth, typeset })
}

impl Paper {
    /// The paper as a file.
    ///
    /// # Errors
    /// When the format cannot hold it.
    pub fn file(&self, format: Format) -> Result<Vec<u8>, Error> {
        let mut chance = Chance::new(self.truth.seed).fork(&self.truth.family);
        let text = self.truth.pages.join("\n");
        Ok(match format {
            Format::Pdf => self.typeset.pdf()?,
            Format::Txt => text.into_bytes(),
            Format::Docx => {
                docx::document(&text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>())?
            }
            Format::ScanPdf => {
                let pages: Vec<_> = self
                    .typeset
                    .grey(SCAN_DPI)
                    .iter()
                    .map(|page| scan::captured(page, Device::Scanner, &mut chance))
                    .collect();
                scan::image_pdf(&pages, SCAN_DPI, 50)?
            }
            Format::Jpeg => {
                let pages = self.typeset.grey(SCAN_DPI);
                let first = pages.first().cloned().unwrap_or_default();
                let photo = scan::captured(&first, Device::Phone, &mut chance);
                scan::jpeg(&photo, 45)?
            }
        })
    }
}

#[cfg(test)]
mod tests;
