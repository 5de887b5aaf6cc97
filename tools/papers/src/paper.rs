//! A finished paper: its files in every format, and the truth about it.

use crate::chance::Chance;
use crate::facts::Facts;
use crate::layouts::{self, Families, Layout};
use crate::scan::{self, Profile};
use crate::typeset::{self, Typeset};
use crate::world::{Person, World};
use crate::{docx, facts};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use thiserror::Error;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// With a text layer.
    Pdf,
    /// Word processor.
    Docx,
    /// Plain text.
    Txt,
    /// Pages as pictures from a scanner at 150 dots per inch.
    ScanPdf,
    /// At 200.
    #[value(name = "scan-200")]
    Scan200,
    /// At 300.
    #[value(name = "scan-300")]
    Scan300,
    /// A photo of the first page.
    Jpeg,
    /// The same with glare.
    PhotoGlare,
    /// A fax in fine resolution.
    FaxFine,
    /// A fax in standard resolution.
    Fax,
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
            Self::Scan200 => "scan-200.pdf",
            Self::Scan300 => "scan-300.pdf",
            Self::Jpeg => "jpg",
            Self::PhotoGlare => "glare.jpg",
            Self::FaxFine => "fax-fine.pdf",
            Self::Fax => "fax.pdf",
        }
    }

    /// How its pictures come about, `None` for files with text.
    #[must_use]
    pub fn profile(self) -> Option<&'static Profile> {
        match self {
            Self::Pdf | Self::Docx | Self::Txt => None,
            Self::ScanPdf => Some(&scan::SCAN_150),
            Self::Scan200 => Some(&scan::SCAN_200),
            Self::Scan300 => Some(&scan::SCAN_300),
            Self::Jpeg => Some(&scan::PHOTO),
            Self::PhotoGlare => Some(&scan::PHOTO_GLARE),
            Self::FaxFine => Some(&scan::FAX_FINE),
            Self::Fax => Some(&scan::FAX),
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

/// A paper of plain lines, for classes without a layout.
///
/// # Errors
/// When the template fails.
pub fn of_lines(world: &World, class: &str, lines: &[String]) -> Result<Paper, Error> {
    let shown = serde_json::json!({ "lines": lines });
    let typeset = Typeset::new(class, layouts::LINES, &shown)?;
    let truth = Truth {
        class: class.to_owned(),
        family: format!("{class}.lines"),
        fields: BTreeMap::new(),
        people: Vec::new(),
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
            Format::Jpeg | Format::PhotoGlare => {
                let profile = format.profile().unwrap_or(&scan::PHOTO);
                let pages = self.grey(profile);
                let first = pages.first().cloned().unwrap_or_default();
                scan::photo(&scan::captured(&first, profile, &mut chance), profile)?
            }
            Format::ScanPdf | Format::Scan200 | Format::Scan300 | Format::FaxFine | Format::Fax => {
                let profile = format.profile().unwrap_or(&scan::SCAN_150);
                let pages = self.grey(profile);
                let seen: Vec<_> =
                    pages.iter().map(|page| scan::captured(page, profile, &mut chance)).collect();
                scan::image_pdf(&seen, profile)?
            }
        })
    }

    /// Where this text stands on the first page, as [`Typeset::spot`].
    #[must_use]
    pub fn spot(&self, text: &str) -> Option<[f64; 3]> {
        self.typeset.spot(text)
    }

    /// Its pages as this profile draws them, before anything happens to them.
    #[must_use]
    pub fn grey(&self, profile: &Profile) -> Vec<image::GrayImage> {
        self.typeset.grey(profile.across)
    }
}

#[cfg(test)]
mod tests;
