//! The pages, one file each, and what they share: the frame, who may look, and how a page is answered.

pub(crate) mod audit;
pub(crate) mod classes;
pub(crate) mod compare;
pub(crate) mod corpus;
pub(crate) mod decree;
pub(crate) mod departments;
pub(crate) mod load;
mod marks;
pub(crate) mod metadata;
pub(crate) mod models;
pub(crate) mod news;
pub(crate) mod oversight;
pub(crate) mod sign_in;
pub(crate) mod uses;
pub(crate) mod watched;

use ::audit::{Entry, Kind};
use access::Role;
use askama::Template;
use axum::extract;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use chrono::{DateTime, Utc};

use crate::State;
use crate::language::Language;
use crate::session::Person;

/// What every page shows around its own part.
pub(crate) struct Frame {
    pub(crate) language: Language,
    pub(crate) person: Option<Person>,
    pub(crate) version: &'static str,
    /// Which entry of the navigation is the present one.
    pub(crate) here: &'static str,
}

impl Frame {
    pub(crate) fn new(
        state: &State,
        person: Option<Person>,
        language: Language,
        here: &'static str,
    ) -> Frame {
        Frame { language, person, version: state.version, here }
    }

    /// The wording in the language of the page.
    pub(crate) fn t(&self, german: &'static str, english: &'static str) -> &'static str {
        self.language.pick(german, english)
    }

    pub(crate) fn may_audit(&self) -> bool {
        self.person.as_ref().is_some_and(|person| person.may(Role::Auditor))
    }

    pub(crate) fn may_oversee(&self) -> bool {
        self.person
            .as_ref()
            .is_some_and(|person| person.may(Role::Auditor) || person.may(Role::Administrator))
    }

    pub(crate) fn form_word(&self) -> &str {
        self.person.as_ref().map_or("", |person| person.form_word.as_str())
    }
}

/// A page that says what went wrong and where to go on.
#[derive(Template)]
#[template(path = "message.html")]
struct Message {
    frame: Frame,
    title: &'static str,
    text: &'static str,
}

pub(crate) fn html(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "failed to render a page");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Pages of the console are for administrators and auditors; the log is for auditors alone.
pub(crate) fn refuse(state: &State, person: Person, language: Language) -> Response {
    let frame = Frame::new(state, Some(person), language, "");
    let title = frame.t("Kein Zugriff", "No access");
    let text = frame.t(
        "Diese Seite ist für Ihre Anmeldung nicht freigegeben.",
        "This page is not open to your sign-in.",
    );
    (StatusCode::FORBIDDEN, html(&Message { frame, title, text })).into_response()
}

/// Shows a page made from the audit log once the look at it is recorded: who looked stands in the log.
pub(crate) async fn looked(
    state: &State,
    person: Person,
    language: Language,
    method: &str,
    page: impl Template,
) -> Response {
    let entry = Entry {
        kind: Kind::Call,
        department: person.name.clone(),
        method: method.to_owned(),
        outcome: "OK".to_owned(),
        ..Entry::default()
    };
    match state.log.commit(entry, page).await {
        Ok(recorded) => html(&recorded.into_inner()),
        Err(_) => failed(state, person, language),
    }
}

pub(crate) fn failed(state: &State, person: Person, language: Language) -> Response {
    let frame = Frame::new(state, Some(person), language, "");
    let title = frame.t("Das hat nicht geklappt", "That did not work");
    let text = frame.t(
        "Ein innerer Fehler ist aufgetreten. Die Ursache steht im Systemprotokoll.",
        "Something failed inside the appliance. Its system log has the cause.",
    );
    (StatusCode::INTERNAL_SERVER_ERROR, html(&Message { frame, title, text })).into_response()
}

/// Blocking work on the decrees; a panic in it is an error like any other.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, decrees::Error> + Send + 'static,
) -> Result<T, decrees::Error> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(decrees::Error::SearchEnded))
}

/// The page for decrees, versions or pages that there are not, or for what has failed inside.
pub(crate) async fn went_wrong(
    state: State,
    person: Person,
    language: Language,
    error: &decrees::Error,
) -> Response {
    use decrees::Error::{NotInForce, PageToken, UnknownDecree, UnknownVersion};
    let missing = matches!(
        error,
        UnknownDecree { .. } | UnknownVersion { .. } | NotInForce { .. } | PageToken
    );
    if missing {
        return not_found(extract::State(state), language).await;
    }
    tracing::error!(error = error as &dyn std::error::Error, "failed to make a page of decrees");
    failed(&state, person, language)
}

pub(crate) async fn not_found(
    extract::State(state): extract::State<State>,
    language: Language,
) -> Response {
    let frame = Frame::new(&state, None, language, "");
    let title = frame.t("Diese Seite gibt es nicht", "There is no such page");
    let text = frame.t("Zurück geht es über die Übersicht.", "The overview leads back.");
    (StatusCode::NOT_FOUND, html(&Message { frame, title, text })).into_response()
}

pub(crate) async fn metrics(extract::State(state): extract::State<State>) -> Response {
    let kind = (CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    ([kind], (state.metrics)()).into_response()
}

pub(crate) async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("../assets/console.css"))
}

pub(crate) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../assets/console.js"))
}

pub(crate) async fn icon() -> Response {
    asset("image/svg+xml", include_str!("../assets/icon.svg"))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "max-age=3600")], text).into_response()
}

/// A moment as an office reads it: Berlin time, to the second.
pub(crate) fn local_time(at: std::time::SystemTime) -> String {
    let berlin = DateTime::<Utc>::from(at).with_timezone(&chrono_tz::Europe::Berlin);
    berlin.format("%d.%m.%Y %H:%M:%S").to_string()
}

/// The beginning of a digest, enough to compare by eye.
pub(crate) fn short(digest: &str) -> &str {
    digest.get(..16).unwrap_or(digest)
}
