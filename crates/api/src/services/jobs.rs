//! `JobService`: work that is accepted now and done later. Doing it: [`crate::jobs`].

use cases::{JobInfo, JobState, Order};
use prost::Message;
use tonic::{Request, Response, Status};

use super::documents::{application_is_sound, case, check_id, papers_are_sound};
use crate::State;
use crate::call::stream::{Messages, Sender, Shape, stream};
use crate::call::{Answer, Call, Note, Question, patient_deadline, unary};
use crate::convert;
use crate::convert::jobs as to;
use crate::failure::Failure;
use crate::jobs::{Caller, method};
use crate::proto;
use crate::proto::job_service_server::JobService;
use crate::proto::source_file::Content;
use crate::proto::submit_job_request::Work;

/// Jobs of one page of a list.
const PAGE_SIZE_MAX: usize = 500;
const PAGE_SIZE: usize = 50;

const WATCH: Shape<proto::WatchJobResponse> = Shape {
    method: "amtshilfe.v1.JobService/WatchJob",
    deadline: patient_deadline,
    first: None,
    last: |_| proto::WatchJobResponse::default(),
};

#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) state: State,
}

impl Question for proto::SubmitJobRequest {
    fn mode(&self) -> Option<i32> {
        self.work.as_ref().map(|work| method(work).1)
    }
}
impl Question for proto::GetJobRequest {}
impl Question for proto::WatchJobRequest {}
impl Question for proto::CancelJobRequest {}
impl Question for proto::ListJobsRequest {}
impl Question for proto::AcknowledgeJobRequest {}
impl Answer for proto::SubmitJobResponse {}
impl Answer for proto::GetJobResponse {}
impl Answer for proto::WatchJobResponse {}
impl Answer for proto::CancelJobResponse {}
impl Answer for proto::ListJobsResponse {}
impl Answer for proto::AcknowledgeJobResponse {}

#[tonic::async_trait]
impl JobService for Service {
    async fn submit_job(
        &self,
        request: Request<proto::SubmitJobRequest>,
    ) -> Result<Response<proto::SubmitJobResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.JobService/SubmitJob", request, submit).await
    }

    async fn get_job(
        &self,
        request: Request<proto::GetJobRequest>,
    ) -> Result<Response<proto::GetJobResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.JobService/GetJob", request, get).await
    }

    type WatchJobStream = Messages<proto::WatchJobResponse>;

    async fn watch_job(
        &self,
        request: Request<proto::WatchJobRequest>,
    ) -> Result<Response<Self::WatchJobStream>, Status> {
        let check = |state: &State, call: &Call, request: proto::WatchJobRequest| {
            let found = state.vault.jobs().get(call.department(), &request.job_id);
            found.map_err(Failure::Cases)?;
            Ok((call.clone(), request.job_id))
        };
        stream(&self.state, request, WATCH, check, watch).await
    }

    async fn cancel_job(
        &self,
        request: Request<proto::CancelJobRequest>,
    ) -> Result<Response<proto::CancelJobResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.JobService/CancelJob", request, cancel).await
    }

    async fn list_jobs(
        &self,
        request: Request<proto::ListJobsRequest>,
    ) -> Result<Response<proto::ListJobsResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.JobService/ListJobs", request, list).await
    }

    async fn acknowledge_job(
        &self,
        request: Request<proto::AcknowledgeJobRequest>,
    ) -> Result<Response<proto::AcknowledgeJobResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.JobService/AcknowledgeJob", request, acknowledge).await
    }
}

async fn submit(
    state: State,
    call: Call,
    mut request: proto::SubmitJobRequest,
) -> Result<(proto::SubmitJobResponse, Note), Failure> {
    check_id(&state, "idempotency_key", &request.idempotency_key)?;
    let work = request.work.as_ref();
    let work = work.ok_or_else(|| Failure::invalid("work", "say what to do"))?;
    // Who may submit a job may not yet do what it asks.
    let asked = method(work).0;
    access::authorize(&state.policy.load(), call.permit.identity(), asked, call.permit.mode())
        .map_err(Failure::Refused)?;
    let (files, case_id) = match work {
        Work::Classify(work) => {
            papers_are_sound(&state, &call, work)?;
            (&work.files, "")
        }
        Work::CheckApplication(work) => {
            application_is_sound(&state, &call, work)?;
            let (judges, wanted) = (state.documents.load(), &work.application_type);
            if !wanted.is_empty() && !judges.knowledge().has_application_type(wanted) {
                let say = "no such type of application (ListApplicationTypes)";
                return Err(Failure::invalid("check_application.application_type", say));
            }
            (&work.files, work.case_id.as_str())
        }
    };
    let uploads = files.iter().filter_map(|file| match &file.content {
        Some(Content::UploadId(id)) => Some(id.clone()),
        Some(Content::Data(_) | Content::Text(_)) | None => None,
    });
    let (uploads, files_total) = (uploads.collect(), convert::count(files.len()));
    let is_own_case = case_id.is_empty();
    let (case_id, key) = case(&state, &call, case_id).await?;
    let identity = call.permit.identity();
    let roles = identity.roles.iter().map(|role| role.as_str().to_owned()).collect();
    let caller = Caller { certificate: identity.fingerprint.clone(), roles };
    let order = Order {
        department: call.department().to_owned(),
        idempotency_key: std::mem::take(&mut request.idempotency_key),
        case_id,
        is_own_case,
        key: key.clone(),
        note: serde_json::to_string(&caller).map_err(|_| Failure::Panicked)?,
        request: request.encode_to_vec(),
        files_total,
        uploads,
    };
    let (job, _) = on_disk(&state, move |vault| vault.submit(order)).await?;
    let mut note = Note { key: Some(key), ..Note::default() };
    note.fact("files", files_total);
    let answer = proto::SubmitJobResponse {
        job_id: job.id,
        case_id: job.case_id,
        expires_at: Some(convert::timestamp(job.expires_at)),
    };
    Ok((answer, note))
}

