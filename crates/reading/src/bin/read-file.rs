//! Reads files as the appliance does and prints their text: for trying and for measuring.
//!
//! `read-file [--networks FOLDER] FILE…` prints the text, pages parted by form feeds; times go to
//! stderr. `read-file read-one` is the child process itself.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for developers")]

use reading::{Child, Config, Networks, Reader};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if arguments.first().is_some_and(|first| first.as_os_str() == "read-one") {
        return reading::child_main();
    }
    match read(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed to read: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read(files: &[PathBuf]) -> std::io::Result<()> {
    let program = std::env::current_exe()?;
    let mut config = Config::new(Child::Process { program, args: vec!["read-one".into()] });
    let files = match files {
        [flag, folder, files @ ..] if flag.as_os_str() == "--networks" => {
            config.networks = Some(Networks::open(folder).map_err(std::io::Error::other)?);
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
