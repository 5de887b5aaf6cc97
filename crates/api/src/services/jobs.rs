//! `JobService` and the other methods of the contract that are not built yet: each answers a recorded
//! UNIMPLEMENTED.

use std::pin::Pin;

use futures_util::Stream;
use tonic::{Request, Response, Status};

use crate::State;
use crate::call::{Edge, Note, deadline, entry, identity, not_recorded, permit};
use crate::convert;
use crate::failure::Failure;
use crate::proto;
use crate::proto::job_service_server::JobService;

#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) state: State,
}

/// Records the call, and refuses it.
pub(super) async fn not_built<Q>(
    state: &State,
    method: &'static str,
    request: Request<Q>,
) -> Status {
    let identity = match identity(&request) {
        Ok(identity) => identity,
        Err(status) => return status,
    };
    if let Some(flag) = request.extensions().get::<crate::call::RecordFlag>() {
        flag.set();
    }
    let edge = Edge { method, identity, deadline: deadline(state, request.metadata()) };
    let failure = match permit(state, &edge, None, None) {
        Ok(_permit) => Failure::Unimplemented,
        Err(refused) => refused,
    };
    let entry = entry(&edge, None, convert::code_name(failure.code()), &Note::refused(&failure));
    match state.log.commit(entry, failure).await {
        Ok(recorded) => recorded.into_inner().status(uuid::Uuid::now_v7()),
        Err(error) => not_recorded(&error),
    }
}

#[tonic::async_trait]
impl JobService for Service {
    async fn submit_job(
        &self,
        request: Request<proto::SubmitJobRequest>,
    ) -> Result<Response<proto::SubmitJobResponse>, Status> {
        Err(not_built(&self.state, "amtshilfe.v1.JobService/SubmitJob", request).await)
    }

    async fn get_job(
        &self,
        request: Request<proto::GetJobRequest>,
    ) -> Result<Response<proto::GetJobResponse>, Status> {
        Err(not_built(&self.state, "amtshilfe.v1.JobService/GetJob", request).await)
    }

    type WatchJobStream =
        Pin<Box<dyn Stream<Item = Result<proto::WatchJobResponse, Status>> + Send>>;

    async fn watch_job(
        &self,
        request: Request<proto::WatchJobRequest>,
    ) -> Result<Response<Self::WatchJobStream>, Status> {
        Err(not_built(&self.state, "amtshilfe.v1.JobService/WatchJob", request).await)
    }

    async fn cancel_job(
        &self,
        request: Request<proto::CancelJobRequest>,
    ) -> Result<Response<proto::CancelJobResponse>, Status> {
        Err(not_built(&self.state, "amtshilfe.v1.JobService/CancelJob", request).await)
    }

    async fn list_jobs(
        &self,
        request: Request<proto::ListJobsRequest>,
    ) -> Result<Response<proto::ListJobsResponse>, Status> {
        Err(not_built(&self.state, "amtshilfe.v1.JobService/ListJobs", request).await)
    }

    async fn acknowledge_job(
        &self,
        request: Request<proto::AcknowledgeJobRequest>,
    ) -> Result<Response<proto::AcknowledgeJobResponse>, Status> {
        Err(not_built(&self.state, "amtshilfe.v1.JobService/AcknowledgeJob", request).await)
    }
}
