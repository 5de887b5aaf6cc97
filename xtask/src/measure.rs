//! `measure`: a fresh appliance, the Python programs of an evaluation folder, one table.

mod appliance;
mod table;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::demo;
use crate::python::{self, Environment};
use crate::sets::{self, Set};
use crate::workspace::Workspace;
use appliance::Appliance;
use table::Table;

/// What is measured.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// Search: recall, ranks and latency on each set, for each strategy.
    Retrieval,
    /// As the law stood on a day.
    Asof,
    /// Classes of papers: needs --samples and --map.
    Classify,
    /// An auditor's check of the log, after some calls.
    Audit,
    /// Whole applications: needs --cases.
    Application,
    /// What one department's flood costs another.
    Fairness,
}

/// What is measured, and with what.
#[derive(Args, Debug)]
pub(crate) struct Options {
    what: What,
    /// Folder with the programs and their requirements.txt.
    #[arg(long, value_name = "DIR")]
    eval: PathBuf,
    /// Folder with `eval/` and `laws/`; default: `corpora` beside the programs.
    #[arg(long, value_name = "DIR")]
    corpora: Option<PathBuf>,
    /// A built `amtshilfe` instead of this checkout's release build.
    #[arg(long, value_name = "FILE")]
    appliance: Option<PathBuf>,
    /// Retrieval: only these sets.
    #[arg(long, value_delimiter = ',')]
    sets: Vec<String>,
    /// Classify: folder LABEL/FILE.
    #[arg(long, value_name = "DIR")]
    samples: Option<PathBuf>,
    /// Classify: labels and the classes that are right for them.
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Application: folder with a folder for each case.
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Handed to the program as they are.
    #[arg(last = true)]
    arguments: Vec<OsString>,
}

/// What every measurement has at hand.
struct Bench<'a> {
    workspace: &'a Workspace,
    options: &'a Options,
    program: PathBuf,
    python: PathBuf,
    corpora: PathBuf,
}

/// Runs one kind of measurement and prints its table.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let program = match &options.appliance {
        Some(program) => fs_err::canonicalize(program)?,
        None => demo::build(workspace)?,
    };
    let venv = workspace.target.join("venv-measure");
    let python = match python::environment(&venv, &options.eval.join("requirements.txt"))? {
        Environment::Ready(python) => python,
        Environment::Missing(reason) => bail!("no Python clients: {reason}"),
    };
    let corpora = sets::corpora(&options.eval, options.corpora.as_deref());
    let bench = Bench { workspace, options, program, python, corpora };
    let mut table = Table::default();
    match options.what {
        What::Retrieval => bench.retrieval(&mut table)?,
        What::Asof => bench.asof(&mut table)?,
        What::Classify => bench.classify(&mut table)?,
        What::Audit => bench.audit(&mut table)?,
        What::Application => bench.application(&mut table)?,
        What::Fairness => bench.fairness(&mut table)?,
    }
    println!("\n{table}");
    Ok(ExitCode::SUCCESS)
}

