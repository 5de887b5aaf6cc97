//! Small files that are large to read: each must end as its limit says, through the real child process.
//! How long they take and how much memory, `cargo xtask bench bombs` shows.

#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

#[path = "bombs/build.rs"]
mod build;

use build::{BOMBS, Bomb};
use reading::{Child, Config, FileError, Ocr, Reader};

fn outcome(bomb: &Bomb) -> Result<(), FileError> {
    let (program, args) = (env!("CARGO_BIN_EXE_read-file").into(), vec!["read-one".to_owned()]);
    let mut config = Config::new(Child::Process { program, args });
    config.ocr = Ocr::None;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reader = Reader::new(config);
    if bomb.unpacked {
        runtime.block_on(reader.unpack((bomb.build)(), "datei")).map(|_| ())
    } else {
        runtime.block_on(reader.read((bomb.build)(), "datei")).map(|_| ())
    }
}

#[test]
fn bombs_end_at_their_limits() {
    for bomb in &BOMBS {
        let outcome = outcome(bomb);
        assert!(bomb.outcome.is(outcome.as_ref().err()), "{}: {outcome:?}", bomb.name);
    }
}
