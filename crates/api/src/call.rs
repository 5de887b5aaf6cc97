//! The path of a call: identity, permit, work under a deadline, record, answer.
//!
//! Work runs detached from the connection, so that a client that leaves does not cancel its own record.

pub(crate) mod incoming;
pub(crate) mod stream;

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use access::{Identity, Mode, Permit};
use audit::{Entry, Kind, Recorded};
use cases::{CaseKey, RunningJob};
use futures_util::FutureExt;
use prost::Message;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::State;
use crate::convert;
use crate::failure::Failure;
use crate::proto;
use crate::recent::{Answered, Decidable};

/// What the work of one call knows about the call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) permit: Permit,
    pub(crate) inference_id: Uuid,
    pub(crate) deadline: Instant,
    /// Where the call is a job's: what it took over, and whom to tell of its progress.
    pub(crate) job: Option<RunningJob>,
}

impl Call {
    pub(crate) fn department(&self) -> &str {
        &self.permit.identity().department
    }
}

/// What the work of one call leaves for its record and for the answer's provenance.
#[derive(Debug, Default)]
pub(crate) struct Note {
    pub(crate) kind: Option<Kind>,
    pub(crate) models: Vec<inference::ModelUse>,
    pub(crate) rules_digest: String,
    pub(crate) corpus_version: u64,
    pub(crate) facts: BTreeMap<String, String>,
    pub(crate) key: Option<CaseKey>,
    pub(crate) queue_time: Duration,
    pub(crate) compute_time: Duration,
    pub(crate) truncated: bool,
    /// What a person may decide on, in the office's mode.
    pub(crate) decidable: Option<Decidable>,
}

impl Note {
    /// What the record of a failed call says beyond its code.
    pub(crate) fn refused(failure: &Failure) -> Note {
        let mut note = Note::default();
        if let Some(reason) = failure.reason() {
            note.fact("reason", reason);
        }
        note
    }

    pub(crate) fn fact(&mut self, key: &str, value: impl ToString) {
        self.facts.insert(key.to_owned(), value.to_string());
    }
}

/// An answer of the contract; those with a provenance get it once their record is durable.
pub(crate) trait Answer: Message {
    /// Where a message of the contract keeps its provenance.
    fn provenance(&mut self) -> Option<&mut Option<proto::Provenance>> {
        None
    }

    /// Puts the provenance into the answer, where it has a place for one.
    fn stamp(&mut self, make: impl FnOnce() -> proto::Provenance) {
        if let Some(slot) = self.provenance() {
            *slot = Some(make());
        }
    }
}

/// A request of the contract; those made under a legal footing say under which.
pub(crate) trait Question: Message {
    /// The raw `mode` of the request, where its message has one.
    fn mode(&self) -> Option<i32> {
        None
    }
}

/// Set in the request's extensions: whether the call has got its record. A call refused before it reached
/// its handler gets one from the edge.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecordFlag(Arc<AtomicBool>);

