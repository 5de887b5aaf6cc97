//! `UploadService`: large files in pieces, and what the server takes.

use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use crate::State;
use crate::call::{
    Answer, Call, Edge, Note, Question, RecordFlag, deadline, entry, identity, not_recorded,
    observe, permit, unary,
};
use crate::convert;
use crate::failure::Failure;
use crate::proto;
use crate::proto::upload_request::Part;
use crate::proto::upload_service_server::UploadService;

/// Bytes of one piece at most.
const CHUNK_BYTES_MAX: usize = 1024 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) state: State,
}

impl Question for proto::GetServerLimitsRequest {}
impl Answer for proto::GetServerLimitsResponse {}

#[tonic::async_trait]
impl UploadService for Service {
    async fn upload(
        &self,
        request: Request<Streaming<proto::UploadRequest>>,
    ) -> Result<Response<proto::UploadResponse>, Status> {
        let identity = identity(&request)?;
        if let Some(flag) = request.extensions().get::<RecordFlag>() {
            flag.set();
        }
        let edge = Edge {
            method: "amtshilfe.v1.UploadService/Upload",
            identity,
            deadline: deadline(&self.state, request.metadata()),
        };
        let state = self.state.clone();
        // Dropped with this future when the client breaks off, which the stream alone reads as its end.
        let left = CancellationToken::new();
        let _guard = left.clone().drop_guard();
        let task = tokio::spawn(recorded(state, edge, request.into_inner(), left));
        match task.await {
            Ok(result) => result.map(Response::new),
            Err(_) => Err(Status::internal("the upload could not be finished")),
        }
    }

    async fn get_server_limits(
        &self,
        request: Request<proto::GetServerLimitsRequest>,
    ) -> Result<Response<proto::GetServerLimitsResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.UploadService/GetServerLimits", request, limits).await
    }
}

async fn recorded(
    state: State,
    edge: Edge,
    stream: Streaming<proto::UploadRequest>,
    left: CancellationToken,
) -> Result<proto::UploadResponse, Status> {
    let started = std::time::Instant::now();
    let worked = match permit(&state, &edge, None, None) {
        Ok(_permit) => {
            let department = edge.identity.department.clone();
            let work = receive(&state, &department, stream);
            match tokio::time::timeout_at(edge.deadline.into(), work).await {
                Ok(Ok(answer)) if left.is_cancelled() => {
                    state.vault.uploads().remove(&department, &answer.upload_id);
                    Err(Failure::Broken(Box::new(Status::cancelled("the client left"))))
                }
                Ok(result) => result,
                Err(_elapsed) => Err(Failure::DeadlineExceeded),
            }
        }
        Err(refused) => Err(refused),
    };
    let outcome = worked.as_ref().map_or_else(Failure::code, |_| tonic::Code::Ok);
    observe(edge.method, outcome, started);
    let mut note = worked.as_ref().err().map(Note::refused).unwrap_or_default();
    if let Ok(answer) = &worked {
        note.fact("bytes", answer.size_bytes);
    }
    let entry = entry(&edge, None, convert::code_name(outcome), &note);
    let recorded = state.log.commit(entry, worked).await.map_err(|error| not_recorded(&error))?;
    recorded.into_inner().map_err(|failure| failure.status(Uuid::now_v7()))
}

async fn receive(
    state: &State,
    department: &str,
    mut stream: Streaming<proto::UploadRequest>,
) -> Result<proto::UploadResponse, Failure> {
    let start = match next(&mut stream).await? {
        Some(Part::Start(start)) => start,
        Some(Part::Chunk(_)) | None => {
            return Err(Failure::invalid("start", "the first message says what is coming"));
        }
    };
    let uploads = state.vault.uploads();
    let mut upload = uploads.begin(department, start.size_bytes).map_err(Failure::Cases)?;
    let mut size: u64 = 0;
    while let Some(part) = next(&mut stream).await? {
        let Part::Chunk(chunk) = part else {
            return Err(Failure::invalid("start", "only the first message is a start"));
        };
        if chunk.len() > CHUNK_BYTES_MAX {
            return Err(Failure::invalid("chunk", "at most 1 MiB each"));
        }
        size += chunk.len() as u64;
        let written = tokio::task::spawn_blocking(move || upload.write(&chunk).map(|()| upload));
        upload = written.await.map_err(|_| Failure::Panicked)?.map_err(Failure::Cases)?;
    }
    if start.size_bytes != 0 && start.size_bytes != size {
        let text = format!("{} bytes were announced, {size} came", start.size_bytes);
        return Err(Failure::invalid("size_bytes", &text));
    }
    let info = tokio::task::spawn_blocking(move || upload.finish())
        .await
        .map_err(|_| Failure::Panicked)?
        .map_err(Failure::Cases)?;
    if !start.sha256.is_empty() && start.sha256 != info.sha256.as_slice() {
        state.vault.uploads().remove(department, &info.id);
        return Err(Failure::invalid("sha256", "the bytes that came have another digest"));
    }
    Ok(proto::UploadResponse {
        upload_id: info.id,
        size_bytes: size,
        sha256: info.sha256.to_vec().into(),
        expires_at: Some(convert::timestamp(info.expires_at)),
    })
}

async fn next(stream: &mut Streaming<proto::UploadRequest>) -> Result<Option<Part>, Failure> {
    match stream.message().await {
        Ok(Some(message)) => match message.part {
            Some(part) => Ok(Some(part)),
            None => Err(Failure::invalid("part", "a message without a part")),
        },
        Ok(None) => Ok(None),
        Err(status) => Err(Failure::Broken(Box::new(status))),
    }
}

async fn limits(
    state: State,
    _call: Call,
    _request: proto::GetServerLimitsRequest,
) -> Result<(proto::GetServerLimitsResponse, Note), Failure> {
    let limits = &state.limits;
    let lifetime = u32::try_from(limits.upload_lifetime.as_secs()).unwrap_or(u32::MAX);
    let answer = proto::GetServerLimitsResponse {
        message_bytes_max: limits.request_bytes_max as u64,
        file_bytes_max: limits.file_bytes_max,
        files_max: convert::count(limits.files_max),
        pages_max: limits.pages_max,
        texts_max: convert::count(limits.texts_max),
        upload_lifetime_s: lifetime,
    };
    Ok((answer, Note::default()))
}
