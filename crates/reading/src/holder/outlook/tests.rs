use crate::error::{FileError, Reason};
use crate::holder::{Part, PartContent, holds_files, unpack};
use crate::limits::{Limits, Work};
use crate::paper::Format;
use crate::pdf::tests::pdf;
use crate::read::tests::{limits, read_with};
use crate::sniff::{Kind, sniff};
use cfb::CompoundFile;
use std::io::{Cursor, Write};

type File = CompoundFile<Cursor<Vec<u8>>>;

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn put(file: &mut File, path: &str, bytes: &[u8]) {
    file.create_stream(path).unwrap().write_all(bytes).unwrap();
}

/// The table of a storage's properties, with these numbers.
fn table(file: &mut File, storage: &str, header: usize, numbers: &[(u16, u32)]) {
    let mut bytes = vec![0; header];
    for (number, value) in numbers {
        bytes.extend([3, 0]);
        bytes.extend(number.to_le_bytes());
        bytes.extend([6, 0, 0, 0]);
        bytes.extend(value.to_le_bytes());
        bytes.extend([0; 4]);
    }
    put(file, &format!("{storage}/__properties_version1.0"), &bytes);
}

fn message(subject: &str, body: &str) -> File {
    let mut file = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    table(&mut file, "", 32, &[]);
    put(&mut file, "/__substg1.0_0037001F", &wide(subject));
    put(&mut file, "/__substg1.0_1000001F", &wide(body));
    file
}

fn attach(file: &mut File, number: u32, name: &str, bytes: &[u8]) -> String {
    let storage = format!("/__attach_version1.0_#{number:08X}");
    file.create_storage(&storage).unwrap();
    table(file, &storage, 8, &[(0x3705, 1)]);
    put(file, &format!("{storage}/__substg1.0_3707001F"), &wide(name));
    put(file, &format!("{storage}/__substg1.0_37010102"), bytes);
    storage
}

fn bytes(file: File) -> Vec<u8> {
    file.into_inner().into_inner()
}

fn taken(file: File) -> Result<Vec<Part>, FileError> {
    with(file, &limits())
}

fn with(file: File, limits: &Limits) -> Result<Vec<Part>, FileError> {
    unpack(&bytes(file), "post.msg", &Work::start(limits))
}

fn names(parts: &[Part]) -> Vec<&str> {
    parts.iter().map(|part| part.name.as_str()).collect()
}

#[test]
fn a_message_gives_its_attachments_and_no_cover_note() {
    let paper = pdf(&["BT /F1 12 Tf 72 700 Td (Erlass 1) Tj ET"]);
    let mut file = message("Erlass zur Gebühr", "Anbei der Erlass.");
    attach(&mut file, 0, "Erlaß 1.pdf", &paper);
    let logo = attach(&mut file, 1, "logo.png", b"\x89PNG");
    file.remove_stream(format!("{logo}/__properties_version1.0")).unwrap();
    table(&mut file, &logo, 8, &[(0x3714, 4)]);
    let file = bytes(file);
    assert_eq!(sniff(&file, "brief.doc"), Kind::Other("MSG"));
    assert!(holds_files(&file, ""));
    let parts = unpack(&file, "", &Work::start(&limits())).unwrap();
    assert_eq!(names(&parts), ["Erlaß 1.pdf"]);
    let PartContent::File(attached) = &parts[0].content else { panic!("{:?}", parts[0]) };
    let read = read_with(attached.clone(), &parts[0].name, &limits()).unwrap();
    assert_eq!((read.format, read.text().as_str()), (Format::Pdf, "Erlass 1"));
}

#[test]
fn a_message_without_attachments_is_its_own_text() {
    let check = |file: File, name: &str, content: PartContent| {
        assert_eq!(taken(file).unwrap(), [Part { name: name.into(), content }]);
    };
    let text = |title: &str, text: &str| PartContent::Message {
        title: title.to_owned(),
        text: text.to_owned(),
    };
    let plain = message("Neu/Łódź", "Die Gebühr\r\nsteigt.");
    check(plain, "Neu-Łódź.txt", text("Neu/Łódź", "Die Gebühr\nsteigt."));
    // Eight-bit text in the code page that the message names.
    let mut file = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    table(&mut file, "", 32, &[(0x3ffd, 1250)]);
    put(&mut file, "/__substg1.0_0037001E", b"Neu");
    put(&mut file, "/__substg1.0_1000001E", b"\xa3\xf3d\x9f");
    check(file, "Neu.txt", text("Neu", "Łódź"));
    let mut file = message("Neu", " ");
    put(&mut file, "/__substg1.0_10130102", b"<p>Geb\xfchr</p>");
    let html = "\u{feff}<p>Gebühr</p>".as_bytes().to_vec();
    check(file, "Neu.html", PartContent::File(html));
    // The example of MS-OXRTFCP, and rich text that is not packed.
    let packed = b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125\x42\x32\x0a\xf3\
        \x20hel\x09\0\x20bw\x05\xb0ld}\x0a\x80\x0f\xa0";
    let rich = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n";
    let mut file = message("Neu", "");
    put(&mut file, "/__substg1.0_10090102", packed);
    check(file, "Neu.rtf", PartContent::File(rich.to_vec()));
    let mut file = message("Neu", "");
    let plain = [b"\0\0\0\0\x2b\0\0\0MELA\0\0\0\0", rich.as_slice()].concat();
    put(&mut file, "/__substg1.0_10090102", &plain);
    check(file, "Neu.rtf", PartContent::File(rich.to_vec()));
}

