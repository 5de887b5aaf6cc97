//! The child process: what it answers, and what becomes of it when it does not.

#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use reading::{Child, Config, FileError, Format, Ocr, Paper, Reader, Reason};
use std::io::{Cursor, Write};
use std::time::Duration;

fn config(program: &str, args: &[&str]) -> Config {
    let args = args.iter().map(|&arg| arg.to_owned()).collect();
    let mut config = Config::new(Child::Process { program: program.into(), args });
    config.ocr = Ocr::None;
    config
}

/// The child as the appliance runs it.
fn sound() -> Config {
    config(env!("CARGO_BIN_EXE_read-file"), &["read-one"])
}

fn read(config: Config, bytes: &[u8]) -> Result<Paper, FileError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Reader::new(config).read(bytes.to_vec(), "datei"))
}

fn refused(config: Config, bytes: &[u8]) -> FileError {
    read(config, bytes).unwrap_err()
}

#[test]
fn answers_as_if_it_were_the_same_process() {
    for bytes in ["Größe\u{c}§ 5".as_bytes(), b"<html><body>Text</body></html>", b"%PDF-1.7 kaputt"]
    {
        let mut inside = sound();
        inside.child = Child::InProcess;
        assert_eq!(read(sound(), bytes), read(inside, bytes));
    }
    let paper = read(sound(), "Größe\u{c}§ 5".as_bytes()).unwrap();
    assert_eq!((paper.format, paper.pages.len()), (Format::Text, 2));
}

#[test]
fn limits_hold_before_and_inside_the_child() {
    let mut small = sound();
    small.file_bytes_max = 10;
    let error = refused(small, b"mehr als zehn Bytes");
    assert_eq!(error.reason, Reason::TooLarge);
    assert_eq!(error.limit.as_ref().map(|passed| passed.actual), Some(19));
    assert!(error.message("de").contains("19 Bytes, erlaubt sind 10"), "{}", error.message("de"));
    assert!(error.message("en-GB").contains("19 bytes, allowed are 10"));
    assert_eq!(refused(sound(), b"").reason, Reason::Empty);
    let mut one = sound();
    one.pages_max = 1;
    assert_eq!(refused(one, b"eins\x0czwei").reason, Reason::TooManyPages);
}

#[test]
fn memory_beyond_the_limit_ends_the_child_and_says_so() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    for _ in 0..100 {
        writer.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let bomb = writer.finish().unwrap().into_inner();
    let mut config = sound();
    config.memory_bytes_max = 180 << 20;
    let error = refused(config, &bomb);
    assert_eq!(error.reason, Reason::TooLarge, "{error:?}");
    assert_eq!(error.limit.unwrap().name, "memory_bytes_max");
}

#[test]
fn a_child_that_hangs_dies_or_babbles_is_an_error() {
    let mut hanging = config("/bin/sleep", &["600"]);
    hanging.time_max = Duration::from_millis(100);
    let error = refused(hanging, b"Text");
    assert_eq!(error.reason, Reason::TimedOut);
    assert_eq!(error.limit.as_ref().map(|passed| passed.allowed), Some(100));
    for config in [
        config("/bin/sh", &["-c", "kill -9 $$"]),
        config("/bin/sh", &["-c", "exit 3"]),
        config("/bin/sh", &["-c", "echo '{\"result\":'"]),
        config("/bin/cat", &[]),
        config("/gibt/es/nicht", &[]),
    ] {
        assert_eq!(refused(config, b"Text").reason, Reason::Unreadable);
    }
    let outside = r#"{"result":{"Ok":{"pages":[{"number":1,"width":1.0,"height":1.0,"text":"a",
        "words":[{"start":0,"end":9,"rect":{"left":0.0,"top":0.0,"width":0.0,"height":0.0},
        "confidence":1.0,"source":"Digital"}],"source":"Digital","quality":1.0,"masks":[]}],"format":"Text","truncated":false}},
        "confinement":"Full"}"#;
    let error = refused(config("/bin/echo", &[outside]), b"Text");
    assert!(error.detail.contains("outside its text"), "{error:?}");
}

