//! Calls that never reach their handler - a message that cannot be decoded, one that is too large, a method
//! that does not exist - get their record here.
//!
//! A record names a method only where the contract has it: the path of a call is the caller's to choose, and
//! what a caller writes never stands in the log.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use access::Identity;
use audit::{Entry, Kind};
use http::{HeaderName, HeaderValue, Request, Response};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;

use crate::State;
use crate::call::{RecordFlag, not_recorded, observe};
use crate::convert;
use crate::proto;

/// Asked every few seconds by load balancers and tools; they carry nothing and are not recorded.
const NOT_RECORDED: [&str; 4] = [
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];
/// What a record calls a method that does not exist.
const UNKNOWN: &str = "unknown";
/// The header in which an answer without a body carries its code.
const STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// Lets every call through and records those that nobody else recorded.
#[derive(Clone, Debug)]
pub(crate) struct Edge<S> {
    inner: S,
    state: State,
    identity: Arc<Identity>,
}

impl<S> Edge<S> {
    pub(crate) fn new(inner: S, state: State, identity: Arc<Identity>) -> Self {
        Edge { inner, state, identity }
    }
}

impl<S, B> Service<Request<B>> for Edge<S>
where
    S: Service<Request<B>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let flag = RecordFlag::default();
        let started = std::time::Instant::now();
        let path = request.uri().path().to_owned();
        request.extensions_mut().insert(flag.clone());
        request.extensions_mut().insert(Arc::clone(&self.identity));
        let answer = self.inner.call(request);
        let state = self.state.clone();
        let identity = Arc::clone(&self.identity);
        Box::pin(async move {
            let mut response = answer.await?;
            if flag.is_set() || NOT_RECORDED.contains(&path.as_str()) {
                return Ok(response);
            }
            let code = Status::from_header_map(response.headers())
                .map_or(Code::Unimplemented, |status| status.code());
            let code = in_grpc_words(code);
            if response.headers().contains_key(STATUS) {
                response.headers_mut().insert(STATUS, HeaderValue::from(code as i32));
            }
            observe("unhandled", code, started);
            let entry = Entry {
                kind: Kind::Call,
                department: identity.department.clone(),
                caller: identity.fingerprint.clone(),
                method: method(&path),
                outcome: convert::code_name(code).to_owned(),
                ..Entry::default()
            };
            match state.log.commit(entry, response).await {
                Ok(recorded) => Ok(recorded.into_inner()),
                Err(error) => Ok(not_recorded(&error).into_http()),
            }
        })
    }
}

/// tonic says `OUT_OF_RANGE` of a message that is too large; the protocol's word is `RESOURCE_EXHAUSTED`.
fn in_grpc_words(code: Code) -> Code {
    if code == Code::OutOfRange { Code::ResourceExhausted } else { code }
}

fn method(path: &str) -> String {
    let name = path.trim_start_matches('/');
    if proto::methods().contains(name) { name.to_owned() } else { UNKNOWN.to_owned() }
}
