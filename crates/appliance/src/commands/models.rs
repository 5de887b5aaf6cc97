//! `models`: what the binary carries and what the data folder adds, with digests recomputed.

mod add;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use appliance::client;
use appliance::config::Config;
use appliance::control::Orders;
use appliance::layout::Layout;
use appliance::serve::{model_sources, models_folder};
use inference_candle::ModelSource;

use super::Invocation;
use crate::cli::Models;

pub(crate) fn run(context: &Invocation, command: Models) -> Result<ExitCode> {
    let layout = context.layout()?;
    let config = context.config(&layout)?;
    match command {
        Models::List => list(&config, &layout, true),
        Models::Verify => list(&config, &layout, false),
        Models::Add(arguments) => add::add(&config, &layout, arguments),
        Models::Remove { name, no_reload } => add::remove(&config, &layout, &name, no_reload),
        Models::Reload => reload(&layout),
    }
}

fn list(config: &Config, layout: &Layout, with_facts: bool) -> Result<ExitCode> {
    let mut broken = 0_u32;
    for source in model_sources(config, layout)? {
        let place = match &source {
            ModelSource::Folder(folder) => folder.display().to_string(),
            ModelSource::Embedded { .. } => "im Programm / in the program".to_owned(),
        };
        // Loading reads every file and compares its sha256 with the manifest's.
        match inference_candle::load(&source) {
            Ok(model) => {
                let info = model.info;
                println!("{:<28} {:<9} {:<8} {}", info.name, info.task, info.architecture, place);
                if info.name == config.decrees.embedder {
                    println!("  erschließt die Erlasse / embeds the decrees");
                }
                if with_facts {
                    println!("  sha256   {}", info.digest);
                    println!(
                        "  Lizenz / licence {}  {}  {}",
                        info.licence, info.dtype, info.device
                    );
                } else {
                    println!("  in Ordnung / verified  sha256 {}", info.digest);
                }
            }
            Err(error) => {
                broken += 1;
                println!("{place}\n  NICHT IN ORDNUNG / BROKEN: {:#}", anyhow::Error::new(error));
            }
        }
    }
    let lies = models_folder(config, layout).join(reading::NETWORK_FOLDER);
    if lies.is_dir() {
        match reading::Networks::open(&lies) {
            Ok(_) => {
                let name = reading::NETWORK_FOLDER;
                println!("{name:<28} {:<9} {:<8} {}", "ocr", "onnx", lies.display());
                for file in reading::NETWORK_FILES {
                    println!("  sha256   {}  {}", file.sha256, file.name);
                }
            }
            Err(error) => {
                broken += 1;
                println!(
                    "{}\n  NICHT IN ORDNUNG / BROKEN: {:#}",
                    lies.display(),
                    anyhow::Error::new(error)
                );
            }
        }
    }
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How long a running appliance may take to read its models.
const RELOAD_TIME: Duration = Duration::from_secs(300);

fn reload(layout: &Layout) -> Result<ExitCode> {
    client::running_at(layout).with_context(|| {
        format!("auf {0} läuft kein Gerät / no appliance runs on {0}", layout.root().display())
    })?;
    let orders = Orders::new(layout);
    orders.reload_models()?;
    let end = Instant::now() + RELOAD_TIME;
    while Instant::now() < end {
        if let Some(text) = orders.reloaded()? {
            println!("{text}");
            let failed = text.lines().any(|line| line.starts_with("FAILED"));
            return Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("keine Antwort des Geräts; siehe sein Protokoll / no answer; see the appliance's log")
}
