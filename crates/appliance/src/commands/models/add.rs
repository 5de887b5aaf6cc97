//! `models add` and `models remove`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use appliance::added::{self, Adding, Error, Folder, Ready};
use appliance::client;
use appliance::config::Config;
use appliance::layout::Layout;
use appliance::serve::models_folder;
use indicatif::{ProgressBar, ProgressStyle};

use super::reload;
use crate::cli::AddModel;
use crate::commands::block_on;

pub(super) fn add(config: &Config, layout: &Layout, arguments: AddModel) -> Result<ExitCode> {
    let AddModel { replace, no_reload, .. } = arguments;
    let folder = Folder::open(&models_folder(config, layout))?;
    let bar = bar()?;
    let step = |bytes| bar.inc(bytes);
    if let Some(target) = added::add_networks(&arguments.source, &folder, replace, &step)? {
        bar.finish_and_clear();
        println!(
            "Name / name              {}  (liest Scans / reads scans)",
            reading::NETWORK_FOLDER
        );
        println!("Lizenz / licence         Apache-2.0");
        println!("liegt in / lies in       {}", target.display());
        println!("wirksam ab dem nächsten Start / holds from the next start");
        return Ok(ExitCode::SUCCESS);
    }
    let adding = adding(arguments);
    let ready = added::prepare(&adding, &folder, &step)?;
    bar.finish_and_clear();
    let Ready { staged, manifest, notes, bytes, model } = ready;
    let name = manifest.name.clone();
    let info = model.info.clone();
    let tried = block_on(async { Ok(added::try_out(model).await?) })?;
    let target = folder.install(&staged, &name, replace)?;
    println!("Name / name              {name}");
    println!("Aufgabe / task           {}", info.task);
    println!(
        "Bauart / architecture    {}, {} Zahlen / numbers",
        info.architecture, info.dimensions
    );
    println!("Länge / length           {} Token / tokens", info.tokens_max);
    println!("gespeichert / stored     {}, {:.1} MB", manifest.dtype, megabytes(bytes));
    println!("gerechnet / computed     {} ({})", info.dtype, info.device);
    println!("Lizenz / licence         {}", info.licence);
    for (title, prefix) in [
        ("vor Fragen / queries    ", &manifest.query_prefix),
        ("vor Stellen / passages  ", &manifest.passage_prefix),
    ] {
        if !prefix.is_empty() {
            println!("{title} {prefix:?}");
        }
    }
    println!("sha256                   {}", info.digest);
    println!("Probe / trial            {tried}");
    for note in notes {
        println!("Hinweis / note           {note}");
    }
    println!("liegt in / lies in       {}", target.display());
    tell(layout, no_reload)
}

pub(super) fn remove(
    config: &Config,
    layout: &Layout,
    name: &str,
    no_reload: bool,
) -> Result<ExitCode> {
    let folder = Folder::open(&models_folder(config, layout))?;
    if !folder.has(name) {
        added::refuse_shipped(name)?;
    }
    if config.decrees.embedder == name {
        return Err(Error::InUse { name: name.to_owned() }.into());
    }
    folder.remove(name)?;
    println!("entfernt / removed  {name}");
    tell(layout, no_reload)
}

fn adding(arguments: AddModel) -> Adding {
    let AddModel { source, name, licence, query_prefix, passage_prefix, .. } = arguments;
    Adding {
        source,
        name,
        licence,
        task: arguments.task.map(Into::into),
        query_prefix,
        passage_prefix,
        compute: arguments.compute.map(Into::into),
        replace: arguments.replace,
    }
}

/// A running appliance takes the change up at once.
fn tell(layout: &Layout, no_reload: bool) -> Result<ExitCode> {
    if no_reload {
        return Ok(ExitCode::SUCCESS);
    }
    if client::running_at(layout).is_none() {
        println!("wirksam ab dem nächsten Start / holds from the next start");
        return Ok(ExitCode::SUCCESS);
    }
    reload(layout)
}

fn bar() -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{spinner} {bytes}  {bytes_per_sec}  {elapsed}")
        .context("failed to draw the progress")?;
    Ok(ProgressBar::new_spinner().with_style(style))
}

#[expect(clippy::cast_precision_loss, reason = "a size for people")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
