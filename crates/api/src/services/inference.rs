//! `InferenceService`: the models as they are.

use bytes::Bytes;
use inference::Purpose;
use tonic::{Request, Response, Status};

use super::documents::lane;
use crate::State;
use crate::call::{Answer, Call, Note, Question, unary};
use crate::convert;
use crate::failure::Failure;
use crate::proto;
use crate::proto::inference_service_server::InferenceService;

#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) state: State,
}

impl Question for proto::EmbedRequest {}
impl Question for proto::RerankRequest {}
impl Question for proto::ListModelsRequest {}
impl Answer for proto::ListModelsResponse {}
impl Answer for proto::EmbedResponse {
    fn provenance(&mut self) -> Option<&mut Option<proto::Provenance>> {
        Some(&mut self.provenance)
    }
}
impl Answer for proto::RerankResponse {
    fn provenance(&mut self) -> Option<&mut Option<proto::Provenance>> {
        Some(&mut self.provenance)
    }
}

#[tonic::async_trait]
impl InferenceService for Service {
    async fn embed(
        &self,
        request: Request<proto::EmbedRequest>,
    ) -> Result<Response<proto::EmbedResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.InferenceService/Embed", request, embed).await
    }

    async fn rerank(
        &self,
        request: Request<proto::RerankRequest>,
    ) -> Result<Response<proto::RerankResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.InferenceService/Rerank", request, rerank).await
    }

    async fn list_models(
        &self,
        request: Request<proto::ListModelsRequest>,
    ) -> Result<Response<proto::ListModelsResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.InferenceService/ListModels", request, list_models).await
    }
}

async fn embed(
    state: State,
    call: Call,
    request: proto::EmbedRequest,
) -> Result<(proto::EmbedResponse, Note), Failure> {
    check_texts(&state, &request.texts)?;
    let purpose = match proto::embed_request::Purpose::try_from(request.purpose) {
        Ok(proto::embed_request::Purpose::Query) => Purpose::Query,
        Ok(proto::embed_request::Purpose::Passage | proto::embed_request::Purpose::Unspecified) => {
            Purpose::Passage
        }
        Err(_) => return Err(Failure::invalid("purpose", "an unknown value")),
    };
    let answer = state
        .engine
        .embed(inference::Request {
            model: model(request.model),
            texts: request.texts,
            purpose,
            lane: lane(&call, request.urgency),
            deadline: Some(call.deadline),
        })
        .await
        .map_err(Failure::Inference)?;
    let dimensions = answer.value.first().map_or(0, Vec::len);
    let vectors = pack(&state, &answer.value)?;
    let note = note(&answer);
    let answer = proto::EmbedResponse {
        dimensions: convert::count(dimensions),
        vectors,
        tokens: answer.tokens,
        provenance: None,
    };
    Ok((answer, note))
}

async fn rerank(
    state: State,
    call: Call,
    request: proto::RerankRequest,
) -> Result<(proto::RerankResponse, Note), Failure> {
    check_texts(&state, &request.texts)?;
    if request.query.trim().is_empty() {
        return Err(Failure::invalid("query", "an empty query ranks nothing"));
    }
    let asked = inference::Request {
        model: model(request.model),
        texts: request.texts,
        purpose: Purpose::Passage,
        lane: lane(&call, request.urgency),
        deadline: Some(call.deadline),
    };
    let answer = state.engine.rerank(request.query, asked).await.map_err(Failure::Inference)?;
    let note = note(&answer);
    Ok((proto::RerankResponse { scores: answer.value, provenance: None }, note))
}

async fn list_models(
    state: State,
    _call: Call,
    _request: proto::ListModelsRequest,
) -> Result<(proto::ListModelsResponse, Note), Failure> {
    let models = state.engine.models().iter().map(convert::model).collect();
    Ok((proto::ListModelsResponse { models }, Note::default()))
}

/// Numbers row by row, little endian, as far as an answer may hold them.
pub(super) fn pack(state: &State, rows: &[Vec<f32>]) -> Result<Bytes, Failure> {
    let allowed = state.limits.answer_bytes_max.saturating_sub(64 * 1024);
    let actual = rows.iter().map(|row| row.len() * 4).sum();
    if actual > allowed {
        return Err(Failure::TooLarge {
            what: "bytes of vectors in one answer (send fewer texts)",
            allowed: allowed as u64,
            actual: actual as u64,
        });
    }
    let mut bytes = Vec::with_capacity(actual);
    for number in rows.iter().flatten() {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    Ok(bytes.into())
}

fn model(name: String) -> Option<String> {
    Some(name).filter(|name| !name.is_empty())
}

pub(super) fn check_texts(state: &State, texts: &[String]) -> Result<(), Failure> {
    if texts.is_empty() {
        return Err(Failure::invalid("texts", "send at least one text"));
    }
    let allowed = state.limits.texts_max;
    if texts.len() > allowed {
        let text = format!("{} texts, at most {allowed} a call", texts.len());
        return Err(Failure::invalid("texts", &text));
    }
    Ok(())
}

pub(super) fn note<T>(answer: &inference::Answer<T>) -> Note {
    let mut note = Note {
        models: vec![answer.model.clone()],
        queue_time: answer.queue_time,
        compute_time: answer.compute_time,
        truncated: answer.truncated,
        ..Note::default()
    };
    note.fact("texts", answer.tokens.len());
    note.fact("tokens", answer.tokens.iter().map(|tokens| u64::from(*tokens)).sum::<u64>());
    note
}
