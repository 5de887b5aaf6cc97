//! Connections: accepted, bounded, taken through the TLS handshake, handed on.
//!
//! Handshakes run beside each other, so that a client that dawdles holds up nobody, and each has a
//! time limit, so that it holds its place for a while only.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::refusals::Refusals;
use crate::tls;

mod held;

use held::Held;

/// Pause after the system refused a connection, as when file descriptors have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections of the console that have shaken hands and wait to be served.
const CONSOLE_WAITING_MAX: usize = 16;

/// A port with what it asks of its clients.
#[derive(Clone)]
pub(crate) struct Gate {
    tls: TlsAcceptor,
    handshake_max: Duration,
    places: Arc<Semaphore>,
    places_count: u32,
}

impl Gate {
    pub(crate) fn new(tls: ServerConfig, connections_max: usize, handshake_max: Duration) -> Gate {
        Gate {
            tls: TlsAcceptor::from(Arc::new(tls)),
            handshake_max,
            places: Arc::new(Semaphore::new(connections_max)),
            places_count: u32::try_from(connections_max).unwrap_or(u32::MAX),
        }
    }

    /// Waits until no connection is open any more.
    pub(crate) async fn all_left(&self) {
        // Closed by nobody: the error cannot occur.
        drop(self.places.acquire_many(self.places_count).await);
    }

    async fn next(&self, tcp: &TcpListener) -> Option<(TcpStream, OwnedSemaphorePermit)> {
        let place = self.places.clone().acquire_owned().await.ok()?;
        loop {
            match tcp.accept().await {
                Ok((stream, _)) => {
                    // Small answers must not wait for more.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "failed to set TCP_NODELAY");
                    }
                    return Some((stream, place));
                }
                Err(error) => {
                    tracing::warn!(%error, "failed to accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn handshake(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        match tokio::time::timeout(self.handshake_max, self.tls.accept(stream)).await {
            Ok(done) => done,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// Serves gRPC until `drain`, then lets the open connections finish on their own.
pub(crate) async fn serve_grpc(
    tcp: TcpListener,
    gate: Gate,
    server: api::Server,
    refusals: Arc<Refusals>,
    drain: CancellationToken,
) {
    loop {
        let next = tokio::select! {
            next = gate.next(&tcp) => next,
            () = drain.cancelled() => None,
        };
        let Some((stream, place)) = next else { return };
        let (gate, server) = (gate.clone(), server.clone());
        let (refusals, drain) = (refusals.clone(), drain.clone());
        tokio::spawn(async move {
            let _place = place;
            grpc_connection(stream, &gate, server, &refusals, drain).await;
        });
    }
}

async fn grpc_connection(
    stream: TcpStream,
    gate: &Gate,
    server: api::Server,
    refusals: &Refusals,
    drain: CancellationToken,
) {
    let stream = match gate.handshake(stream).await {
        Ok(stream) => stream,
        Err(error) => return refusals.handshake_failed(&error).await,
    };
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let identity = match certificate.map(tls::identity) {
        Some(Ok(identity)) => Arc::new(identity),
        // The handshake has checked both; without an identity there is nothing to serve.
        Some(Err(_)) | None => return,
    };
    metrics::gauge!("amtshilfe_connections").increment(1.0);
    if let Err(error) = server.connection(stream, identity, drain).await {
        tracing::debug!(%error, "a connection ended early");
    }
    metrics::gauge!("amtshilfe_connections").decrement(1.0);
}

/// The console's connections, as axum wants them.
pub(crate) struct ConsoleListener {
    ready: mpsc::Receiver<Held<TlsStream<TcpStream>>>,
    address: SocketAddr,
}

impl ConsoleListener {
    /// Accepts until `drain`.
    pub(crate) fn new(
        tcp: TcpListener,
        gate: Gate,
        drain: CancellationToken,
    ) -> io::Result<ConsoleListener> {
        let address = tcp.local_addr()?;
        let (sender, ready) = mpsc::channel(CONSOLE_WAITING_MAX);
        tokio::spawn(async move {
            loop {
                let next = tokio::select! {
                    next = gate.next(&tcp) => next,
                    () = drain.cancelled() => None,
                };
                let Some((stream, place)) = next else { return };
                let (gate, sender) = (gate.clone(), sender.clone());
                tokio::spawn(async move {
                    match gate.handshake(stream).await {
                        // An error means that the console has stopped.
                        Ok(stream) => drop(sender.send(Held::new(stream, place)).await),
                        Err(error) => tracing::debug!(%error, "a console handshake failed"),
                    }
                });
            }
        });
        Ok(ConsoleListener { ready, address })
    }
}

impl Listener for ConsoleListener {
    type Io = Held<TlsStream<TcpStream>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        match self.ready.recv().await {
            Some(stream) => (stream, self.address),
            // Draining: axum leaves this future when its own signal comes.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
