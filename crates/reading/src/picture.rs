//! Images: decoded within limits, turned upright, handed to recognition.

use crate::error::{FileError, Reason};
use crate::limits::{Recogniser, Work};
use crate::paper::{Format, Page, Paper, TextSource, Word};
use crate::{agree, deskew, light, tesseract};
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{
    DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader,
    Limits as ImageLimits,
};
use std::io::Cursor;

mod shown;

pub(crate) use shown::{Shown, shown};

/// Longest edge that is worth recognising; larger photographs are scaled down.
const EDGE_MAX: u32 = 5_000;
/// Longest edge up to which an image is enlarged: a sheet at 190 dots per inch.
const EDGE_SMALL: u32 = 2_200;
/// Points per pixel where the image does not say: as if scanned at 200 dpi.
const POINTS_PER_PIXEL: f32 = 72.0 / 200.0;
/// Pages read less surely than this may lie on their side or head.
const QUALITY_LOW: f32 = 0.7;
/// Pages that the networks read less surely than this are read by Tesseract too. On others its
/// objections are wrong oftener than the networks are.
const QUALITY_DOUBTFUL: f32 = 0.95;

/// A grey image, row by row from the top left.
#[derive(Debug, Clone)]
pub(crate) struct Gray {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixels: Vec<u8>,
}

impl Gray {
    /// None where the pixels do not fill the size.
    pub(crate) fn new(width: u32, height: u32, pixels: Vec<u8>) -> Option<Self> {
        let expected = usize::try_from(u64::from(width) * u64::from(height)).ok()?;
        (pixels.len() == expected).then_some(Self { width, height, pixels })
    }
}

/// What was recognised on one page.
#[derive(Debug)]
pub(crate) struct Recognised {
    pub(crate) text: String,
    pub(crate) words: Vec<Word>,
    /// Mean confidence of the words, weighed by length.
    pub(crate) quality: f32,
}

/// Brightness as the eye weighs colours.
pub(crate) fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    u8::try_from(sum / 1000).unwrap_or(u8::MAX)
}

/// Reads one image; a TIFF may hold several pages.
pub(crate) fn read(bytes: &[u8], format: Format, work: &Work<'_>) -> Result<Paper, FileError> {
    let images = match format {
        Format::Tiff => tiff_pages(bytes, work)?,
        Format::Jpeg
        | Format::Png
        | Format::Webp
        | Format::Heic
        | Format::Pdf
        | Format::Docx
        | Format::Odt
        | Format::Html
        | Format::Rtf
        | Format::Text => vec![decode(bytes, work)?],
    };
    if !work.limits.can_recognise() {
        return Err(FileError::new(Reason::NoOcr, "an image"));
    }
    let mut pages = Vec::new();
    for (image, number) in images.into_iter().zip(1_u32..) {
        work.check_time()?;
        let (gray, shrunk) = grey(image);
        let Some(gray) = gray else {
            return Err(FileError::new(Reason::Unreadable, "an image without pixels"));
        };
        pages.push(recognise(gray, number, POINTS_PER_PIXEL * shrunk, work)?);
    }
    Ok(Paper { pages, format, truncated: false })
}

/// Recognises one page. `scale` is points per pixel.
pub(crate) fn recognise(
    gray: Gray,
    number: u32,
    scale: f32,
    work: &Work<'_>,
) -> Result<Page, FileError> {
    let (width, height) = (size(gray.width) * scale, size(gray.height) * scale);
    let recogniser = work.limits.recogniser.as_ref();
    let found = match (work.networks()?, recogniser) {
        // What Tesseract reads of a long file in the time left is more than the networks would.
        (Some(_), Some(recogniser)) if work.is_half_spent() => {
            by_tesseract(recogniser, gray, scale, work)?
        }
        (Some(networks), Some(recogniser)) => {
            let mut found = networks.recognise(&gray, scale, work)?;
            if found.quality < QUALITY_DOUBTFUL && !found.words.is_empty() {
                agree::weigh(&mut found, &by_tesseract(recogniser, gray, scale, work)?);
            }
            found
        }
        (Some(networks), None) => networks.recognise(&gray, scale, work)?,
        (None, Some(recogniser)) => by_tesseract(recogniser, gray, scale, work)?,
        (None, None) => return Err(FileError::new(Reason::NoOcr, "an image")),
    };
    Ok(Page {
        number,
        width,
        height,
        text: found.text,
        words: found.words,
        source: TextSource::Ocr,
        quality: found.quality,
        masks: Vec::new(),
    })
}

fn by_tesseract(
    recogniser: &Recogniser,
    gray: Gray,
    scale: f32,
    work: &Work<'_>,
) -> Result<Recognised, FileError> {
    let (width, height) = (size(gray.width) * scale, size(gray.height) * scale);
    let (gray, scale) = enlarge(gray, scale);
    let gray = light::even(gray);
    let found = level(recogniser, &gray, scale)?;
    if found.quality >= QUALITY_LOW {
        return Ok(found);
    }
    work.check_time()?;
    // A page on its side or its head reads like noise. Asked only now, for it costs time.
    let Some(quarter) = tesseract::orientation(recogniser, &gray, scale) else { return Ok(found) };
    let mut turned = level(recogniser, &quarter.turn(&gray), scale)?;
    if turned.quality <= found.quality {
        return Ok(found);
    }
    for word in &mut turned.words {
        word.rect = quarter.turn_back(word.rect, (width, height));
    }
    Ok(turned)
}

