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
use crate::watched::{Report, Watched};

/// How long the one-time sign-in of a start counts.
const SIGN_IN_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// How often the metrics recorder tidies up.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// Files of the watched folder on one page.
const WATCHED_SHOWN_MAX: usize = 500;

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
    pub(crate) watched: Watched,
}

/// Puts the console together.
pub(crate) fn build(settings: &Settings, opened: &Opened, parts: Parts) -> Result<Router, Error> {
    let Parts { policy, metrics, switch, classes, watched } = parts;
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
        watched: Arc::new(move || watched.report().map(shown)),
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

/// What the console shows of the watched folder: the refused files first, then the newest.
fn shown(report: Report) -> admin::WatchedFolder {
    let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let taken = report.taken.len();
    let mut files: Vec<(bool, u64, admin::WatchedFile)> = report
        .taken
        .into_values()
        .flat_map(|listed| {
            let when = listed.at_s;
            listed.told.into_iter().map(move |told| {
                let refused = told.outcome == "refused";
                let file = admin::WatchedFile {
                    name: told.filename,
                    at: at(when),
                    outcome: told.outcome,
                    decree_id: told.decree_id,
                    message: told.message,
                };
                (!refused, u64::MAX - when, file)
            })
        })
        .collect();
    files.sort_by(|one, other| (one.0, one.1, &one.2.name).cmp(&(other.0, other.1, &other.2.name)));
    let refused = files.iter().filter(|(taken, ..)| !taken).count();
    files.truncate(WATCHED_SHOWN_MAX);
    admin::WatchedFolder {
        folder: report.folder.display().to_string(),
        looked_at: (report.looked_at_s > 0).then(|| at(report.looked_at_s)),
        files: report.files,
        waiting: report.waiting,
        taken,
        refused,
        problem: report.problem,
        shown: files.into_iter().map(|(_, _, file)| file).collect(),
    }
}

async fn keep_up(metrics: PrometheusHandle) {
    let mut ticks = tokio::time::interval(METRICS_UPKEEP);
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
    }
}