#[test]
fn more_files_than_children_wait_their_turn() {
    let mut config = sound();
    config.children_max = 2;
    let reader = Reader::new(config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let papers = runtime.block_on(async {
        let readings: Vec<_> = (0..8)
            .map(|number| {
                let reader = reader.clone();
                tokio::spawn(async move {
                    reader.read(format!("Blatt {number}").into_bytes(), "").await
                })
            })
            .collect();
        let mut papers = Vec::new();
        for reading in readings {
            papers.push(reading.await.unwrap().unwrap().text());
        }
        papers
    });
    assert_eq!(papers.len(), 8);
    assert_eq!(papers[7], "Blatt 7");
}

#[test]
fn a_confined_child_has_heif_convert_read_photographs() {
    if !["/usr/local/bin/heif-convert", "/usr/bin/heif-convert"]
        .iter()
        .any(|path| std::path::Path::new(path).is_file())
    {
        println!("skipped: heif-convert is not installed (apt install libheif-examples)");
        return;
    }
    // Without recognition a photograph that was converted is refused for that reason alone.
    let photo = include_bytes!("../src/heic/tests/letter.heic");
    assert_eq!(refused(sound(), photo).reason, Reason::NoOcr);
    let mut reading = sound();
    reading.ocr = Ocr::find(None);
    match read(reading, photo) {
        Ok(paper) => {
            assert_eq!(paper.format, Format::Heic);
            assert!(paper.text().contains("Aufenthaltserlaubnis"), "{}", paper.text());
        }
        Err(error) => assert_eq!(error.reason, Reason::NoOcr, "{error:?}"),
    }
}

/// A child that aborts or loops where its file says so, and is a sound one for other files.
const MOODY: &str = r#"
    file=$(mktemp); cat > "$file"
    if grep -q ABBRUCH "$file"; then rm "$file"; kill -ABRT $$; fi
    if grep -q SCHLEIFE "$file"; then rm "$file"; while :; do :; done; fi
    exec 0< "$file"; rm "$file"; exec "$0" read-one
"#;

#[test]
fn one_file_that_cannot_be_read_leaves_its_neighbours_alone() {
    let mut config = config("/bin/sh", &["-c", MOODY, env!("CARGO_BIN_EXE_read-file")]);
    config.children_max = 4;
    config.time_max = Duration::from_secs(3);
    let reader = Reader::new(config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let read = |text: &'static str| {
        let reader = reader.clone();
        runtime.spawn(async move { reader.read(text.as_bytes().to_vec(), "datei.txt").await })
    };
    let readings = ["Blatt 1", "ABBRUCH", "Blatt 2", "SCHLEIFE", "Blatt 3"].map(read);
    let outcomes = readings.map(|reading| runtime.block_on(reading).unwrap());
    for (outcome, text) in
        [(&outcomes[0], "Blatt 1"), (&outcomes[2], "Blatt 2"), (&outcomes[4], "Blatt 3")]
    {
        assert_eq!(outcome.as_ref().unwrap().text(), text);
    }
    let check = |outcome: &Result<Paper, FileError>, reason: Reason, beside: &str| {
        let error = outcome.as_ref().unwrap_err();
        assert_eq!(error.reason, reason, "{error:?}");
        assert_eq!(error.message("de"), format!("nicht lesbar – bitte manuell prüfen ({beside})"));
    };
    check(&outcomes[1], Reason::Unreadable, "das Lesen brach ab");
    let slow = "das Lesen dauerte zu lange: erlaubt sind 3 Sekunden";
    check(&outcomes[3], Reason::TimedOut, slow);
    let error = outcomes[3].as_ref().unwrap_err();
    assert!(error.message("en").starts_with("unreadable – please check by hand ("));
}
