//! Pictures as another PDF shows them: a JPEG as it is, anything else unpacked.

use super::{DynamicImage, ImageDecoder, ImageReader, Orientation, broken, decode, tiff_pages};
use crate::error::FileError;
use crate::limits::Work;
use crate::paper::Format;
use image::{ExtendedColorType, Rgba};
use std::io::Cursor;

/// One picture.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The file where `jpeg`, else one byte a pixel where `grey`, three elsewhere.
    pub(crate) bytes: Vec<u8>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) grey: bool,
    pub(crate) jpeg: bool,
    /// Degrees clockwise by which it is to be turned.
    pub(crate) rotate: i64,
}

/// The pictures of a file, in order.
pub(crate) fn shown(
    bytes: &[u8],
    format: Format,
    work: &Work<'_>,
) -> Result<Vec<Shown>, FileError> {
    if format == Format::Jpeg
        && let Some(whole) = whole(bytes, work)?
    {
        return Ok(vec![whole]);
    }
    let images =
        if format == Format::Tiff { tiff_pages(bytes, work)? } else { vec![decode(bytes, work)?] };
    Ok(images.into_iter().map(unpacked).collect())
}

/// A JPEG that a PDF can hold as it is.
fn whole(bytes: &[u8], work: &Work<'_>) -> Result<Option<Shown>, FileError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(broken)?;
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    work.check_pixels(width, height)?;
    let colours = decoder.original_color_type();
    let grey = colours == ExtendedColorType::L8;
    if !grey && colours != ExtendedColorType::Rgb8 {
        return Ok(None);
    }
    let rotate = match decoder.orientation().unwrap_or(Orientation::NoTransforms) {
        Orientation::NoTransforms => 0,
        Orientation::Rotate90 => 90,
        Orientation::Rotate180 => 180,
        Orientation::Rotate270 => 270,
        Orientation::FlipHorizontal
        | Orientation::FlipVertical
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => return Ok(None),
    };
    Ok(Some(Shown { bytes: bytes.to_vec(), width, height, grey, jpeg: true, rotate }))
}

fn unpacked(image: DynamicImage) -> Shown {
    let (width, height, grey) = (image.width(), image.height(), !image.color().has_color());
    let image = if image.color().has_alpha() { on_white(&image) } else { image };
    let bytes = if grey { image.into_luma8().into_raw() } else { image.into_rgb8().into_raw() };
    Shown { bytes, width, height, grey, jpeg: false, rotate: 0 }
}

fn on_white(image: &DynamicImage) -> DynamicImage {
    let mut sheet =
        image::RgbaImage::from_pixel(image.width(), image.height(), Rgba([255, 255, 255, 255]));
    image::imageops::overlay(&mut sheet, &image.to_rgba8(), 0, 0);
    sheet.into()
}
