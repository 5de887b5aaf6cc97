//! What small files cost that are large to read: outcome, processor time and peak memory of the child
//! process that reads each, all limits at their defaults.
//!
//! ```text
//! cargo xtask bench bombs
//! ```
#![expect(clippy::print_stdout, reason = "prints its table")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails may panic")]

#[path = "../tests/bombs/build.rs"]
mod build;

use build::{BOMBS, Bomb};
use reading::{Child, Config, Ocr, Reader};
use std::process::Command;
use std::time::{Duration, Instant};

/// What is aimed at for each.
const TARGET: &str = "10 s, 1536 MiB";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // A process for each bomb, since the system counts the children of a process together.
    if let [option, name] = arguments.as_slice()
        && option == "--one"
    {
        let bomb = BOMBS.iter().find(|bomb| bomb.name == name).unwrap();
        println!("{}", row(bomb));
        return;
    }
    println!("Aimed at: each within {TARGET}.\n");
    println!("| file | bytes | outcome | processor, s | wall clock, s | peak memory, MiB |");
    println!("|---|---:|---|---:|---:|---:|");
    for bomb in &BOMBS {
        let mut own = Command::new(std::env::current_exe().unwrap());
        assert!(own.args(["--one", bomb.name]).status().unwrap().success(), "{}", bomb.name);
    }
}

fn row(bomb: &Bomb) -> String {
    let (program, args) = (env!("CARGO_BIN_EXE_read-file").into(), vec!["read-one".to_owned()]);
    let mut config = Config::new(Child::Process { program, args });
    config.ocr = Ocr::None;
    let reader = Reader::new(config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bytes = (bomb.build)();
    let length = bytes.len();
    let started = Instant::now();
    let outcome = if bomb.unpacked {
        let parts = runtime.block_on(reader.unpack(bytes, "datei"));
        parts.map(|parts| format!("{} parts", parts.len()))
    } else {
        let paper = runtime.block_on(reader.read(bytes, "datei"));
        paper.map(|paper| format!("{} pages", paper.pages.len()))
    };
    let taken = started.elapsed();
    let meant = if bomb.outcome.is(outcome.as_ref().err()) { "" } else { " (NOT as meant)" };
    let outcome = outcome.unwrap_or_else(|error| {
        let passed = error.limit.map(|passed| format!(" {}", passed.name)).unwrap_or_default();
        format!("{}{passed}", error.reason.code())
    });
    let (processor, mebibytes) = children();
    let (processor, taken) = (processor.as_secs_f64(), taken.as_secs_f64());
    format!(
        "| {} | {length} | {outcome}{meant} | {processor:.2} | {taken:.2} | {mebibytes} |",
        bomb.name
    )
}

/// Processor time of the children waited for, and the most memory that one of them held.
fn children() -> (Duration, u64) {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    #[expect(unsafe_code, reason = "libc offers no safe getrusage")]
    // SAFETY: the pointer is to a struct of that type, for which all zeros are sound.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    let time = |time: libc::timeval| {
        Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0))
            + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
    };
    let kibibytes = u64::try_from(usage.ru_maxrss).unwrap_or(0);
    (time(usage.ru_utime) + time(usage.ru_stime), kibibytes / 1024)
}
