//! Command line of the generator of papers.
#![forbid(unsafe_code)]

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Makes invented papers, with the truth about each as JSON, and trains the document classifier.
#[derive(Debug, Parser)]
#[command(name = "papers", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Trains the classifier of papers and writes the model folder.
    ///
    /// Draws texts of every class from the wordings in texts/, holds whole families of wordings
    /// back to calibrate and measure, and prints the figures. Takes some minutes.
    Train {
        /// Folder to write (the appliance ships models/papers-linear).
        #[arg(long, default_value = "models/papers-linear")]
        out: PathBuf,
        /// Seed of texts and steps.
        #[arg(long, default_value_t = 20_261_124)]
        seed: u64,
    },
}

#[expect(clippy::print_stdout, reason = "a command line talks to its user")]
fn main() -> Result<()> {
    let mut say = |line: &str| println!("{line}");
    match Arguments::parse().command {
        Command::Train { out, seed } => {
            let options = papers::train::Options { seed, ..Default::default() };
            papers::train::run(&options, &out, &mut say)
        }
    }
}
