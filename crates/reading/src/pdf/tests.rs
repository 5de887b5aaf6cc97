use crate::error::Reason;
use crate::paper::{Format, Paper, TextSource};
use crate::read::tests::{limits, read_with};
use lopdf::{Document, EncryptionState, EncryptionVersion, Permissions};
use std::fmt::Write;

mod form;
pub(crate) mod scan;

/// A PDF whose pages have these contents, with Helvetica as F1 in the encoding of Windows.
pub(crate) fn pdf(contents: &[&str]) -> Vec<u8> {
    let kids: String = (0..contents.len()).fold(String::new(), |mut kids, index| {
        write!(kids, "{} 0 R ", 4 + 2 * index).unwrap();
        kids
    });
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Count {}/Kids[{kids}]>>", contents.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
    ];
    for (index, content) in contents.iter().enumerate() {
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {} 0 R\
             /Resources<</Font<</F1 3 0 R>>>>>>",
            5 + 2 * index
        ));
        let length = content.chars().count();
        objects.push(format!("<</Length {length}>>\nstream\n{content}\nendstream"));
    }
    assemble(&objects)
}

/// Objects numbered from 1, with their cross-reference table.
fn assemble(objects: &[String]) -> Vec<u8> {
    let mut file = latin1("%PDF-1.7\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (object, number) in objects.iter().zip(1..) {
        writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
        file.extend(latin1(&format!("{number} 0 obj\n{object}\nendobj\n")));
    }
    let start = file.len();
    let size = objects.len() + 1;
    write!(table, "trailer\n<</Size {size}/Root 1 0 R/ID[<aa><aa>]>>\nstartxref\n{start}\n%%EOF\n")
        .unwrap();
    file.extend(latin1(&table));
    file
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|each| u8::try_from(u32::from(each)).unwrap()).collect()
}

fn read(content: &str) -> Paper {
    read_with(pdf(&[content]), "", &limits()).unwrap()
}

fn check(content: &str, expected: &str) {
    assert_eq!(read(content).text(), expected, "{content}");
}

#[test]
fn text_with_places() {
    let paper =
        read("BT /F1 12 Tf 72 770 Td (Aufenthaltserlaubnis nach § 16b) Tj 0 -14 Td (Größe) Tj ET");
    assert_eq!((paper.format, paper.truncated), (Format::Pdf, false));
    let page = &paper.pages[0];
    assert_eq!(page.text, "Aufenthaltserlaubnis nach § 16b\nGröße");
    assert_eq!((page.number, page.source), (1, TextSource::Digital));
    assert!((page.width - 595.0).abs() < 0.1 && page.quality > 0.99);
    let place = page.place(26, 31);
    assert_eq!(place.quote, "§ 16b");
    let rect = place.rect.unwrap();
    // The baseline is 72 points below the top edge.
    assert!(rect.top > 60.0 && rect.top < 66.0, "{rect:?}");
    assert!(rect.top + rect.height > 72.0 && rect.left > 200.0, "{rect:?}");
    assert_eq!(page.place(32, 99).end, 37);
}

#[test]
fn the_order_of_drawing_does_not_matter() {
    check(
        "BT /F1 12 Tf 1 0 0 1 72 706 Tm (zweite Zeile) Tj 1 0 0 1 99.4 720 Tm (Zeile) Tj \
         1 0 0 1 72 720 Tm (Eine) Tj 1 0 0 1 72.1 720 Tm (Eine) Tj ET",
        "Eine Zeile\nzweite Zeile",
    );
}

#[test]
fn what_nobody_sees_is_not_read() {
    let visible = "BT /F1 12 Tf 72 700 Td (Antrag) Tj ET ";
    for hidden in [
        "BT /F1 12 Tf 3 Tr 72 600 Td (geheim) Tj ET",
        "1 g BT /F1 12 Tf 72 600 Td (geheim) Tj ET",
        "BT /F1 0.4 Tf 72 600 Td (geheim) Tj ET",
        "BT /F1 12 Tf 72 900 Td (geheim) Tj ET",
        "q 0 0 300 300 re W n BT /F1 12 Tf 72 600 Td (geheim) Tj ET Q",
        "0.2 0.2 0.6 rg 60 590 200 30 re f BT /F1 12 Tf 72 600 Td (geheim) Tj ET",
    ] {
        check(&format!("{visible}{hidden}"), "Antrag");
    }
    let light = "0 0 0.6 rg 60 590 200 30 re f 1 g BT /F1 12 Tf 72 600 Td (weiter) Tj ET";
    check(&format!("{visible}{light}"), "Antrag\n\nweiter");
    let clipped = "q 60 590 300 30 re W n BT /F1 12 Tf 72 600 Td (weiter) Tj ET Q";
    check(&format!("{clipped} {visible}"), "Antrag\n\nweiter");
}

