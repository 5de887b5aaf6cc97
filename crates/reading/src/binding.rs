//! One PDF out of the files of an application: a cover sheet, then every page of every document as it was
//! sent, each document with a bookmark.
//!
//! Pages of a PDF are taken over with what they draw; what a PDF can do beyond that (actions, scripts, its
//! form tree) stays behind. A file that is no PDF and no picture, or whose pages cannot be taken over, is
//! attached as it was sent, behind a sheet that says so; so is a PDF with a form or a signature, beside
//! its pages.

use crate::error::{FileError, Reason};
use crate::limits::{Work, widen};
use crate::paper::Format;
use crate::picture;
use crate::sniff::{self, Kind};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary, text_string};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

mod pages;
mod sheet;
#[cfg(test)]
mod tests;

/// What a bundle says and in which order it holds the documents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The title on the cover sheet and of the PDF.
    pub title: String,
    /// Lines below the title.
    pub lines: Vec<String>,
    /// The heading above the documents.
    pub contents: String,
    /// What stands before the number of a page: "Seite".
    pub page: String,
    /// The documents in their order.
    pub documents: Vec<Bound>,
    /// Lines behind the documents: what seems to be missing, what could not be read.
    pub after: Vec<String>,
    /// Stands on the sheet before a file that is attached instead of shown.
    pub attached: String,
}

/// One document of a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// As the cover sheet and the bookmark name it.
    pub title: String,
    /// Which of the files it is in, from 0.
    pub file: usize,
    /// Its first page there, from 1.
    pub first_page: u32,
    /// Its last page there.
    pub last_page: u32,
}

/// A file of a bundle: its name and how long it is. The bytes of all files follow one another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) name: String,
    pub(crate) length: usize,
}

/// Binds files that lie one behind the other in `bytes`.
pub(crate) fn bind(
    bytes: &[u8],
    sent: &[Sent],
    binding: &Binding,
    work: &Work<'_>,
) -> Result<Vec<u8>, FileError> {
    let mut volume = Volume::new();
    let mut rest = bytes;
    let mut files = Vec::new();
    for file in sent {
        let (own, others) = rest
            .split_at_checked(file.length)
            .ok_or_else(|| failed("files are shorter than they were said to be"))?;
        files.push((file.name.as_str(), own));
        rest = others;
    }
    let mut taken: BTreeMap<usize, Vec<ObjectId>> = BTreeMap::new();
    // Title and place among the pages behind the cover.
    let mut contents: Vec<(&str, usize)> = Vec::new();
    for bound in &binding.documents {
        work.check_time()?;
        let Some((name, content)) = files.get(bound.file) else { continue };
        let all = match taken.entry(bound.file) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(volume.take(name, content, work)?),
        };
        contents.push((&bound.title, volume.order.len()));
        let first = usize::try_from(bound.first_page.saturating_sub(1)).unwrap_or(usize::MAX);
        let last = usize::try_from(bound.last_page).unwrap_or(usize::MAX).min(all.len());
        match all.get(first..last) {
            Some(own) if !own.is_empty() => volume.order.extend_from_slice(own),
            Some(_) | None => {
                let lines = [bound.title.as_str(), "", *name, "", binding.attached.as_str()];
                let page = volume.sheets(&lines.map(str::to_owned)).into_iter().next();
                volume.order.extend(page);
                volume.attach(name, content);
            }
        }
    }
    volume.finish(binding, &contents)
}

fn failed(what: impl std::fmt::Display) -> FileError {
    FileError::new(Reason::Unreadable, format!("bind: {what}"))
}

/// The PDF that is being made.
struct Volume {
    document: Document,
    /// The node that all pages hang on.
    tree: ObjectId,
    /// The pages so far, without the cover.
    order: Vec<ObjectId>,
    /// Attached files by name.
    attached: Vec<(String, ObjectId)>,
    font: ObjectId,
}

impl Volume {
    fn new() -> Self {
        let mut document = Document::with_version("1.7");
        let tree = document.new_object_id();
        let font = document.add_object(dictionary! {
            "Type" => "Font",
            "Subtype" => "Type1",
            "BaseFont" => "Helvetica",
            "Encoding" => "WinAnsiEncoding",
        });
        Self { document, tree, order: Vec::new(), attached: Vec::new(), font }
    }

    /// The pages of a file, taken over; none where they cannot be.
    fn take(
        &mut self,
        name: &str,
        content: &[u8],
        work: &Work<'_>,
    ) -> Result<Vec<ObjectId>, FileError> {
        let Kind::Known(format) = sniff::sniff(content, name) else { return Ok(Vec::new()) };
        match format {
            Format::Pdf => {
                let (pages, keep) = pages::of_pdf(&mut self.document, self.tree, content);
                if keep && !pages.is_empty() {
                    self.attach(name, content);
                }
                Ok(pages)
            }
            Format::Jpeg | Format::Png | Format::Tiff | Format::Webp => {
                let mut pages = Vec::new();
                // One that cannot be shown is attached.
                for shown in picture::shown(content, format, work).unwrap_or_default() {
                    work.check_time()?;
                    pages.push(pages::of_picture(&mut self.document, self.tree, shown)?);
                }
                Ok(pages)
            }
            Format::Heic
            | Format::Docx
            | Format::Odt
            | Format::Html
            | Format::Rtf
            | Format::Text => Ok(Vec::new()),
        }
    }

