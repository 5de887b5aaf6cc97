//! Signing in with a one-time word, signing out, and the language of the pages.

use askama::Template;
use audit::{Entry, Kind};
use axum::Form;
use axum::extract::{self, Query};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, html};
use crate::State;
use crate::language::{Language, language};
use crate::session::{COOKIE_NAME, Denied, Person};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    frame: Frame,
    word: String,
    problem: Option<&'static str>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Word {
    #[serde(default)]
    word: String,
}

/// The form, filled in by the link that was printed. Opening the link alone signs nobody in, so that a
/// preview of it by another program does not use it up.
pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    language: Language,
    Query(word): Query<Word>,
) -> Response {
    let frame = Frame::new(&state, None, language, "");
    html(&Page { frame, word: word.word, problem: None })
}

pub(crate) async fn submit(
    extract::State(state): extract::State<State>,
    language: Language,
    Form(given): Form<Word>,
) -> Response {
    let opened = state.sessions.open(given.word.trim(), (state.clock)());
    let (name, outcome) = match &opened {
        Ok((_, person)) => (person.name.clone(), "OK"),
        Err(Denied::WrongWord) => (String::new(), "UNAUTHENTICATED"),
        Err(Denied::TooMany) => (String::new(), "RESOURCE_EXHAUSTED"),
        Err(Denied::NoRandomness) => (String::new(), "INTERNAL"),
    };
    // Refusals over the limit are not recorded one by one: guessing must not fill the log.
    if !matches!(opened, Err(Denied::TooMany)) && !record(&state, name, "sign-in", outcome).await {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match opened {
        Ok((cookie, _)) => {
            let cookie =
                format!("{COOKIE_NAME}={cookie}; Path=/; Secure; HttpOnly; SameSite=Strict");
            (AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to("/")).into_response()
        }
        Err(denied) => {
            let problem = match denied {
                Denied::WrongWord => language.pick(
                    "Dieses Anmeldewort gilt nicht oder nicht mehr. Ein neues gibt die Administration \
                     mit „amtshilfe sign-in“ aus.",
                    "This sign-in word is not valid or no longer. The administration issues a new one \
                     with “amtshilfe sign-in”.",
                ),
                Denied::TooMany => language.pick(
                    "Zu viele Versuche. Bitte warten Sie eine Minute.",
                    "Too many attempts. Please wait a minute.",
                ),
                Denied::NoRandomness => language.pick(
                    "Die Anmeldung ist gerade nicht möglich.",
                    "Signing in is not possible at present.",
                ),
            };
            let frame = Frame::new(&state, None, language, "");
            let page = Page { frame, word: String::new(), problem: Some(problem) };
            (StatusCode::FORBIDDEN, html(&page)).into_response()
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Leave {
    form_word: String,
}

pub(crate) async fn leave(
    extract::State(state): extract::State<State>,
    person: Person,
    Form(form): Form<Leave>,
) -> Response {
    if !person.sent(&form.form_word) {
        return StatusCode::FORBIDDEN.into_response();
    }
    state.sessions.close(&person);
    if !record(&state, person.name, "sign-out", "OK").await {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let gone = format!("{COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    (AppendHeaders([(SET_COOKIE, gone)]), Redirect::to("/sign-in")).into_response()
}

#[derive(Debug, Deserialize)]
pub(crate) struct Chosen {
    to: String,
    #[serde(default)]
    back: String,
}

/// Remembers the language in a cookie and goes back to the page it was chosen on.
pub(crate) async fn language_choice(Form(chosen): Form<Chosen>) -> Response {
    let tag = language(&chosen.to).tag();
    let cookie = format!("language={tag}; Path=/; Secure; SameSite=Lax; Max-Age=31536000");
    // Only a path of this console: another host must not be the target.
    let local = chosen.back.starts_with('/')
        && !chosen.back.starts_with("//")
        && chosen.back.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let back = if local { chosen.back.as_str() } else { "/" };
    (AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to(back)).into_response()
}

pub(super) async fn record(state: &State, name: String, what: &str, outcome: &str) -> bool {
    let entry = Entry {
        kind: Kind::Change,
        department: name,
        method: format!("console/{what}"),
        outcome: outcome.to_owned(),
        ..Entry::default()
    };
    let recorded = state.log.commit(entry, ()).await;
    if let Err(error) = &recorded {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "failed to record an act of the console"
        );
    }
    recorded.is_ok()
}