impl RecordFlag {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The caller of a request, put there by the connection.
pub(crate) fn identity<Q>(request: &Request<Q>) -> Result<Arc<Identity>, Status> {
    request
        .extensions()
        .get::<Arc<Identity>>()
        .cloned()
        .ok_or_else(|| Status::unauthenticated("the connection has no identity"))
}

/// Answers one unary call.
pub(crate) async fn unary<Q, A, W, F>(
    state: &State,
    method: &'static str,
    request: Request<Q>,
    work: W,
) -> Result<Response<A>, Status>
where
    Q: Question + 'static,
    A: Answer + 'static,
    W: FnOnce(State, Call, Q) -> F + Send + 'static,
    F: Future<Output = Result<(A, Note), Failure>> + Send + 'static,
{
    let identity = identity(&request)?;
    if let Some(flag) = request.extensions().get::<RecordFlag>() {
        flag.set();
    }
    let deadline = deadline(state, request.metadata());
    let state = state.clone();
    let question = request.into_inner();
    let task = tokio::spawn(answer(state, Edge { method, identity, deadline }, question, work));
    match task.await {
        Ok(result) => result.map(Response::new),
        Err(error) => {
            tracing::error!(method, %error, "failed to finish a call");
            Err(Status::internal("the call could not be finished"))
        }
    }
}

/// What is known of a call before its message is looked at.
pub(crate) struct Edge {
    pub(crate) method: &'static str,
    pub(crate) identity: Arc<Identity>,
    pub(crate) deadline: Instant,
}

/// Answers one call from its request to its record.
pub(crate) async fn answer<Q, A, W, F>(
    state: State,
    edge: Edge,
    question: Q,
    work: W,
) -> Result<A, Status>
where
    Q: Question,
    A: Answer,
    W: FnOnce(State, Call, Q) -> F,
    F: Future<Output = Result<(A, Note), Failure>>,
{
    let started = Instant::now();
    let inference_id = Uuid::now_v7();
    let raw_mode = question.mode();
    let input = question.encode_to_vec();
    let mode = raw_mode.and_then(convert::mode);
    let worked = match permit(&state, &edge, raw_mode, mode) {
        Ok(permit) => {
            let call = Call { permit, inference_id, deadline: edge.deadline, job: None };
            guarded(work(state.clone(), call, question), edge.deadline).await
        }
        Err(failure) => Err(failure),
    };
    let (outcome, worked, mut note) = apart(worked);
    let key = note.key.take().unwrap_or_else(CaseKey::ephemeral);
    let mut entry = entry(&edge, mode, convert::code_name(outcome), &note);
    entry.inference = hex::encode(key.mac("inference", inference_id.as_bytes()));
    entry.input_digest = key.mac("input", &input).to_vec();
    if let Ok(answer) = &worked {
        entry.output_digest = key.mac("output", &answer.encode_to_vec()).to_vec();
    }
    observe(edge.method, outcome, started);
    let recorded = state.log.commit(entry, worked).await.map_err(|error| not_recorded(&error))?;
    if let Some(parts) = note.decidable.take() {
        let department = edge.identity.department.clone();
        let (index, models) = (recorded.index(), note.models.clone());
        state.recent.keep(inference_id, Answered { department, index, models, parts });
    }
    finish(recorded, inference_id, &note)
}

/// The code for the record, the answer or the failure, and what the record says of it.
pub(crate) fn apart<A>(worked: Result<(A, Note), Failure>) -> (Code, Result<A, Failure>, Note) {
    match worked {
        Ok((answer, note)) => (Code::Ok, Ok(answer), note),
        Err(failure) => {
            let (code, note) = (failure.code(), Note::refused(&failure));
            (code, Err(failure), note)
        }
    }
}

/// Puts the place of the record into the answer.
fn finish<A: Answer>(
    recorded: Recorded<Result<A, Failure>>,
    inference_id: Uuid,
    note: &Note,
) -> Result<A, Status> {
    recorded
        .map(|worked, index| {
            worked
                .map(|mut answer| {
                    answer.stamp(|| provenance(inference_id, index, note));
                    answer
                })
                .map_err(|failure| failure.status(inference_id))
        })
        .into_inner()
}

pub(crate) fn provenance(inference_id: Uuid, index: u64, note: &Note) -> proto::Provenance {
    proto::Provenance {
        inference_id: inference_id.to_string(),
        audit_index: index,
        models: note.models.iter().map(convert::model_use).collect(),
        rules_digest: note.rules_digest.clone(),
        corpus_version: note.corpus_version,
        queue_time: Some(convert::duration(note.queue_time)),
        compute_time: Some(convert::duration(note.compute_time)),
        truncated: note.truncated,
    }
}

pub(crate) fn permit(
    state: &State,
    edge: &Edge,
    raw_mode: Option<i32>,
    mode: Option<Mode>,
) -> Result<Permit, Failure> {
    let permit = access::authorize(&state.policy.load(), &edge.identity, edge.method, mode)
        .map_err(Failure::Refused)?;
    if raw_mode.is_some() && mode.is_none() {
        return Err(Failure::invalid("mode", "say MODE_APPLICANT or MODE_OFFICE"));
    }
    Ok(permit)
}

/// Runs the work until its deadline; a panic in it fails this call alone.
pub(crate) async fn guarded<A>(
    work: impl Future<Output = Result<(A, Note), Failure>>,
    deadline: Instant,
) -> Result<(A, Note), Failure> {
    let work = AssertUnwindSafe(work).catch_unwind();
    match tokio::time::timeout_at(deadline.into(), work).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => Err(Failure::Panicked),
        Err(_elapsed) => Err(Failure::DeadlineExceeded),
    }
}

