//! The web console: load, departments, models, corpus and search, and the audit log, for people who sign in.
//!
//! The only crate that knows axum. It shows what the other crates report and changes nothing in them but
//! the switch that takes inference out of service, the office's own classes of papers and the corrections of a
//! corpus editor; it refuses to know gRPC, certificates, and where the sign-in words come from.

#![forbid(unsafe_code)]

mod classes;
mod language;
mod load;
mod pages;
mod plot;
mod session;
mod watched;

use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

pub use crate::classes::{Act, Failure, Listed, OwnClasses, Pending};
pub use crate::load::{GpuSample, History, Sample, start_sampling};
pub use crate::session::{PrepareError, Sessions, SignIn};
pub use crate::watched::{LookAtWatched, WatchedFile, WatchedFolder};

/// Reads the clock; tests hand in their own.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;
/// Renders the metrics in Prometheus' text format.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Takes inference out of service and back; both last over a restart.
pub trait Switch: Send + Sync {
    /// Out of service at once: what waits fails, nothing new is taken.
    ///
    /// # Errors
    /// When the order cannot be kept: it works then until the next start only.
    fn stop(&self) -> std::io::Result<()>;

    /// Back into service.
    ///
    /// # Errors
    /// When the order cannot be taken back; nothing has changed then.
    fn resume(&self) -> std::io::Result<()>;
}

/// What the console shows and to whom. Cheap to clone.
#[derive(Clone)]
pub struct State {
    /// Departments and what they may.
    pub policy: Arc<ArcSwap<access::Policy>>,
    /// The audit log; sign-ins and looks at the log are recorded in it too.
    pub log: audit::Log,
    /// Models and their load.
    pub engine: inference::Engine,
    /// The decrees.
    pub corpus: decrees::Corpus,
    /// Classes and rules, for their digest.
    pub documents: Arc<ArcSwap<documents::Documents>>,
    /// Load of the last hour.
    pub history: Arc<History>,
    /// Who is signed in.
    pub sessions: Arc<Sessions>,
    /// Takes inference out of service.
    pub switch: Arc<dyn Switch>,
    /// The office's own classes.
    pub classes: Arc<dyn OwnClasses>,
    /// What became of the files of the watched folder.
    pub watched: LookAtWatched,
    /// What `/metrics` answers.
    pub metrics: RenderMetrics,
    /// The time.
    pub clock: Clock,
    /// The version of the appliance, as the page footer shows it.
    pub version: &'static str,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Everything the browser loads comes from the appliance, and no page can be framed.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
);

/// The console's pages. Serve it over HTTPS only: its cookie is marked so.
pub fn router(state: State) -> Router {
    let set =
        |name: HeaderName, value: HeaderValue| SetResponseHeaderLayer::overriding(name, value);
    Router::new()
        .route("/", get(pages::load::page))
        .route("/load", get(pages::load::fragment))
        .route("/departments", get(pages::departments::page))
        .route("/models", get(pages::models::page))
        .route("/inference", post(pages::models::switch))
        .route("/classes", get(pages::classes::page).post(pages::classes::add))
        .route("/classes/{id}/{version}", get(pages::classes::preview))
        .route("/classes/{id}", post(pages::classes::change))
        .route("/corpus", get(pages::corpus::page))
        .route("/corpus/decree", get(pages::decree::page))
        .route("/corpus/compare", get(pages::compare::page))
        .route("/corpus/uses", get(pages::uses::page))
        .route("/corpus/news", get(pages::news::page))
        .route("/corpus/metadata", get(pages::metadata::page).post(pages::metadata::correct))
        .route("/corpus/watched", get(pages::watched::page))
        .route("/oversight", get(pages::oversight::page))
        .route("/audit", get(pages::audit::page))
        .route("/sign-in", get(pages::sign_in::page).post(pages::sign_in::submit))
        .route("/sign-out", post(pages::sign_in::leave))
        .route("/language", post(pages::sign_in::language_choice))
        .route("/metrics", get(pages::metrics))
        .route("/assets/console.css", get(pages::style))
        .route("/assets/console.js", get(pages::script))
        .route("/assets/icon.svg", get(pages::icon))
        .fallback(pages::not_found)
        .layer(set(CONTENT_SECURITY_POLICY, POLICY))
        .layer(set(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .layer(set(REFERRER_POLICY, HeaderValue::from_static("no-referrer")))
        .layer(set(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000")))
        .layer(SetResponseHeaderLayer::if_not_present(
            CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new())
        .with_state(state)
}
