//! Where decrees and norms are used, what is new, and what stands behind a checklist.

use access::Mode;
use decrees::{CitationQuery, Cited, Event, Kind, NewsQuery};
use tonic::{Request, Response, Status};

use super::decrees::{ANSWER_BYTES_RESERVED, FILTER_VALUES_MAX, blocking, decree_id};
use crate::State;
use crate::call::{Answer, Call, Note, Question, unary};
use crate::convert::decrees as to;
use crate::failure::Failure;
use crate::proto;
use proto::list_citations_request::Cited as Asked;

/// Citations of one page where the caller does not say, and at most.
const CITATIONS_DEFAULT: u32 = 50;
const CITATIONS_MAX: u32 = 500;
/// Changes of one page where the caller does not say, and at most.
const CHANGES_DEFAULT: u32 = 100;
const CHANGES_MAX: u32 = 1000;
/// Bytes that a citation takes beside its text.
const CITATION_BYTES: usize = 1024;

impl Question for proto::ListCitationsRequest {}
impl Question for proto::ListChangesRequest {}
impl Answer for proto::ListCitationsResponse {}
impl Answer for proto::ListChangesResponse {}

pub(super) async fn list_citations(
    state: &State,
    request: Request<proto::ListCitationsRequest>,
) -> Result<Response<proto::ListCitationsResponse>, Status> {
    unary(state, "amtshilfe.v1.DecreeService/ListCitations", request, citations).await
}

pub(super) async fn list_changes(
    state: &State,
    request: Request<proto::ListChangesRequest>,
) -> Result<Response<proto::ListChangesResponse>, Status> {
    unary(state, "amtshilfe.v1.DecreeService/ListChanges", request, changes).await
}

async fn citations(
    state: State,
    _call: Call,
    request: proto::ListCitationsRequest,
) -> Result<(proto::ListCitationsResponse, Note), Failure> {
    let cited = match request.cited {
        Some(Asked::DecreeId(id)) => Cited::Decree(decree_id(&id)?),
        Some(Asked::Reference(reference)) => {
            if reference.chars().count() > state.limits.value_characters_max {
                return Err(Failure::invalid("reference", "too long"));
            }
            Cited::Norm(reference)
        }
        None => return Err(Failure::invalid("cited", "say which decree or which norm")),
    };
    let page_size = match request.page_size {
        0 => CITATIONS_DEFAULT,
        size if size <= CITATIONS_MAX => size,
        _ => return Err(Failure::invalid("page_size", "1 to 500")),
    };
    let bytes_max = state.limits.answer_bytes_max.saturating_sub(ANSWER_BYTES_RESERVED);
    let beside = page_size as usize * CITATION_BYTES;
    let query = CitationQuery {
        cited,
        as_of: to::day("as_of", request.as_of.as_ref())?,
        include_not_in_force: request.include_not_in_force,
        page_size: page_size as usize,
        bytes_max: bytes_max.saturating_sub(beside),
        page_token: request.page_token,
    };
    let corpus = state.corpus.clone();
    let page = blocking(move || corpus.citations(&query)).await?;
    let mut note = Note { corpus_version: page.corpus_version, ..Note::default() };
    note.fact("hits", page.citations.len());
    let answer = proto::ListCitationsResponse {
        citations: page.citations.iter().map(to::citation).collect(),
        next_page_token: page.next_page_token,
        corpus_version: page.corpus_version,
    };
    Ok((answer, note))
}

async fn changes(
    state: State,
    _call: Call,
    request: proto::ListChangesRequest,
) -> Result<(proto::ListChangesResponse, Note), Failure> {
    let since = to::day("since", request.since.as_ref())?
        .ok_or_else(|| Failure::invalid("since", "say the first day"))?;
    let until = to::day("until", request.until.as_ref())?.unwrap_or_else(|| state.corpus.today());
    if request.kinds.len() > FILTER_VALUES_MAX {
        return Err(Failure::invalid("kinds", "too many values"));
    }
    let kind = |name: &String| {
        Kind::parse(name).ok_or_else(|| Failure::invalid("kinds", "there is no such kind"))
    };
    let page_size = match request.page_size {
        0 => CHANGES_DEFAULT,
        size if size <= CHANGES_MAX => size,
        _ => return Err(Failure::invalid("page_size", "1 to 1000")),
    };
    let query = NewsQuery {
        since,
        until,
        kinds: request.kinds.iter().map(kind).collect::<Result<_, _>>()?,
        page_size: page_size as usize,
        page_token: request.page_token,
    };
    let corpus = state.corpus.clone();
    let page = blocking(move || corpus.news(&query)).await?;
    let mut note = Note { corpus_version: page.corpus_version, ..Note::default() };
    note.fact("changes", page.news.len());
    let answer = proto::ListChangesResponse {
        changes: page.news.iter().map(change).collect(),
        next_page_token: page.next_page_token,
        corpus_version: page.corpus_version,
    };
    Ok((answer, note))
}

