//! `serve`: runs until SIGTERM or Ctrl-C.

use std::process::ExitCode;

use anyhow::{Context, Result};
use appliance::config::{Config, Environment};
use appliance::serve::{Running, start};
use appliance::telemetry;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Invocation, SERVICE_FOLDER, block_on};
use crate::cli::Listen;

pub(crate) fn run(context: &Invocation, listen: &Listen) -> Result<ExitCode> {
    let layout = context.layout_or(SERVICE_FOLDER)?;
    let mut config = context.config(&layout)?;
    apply(listen, &mut config);
    watchable(&config, &context.environment)?;
    let settings = context.settings(config, layout)?;
    block_on(async {
        let signals = Signals::new()?;
        let running = start(settings).await?;
        tracing::info!("for a sign-in to the console: amtshilfe sign-in");
        until_stopped(running, signals).await;
        Ok(ExitCode::SUCCESS)
    })
}

/// What the command line says goes over the file.
pub(crate) fn apply(listen: &Listen, config: &mut Config) {
    if let Some(grpc) = listen.grpc {
        config.listen.grpc = grpc;
    }
    if let Some(console) = listen.console {
        config.listen.console = console;
    }
}

/// Log lines, the panic hook, and the effective configuration as the first line. It holds no secret.
pub(crate) fn watchable(config: &Config, environment: &Environment) -> Result<()> {
    telemetry::install_log(&config.log, environment)?;
    telemetry::install_panic_hook();
    let effective = serde_json::to_string(config).context("failed to show the configuration")?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), config = effective, "starting");
    Ok(())
}

/// Stops in order at the first signal and at once at the second.
pub(crate) async fn until_stopped(running: Running, mut signals: Signals) {
    signals.next().await;
    tokio::select! {
        () = running.stop() => {}
        () = signals.next() => tracing::warn!("second signal: stopping at once"),
    }
}

/// SIGTERM and SIGINT; listened to from before the start, so that none is missed.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn new() -> Result<Signals> {
        let listen = |kind| signal(kind).context("failed to listen for signals");
        Ok(Signals {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
