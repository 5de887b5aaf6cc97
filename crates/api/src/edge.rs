//! Calls that never reach their handler - a message that cannot be decoded, one that is too large, a method
//! that does not exist - get their record here.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use access::Identity;
use audit::{Entry, Kind};
use http::{Request, Response};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;

use crate::State;
use crate::call::{RecordFlag, not_recorded, observe};
use crate::convert;

/// What a path must begin with to be recorded; health and reflection are not.
const RECORDED: [&str; 2] = ["/amtshilfe.", "/inference."];
/// Bytes of a method's name in a record: a caller chooses the path.
const METHOD_BYTES_MAX: usize = 100;

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
            let response = answer.await?;
            if flag.is_set() || !RECORDED.iter().any(|prefix| path.starts_with(prefix)) {
                return Ok(response);
            }
            let code = Status::from_header_map(response.headers())
                .map_or(Code::Unimplemented, |status| status.code());
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

/// The path as a method's name, in the signs that a method's name has.
fn method(path: &str) -> String {
    let name = path.trim_start_matches('/');
    name.chars()
        .take(METHOD_BYTES_MAX)
        .map(|sign| if sign.is_ascii_alphanumeric() || "./_".contains(sign) { sign } else { '_' })
        .collect()
}
