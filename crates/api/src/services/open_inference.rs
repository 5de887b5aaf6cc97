//! The Open Inference Protocol, version 2: the same models, identities, lanes and records as the
//! native contract, for clients that exist already.
//!
//! Each model has one version, "1". Inputs are texts ("text", for a reranker also "query"), outputs
//! are FP32 ("embedding", "scores" or "score"); `tensors` reads and writes them.

mod describe;
mod statistics;
mod tensors;

use std::sync::Arc;
use std::time::{Duration, Instant};

use inference::{ModelInfo, ModelState, Purpose, Task, Urgency};
use tonic::{Request, Response, Status};

use self::statistics::Statistics;
use super::inference::{check_texts, note};
use crate::State;
use crate::call::{Answer, Call, Note, Question, unary};
use crate::failure::Failure;
use crate::proto::oip;
use crate::proto::oip::grpc_inference_service_server::GrpcInferenceService;
use crate::proto::{self, oip::infer_parameter::ParameterChoice};

/// The one version that a model has.
const VERSION: &str = "1";

#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) state: State,
    statistics: Arc<Statistics>,
}

impl Service {
    pub(crate) fn new(state: State) -> Self {
        Self { state, statistics: Arc::default() }
    }
}

impl Question for oip::ServerLiveRequest {}
impl Question for oip::ServerReadyRequest {}
impl Question for oip::ModelReadyRequest {}
impl Question for oip::ServerMetadataRequest {}
impl Question for oip::ModelMetadataRequest {}
impl Question for oip::ModelInferRequest {}
impl Question for oip::ModelConfigRequest {}
impl Question for oip::ModelStatisticsRequest {}
impl Question for oip::RepositoryIndexRequest {}
impl Answer for oip::ServerLiveResponse {}
impl Answer for oip::ServerReadyResponse {}
impl Answer for oip::ModelReadyResponse {}
impl Answer for oip::ServerMetadataResponse {}
impl Answer for oip::ModelMetadataResponse {}
impl Answer for oip::ModelConfigResponse {}
impl Answer for oip::ModelStatisticsResponse {}
impl Answer for oip::RepositoryIndexResponse {}
impl Answer for oip::ModelInferResponse {
    fn stamp(&mut self, make: impl FnOnce() -> proto::Provenance) {
        let provenance = make();
        let word = |text: &str| ParameterChoice::StringParam(text.to_owned());
        let number = ParameterChoice::Uint64Param;
        let micros = |time: Option<prost_types::Duration>| {
            let time = time.and_then(|time| Duration::try_from(time).ok()).unwrap_or_default();
            number(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
        };
        let mut facts = vec![
            ("inference_id", word(&provenance.inference_id)),
            ("audit_index", number(provenance.audit_index)),
            ("truncated", ParameterChoice::BoolParam(provenance.truncated)),
            ("queue_time_us", micros(provenance.queue_time)),
            ("compute_time_us", micros(provenance.compute_time)),
        ];
        if let Some(model) = provenance.models.first() {
            facts.push(("model_digest", word(&model.digest)));
            facts.push(("dtype", word(&model.dtype)));
            facts.push(("device", word(&model.device)));
        }
        self.parameters = facts
            .into_iter()
            .map(|(name, choice)| {
                (name.to_owned(), oip::InferParameter { parameter_choice: Some(choice) })
            })
            .collect();
    }
}

/// Answers one method: its path, its request and the function that works on it.
macro_rules! method {
    ($self:ident, $request:ident, $name:literal, $work:expr) => {
        unary(
            &$self.state,
            concat!("inference.GRPCInferenceService/", $name),
            $request,
            |state, call, question| async move { $work(&state, call, question) },
        )
        .await
    };
}

#[tonic::async_trait]
impl GrpcInferenceService for Service {
    async fn server_live(
        &self,
        request: Request<oip::ServerLiveRequest>,
    ) -> Result<Response<oip::ServerLiveResponse>, Status> {
        method!(self, request, "ServerLive", |_: &State, _: Call, _| {
            Ok((oip::ServerLiveResponse { live: true }, Note::default()))
        })
    }

