//! What the answers are made of. They mirror the public contract; the conversion stands in `api`.

use std::time::Duration;

use inference::ModelUse;
use reading::{MaskKind, Page, Paper, Rect, TextSource};

/// A file that was read, as the caller numbered it.
#[derive(Debug, Clone, Copy)]
pub struct InputPaper<'a> {
    /// Position in the request's files: two files may share a name.
    pub file_index: u32,
    /// As the caller named it.
    pub filename: &'a str,
    /// Its pages.
    pub paper: &'a Paper,
}

/// A stretch of a page of one of the files.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Position in the request's files.
    pub file_index: u32,
    /// The file's name.
    pub filename: String,
    /// From 1.
    pub page: u32,
    /// First character in the page's text.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
    /// Points from the top left; none where the format has no pages.
    pub rect: Option<Rect>,
    /// The words at that place, verbatim.
    pub quote: String,
}

/// One paper within a file, and what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassifiedDocument {
    /// Position in the request's files.
    pub file_index: u32,
    /// The file's name.
    pub filename: String,
    /// From 1.
    pub first_page: u32,
    /// The last page that belongs to it.
    pub last_page: u32,
    /// Id of the best class; `unknown_other` where the service abstains.
    pub document_class: String,
    /// Calibrated probability that `document_class` is right.
    pub probability: f64,
    /// Holds the true class with the stated coverage; best first.
    pub prediction_set: Vec<ClassScore>,
    /// The service does not commit itself; `prediction_set` still ranks what it may be.
    pub abstained: bool,
    /// What decided.
    pub evidence: Vec<Place>,
    /// BCP 47; `und` where it cannot be told.
    pub language: String,
    /// How the text was won.
    pub text_source: TextSource,
    /// 0 to 1, how far the text can be trusted.
    pub text_quality: f64,
    /// `document_class` is one of the office's own with too few samples to be sure of it.
    pub provisional: bool,
    /// How many passages of its pages were masked, by what they told of; kinds without any are left out.
    pub masked: Vec<(MaskKind, u32)>,
}

/// A class and how probable it is.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassScore {
    /// Id of the class.
    pub document_class: String,
    /// Calibrated.
    pub probability: f64,
}

/// A value read from a paper.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// As in the taxonomy, e.g. `net_eur`.
    pub name: String,
    /// Normalised: ISO 8601 dates, `1234.56 EUR`, ICAO country codes.
    pub value: String,
    /// As read.
    pub raw: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Where it stands.
    pub place: Place,
}

/// A paper with the values read from it.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentFields {
    /// What it is.
    pub document: ClassifiedDocument,
    /// What it says; a name may occur more than once where it is not clear or is a list.
    pub fields: Vec<Field>,
}

impl DocumentFields {
    /// The most trusted value of a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        let named = self.fields.iter().filter(|field| field.name == name);
        named.max_by(|a, b| a.confidence.total_cmp(&b.confidence))
    }

    /// Every value of a name, in the order of the paper.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Field> {
        self.fields.iter().filter(move |field| field.name == name)
    }
}

/// What classification gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Classified {
    /// In the order of the files.
    pub documents: Vec<ClassifiedDocument>,
    /// Models that took part.
    pub models: Vec<ModelUse>,
    /// Time in the engine's queue.
    pub queue_time: Duration,
    /// Time on the device.
    pub compute_time: Duration,
    /// A model saw only part of a text.
    pub truncated: bool,
}

/// What extraction gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extracted {
    /// In the order of the files.
    pub documents: Vec<DocumentFields>,
    /// Models that took part.
    pub models: Vec<ModelUse>,
    /// Time in the engine's queue.
    pub queue_time: Duration,
    /// Time on the device.
    pub compute_time: Duration,
    /// A model saw only part of a text.
    pub truncated: bool,
}

impl InputPaper<'_> {
    /// The place of characters `start` up to `end` of a page.
    #[must_use]
    pub fn place(&self, page: &Page, start: u32, end: u32) -> Place {
        let place = page.place(start, end);
        Place {
            file_index: self.file_index,
            filename: self.filename.to_owned(),
            page: place.page,
            start: place.start,
            end: place.end,
            rect: place.rect,
            quote: place.quote,
        }
    }

    /// The pages `first..=last` of the file.
    pub fn pages(&self, first: u32, last: u32) -> impl Iterator<Item = &Page> {
        self.paper.pages.iter().filter(move |page| (first..=last).contains(&page.number))
    }
}
