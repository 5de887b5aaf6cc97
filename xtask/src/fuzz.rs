//! `fuzz`: broken and hostile bytes for every parser, in turn, and a table of what came of it.
//!
//! The targets lie in `fuzz/`, a workspace of its own. Panics of other people's parsers are let pass, since in the product
//! they end a child process and the reading of one file; every other one is a finding.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::workspace::{Workspace, is_installed, succeed};

/// Most memory of a target, in MiB: what a child process may have.
const MEMORY_MIB_MAX: u32 = 1_536;
/// Longest time for one input.
const INPUT_SECONDS_MAX: u32 = 10;
/// Longest input; larger papers of the generator are left out of the seeds.
const INPUT_BYTES_MAX: u64 = 1 << 18;
/// Papers of these classes are seeds.
const CLASSES: &str = "passport,payslip,employment_contract,rental_contract";

/// What is fuzzed, and how long.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Names of targets; all of `fuzz/fuzz_targets` when left out.
    targets: Vec<String>,
    /// For each target.
    #[arg(long, default_value_t = 600)]
    seconds: u32,
    /// Most targets at the same time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: u8,
    /// Writes the seeds and ends.
    #[arg(long)]
    seeds: bool,
}

/// What became of one target.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    target: String,
    executions: u64,
    edges: u64,
    findings: BTreeSet<PathBuf>,
    ended_well: bool,
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let folder = workspace.root.join("fuzz");
    let known = targets(&folder)?;
    if let Some(unknown) = options.targets.iter().find(|target| !known.contains(target)) {
        bail!("there is no target {unknown}; there are {}", known.join(", "));
    }
    let wanted = if options.targets.is_empty() { &known } else { &options.targets };
    seed(workspace, &folder, wanted)?;
    if options.seeds {
        return Ok(ExitCode::SUCCESS);
    }
    if !is_installed("cargo-fuzz") {
        bail!(
            "cargo-fuzz is missing: `cargo install cargo-fuzz` (and a C++ compiler, for libFuzzer)"
        );
    }
    build(workspace, &folder)?;
    let mut outcomes = Vec::new();
    for together in wanted.chunks(usize::from(options.jobs)) {
        let started: Vec<_> = together
            .iter()
            .map(|target| start(workspace, target, options.seconds))
            .collect::<Result<_>>()?;
        for (target, child) in together.iter().zip(started) {
            let output =
                child.wait_with_output().with_context(|| format!("failed to run {target}"))?;
            let said = String::from_utf8_lossy(&output.stderr);
            fs_err::write(logs(workspace)?.join(format!("{target}.log")), said.as_bytes())?;
            let outcome = Outcome {
                target: target.clone(),
                executions: executions(&said),
                edges: edges(&said),
                findings: files(&findings(workspace, target))?,
                ended_well: output.status.success(),
            };
            println!("{}", row(&outcome));
            outcomes.push(outcome);
        }
    }
    println!("\n| target | executions | edges | findings |\n|---|--:|--:|--:|");
    outcomes.iter().for_each(|outcome| println!("{}", row(outcome)));
    println!(
        "\nLogs: {}; findings: {}",
        logs(workspace)?.display(),
        workspace.target.join("fuzz-findings").display()
    );
    let sound = outcomes.iter().all(|outcome| outcome.ended_well && outcome.findings.is_empty());
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn row(outcome: &Outcome) -> String {
    let Outcome { target, executions, edges, findings, ended_well } = outcome;
    let cut = if *ended_well { "" } else { " (ended early)" };
    format!("| {target} | {executions} | {edges} | {}{cut} |", findings.len())
}

fn logs(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target.join("fuzz-logs");
    fs_err::create_dir_all(&folder)?;
    Ok(folder)
}

fn targets(folder: &Path) -> Result<Vec<String>> {
    let stem = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    Ok(files(&folder.join("fuzz_targets"))?.into_iter().filter_map(stem).collect())
}

/// The files of a folder by name; none where there is no folder.
fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    if !folder.is_dir() {
        return Ok(BTreeSet::new());
    }
    let entries = fs_err::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let files = entries.collect::<Result<BTreeSet<PathBuf>>>()?;
    Ok(files.into_iter().filter(|path| path.is_file()).collect())
}

/// The stable compiler has what libFuzzer needs, behind the switch for its own libraries; no sanitizer, since
/// the code is safe Rust with its checks on.
fn build(workspace: &Workspace, folder: &Path) -> Result<()> {
    let mut command = workspace.cargo();
    command.env("RUSTC_BOOTSTRAP", "1").args([
        "fuzz",
        "build",
        "--sanitizer",
        "none",
        "--fuzz-dir",
    ]);
    succeed(command.arg(folder).arg("--target-dir").arg(workspace.target.join("fuzz")))
}