    async fn server_ready(
        &self,
        request: Request<oip::ServerReadyRequest>,
    ) -> Result<Response<oip::ServerReadyResponse>, Status> {
        method!(self, request, "ServerReady", |state: &State, _: Call, _| {
            let ready = state.engine.is_open() && state.engine.models().iter().all(is_ready);
            Ok((oip::ServerReadyResponse { ready }, Note::default()))
        })
    }

    async fn model_ready(
        &self,
        request: Request<oip::ModelReadyRequest>,
    ) -> Result<Response<oip::ModelReadyResponse>, Status> {
        method!(
            self,
            request,
            "ModelReady",
            |state: &State, _: Call, asked: oip::ModelReadyRequest| {
                let model = find(state, &asked.name, &asked.version)?;
                let ready = state.engine.is_open() && is_ready(&model);
                Ok((oip::ModelReadyResponse { ready }, Note::default()))
            }
        )
    }

    async fn server_metadata(
        &self,
        request: Request<oip::ServerMetadataRequest>,
    ) -> Result<Response<oip::ServerMetadataResponse>, Status> {
        method!(self, request, "ServerMetadata", |_: &State, _: Call, _| {
            Ok((describe::server(), Note::default()))
        })
    }

    async fn model_metadata(
        &self,
        request: Request<oip::ModelMetadataRequest>,
    ) -> Result<Response<oip::ModelMetadataResponse>, Status> {
        method!(
            self,
            request,
            "ModelMetadata",
            |state: &State, _: Call, asked: oip::ModelMetadataRequest| {
                let model = find(state, &asked.name, &asked.version)?;
                Ok((describe::metadata(&model), Note::default()))
            }
        )
    }

    async fn model_infer(
        &self,
        request: Request<oip::ModelInferRequest>,
    ) -> Result<Response<oip::ModelInferResponse>, Status> {
        let statistics = Arc::clone(&self.statistics);
        let work = |state: State, call: Call, question: oip::ModelInferRequest| async move {
            let (name, started) = (question.model_name.clone(), Instant::now());
            let result = infer(&state, &call, question).await;
            let texts = result.as_ref().ok().map(|(answer, note)| (tensors::rows(answer), note));
            // Names that no model has would let a caller fill the memory.
            if state.engine.models().iter().any(|model| model.name == name) {
                statistics.add(&name, started.elapsed(), texts, (state.clock)());
            }
            result
        };
        unary(&self.state, "inference.GRPCInferenceService/ModelInfer", request, work).await
    }

    async fn model_config(
        &self,
        request: Request<oip::ModelConfigRequest>,
    ) -> Result<Response<oip::ModelConfigResponse>, Status> {
        method!(
            self,
            request,
            "ModelConfig",
            |state: &State, _: Call, asked: oip::ModelConfigRequest| {
                let model = find(state, &asked.name, &asked.version)?;
                let config = describe::config(&model, state.limits.texts_max);
                Ok((oip::ModelConfigResponse { config: Some(config) }, Note::default()))
            }
        )
    }

    async fn model_statistics(
        &self,
        request: Request<oip::ModelStatisticsRequest>,
    ) -> Result<Response<oip::ModelStatisticsResponse>, Status> {
        let statistics = Arc::clone(&self.statistics);
        method!(
            self,
            request,
            "ModelStatistics",
            |state: &State, _: Call, asked: oip::ModelStatisticsRequest| {
                let models = if asked.name.is_empty() {
                    state.engine.models()
                } else {
                    vec![find(state, &asked.name, &asked.version)?]
                };
                let model_stats = models.iter().map(|model| statistics.of(&model.name)).collect();
                Ok((oip::ModelStatisticsResponse { model_stats }, Note::default()))
            }
        )
    }