fn change(news: &decrees::News) -> proto::DecreeChange {
    let event = match news.event {
        Event::Added => proto::decree_change::Event::Added,
        Event::NewVersion => proto::decree_change::Event::NewVersion,
        Event::Ended => proto::decree_change::Event::Ended,
    };
    let superseded_by = news.version.superseded_by.as_ref();
    proto::DecreeChange {
        event: event.into(),
        day: Some(to::date(news.day)),
        decree: Some(to::version(&news.version)),
        previous_version_id: news.previous.as_ref().map(ToString::to_string).unwrap_or_default(),
        superseded_by: superseded_by.map(ToString::to_string).unwrap_or_default(),
    }
}

/// Fills in what each item of a checklist rests on. Applicants, and whoever does not say that he
/// works for the office, get the norms: decrees may be for the office alone.
pub(super) async fn fill_sources(
    state: &State,
    mode: Option<Mode>,
    checklists: Vec<&mut proto::ChecklistItem>,
) -> Result<(), Failure> {
    let kinds: &[Kind] = match mode {
        Some(Mode::Office) => &Kind::ALL,
        Some(Mode::Applicant) | None => &[Kind::Law, Kind::Ordinance],
    };
    let mut lists: Vec<String> = checklists.iter().map(|item| item.legal_basis.clone()).collect();
    lists.sort_unstable();
    lists.dedup();
    let corpus = state.corpus.clone();
    let looking = blocking(move || {
        let asked: Vec<&str> = lists.iter().map(String::as_str).collect();
        let found = corpus.behind(&asked, kinds)?;
        Ok(lists.into_iter().zip(found).collect())
    });
    let sources: std::collections::HashMap<String, Vec<decrees::Passage>> = looking.await?;
    for item in checklists {
        let found = sources.get(&item.legal_basis).into_iter().flatten();
        item.sources = found.map(to::passage).collect();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::change;
    use crate::proto;
    use decrees::{Day, DecreeId, DecreeVersion, Event, Kind, News, VersionId};

    #[test]
    fn news_keep_day_event_and_successors() {
        let version = DecreeVersion {
            decree_id: DecreeId::new("d"),
            version_id: VersionId::new("v2"),
            title: "Erlass".into(),
            kind: Kind::Decree,
            issuer: String::new(),
            file_number: String::new(),
            issued_on: None,
            valid_from: Day::new(2024, 1, 1),
            valid_to: Day::new(2025, 12, 31),
            stated_valid_to: None,
            ever_in_force: true,
            readings: vec![],
            corrected: vec![],
            replaces: vec![],
            superseded_by: Some(DecreeId::new("e")),
            source_sha256: String::new(),
            text_characters: 0,
        };
        let day = Day::new(2026, 1, 1).unwrap();
        let ended = News { event: Event::Ended, day, version, previous: None };
        let sent = change(&ended);
        assert_eq!(sent.event(), proto::decree_change::Event::Ended);
        assert_eq!(sent.day, Some(proto::Date { year: 2026, month: 1, day: 1 }));
        assert_eq!((sent.superseded_by.as_str(), sent.previous_version_id.as_str()), ("e", ""));
        let previous = Some(VersionId::new("v1"));
        let sent = change(&News { event: Event::NewVersion, previous, ..ended });
        assert_eq!(sent.event(), proto::decree_change::Event::NewVersion);
        assert_eq!(sent.previous_version_id, "v1");
        assert_eq!(sent.decree.unwrap().version_id, "v2");
    }
}
