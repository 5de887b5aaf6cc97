//! One file for each command.

mod audit;
mod classes;
mod decrees;
mod demo;
mod department;
mod doctor;
mod documents;
mod evaluate;
mod fairness;
mod inference;
mod measuring;
mod models;
mod serve;
mod sign_in;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use access::Role;
use anyhow::{Context, Result, bail};
use appliance::client::{self, Target};
use appliance::config::{Config, Environment};
use appliance::layout::Layout;
use appliance::serve::{Clock, Settings};

use crate::cli::{Call, Cli, Command, Global};

/// The data folder of a service.
const SERVICE_FOLDER: &str = "/var/lib/amtshilfe";
/// The data folder of a demo, below the current one.
const DEMO_FOLDER: &str = "data/demo";

/// Runs one command.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    let context = Invocation { global: cli.global, environment: Environment::read() };
    match cli.command {
        Command::Serve(listen) => serve::run(&context, &listen),
        Command::Demo(listen) => demo::run(&context, &listen),
        Command::Department(command) => department::run(&context, command),
        Command::Decrees(command) => decrees::run(&context, command),
        Command::Audit(command) => audit::run(&context, command),
        Command::Models(command) => models::run(&context, command),
        Command::Classes(command) => classes::run(&context, command),
        Command::Inference(command) => inference::run(&context, command),
        Command::Classify(arguments) => documents::classify(&context, &arguments),
        Command::Check(arguments) => documents::check(&context, arguments),
        Command::Evaluate(arguments) => evaluate::run(&context, &arguments),
        Command::Fairness(arguments) => fairness::run(&context, &arguments),
        Command::Search(arguments) => decrees::search(&context, arguments),
        Command::SignIn { roles } => sign_in::run(&context, &roles),
        Command::Doctor => doctor::run(&context),
        Command::Backup => bail!(
            "Sicherung und Wiederherstellung kommen in einer späteren Fassung. Bis dahin: Gerät anhalten und \
             den Datenordner ohne cases/ und index/ kopieren.\n  Backup and restore come in a later release. \
             Until then: stop the appliance and copy the data folder without cases/ and index/."
        ),
        // Handled by `main`, before anything else.
        Command::ReadOne => Ok(ExitCode::FAILURE),
    }
}

/// How the command was called.
pub(crate) struct Invocation {
    global: Global,
    environment: Environment,
}

impl Invocation {
    fn named_folder(&self) -> Option<PathBuf> {
        self.global.data.clone().or_else(|| self.environment.data.clone())
    }

    /// The folder for running: named, or the default of the command.
    fn layout_or(&self, default: &str) -> Result<Layout> {
        let folder = self.named_folder().unwrap_or_else(|| PathBuf::from(default));
        let folder = std::path::absolute(&folder)
            .with_context(|| format!("failed to find {}", folder.display()))?;
        Ok(Layout::new(folder))
    }

    /// The folder for looking after: named, else a demo's below the current folder, else the service's.
    fn layout(&self) -> Result<Layout> {
        let demo = Path::new(DEMO_FOLDER);
        let demo_is_here = demo.join("tls").is_dir();
        self.layout_or(if demo_is_here { DEMO_FOLDER } else { SERVICE_FOLDER })
    }

    fn config(&self, layout: &Layout) -> Result<Config> {
        Ok(Config::load(self.named_config(), &layout.config())?)
    }

    fn named_config(&self) -> Option<&Path> {
        self.global.config.as_deref().or(self.environment.config.as_deref())
    }

    fn settings(&self, config: Config, layout: Layout) -> Result<Settings> {
        let own = layout.config();
        let config_file = self.named_config().unwrap_or(&own);
        let config_file = std::path::absolute(config_file)
            .with_context(|| format!("failed to find {}", config_file.display()))?;
        Ok(Settings {
            config,
            config_file,
            environment: self.environment.clone(),
            layout,
            reader_program: std::env::current_exe().context("failed to find this program")?,
            clock: system_clock(),
            next_free_port: false,
        })
    }

    /// With which certificate and to which address a command calls.
    fn target(&self, call: &Call, role: Role) -> Result<Target> {
        let layout = self.layout()?;
        let identity = match &call.identity {
            Some(folder) => folder.clone(),
            None => demo_identity(&layout, role)?,
        };
        let server = match &call.server {
            Some(server) => server.clone(),
            None => client::running_at(&layout).map(|running| running.grpc).with_context(|| {
                format!(
                    "auf {0} läuft kein Gerät; mit --server HOST:PORT eines nennen, oder starten: amtshilfe demo\n  \
                     no appliance runs on {0}; name one by --server HOST:PORT, or start one: amtshilfe demo",
                    layout.root().display()
                )
            })?,
        };
        Ok(Target { identity, server })
    }
}

/// Who plays which role in the demo.
pub(crate) fn demo_name(role: Role) -> &'static str {
    match role {
        Role::Client => "auslaenderamt",
        Role::CorpusEditor => "erlasse",
        Role::Administrator => "verwaltung",
        Role::Auditor => "revision",
    }
}

fn demo_identity(layout: &Layout, role: Role) -> Result<PathBuf> {
    let folder = layout.identity(demo_name(role));
    if !folder.is_dir() {
        bail!(
            "mit --identity DIR ein Zertifikat mit der Rolle {role} nennen; eines ausstellen: \
             amtshilfe department add NAME --role {role} --out DIR\n  name a certificate with the role {role} \
             by --identity DIR"
        );
    }
    Ok(folder)
}

/// Runs a command that calls an appliance.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("failed to start the runtime")?
        .block_on(work)
}

/// The one place of the product where the system's clock is read.
fn system_clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "everything else takes a Clock")]
    Arc::new(SystemTime::now)
}
