//! `ClassifyStream`: requests as they come, each judged and recorded as a `Classify` of its own, answered in
//! the order in which they are done.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use access::Identity;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_types::StatusExt;

use super::documents::classify;
use crate::State;
use crate::call::incoming::Incoming;
use crate::call::{self, Edge, Note};
use crate::failure::Failure;
use crate::proto;
use crate::proto::classify_stream_response::Outcome;

/// Requests judged side by side; each may hold many files.
const REQUESTS_AT_A_TIME: usize = 8;
/// Answers that may wait for a slow client.
const ANSWERS_WAITING_MAX: usize = 16;

const METHOD: &str = "amtshilfe.v1.DocumentService/ClassifyStream";

pub(super) type Answers =
    Pin<Box<dyn Stream<Item = Result<proto::ClassifyStreamResponse, Status>> + Send>>;

/// Opens the stream's record and takes the requests in the background.
pub(super) async fn answer(
    state: &State,
    request: Request<Streaming<proto::ClassifyStreamRequest>>,
) -> Result<Response<Answers>, Status> {
    let incoming = Incoming::open(state, METHOD, &request).await?;
    let (answers, receiver) = mpsc::channel(ANSWERS_WAITING_MAX);
    let stream = request.into_inner();
    tokio::spawn(async move {
        let mut taken = Taken::default();
        let result = incoming.until_asked(taken.take(&incoming, stream, &answers)).await;
        let mut note = Note::default();
        note.fact("messages", taken.messages);
        note.fact("refused", taken.refused);
        if let Some(status) = incoming.close(result, note).await {
            // A client that has left needs no status.
            drop(answers.send(Err(status)).await);
        }
    });
    Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
}

/// What came of the requests so far.
#[derive(Default)]
struct Taken {
    messages: u64,
    refused: u64,
}

impl Taken {
    async fn take(
        &mut self,
        incoming: &Incoming,
        stream: Streaming<proto::ClassifyStreamRequest>,
        answers: &mpsc::Sender<Result<proto::ClassifyStreamResponse, Status>>,
    ) -> Result<(), Failure> {
        let mut broken = None;
        let mut judged = std::pin::pin!(
            stream
                .map(|message| async {
                    match message {
                        Ok(request) => Ok(judge(incoming, request).await),
                        Err(status) => Err(status),
                    }
                })
                .buffer_unordered(REQUESTS_AT_A_TIME)
        );
        while let Some(answer) = judged.next().await {
            match answer {
                Ok(answer) => {
                    self.messages += 1;
                    self.refused += u64::from(matches!(answer.outcome, Some(Outcome::Error(_))));
                    if answers.send(Ok(answer)).await.is_err() {
                        let left = Status::cancelled("the client left");
                        return Err(Failure::Broken(Box::new(left)));
                    }
                }
                Err(status) => broken = Some(Failure::Broken(Box::new(status))),
            }
        }
        broken.map_or(Ok(()), Err)
    }
}

/// One request: an answer, or why it was refused whole.
async fn judge(
    incoming: &Incoming,
    request: proto::ClassifyStreamRequest,
) -> proto::ClassifyStreamResponse {
    let state = &incoming.state;
    let mut reference = request.reference;
    let allowed = state.limits.value_characters_max;
    let outcome = if reference.chars().count() > allowed {
        reference = reference.chars().take(allowed).collect();
        let text = format!("reference: at most {allowed} characters; here are the first of them");
        Outcome::Error(refused(&Status::invalid_argument(text)))
    } else {
        let identity: Arc<Identity> = Arc::clone(&incoming.edge.identity);
        let deadline = Instant::now() + state.limits.call_time_max;
        let edge = Edge { method: METHOD, identity, deadline };
        let request = request.request.unwrap_or_default();
        match call::answer(state.clone(), edge, request, classify).await {
            Ok(answer) => Outcome::Response(answer),
            Err(status) => Outcome::Error(refused(&status)),
        }
    };
    proto::ClassifyStreamResponse { reference, outcome: Some(outcome) }
}

fn refused(status: &Status) -> proto::RequestError {
    let reason = status.get_details_error_info().map(|info| info.reason);
    proto::RequestError {
        code: u32::try_from(i32::from(status.code())).unwrap_or(Code::Unknown as u32),
        reason: reason.unwrap_or_default(),
        message: status.message().to_owned(),
    }
}
