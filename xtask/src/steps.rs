//! Named steps, with a line each and the time they took.

use std::time::Instant;

use anyhow::Result;

/// What has been done so far.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    failed: Vec<&'static str>,
    skipped: Vec<String>,
}

/// How a step ended that did not fail.
#[derive(Debug)]
pub(crate) enum Outcome {
    Done,
    /// Something is missing on this machine; the words say what and how to get it.
    Skipped(String),
}

impl Steps {
    /// Runs a step and says how it ended. Later steps run whether or not it failed, so that one
    /// run shows everything.
    pub(crate) fn run(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<Outcome>,
    ) -> bool {
        println!("== {name}");
        let started = Instant::now();
        let outcome = work();
        let seconds = started.elapsed().as_secs_f64();
        match outcome {
            Ok(Outcome::Done) => println!("== {name}: ok, {seconds:.1} s"),
            Ok(Outcome::Skipped(reason)) => {
                println!("== {name}: skipped: {reason}");
                self.skipped.push(format!("{name} ({reason})"));
            }
            Err(error) => {
                println!("== {name}: FAILED, {seconds:.1} s: {error:#}");
                self.failed.push(name);
                return false;
            }
        }
        true
    }

    /// Says what failed and what was skipped.
    pub(crate) fn close(&self) -> bool {
        for skipped in &self.skipped {
            println!("skipped: {skipped}");
        }
        if !self.failed.is_empty() {
            println!("failed: {}", self.failed.join(", "));
        }
        self.failed.is_empty()
    }
}
