//! The office's own classes: a list, a form for samples, a trial before one is switched on.

use access::Role;
use askama::Template;
use axum::extract::{self, Form, Path, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use documents::own::{Action, Preview, Reason, State as Standing};
use serde::Deserialize;

use super::{Frame, failed, html, local_time, refuse};
use crate::State;
use crate::classes::{Act, Failure, Listed};
use crate::language::Language;
use crate::session::Person;

mod upload;
mod words;

#[derive(Template)]
#[template(path = "classes.html")]
struct Page {
    frame: Frame,
    rows: Vec<Listed>,
    problem: Option<String>,
    may_change: bool,
}

impl Page {
    fn standing(&self, row: &Listed) -> String {
        words::standing(self.frame.language, &row.history)
    }
}

#[derive(Template)]
#[template(path = "class.html")]
struct Trial {
    frame: Frame,
    row: Listed,
    version: u32,
    preview: Option<Preview>,
    problem: Option<String>,
    may_change: bool,
}

impl Trial {
    fn standing(&self) -> String {
        words::standing(self.frame.language, &self.row.history)
    }

    fn is_live(&self) -> bool {
        self.row.history.state() == Standing::Live { version: self.version }
    }

    /// Whether this is a version that was in force before the present one.
    fn is_earlier(&self) -> bool {
        let mut changes = self.row.history.changes().iter();
        changes.any(|change| change.version == self.version && change.action != Action::Save)
    }

    fn action(&self, action: Action) -> &'static str {
        words::action(self.frame.language, action)
    }

    fn reason(&self, reason: Reason) -> &'static str {
        words::reason(self.frame.language, reason)
    }

    fn reasons(&self) -> [Reason; 5] {
        Reason::ALL
    }

    fn at(&self, seconds: &u64) -> String {
        local_time(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(*seconds))
    }
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
) -> Response {
    list(&state, person, language, None)
}

fn list(state: &State, person: Person, language: Language, problem: Option<String>) -> Response {
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    match state.classes.list() {
        Ok(rows) => {
            let may_change = person.may(Role::Administrator);
            let frame = Frame::new(state, Some(person), language, "classes");
            (status, html(&Page { frame, rows, problem, may_change })).into_response()
        }
        Err(error) => {
            told(&error);
            failed(state, person, language)
        }
    }
}

/// Saves a version from the form with its files.
pub(crate) async fn add(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    request: Request,
) -> Response {
    if !person.may(Role::Administrator) {
        return refuse(&state, person, language);
    }
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_owned();
    let given = match upload::read(&kind, request.into_body()).await {
        Ok(given) => given,
        Err(problem) => {
            let text = problem.text(language).to_owned();
            return list(&state, person, language, Some(text));
        }
    };
    if !person.sent(&given.form_word) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(reason) = Reason::of(&given.reason) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let id = given.definition.id.clone();
    let act = Act { by: person.name.clone(), reason, note: given.note };
    match state.classes.add(given.definition, given.files, act).await {
        Ok(version) => Redirect::to(&format!("/classes/{id}/{version}")).into_response(),
        Err(error) => {
            told(&error);
            list(&state, person, language, Some(words::failure(language, &error)))
        }
    }
}

/// Tries a version.
pub(crate) async fn preview(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Path((id, version)): Path<(String, u32)>,
) -> Response {
    trial(&state, person, language, (id, version, None)).await
}

async fn trial(
    state: &State,
    person: Person,
    language: Language,
    (id, version, problem): (String, u32, Option<String>),
) -> Response {
    let rows = match state.classes.list() {
        Ok(rows) => rows,
        Err(error) => {
            told(&error);
            return failed(state, person, language);
        }
    };
    let Some(row) = rows.into_iter().find(|row| row.definition.id == id) else {
        return super::not_found(extract::State(state.clone()), language).await;
    };
    let (preview, problem) = match state.classes.preview(id, version).await {
        Ok(preview) => (Some(preview), problem),
        Err(error) => {
            told(&error);
            (None, Some(problem.unwrap_or_else(|| words::failure(language, &error))))
        }
    };
    let may_change = person.may(Role::Administrator);
    let frame = Frame::new(state, Some(person), language, "classes");
    html(&Trial { frame, row, version, preview, problem, may_change })
}

#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    form_word: String,
    /// As [`Action::as_str`] spells it.
    to: String,
    version: u32,
    reason: String,
    #[serde(default)]
    note: String,
}

/// Puts a version in force or takes it out.
pub(crate) async fn change(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Path(id): Path<String>,
    Form(order): Form<Order>,
) -> Response {
    if !person.sent(&order.form_word) {
        return StatusCode::FORBIDDEN.into_response();
    }
    if !person.may(Role::Administrator) {
        return refuse(&state, person, language);
    }
    let switches = [Action::Enable, Action::Disable, Action::RollBack];
    let action = switches.into_iter().find(|action| action.as_str() == order.to);
    let (Some(action), Some(reason)) = (action, Reason::of(&order.reason)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let act = Act { by: person.name.clone(), reason, note: order.note };
    match state.classes.change(id.clone(), action, order.version, act).await {
        Ok(()) => Redirect::to("/classes").into_response(),
        Err(error) => {
            told(&error);
            let problem = Some(words::failure(language, &error));
            trial(&state, person, language, (id, order.version, problem)).await
        }
    }
}

fn told(error: &Failure) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "a class of the office's own was not changed"
    );
}
