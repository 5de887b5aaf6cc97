//! What reading gives: pages of text in which every word knows where it stood on the paper.
//!
//! The serde derives serve the pipe between the reader and its child process, both from the same
//! executable; they are not a storage or wire format for others.

use crate::mask::Mask;
use serde::{Deserialize, Serialize};

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paper {
    /// Its pages in order, at least one.
    pub pages: Vec<Page>,
    /// What the bytes turned out to be, whatever the name claimed.
    pub format: Format,
    /// Some of the text is missing: a page could not be recognised, or a limit on text was passed.
    pub truncated: bool,
}

/// One page. Formats that know no pages (DOCX, ODT, HTML, RTF, text) have one, without boxes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// From 1.
    pub number: u32,
    /// Width in points; 0 where the format has no pages.
    pub width: f32,
    /// Height in points; 0 where the format has no pages.
    pub height: f32,
    /// The text in reading order, one line per line, a blank line between blocks.
    pub text: String,
    /// The words of `text` in order.
    pub words: Vec<Word>,
    /// How the text was won; a page with values of form fields and no recognised text is a form.
    pub source: TextSource,
    /// How far the text can be trusted: 1 for a sound text layer, the mean word confidence for
    /// recognised text, 0 for a page that could not be read.
    pub quality: f32,
    /// What was masked, in order. [`crate::MASK`] stands there in `text`.
    pub masks: Vec<Mask>,
}

/// One word of a page.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// First character in the page's text.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
    /// Where it stands.
    pub rect: Rect,
    /// 0 to 1; 1 for a text layer, 0.5 for the value of a form field that the page shows otherwise.
    pub confidence: f32,
    /// How it was won; on one page, values of form fields stand among printed or recognised words.
    pub source: TextSource,
}

/// A box in points from the top left of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    /// Distance from the left edge.
    pub left: f32,
    /// Distance from the top edge.
    pub top: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// A stretch of a page's text and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// From 1.
    pub page: u32,
    /// First character in the page's text.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
    /// The box around its words; none where the format has no pages.
    pub rect: Option<Rect>,
    /// The characters themselves, verbatim.
    pub quote: String,
}

/// How a page's text was won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextSource {
    /// It stood in the file as text.
    Digital,
    /// It was recognised from an image.
    Ocr,
    /// It stood in form fields.
    Form,
}

/// The formats that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// Portable Document Format.
    Pdf,
    /// JPEG image.
    Jpeg,
    /// PNG image.
    Png,
    /// TIFF image, one or more pages.
    Tiff,
    /// WebP image.
    Webp,
    /// HEIC image.
    Heic,
    /// Word document of 2007 or later.
    Docx,
    /// `OpenDocument` text.
    Odt,
    /// Hypertext.
    Html,
    /// Rich Text Format.
    Rtf,
    /// Plain text.
    Text,
}

impl Format {
    /// A short name for logs and records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Tiff => "tiff",
            Self::Webp => "webp",
            Self::Heic => "heic",
            Self::Docx => "docx",
            Self::Odt => "odt",
            Self::Html => "html",
            Self::Rtf => "rtf",
            Self::Text => "text",
        }
    }
}

impl Rect {
    /// The smallest box around both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let left = self.left.min(other.left);
        let top = self.top.min(other.top);
        let right = (self.left + self.width).max(other.left + other.width);
        let bottom = (self.top + self.height).max(other.top + other.height);
        Self { left, top, width: right - left, height: bottom - top }
    }
}

impl Page {
    /// A page that is nothing but text, as a text file has it.
    #[must_use]
    pub fn of_text(number: u32, text: String) -> Self {
        Self {
            number,
            width: 0.0,
            height: 0.0,
            text,
            words: Vec::new(),
            source: TextSource::Digital,
            quality: 1.0,
            masks: Vec::new(),
        }
    }

    /// Where the characters from `start` up to `end` of the text stand. Offsets past the end are
    /// cut back to it.
    #[must_use]
    pub fn place(&self, start: u32, end: u32) -> Place {
        let skip = usize::try_from(start).unwrap_or(usize::MAX);
        let take = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        let quote: String = self.text.chars().skip(skip).take(take).collect();
        let length = u32::try_from(quote.chars().count()).unwrap_or(u32::MAX);
        let rect = self.words_between(start, end).map(|word| word.rect).reduce(Rect::union);
        Place { page: self.number, start, end: start.saturating_add(length), rect, quote }
    }

    /// How sure the least sure value of a form field is among the characters from `start` up to `end`: 1
    /// where there is none, 0.5 where the page shows another value than the field has.
    #[must_use]
    pub fn form_confidence(&self, start: u32, end: u32) -> f32 {
        let form = self.words_between(start, end).filter(|word| word.source == TextSource::Form);
        form.map(|word| word.confidence).fold(1.0, f32::min)
    }

    fn words_between(&self, start: u32, end: u32) -> impl Iterator<Item = &Word> {
        let first = self.words.partition_point(|word| word.end <= start);
        self.words.iter().skip(first).take_while(move |word| word.start < end)
    }
}

impl Paper {
    /// A paper of one page that is nothing but text.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let page = Page::of_text(1, text.to_owned());
        Self { pages: vec![page], format: Format::Text, truncated: false }
    }

    /// The text of all pages, a form feed between two.
    #[must_use]
    pub fn text(&self) -> String {
        let pages: Vec<&str> = self.pages.iter().map(|page| page.text.as_str()).collect();
        pages.join("\u{c}")
    }
}
