//! Reads files as the appliance does and prints their text: for trying and for measuring.
//!
//! `read-file [--networks FOLDER] FILE…` prints the text, pages parted by form feeds; times go to
//! stderr. `read-file probe NETWORK HEIGHT WIDTH` writes what a network makes of an image of waves, as
//! little-endian floats. `read-file read-one` is the child process itself.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for developers")]

use reading::{Child, Config, Networks, Reader};
use std::io::{Error, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if arguments.first().is_some_and(|first| first.as_os_str() == "read-one") {
        return reading::child_main();
    }
    let done = match arguments.as_slice() {
        [task, network, height, width] if task.as_os_str() == "probe" => {
            probe(network, [height, width])
        }
        files => read(files),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed to read: {error}");
            ExitCode::FAILURE
        }
    }
}

/// `benches/peers/networks.py` makes the same image.
fn probe(network: &Path, edges: [&PathBuf; 2]) -> std::io::Result<()> {
    let edge = |text: &PathBuf| text.to_string_lossy().parse::<u16>().map_err(Error::other);
    let [height, width] = edges.map(edge);
    let (height, width) = (height?, width?);
    let wave = |y: u16, x: u16| {
        let (x, y) = (f32::from(x), f32::from(y));
        (x * 0.37).sin() * (y * 0.23 + x * 0.011).cos()
    };
    let image: Vec<f32> = (0..height).flat_map(|y| (0..width).map(move |x| wave(y, x))).collect();
    let numbers = reading::probe_network(network, &image, height.into(), width.into());
    let mut output = std::io::stdout().lock();
    for number in numbers.map_err(Error::other)? {
        output.write_all(&number.to_le_bytes())?;
    }
    output.flush()
}

fn read(files: &[PathBuf]) -> std::io::Result<()> {
    let program = std::env::current_exe()?;
    let mut config = Config::new(Child::Process { program, args: vec!["read-one".into()] });
    let files = match files {
        [flag, folder, files @ ..] if flag.as_os_str() == "--networks" => {
            config.networks = Some(Networks::open(folder).map_err(Error::other)?);
            files
        }
        files => files,
    };
    let reader = Reader::new(config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for file in files {
        let bytes = fs_err::read(file)?;
        let started = Instant::now();
        let name = file.to_string_lossy();
        let result = runtime.block_on(reader.read(bytes, &name));
        let taken = started.elapsed();
        match result {
            Ok(paper) => {
                println!("{}", paper.text());
                let pages = paper.pages.len();
                eprintln!("{name}: {}, {pages} pages, {taken:.1?}", paper.format.name());
            }
            Err(error) => eprintln!("{name}: {error}: {}", error.message("de")),
        }
    }
    Ok(())
}
