//! What a scanner, a phone or a fax makes of a page: skew, perspective, uneven light, glare, noise, JPEG, two colours.

use crate::chance::Chance;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::GrayImage;
use image::codecs::jpeg::JpegEncoder;
use std::io::Write as _;

/// How a page gets into the computer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// As truth files and tables call it.
    pub name: &'static str,
    /// Dots per inch across.
    pub across: f64,
    /// Dots per inch down; what is drawn at `across` is squeezed to this.
    pub down: f64,
    /// Radians between the extremes of skew.
    skew: f64,
    /// How much wider the near edge may look than the far one.
    tilt: f64,
    /// What is seen beside the page, as a share of its width.
    margin: f64,
    /// Light that is lost towards one corner: at least, and by chance more.
    fall_off: (f64, f64),
    /// Largest error of a pixel's grey.
    noise: f64,
    /// Grey beside the page.
    background: f64,
    /// Of JPEG.
    quality: u8,
    /// A soft bright spot hides part of the page.
    glare: bool,
    /// Two colours only, and this share of pixels wrong.
    two_colours: Option<f64>,
}

/// Flat, a little skewed, a little noise.
pub const SCAN_150: Profile = Profile {
    name: "scan-150",
    across: 150.0,
    down: 150.0,
    skew: 0.026,
    tilt: 0.0,
    margin: 0.0,
    fall_off: (0.03, 0.0),
    noise: 7.0,
    background: 244.0,
    quality: 50,
    glare: false,
    two_colours: None,
};
/// The same, finer, from a glass that is lit less evenly.
pub const SCAN_200: Profile = Profile {
    name: "scan-200",
    across: 200.0,
    down: 200.0,
    skew: 0.035,
    fall_off: (0.04, 0.06),
    noise: 10.0,
    ..SCAN_150
};
/// Finer still.
pub const SCAN_300: Profile = Profile {
    name: "scan-300",
    across: 300.0,
    down: 300.0,
    skew: 0.035,
    noise: 12.0,
    quality: 40,
    ..SCAN_150
};
/// Perspective, light that falls off to one side, more noise.
pub const PHOTO: Profile = Profile {
    name: "photo",
    skew: 0.04,
    tilt: 0.08,
    margin: 0.04,
    fall_off: (0.25, 0.2),
    noise: 14.0,
    background: 96.0,
    quality: 45,
    ..SCAN_150
};
/// The same under a lamp that the page throws back.
pub const PHOTO_GLARE: Profile = Profile { name: "photo-glare", glare: true, ..PHOTO };
/// A fax in fine resolution: 204 by 196 dots, black or white.
pub const FAX_FINE: Profile = Profile {
    name: "fax-fine",
    across: 204.0,
    down: 196.0,
    skew: 0.02,
    noise: 0.0,
    two_colours: Some(0.002),
    ..SCAN_150
};
/// A fax in standard resolution: every second line is missing.
pub const FAX: Profile = Profile { name: "fax", down: 98.0, ..FAX_FINE };

/// A bright spot: where, how far it reaches, how much of the page's grey it takes at its centre.
#[derive(Clone, Copy, Debug)]
struct Glare {
    x: f64,
    y: f64,
    reach: f64,
    strength: f64,
}

impl Glare {
    /// Somewhere in this area: left, right, top, bottom as shares of the page.
    fn new([left, right, top, bottom]: [f64; 4], chance: &mut Chance) -> Self {
        Self {
            x: left + chance.unit() * (right - left) - 0.5,
            y: top + chance.unit() * (bottom - top) - 0.5,
            reach: 0.06 + chance.unit() * 0.1,
            strength: 0.5 + chance.unit() * 0.45,
        }
    }

    /// How much white lies over this place; `y` is counted in widths of the page.
    fn over(self, x: f64, y: f64, ratio: f64) -> f64 {
        let (dx, dy) = (x - self.x, (y - self.y) * ratio);
        self.strength * (-(dx * dx + dy * dy) / (2.0 * self.reach * self.reach)).exp()
    }
}

/// The page, drawn at [`Profile::across`], as this profile sees it.
#[must_use]
pub fn captured(page: &GrayImage, profile: &Profile, chance: &mut Chance) -> GrayImage {
    captured_with(page, profile, [0.1, 0.9, 0.05, 0.95], chance)
}