#[test]
fn turned_pages_read_from_top_to_bottom() {
    let lines =
        "BT /F1 12 Tf 0 1 -1 0 100 72 Tm (Eine Zeile) Tj 0 1 -1 0 114 72 Tm (noch eine) Tj ET";
    check(lines, "Eine Zeile\nnoch eine");
}

#[test]
fn raised_figures_and_units() {
    check(
        "BT /F1 12 Tf 72 700 Td (65 m) Tj 4 Ts /F1 7 Tf (2) Tj 0 Ts /F1 12 Tf ( Wohnung) Tj \
         4 Ts /F1 7 Tf (1) Tj ET",
        "65 m² Wohnung 1",
    );
}

#[test]
fn limits_are_named() {
    let mut limits = limits();
    limits.pages_max = 2;
    let error = read_with(pdf(&["", "", ""]), "", &limits).unwrap_err();
    assert_eq!(error.reason, Reason::TooManyPages);
    let passed = error.limit.unwrap();
    assert_eq!((passed.allowed, passed.actual), (2, 3));
    limits.time_max = std::time::Duration::ZERO;
    let error = read_with(pdf(&[""]), "", &limits).unwrap_err();
    assert_eq!(error.reason, Reason::TimedOut);
}

#[test]
fn a_blank_page_is_empty_and_a_drawing_needs_recognition() {
    assert_eq!(read_with(pdf(&[""]), "", &limits()).unwrap_err().reason, Reason::Empty);
    let drawing = "10 10 500 700 re S";
    assert_eq!(read_with(pdf(&[drawing]), "", &limits()).unwrap_err().reason, Reason::NoOcr);
    let text = "BT /F1 12 Tf 72 700 Td (Text) Tj ET";
    let paper = read_with(pdf(&[text, drawing]), "", &limits()).unwrap();
    assert!(paper.truncated);
    assert!(paper.pages[1].quality < 0.01);
}

fn locked(user_password: &str) -> Vec<u8> {
    let content = "BT /F1 12 Tf 72 700 Td (Gesch\u{fc}tzt) Tj ET";
    let mut document = Document::load_mem(&pdf(&[content])).unwrap();
    let version = EncryptionVersion::V2 {
        document: &document,
        owner_password: "eigner",
        user_password,
        key_length: 128,
        permissions: Permissions::empty(),
    };
    let state = EncryptionState::try_from(version).unwrap();
    document.encrypt(&state).unwrap();
    let mut file = Vec::new();
    document.save_to(&mut file).unwrap();
    file
}

#[test]
fn only_a_password_locks() {
    let paper = read_with(locked(""), "", &limits()).unwrap();
    assert_eq!(paper.text(), "Geschützt");
    let error = read_with(locked("kennwort"), "", &limits()).unwrap_err();
    assert_eq!(error.reason, Reason::Encrypted);
}

#[test]
fn hostile_files_are_errors_or_papers() {
    let text = "BT /F1 12 Tf 72 700 Td (Text) Tj ET";
    let whole = pdf(&[text, text]);
    for cut in (9..whole.len()).step_by(11) {
        read_guarded(whole[..cut].to_vec());
        let mut flipped = whole.clone();
        flipped[cut] ^= 0x15;
        read_guarded(flipped);
    }
    // Pages that are their own parents, contents that are their own resources.
    let loops = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Count 2/Kids[2 0 R 3 0 R]>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</X 4 0 R>>>>>>",
        "<</Length 5/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</XObject<</X 4 0 R>>>>>>\nstream\n/X Do\nendstream",
    ];
    read_guarded(assemble(&loops.map(str::to_owned)));
    let deep = format!("<</Type/Catalog/Pages {}>>", "[".repeat(100_000));
    read_guarded(assemble(&[deep]));
}

/// Whatever comes back, it must come back.
fn read_guarded(bytes: Vec<u8>) {
    let outcome = crate::child::read_guarded(bytes, String::new(), limits());
    if let Err(error) = outcome {
        assert_ne!(error.detail, crate::child::PANICKED);
    }
}
