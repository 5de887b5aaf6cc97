//! The policy file: written at first, watched while the appliance runs.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use access::{Policy, PolicyError, Role};
use arc_swap::ArcSwap;
use audit::{Entry, Kind, Log};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::durable_file::{self, Readable};

/// How often the file is looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// What a new data folder gets.
const FIRST: &str = r#"# Who may do what. Read again within seconds of a change; each change is recorded.
#
# A department is known by its certificate (`amtshilfe department add NAME --role ROLE --out DIR`),
# which also says its roles. A table here can only take away, or give a larger share of the device:
#
# [departments.standesamt]
# modes = ["office"]                              # or "applicant"; default: both
# methods = ["amtshilfe.v1.DecreeService/*"]      # default: all that its roles allow
# weight = 2                                      # share of the device when departments compete, 1 to 100
# blocked = true                                  # shut out, e.g. after a key was lost

[default]
modes = ["applicant", "office"]
weight = 1
"#;

/// Why the policy is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read or written.
    #[error("failed to read or keep the policy file")]
    File(#[from] io::Error),
    /// The file is not a policy.
    #[error("failed to take the policy {path}")]
    Policy {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: PolicyError,
    },
}

/// Reads the policy, and writes the first one where there is none.
pub fn load(path: &Path) -> Result<Policy, Error> {
    if !path.exists() {
        durable_file::write(path, FIRST.as_bytes(), Readable::ByAll)?;
    }
    let text = fs_err::read_to_string(path)?;
    Policy::parse(&text).map_err(|source| Error::Policy { path: path.to_owned(), source })
}

/// Gives a department a table of its own, where it has none, so that the change of policy is seen
/// and recorded by a running appliance.
pub fn name_department(path: &Path, department: &str, roles: &[Role]) -> Result<(), Error> {
    let policy = load(path)?;
    if policy.departments().iter().any(|one| one.name == department) {
        return Ok(());
    }
    let mut text = fs_err::read_to_string(path)?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let roles = roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
    text.push_str(&format!("\n[departments.{department}]\n# roles by certificate: {roles}\n"));
    // Better no change than a file that the running appliance cannot read.
    Policy::parse(&text).map_err(|source| Error::Policy { path: path.to_owned(), source })?;
    durable_file::write(path, text.as_bytes(), Readable::ByAll)?;
    Ok(())
}

/// Takes up every change of the file until `stop`. A file that cannot be taken leaves the policy
/// as it was.
pub(crate) async fn watch(
    path: PathBuf,
    policy: Arc<ArcSwap<Policy>>,
    log: Log,
    stop: CancellationToken,
) {
    let mut hangup = match signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => {
            tracing::error!(%error, "failed to listen for SIGHUP; the policy is not watched");
            return;
        }
    };
    // Nothing seen yet: a change between the first reading and this watch is not missed.
    let mut seen = None;
    let mut ticks = tokio::time::interval(INTERVAL);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = hangup.recv() => {}
            _ = ticks.tick() => {
                let now = stamp(&path);
                if now == seen {
                    continue;
                }
                seen = now;
            }
        }
        take_up(&path, &policy, &log).await;
    }
}

async fn take_up(path: &Path, policy: &ArcSwap<Policy>, log: &Log) {
    let new = match load(path) {
        Ok(new) => new,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, cause, "the policy stays as it was");
            return;
        }
    };
    if new.digest() == policy.load().digest() {
        return;
    }
    // Recorded first: no call may be answered under a policy that the log does not know.
    let entry = Entry {
        kind: Kind::Change,
        method: "appliance/policy".to_owned(),
        outcome: "OK".to_owned(),
        facts: BTreeMap::from([("policy".to_owned(), new.digest().to_owned())]),
        ..Entry::default()
    };
    if let Err(error) = log.commit(entry, ()).await {
        tracing::error!(%error, "failed to record a change of policy; it stays as it was");
        return;
    }
    tracing::info!(digest = new.digest(), "the policy has changed");
    policy.store(Arc::new(new));
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs_err::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

#[cfg(test)]
mod tests;