/// The same; where the profile has glare, its centre lies in this area: left, right, top, bottom as shares of the page.
#[must_use]
pub fn captured_with(
    page: &GrayImage,
    profile: &Profile,
    area: [f64; 4],
    chance: &mut Chance,
) -> GrayImage {
    let (width, height) = (f64::from(page.width()), f64::from(page.height()));
    let angle = (chance.unit() - 0.5) * profile.skew;
    let (sin, cos) = angle.sin_cos();
    let tilt = if profile.tilt > 0.0 { (chance.unit() - 0.5) * profile.tilt } else { 0.0 };
    let (least, more) = profile.fall_off;
    let fall_off = if more > 0.0 { least + chance.unit() * more } else { least };
    let glare = profile.glare.then(|| Glare::new(area, chance));
    let squeeze = profile.across / profile.down;
    let rows = whole(height / squeeze);
    GrayImage::from_fn(page.width(), rows, |column, row| {
        let x = f64::from(column) / width - 0.5;
        let y = f64::from(row) * squeeze / height - 0.5;
        // Where on the flat page this pixel looks: rotated, tilted, with a border around it.
        let scale = (1.0 + profile.margin * 2.0) * (1.0 + tilt * y);
        let source_x = ((x * cos - y * sin * height / width) * scale + 0.5) * width;
        let source_y = ((x * sin * width / height + y * cos) * scale + 0.5) * height;
        let paper = sample(page, source_x, source_y).unwrap_or(profile.background);
        if let Some(wrong) = profile.two_colours {
            // A row that stands for two sees both.
            let second = source_y + squeeze / 2.0;
            let below = sample(page, source_x, second).unwrap_or(paper);
            let dark = if squeeze > 1.5 { f64::midpoint(paper, below) } else { paper };
            return image::Luma([if (dark < 150.0) == chance.with(wrong) { 255 } else { 0 }]);
        }
        let light = 1.0 - fall_off * (x + 0.5 + (y + 0.5) * 0.4) / 1.4;
        let grain = (chance.unit() + chance.unit() - 1.0) * profile.noise;
        let lit = paper * light;
        let lit = glare.map_or(lit, |glare| {
            let white = glare.over(x, y, height / width);
            lit * (1.0 - white) + 255.0 * white
        });
        image::Luma([byte((lit + grain).min(250.0))])
    })
}

fn jpeg(picture: &GrayImage, quality: u8) -> Result<Vec<u8>, image::ImageError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture)?;
    Ok(bytes)
}

/// A PDF of pictures only, as scanners and fax servers write it.
///
/// # Errors
/// When a picture is too large for JPEG.
pub fn image_pdf(pages: &[GrayImage], profile: &Profile) -> Result<Vec<u8>, image::ImageError> {
    let mut pdf = PdfWriter::default();
    let kids: Vec<String> = (0..pages.len()).map(|page| format!("{} 0 R", 3 + page * 3)).collect();
    pdf.object("<< /Type /Catalog /Pages 2 0 R >>", None);
    let count = pages.len();
    pdf.object(&format!("<< /Type /Pages /Kids [{}] /Count {count} >>", kids.join(" ")), None);
    for (index, page) in pages.iter().enumerate() {
        let first = 3 + index * 3;
        let width = f64::from(page.width()) * 72.0 / profile.across;
        let height = f64::from(page.height()) * 72.0 / profile.down;
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
        let (depth, filter, bytes) = match profile.two_colours {
            Some(_) => (1, "FlateDecode", bits(page)?),
            None => (8, "DCTDecode", jpeg(page, profile.quality)?),
        };
        let dictionary = format!(
            "/Type /XObject /Subtype /Image /Width {} /Height {} /ColorSpace /DeviceGray \
             /BitsPerComponent {depth} /Filter /{filter}",
            page.width(),
            page.height()
        );
        pdf.object(&dictionary, Some(&bytes));
    }
    Ok(pdf.finish())
}

/// One bit a pixel, rows filled up to whole bytes, packed.
fn bits(page: &GrayImage) -> Result<Vec<u8>, std::io::Error> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    for row in page.rows() {
        let pixels: Vec<u8> = row.map(|pixel| u8::from(pixel.0[0] > 127)).collect();
        let bytes: Vec<u8> = pixels
            .chunks(8)
            .map(|eight| (0..8).fold(0, |byte, at| byte << 1 | eight.get(at).copied().unwrap_or(0)))
            .collect();
        packed.write_all(&bytes)?;
    }
    packed.finish()
}

/// As JPEG in the profile's quality.
///
/// # Errors
/// When the picture is too large for the format.
pub fn photo(picture: &GrayImage, profile: &Profile) -> Result<Vec<u8>, image::ImageError> {
    jpeg(picture, profile.quality)
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
