//! The console: its state, its one-time sign-ins, its connections.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use access::{Policy, Role};
use arc_swap::ArcSwap;
use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::control::Switch;
use crate::durable_file;
use crate::layout::Layout;
use crate::listener::ConsoleListener;
use crate::own_classes::OwnClasses;
use crate::serve::{Error, Opened, Settings};

/// How long the one-time sign-in of a start counts.
const SIGN_IN_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// How often the metrics recorder tidies up.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// Why no sign-in could be prepared.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The folder of sign-ins.
    #[error("failed to prepare the folder of sign-ins")]
    Folder(#[from] std::io::Error),
    /// The sign-in itself.
    #[error("failed to prepare a sign-in")]
    SignIn(#[from] admin::PrepareError),
}

/// What the console needs beside what was opened.
pub(crate) struct Parts {
    pub(crate) policy: Arc<ArcSwap<Policy>>,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) switch: Arc<Switch>,
    pub(crate) classes: Arc<OwnClasses>,
}

/// Puts the console together.
pub(crate) fn build(settings: &Settings, opened: &Opened, parts: Parts) -> Result<Router, Error> {
    let Parts { policy, metrics, switch, classes } = parts;
    let clock = settings.clock.clone();
    let history = Arc::new(admin::History::default());
    let sessions = Arc::new(admin::Sessions::new(settings.layout.sign_ins()));
    admin::start_sampling(opened.engine.clone(), &history, clock.clone())
        .map_err(Error::Sampling)?;
    tokio::spawn(keep_up(metrics.clone()));
    let state = admin::State {
        policy,
        log: opened.log.clone(),
        engine: opened.engine.clone(),
        corpus: opened.corpus.clone(),
        documents: opened.documents.clone(),
        history,
        sessions,
        switch,
        classes,
        metrics: Arc::new(move || metrics.render()),
        clock,
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(admin::router(state))
}

/// Serves the console until `drain`.
pub(crate) async fn serve(connections: ConsoleListener, router: Router, drain: CancellationToken) {
    let served = axum::serve(connections, router)
        .with_graceful_shutdown(async move { drain.cancelled().await })
        .await;
    if let Err(error) = served {
        tracing::error!(%error, "the console stopped");
    }
}

/// Prepares a one-time sign-in and returns its link. Whoever may write into the data folder may
/// sign in; the running appliance need not be asked.
pub fn sign_in_link(
    layout: &Layout,
    address: &str,
    roles: &[Role],
    now: SystemTime,
) -> Result<String, SignInError> {
    durable_file::private_folder(&layout.sign_ins())?;
    let sign_in = admin::SignIn {
        name: "verwaltung".to_owned(),
        roles: roles.iter().copied().collect(),
        expires_at: now + SIGN_IN_LIFETIME,
    };
    let word = sign_in.prepare(&layout.sign_ins())?;
    Ok(format!("{address}/sign-in?word={word}"))
}

async fn keep_up(metrics: PrometheusHandle) {
    let mut ticks = tokio::time::interval(METRICS_UPKEEP);
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
    }
}