/// The built program of a target, in the folder of whatever machine it was built for.
fn program(workspace: &Workspace, target: &str) -> Result<PathBuf> {
    let machines = fs_err::read_dir(workspace.target.join("fuzz"))?;
    let mut programs =
        machines.flatten().map(|machine| machine.path().join("release").join(target));
    programs.find(|path| path.is_file()).with_context(|| format!("{target} was not built"))
}

fn start(workspace: &Workspace, target: &str, seconds: u32) -> Result<std::process::Child> {
    let findings = findings(workspace, target);
    fs_err::create_dir_all(&findings)?;
    let mut command = Command::new(program(workspace, target)?);
    command.arg(corpus(workspace, target)).args([
        format!("-max_total_time={seconds}"),
        format!("-rss_limit_mb={MEMORY_MIB_MAX}"),
        format!("-timeout={INPUT_SECONDS_MAX}"),
        format!("-max_len={INPUT_BYTES_MAX}"),
        format!("-artifact_prefix={}/", findings.display()),
        "-print_final_stats=1".to_owned(),
    ]);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().with_context(|| format!("failed to start {target}"))
}

/// Inputs that reached something new stay for the next run.
fn corpus(workspace: &Workspace, target: &str) -> PathBuf {
    workspace.target.join("fuzz-corpus").join(target)
}

fn findings(workspace: &Workspace, target: &str) -> PathBuf {
    workspace.target.join("fuzz-findings").join(target)
}

/// What libFuzzer counts at its end; where it ended early, the last line of its progress.
fn executions(said: &str) -> u64 {
    let counted =
        said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let progress =
        || said.lines().rev().find_map(|line| line.strip_prefix('#')?.split_whitespace().next());
    counted.or_else(progress).and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

fn edges(said: &str) -> u64 {
    let seen = said.lines().filter_map(|line| line.split_once(" cov: ")?.1.split(' ').next());
    seen.filter_map(|count| count.parse().ok()).max().unwrap_or(0)
}

/// Fills the corpora: seeds of the repository, its samples, and papers of the generator.
fn seed(workspace: &Workspace, folder: &Path, targets: &[String]) -> Result<()> {
    let papers = workspace.target.join("fuzz-papers");
    let mut generate = workspace.cargo();
    generate.args(["run", "--release", "--quiet", "--package", "papers", "--", "generate"]);
    generate.args([
        "--count",
        "2",
        "--classes",
        CLASSES,
        "--formats",
        "pdf,docx,txt,scan-pdf,jpeg",
    ]);
    succeed(generate.arg("--out").arg(&papers))?;
    let mut papers = deep(&papers)?;
    papers.extend(deep(&workspace.root.join("samples"))?);
    for target in targets {
        let corpus = corpus(workspace, target);
        fs_err::create_dir_all(&corpus)?;
        let own = files(&folder.join("seeds").join(target))?;
        let shared = papers.iter().filter(|path| suits(target, path)).cloned();
        for path in own.into_iter().chain(shared) {
            if fs_err::metadata(&path)?.len() <= INPUT_BYTES_MAX {
                fs_err::copy(&path, corpus.join(flat(&path)))?;
            }
        }
    }
    Ok(())
}

/// All files below a folder.
fn deep(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut waiting, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = waiting.pop() {
        for entry in fs_err::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    Ok(found)
}

/// Whether a target reads such files.
fn suits(target: &str, path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match target {
        "file" => matches!(ending, "pdf" | "docx" | "jpg" | "txt"),
        "pdf" => ending == "pdf",
        "picture" => ending == "jpg",
        "office" => ending == "docx",
        "plain" | "understand" | "values" => ending == "txt",
        _ => false,
    }
}

/// A path as one name, since papers of two classes have the same.
fn flat(path: &Path) -> String {
    let parts: Vec<_> = path.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_libfuzzer() {
        let said = "INFO: seed corpus\n#128\tINITED cov: 913 ft: 2000 corp: 3/1Kb exec/s: 0 rss: 40Mb\n\
            #4096\tNEW    cov: 950 ft: 2100 corp: 9/2Kb lim: 4 exec/s: 900 rss: 41Mb\n";
        assert_eq!((executions(said), edges(said)), (4096, 950));
        let ended = format!("{said}stat::number_of_executed_units: 5123\n");
        assert_eq!((executions(&ended), edges("")), (5123, 0));
    }

    #[test]
    fn every_target_has_seeds() {
        let folder = crate::workspace::root().join("fuzz");
        for target in targets(&folder).unwrap() {
            assert!(!files(&folder.join("seeds").join(&target)).unwrap().is_empty(), "{target}");
            let manifest = fs_err::read_to_string(folder.join("Cargo.toml")).unwrap();
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
        }
    }
}
