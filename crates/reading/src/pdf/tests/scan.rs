//! Pages without text go through recognition. Runs only where Tesseract is installed.

use super::{latin1, pdf, read_with};
use crate::config::Ocr;
use crate::limits::Limits;
use crate::paper::{Format, Paper, TextSource};
use crate::picture::luma;
use crate::tesseract;
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::{GrayImage, ImageFormat};
use std::io::Cursor;

const LETTER: &str = "(Stadt Musterhausen, Ausl\u{e4}nderbeh\u{f6}rde) Tj 0 -30 Td \
    (Antrag auf Aufenthaltserlaubnis nach \u{a7} 18b AufenthG) Tj 0 -30 Td \
    (Der Arbeitgeber zahlt ein Gehalt von 4.100,00 \u{80} im Monat.) Tj 0 -30 Td \
    (Gr\u{f6}\u{df}e der Wohnung: 65 Quadratmeter) Tj";

/// Limits with recognition, or none where it is not installed.
fn with_recognition() -> Option<Limits> {
    let mut limits = super::limits();
    limits.recogniser = match Ocr::find(None) {
        Ocr::Tesseract { path } => tesseract::find(&path),
        Ocr::None => None,
    };
    if limits.recogniser.is_none() {
        println!("skipped: Tesseract with German data is not installed");
    }
    limits.recogniser.is_some().then_some(limits)
}

/// The letter as it comes off a scanner at 200 dpi, leaning by some degrees.
pub(crate) fn scan(lean: f64) -> GrayImage {
    let (sine, cosine) = (-lean).to_radians().sin_cos();
    let content = format!("BT /F1 13 Tf {cosine} {sine} {} {cosine} 72 700 Tm {LETTER} ET", -sine);
    let file = Pdf::new(pdf(&[&content])).unwrap();
    let scale = 200.0 / 72.0;
    let pixmap = hayro::render(
        &file.pages()[0],
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE },
    );
    let pixels = pixmap.data_as_u8_slice().as_chunks::<4>().0.iter();
    let grey = pixels.map(|&[red, green, blue, _]| luma(red, green, blue)).collect();
    GrayImage::from_raw(pixmap.width().into(), pixmap.height().into(), grey).unwrap()
}

fn encode(image: &GrayImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn check(paper: &Paper, format: Format) {
    assert_eq!(paper.format, format);
    let page = &paper.pages[0];
    assert_eq!(page.source, TextSource::Ocr);
    for words in [
        "Ausländerbehörde",
        "Aufenthaltserlaubnis nach § 18b AufenthG",
        "4.100,00",
        "Größe der Wohnung",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert!(page.quality > 0.8, "{}", page.quality);
    assert!((page.width - 595.0).abs() < 3.0 && (page.height - 842.0).abs() < 3.0);
    let word = page.words.iter().find(|word| page.place(word.start, word.end).quote == "Antrag");
    let rect = word.unwrap().rect;
    // Its baseline is 842 - 670 points below the top edge.
    assert!((rect.left - 72.0).abs() < 6.0, "{rect:?}");
    assert!((rect.top + rect.height - 172.0).abs() < 8.0, "{rect:?}");
}

#[test]
fn images_are_recognised() {
    let Some(limits) = with_recognition() else { return };
    let image = scan(0.0);
    let paper = read_with(encode(&image, ImageFormat::Png), "lichtbild.pdf", &limits).unwrap();
    check(&paper, Format::Png);
    let paper = read_with(encode(&image, ImageFormat::Tiff), "", &limits).unwrap();
    check(&paper, Format::Tiff);
}

#[test]
fn leaning_scans_are_straightened() {
    let Some(limits) = with_recognition() else { return };
    let paper = read_with(encode(&scan(3.0), ImageFormat::Jpeg), "", &limits).unwrap();
    check(&paper, Format::Jpeg);
}

#[test]
fn scanned_pdf_pages_are_recognised_and_hidden_text_is_not_believed() {
    let Some(limits) = with_recognition() else { return };
    let image = scan(0.0);
    let (width, height) = image.dimensions();
    let inline: String = image.as_raw().iter().fold(String::new(), |mut hex, pixel| {
        std::fmt::Write::write_fmt(&mut hex, format_args!("{pixel:02x}")).unwrap();
        hex
    });
    let content = format!(
        "q 595 0 0 842 0 0 cm BI /W {width} /H {height} /CS /G /BPC 8 /F /AHx ID {inline}> EI Q \
         BT 3 Tr /F1 12 Tf 72 400 Td (Genehmigt) Tj ET"
    );
    assert!(latin1(&content).len() > 1_000_000);
    let paper = read_with(pdf(&[&content]), "", &limits).unwrap();
    check(&paper, Format::Pdf);
    assert!(!paper.text().contains("Genehmigt"));
}

#[test]
fn a_photograph_without_letters_is_a_paper() {
    let Some(limits) = with_recognition() else { return };
    let grey = GrayImage::from_fn(300, 400, |x, y| {
        image::Luma([u8::try_from((x * x + y * 3) / 400 % 200).unwrap()])
    });
    let paper = read_with(encode(&grey, ImageFormat::Png), "", &limits).unwrap();
    assert!(paper.pages[0].quality < 0.9);
}
