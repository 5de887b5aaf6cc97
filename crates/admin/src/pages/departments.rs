//! Departments: what each may do and what waits for it.

use askama::Template;
use axum::extract;
use axum::response::Response;

use super::{Frame, html, short};
use crate::State;
use crate::language::Language;
use crate::session::Person;

#[derive(Template)]
#[template(path = "departments.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    policy: String,
}

struct Row {
    name: String,
    modes: String,
    methods: String,
    weight: u32,
    blocked: bool,
    waiting: usize,
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
) -> Response {
    let policy = state.policy.load();
    let load = state.engine.load();
    let waiting = |name: &str| -> usize {
        load.lanes.iter().filter(|lane| lane.department == name).map(|lane| lane.requests).sum()
    };
    let mode = |mode: &access::Mode| match mode {
        access::Mode::Applicant => language.pick("Antragstellende", "applicant"),
        access::Mode::Office => language.pick("Amt", "office"),
    };
    let rows = policy
        .departments()
        .into_iter()
        .map(|department| Row {
            waiting: waiting(&department.name),
            modes: department.modes.iter().map(mode).collect::<Vec<_>>().join(", "),
            methods: department.methods.join(", "),
            weight: department.weight,
            blocked: department.blocked,
            name: department.name,
        })
        .collect();
    let policy = short(policy.digest()).to_owned();
    html(&Page { frame: Frame::new(&state, Some(person), language, "departments"), rows, policy })
}