/// The record of a call as far as the edge and the note know it.
pub(crate) fn entry(edge: &Edge, mode: Option<Mode>, outcome: &str, note: &Note) -> Entry {
    Entry {
        kind: note.kind.unwrap_or(Kind::Call),
        department: edge.identity.department.clone(),
        caller: edge.identity.fingerprint.clone(),
        method: edge.method.to_owned(),
        mode,
        outcome: outcome.to_owned(),
        models: note.models.iter().map(convert::audit_model_use).collect(),
        rules_digest: note.rules_digest.clone(),
        corpus_version: note.corpus_version,
        facts: note.facts.clone(),
        ..Entry::default()
    }
}

pub(crate) fn not_recorded(error: &audit::Error) -> Status {
    tracing::error!(error = error as &dyn std::error::Error, "failed to write an audit record");
    Status::unavailable("the audit record could not be written, so there is no answer")
}

pub(crate) fn observe(method: &'static str, outcome: Code, started: Instant) {
    let code = convert::code_name(outcome);
    metrics::counter!("amtshilfe_calls_total", "method" => method, "code" => code).increment(1);
    metrics::histogram!("amtshilfe_call_duration_seconds", "method" => method)
        .record(started.elapsed().as_secs_f64());
}

/// When the client stops waiting: its `grpc-timeout`, at most what the appliance allows for a call.
pub(crate) fn deadline(state: &State, metadata: &MetadataMap) -> Instant {
    let latest = Instant::now() + state.limits.call_time_max;
    asked_deadline(metadata).map_or(latest, |asked| asked.min(latest))
}

/// When the client stops waiting: its `grpc-timeout`; without one, when no job is held any longer.
pub(crate) fn patient_deadline(state: &State, metadata: &MetadataMap) -> Instant {
    asked_deadline(metadata).unwrap_or_else(|| Instant::now() + state.limits.job_lifetime)
}

/// When the client stops waiting, where it says so.
fn asked_deadline(metadata: &MetadataMap) -> Option<Instant> {
    let asked = metadata.get("grpc-timeout")?.to_str().ok().and_then(parse_timeout)?;
    Instant::now().checked_add(asked)
}

/// `TimeoutValue TimeoutUnit` of the gRPC protocol over HTTP/2: at most eight digits, then H, M, S, m, u or n.
fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(value * 3600)),
        "M" => Some(Duration::from_secs(value * 60)),
        "S" => Some(Duration::from_secs(value)),
        "m" => Some(Duration::from_millis(value)),
        "u" => Some(Duration::from_micros(value)),
        "n" => Some(Duration::from_nanos(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_as_the_protocol_writes_them() {
        for (text, wanted) in [
            ("1S", Some(Duration::from_secs(1))),
            ("250m", Some(Duration::from_millis(250))),
            ("99999999n", Some(Duration::from_nanos(99_999_999))),
            ("2H", Some(Duration::from_secs(7200))),
            ("123456789S", None),
            ("S", None),
            ("", None),
            ("-1S", None),
            ("1", None),
            ("1ß", None),
        ] {
            assert_eq!(parse_timeout(text), wanted, "{text:?}");
        }
    }
}
