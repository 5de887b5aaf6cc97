//! The project's own commands: `cargo xtask demo`, `test`, `ci`, `tidy`, `samples`, `measure`,
//! `bench`, `fairness`, `fuzz`.
//!
//! One language and no tools beyond Rust's, so that they run on a fresh machine.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to its user")]

mod bench;
mod counts;
mod debian;
mod demo;
mod fairness;
mod fuzz;
mod measure;
mod python;
mod sets;
mod steps;
mod suite;
mod test_models;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Baut das Gerät und führt es vor / builds the appliance and runs its demo.
    Demo {
        /// Handed to `amtshilfe demo`, for example `-- --data DIR`.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Runs every check and test.
    Test(suite::Options),
    /// What a change must pass: `test`, and cargo-deny where it is installed.
    Ci,
    /// Checks the dependency table and the house rules that clippy cannot know.
    Tidy,
    /// Writes the sample papers and decrees of `samples/` again.
    Samples,
    /// Compares speed, and the quality of embedder and search, with other software in one run.
    Bench(bench::Options),
    /// Gives broken and hostile bytes to every parser: `fuzz [TARGET] [--seconds N]`.
    Fuzz(fuzz::Options),
    /// Measures on pairs of invented cases that differ in one thing only whether it changes hints: one report, and
    /// an exit code that says whether a limit is exceeded.
    Fairness(fairness::Options),
    /// Measures a fresh appliance with the programs of an evaluation folder.
    Measure(measure::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match command {
        Command::Demo { arguments } => demo::run(&workspace, &arguments),
        Command::Test(options) => suite::run(&workspace, &options),
        Command::Ci => suite::run(&workspace, &suite::Options { deny: true, ..Default::default() }),
        Command::Tidy => tidy::run(&workspace.root),
        Command::Samples => {
            let out = workspace.root.join("samples");
            let arguments = ["run", "--package", "papers", "--", "samples", "--out"];
            workspace::succeed(workspace.cargo().args(arguments).arg(out))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::Fuzz(options) => fuzz::run(&workspace, &options),
        Command::Fairness(options) => fairness::run(&workspace, &options),
        Command::Measure(options) => measure::run(&workspace, &options),
    }
}
