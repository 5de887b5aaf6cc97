//! `fairness`: pairs of invented cases that differ in one thing only, judged by the appliance, one report.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::Args;

use crate::demo;
use crate::workspace::{Workspace, succeed};

/// How many pairs, and where the report goes.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Pairs for each of nationality, origin of the name, sex, age and script.
    #[arg(long, default_value_t = 150)]
    count: u64,
    /// Pairs of photos in good light and with glare.
    #[arg(long, default_value_t = 20)]
    photos: u64,
    /// Seed of the households.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Largest difference of shares, 0 to 1.
    #[arg(long, default_value_t = 0.02)]
    limit: f64,
    /// Folder of report.html and report.json.
    #[arg(long, value_name = "DIR", default_value = "target/fairness/report")]
    report: PathBuf,
    /// A built `amtshilfe` instead of this checkout's release build.
    #[arg(long, value_name = "FILE")]
    appliance: Option<PathBuf>,
}

/// Writes the pairs, measures them and says by the exit code whether a limit is exceeded.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let program = match &options.appliance {
        Some(program) => fs_err::canonicalize(program)?,
        None => demo::build(workspace)?,
    };
    let folder = workspace.target.join("fairness");
    let pairs = folder.join("pairs");
    if pairs.exists() {
        fs_err::remove_dir_all(&pairs)?;
    }
    fs_err::create_dir_all(folder.join("data"))?;
    let mut papers = workspace.cargo();
    papers.args(["run", "--release", "--quiet", "--package", "papers", "--", "pairs", "--out"]);
    papers.arg(&pairs).args(["--count", &options.count.to_string()]);
    papers.args(["--photos", &options.photos.to_string(), "--seed", &options.seed.to_string()]);
    succeed(&mut papers)?;
    let mut call = Command::new(program);
    call.arg("--data").arg(folder.join("data")).arg("fairness").arg(&pairs);
    call.args(["--limit", &options.limit.to_string()]).arg("--report").arg(&options.report);
    let status = call.status().context("failed to start the appliance")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
