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
    end_quietly_with_the_reader();
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

/// `amtshilfe check … | head` is no error: whoever reads has seen enough. `serve` and `demo` put their own
/// hook in the place of this one.
fn end_quietly_with_the_reader() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        if message.is_some_and(|text| text.starts_with("failed printing to stdout: Broken pipe")) {
            std::process::exit(0);
        }
        others(panic);
    }));
}
