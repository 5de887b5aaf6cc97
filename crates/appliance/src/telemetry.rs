//! What goes out to watch the machine by: log lines, metrics, and what remains of a panic.
//!
//! None of it may hold content. The panic hook therefore keeps the place and drops the message:
//! a message can quote what was being worked on.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::{Environment, Log, LogFormat};

/// Bounds of every duration's histogram, in seconds: from a cache hit to a scanned file.
const SECONDS: [f64; 16] = [
    0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 120.0,
];

/// Why nothing can be watched.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a filter.
    #[error("failed to understand the log filter {filter:?}")]
    Filter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// The metrics recorder could not be installed.
    #[error("failed to install the metrics recorder")]
    Metrics(#[from] BuildError),
}

/// Sends log lines to standard error, from now on. Only the first call has an effect.
pub fn install_log(log: &Log, environment: &Environment) -> Result<(), Error> {
    let filter = environment.log.as_deref().unwrap_or(&log.filter);
    let parsed = EnvFilter::try_new(filter)
        .map_err(|source| Error::Filter { filter: filter.to_owned(), source })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(parsed)
        .with_span_events(FmtSpan::NONE)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A second call in one process, as in tests, keeps the first.
    let _first_wins = match (log.format, environment.journal) {
        (LogFormat::Json, _) => lines.json().try_init(),
        (LogFormat::Text, true) => lines.without_time().try_init(),
        (LogFormat::Text, false) => lines.compact().try_init(),
    };
    Ok(())
}

/// Installs the recorder behind the `metrics` facade, once in a process.
pub fn install_metrics() -> Result<PrometheusHandle, Error> {
    // Locked over the installation: of two that start at once, one would find the place taken.
    static HANDLE: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
    let mut installed = HANDLE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = installed.as_ref() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .install_recorder()?;
    *installed = Some(handle.clone());
    Ok(handle)
}

/// Logs the place of a panic and counts it, without its message.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        metrics::counter!("amtshilfe_panics_total").increment(1);
        tracing::error!(
            place,
            thread,
            "a task panicked; what it worked on failed, the rest goes on"
        );
    }));
}
