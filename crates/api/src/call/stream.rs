//! A call that is answered by a stream: its start is recorded before the first message leaves, its end
//! before the last. A start without an end is closed at the next start-up.

use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use audit::Kind;
use cases::CaseKey;
use futures_util::Stream;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use super::{
    Answer, Call, Edge, Note, Question, RecordFlag, apart, entry, guarded, identity, not_recorded,
    observe, permit, provenance,
};
use crate::State;
use crate::convert;
use crate::failure::Failure;
use crate::proto::Provenance;

/// Messages that may wait for a slow client.
const MESSAGES_WAITING_MAX: usize = 16;

/// The messages of an answer.
pub(crate) type Messages<A> = Pin<Box<dyn Stream<Item = Result<A, Status>> + Send>>;

/// What a method's streams have in common: its name, and the first and the last message, made once
/// their record is durable.
#[derive(Clone, Copy)]
pub(crate) struct Shape<A> {
    pub(crate) method: &'static str,
    /// When to stop at the latest.
    pub(crate) deadline: fn(&State, &MetadataMap) -> Instant,
    pub(crate) first: Option<fn(Provenance) -> A>,
    pub(crate) last: fn(Provenance) -> A,
}

/// Takes the messages between the first and the last.
pub(crate) struct Sender<A> {
    messages: mpsc::Sender<Result<A, Status>>,
    digest: Sha256,
    closing: Option<A>,
}

impl<A: Answer> Sender<A> {
    /// Sends a message; fails where the client has left.
    pub(crate) async fn send(&mut self, message: A) -> Result<(), Failure> {
        self.digest.update(message.encode_to_vec());
        let sent = self.messages.send(Ok(message)).await;
        sent.map_err(|_| has_left())
    }

    /// Waits for something, but not for a client that has left.
    pub(crate) async fn while_there<T>(
        &self,
        waited: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        tokio::select! {
            came = waited => Ok(came),
            () = self.messages.closed() => Err(has_left()),
        }
    }

    /// The last message, with the place of the record.
    fn last(self, provenance: Provenance, other: fn(Provenance) -> A) -> A {
        let Some(mut closing) = self.closing else { return other(provenance) };
        closing.stamp(|| provenance);
        closing
    }

    /// The last message, which leaves with the record; without it that of the [`Shape`].
    pub(crate) fn close_with(&mut self, message: A) {
        self.digest.update(message.encode_to_vec());
        self.closing = Some(message);
    }
}

fn has_left() -> Failure {
    Failure::Broken(Box::new(Status::cancelled("the client left")))
}

/// Answers one call with a stream. A request that `check` refuses gets one record and no message.
pub(crate) async fn stream<Q, P, A, W, F>(
    state: &State,
    request: Request<Q>,
    shape: Shape<A>,
    check: impl FnOnce(&State, &Call, Q) -> Result<P, Failure>,
    work: W,
) -> Result<Response<Messages<A>>, Status>
where
    Q: Question + 'static,
    P: Send + 'static,
    A: Answer + 'static,
    W: FnOnce(State, P, Sender<A>) -> F + Send + 'static,
    F: Future<Output = Result<(Sender<A>, Note), Failure>> + Send + 'static,
{
    let Shape { method, first, last, .. } = shape;
    let started = Instant::now();
    let identity = identity(&request)?;
    if let Some(flag) = request.extensions().get::<RecordFlag>() {
        flag.set();
    }
    let edge = Edge { method, identity, deadline: (shape.deadline)(state, request.metadata()) };
    let question = request.into_inner();
    let input = question.encode_to_vec();
    let (inference_id, key) = (Uuid::now_v7(), CaseKey::ephemeral());
    let raw_mode = question.mode();
    let mode = raw_mode.and_then(convert::mode);
    let checked = permit(state, &edge, raw_mode, mode).and_then(|permit| {
        let call = Call { permit, inference_id, deadline: edge.deadline, job: None };
        check(state, &call, question)
    });
    let code = checked.as_ref().map_or_else(Failure::code, |_| Code::Ok);
    let mut note = checked.as_ref().err().map(Note::refused).unwrap_or_default();
    note.kind = Some(if checked.is_ok() { Kind::Start } else { Kind::Call });
    let mut record = entry(&edge, mode, convert::code_name(code), &note);
    record.inference = hex::encode(key.mac("inference", inference_id.as_bytes()));
    record.input_digest = key.mac("input", &input).to_vec();
    if checked.is_err() {
        observe(method, code, started);
    }
    let recorded = state.log.commit(record, checked).await.map_err(|error| not_recorded(&error))?;
    let start_index = recorded.index();
    let asked = recorded.into_inner().map_err(|failure| failure.status(inference_id))?;

    let (messages, receiver) = mpsc::channel(MESSAGES_WAITING_MAX);
    let state = state.clone();
    tokio::spawn(async move {
        if let Some(first) = first {
            let opening = first(provenance(inference_id, start_index, &note));
            // A client that has left is noticed at the next message; the end is recorded all the same.
            drop(messages.send(Ok(opening)).await);
        }
        let sender = Sender { messages: messages.clone(), digest: Sha256::new(), closing: None };
        let worked = guarded(work(state.clone(), asked, sender), edge.deadline).await;
        let (code, worked, mut note) = apart(worked);
        observe(method, code, started);
        note.kind = Some(Kind::End);
        let mut record = entry(&edge, mode, convert::code_name(code), &note);
        record.start_index = Some(start_index);
        record.inference = hex::encode(key.mac("inference", inference_id.as_bytes()));
        if let Ok(sender) = &worked {
            record.output_digest = key.mac("output", &sender.digest.clone().finalize()).to_vec();
        }
        let closing = match state.log.commit(record, worked).await {
            Ok(recorded) => {
                let index = recorded.index();
                let ended = recorded.into_inner();
                ended
                    .map(|sender| sender.last(provenance(inference_id, index, &note), last))
                    .map_err(|failure| failure.status(inference_id))
            }
            Err(error) => Err(not_recorded(&error)),
        };
        drop(messages.send(closing).await);
    });
    Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
}
