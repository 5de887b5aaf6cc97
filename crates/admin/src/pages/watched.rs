//! What became of the files of the watched folder.

use askama::Template;
use axum::extract;
use axum::response::Response;

use super::{Frame, html, local_time};
use crate::State;
use crate::language::Language;
use crate::session::Person;
use crate::watched::WatchedFolder;

#[derive(Template)]
#[template(path = "watched.html")]
struct Page {
    frame: Frame,
    folder: Option<WatchedFolder>,
}

impl Page {
    fn at(&self, at: &std::time::SystemTime) -> String {
        local_time(*at)
    }

    fn outcome(&self, outcome: &str) -> &'static str {
        match outcome {
            "added" => self.frame.t("neu", "added"),
            "new_version" => self.frame.t("neue Fassung", "new version"),
            "unchanged" => self.frame.t("unverändert", "unchanged"),
            _ => self.frame.t("abgelehnt", "refused"),
        }
    }
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
) -> Response {
    let folder = (state.watched)();
    html(&Page { frame: Frame::new(&state, Some(person), language, "corpus"), folder })
}
