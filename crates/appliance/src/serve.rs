//! The composition root: opens everything in order, serves, and stops in order.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use access::Policy;
use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::authority::{self, Authority};
use crate::config::{Config, Confinement, Environment};
use crate::control::{Control, Orders, Switch};
use crate::durable_file::{self, Readable};
use crate::layout::Layout;
use crate::listener::{self, ConsoleListener, Gate};
use crate::own_classes::OwnClasses;
use crate::refusals::Refusals;
use crate::watched::{Watched, Watcher};
use crate::{console, own_classes, policy_file, telemetry, tls};

mod health;
mod idle;
mod open;
mod record;

pub use open::{Opened, model_sources, models_folder, networks, open_documents};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Ports that are tried one after another when the first is taken.
const PORTS_TRIED: u16 = 50;

/// What an appliance is started with.
#[derive(Clone)]
pub struct Settings {
    /// The configuration in force.
    pub config: Config,
    /// The file that it was read from, or would be: an order to read models anew reads from it
    /// which of them embeds the decrees.
    pub config_file: PathBuf,
    /// What the environment says.
    pub environment: Environment,
    /// The data folder.
    pub layout: Layout,
    /// The program that reads one file when called with `read-one`: this one, except in tests.
    pub reader_program: PathBuf,
    /// Tells the time.
    pub clock: Clock,
    /// Take the next free port where the one wanted is taken.
    pub next_free_port: bool,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Settings").field("layout", &self.layout).finish_non_exhaustive()
    }
}

