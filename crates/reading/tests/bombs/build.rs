//! Files that are small to send and large to read.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use reading::{FileError, Reason};
use std::fmt::Write as _;
use std::io::{Cursor, Write};

/// A hostile file and what should become of it.
pub(crate) struct Bomb {
    pub(crate) name: &'static str,
    pub(crate) build: fn() -> Vec<u8>,
    /// Whether it is one to unpack rather than to read.
    pub(crate) unpacked: bool,
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Refused for passing this limit.
    Passed(&'static str),
    /// Read, as far as there is something to read; else an error that is none of ours.
    Harmless,
}

pub(crate) const BOMBS: [Bomb; 13] = [
    read("PDF: content stream of 1 GiB", content, Outcome::Passed("inflated_bytes_max")),
    read("PDF: content of 4 GiB, packed twice", twice, Outcome::Passed("inflated_bytes_max")),
    read("PDF: object stream of 1 GiB", objects, Outcome::Passed("inflated_bytes_max")),
    read("PDF: 5 million strokes", strokes, Outcome::Passed("drawn_max")),
    read("PDF: forms that draw ten forms each, 12 deep", forms, Outcome::Passed("drawn_max")),
    read("PDF: a form that draws itself", itself, Outcome::Harmless),
    read("PDF: page tree that is its own child", pages, Outcome::Harmless),
    read("PDF: fields that are their own parents", fields, Outcome::Harmless),
    read("PNG of 60,000 x 60,000", png, Outcome::Passed("pixels_max")),
    read("DOCX of 1 GiB", docx, Outcome::Passed("inflated_bytes_max")),
    read("DOCX with entities in entities", entities, Outcome::Harmless),
    Bomb {
        name: "ZIP of 1 GiB",
        build: zip,
        unpacked: true,
        outcome: Outcome::Passed("inflated_bytes_max"),
    },
    Bomb {
        name: "ZIP in ZIP, 16 of 64 MiB",
        build: nested,
        unpacked: true,
        outcome: Outcome::Passed("inflated_bytes_max"),
    },
];

const fn read(name: &'static str, build: fn() -> Vec<u8>, outcome: Outcome) -> Bomb {
    Bomb { name, build, unpacked: false, outcome }
}

impl Outcome {
    /// Whether this is how it ended; a child that died of it never is.
    pub(crate) fn is(self, error: Option<&FileError>) -> bool {
        match (self, error) {
            (Self::Passed(limit), Some(error)) => {
                error.limit.as_ref().is_some_and(|passed| passed.name == limit)
            }
            (Self::Passed(_), None) => false,
            (Self::Harmless, None) => true,
            (Self::Harmless, Some(error)) => {
                let told = matches!(error.reason, Reason::Unreadable | Reason::Empty);
                told && !error.detail.starts_with("the child")
            }
        }
    }
}

/// So many MiB of blanks, packed.
fn blanks(mebibytes: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let block = vec![b' '; 1 << 20];
    for _ in 0..mebibytes {
        encoder.write_all(&block).unwrap();
    }
    encoder.finish().unwrap()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const CATALOG: &str = "<</Type/Catalog/Pages 2 0 R>>";
const PAGES: &str = "<</Type/Pages/Count 1/Kids[3 0 R]>>";
const PAGE: &str = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R\
    /Resources<</XObject<</F5 5 0 R>>/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>";

/// Objects from 1, the last of them streams with these dictionaries and data.
fn pdf(objects: &[&str], streams: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for object in objects {
        places.push(file.len());
        write!(file, "{} 0 obj\n{object}\nendobj\n", places.len()).unwrap();
    }
    for (entries, data) in streams {
        places.push(file.len());
        let (number, length) = (places.len(), data.len());
        write!(file, "{number} 0 obj\n<<{entries}/Length {length}>>\nstream\n").unwrap();
        file.extend(data);
        file.extend(b"\nendstream\nendobj\n");
    }
    let start = file.len();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1);
    for place in &places {
        writeln!(table, "{place:010} 00000 n ").unwrap();
    }
    write!(
        file,
        "{table}trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n",
        places.len() + 1
    )
    .unwrap();
    file
}

fn page_of(entries: &str, content: Vec<u8>) -> Vec<u8> {
    pdf(&[CATALOG, PAGES, PAGE], &[(entries.to_owned(), content)])
}

fn content() -> Vec<u8> {
    page_of("/Filter/FlateDecode", blanks(1024))
}

fn twice() -> Vec<u8> {
    page_of("/Filter[/FlateDecode/FlateDecode]", packed(&blanks(4096)))
}

fn objects() -> Vec<u8> {
    let text = b"BT /F1 12 Tf 72 700 Td (Text) Tj ET".to_vec();
    let table = "/Type/ObjStm/N 1/First 8/Filter/FlateDecode".to_owned();
    pdf(&[CATALOG, PAGES, PAGE], &[(String::new(), text), (table, blanks(1024))])
}

fn strokes() -> Vec<u8> {
    page_of("/Filter/FlateDecode", packed("0 0 m 9 9 l S\n".repeat(4_600_000).as_bytes()))
}

fn forms() -> Vec<u8> {
    let mut streams = vec![(String::new(), b"/F5 Do".to_vec())];
    for number in 5..17 {
        let next = number + 1;
        let entries = format!(
            "/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</F{next} {next} 0 R>>>>"
        );
        streams.push((entries, format!("/F{next} Do ").repeat(10).into_bytes()));
    }
    let last = "/Type/XObject/Subtype/Form/BBox[0 0 595 842]".to_owned();
    streams.push((last, b"0 0 m 9 9 l S".to_vec()));
    pdf(&[CATALOG, PAGES, PAGE], &streams)
}

fn itself() -> Vec<u8> {
    let entries = "/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</F5 5 0 R>>>>";
    let text = b"BT /F1 12 Tf 72 700 Td (Text) Tj ET /F5 Do".to_vec();
    pdf(&[CATALOG, PAGES, PAGE], &[(String::new(), text), (entries.to_owned(), b"/F5 Do".to_vec())])
}

fn pages() -> Vec<u8> {
    let tree = "<</Type/Pages/Count 9999999/Kids[2 0 R 3 0 R 2 0 R]>>";
    let text = b"BT /F1 12 Tf 72 700 Td (Text) Tj ET".to_vec();
    pdf(&[CATALOG, tree, PAGE], &[(String::new(), text)])
}

fn fields() -> Vec<u8> {
    let catalog = "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>";
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[4 0 R 4 0 R]/Contents 5 0 R\
        /Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>";
    let field = "<</Subtype/Widget/Rect[9 9 99 20]/Parent 4 0 R/Kids[4 0 R]/V 4 0 R/Opt 4 0 R>>";
    let text = b"BT /F1 12 Tf 72 700 Td (Text) Tj ET".to_vec();
    pdf(&[catalog, PAGES, page, field], &[(String::new(), text)])
}

/// Grey, 8 bits; its rows are those of a much smaller image.
fn png() -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let mut sum = flate2::Crc::new();
        sum.update(kind);
        sum.update(data);
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length[..], kind, data, &sum.sum().to_be_bytes()].concat()
    };
    let edge = 60_000_u32.to_be_bytes();
    let header = [&edge[..], &edge, &[8, 0, 0, 0, 0]].concat();
    let rows = packed(&vec![0; 64 << 20]);
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", &rows),
        chunk(b"IEND", b""),
    ]
    .concat()
}

