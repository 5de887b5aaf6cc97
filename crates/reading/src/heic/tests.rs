use super::{MISSING, find};
use crate::config::Ocr;
use crate::error::Reason;
use crate::limits::Limits;
use crate::paper::Format;
use crate::read::tests::{limits, read_with};
use crate::tesseract;

/// A photograph of one line, as heif-enc of libheif writes it.
pub(crate) const PHOTO: &[u8] = include_bytes!("tests/letter.heic");

#[test]
fn without_the_program_the_message_says_what_to_install() {
    let error = read_with(PHOTO.to_vec(), "IMG_1.HEIC", &limits()).unwrap_err();
    assert_eq!((error.reason, error.detail.as_str()), (Reason::Unsupported, MISSING));
    for language in ["de", "en"] {
        assert!(error.message(language).contains("apt install libheif-examples"), "{language}");
    }
}

/// Limits with the program and recognition, or none where one of them is not installed.
fn with_program() -> Option<(Limits, tempfile::TempDir)> {
    let Some((converter, folder)) = find() else {
        println!("skipped: heif-convert is not installed (apt install libheif-examples)");
        return None;
    };
    let mut limits = limits();
    limits.converter = Some(converter);
    let error = read_with(PHOTO.to_vec(), "", &limits).unwrap_err();
    assert_eq!(error.reason, Reason::NoOcr);
    limits.recogniser = match Ocr::find(None) {
        Ocr::Tesseract { path } => tesseract::find(&path),
        Ocr::None => None,
    };
    if limits.recogniser.is_none() {
        println!("skipped: Tesseract with German data is not installed");
    }
    limits.recogniser.is_some().then_some((limits, folder))
}

#[test]
fn a_photograph_is_converted_and_recognised() {
    let Some((limits, _folder)) = with_program() else { return };
    let paper = read_with(PHOTO.to_vec(), "", &limits).unwrap();
    assert_eq!(paper.format, Format::Heic);
    assert!(paper.text().contains("Aufenthaltserlaubnis"), "{}", paper.text());
}

#[test]
fn broken_photographs_are_errors() {
    let Some((limits, _folder)) = with_program() else { return };
    for cut in [12, 100, PHOTO.len() / 2] {
        let outcome = read_with(PHOTO[..cut].to_vec(), "", &limits);
        // Half a photograph may still be shown.
        if let Err(error) = outcome {
            assert_eq!(error.reason, Reason::Unreadable, "{cut}: {error:?}");
        }
    }
    let mut small = limits;
    small.pixels_max = 100;
    let error = read_with(PHOTO.to_vec(), "", &small).unwrap_err();
    assert_eq!(error.limit.unwrap().name, "pixels_max");
}
