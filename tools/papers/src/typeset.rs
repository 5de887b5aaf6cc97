//! Typesets templates with typst: no network, no system fonts, no clock.

use crate::layouts::BASE;
use std::sync::OnceLock;
use thiserror::Error;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::layout::{Frame, FrameItem, Point};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};
use typst_layout::PagedDocument;

/// Why a template gives no pages.
#[derive(Debug, Error)]
pub enum Error {
    /// The template is wrong, or a fact is missing.
    #[error("typeset {name}: {problems}")]
    Template {
        /// Which one.
        name: String,
        /// What typst says.
        problems: String,
    },
    /// A path that typst does not take.
    #[error("name the template {name}")]
    Path {
        /// Which one.
        name: String,
    },
}

/// A typeset paper.
#[derive(Debug)]
pub struct Typeset {
    document: PagedDocument,
    name: String,
}

impl Typeset {
    /// Typesets a template with the facts that it prints.
    ///
    /// # Errors
    /// When the template does not compile with these facts.
    pub fn new(name: &str, source: &str, facts: &serde_json::Value) -> Result<Self, Error> {
        let world = Sheet {
            main: Source::new(file_id(name, "main.typ")?, source.to_owned()),
            base: Source::new(file_id(name, "base.typ")?, BASE.to_owned()),
            facts: (file_id(name, "facts.json")?, Bytes::from_string(facts.to_string())),
        };
        let document = typst::compile::<PagedDocument>(&world).output.map_err(|problems| {
            let list: Vec<&str> = problems.iter().map(|one| one.message.as_str()).collect();
            Error::Template { name: name.to_owned(), problems: list.join("; ") }
        })?;
        Ok(Self { document, name: name.to_owned() })
    }

    /// The text of each page, line by line from top to bottom.
    #[must_use]
    pub fn pages(&self) -> Vec<String> {
        self.document.pages().iter().map(|page| page_text(&page.frame)).collect()
    }

    /// Where this text stands on the first page: left edge, right edge and baseline, as shares of the page.
    #[must_use]
    pub fn spot(&self, text: &str) -> Option<[f64; 3]> {
        let frame = &self.document.pages().first()?.frame;
        let mut runs = Vec::new();
        collect(frame, Point::zero(), &mut runs);
        let run = runs.iter().find(|run| run.text.contains(text))?;
        let (width, height) = (frame.width().to_pt(), frame.height().to_pt());
        Some([run.x / width, run.end / width, run.y / height])
    }

    /// As PDF.
    ///
    /// # Errors
    /// When typst cannot write it.
    pub fn pdf(&self) -> Result<Vec<u8>, Error> {
        let options = typst_pdf::PdfOptions {
            ident: typst::foundations::Smart::Custom(self.name.clone()),
            ..Default::default()
        };
        typst_pdf::pdf(&self.document, &options).map_err(|problems| Error::Template {
            name: self.name.clone(),
            problems: problems.iter().map(|one| one.message.to_string()).collect(),
        })
    }

    /// Each page in grey: width, height, one byte a pixel.
    #[must_use]
    pub fn grey(&self, dots_per_inch: f64) -> Vec<image::GrayImage> {
        let options = typst_render::RenderOptions {
            pixel_per_pt: (dots_per_inch / 72.0).into(),
            ..Default::default()
        };
        let render = |page| {
            let pixmap = typst_render::render(page, &options);
            let grey = pixmap
                .pixels()
                .iter()
                .map(|pixel| {
                    let sum = u32::from(pixel.red()) * 30
                        + u32::from(pixel.green()) * 59
                        + u32::from(pixel.blue()) * 11;
                    u8::try_from(sum / 100).unwrap_or(u8::MAX)
                })
                .collect();
            image::GrayImage::from_raw(pixmap.width(), pixmap.height(), grey).unwrap_or_default()
        };
        self.document.pages().iter().map(render).collect()
    }
}

fn file_id(name: &str, path: &str) -> Result<FileId, Error> {
    let path = VirtualPath::new(path).map_err(|_| Error::Path { name: name.to_owned() })?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// A run of text and where it stands.
struct Run {
    x: f64,
    y: f64,
    end: f64,
    size: f64,
    text: String,
}

fn page_text(frame: &Frame) -> String {
    let mut runs = Vec::new();
    collect(frame, Point::zero(), &mut runs);
    // Runs of one line stand on one height, give or take a point.
    runs.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x)));
    let mut lines: Vec<Vec<Run>> = Vec::new();
    for run in runs {
        match lines.last_mut() {
            Some(line) if line.first().is_some_and(|first| (first.y - run.y).abs() < 2.0) => {
                line.push(run);
            }
            _ => lines.push(vec![run]),
        }
    }
    let mut text = String::new();
    for line in &mut lines {
        line.sort_by(|a, b| a.x.total_cmp(&b.x));
        let mut end = f64::NEG_INFINITY;
        for run in line {
            if end.is_finite() && run.x - end > run.size * 0.12 && !text.ends_with(' ') {
                text.push(' ');
            }
            text.push_str(&run.text);
            end = run.end;
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn collect(frame: &Frame, origin: Point, runs: &mut Vec<Run>) {
    for (position, item) in frame.items() {
        let at = origin + *position;
        if let FrameItem::Group(group) = item {
            collect(&group.frame, at, runs);
        } else if let FrameItem::Text(text) = item {
            runs.push(Run {
                x: at.x.to_pt(),
                y: at.y.to_pt(),
                end: (at.x + text.width()).to_pt(),
                size: text.size.to_pt(),
                text: text.text.to_string(),
            });
        }
    }
}

struct Sheet {
    main: Source,
    base: Source,
    facts: (FileId, Bytes),
}

fn library() -> &'static LazyHash<Library> {
    static LIBRARY: OnceLock<LazyHash<Library>> = OnceLock::new();
    LIBRARY.get_or_init(|| LazyHash::new(Library::default()))
}

fn fonts() -> &'static (LazyHash<FontBook>, Vec<Font>) {
    static FONTS: OnceLock<(LazyHash<FontBook>, Vec<Font>)> = OnceLock::new();
    FONTS.get_or_init(|| {
        let fonts: Vec<Font> =
            typst_assets::fonts().flat_map(|data| Font::iter(Bytes::new(data))).collect();
        (LazyHash::new(FontBook::from_fonts(&fonts)), fonts)
    })
}

impl World for Sheet {
    fn library(&self) -> &LazyHash<Library> {
        library()
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &fonts().0
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        [&self.main, &self.base]
            .into_iter()
            .find(|source| source.id() == id)
            .cloned()
            .ok_or_else(|| FileError::Other(None))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.facts.0 { Ok(self.facts.1.clone()) } else { Err(FileError::Other(None)) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        fonts().1.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