    async fn repository_index(
        &self,
        request: Request<oip::RepositoryIndexRequest>,
    ) -> Result<Response<oip::RepositoryIndexResponse>, Status> {
        method!(
            self,
            request,
            "RepositoryIndex",
            |state: &State, _: Call, asked: oip::RepositoryIndexRequest| {
                let models = state.engine.models();
                let wanted = models.iter().filter(|model| !asked.ready || is_ready(model));
                let models = wanted.map(describe::index).collect();
                Ok((oip::RepositoryIndexResponse { models }, Note::default()))
            }
        )
    }
}

async fn infer(
    state: &State,
    call: &Call,
    mut question: oip::ModelInferRequest,
) -> Result<(oip::ModelInferResponse, Note), Failure> {
    let model = find(state, &question.model_name, &question.model_version)?;
    let output = tensors::output(model.task);
    tensors::check_outputs(&question.outputs, output)?;
    let Asked { purpose, urgency, deadline } = asked(&question, call.deadline)?;
    let mut inputs = tensors::Inputs::read(&mut question)?;
    let texts = inputs.take("text")?;
    let query = match model.task {
        Task::Rerank => Some(tensors::one_query(inputs.take("query")?)?),
        Task::Embed | Task::Classify => None,
    };
    inputs.finish()?;
    check_texts(state, &texts)?;
    let lane = inference::Lane {
        department: call.department().to_owned(),
        urgency,
        weight: call.permit.weight(),
    };
    let name = Some(model.name.clone());
    let request =
        inference::Request { model: name, texts, purpose, lane, deadline: Some(deadline) };
    let engine = &state.engine;
    let answer = match (model.task, query) {
        (Task::Rerank, query) => {
            engine.rerank(query.unwrap_or_default(), request).await.map(|answer| {
                answer.map(|scores| scores.into_iter().map(|score| vec![score]).collect())
            })
        }
        (Task::Embed, _) => engine.embed(request).await,
        (Task::Classify, _) => engine.classify(request).await,
    };
    let answer = answer.map_err(Failure::Inference)?;
    let note = note(&answer);
    let columns = describe::columns(&model);
    let raw = super::inference::pack(state, &answer.value)?;
    let response = oip::ModelInferResponse {
        model_name: model.name,
        model_version: VERSION.to_owned(),
        id: question.id,
        parameters: std::collections::BTreeMap::new(),
        outputs: vec![tensors::described(output, answer.value.len(), columns)],
        raw_output_contents: vec![raw],
    };
    Ok((response, note))
}

/// What the parameters of a request ask for.
struct Asked {
    purpose: Purpose,
    urgency: Urgency,
    deadline: Instant,
}

fn asked(question: &oip::ModelInferRequest, deadline: Instant) -> Result<Asked, Failure> {
    let mut asked = Asked { purpose: Purpose::Passage, urgency: Urgency::Interactive, deadline };
    for (name, value) in &question.parameters {
        let number = match &value.parameter_choice {
            Some(ParameterChoice::Int64Param(number)) => u64::try_from(*number).ok(),
            Some(ParameterChoice::Uint64Param(number)) => Some(*number),
            _ => None,
        };
        match (name.as_str(), &value.parameter_choice, number) {
            ("priority", _, Some(0 | 1)) => asked.urgency = Urgency::Interactive,
            ("priority", _, Some(_)) => asked.urgency = Urgency::Bulk,
            ("timeout", _, Some(0)) => {}
            ("timeout", _, Some(micros)) => {
                let end = Instant::now().checked_add(Duration::from_micros(micros));
                asked.deadline = end.map_or(deadline, |end| end.min(deadline));
            }
            ("purpose", Some(ParameterChoice::StringParam(word)), _) if word == "query" => {
                asked.purpose = Purpose::Query;
            }
            ("purpose", Some(ParameterChoice::StringParam(word)), _) if word == "passage" => {
                asked.purpose = Purpose::Passage;
            }
            ("priority" | "timeout" | "purpose", _, _) => {
                let field = format!("parameters[{name}]");
                let text = "priority and timeout are whole numbers, purpose is query or passage";
                return Err(Failure::invalid(&field, text));
            }
            // Clients send parameters of their own, as the protocol allows.
            _ => {}
        }
    }
    Ok(asked)
}

fn find(state: &State, name: &str, version: &str) -> Result<ModelInfo, Failure> {
    let unknown = || Failure::Inference(inference::Error::UnknownModel { name: name.to_owned() });
    if !matches!(version, "" | VERSION) {
        return Err(unknown());
    }
    state.engine.models().into_iter().find(|model| model.name == name).ok_or_else(unknown)
}

fn is_ready(model: &ModelInfo) -> bool {
    matches!(model.state, ModelState::Ready)
}