#[test]
fn a_message_inside_is_taken_apart_and_other_objects_are_named() {
    let mut file = message("Fwd", "");
    let outer = "/__attach_version1.0_#00000000";
    let inner = format!("{outer}/__substg1.0_3701000D");
    let deep = format!("{inner}/__attach_version1.0_#00000000");
    for storage in [outer, &inner, &deep] {
        file.create_storage(storage).unwrap();
    }
    table(&mut file, outer, 8, &[(0x3705, 5)]);
    put(&mut file, &format!("{outer}/__substg1.0_3001001F"), &wide("Innen"));
    table(&mut file, &inner, 24, &[]);
    table(&mut file, &deep, 8, &[]);
    put(&mut file, &format!("{deep}/__substg1.0_3704001F"), &wide("A.TXT"));
    put(&mut file, &format!("{deep}/__substg1.0_37010102"), b"Erlass");
    let object = "/__attach_version1.0_#00000001";
    file.create_storage(object).unwrap();
    file.create_storage(format!("{object}/__substg1.0_3701000D")).unwrap();
    table(&mut file, object, 8, &[]);
    let cloud = "/__attach_version1.0_#00000002";
    file.create_storage(cloud).unwrap();
    table(&mut file, cloud, 8, &[]);
    let parts = taken(file).unwrap();
    assert_eq!(names(&parts), ["Innen/A.TXT", "Nachricht", "Anlage 3"]);
    for (part, what) in parts[1..].iter().zip(["object", "elsewhere"]) {
        let PartContent::Refused(error) = &part.content else { panic!("{part:?}") };
        assert!(error.reason == Reason::Unsupported && error.detail.contains(what), "{error:?}");
    }
}

#[test]
fn encrypted_messages_and_limits() {
    let class = |class: &str| {
        let mut file = message("x", "");
        put(&mut file, "/__substg1.0_001A001F", &wide(class));
        file
    };
    assert_eq!(taken(class("IPM.Note.SMIME")).unwrap_err().reason, Reason::Encrypted);
    let mut signed = class("IPM.Note.SMIME.MultipartSigned");
    let mail = "MIME-Version: 1.0\nSubject: Neu\nContent-Type: text/plain\n\nText\n";
    attach(&mut signed, 0, "smime.p7m", mail.as_bytes());
    assert_eq!(names(&taken(signed).unwrap()), ["Nachricht.eml/Neu.txt"]);
    let mut small = limits();
    small.inflated_bytes_max = 5_000;
    for attachments in [[6_000, 0], [3_000, 3_000]] {
        let mut file = message("x", "");
        for (size, number) in attachments.into_iter().zip(0..) {
            attach(&mut file, number, "a.bin", &vec![7; size]);
        }
        let error = with(file, &small).unwrap_err();
        assert_eq!(error.limit.unwrap().name, "inflated_bytes_max");
    }
}

#[test]
fn hostile_messages_are_errors_or_parts() {
    let mut file = message("Neu", "Text");
    attach(&mut file, 0, "a.txt", &[b'a'; 5_000]);
    let whole = bytes(file);
    for cut in (0..whole.len()).step_by(61) {
        let mut flipped = whole.clone();
        flipped[cut] ^= 0x5a;
        for bytes in [whole[..cut].to_vec(), flipped] {
            let outcome = crate::child::unpack_guarded(bytes, "x.msg".to_owned(), limits());
            if let Err(error) = outcome {
                assert_ne!(error.detail, crate::child::PANICKED, "{cut}");
            }
        }
    }
}

#[test]
fn what_storages_may_share_is_short() {
    let mut file = message("Neu", "Text");
    let storage = attach(&mut file, 0, "a.txt", b"Erlass");
    put(&mut file, &format!("{storage}/__substg1.0_370E001F"), &vec![b'a'; 1 << 17]);
    assert_eq!(names(&taken(file).unwrap()), ["a.txt"]);
    let mut file = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    table(&mut file, "", 32, &vec![(1, 1); 5_000]);
    let error = taken(file).unwrap_err();
    assert_eq!((error.reason, error.limit.unwrap().allowed), (Reason::TooLarge, 1 << 16));
}
