//! The appliance as a client of itself: what the commands `classify`, `check`, `search` and
//! `decrees import` speak with.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};

use crate::layout::Layout;
use crate::tls;

pub mod application;
pub mod import;
pub mod sources;

const CONNECT_MAX: Duration = Duration::from_secs(10);

/// With which files, to which address.
#[derive(Clone, Debug)]
pub struct Target {
    /// A folder with `ca.pem`, `cert.pem`, `key.pem`.
    pub identity: PathBuf,
    /// `host:port`.
    pub server: String,
}

/// Why a call did not come about, or was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the caller's.
    #[error("failed to read {path}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The identity folder.
    #[error("failed to use the identity in {path}")]
    Identity {
        /// Which folder.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: tls::Error,
    },
    /// Not `host:port`.
    #[error("failed to understand the address {address:?}, wanted host:port")]
    Address {
        /// As given.
        address: String,
    },
    /// No appliance, or not one of this authority.
    #[error("failed to reach the appliance at {address}; is it running?")]
    Connect {
        /// Where.
        address: String,
        /// What went wrong.
        #[source]
        source: tonic::transport::Error,
    },
    /// The appliance refused the call.
    #[error("the appliance answered {:?}: {}", .0.code(), .0.message())]
    Refused(#[from] Box<tonic::Status>),
    /// Nothing to send.
    #[error("failed to find a file to send under {path}")]
    NothingToSend {
        /// Where was looked.
        path: PathBuf,
    },
    /// A case.json that is not one.
    #[error("failed to understand {path}")]
    Case {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A collection of laws that is not one.
    #[error("failed to read laws from {path}")]
    Laws {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: decrees::laws::LawsError,
    },
}

impl From<tonic::Status> for Error {
    fn from(status: tonic::Status) -> Error {
        Error::Refused(Box::new(status))
    }
}

/// Where an appliance listens.
#[derive(Clone, Debug, Deserialize)]
pub struct Addresses {
    /// gRPC, `host:port`.
    pub grpc: String,
    /// The console, `https://host:port`.
    pub console: String,
}

/// Where an appliance listens that runs on this data folder, or that was killed there.
#[must_use]
pub fn running_at(layout: &Layout) -> Option<Addresses> {
    toml::from_str(&fs_err::read_to_string(layout.addresses()).ok()?).ok()
}

/// Connects with a client certificate.
pub async fn connect(target: &Target) -> Result<Channel, Error> {
    let config = tls::client(&target.identity)
        .map_err(|source| Error::Identity { path: target.identity.clone(), source })?;
    let wrong = || Error::Address { address: target.server.clone() };
    let (host, port) = target.server.rsplit_once(':').ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port: u16 = port.parse().map_err(|_| wrong())?;
    let name = ServerName::try_from(host.clone()).map_err(|_| wrong())?;
    let connector = TlsConnector::from(Arc::new(config));
    let connect = tower::service_fn(move |_: Uri| {
        let (host, name, connector) = (host.clone(), name.clone(), connector.clone());
        async move {
            let stream = TcpStream::connect((host.as_str(), port)).await?;
            stream.set_nodelay(true)?;
            Ok::<_, io::Error>(TokioIo::new(connector.connect(name, stream).await?))
        }
    });
    // The scheme is plain because TLS is done by the connector, which tonic cannot know.
    let endpoint = Endpoint::from_shared(format!("http://{}", target.server))
        .map_err(|_| wrong())?
        .connect_timeout(CONNECT_MAX);
    endpoint
        .connect_with_connector(connect)
        .await
        .map_err(|source| Error::Connect { address: target.server.clone(), source })
}

/// Reads a file of the caller's.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs_err::read(path).map_err(|source| Error::File { path: path.to_owned(), source })
}