async fn get(
    state: State,
    call: Call,
    request: proto::GetJobRequest,
) -> Result<(proto::GetJobResponse, Note), Failure> {
    let (job, note) = with_result(&state, &call, &request.job_id).await?;
    Ok((proto::GetJobResponse { job: Some(job) }, note))
}

async fn watch(
    state: State,
    (call, id): (Call, String),
    mut sender: Sender<proto::WatchJobResponse>,
) -> Result<(Sender<proto::WatchJobResponse>, Note), Failure> {
    let mut changes = state.vault.jobs().changes();
    let mut told: Option<JobInfo> = None;
    loop {
        changes.mark_unchanged();
        let job = state.vault.jobs().get(call.department(), &id).map_err(Failure::Cases)?;
        if job.state.has_ended() {
            let (job, note) = with_result(&state, &call, &id).await?;
            sender.close_with(proto::WatchJobResponse { job: Some(job) });
            return Ok((sender, note));
        }
        if told.as_ref() != Some(&job) {
            sender.send(proto::WatchJobResponse { job: Some(to::job(&job)) }).await?;
            told = Some(job);
        }
        if sender.while_there(changes.changed()).await?.is_err() {
            return Err(Failure::Inference(inference::Error::Draining));
        }
    }
}

async fn cancel(
    state: State,
    call: Call,
    request: proto::CancelJobRequest,
) -> Result<(proto::CancelJobResponse, Note), Failure> {
    let department = call.department().to_owned();
    let id = request.job_id;
    let job = on_disk(&state, move |vault| vault.jobs().cancel(&department, &id)).await?;
    let note = note_of(&state, &call, &job);
    Ok((proto::CancelJobResponse { job: Some(to::job(&job)) }, note))
}

async fn list(
    state: State,
    call: Call,
    request: proto::ListJobsRequest,
) -> Result<(proto::ListJobsResponse, Note), Failure> {
    let wanted = to::state(request.state);
    let wanted = wanted.map_err(|_| Failure::invalid("state", "no such state"))?;
    let size = match request.page_size as usize {
        0 => PAGE_SIZE,
        size if size <= PAGE_SIZE_MAX => size,
        _ => return Err(Failure::invalid("page_size", &format!("at most {PAGE_SIZE_MAX}"))),
    };
    let from = match request.page_token.as_str() {
        "" => 0,
        token => token
            .parse()
            .map_err(|_| Failure::invalid("page_token", "send the token of the last page"))?,
    };
    let (jobs, next) = state.vault.jobs().list(call.department(), wanted, from, size);
    let mut note = Note::default();
    note.fact("results", jobs.len());
    let answer = proto::ListJobsResponse {
        jobs: jobs.iter().map(to::job).collect(),
        next_page_token: next.map(|place| place.to_string()).unwrap_or_default(),
    };
    Ok((answer, note))
}

async fn acknowledge(
    state: State,
    call: Call,
    request: proto::AcknowledgeJobRequest,
) -> Result<(proto::AcknowledgeJobResponse, Note), Failure> {
    let department = call.department().to_owned();
    let id = request.job_id.clone();
    // Before it is done: it may take the key away.
    let job = state.vault.jobs().get(&department, &id).map_err(Failure::Cases)?;
    let note = note_of(&state, &call, &job);
    let job = on_disk(&state, move |vault| vault.acknowledge(&department, &id)).await?;
    Ok((proto::AcknowledgeJobResponse { job: Some(to::job(&job)) }, note))
}

/// A job with its result, where it has one.
async fn with_result(state: &State, call: &Call, id: &str) -> Result<(proto::Job, Note), Failure> {
    let info = state.vault.jobs().get(call.department(), id).map_err(Failure::Cases)?;
    let note = note_of(state, call, &info);
    let mut job = to::job(&info);
    if info.state == JobState::Succeeded && !info.is_delivered {
        let (department, id) = (call.department().to_owned(), id.to_owned());
        let held = on_disk(state, move |vault| vault.jobs().result(&department, &id)).await?;
        let held = held.map(|bytes| proto::Job::decode(bytes.as_slice()));
        job.result = held.transpose().map_err(|_| Failure::Panicked)?.and_then(|held| held.result);
    }
    Ok((job, note))
}

/// Ties the record to the case for as long as the case has a key.
fn note_of(state: &State, call: &Call, job: &JobInfo) -> Note {
    let key = state.vault.find(call.department(), &job.case_id);
    Note { key, ..Note::default() }
}

async fn on_disk<T: Send + 'static>(
    state: &State,
    work: impl FnOnce(&cases::Vault) -> Result<T, cases::Error> + Send + 'static,
) -> Result<T, Failure> {
    let vault = state.vault.clone();
    let done = tokio::task::spawn_blocking(move || work(&vault)).await;
    done.map_err(|_| Failure::Panicked)?.map_err(Failure::Cases)
}
