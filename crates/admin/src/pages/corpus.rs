//! The decrees: how many there are, a search as of a day, and a reader.

use askama::Template;
use axum::extract::{self, Query};
use axum::response::Response;
use decrees::{CorpusStats, Day, DecreeId, DecreeVersion, Hit, SearchRequest, Strategy, Which};
use serde::Deserialize;

use super::{Frame, failed, html, not_found};
use crate::State;
use crate::language::Language;
use crate::session::Person;

/// Hits shown.
const HITS: usize = 20;
/// Characters of a query read.
const QUERY_CHARACTERS_MAX: usize = 1000;
/// Characters of a decree on one page of the reader.
const READER_CHARACTERS: u32 = 20_000;
/// Versions shown in the reader.
const VERSIONS: usize = 100;

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    as_of: String,
}

#[derive(Template)]
#[template(path = "corpus.html")]
struct Page {
    frame: Frame,
    stats: CorpusStats,
    query: String,
    as_of: String,
    problem: Option<&'static str>,
    hits: Vec<Hit>,
    searched: bool,
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Query(asked): Query<Asked>,
) -> Response {
    let query: String = asked.q.trim().chars().take(QUERY_CHARACTERS_MAX).collect();
    let today = state.corpus.today();
    let day = if asked.as_of.is_empty() { Some(today) } else { Day::parse_iso(&asked.as_of) };
    let mut page = Page {
        frame: Frame::new(&state, Some(person.clone()), language, "corpus"),
        stats: state.corpus.stats(),
        as_of: day.unwrap_or(today).to_string(),
        problem: None,
        hits: Vec::new(),
        searched: false,
        query,
    };
    let Some(day) = day else {
        page.problem = Some(language.pick("Diesen Tag gibt es nicht.", "There is no such day."));
        return html(&page);
    };
    if page.query.is_empty() {
        return html(&page);
    }
    let request = SearchRequest {
        query: page.query.clone(),
        limit: HITS,
        as_of: Some(day),
        kinds: Vec::new(),
        issuers: Vec::new(),
        references: Vec::new(),
        strategy: Strategy::Hybrid,
        include_not_in_force: false,
        lane: inference::Lane::interactive("console"),
        deadline: None,
    };
    match state.corpus.search(request).await {
        Ok(answer) => {
            page.hits = answer.hits;
            page.searched = true;
            html(&page)
        }
        Err(decrees::Error::EmptyQuery) => {
            page.searched = true;
            html(&page)
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "failed to search");
            failed(&state, person, language)
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    id: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    from: u32,
}

#[derive(Template)]
#[template(path = "decree.html")]
struct Reader {
    frame: Frame,
    version: DecreeVersion,
    versions: Vec<DecreeVersion>,
    text: String,
    from: u32,
    before: Option<u32>,
    after: Option<u32>,
}

pub(crate) async fn decree(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Query(wanted): Query<Wanted>,
) -> Response {
    let id = DecreeId::new(wanted.id);
    let which = if wanted.version.is_empty() {
        Which::Today
    } else {
        Which::Version(decrees::VersionId::new(wanted.version))
    };
    let corpus = state.corpus.clone();
    let (from, to) = (wanted.from, wanted.from.saturating_add(READER_CHARACTERS));
    let read = tokio::task::spawn_blocking(move || {
        let found = corpus.decree(&id, &which, from, to)?;
        let versions = corpus.versions(&id, VERSIONS, "")?.versions;
        Ok::<_, decrees::Error>((found, versions))
    });
    match read.await {
        Ok(Ok((found, versions))) => html(&Reader {
            frame: Frame::new(&state, Some(person), language, "corpus"),
            before: (from > 0).then(|| from.saturating_sub(READER_CHARACTERS)),
            after: Some(to).filter(|to| *to < found.version.text_characters),
            version: found.version,
            text: found.text,
            versions,
            from,
        }),
        Ok(Err(error)) => {
            tracing::debug!(error = &error as &dyn std::error::Error, "failed to show a decree");
            not_found(extract::State(state), language).await
        }
        Err(_) => failed(&state, person, language),
    }
}
