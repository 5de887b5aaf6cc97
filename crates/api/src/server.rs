//! One connection: HTTP/2 over a stream that TLS has already accepted, with the caller's identity beside it.
//!
//! tonic's own server is not used for this: it answers an expired `grpc-timeout` with CANCELLED before a
//! handler can record anything, and callers must get `DEADLINE_EXCEEDED`.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::State;
use crate::edge::Edge;
use crate::proto;
use crate::services;

/// Names of the services, as health and reflection know them.
const SERVICES: [&str; 7] = [
    "amtshilfe.v1.AuditService",
    "amtshilfe.v1.DecreeService",
    "amtshilfe.v1.DocumentService",
    "amtshilfe.v1.InferenceService",
    "amtshilfe.v1.JobService",
    "amtshilfe.v1.UploadService",
    "inference.GRPCInferenceService",
];

/// All services, ready to be spoken to over any number of connections.
#[derive(Clone, Debug)]
pub struct Server {
    routes: Routes,
    state: State,
}

/// What `grpc.health.v1` answers.
#[derive(Clone)]
pub struct Health {
    reporter: HealthReporter,
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Health").finish_non_exhaustive()
    }
}

impl Server {
    /// Builds the services. Health starts as `NOT_SERVING`.
    ///
    /// # Errors
    /// Where the contract's descriptors cannot be read by the reflection service.
    pub async fn new(state: State) -> Result<(Server, Health), tonic_reflection::server::Error> {
        let (reporter, health_service) = tonic_health::server::health_reporter();
        let health = Health { reporter };
        health.set(false).await;
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let mut routes = services::routes(state.clone());
        routes = routes.add_service(health_service);
        routes = routes.add_service(reflection().build_v1()?);
        routes = routes.add_service(reflection().build_v1alpha()?);
        Ok((Server { routes: routes.prepare(), state }, health))
    }

    /// Serves one connection until the client leaves; after `drain` no new call is accepted and those
    /// under way finish.
    ///
    /// # Errors
    /// Where the client breaks the HTTP/2 protocol or the connection breaks.
    pub async fn connection<IO>(
        &self,
        stream: IO,
        identity: Arc<access::Identity>,
        drain: CancellationToken,
    ) -> Result<(), hyper::Error>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service =
            TowerToHyperService::new(Edge::new(self.routes.clone(), self.state.clone(), identity));
        let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(self.state.limits.streams_per_connection_max)
            .max_header_list_size(16 * 1024)
            .adaptive_window(true)
            .keep_alive_interval(Duration::from_secs(60))
            .keep_alive_timeout(Duration::from_secs(20));
        let mut connection =
            std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            ended = connection.as_mut() => ended,
            () = drain.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    }
}

impl Health {
    /// Says whether the services answer: for each and for the server as a whole.
    pub async fn set(&self, serving: bool) {
        let status = if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
        for name in SERVICES.into_iter().chain([""]) {
            self.reporter.set_service_status(name, status).await;
        }
    }
}
