//! `DecreeService`: the place that answers a question, as the law stood on a day.

use decrees::{DecreeId, SearchRequest, Strategy, VersionId, Which};
use tonic::{Request, Response, Status, Streaming};

use super::documents::lane;
use crate::State;
use crate::call::stream::Messages;
use crate::call::{Answer, Call, Note, Question, unary};
use crate::convert::decrees as to;
use crate::failure::Failure;
use crate::proto;
use crate::proto::decree_service_server::DecreeService;

/// Hits where the caller does not say.
const HITS_DEFAULT: u32 = 10;
/// Hits of one search at most.
const HITS_MAX: u32 = 100;
/// Versions of one page where the caller does not say, and at most.
const VERSIONS_DEFAULT: u32 = 100;
const VERSIONS_MAX: u32 = 1000;
/// Changes of one page where the caller does not say, and at most.
const CHANGES_DEFAULT: u32 = 100;
const CHANGES_MAX: u32 = 1000;
/// Values of one filter of a search at most.
pub(super) const FILTER_VALUES_MAX: usize = 100;
/// Bytes of an answer kept free for what stands beside a text.
pub(super) const ANSWER_BYTES_RESERVED: usize = 256 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) state: State,
}

impl Question for proto::SearchRequest {}
impl Question for proto::GetDecreeRequest {}
impl Question for proto::ListVersionsRequest {}
impl Question for proto::CompareVersionsRequest {}
impl Question for proto::WithdrawDecreeRequest {}
impl Question for proto::GetCorpusRequest {}
impl Answer for proto::GetDecreeResponse {}
impl Answer for proto::ListVersionsResponse {}
impl Answer for proto::CompareVersionsResponse {}
impl Answer for proto::WithdrawDecreeResponse {}
impl Answer for proto::GetCorpusResponse {}
impl Answer for proto::SearchResponse {
    fn provenance(&mut self) -> Option<&mut Option<proto::Provenance>> {
        Some(&mut self.provenance)
    }
}

#[tonic::async_trait]
impl DecreeService for Service {
    async fn search(
        &self,
        request: Request<proto::SearchRequest>,
    ) -> Result<Response<proto::SearchResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.DecreeService/Search", request, search).await
    }

    type AnswerStream = Messages<proto::AnswerResponse>;

    async fn answer(
        &self,
        request: Request<proto::AnswerRequest>,
    ) -> Result<Response<Self::AnswerStream>, Status> {
        super::answer::answer(&self.state, request).await
    }

    async fn get_decree(
        &self,
        request: Request<proto::GetDecreeRequest>,
    ) -> Result<Response<proto::GetDecreeResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.DecreeService/GetDecree", request, get).await
    }

    async fn list_versions(
        &self,
        request: Request<proto::ListVersionsRequest>,
    ) -> Result<Response<proto::ListVersionsResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.DecreeService/ListVersions", request, versions).await
    }

    async fn compare_versions(
        &self,
        request: Request<proto::CompareVersionsRequest>,
    ) -> Result<Response<proto::CompareVersionsResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.DecreeService/CompareVersions", request, compare).await
    }

    type ImportDecreesStream = super::import::Answers;

    async fn import_decrees(
        &self,
        request: Request<Streaming<proto::ImportDecreesRequest>>,
    ) -> Result<Response<Self::ImportDecreesStream>, Status> {
        super::import::import(&self.state, request).await
    }

    async fn withdraw_decree(
        &self,
        request: Request<proto::WithdrawDecreeRequest>,
    ) -> Result<Response<proto::WithdrawDecreeResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.DecreeService/WithdrawDecree", request, withdraw).await
    }

    async fn correct_decree(
        &self,
        request: Request<proto::CorrectDecreeRequest>,
    ) -> Result<Response<proto::CorrectDecreeResponse>, Status> {
        super::correct::correct(&self.state, request).await
    }

    async fn get_corpus(
        &self,
        request: Request<proto::GetCorpusRequest>,
    ) -> Result<Response<proto::GetCorpusResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.DecreeService/GetCorpus", request, corpus).await
    }

    async fn list_citations(
        &self,
        request: Request<proto::ListCitationsRequest>,
    ) -> Result<Response<proto::ListCitationsResponse>, Status> {
        super::citations::list_citations(&self.state, request).await
    }

    async fn list_changes(
        &self,
        request: Request<proto::ListChangesRequest>,
    ) -> Result<Response<proto::ListChangesResponse>, Status> {
        super::citations::list_changes(&self.state, request).await
    }
}

