use super::*;
use crate::read::tests::limits;
use std::io::Write;

fn unpack_with(bytes: &[u8], hint: &str) -> Result<Vec<Part>, FileError> {
    unpack(bytes, hint, &Work::start(&limits()))
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn names(parts: &[Part]) -> Vec<&str> {
    parts.iter().map(|part| part.name.as_str()).collect()
}

const MAIL: &str = "Received: by mail.example\r\nSubject: =?utf-8?Q?Erlass_zur_Geb=C3=BChr?=\r\nMIME-Version: 1.0\r\n\
Content-Type: multipart/mixed;\r\n boundary=\"==eins\"\r\n\r\nVorrede\r\n--==eins\r\n\
Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
Anbei der Erlass zur Geb=FChr, =\r\nbitte beachten.\r\n--==eins\r\n\
Content-Type: text/plain; name=\"x.txt\"\r\nContent-Disposition: attachment;\r\n filename*0*=utf-8''Erla%C3%9F;\r\n filename*1=\" 1.txt\"\r\n\
Content-Transfer-Encoding: base64\r\n\r\nRXJs\r\nYXNzIDE\r\n--==eins\r\n\
Content-Type: image/png\r\nContent-ID: <logo>\r\nContent-Disposition: inline; filename=logo.png\r\n\r\nPNG\r\n--==eins--\r\n";

const LAW: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?><!DOCTYPE dokumente SYSTEM "gii-norm.dtd">
<dokumente builddate="20260101000000" doknr="BJNR000010001"><norm builddate="20260101000000" doknr="BJNR000010001"><metadaten>
<jurabk>MusterG 2001</jurabk><amtabk>MusterG</amtabk><ausfertigung-datum manuell="ja">2001-02-03</ausfertigung-datum>
<langue>Gesetz über
Muster</langue></metadaten><textdaten><fussnoten><Content><P>(+++ Textnachweis +++)</P></Content></fussnoten></textdaten></norm>
<norm doknr="BJNR000010001BJNG1"><metadaten><jurabk>MusterG</jurabk><gliederungseinheit><gliederungskennzahl>010</gliederungskennzahl>
<gliederungsbez>Abschnitt 1</gliederungsbez><gliederungstitel>Anfang</gliederungstitel></gliederungseinheit></metadaten><textdaten/></norm>
<norm doknr="BJNR000010001BJNE1"><metadaten><jurabk>MusterG</jurabk><enbez>§ 1</enbez><titel format="parat">Zweck &amp; Ziel</titel></metadaten>
<textdaten><text format="XML"><Content><P>(1) Muster sind <B>rund</B>:
<DL Type="arabic"><DT>1.</DT><DD Font="normal"><LA Size="normal">kleine,</LA></DD><DT>2.</DT><DD><LA>große.</LA></DD></DL></P><P>(2) Mehr.</P>
<table><tgroup cols="2"><tbody><row><entry>A</entry><entry>B</entry></row></tbody></tgroup></table></Content></text></textdaten></norm></dokumente>"#;

#[test]
fn an_archive_gives_its_files_and_those_inside_them() {
    let inner = zip(&[("tief.txt", b"Text")]);
    let bytes = zip(&[
        ("ordner/a.txt", b"Erlass A"),
        ("__MACOSX/ordner/._a.txt", b"x"),
        ("Thumbs.db", b"x"),
        ("innen.zip", &inner),
        ("post.eml", MAIL.as_bytes()),
        ("kaputt.zip", b"PK\x03\x04 kaputt"),
    ]);
    assert!(holds_files(&bytes, "x.zip"));
    let parts = unpack_with(&bytes, "x.zip").unwrap();
    let mut found = names(&parts);
    found.sort_unstable();
    assert_eq!(found, ["innen.zip/tief.txt", "kaputt.zip", "ordner/a.txt", "post.eml/Erlaß 1.txt"]);
    let broken = parts.iter().find(|part| part.name == "kaputt.zip").unwrap();
    assert!(
        matches!(&broken.content, PartContent::Refused(error) if error.reason == Reason::Unreadable)
    );
    assert_eq!(parts[0].content, PartContent::File(b"Erlass A".to_vec()));
}

#[test]
fn limits_count_for_everything_inside() {
    let many = zip(&[("a.txt", &[b'a'; 3000]), ("b.txt", &[b'b'; 3000])]);
    let mut small = limits();
    small.inflated_bytes_max = 5000;
    let error = unpack(&many, "", &Work::start(&small)).unwrap_err();
    assert_eq!(error.limit.unwrap().name, "inflated_bytes_max");
    let mut nested = zip(&[("tief.txt", b"Text")]);
    for _ in 0..4 {
        nested = zip(&[("n.zip", &nested)]);
    }
    let parts = unpack_with(&nested, "").unwrap();
    assert!(
        matches!(&parts[0].content, PartContent::Refused(error) if error.reason == Reason::Unsupported)
    );
    assert_eq!(unpack_with(&zip(&[]), "").unwrap_err().reason, Reason::Empty);
    assert_eq!(unpack_with(b"Text", "a.txt").unwrap_err().reason, Reason::Unsupported);
}

#[test]
fn a_mail_gives_its_attachments_and_no_cover_note() {
    assert!(holds_files(MAIL.as_bytes(), "post.eml"));
    let parts = unpack_with(MAIL.as_bytes(), "post.eml").unwrap();
    assert_eq!(names(&parts), ["Erlaß 1.txt"], "{parts:?}");
    assert_eq!(parts[0].content, PartContent::File(b"Erlass 1".to_vec()));
}

#[test]
fn a_mail_without_attachments_is_its_own_text() {
    let mail = "Subject: =?iso-8859-1?B?R+RuZw==?= neu\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nDie Gebühr steigt.\n";
    let parts = unpack_with(mail.as_bytes(), "m.eml").unwrap();
    let expected =
        PartContent::Message { title: "Gäng neu".into(), text: "Die Gebühr steigt.\n".into() };
    assert_eq!(parts, [Part { name: "Gäng neu.txt".into(), content: expected }]);
    let secret = "Subject: x\nMIME-Version: 1.0\nContent-Type: application/pkcs7-mime\n\nxx";
    assert_eq!(unpack_with(secret.as_bytes(), "m.eml").unwrap_err().reason, Reason::Encrypted);
}

#[test]
fn a_mail_in_hypertext_alone_is_that_and_a_forwarded_one_is_taken_apart() {
    let html = "Subject: Neu\nMIME-Version: 1.0\nContent-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n<p>Geb=FChr</p>\n";
    let parts = unpack_with(html.as_bytes(), "m.eml").unwrap();
    assert_eq!(names(&parts), ["Neu.html"]);
    let expected = "\u{feff}<p>Gebühr</p>\n".as_bytes().to_vec();
    assert_eq!(parts[0].content, PartContent::File(expected));
    let forwarded = format!(
        "Subject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=zwei\n\n--zwei\nContent-Type: message/rfc822\n\n{MAIL}\n--zwei--\n"
    );
    let parts = unpack_with(forwarded.as_bytes(), "m.eml").unwrap();
    assert_eq!(names(&parts), ["Nachricht.eml/Erlaß 1.txt"]);
    assert_eq!(parts[0].content, PartContent::File(b"Erlass 1".to_vec()));
}

#[test]
fn a_law_gives_its_sections() {
    let law = |parts: &[Part]| match &parts[0].content {
        PartContent::Law(law) => law.clone(),
        other @ (PartContent::File(_) | PartContent::Message { .. } | PartContent::Refused(_)) => {
            panic!("{other:?}")
        }
    };
    let expected = Law {
        id: "BJNR000010001".into(),
        abbreviation: "MusterG".into(),
        title: "Gesetz über Muster".into(),
        promulgated: "2001-02-03".into(),
        sections: vec![LawSection {
            number: "§ 1".into(),
            heading: "Zweck & Ziel".into(),
            text: "(1) Muster sind rund:\n1. kleine,\n2. große.\n(2) Mehr.\nA  B".into(),
        }],
    };
    let parts = unpack_with(LAW.as_bytes(), "BJNR000010001.xml").unwrap();
    assert_eq!(law(&parts), expected);
    // As it is published: packed, with its pictures beside it.
    let packed = zip(&[("bgbl1_2001.jpg", b"\xff\xd8\xff"), ("BJNR000010001.xml", LAW.as_bytes())]);
    let parts = unpack_with(&packed, "xml.zip").unwrap();
    assert_eq!((parts.len(), law(&parts)), (1, expected));
    let empty = "<?xml version=\"1.0\"?><dokumente doknr=\"B1\"><norm/></dokumente>";
    assert_eq!(unpack_with(empty.as_bytes(), "").unwrap_err().reason, Reason::Unreadable);
    assert!(!holds_files(b"<?xml version='1.0'?><rechnung/>", "a.xml"));
}

#[test]
fn an_archive_of_documents_is_no_document() {
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let document = zip(&[("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")]);
    assert!(!holds_files(&document, "a.docx"));
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("a.docx", stored).unwrap();
    writer.write_all(&document).unwrap();
    assert!(holds_files(&writer.finish().unwrap().into_inner(), "a.zip"));
}

#[test]
fn parts_cross_the_pipe() {
    let parts = vec![
        Part { name: "a".into(), content: PartContent::File(vec![0, 255]) },
        Part {
            name: "b".into(),
            content: PartContent::Message { title: "t".into(), text: "x".into() },
        },
        Part { name: "c".into(), content: PartContent::File(vec![7]) },
    ];
    let mut bytes = Vec::new();
    crate::protocol::write_parts(&mut bytes, Ok(parts.clone()), crate::protocol::Confinement::Full)
        .unwrap();
    assert_eq!(crate::protocol::decode_parts(&bytes).unwrap().0.unwrap(), parts);
    bytes.pop();
    assert!(crate::protocol::decode_parts(&bytes).is_err());
}