/// Twice as large where letters may be too small for Tesseract, which wants about 300 dots per inch
/// of a sheet: at half of that it takes ü for ii.
fn enlarge(gray: Gray, scale: f32) -> (Gray, f32) {
    let (width, height) = (gray.width, gray.height);
    if width.max(height) > EDGE_SMALL {
        return (gray, scale);
    }
    let Some(image) = GrayImage::from_raw(width, height, gray.pixels.clone()) else {
        return (gray, scale);
    };
    let large = imageops::resize(&image, width * 2, height * 2, FilterType::CatmullRom);
    (Gray { width: width * 2, height: height * 2, pixels: large.into_raw() }, scale / 2.0)
}

/// Recognises a page whose lines may lean; the boxes are those of the leaning page.
fn level(recogniser: &Recogniser, gray: &Gray, scale: f32) -> Result<Recognised, FileError> {
    let page = (size(gray.width) * scale, size(gray.height) * scale);
    let (gray, angle) = deskew::straighten(gray.clone());
    let mut found = tesseract::recognise(recogniser, &gray, scale)?;
    for word in &mut found.words {
        word.rect = deskew::lean_back(word.rect, angle, page);
    }
    Ok(found)
}

#[expect(clippy::cast_precision_loss, reason = "edges of images fit 24 bits")]
fn size(pixels: u32) -> f32 {
    pixels as f32
}

fn decode(bytes: &[u8], work: &Work<'_>) -> Result<DynamicImage, FileError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(broken)?;
    let format = reader.format();
    let mut decoder = reader.into_decoder().map_err(|error| explain(&error, work))?;
    let (width, height) = decoder.dimensions();
    work.check_pixels(width, height)?;
    let mut limits = ImageLimits::default();
    limits.max_alloc = Some(work.limits.pixels_max.saturating_mul(4));
    decoder.set_limits(limits).map_err(|error| explain(&error, work))?;
    // Phones store how they were held instead of turning the pixels.
    let upright = match format {
        Some(ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Png) => {
            decoder.orientation().unwrap_or(Orientation::NoTransforms)
        }
        Some(_) | None => Orientation::NoTransforms,
    };
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| explain(&error, work))?;
    image.apply_orientation(upright);
    Ok(image)
}

fn broken(error: impl std::fmt::Display) -> FileError {
    FileError::new(Reason::Unreadable, format!("decode: {error}"))
}

fn explain(error: &ImageError, work: &Work<'_>) -> FileError {
    match error {
        ImageError::Limits(_) => {
            let allowed = work.limits.pixels_max;
            FileError::passed(Reason::TooLarge, "pixels_max", allowed, allowed.saturating_add(1))
        }
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::Unsupported(_)
        | ImageError::IoError(_) => broken(error),
    }
}

/// A TIFF's pages after the first are not reachable through the decoder, so each is decoded as a
/// file whose header points at it.
fn tiff_pages(bytes: &[u8], work: &Work<'_>) -> Result<Vec<DynamicImage>, FileError> {
    let offsets = directories(bytes, work)?;
    let mut images = Vec::new();
    let mut pixels = 0_u64;
    for offset in offsets {
        let mut single = bytes.to_vec();
        let (Some(field), Some(place)) = (single.get_mut(4..8), u32::try_from(offset).ok()) else {
            return Err(broken("a TIFF without a directory"));
        };
        field.copy_from_slice(&if bytes.starts_with(b"II") {
            place.to_le_bytes()
        } else {
            place.to_be_bytes()
        });
        let image = decode(&single, work)?;
        pixels = pixels.saturating_add(u64::from(image.width()) * u64::from(image.height()));
        if pixels > work.limits.pixels_max {
            let allowed = work.limits.pixels_max;
            return Err(FileError::passed(Reason::TooLarge, "pixels_max", allowed, pixels));
        }
        work.check_time()?;
        images.push(image);
    }
    Ok(images)
}

/// Where the directories of a TIFF's pages begin.
fn directories(bytes: &[u8], work: &Work<'_>) -> Result<Vec<usize>, FileError> {
    let little = bytes.starts_with(b"II");
    let number = |at: usize, length: usize| -> Option<usize> {
        let field = bytes.get(at..at.checked_add(length)?)?;
        let fold = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
        Some(if little { field.iter().rev().fold(0, fold) } else { field.iter().fold(0, fold) })
    };
    let mut offsets = Vec::new();
    let mut next = number(4, 4).unwrap_or(0);
    while next != 0 && !offsets.contains(&next) {
        offsets.push(next);
        work.check_pages(offsets.len())?;
        let Some(entries) = number(next, 2) else { break };
        next = number(next.saturating_add(2 + 12 * entries), 4).unwrap_or(0);
    }
    if offsets.is_empty() {
        return Err(broken("a TIFF without pages"));
    }
    Ok(offsets)
}

/// Grey, on white where the image was transparent, and by which factor it was shrunk.
fn grey(image: DynamicImage) -> (Option<Gray>, f32) {
    let longest = image.width().max(image.height());
    let (image, shrunk) = if longest > EDGE_MAX {
        (image.thumbnail(EDGE_MAX, EDGE_MAX), size(longest) / size(EDGE_MAX))
    } else {
        (image, 1.0)
    };
    let (width, height) = (image.width(), image.height());
    let pixels = if image.color().has_alpha() {
        let rgba = image.into_rgba8();
        rgba.pixels()
            .map(|pixel| {
                let [red, green, blue, alpha] = pixel.0;
                let (value, alpha) = (u32::from(luma(red, green, blue)), u32::from(alpha));
                u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
            })
            .collect()
    } else {
        image.into_luma8().into_raw()
    };
    let gray = Gray::new(width, height, pixels).filter(|gray| width > 0 && gray.height > 0);
    (gray, shrunk)
}

#[cfg(test)]
mod tests;