async fn search(
    state: State,
    call: Call,
    request: proto::SearchRequest,
) -> Result<(proto::SearchResponse, Note), Failure> {
    let asked = search_request(&state, &call, request)?;
    let found = state.corpus.search(asked).await.map_err(Failure::Decrees)?;
    let mut note = Note {
        models: found.models,
        corpus_version: found.corpus_version,
        queue_time: found.queue_time,
        compute_time: found.compute_time,
        truncated: found.truncated,
        ..Note::default()
    };
    note.fact("hits", found.hits.len());
    let answer = proto::SearchResponse {
        hits: found.hits.iter().map(to::hit).collect(),
        corpus_version: found.corpus_version,
        provenance: None,
    };
    Ok((answer, note))
}

pub(super) fn search_request(
    state: &State,
    call: &Call,
    request: proto::SearchRequest,
) -> Result<SearchRequest, Failure> {
    if request.query.trim().is_empty() {
        return Err(Failure::invalid("query", "an empty query finds nothing"));
    }
    let allowed = state.limits.query_characters_max;
    let characters = request.query.chars().count();
    if characters > allowed {
        let text = format!("{characters} characters, at most {allowed}");
        return Err(Failure::invalid("query", &text));
    }
    let limit = match request.limit {
        0 => HITS_DEFAULT,
        limit if limit <= HITS_MAX => limit,
        _ => return Err(Failure::invalid("limit", "1 to 100")),
    };
    let filters = [
        ("kinds", &request.kinds),
        ("issuers", &request.issuers),
        ("references", &request.references),
    ];
    for (field, values) in filters {
        let too_long = |value: &String| value.chars().count() > state.limits.value_characters_max;
        if values.len() > FILTER_VALUES_MAX || values.iter().any(too_long) {
            return Err(Failure::invalid(field, "too many values, or one is too long"));
        }
    }
    let strategy = match proto::search_request::Strategy::try_from(request.strategy) {
        Ok(
            proto::search_request::Strategy::Hybrid | proto::search_request::Strategy::Unspecified,
        ) => Strategy::Hybrid,
        Ok(proto::search_request::Strategy::Lexical) => Strategy::Lexical,
        Ok(proto::search_request::Strategy::Dense) => Strategy::Dense,
        Err(_) => return Err(Failure::invalid("strategy", "an unknown value")),
    };
    Ok(SearchRequest {
        as_of: to::day("as_of", request.as_of.as_ref())?,
        query: request.query,
        limit: limit as usize,
        kinds: request.kinds,
        issuers: request.issuers,
        references: request.references,
        strategy,
        include_not_in_force: request.include_not_in_force,
        lane: lane(call, request.urgency),
        deadline: Some(call.deadline),
    })
}

async fn get(
    state: State,
    _call: Call,
    request: proto::GetDecreeRequest,
) -> Result<(proto::GetDecreeResponse, Note), Failure> {
    let id = decree_id(&request.decree_id)?;
    let which = if request.version_id.is_empty() {
        match to::day("as_of", request.as_of.as_ref())? {
            Some(day) => Which::AsOf(day),
            None => Which::Today,
        }
    } else {
        Which::Version(VersionId::new(request.version_id))
    };
    let corpus = state.corpus.clone();
    let (start, end) = (request.start, request.end);
    let found = blocking(move || corpus.decree(&id, &which, start, end)).await?;
    let bytes_max = state.limits.answer_bytes_max.saturating_sub(ANSWER_BYTES_RESERVED);
    let mut text = found.text;
    text.truncate(text.floor_char_boundary(bytes_max));
    let readings = to::readings(&found.version.readings);
    let decree = proto::Decree { text, readings, ..to::version(&found.version) };
    Ok((proto::GetDecreeResponse { decree: Some(decree) }, corpus_note(&state)))
}

