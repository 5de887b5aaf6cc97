//! What the administration orders from a running appliance: inference out of service or back, models
//! read anew. Orders are files in the data folder: whoever may write there may give them, and the
//! stop holds over a restart.
//!
//! The stop works first and is recorded then, because nothing may delay it. Everything else is
//! recorded first.

mod reload;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use audit::{Entry, Kind, Log, ModelUse};
use decrees::Corpus;
use inference::Engine;
use inference_candle::Processor;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::durable_file::{self, Readable};
use crate::layout::Layout;

/// How often the folder is looked at.
const INTERVAL: Duration = Duration::from_millis(200);

/// The files that carry orders.
#[derive(Clone, Debug)]
pub struct Orders {
    layout: Layout,
}

impl Orders {
    /// The orders of a data folder.
    #[must_use]
    pub fn new(layout: &Layout) -> Self {
        Self { layout: layout.clone() }
    }

    /// Whether inference is ordered out of service.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop_file().exists()
    }

    /// Orders inference out of service, until [`Orders::resume`], also over a restart.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn stop(&self) -> io::Result<()> {
        durable_file::private_folder(&self.layout.control())?;
        let text = b"# While this file is here, nothing is computed: amtshilfe inference resume\n";
        durable_file::write(&self.stop_file(), text, Readable::ByOwner)
    }

    /// Orders inference back into service.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn resume(&self) -> io::Result<()> {
        match fs_err::remove_file(self.stop_file()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Orders the folder of models to be read anew; the result comes to [`Orders::reloaded`].
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn reload_models(&self) -> io::Result<()> {
        durable_file::private_folder(&self.layout.control())?;
        self.take(&self.reloaded_file())?;
        durable_file::write(&self.reload_file(), b"", Readable::ByOwner)
    }

    /// What came of [`Orders::reload_models`], a line for each model that was looked at; none while
    /// it is under way.
    ///
    /// # Errors
    /// When the result cannot be read.
    pub fn reloaded(&self) -> io::Result<Option<String>> {
        self.take(&self.reloaded_file())
    }

    fn take(&self, path: &std::path::Path) -> io::Result<Option<String>> {
        if !path.exists() {
            return Ok(None);
        }
        let text = fs_err::read_to_string(path)?;
        fs_err::remove_file(path)?;
        Ok(Some(text))
    }

    fn stop_file(&self) -> PathBuf {
        self.layout.control().join("out-of-service")
    }

    fn reload_file(&self) -> PathBuf {
        self.layout.control().join("reload-models")
    }

    fn reloaded_file(&self) -> PathBuf {
        self.layout.control().join("models-reloaded.txt")
    }
}

/// Takes the engine out of service and back together with the order that makes it last; the console
/// and the watch over the folder share one.
#[derive(Debug)]
pub(crate) struct Switch {
    orders: Orders,
    engine: Engine,
    /// Held over both steps, so that neither side sees the other's half.
    turning: Mutex<()>,
}

impl Switch {
    pub(crate) fn new(orders: Orders, engine: Engine) -> Self {
        Self { orders, engine, turning: Mutex::new(()) }
    }

    /// Stops the engine where a stop is ordered and it still runs; whether that was so.
    pub(crate) fn stop_if_ordered(&self) -> bool {
        let _turning = self.turn();
        let due = self.orders.is_stopped() && !self.engine.is_out_of_service();
        if due {
            self.engine.stop_inference();
        }
        due
    }

    /// Whether the engine is stopped and no order says so any more.
    fn may_resume(&self) -> bool {
        let _turning = self.turn();
        !self.orders.is_stopped() && self.engine.is_out_of_service()
    }

    /// A stop that was ordered meanwhile wins.
    fn resume_unless_ordered(&self) {
        let _turning = self.turn();
        if !self.orders.is_stopped() {
            self.engine.resume_inference();
        }
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turning.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl admin::Switch for Switch {
    fn stop(&self) -> io::Result<()> {
        let _turning = self.turn();
        // At once; the order makes it last.
        self.engine.stop_inference();
        self.orders.stop()
    }

    fn resume(&self) -> io::Result<()> {
        let _turning = self.turn();
        self.orders.resume()?;
        self.engine.resume_inference();
        Ok(())
    }
}

/// Carries orders out.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) switch: Arc<Switch>,
    pub(crate) config: Config,
    pub(crate) config_file: PathBuf,
    pub(crate) layout: Layout,
    pub(crate) engine: Engine,
    pub(crate) corpus: Corpus,
    pub(crate) processor: Processor,
    pub(crate) log: Log,
}

impl Control {
    /// Watches the orders until `stop`.
    pub(crate) async fn watch(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut embedder = self.corpus.embedders().serving;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            self.switch().await;
            let orders = &self.switch.orders;
            match orders.take(&orders.reload_file()) {
                Ok(None) => {}
                Ok(Some(_)) => self.reload().await,
                Err(error) => tracing::error!(%error, "an order could not be taken"),
            }
            self.note_exchange(&mut embedder).await;
        }
    }

    async fn switch(&self) {
        if self.switch.stop_if_ordered() {
            self.record("appliance/stop-inference", "OK", vec![], BTreeMap::new()).await;
        } else if self.switch.may_resume()
            && self.record("appliance/resume-inference", "OK", vec![], BTreeMap::new()).await
        {
            self.switch.resume_unless_ordered();
        }
    }

    pub(super) async fn record(
        &self,
        method: &str,
        outcome: &str,
        models: Vec<ModelUse>,
        facts: BTreeMap<String, String>,
    ) -> bool {
        let entry = Entry {
            kind: Kind::Change,
            method: method.to_owned(),
            outcome: outcome.to_owned(),
            models,
            facts,
            ..Entry::default()
        };
        let recorded = self.log.commit(entry, ()).await;
        if let Err(error) = &recorded {
            tracing::error!(%error, method, "an order could not be recorded");
        }
        recorded.is_ok()
    }
}
