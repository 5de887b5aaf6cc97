//! Models with their digests.

use askama::Template;
use axum::extract;
use axum::response::Response;
use inference::{ModelInfo, ModelState};

use super::{Frame, html};
use crate::State;
use crate::language::Language;
use crate::session::Person;

#[derive(Template)]
#[template(path = "models.html")]
struct Page {
    frame: Frame,
    models: Vec<ModelInfo>,
    rules_digest: String,
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
    html(&Page {
        frame: Frame::new(&state, Some(person), language, "models"),
        models: state.engine.models(),
        rules_digest: state.documents.knowledge().digest().to_owned(),
    })
}
