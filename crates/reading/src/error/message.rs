//! The messages for people. German leads; both say the same.

use super::{CHILD_ENDED, FileError, MEMORY, Passed, Reason};
use crate::heic::MISSING;

const ACCEPTED_GERMAN: &str =
    "Angenommen werden PDF, JPEG, PNG, TIFF, WebP, HEIC, DOCX, ODT, RTF, HTML und Textdateien.";
const ACCEPTED_ENGLISH: &str =
    "Accepted are PDF, JPEG, PNG, TIFF, WebP, HEIC, DOCX, ODT, RTF, HTML and text files.";

/// What every file is told that reading gave up on, whatever the file did; the reason stands beside it.
const BY_HAND_GERMAN: &str = "nicht lesbar – bitte manuell prüfen";
const BY_HAND_ENGLISH: &str = "unreadable – please check by hand";

pub(super) fn german(error: &FileError) -> String {
    match error.reason {
        Reason::Empty => "Die Datei ist leer oder enthält keinen Text. Bitte prüfen Sie sie und \
             senden Sie sie erneut."
            .to_owned(),
        Reason::Encrypted => "Die Datei ist mit einem Kennwort geschützt. Bitte speichern Sie sie \
             ohne Kennwort und senden Sie sie erneut."
            .to_owned(),
        Reason::Unreadable if error.detail.starts_with(CHILD_ENDED) => {
            format!("{BY_HAND_GERMAN} (das Lesen brach ab)")
        }
        Reason::Unreadable => format!("{BY_HAND_GERMAN} (die Datei ist beschädigt)"),
        Reason::TooLarge if of_memory(error) => format!(
            "{BY_HAND_GERMAN} (das Lesen brauchte mehr als {} MiB Speicher)",
            mebibytes(error)
        ),
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
            "{BY_HAND_GERMAN} (das Lesen dauerte zu lange{})",
            passed(error, |_, allowed, _| format!(": erlaubt sind {} Sekunden", allowed / 1000))
        ),
        Reason::NoOcr => "Die Datei enthält nur Bilder, und die Texterkennung ist nicht \
             eingerichtet. Die Systemverwaltung kann sie einrichten: amtshilfe models add für \
             PP-OCRv6, oder apt install tesseract-ocr tesseract-ocr-deu"
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
        Reason::Unreadable if error.detail.starts_with(CHILD_ENDED) => {
            format!("{BY_HAND_ENGLISH} (reading it broke off)")
        }
        Reason::Unreadable => format!("{BY_HAND_ENGLISH} (the file is damaged)"),
        Reason::TooLarge if of_memory(error) => {
            format!(
                "{BY_HAND_ENGLISH} (reading it took more than {} MiB of memory)",
                mebibytes(error)
            )
        }
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
            "{BY_HAND_ENGLISH} (reading it took too long{})",
            passed(error, |_, allowed, _| format!(": allowed are {} seconds", allowed / 1000))
        ),
        Reason::NoOcr => "The file contains only images, and text recognition is not installed. \
             The administrator can install it: amtshilfe models add for PP-OCRv6, or apt \
             install tesseract-ocr tesseract-ocr-deu"
            .to_owned(),
    }
}

fn of_memory(error: &FileError) -> bool {
    error.limit.as_ref().is_some_and(|passed| passed.name == MEMORY)
}

fn mebibytes(error: &FileError) -> u64 {
    error.limit.as_ref().map_or(0, |passed| passed.allowed >> 20)
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
        "drawn_max" => Unit { german: "Zeichenschritte", english: "steps of drawing" },
        "parts_max" => Unit { german: "Teile", english: "parts" },
        _ => Unit { german: "Bytes", english: "bytes" },
    };
    write(&unit, *allowed, *actual)
}

/// Formats that were told apart are named; "binary" says nothing to people.
fn named(detail: &str) -> Option<&str> {
    (detail != "binary").then_some(detail)
}
