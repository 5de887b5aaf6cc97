use crate::error::Reason;
use crate::paper::Format;
use crate::read::tests::{limits, read_with};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

/// A package with these parts, deflated.
fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn odt(content: &str, styles: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    writer.start_file("mimetype", stored).unwrap();
    writer.write_all(b"application/vnd.oasis.opendocument.text").unwrap();
    for (name, content) in [("content.xml", content), ("styles.xml", styles)] {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const DOCUMENT: &str = r#"<w:document><w:body>
<w:p><w:r><w:t>Arbeitsvertrag &amp; Gehalt, &#167; 18b</w:t></w:r></w:p>
<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>unsichtbar</w:t></w:r><w:r><w:t xml:space="preserve">Größe </w:t></w:r><w:del><w:r><w:delText>alt</w:delText></w:r></w:del><w:r><w:t>neu</w:t></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Brutto</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>4.100,00</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
</w:body></w:document>"#;

#[test]
fn docx_with_head_foot_and_table() {
    let head = r"<w:hdr><w:p><w:r><w:t>Beispiel GmbH</w:t></w:r></w:p></w:hdr>";
    let foot = r"<w:ftr><w:p><w:r><w:t>Seite 1</w:t></w:r></w:p></w:ftr>";
    let file = package(&[
        ("word/footer1.xml", foot.as_bytes()),
        ("word/document.xml", DOCUMENT.as_bytes()),
        ("word/header1.xml", head.as_bytes()),
        ("word/header2.xml", head.as_bytes()),
    ]);
    let paper = read_with(file, "vertrag.pdf", &limits()).unwrap();
    assert_eq!(paper.format, Format::Docx);
    assert_eq!(
        paper.text(),
        "Beispiel GmbH\n\nArbeitsvertrag & Gehalt, § 18b\nGröße neu\nBrutto  4.100,00\n\nSeite 1"
    );
    assert_eq!(paper.pages[0].place(0, 8).rect, None);
}

#[test]
fn odt_with_head_and_table() {
    let file = odt(
        r#"<office:text><text:tracked-changes><text:p>gelöscht</text:p></text:tracked-changes>
        <text:h>Mietvertrag</text:h><text:p>Miete<text:s text:c="2"/>540&#160;€<text:tab/>warm</text:p>
        <table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></office:text>"#,
        "<office:styles><style:style><text:p>nie</text:p></style:style><style:header><text:p>Kopf</text:p></style:header></office:styles>",
    );
    let paper = read_with(file, "", &limits()).unwrap();
    assert_eq!(paper.format, Format::Odt);
    assert_eq!(paper.text(), "Kopf\n\nMietvertrag\nMiete  540\u{a0}€\twarm\na  b");
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let zeros = vec![b' '; 8 << 20];
    let file = package(&[("word/document.xml", &zeros)]);
    assert!(file.len() < 1 << 16);
    let mut limits = limits();
    limits.inflated_bytes_max = 1 << 20;
    let error = read_with(file, "", &limits).unwrap_err();
    assert_eq!(error.reason, Reason::TooLarge);
    assert_eq!(error.limit.unwrap().name, "inflated_bytes_max");
}

#[test]
fn broken_packages_are_unreadable() {
    let whole = package(&[("word/document.xml", DOCUMENT.as_bytes())]);
    for cut in (4..whole.len()).step_by(7) {
        let error = read_with(whole[..cut].to_vec(), "", &limits()).unwrap_err();
        assert!(
            matches!(error.reason, Reason::Unreadable | Reason::Unsupported),
            "{cut}: {error:?}"
        );
    }
    let deep = format!("<w:document>{}", "<w:p>".repeat(100_000));
    let file = package(&[("word/document.xml", deep.as_bytes())]);
    assert_eq!(read_with(file, "", &limits()).unwrap_err().reason, Reason::Unreadable);
}
