//! Pages of PDFs and pictures, taken over into another PDF.

use super::failed;
use crate::error::FileError;
use crate::picture::Shown;
use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

/// Nodes between a page and the root of its tree.
const DEPTH_MAX: usize = 32;
/// What a page may get from the nodes above it.
const INHERITED: [&[u8]; 4] = [b"Resources", b"MediaBox", b"CropBox", b"Rotate"];
/// What of a page leads back into its own document or does something by itself.
const LEFT: [&[u8]; 6] = [b"AA", b"B", b"StructParents", b"Metadata", b"PieceInfo", b"Tabs"];
/// Longest edge of a picture's page in points, and of its shorter edge: A4.
const LONG: f32 = 842.0;
const SHORT: f32 = 595.0;

/// The pages of a PDF, and whether the file has more than its pages show: a form or a signature. No pages
/// where the file cannot be taken apart.
pub(super) fn of_pdf(target: &mut Document, tree: ObjectId, bytes: &[u8]) -> (Vec<ObjectId>, bool) {
    let Ok(mut source) = Document::load_mem(bytes) else { return (Vec::new(), false) };
    if source.is_encrypted() {
        return (Vec::new(), false);
    }
    source.renumber_objects_with(target.max_id + 1);
    let has_form = source.catalog().is_ok_and(|catalog| catalog.has(b"AcroForm"));
    let ids: Vec<ObjectId> = source.get_pages().into_values().collect();
    let mut pages = Vec::new();
    for id in &ids {
        let Some(mut page) = whole(&source, *id) else { return (Vec::new(), false) };
        page.set("Parent", tree);
        pages.push((*id, page));
    }
    target.max_id = target.max_id.max(source.max_id);
    target.objects.append(&mut source.objects);
    for (id, page) in pages {
        target.objects.insert(id, page.into());
    }
    (ids, has_form)
}

/// A page with all that it inherits.
fn whole(source: &Document, id: ObjectId) -> Option<Dictionary> {
    let mut page = source.get_dictionary(id).ok()?.clone();
    let mut node = page.clone();
    for _ in 0..DEPTH_MAX {
        let parent = node.get(b"Parent").and_then(Object::as_reference);
        let Ok(above) = parent.and_then(|parent| source.get_dictionary(parent)) else { break };
        for key in INHERITED {
            if let (false, Ok(value)) = (page.has(key), above.get(key)) {
                page.set(key, value.clone());
            }
        }
        node = above.clone();
    }
    LEFT.iter().for_each(|key| {
        page.remove(key);
    });
    Some(page)
}

/// A page that shows a picture and nothing else.
pub(super) fn of_picture(
    target: &mut Document,
    tree: ObjectId,
    shown: Shown,
) -> Result<ObjectId, FileError> {
    let space = if shown.grey { "DeviceGray" } else { "DeviceRGB" };
    let (width, height) = (i64::from(shown.width), i64::from(shown.height));
    let mut image = Stream::new(
        dictionary! {
            "Type" => "XObject",
            "Subtype" => "Image",
            "Width" => width,
            "Height" => height,
            "ColorSpace" => space,
            "BitsPerComponent" => 8,
        },
        shown.bytes,
    );
    if shown.jpeg {
        image.dict.set("Filter", "DCTDecode");
    } else {
        image.compress().map_err(failed)?;
    }
    let image = target.add_object(image);
    let (across, down) = size(shown.width, shown.height);
    let operations = vec![
        Operation::new("q", vec![]),
        Operation::new(
            "cm",
            vec![across.into(), 0.into(), 0.into(), down.into(), 0.into(), 0.into()],
        ),
        Operation::new("Do", vec!["I".into()]),
        Operation::new("Q", vec![]),
    ];
    let content = Content { operations }.encode().map_err(failed)?;
    let content = target.add_object(Stream::new(Dictionary::new(), content));
    Ok(target.add_object(dictionary! {
        "Type" => "Page",
        "Parent" => tree,
        "MediaBox" => vec![0.into(), 0.into(), Object::from(across), Object::from(down)],
        "Rotate" => shown.rotate,
        "Resources" => dictionary! { "XObject" => dictionary! { "I" => image } },
        "Contents" => content,
    }))
}

/// As large as fits on A4, upright or across.
fn size(width: u32, height: u32) -> (f32, f32) {
    let edge = |pixels: u32| f32::from(u16::try_from(pixels).unwrap_or(u16::MAX)).max(1.0);
    let (width, height) = (edge(width), edge(height));
    let (across, down) = if width > height { (LONG, SHORT) } else { (SHORT, LONG) };
    let scale = (across / width).min(down / height);
    (width * scale, height * scale)
}
