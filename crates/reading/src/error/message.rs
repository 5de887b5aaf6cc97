//! The messages for people. German leads; both say the same.

use super::{FileError, Passed, Reason};
use crate::heic::MISSING;

const ACCEPTED_GERMAN: &str =
    "Angenommen werden PDF, JPEG, PNG, TIFF, WebP, HEIC, DOCX, ODT, RTF, HTML und Textdateien.";
const ACCEPTED_ENGLISH: &str =
    "Accepted are PDF, JPEG, PNG, TIFF, WebP, HEIC, DOCX, ODT, RTF, HTML and text files.";

pub(super) fn german(error: &FileError) -> String {
    match error.reason {
        Reason::Empty => "Die Datei ist leer oder enthält keinen Text. Bitte prüfen Sie sie und \
             senden Sie sie erneut."
            .to_owned(),
        Reason::Encrypted => "Die Datei ist mit einem Kennwort geschützt. Bitte speichern Sie sie \
             ohne Kennwort und senden Sie sie erneut."
            .to_owned(),
        Reason::Unreadable => "Die Datei ist beschädigt und kann nicht gelesen werden. Bitte \
             senden Sie sie erneut oder prüfen Sie sie von Hand."
            .to_owned(),
        Reason::Unsupported if error.detail == MISSING => "HEIC-Fotos können auf diesem Gerät \
             nicht gelesen werden, weil das Programm heif-convert fehlt. Die Systemverwaltung kann \
             es einrichten: apt install libheif-examples. Oder senden Sie das Foto als JPEG."
            .to_owned(),
        Reason::Unsupported => {
            let what = named(&error.detail).map(|what| format!(" ({what})")).unwrap_or_default();
            format!("Dieses Dateiformat{what} wird nicht gelesen. {ACCEPTED_GERMAN}")
        }
        Reason::TooLarge => format!(
            "Die Datei ist zu groß{}. Bitte verkleinern oder teilen Sie sie.",
            passed(error, |unit, allowed, actual| format!(
                ": {actual} {}, erlaubt sind {allowed}",
                unit.german
            ))
        ),
        Reason::TooManyPages => format!(
            "Die Datei hat zu viele Seiten{}. Bitte teilen Sie sie.",
            passed(error, |_, allowed, actual| format!(": {actual}, erlaubt sind {allowed}"))
        ),
        Reason::TimedOut => format!(
            "Das Lesen der Datei hat zu lange gedauert{}. Bitte teilen Sie die Datei oder prüfen \
             Sie sie von Hand.",
            passed(error, |_, allowed, _| format!(": erlaubt sind {} Sekunden", allowed / 1000))
        ),
        Reason::NoOcr => "Die Datei enthält nur Bilder, und die Texterkennung ist nicht \
             eingerichtet. Die Systemverwaltung kann sie einrichten: apt install tesseract-ocr \
             tesseract-ocr-deu"
            .to_owned(),
    }
}

pub(super) fn english(error: &FileError) -> String {
    match error.reason {
        Reason::Empty => "The file is empty or contains no text. Please check it and send it \
             again."
            .to_owned(),
        Reason::Encrypted => "The file is protected by a password. Please save it without one \
             and send it again."
            .to_owned(),
        Reason::Unreadable => "The file is damaged and cannot be read. Please send it again or \
             check it by hand."
            .to_owned(),
        Reason::Unsupported if error.detail == MISSING => {
            "HEIC photographs cannot be read on this \
             machine, since the program heif-convert is missing. The administrator can install it: \
             apt install libheif-examples. Or send the photograph as JPEG."
                .to_owned()
        }
        Reason::Unsupported => {
            let what = named(&error.detail).map(|what| format!(" ({what})")).unwrap_or_default();
            format!("This file format{what} is not read. {ACCEPTED_ENGLISH}")
        }
        Reason::TooLarge => format!(
            "The file is too large{}. Please reduce or split it.",
            passed(error, |unit, allowed, actual| format!(
                ": {actual} {}, allowed are {allowed}",
                unit.english
            ))
        ),
        Reason::TooManyPages => format!(
            "The file has too many pages{}. Please split it.",
            passed(error, |_, allowed, actual| format!(": {actual}, allowed are {allowed}"))
        ),
        Reason::TimedOut => format!(
            "Reading the file took too long{}. Please split the file or check it by hand.",
            passed(error, |_, allowed, _| format!(": allowed are {} seconds", allowed / 1000))
        ),
        Reason::NoOcr => "The file contains only images, and text recognition is not installed. \
             The administrator can install it: apt install tesseract-ocr tesseract-ocr-deu"
            .to_owned(),
    }
}

/// What a limit counts.
struct Unit {
    german: &'static str,
    english: &'static str,
}

fn passed(error: &FileError, write: impl Fn(&Unit, u64, u64) -> String) -> String {
    let Some(Passed { name, allowed, actual }) = &error.limit else { return String::new() };
    let unit = match name.as_str() {
        "pixels_max" => Unit { german: "Bildpunkte", english: "pixels" },
        "inflated_bytes_max" => Unit { german: "Bytes entpackt", english: "bytes unpacked" },
        "memory_bytes_max" => Unit { german: "Bytes Speicher", english: "bytes of memory" },
        "parts_max" => Unit { german: "Teile", english: "parts" },
        _ => Unit { german: "Bytes", english: "bytes" },
    };
    write(&unit, *allowed, *actual)
}

/// Formats that were told apart are named; "binary" says nothing to people.
fn named(detail: &str) -> Option<&str> {
    (detail != "binary").then_some(detail)
}
