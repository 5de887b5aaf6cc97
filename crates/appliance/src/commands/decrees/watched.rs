//! `decrees watched`: what became of the files of the watched folder, from the data folder's own list.

use std::process::ExitCode;

use anyhow::{Context, Result};
use appliance::watched;

use super::super::Invocation;

/// Lines that are shown; the rest is counted.
const SHOWN_MAX: usize = 1_000;

pub(super) fn run(context: &Invocation, all: bool) -> Result<ExitCode> {
    let path = context.layout()?.watched();
    let report =
        watched::read(&path).with_context(|| format!("failed to read {}", path.display()))?;
    let Some(report) = report else {
        println!(
            "Noch nichts übernommen. Ein Ordner wird beobachtet, wenn in config.toml unter [decrees] watch = \"/PFAD\" \
             steht.\nNothing taken yet. A folder is watched where config.toml has watch = \"/PATH\" under [decrees]."
        );
        return Ok(ExitCode::SUCCESS);
    };
    let told = || report.taken.values().flat_map(|listed| &listed.told);
    let count = |outcome: &str| told().filter(|told| told.outcome == outcome).count();
    println!("Ordner / folder              {}", report.folder.display());
    println!("Dateien / files              {:>8}", report.files);
    println!("warten / waiting             {:>8}", report.waiting);
    println!("neu / added                  {:>8}", count("added"));
    println!("neue Fassung / new version   {:>8}", count("new_version"));
    println!("unverändert / unchanged      {:>8}", count("unchanged"));
    println!("abgelehnt / refused          {:>8}", count("refused"));
    if let Some(problem) = &report.problem {
        println!("Störung / problem            {problem}");
    }
    let chosen = || told().filter(|told| all || told.outcome == "refused");
    for told in chosen().take(SHOWN_MAX) {
        println!("  {:<12} {}  {}{}", told.outcome, told.filename, told.decree_id, told.message);
    }
    let rest = chosen().count().saturating_sub(SHOWN_MAX);
    if rest > 0 {
        println!("  … und {rest} weitere / and {rest} more");
    }
    Ok(ExitCode::SUCCESS)
}
