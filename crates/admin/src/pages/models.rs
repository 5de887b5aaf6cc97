//! Models with their digests, and the switch that takes inference out of service.

use access::Role;
use askama::Template;
use axum::extract::{self, Form};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use decrees::{CorpusStats, Embedders};
use inference::{ModelInfo, ModelState};
use serde::Deserialize;

use super::sign_in::record;
use super::{Frame, failed, html, refuse};
use crate::State;
use crate::language::Language;
use crate::session::Person;

#[derive(Template)]
#[template(path = "models.html")]
struct Page {
    frame: Frame,
    models: Vec<ModelInfo>,
    embedders: Embedders,
    stats: CorpusStats,
    rules_digest: String,
    out_of_service: bool,
    may_switch: bool,
}

impl Page {
    fn state(&self, model: &ModelInfo) -> &'static str {
        match model.state {
            ModelState::Ready => self.frame.t("bereit", "ready"),
            ModelState::Failing => self.frame.t("gestört", "failing"),
        }
    }
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
) -> Response {
    let may_switch = person.may(Role::Administrator);
    html(&Page {
        frame: Frame::new(&state, Some(person), language, "models"),
        out_of_service: state.engine.is_out_of_service(),
        may_switch,
        models: state.engine.models(),
        embedders: state.corpus.embedders(),
        stats: state.corpus.stats(),
        rules_digest: state.documents.load().knowledge().digest().to_owned(),
    })
}

#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    form_word: String,
    /// "stop" or "resume".
    to: String,
}

/// The stop works before it is recorded, because nothing may delay it; the way back is recorded first.
pub(crate) async fn switch(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Form(order): Form<Order>,
) -> Response {
    if !person.sent(&order.form_word) {
        return StatusCode::FORBIDDEN.into_response();
    }
    if !person.may(Role::Administrator) {
        return refuse(&state, person, language);
    }
    let name = person.name.clone();
    let done = match order.to.as_str() {
        "stop" => {
            let kept = state.switch.stop();
            record(&state, name, "stop-inference", "OK").await && told(kept)
        }
        "resume" => {
            record(&state, name, "resume-inference", "OK").await && told(state.switch.resume())
        }
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    if done { Redirect::to("/models").into_response() } else { failed(&state, person, language) }
}

fn told(done: std::io::Result<()>) -> bool {
    if let Err(error) = &done {
        tracing::error!(%error, "an order of the console could not be kept");
    }
    done.is_ok()
}