/// An archive of files that are so many MiB of blanks behind these words.
fn archive(files: &[(&str, &[u8], usize)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let block = vec![b' '; 1 << 20];
    for (name, words, mebibytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(words).unwrap();
        for _ in 0..*mebibytes {
            writer.write_all(&block).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

fn docx() -> Vec<u8> {
    archive(&[("[Content_Types].xml", b"<x/>", 0), ("word/document.xml", b"<w:document>", 1024)])
}

fn entities() -> Vec<u8> {
    let mut text = "<?xml version=\"1.0\"?><!DOCTYPE d [<!ENTITY a0 \"ha\">".to_owned();
    for level in 1..=30 {
        let before = format!("&a{};", level - 1).repeat(10);
        write!(text, "<!ENTITY a{level} \"{before}\">").unwrap();
    }
    text.push_str(
        "]><w:document><w:body><w:p><w:r><w:t>Text &a30;</w:t></w:r></w:p></w:body></w:document>",
    );
    archive(&[("[Content_Types].xml", b"<x/>", 0), ("word/document.xml", text.as_bytes(), 0)])
}

fn zip() -> Vec<u8> {
    archive(&[("erlass.txt", b"Text", 1024)])
}

fn nested() -> Vec<u8> {
    let inner = archive(&[("a.txt", b"Text", 64)]);
    let names: Vec<String> = (0..16).map(|number| format!("{number}.zip")).collect();
    let files: Vec<(&str, &[u8], usize)> =
        names.iter().map(|name| (name.as_str(), inner.as_slice(), 0)).collect();
    archive(&files)
}