async fn versions(
    state: State,
    _call: Call,
    request: proto::ListVersionsRequest,
) -> Result<(proto::ListVersionsResponse, Note), Failure> {
    let id = decree_id(&request.decree_id)?;
    let size = match request.page_size {
        0 => VERSIONS_DEFAULT,
        size if size <= VERSIONS_MAX => size,
        _ => return Err(Failure::invalid("page_size", "1 to 1000")),
    };
    let page =
        state.corpus.versions(&id, size as usize, &request.page_token).map_err(Failure::Decrees)?;
    let answer = proto::ListVersionsResponse {
        versions: page.versions.iter().map(to::version).collect(),
        next_page_token: page.next_page_token,
    };
    Ok((answer, corpus_note(&state)))
}

async fn compare(
    state: State,
    _call: Call,
    request: proto::CompareVersionsRequest,
) -> Result<(proto::CompareVersionsResponse, Note), Failure> {
    let id = decree_id(&request.decree_id)?;
    let [from, to] =
        [("from_version_id", request.from_version_id), ("to_version_id", request.to_version_id)]
            .map(|(field, version)| match version.as_str() {
                "" => Err(Failure::invalid(field, "say which version; ListVersions names them")),
                _ => Ok(VersionId::new(version)),
            });
    let (from, to) = (from?, to?);
    let size = match request.page_size {
        0 => CHANGES_DEFAULT,
        size if size <= CHANGES_MAX => size,
        _ => return Err(Failure::invalid("page_size", "1 to 1000")),
    };
    let bytes_max = state.limits.answer_bytes_max.saturating_sub(ANSWER_BYTES_RESERVED);
    let (corpus, token) = (state.corpus.clone(), request.page_token);
    let comparing = move || corpus.compare(&id, [&from, &to], (size as usize, bytes_max), &token);
    let page = blocking(comparing).await?;
    let mut note = corpus_note(&state);
    note.fact("changes", page.changes.len());
    let change = |change: decrees::Change| proto::Change {
        section: change.section,
        before: change.before,
        after: change.after,
    };
    let answer = proto::CompareVersionsResponse {
        changes: page.changes.into_iter().map(change).collect(),
        next_page_token: page.next_page_token,
    };
    Ok((answer, note))
}

async fn withdraw(
    state: State,
    _call: Call,
    request: proto::WithdrawDecreeRequest,
) -> Result<(proto::WithdrawDecreeResponse, Note), Failure> {
    let id = decree_id(&request.decree_id)?;
    let last_day = to::day("valid_to", request.valid_to.as_ref())?
        .ok_or_else(|| Failure::invalid("valid_to", "say the last day in force"))?;
    let replaced_by = Some(request.replaced_by).filter(|id| !id.is_empty()).map(DecreeId::new);
    let corpus = state.corpus.clone();
    let version = blocking(move || corpus.withdraw(&id, last_day, replaced_by)).await?;
    let note = Note { kind: Some(audit::Kind::Change), ..corpus_note(&state) };
    Ok((proto::WithdrawDecreeResponse { decree: Some(to::version(&version)) }, note))
}

async fn corpus(
    state: State,
    _call: Call,
    _request: proto::GetCorpusRequest,
) -> Result<(proto::GetCorpusResponse, Note), Failure> {
    let stats = state.corpus.stats();
    let answer = proto::GetCorpusResponse {
        corpus_version: stats.corpus_version,
        decrees: stats.decrees,
        versions: stats.versions,
        passages: stats.passages,
        passages_awaiting_embedding: stats.passages_awaiting_embedding,
    };
    Ok((answer, corpus_note(&state)))
}

/// Blocking work on the decrees.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, decrees::Error> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Failure::Panicked)?;
    done.map_err(Failure::Decrees)
}

pub(super) fn decree_id(id: &str) -> Result<DecreeId, Failure> {
    if id.is_empty() {
        return Err(Failure::invalid("decree_id", "say which decree"));
    }
    Ok(DecreeId::new(id))
}

pub(super) fn corpus_note(state: &State) -> Note {
    Note { corpus_version: state.corpus.stats().corpus_version, ..Note::default() }
}
