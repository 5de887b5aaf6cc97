//! Where a decree or a norm is used.

use askama::Template;
use axum::extract::{self, Query};
use axum::response::Response;
use decrees::{Citation, CitationQuery, Cited, Corpus, Day, DecreeId, Error, Passage};
use serde::Deserialize;

use super::corpus::{day, no_such_day};
use super::marks::{Stretch, excerpt};
use super::{Frame, blocking, html, went_wrong};
use crate::State;
use crate::language::Language;
use crate::session::Person;

/// Citations of one page.
const CITATIONS: usize = 30;
/// Text of one page, in bytes.
const BYTES_MAX: usize = 400_000;
/// Characters of a citing passage shown.
const EXCERPT_CHARACTERS: usize = 500;
/// Characters of a reference read.
const REFERENCE_CHARACTERS_MAX: usize = 200;

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    id: String,
    #[serde(default)]
    reference: String,
    #[serde(default)]
    as_of: String,
    #[serde(default)]
    page: String,
}

#[derive(Template)]
#[template(path = "uses.html")]
struct Page {
    frame: Frame,
    id: String,
    reference: String,
    /// Of the decree.
    title: String,
    as_of: String,
    problem: Option<&'static str>,
    uses: Vec<Use>,
    next: String,
    searched: bool,
}

/// A passage that cites.
pub(super) struct Use {
    pub(super) passage: Passage,
    pub(super) stretches: Vec<Stretch>,
    /// The passage is the norm itself.
    pub(super) is_cited: bool,
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Query(asked): Query<Asked>,
) -> Response {
    let today = state.corpus.today();
    let chosen = day(&asked.as_of, today);
    let reference: String = asked.reference.trim().chars().take(REFERENCE_CHARACTERS_MAX).collect();
    let mut page = Page {
        frame: Frame::new(&state, Some(person.clone()), language, "corpus"),
        as_of: chosen.unwrap_or(today).to_string(),
        title: String::new(),
        problem: None,
        uses: Vec::new(),
        next: String::new(),
        searched: false,
        id: asked.id,
        reference,
    };
    let Some(day) = chosen else {
        page.problem = Some(no_such_day(language));
        return html(&page);
    };
    let cited = match (page.id.as_str(), page.reference.as_str()) {
        ("", "") => return html(&page),
        ("", reference) => Cited::Norm(reference.to_owned()),
        (id, _) => Cited::Decree(DecreeId::new(id)),
    };
    let corpus = state.corpus.clone();
    let query = query(cited, day, CITATIONS, asked.page);
    let looking = blocking(move || {
        let found = corpus.citations(&query)?;
        let title = match &query.cited {
            Cited::Decree(id) => title(&corpus, id)?,
            Cited::Norm(_) => String::new(),
        };
        Ok((found, title))
    });
    match looking.await {
        Ok((found, title)) => {
            page.uses = found.citations.into_iter().map(shown).collect();
            page.next = found.next_page_token;
            page.title = title;
            page.searched = true;
        }
        Err(Error::UnreadableReference { .. }) => {
            page.problem = Some(language.pick(
                "Das ist keine Norm. Ein Beispiel: § 16b AufenthG",
                "This is no norm. An example: § 16b AufenthG",
            ));
        }
        Err(Error::UnknownDecree { .. } | Error::PageToken) => {
            page.problem = Some(language.pick(
                "Diesen Erlass oder diese Seite gibt es nicht.",
                "There is no such decree or page.",
            ));
        }
        Err(error) => return went_wrong(state, person, language, &error).await,
    }
    html(&page)
}

/// The question for citations of a decree or a norm.
pub(super) fn query(cited: Cited, day: Day, page_size: usize, page_token: String) -> CitationQuery {
    CitationQuery {
        cited,
        as_of: Some(day),
        include_not_in_force: false,
        page_size,
        bytes_max: BYTES_MAX,
        page_token,
    }
}

pub(super) fn shown(citation: Citation) -> Use {
    Use {
        stretches: excerpt(&citation.passage.text, &citation.places, EXCERPT_CHARACTERS),
        is_cited: citation.is_cited,
        passage: citation.passage,
    }
}

/// The title of a decree's newest version.
fn title(corpus: &Corpus, id: &DecreeId) -> Result<String, Error> {
    let newest = corpus.versions(id, 1, "")?.versions.into_iter().next();
    Ok(newest.map(|version| version.title).unwrap_or_default())
}
