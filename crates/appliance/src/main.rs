//! `amtshilfe`: the appliance, its demo, and the commands that look after it or call it.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to its user")]

mod cli;
mod commands;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Before anything else is set up: this process is about to confine itself.
    if matches!(cli.command, Command::ReadOne) {
        return reading::child_main();
    }
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("amtshilfe: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("  weil / because: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}
