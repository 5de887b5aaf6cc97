//! Jobs whose time has passed go, cases that nobody uses erase themselves, and the audit log says how many.

use std::collections::BTreeMap;
use std::time::Duration;

use audit::{Entry, Kind, Log};
use cases::{Mode, Vault};
use tokio_util::sync::CancellationToken;

const INTERVAL: Duration = Duration::from_secs(60);

/// Looks every minute until `stop`.
pub(super) async fn erase(vault: Vault, log: Log, stop: CancellationToken) {
    loop {
        for mode in [Mode::Applicant, Mode::Office] {
            let vault = vault.clone();
            let looked = tokio::task::spawn_blocking(move || {
                // A case with a job is in use.
                vault.sweep_jobs();
                vault.erase_idle(mode)
            });
            let erased = looked.await;
            match erased {
                Ok(Ok(0)) => {}
                Ok(Ok(count)) => record(&log, mode, count).await,
                Ok(Err(error)) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "failed to erase cases that nobody uses",
                ),
                Err(error) => tracing::error!(%error, "failed to look for cases that nobody uses"),
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

/// Whose cases they were is not known: the key file names nobody.
async fn record(log: &Log, mode: Mode, count: usize) {
    let mode = match mode {
        Mode::Applicant => access::Mode::Applicant,
        Mode::Office => access::Mode::Office,
    };
    let entry = Entry {
        kind: Kind::Erasure,
        method: "appliance/erase-idle".to_owned(),
        mode: Some(mode),
        outcome: "OK".to_owned(),
        facts: BTreeMap::from([("erased".to_owned(), count.to_string())]),
        ..Entry::default()
    };
    if let Err(error) = log.commit(entry, ()).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "failed to record that idle cases were erased",
        );
    }
}
