//! `AuditService`: the log for those who review it.

use audit::Filter;
use tonic::{Request, Response, Status};

use crate::State;
use crate::call::{Answer, Call, Note, Question, unary};
use crate::convert;
use crate::failure::Failure;
use crate::proto;
use crate::proto::audit_service_server::AuditService;

/// Records of one page where the caller does not say.
const RECORDS_DEFAULT: u32 = 100;
/// Records of one page at most.
const RECORDS_MAX: u32 = 1000;

#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) state: State,
}

impl Question for proto::GetCheckpointRequest {}
impl Question for proto::ListRecordsRequest {}
impl Question for proto::ProveInclusionRequest {}
impl Question for proto::ProveConsistencyRequest {}
impl Answer for proto::GetCheckpointResponse {}
impl Answer for proto::ListRecordsResponse {}
impl Answer for proto::ProveInclusionResponse {}
impl Answer for proto::ProveConsistencyResponse {}

#[tonic::async_trait]
impl AuditService for Service {
    async fn get_checkpoint(
        &self,
        request: Request<proto::GetCheckpointRequest>,
    ) -> Result<Response<proto::GetCheckpointResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.AuditService/GetCheckpoint", request, checkpoint).await
    }

    async fn list_records(
        &self,
        request: Request<proto::ListRecordsRequest>,
    ) -> Result<Response<proto::ListRecordsResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.AuditService/ListRecords", request, list).await
    }

    async fn prove_inclusion(
        &self,
        request: Request<proto::ProveInclusionRequest>,
    ) -> Result<Response<proto::ProveInclusionResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.AuditService/ProveInclusion", request, inclusion).await
    }

    async fn prove_consistency(
        &self,
        request: Request<proto::ProveConsistencyRequest>,
    ) -> Result<Response<proto::ProveConsistencyResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.AuditService/ProveConsistency", request, consistency).await
    }
}

async fn checkpoint(
    state: State,
    _call: Call,
    _request: proto::GetCheckpointRequest,
) -> Result<(proto::GetCheckpointResponse, Note), Failure> {
    let checkpoint = state.log.checkpoint();
    Ok((proto::GetCheckpointResponse { checkpoint }, Note::default()))
}

async fn list(
    state: State,
    _call: Call,
    request: proto::ListRecordsRequest,
) -> Result<(proto::ListRecordsResponse, Note), Failure> {
    let limit = match request.limit {
        0 => RECORDS_DEFAULT,
        limit if limit <= RECORDS_MAX => limit,
        _ => return Err(Failure::invalid("limit", "1 to 1000")),
    };
    let filter = Filter {
        first_index: request.first_index,
        limit: limit as usize,
        department: chosen(request.department),
        method: chosen(request.method),
        outcome: chosen(request.outcome),
        from: time("from", request.from.as_ref())?,
        to: time("to", request.to.as_ref())?,
        inference: chosen(request.inference_id),
    };
    let log = state.log.clone();
    let bytes_max = state.limits.answer_bytes_max;
    let page = tokio::task::spawn_blocking(move || log.records(&filter))
        .await
        .map_err(|_| Failure::Panicked)?
        .map_err(Failure::Audit)?;
    let answer = convert::log::page(page, bytes_max);
    let mut note = Note::default();
    note.fact("records", answer.records.len());
    Ok((answer, note))
}

async fn inclusion(
    state: State,
    _call: Call,
    request: proto::ProveInclusionRequest,
) -> Result<(proto::ProveInclusionResponse, Note), Failure> {
    let proof =
        state.log.prove_inclusion(request.index, request.tree_size).map_err(Failure::Audit)?;
    let answer = proto::ProveInclusionResponse {
        index: proof.index,
        tree_size: proof.tree_size,
        hashes: proof.hashes.iter().map(|hash| hash.to_vec().into()).collect(),
    };
    Ok((answer, Note::default()))
}

async fn consistency(
    state: State,
    _call: Call,
    request: proto::ProveConsistencyRequest,
) -> Result<(proto::ProveConsistencyResponse, Note), Failure> {
    let hashes =
        state.log.prove_consistency(request.from_size, request.to_size).map_err(Failure::Audit)?;
    let hashes = hashes.iter().map(|hash| hash.to_vec().into()).collect();
    Ok((proto::ProveConsistencyResponse { hashes }, Note::default()))
}

fn chosen(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn time(
    field: &str,
    at: Option<&prost_types::Timestamp>,
) -> Result<Option<std::time::SystemTime>, Failure> {
    at.map(|at| convert::system_time(at).ok_or_else(|| Failure::invalid(field, "no such time")))
        .transpose()
}
