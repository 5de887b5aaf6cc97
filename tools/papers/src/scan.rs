//! What a scanner or a phone makes of a page: skew, perspective, uneven light, noise, JPEG.

use crate::chance::Chance;
use image::GrayImage;
use image::codecs::jpeg::JpegEncoder;

/// How a page gets into the computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// Flat, a little skewed, a little noise.
    Scanner,
    /// Perspective, light that falls off to one side, more noise.
    Phone,
}

/// The page as this device sees it.
#[must_use]
pub fn captured(page: &GrayImage, device: Device, chance: &mut Chance) -> GrayImage {
    let phone = device == Device::Phone;
    let (width, height) = (f64::from(page.width()), f64::from(page.height()));
    let angle = (chance.unit() - 0.5) * if phone { 0.04 } else { 0.026 };
    let (sin, cos) = angle.sin_cos();
    let tilt = if phone { (chance.unit() - 0.5) * 0.08 } else { 0.0 };
    let margin = if phone { 0.04 } else { 0.0 };
    let fall_off = if phone { 0.25 + chance.unit() * 0.2 } else { 0.03 };
    let noise = if phone { 14.0 } else { 7.0 };
    let background = if phone { 96.0 } else { 244.0 };
    GrayImage::from_fn(page.width(), page.height(), |column, row| {
        let x = f64::from(column) / width - 0.5;
        let y = f64::from(row) / height - 0.5;
        // Where on the flat page this pixel looks: rotated, tilted, with a border around it.
        let scale = (1.0 + margin * 2.0) * (1.0 + tilt * y);
        let source_x = ((x * cos - y * sin * height / width) * scale + 0.5) * width;
        let source_y = ((x * sin * width / height + y * cos) * scale + 0.5) * height;
        let paper = sample(page, source_x, source_y).unwrap_or(background);
        let light = 1.0 - fall_off * (x + 0.5 + (y + 0.5) * 0.4) / 1.4;
        let grain = (chance.unit() + chance.unit() - 1.0) * noise;
        image::Luma([byte((paper * light + grain).min(250.0))])
    })
}

/// As JPEG of this quality.
///
/// # Errors
/// When the picture is too large for the format.
pub fn jpeg(picture: &GrayImage, quality: u8) -> Result<Vec<u8>, image::ImageError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture)?;
    Ok(bytes)
}

/// A PDF of pictures only, as scanners write it.
///
/// # Errors
/// When a picture is too large for JPEG.
pub fn image_pdf(
    pages: &[GrayImage],
    dots_per_inch: f64,
    quality: u8,
) -> Result<Vec<u8>, image::ImageError> {
    let mut pdf = PdfWriter::default();
    let kids: Vec<String> = (0..pages.len()).map(|page| format!("{} 0 R", 3 + page * 3)).collect();
    pdf.object("<< /Type /Catalog /Pages 2 0 R >>", None);
    let count = pages.len();
    pdf.object(&format!("<< /Type /Pages /Kids [{}] /Count {count} >>", kids.join(" ")), None);
    for (index, page) in pages.iter().enumerate() {
        let first = 3 + index * 3;
        let points = |pixels: u32| f64::from(pixels) * 72.0 / dots_per_inch;
        let (width, height) = (points(page.width()), points(page.height()));
        pdf.object(
            &format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.1} {height:.1}] /Contents \
                 {} 0 R /Resources << /XObject << /Im0 {} 0 R >> >> >>",
                first + 1,
                first + 2
            ),
            None,
        );
        let draw = format!("q {width:.1} 0 0 {height:.1} 0 0 cm /Im0 Do Q");
        pdf.object("", Some(draw.as_bytes()));
        let dictionary = format!(
            "/Type /XObject /Subtype /Image /Width {} /Height {} /ColorSpace /DeviceGray \
             /BitsPerComponent 8 /Filter /DCTDecode",
            page.width(),
            page.height()
        );
        pdf.object(&dictionary, Some(&jpeg(page, quality)?));
    }
    Ok(pdf.finish())
}

/// Writes objects one after the other and remembers where they begin.
#[derive(Default)]
struct PdfWriter {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl PdfWriter {
    fn object(&mut self, dictionary: &str, stream: Option<&[u8]>) {
        if self.bytes.is_empty() {
            self.bytes.extend_from_slice(b"%PDF-1.4\n");
        }
        self.offsets.push(self.bytes.len());
        let number = self.offsets.len();
        self.bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        match stream {
            Some(stream) => {
                let head = format!("<< {dictionary} /Length {} >>\nstream\n", stream.len());
                self.bytes.extend_from_slice(head.as_bytes());
                self.bytes.extend_from_slice(stream);
                self.bytes.extend_from_slice(b"\nendstream");
            }
            None => self.bytes.extend_from_slice(dictionary.as_bytes()),
        }
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    fn finish(mut self) -> Vec<u8> {
        let start = self.bytes.len();
        let size = self.offsets.len() + 1;
        let mut table = format!("xref\n0 {size}\n0000000000 65535 f \n");
        for offset in &self.offsets {
            table.push_str(&format!("{offset:010} 00000 n \n"));
        }
        table.push_str(&format!(
            "trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
        ));
        self.bytes.extend_from_slice(table.as_bytes());
        self.bytes
    }
}

/// Bilinear; `None` outside the page.
fn sample(page: &GrayImage, x: f64, y: f64) -> Option<f64> {
    if x < 0.0 || y < 0.0 {
        return None;
    }
    let (column, row) = (whole(x), whole(y));
    let at = |column, row| page.get_pixel_checked(column, row).map(|pixel| f64::from(pixel.0[0]));
    let here = at(column, row)?;
    let (right, below) = (at(column + 1, row).unwrap_or(here), at(column, row + 1).unwrap_or(here));
    let corner = at(column + 1, row + 1).unwrap_or(here);
    let (u, v) = (x - x.floor(), y - y.floor());
    Some((here * (1.0 - u) + right * u) * (1.0 - v) + (below * (1.0 - u) + corner * u) * v)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and the picture's bounds are checked"
)]
fn whole(value: f64) -> u32 {
    value as u32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn byte(value: f64) -> u8 {
    value.clamp(0.0, 255.0) as u8
}
