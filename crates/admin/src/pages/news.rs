//! What is new since a day.

use askama::Template;
use axum::extract::{self, Query};
use axum::response::Response;
use decrees::{Error, Event, Kind, News, NewsQuery};
use serde::Deserialize;

use super::corpus::{day, no_such_day};
use super::{Frame, blocking, html, went_wrong};
use crate::State;
use crate::language::Language;
use crate::session::Person;

/// News of one page.
const NEWS: usize = 50;
/// Days back where none is asked for.
const DAYS_BACK: usize = 30;

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    since: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    page: String,
}

#[derive(Template)]
#[template(path = "news.html")]
struct Page {
    frame: Frame,
    since: String,
    until: String,
    kind: String,
    problem: Option<&'static str>,
    news: Vec<News>,
    next: String,
}

impl Page {
    fn event(&self, news: &News) -> &'static str {
        match news.event {
            Event::Added => self.frame.t("neu", "new"),
            Event::NewVersion => self.frame.t("neue Fassung", "new version"),
            Event::Ended => self.frame.t("nicht mehr in Kraft", "no longer in force"),
        }
    }

    fn kinds(&self) -> [(&'static str, &'static str); 5] {
        Kind::ALL.map(|kind| (kind.as_str(), kind_name(&self.frame, kind)))
    }
}

/// What people call a kind.
pub(super) fn kind_name(frame: &Frame, kind: Kind) -> &'static str {
    match kind {
        Kind::Decree => frame.t("Erlass", "decree"),
        Kind::AdministrativeRegulation => {
            frame.t("Verwaltungsvorschrift", "administrative regulation")
        }
        Kind::Law => frame.t("Gesetz", "law"),
        Kind::Ordinance => frame.t("Verordnung", "ordinance"),
        Kind::Guidance => frame.t("Hinweise", "guidance"),
    }
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Query(asked): Query<Asked>,
) -> Response {
    let today = state.corpus.today();
    let month_ago = (0..DAYS_BACK).fold(today, |day, _| day.before());
    let (since, until) = (day(&asked.since, month_ago), day(&asked.until, today));
    let mut page = Page {
        frame: Frame::new(&state, Some(person.clone()), language, "corpus"),
        since: since.unwrap_or(month_ago).to_string(),
        until: until.unwrap_or(today).to_string(),
        problem: None,
        news: Vec::new(),
        next: String::new(),
        kind: asked.kind,
    };
    let Some((since, until)) = since.zip(until) else {
        page.problem = Some(no_such_day(language));
        return html(&page);
    };
    let query = NewsQuery {
        since,
        until,
        kinds: Kind::parse(&page.kind).into_iter().collect(),
        page_size: NEWS,
        page_token: asked.page,
    };
    let corpus = state.corpus.clone();
    match blocking(move || corpus.news(&query)).await {
        Ok(found) => {
            page.news = found.news;
            page.next = found.next_page_token;
        }
        Err(Error::PageToken) => {
            page.problem =
                Some(language.pick("Diese Seite gibt es nicht.", "There is no such page."));
        }
        Err(error) => return went_wrong(state, person, language, &error).await,
    }
    html(&page)
}
