//! Works on jobs, one after another, as a call of their department would be worked on: with its permit of
//! this moment, on its lane, with a record of the start and one of the end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use access::{Identity, Role};
use audit::Kind;
use cases::RunningJob;
use prost::Message;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::State;
use crate::call::{
    Answer, Call, Edge, Note, apart, entry, guarded, not_recorded, observe, permit, provenance,
};
use crate::convert;
use crate::failure::Failure;
use crate::proto;
use crate::proto::job::Result as Outcome;
use crate::proto::submit_job_request::Work;
use crate::recent::Answered;
use crate::services::documents::{check_all, classify};

/// Between two attempts at a job that could not be worked on just then.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Works on jobs until told to stop; those under way then wait for the next start.
pub async fn work(state: State, at_a_time: usize, stop: CancellationToken) {
    let workers = (0..at_a_time).map(|_| worker(state.clone(), stop.clone()));
    futures_util::future::join_all(workers).await;
}

async fn worker(state: State, stop: CancellationToken) {
    let mut changes = state.vault.jobs().changes();
    while !stop.is_cancelled() {
        // Seen before looking, so that a job which comes in between is not slept over.
        changes.mark_unchanged();
        count(&state);
        if let Some(job) = state.vault.jobs().take() {
            run(&state, &job, &stop).await;
            continue;
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = stop.cancelled() => return,
        }
    }
}

fn count(state: &State) {
    let (waiting, running) = state.vault.jobs().counts();
    let set = |name, count| {
        metrics::gauge!("amtshilfe_jobs", "state" => name).set(f64::from(convert::count(count)));
    };
    set("queued", waiting);
    set("running", running);
}

/// What came of one attempt at a job.
enum Attempt {
    Ended,
    /// The appliance could not just then.
    Again,
}