impl Bench<'_> {
    fn start(&self, name: &str) -> Result<Appliance> {
        Appliance::start(&self.program, &self.workspace.target.join("measure").join(name))
    }

    /// Each set gets an empty data folder, because the sets share ids.
    fn retrieval(&self, table: &mut Table) -> Result<()> {
        for set in sets::chosen(&self.options.sets)? {
            let appliance = self.start(set.name)?;
            self.retrieval_set(&appliance, set, table)?;
            appliance.stop()?;
        }
        Ok(())
    }

    /// Imports a set and asks all its queries.
    fn retrieval_set(&self, appliance: &Appliance, set: &Set, table: &mut Table) -> Result<()> {
        let identity = appliance.identity("erlasse", &["client", "corpus_editor"])?;
        let corpus = set.corpus(&self.corpora)?;
        for (index, (label, file)) in set.queries(&self.corpora).into_iter().enumerate() {
            let mut call = self.call("retrieval.py", appliance);
            call.arg("--identity").arg(&identity).arg("--queries").arg(file);
            if index == 0 {
                call.arg("--corpus").arg(&corpus).arg("--import");
            }
            self.finish(call, &label, table)?;
        }
        Ok(())
    }

    fn asof(&self, table: &mut Table) -> Result<()> {
        let appliance = self.start("asof")?;
        let identity = appliance.identity("erlasse", &["client", "corpus_editor"])?;
        let mut call = self.call("asof.py", &appliance);
        call.arg("--identity").arg(identity).arg("--import");
        call.arg("--history").arg(self.corpora.join("laws/laws_history.jsonl.gz"));
        call.arg("--tests").arg(self.corpora.join("eval/asof/tests.dev.jsonl"));
        self.finish(call, "asof", table)?;
        appliance.stop()
    }

    fn classify(&self, table: &mut Table) -> Result<()> {
        let samples = self.options.samples.as_ref().context("--samples DIR is missing")?;
        let map = self.options.map.as_ref().context("--map FILE is missing")?;
        let appliance = self.start("classify")?;
        let mut call = self.call("classify.py", &appliance);
        call.arg("--identity").arg(appliance.identity("auslaenderamt", &["client"])?);
        call.arg("--samples").arg(samples).arg("--map").arg(map);
        self.finish(call, "classify", table)?;
        appliance.stop()
    }

    fn application(&self, table: &mut Table) -> Result<()> {
        let cases = self.options.cases.as_ref().context("--cases DIR is missing")?;
        let appliance = self.start("application")?;
        let mut call = self.call("application.py", &appliance);
        call.arg("--identity").arg(appliance.identity("auslaenderamt", &["client"])?);
        call.arg("--cases").arg(cases);
        self.finish(call, "application", table)?;
        appliance.stop()
    }

    /// The log of a small retrieval run must verify, and must not hold what was asked.
    fn audit(&self, table: &mut Table) -> Result<()> {
        let appliance = self.start("audit")?;
        let mut queries = Vec::new();
        for set in sets::chosen(&["htwg_all"])? {
            self.retrieval_set(&appliance, set, &mut Table::default())?;
            queries.extend(set.queries(&self.corpora));
        }
        let (_, queries) = queries.first().context("the set has no queries")?;
        let mut call = self.call("audit_check.py", &appliance);
        call.arg("--identity").arg(appliance.identity("revision", &["auditor"])?);
        call.arg("--verifier-key").arg(appliance.verifier_key());
        call.arg("--canary").arg(first_query(queries)?);
        self.finish(call, "audit", table)?;
        appliance.stop()
    }

    fn fairness(&self, table: &mut Table) -> Result<()> {
        let appliance = self.start("fairness")?;
        let mut call = self.call("fairness.py", &appliance);
        call.arg("--victim").arg(appliance.identity("standesamt", &["client"])?);
        call.arg("--flood").arg(appliance.identity("portal", &["client"])?);
        self.finish(call, "fairness", table)?;
        appliance.stop()
    }

    fn call(&self, program: &str, appliance: &Appliance) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(self.options.eval.join(program)).env("PYTHONUNBUFFERED", "1");
        command.arg("--target").arg(appliance.target());
        command.arg("--proto").arg(self.workspace.root.join("proto"));
        command
    }

    /// Runs a program and puts the JSON lines that it writes into the table.
    fn finish(&self, mut call: Command, label: &str, table: &mut Table) -> Result<()> {
        println!("== {label}");
        call.args(&self.options.arguments);
        crate::suite::watch(&mut call, |line| table.add(label, line))
            .with_context(|| format!("failed to measure {label}"))
    }
}

fn first_query(path: &Path) -> Result<String> {
    let text = fs_err::read_to_string(path)?;
    let line = text.lines().next().unwrap_or_default();
    let query: serde_json::Value = serde_json::from_str(line).context("failed to read a query")?;
    let words = query.get("query").and_then(|query| query.as_str());
    Ok(words.context("the set has no query")?.to_owned())
}