    fn attach(&mut self, name: &str, content: &[u8]) {
        if self.attached.iter().any(|(known, _)| known == name) {
            return;
        }
        let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
        let mut stream = Stream::new(
            dictionary! { "Type" => "EmbeddedFile", "Params" => dictionary! { "Size" => size } },
            content.to_vec(),
        );
        // What is packed already stays as it is.
        let _smaller = stream.compress();
        let file = self.document.add_object(stream);
        let described = self.document.add_object(dictionary! {
            "Type" => "Filespec",
            "F" => text_string(name),
            "UF" => text_string(name),
            "EF" => dictionary! { "F" => file, "UF" => file },
        });
        self.attached.push((name.to_owned(), described));
    }

    /// Sheets of text.
    fn sheets(&mut self, lines: &[String]) -> Vec<ObjectId> {
        sheet::set(lines)
            .into_iter()
            .map(|content| {
                let content = self.document.add_object(Stream::new(Dictionary::new(), content));
                self.document.add_object(dictionary! {
                    "Type" => "Page",
                    "Parent" => self.tree,
                    "MediaBox" => sheet::media_box(),
                    "Resources" => dictionary! { "Font" => dictionary! { "F" => self.font } },
                    "Contents" => content,
                })
            })
            .collect()
    }

    /// Sets the cover and writes everything.
    fn finish(
        mut self,
        binding: &Binding,
        contents: &[(&str, usize)],
    ) -> Result<Vec<u8>, FileError> {
        // Numbers have no influence on how many lines there are, but move with the sheets of the cover.
        let sheets = sheet::set(&cover(binding, contents, 0)).len();
        let covers = self.sheets(&cover(binding, contents, sheets));
        let marks: Vec<(String, ObjectId)> =
            covers
                .first()
                .map(|first| (binding.title.clone(), *first))
                .into_iter()
                .chain(contents.iter().filter_map(|(title, place)| {
                    Some(((*title).to_owned(), *self.order.get(*place)?))
                }))
                .collect();
        let kids: Vec<Object> =
            covers.iter().chain(&self.order).map(|id| Object::from(*id)).collect();
        let count = i64::try_from(kids.len()).unwrap_or(i64::MAX);
        let tree = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count };
        self.document.objects.insert(self.tree, tree.into());
        let outline = self.outline(&marks);
        let mut catalog = dictionary! {
            "Type" => "Catalog",
            "Pages" => self.tree,
            "Outlines" => outline,
            "PageMode" => "UseOutlines",
        };
        // A name tree is sorted by its names.
        self.attached.sort();
        if !self.attached.is_empty() {
            let pairs = self.attached.iter();
            let names: Vec<Object> =
                pairs.flat_map(|(name, file)| [text_string(name), (*file).into()]).collect();
            let files = dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } };
            catalog.set("Names", files);
        }
        let catalog = self.document.add_object(catalog);
        let facts =
            dictionary! { "Title" => text_string(&binding.title), "Producer" => "Amtshilfe" };
        let facts = self.document.add_object(facts);
        self.document.trailer.set("Root", catalog);
        self.document.trailer.set("Info", facts);
        self.document.prune_objects();
        let mut written = Vec::new();
        self.document.save_to(&mut written).map_err(failed)?;
        Ok(written)
    }

    /// Bookmarks, one for each document, all on one level.
    fn outline(&mut self, marks: &[(String, ObjectId)]) -> ObjectId {
        let outline = self.document.new_object_id();
        let ids: Vec<ObjectId> = marks.iter().map(|_| self.document.new_object_id()).collect();
        for (place, (id, (title, page))) in ids.iter().zip(marks).enumerate() {
            let mut mark = dictionary! {
                "Title" => text_string(title),
                "Parent" => outline,
                "Dest" => vec![Object::from(*page), "Fit".into()],
            };
            if let Some(before) = place.checked_sub(1).and_then(|before| ids.get(before)) {
                mark.set("Prev", *before);
            }
            if let Some(next) = ids.get(place + 1) {
                mark.set("Next", *next);
            }
            self.document.objects.insert(*id, mark.into());
        }
        let mut node = dictionary! { "Type" => "Outlines" };
        if let (Some(first), Some(last)) = (ids.first(), ids.last()) {
            node.set("First", *first);
            node.set("Last", *last);
            node.set("Count", i64::try_from(ids.len()).unwrap_or(i64::MAX));
        }
        self.document.objects.insert(outline, node.into());
        outline
    }
}

/// The lines of the cover where it takes so many sheets itself.
fn cover(binding: &Binding, contents: &[(&str, usize)], sheets: usize) -> Vec<String> {
    let mut lines = vec![binding.title.clone(), String::new()];
    lines.extend(binding.lines.iter().cloned());
    lines.extend([String::new(), binding.contents.clone()]);
    for (title, place) in contents {
        // As wide for every number, so that the lines break alike.
        let number = widen(place + sheets + 1);
        lines.push(format!("{} {number:>4}   {title}", binding.page));
    }
    if !binding.after.is_empty() {
        lines.push(String::new());
        lines.extend(binding.after.iter().cloned());
    }
    lines
}
