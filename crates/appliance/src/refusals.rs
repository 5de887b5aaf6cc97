//! Callers that came no further than the handshake, in the audit log.
//!
//! A scanner that knocks a thousand times must not fill the log: past a small number the refusals
//! are counted, and the next record says how many it stands for.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use audit::{Entry, Kind, Log};
use rustls::{CertificateError, Error};

/// Records in one go before the brake takes hold.
const BURST: u32 = 20;
/// After that, one record in this time.
const INTERVAL: Duration = Duration::from_secs(10);

/// The method under which a failed handshake is recorded.
pub(crate) const METHOD: &str = "tls/handshake";

pub(crate) struct Refusals {
    log: Log,
    brake: Mutex<Brake>,
}

impl Refusals {
    pub(crate) fn new(log: Log) -> Refusals {
        Refusals { log, brake: Mutex::new(Brake::new(Instant::now())) }
    }

    /// Records that a caller was refused, where that is why the handshake failed.
    pub(crate) async fn handshake_failed(&self, error: &io::Error) {
        let Some(reason) = reason(error) else {
            metrics::counter!("amtshilfe_handshakes_broken_total").increment(1);
            tracing::debug!(%error, "a handshake broke off");
            return;
        };
        metrics::counter!("amtshilfe_handshakes_refused_total", "reason" => reason).increment(1);
        let stands_for = {
            let mut brake = self.brake.lock().unwrap_or_else(PoisonError::into_inner);
            brake.take(Instant::now())
        };
        let Some(stands_for) = stands_for else { return };
        tracing::info!(reason, "a caller was refused at the handshake");
        let facts = BTreeMap::from([
            ("reason".to_owned(), reason.to_owned()),
            ("handshakes".to_owned(), stands_for.to_string()),
        ]);
        let entry = Entry {
            kind: Kind::Call,
            method: METHOD.to_owned(),
            outcome: "UNAUTHENTICATED".to_owned(),
            facts,
            ..Entry::default()
        };
        if let Err(error) = self.log.commit(entry, ()).await {
            tracing::error!(%error, "failed to record a refused handshake");
        }
    }
}

/// Why a caller was refused; `None` where the connection broke off for a reason that says nothing
/// about who called, as with a port scan.
fn reason(error: &io::Error) -> Option<&'static str> {
    let error = error.get_ref()?.downcast_ref::<Error>()?;
    #[expect(clippy::wildcard_enum_match_arm, reason = "both enums grow with rustls")]
    match error {
        Error::NoCertificatesPresented => Some("NO_CERTIFICATE"),
        Error::InvalidCertificate(error) => Some(match error {
            // A foreign authority that bears our name is told by its signature.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => "FOREIGN_AUTHORITY",
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "EXPIRED",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "NOT_YET_VALID"
            }
            CertificateError::ApplicationVerificationFailure => "NO_IDENTITY",
            CertificateError::Revoked => "REVOKED",
            _ => "BAD_CERTIFICATE",
        }),
        _ => None,
    }
}

/// Lets a burst through, then one at a time.
#[derive(Debug)]
struct Brake {
    left: u32,
    since: Instant,
    held_back: u64,
}

impl Brake {
    fn new(now: Instant) -> Brake {
        Brake { left: BURST, since: now, held_back: 0 }
    }

    /// How many refusals the record now due stands for; `None`: none is due.
    fn take(&mut self, now: Instant) -> Option<u64> {
        let elapsed = now.saturating_duration_since(self.since);
        let gained = elapsed.as_secs() / INTERVAL.as_secs();
        if gained > 0 {
            self.left = BURST.min(self.left.saturating_add(u32::try_from(gained).unwrap_or(BURST)));
            self.since = now;
        }
        self.held_back = self.held_back.saturating_add(1);
        self.left = self.left.checked_sub(1)?;
        Some(std::mem::take(&mut self.held_back))
    }
}

#[cfg(test)]
mod tests;
