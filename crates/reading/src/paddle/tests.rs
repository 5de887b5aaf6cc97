//! With the networks that `cargo xtask test` fetches.

use super::*;
use crate::paper::{Format, TextSource};
use crate::picture::read;
use crate::read::tests::limits;
use image::imageops::{rotate90, rotate180, rotate270};
use image::{GrayImage, ImageFormat};
use std::io::Cursor;

/// Limits with the networks and without Tesseract, or none where they were not fetched.
fn with_networks() -> Option<crate::limits::Limits> {
    let Some(models) = std::env::var_os("AMTSHILFE_TEST_MODELS") else {
        eprintln!("skipped: AMTSHILFE_TEST_MODELS names no folder; `cargo xtask test` sets it");
        return None;
    };
    let folder = Path::new(&models).join(NETWORK_FOLDER);
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there; `cargo xtask test` fetches it", folder.display());
        return None;
    }
    let mut limits = limits();
    limits.networks = Some(Networks::open(&folder).unwrap());
    Some(limits)
}

#[test]
fn pages_are_read_whichever_way_they_lie() {
    let Some(limits) = with_networks() else { return };
    let upright = crate::pdf::tests::scan::scan(3.0);
    let (width, height) = (points(upright.width()), points(upright.height()));
    // Where "Antrag" stands on the upright page, near (79, 170), seen on the turned ones.
    let turned: [(GrayImage, f32, f32); 4] = [
        (rotate90(&upright), height - 170.0, 79.0),
        (rotate180(&upright), width - 79.0, height - 170.0),
        (rotate270(&upright), 170.0, width - 79.0),
        (upright, 79.0, 170.0),
    ];
    for (image, x, y) in turned {
        let mut file = Cursor::new(Vec::new());
        image.write_to(&mut file, ImageFormat::Png).unwrap();
        let work = Work::start(&limits);
        let paper = read(&file.into_inner(), Format::Png, &work).unwrap();
        let page = &paper.pages[0];
        assert_eq!(page.source, TextSource::Ocr);
        let expected = "Stadt Musterhausen, Ausländerbehörde\n\
            Antrag auf Aufenthaltserlaubnis nach § 18b AufenthG\n\
            Der Arbeitgeber zahlt ein Gehalt von 4.100,00 € im Monat.\n\
            Größe der Wohnung: 65 Quadratmeter";
        let read: Vec<&str> = page.text.split('\n').filter(|line| !line.is_empty()).collect();
        assert_eq!(read.join("\n"), expected);
        assert!(page.quality > 0.95, "{}", page.quality);
        let word =
            page.words.iter().find(|word| page.place(word.start, word.end).quote == "Antrag");
        let rect = word.unwrap().rect;
        let inside =
            |least: f32, size: f32, place: f32| (least - 4.0..least + size + 4.0).contains(&place);
        assert!(
            inside(rect.left, rect.width, x) && inside(rect.top, rect.height, y),
            "{rect:?} {x} {y}"
        );
    }
}

fn points(pixels: u32) -> f32 {
    f32::from(u16::try_from(pixels).unwrap()) * 72.0 / 200.0
}

#[test]
fn empty_pages_and_missing_files() {
    let missing = Networks::open(Path::new("/gibt/es/nicht")).unwrap_err();
    assert!(missing.to_string().contains("models add"), "{missing}");
    let Some(limits) = with_networks() else { return };
    let work = Work::start(&limits);
    let blank = Gray::new(300, 200, vec![255; 60_000]).unwrap();
    let found = work.networks().unwrap().unwrap().recognise(&blank, 0.36, &work).unwrap();
    assert_eq!((found.text.as_str(), found.words.len(), found.quality), ("", 0, 0.0));
    let mut spent = limits.clone();
    spent.time_max = std::time::Duration::ZERO;
    let work = Work::start(&spent);
    let error = work.networks().unwrap().unwrap().recognise(&blank, 0.36, &work).unwrap_err();
    assert_eq!(error.reason, Reason::TimedOut);
}

#[test]
fn a_file_that_is_no_network_is_an_error() {
    let place = std::env::current_exe().unwrap();
    assert!(probe_network(&place, &[0.0; 4], 2, 2).is_err());
}