/// Why an appliance does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data folder.
    #[error("failed to prepare the data folder {path}")]
    Folder {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Another appliance runs on the same data.
    #[error("failed to take the data folder {path}: another appliance runs on it")]
    Taken {
        /// Which folder.
        path: PathBuf,
    },
    /// A port.
    #[error("failed to listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The authority.
    #[error("failed to open the certificate authority")]
    Authority(#[from] authority::Error),
    /// Certificates.
    #[error("failed to prepare TLS")]
    Tls(#[from] tls::Error),
    /// Policy.
    #[error("failed to load the policy")]
    Policy(#[from] policy_file::Error),
    /// Log lines and metrics.
    #[error("failed to prepare log and metrics")]
    Telemetry(#[from] telemetry::Error),
    /// The audit log.
    #[error("failed to open the audit log")]
    Audit(#[from] audit::Error),
    /// Case keys.
    #[error("failed to open the case keys")]
    Cases(#[from] cases::Error),
    /// Models.
    #[error("failed to load a model")]
    Models(#[from] inference_candle::Error),
    /// The engine.
    #[error("failed to start the engine")]
    Engine(#[from] inference::Error),
    /// The configuration names an embedder of the decrees that is not there.
    #[error(
        "failed to find {name}, which embeds the decrees: decrees.embedder in the configuration must name \
         one of the models for embedding (amtshilfe models list)"
    )]
    Embedder {
        /// The name.
        name: String,
    },
    /// Taxonomy, checklists and rules.
    #[error("failed to load the knowledge about documents")]
    Knowledge(#[from] documents::KnowledgeError),
    /// The process that reads one file.
    #[error("failed to run the process that reads one file")]
    Reader(#[source] reading::FileError),
    /// The kernel leaves it too many rights.
    #[error(
        "failed to confine the process that reads foreign files: the kernel gives {level:?} of landlock and \
         seccomp. Linux 5.13 or newer has both (kernel parameter lsm=landlock,…). To start without, set \
         confinement = \"best_effort\" in the section [reading] of the configuration"
    )]
    Confinement {
        /// How far it goes.
        level: reading::Confinement,
    },
    /// The office's own classes.
    #[error("failed to take up a class of the office's own")]
    OwnClass(#[from] documents::own::OwnError),
    /// Their files.
    #[error("failed to read the office's own classes")]
    OwnClasses(#[from] own_classes::Error),
    /// The office's glossary.
    #[error("failed to read the glossary {path}")]
    Glossary {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The networks that scans are read with.
    #[error("failed to take the networks for reading scans")]
    Networks(#[from] reading::NetworksError),
    /// Decrees.
    #[error("failed to open the decrees")]
    Decrees(#[from] decrees::Error),
    /// Reflection.
    #[error("failed to describe the services")]
    Api(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The console's look at the load of the machine.
    #[error("failed to watch the load of the machine")]
    Sampling(#[source] io::Error),
}

/// An appliance that serves.
pub struct Running {
    /// Where gRPC is served.
    pub grpc: SocketAddr,
    /// Where the console is served.
    pub console: SocketAddr,
    /// What was opened, for the summary at start and for tests.
    pub opened: Opened,
    config: Config,
    layout: Layout,
    health: Arc<api::Health>,
    gates: [Gate; 2],
    stop_watching: CancellationToken,
    drain: CancellationToken,
    console_task: JoinHandle<()>,
    // Held to the end: two appliances must never write the same journals.
    _lock: std::fs::File,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Running").field("grpc", &self.grpc).finish_non_exhaustive()
    }
}

/// Starts an appliance: it serves when this returns.
pub async fn start(settings: Settings) -> Result<Running, Error> {
    let Settings { config, layout, .. } = &settings;
    let metrics = telemetry::install_metrics()?;
    let lock = take_folder(layout)?;
    let now = (settings.clock)();
    let authority = Authority::open_or_create(&layout.tls(), now)?;
    let names = server_names(config);
    let server = tls::server_certificate(&layout.tls(), &authority, &names, now)?;
    let policy = Arc::new(ArcSwap::from_pointee(policy_file::load(&layout.policy())?));

    // The ports before the models: a port that is taken is told at once.
    let grpc_tcp = listen(config.listen.grpc, settings.next_free_port).await?;
    let console_tcp = listen(config.listen.console, settings.next_free_port).await?;
    let opened = open::open(&settings)?;
    confined(config, &opened.reader).await?;
    let switch = Arc::new(Switch::new(Orders::new(layout), opened.engine.clone()));
    switch.stop_if_ordered();
    record::started(&opened, &policy.load()).await?;
    let classes = Arc::new(OwnClasses::new(layout, &opened, settings.clock.clone()));
    classes.record_changes().await?;

    let state = api_state(&settings, &opened, policy.clone());
    let served = api::Server::new(state.clone()).await;
    let (service, health) = served.map_err(|error| Error::Api(Box::new(error)))?;
    let health = Arc::new(health);
    let drain = CancellationToken::new();
    let stop_watching = CancellationToken::new();
    let handshake_max = Duration::from_secs(config.listen.handshake_s);
    let gate = |tls| Gate::new(tls, config.listen.connections_max, handshake_max);
    let gates = [gate(tls::grpc(&authority, &server)?), gate(tls::console(&server)?)];
    let [grpc_gate, console_gate] = gates.clone();
    let grpc = local_address(&grpc_tcp, config.listen.grpc);
    let console = local_address(&console_tcp, config.listen.console);

    let refusals = Arc::new(Refusals::new(opened.log.clone()));
    tokio::spawn(listener::serve_grpc(grpc_tcp, grpc_gate, service, refusals, drain.clone()));
    let watched = watch_folder(&settings, &opened, stop_watching.clone());
    let parts = console::Parts {
        policy: policy.clone(),
        metrics,
        switch: switch.clone(),
        classes: classes.clone(),
        watched,
    };
    let router = console::build(&settings, &opened, parts)?;
    let connections = ConsoleListener::new(console_tcp, console_gate, drain.clone())
        .map_err(|source| Error::Listen { address: console, source })?;
    let console_task = tokio::spawn(console::serve(connections, router, drain.clone()));

    tokio::spawn(policy_file::watch(
        layout.policy(),
        policy,
        opened.log.clone(),
        stop_watching.clone(),
    ));
    tokio::spawn(control(&settings, &opened, switch).watch(stop_watching.clone()));
    tokio::spawn(classes.watch(stop_watching.clone()));
    work_on_cases(state, config, &stop_watching);
    health::begin(&opened.engine, &health, &stop_watching).await;
    write_addresses(layout, grpc, console)?;
    tracing::info!(%grpc, %console, data = %layout.root().display(), "the appliance serves");
    Ok(Running {
        grpc,
        console,
        config: settings.config.clone(),
        layout: settings.layout.clone(),
        opened,
        health,
        gates,
        stop_watching,
        drain,
        console_task,
        _lock: lock,
    })
}

/// Jobs, and the erasure of what nobody uses.
fn work_on_cases(state: api::State, config: &Config, stop: &CancellationToken) {
    tokio::spawn(idle::erase(state.vault.clone(), state.log.clone(), stop.clone()));
    tokio::spawn(api::work(state, config.jobs.at_a_time.get(), stop.clone()));
}

impl Running {
    /// The console, as a browser on this machine writes it.
    #[must_use]
    pub fn console_address(&self) -> String {
        console_address(self.console)
    }

    /// Says `NOT_SERVING`, waits, lets calls under way finish, and stops at the hard limit.
    pub async fn stop(self) {
        tracing::info!("stopping: no longer serving");
        self.stop_watching.cancel();
        self.health.set(false).await;
        tokio::time::sleep(self.config.shutdown.notice()).await;
        self.drain.cancel();
        let finish = async {
            for gate in &self.gates {
                gate.all_left().await;
            }
        };
        if tokio::time::timeout(self.config.shutdown.finish_max(), finish).await.is_err() {
            tracing::warn!("stopping: some calls did not finish in time and are cut off");
        }
        self.opened.engine.drain();
        self.console_task.abort();
        // Whoever calls next must not be sent to a port that somebody else may have by then.
        if let Err(error) = fs_err::remove_file(self.layout.addresses()) {
            tracing::debug!(%error, "failed to remove the addresses of the run");
        }
        tracing::info!("stopped");
    }
}

/// Foreign files are read only by a process that has lost its rights.
async fn confined(config: &Config, reader: &reading::Reader) -> Result<(), Error> {
    let level = reader.confinement().await.map_err(Error::Reader)?;
    match config.reading.confinement {
        Confinement::Required if level != reading::Confinement::Full => {
            Err(Error::Confinement { level })
        }
        Confinement::Required | Confinement::BestEffort => Ok(()),
    }
}

fn control(settings: &Settings, opened: &Opened, switch: Arc<Switch>) -> Control {
    Control {
        switch,
        config: settings.config.clone(),
        config_file: settings.config_file.clone(),
        layout: settings.layout.clone(),
        engine: opened.engine.clone(),
        corpus: opened.corpus.clone(),
        processor: opened.processor.clone(),
        log: opened.log.clone(),
    }
}

/// Imports from the watched folder, where there is one. What becomes of it.
fn watch_folder(settings: &Settings, opened: &Opened, stop: CancellationToken) -> Watched {
    let Settings { config, layout, clock, .. } = settings;
    let watched = Watched::default();
    let Some(folder) = config.decrees.watch.clone() else { return watched };
    let watcher = Watcher {
        watched: watched.clone(),
        folder,
        list: layout.watched(),
        interval: Duration::from_secs(config.decrees.watch_every_s),
        file_bytes_max: config.limits.file_mib_max * crate::config::MIB,
        reader: opened.reader.clone(),
        corpus: opened.corpus.clone(),
        log: opened.log.clone(),
        clock: clock.clone(),
    };
    tokio::spawn(watcher.watch(stop));
    watched
}

fn take_folder(layout: &Layout) -> Result<std::fs::File, Error> {
    let failed = |source| Error::Folder { path: layout.root().to_owned(), source };
    durable_file::private_folder(layout.root()).map_err(failed)?;
    durable_file::private_folder(&layout.index()).map_err(failed)?;
    let file = fs_err::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(layout.lock())
        .map_err(failed)?
        .into_file();
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Error::Taken { path: layout.root().to_owned() })
        }
        Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn api_state(settings: &Settings, opened: &Opened, policy: Arc<ArcSwap<Policy>>) -> api::State {
    api::State {
        policy,
        log: opened.log.clone(),
        engine: opened.engine.clone(),
        reader: opened.reader.clone(),
        documents: opened.documents.clone(),
        corpus: opened.corpus.clone(),
        vault: opened.vault.clone(),
        recent: Arc::default(),
        limits: Arc::new(open::limits(&settings.config)),
        clock: settings.clock.clone(),
    }
}

async fn listen(wanted: SocketAddr, next_free: bool) -> Result<TcpListener, Error> {
    let mut address = wanted;
    for _ in 0..PORTS_TRIED {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) if next_free && error.kind() == io::ErrorKind::AddrInUse => {
                let Some(port) = address.port().checked_add(1) else { break };
                address.set_port(port);
            }
            Err(source) => return Err(Error::Listen { address, source }),
        }
    }
    Err(Error::Listen { address: wanted, source: io::ErrorKind::AddrInUse.into() })
}

fn local_address(tcp: &TcpListener, wanted: SocketAddr) -> SocketAddr {
    tcp.local_addr().unwrap_or(wanted)
}

/// Every name under which a client of this machine or of the house may call it.
fn server_names(config: &Config) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if let Ok(host) = fs_err::read_to_string("/proc/sys/kernel/hostname") {
        names.push(host.trim().to_owned());
    }
    names.extend(config.listen.names.iter().cloned());
    for address in [config.listen.grpc.ip(), config.listen.console.ip()] {
        if !address.is_unspecified() {
            names.push(address.to_string());
        }
    }
    names.sort();
    names.dedup();
    names.retain(|name| !name.is_empty());
    names
}

/// How a browser or client on this machine writes the address.
fn shown_host(address: IpAddr) -> String {
    match address {
        _ if address.is_unspecified() || address.is_loopback() => "localhost".to_owned(),
        IpAddr::V4(four) => four.to_string(),
        IpAddr::V6(six) => format!("[{six}]"),
    }
}

fn write_addresses(layout: &Layout, grpc: SocketAddr, console: SocketAddr) -> Result<(), Error> {
    let text = format!(
        "# Where the appliance listens that runs on this folder.\n\
         grpc = \"{}:{}\"\nconsole = \"{}\"\n",
        shown_host(grpc.ip()),
        grpc.port(),
        console_address(console)
    );
    durable_file::write(&layout.addresses(), text.as_bytes(), Readable::ByOwner)
        .map_err(|source| Error::Folder { path: layout.root().to_owned(), source })
}

fn console_address(console: SocketAddr) -> String {
    format!("https://{}:{}", shown_host(console.ip()), console.port())
}