async fn run(state: &State, job: &RunningJob, stop: &CancellationToken) {
    let deadline = Instant::now() + state.limits.job_time_max;
    let mut pause = PAUSE_MIN;
    while let Attempt::Again = attempt(state, job, deadline, stop).await {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = job.ended() => return,
            () = stop.cancelled() => {}
        }
        if stop.is_cancelled() {
            job.give_back();
            return;
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

async fn attempt(
    state: &State,
    job: &RunningJob,
    deadline: Instant,
    stop: &CancellationToken,
) -> Attempt {
    let started = Instant::now();
    let asked = match asked(job).await {
        Ok(asked) => asked,
        Err(failure) => return end(job, Err(failure.status(Uuid::now_v7()))).await,
    };
    let inference_id = Uuid::now_v7();
    let edge = Edge { method: asked.method, identity: asked.identity.clone(), deadline };
    let recorded = record_start(state, job, &edge, &asked, inference_id).await;
    let (permit, start_index) = match recorded {
        Ok((Ok(permit), index)) => (permit, index),
        Ok((Err(failure), _)) => return end(job, Err(failure.status(inference_id))).await,
        Err(_not_recorded) => return Attempt::Again,
    };
    let call = Call { permit, inference_id, deadline, job: Some(job.clone()) };
    let mode = asked.mode;
    let worked = tokio::select! {
        worked = guarded(answer(state.clone(), call, asked.work), deadline) => worked,
        () = job.ended() => Err(called_off()),
        () = stop.cancelled() => Err(Failure::Inference(inference::Error::Draining)),
    };
    let (code, worked, mut note) = apart(worked);
    observe(edge.method, code, started);
    note.kind = Some(Kind::End);
    let mut record = entry(&edge, mode, convert::code_name(code), &note);
    record.start_index = Some(start_index);
    record.inference = hex::encode(job.key.mac("inference", inference_id.as_bytes()));
    if let Ok(outcome) = &worked {
        let bytes = held(outcome.clone()).encode_to_vec();
        record.output_digest = job.key.mac("output", &bytes).to_vec();
    }
    let Ok(recorded) = state.log.commit(record, worked).await else { return Attempt::Again };
    let index = recorded.index();
    match recorded.into_inner() {
        Ok(mut outcome) => {
            stamp(&mut outcome, || provenance(inference_id, index, &note));
            if let Some(parts) = note.decidable.take() {
                let department = job.department.clone();
                let models = note.models.clone();
                let answered = Answered { department, index, models, parts };
                state.recent.keep(inference_id, answered);
            }
            end(job, Ok(held(outcome).encode_to_vec())).await
        }
        Err(failure) if may_pass(&failure) => Attempt::Again,
        Err(failure) => end(job, Err(failure.status(inference_id))).await,
    }
}

/// What a job asks, and for whom.
struct Asked {
    work: Work,
    method: &'static str,
    raw_mode: i32,
    mode: Option<access::Mode>,
    identity: Arc<Identity>,
    digest: Vec<u8>,
}

async fn asked(job: &RunningJob) -> Result<Asked, Failure> {
    let reading = job.clone();
    let read = tokio::task::spawn_blocking(move || reading.request()).await;
    let bytes = read.map_err(|_| Failure::Panicked)?.map_err(Failure::Cases)?;
    let request = proto::SubmitJobRequest::decode(bytes.as_slice());
    let work = request.ok().and_then(|request| request.work).ok_or(Failure::Panicked)?;
    let caller: Caller = serde_json::from_str(&job.note).map_err(|_| Failure::Panicked)?;
    let identity = Arc::new(Identity {
        department: job.department.clone(),
        roles: caller.roles.iter().filter_map(|name| name.parse::<Role>().ok()).collect(),
        fingerprint: caller.certificate,
    });
    let (method, raw_mode) = method(&work);
    let digest = job.key.mac("input", &bytes).to_vec();
    Ok(Asked { work, method, raw_mode, mode: convert::mode(raw_mode), identity, digest })
}

/// Who submitted a job, kept with it: the policy is asked again when the job runs.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Caller {
    pub(crate) certificate: String,
    pub(crate) roles: Vec<String>,
}

/// The method whose work this is, and the raw mode.
pub(crate) fn method(work: &Work) -> (&'static str, i32) {
    match work {
        Work::Classify(request) => ("amtshilfe.v1.DocumentService/Classify", request.mode),
        Work::CheckApplication(request) => {
            ("amtshilfe.v1.DocumentService/CheckApplication", request.mode)
        }
    }
}

/// The start's record; one that is not permitted has no end. The log failing is not the job's fault.
async fn record_start(
    state: &State,
    job: &RunningJob,
    edge: &Edge,
    asked: &Asked,
    inference_id: Uuid,
) -> Result<(Result<access::Permit, Failure>, u64), Status> {
    let permitted = permit(state, edge, Some(asked.raw_mode), asked.mode);
    let code = permitted.as_ref().map_or_else(Failure::code, |_| Code::Ok);
    let mut note = permitted.as_ref().err().map(Note::refused).unwrap_or_default();
    note.kind = Some(if permitted.is_ok() { Kind::Start } else { Kind::Call });
    note.fact("service", "job");
    let mut record = entry(edge, asked.mode, convert::code_name(code), &note);
    record.inference = hex::encode(job.key.mac("inference", inference_id.as_bytes()));
    record.input_digest.clone_from(&asked.digest);
    let recorded = state.log.commit(record, permitted).await;
    let recorded = recorded.map_err(|error| not_recorded(&error))?;
    let index = recorded.index();
    Ok((recorded.into_inner(), index))
}

async fn answer(state: State, call: Call, work: Work) -> Result<(Outcome, Note), Failure> {
    let later = |urgency: i32| {
        let unspecified = urgency == proto::Urgency::Unspecified as i32;
        if unspecified { proto::Urgency::Bulk.into() } else { urgency }
    };
    let case_id = call.job.as_ref().map(|job| job.case_id.clone()).unwrap_or_default();
    match work {
        Work::Classify(mut request) => {
            request.urgency = later(request.urgency);
            let (answer, note) = classify(state, call, request).await?;
            Ok((Outcome::Classify(answer), note))
        }
        Work::CheckApplication(mut request) => {
            request.urgency = later(request.urgency);
            request.case_id = case_id;
            let (answer, note) = check_all(state, call, request).await?;
            Ok((Outcome::CheckApplication(answer), note))
        }
    }
}

fn stamp(outcome: &mut Outcome, make: impl FnOnce() -> proto::Provenance) {
    match outcome {
        Outcome::Classify(answer) => answer.stamp(make),
        Outcome::CheckApplication(answer) => answer.stamp(make),
    }
}

/// How a result is kept.
fn held(outcome: Outcome) -> proto::Job {
    proto::Job { result: Some(outcome), ..proto::Job::default() }
}

async fn end(job: &RunningJob, outcome: Result<Vec<u8>, Status>) -> Attempt {
    let ending = job.clone();
    let written = tokio::task::spawn_blocking(move || match outcome {
        Ok(result) => ending.succeed(&result),
        Err(status) => {
            let code = convert::code_name(status.code());
            ending.fail(&format!("{code}: {}", status.message()))
        }
    });
    match written.await {
        Ok(Ok(_)) => Attempt::Ended,
        Ok(Err(error)) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "failed to write down how a job ended",
            );
            Attempt::Again
        }
        Err(_panicked) => Attempt::Again,
    }
}

/// Whether trying again may help: too much was waiting, or inference was out of service.
fn may_pass(failure: &Failure) -> bool {
    matches!(failure.code(), Code::Unavailable | Code::ResourceExhausted)
}

fn called_off() -> Failure {
    Failure::Broken(Box::new(Status::cancelled("the job was called off")))
}
