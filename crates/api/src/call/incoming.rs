//! A stream of requests: its start is recorded before the first is taken, its end with what came of it. A
//! start without an end is closed at the next start-up.

use std::future::Future;
use std::time::Instant;

use audit::Kind;
use tonic::{Code, Request, Status};
use uuid::Uuid;

use super::{
    Edge, Note, RecordFlag, asked_deadline, entry, identity, not_recorded, observe, permit,
};
use crate::State;
use crate::convert;
use crate::failure::Failure;

/// A stream that is under way.
pub(crate) struct Incoming {
    pub(crate) state: State,
    pub(crate) edge: Edge,
    pub(crate) start_index: u64,
    started: Instant,
    /// What the client asked for; a long run has no other end.
    asked: Option<Instant>,
}

impl Incoming {
    /// Records the start; a stream that is not permitted gets one record and no start.
    pub(crate) async fn open<Q>(
        state: &State,
        method: &'static str,
        request: &Request<Q>,
    ) -> Result<Self, Status> {
        let started = Instant::now();
        let identity = identity(request)?;
        if let Some(flag) = request.extensions().get::<RecordFlag>() {
            flag.set();
        }
        let asked = asked_deadline(request.metadata());
        let deadline = asked.unwrap_or(started + state.limits.call_time_max);
        let edge = Edge { method, identity, deadline };
        let permitted = permit(state, &edge, None, None);
        let code = permitted.as_ref().map_or_else(Failure::code, |_| Code::Ok);
        let mut note = permitted.as_ref().err().map(Note::refused).unwrap_or_default();
        note.kind = Some(if permitted.is_ok() { Kind::Start } else { Kind::Call });
        let record = entry(&edge, None, convert::code_name(code), &note);
        if permitted.is_err() {
            observe(method, code, started);
        }
        let recorded =
            state.log.commit(record, permitted).await.map_err(|error| not_recorded(&error))?;
        let start_index = recorded.index();
        recorded.into_inner().map_err(|failure| failure.status(Uuid::now_v7()))?;
        Ok(Self { state: state.clone(), edge, start_index, started, asked })
    }

    /// Works until the client's deadline, where it set one.
    pub(crate) async fn until_asked(
        &self,
        work: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        match self.asked {
            None => work.await,
            Some(asked) => tokio::time::timeout_at(asked.into(), work)
                .await
                .unwrap_or(Err(Failure::DeadlineExceeded)),
        }
    }

    /// Records the end. What the client is told where it was not a good one.
    pub(crate) async fn close(self, result: Result<(), Failure>, mut note: Note) -> Option<Status> {
        let code = result.as_ref().map_or_else(Failure::code, |()| Code::Ok);
        observe(self.edge.method, code, self.started);
        note.kind = Some(Kind::End);
        let mut record = entry(&self.edge, None, convert::code_name(code), &note);
        record.start_index = Some(self.start_index);
        match self.state.log.commit(record, result).await {
            Ok(recorded) => {
                recorded.into_inner().map_err(|failure| failure.status(Uuid::now_v7())).err()
            }
            Err(error) => Some(not_recorded(&error)),
        }
    }
}
