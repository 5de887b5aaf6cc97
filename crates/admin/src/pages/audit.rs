//! The audit log with a filter. Who looked at it stands in it.

use std::time::SystemTime;

use access::Role;
use askama::Template;
use audit::{Entry, Filter, Kind, Record};
use axum::extract::{self, Query};
use axum::response::Response;
use chrono::{NaiveDate, TimeZone};
use serde::Deserialize;

use super::{Frame, failed, local_time, looked, refuse, short};
use crate::State;
use crate::language::Language;
use crate::session::Person;

/// Records on one page.
const RECORDS: usize = 100;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    department: String,
    method: String,
    outcome: String,
    from: String,
    to: String,
    first: Option<u64>,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    frame: Frame,
    asked: Asked,
    departments: Vec<String>,
    records: Vec<Record>,
    next: Option<String>,
    tree_size: u64,
    checkpoint: String,
}

impl Page {
    fn kind(&self, record: &Record) -> &'static str {
        match record.entry.kind {
            Kind::Call => self.frame.t("Aufruf", "call"),
            Kind::Start => self.frame.t("Beginn", "start"),
            Kind::End => self.frame.t("Ende", "end"),
            Kind::Change => self.frame.t("Änderung", "change"),
            Kind::Erasure => self.frame.t("Löschung", "erasure"),
        }
    }

    /// The method without the contract's own prefix, which every one has.
    fn method<'a>(&self, record: &'a Record) -> &'a str {
        let method = record.entry.method.as_str();
        method.strip_prefix("amtshilfe.v1.").unwrap_or(method)
    }

    fn time(&self, record: &Record) -> String {
        local_time(record.at)
    }

    fn models(&self, record: &Record) -> String {
        let model = |model: &audit::ModelUse| format!("{} {}", model.name, short(&model.digest));
        record.entry.models.iter().map(model).collect::<Vec<_>>().join(", ")
    }

    fn facts(&self, entry: &Entry) -> String {
        let fact = |(key, value): (&String, &String)| format!("{key}={value}");
        entry.facts.iter().map(fact).collect::<Vec<_>>().join(" ")
    }
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Query(asked): Query<Asked>,
) -> Response {
    if !person.may(Role::Auditor) {
        return refuse(&state, person, language);
    }
    let checkpoint = state.log.checkpoint();
    let tree_size: u64 =
        checkpoint.lines().nth(1).and_then(|line| line.parse().ok()).unwrap_or_default();
    let filtered = [&asked.department, &asked.method, &asked.outcome, &asked.from, &asked.to]
        .iter()
        .any(|value| !value.is_empty());
    // Without a filter the newest records are what a person wants to see first.
    let newest = if filtered { 0 } else { tree_size.saturating_sub(RECORDS as u64) };
    let filter = Filter {
        first_index: asked.first.unwrap_or(newest),
        limit: RECORDS,
        department: chosen(&asked.department),
        method: chosen(&asked.method),
        outcome: chosen(&asked.outcome),
        from: day(&asked.from, 0),
        to: day(&asked.to, 1),
        inference: None,
    };
    let log = state.log.clone();
    let found = match tokio::task::spawn_blocking(move || log.records(&filter)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "failed to list records");
            return failed(&state, person, language);
        }
        Err(_) => return failed(&state, person, language),
    };
    let next = (found.next_index < found.tree_size).then(|| next(&asked, found.next_index));
    let departments = state.policy.load().departments();
    let page = Page {
        frame: Frame::new(&state, Some(person.clone()), language, "audit"),
        departments: departments.into_iter().map(|department| department.name).collect(),
        asked,
        records: found.records,
        next,
        tree_size: found.tree_size,
        checkpoint,
    };
    let mut page = page;
    page.records.reverse();
    looked(&state, person, language, "console/audit", page).await
}

/// The address of the page that goes on where this one ends.
fn next(asked: &Asked, first: u64) -> String {
    let mut address = format!("/audit?first={first}");
    let pairs = [
        ("department", &asked.department),
        ("method", &asked.method),
        ("outcome", &asked.outcome),
        ("from", &asked.from),
        ("to", &asked.to),
    ];
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        address.push_str(&format!("&{name}={}", percent(value)));
    }
    address
}

fn percent(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn chosen(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The beginning of a day in Berlin, some days later.
fn day(text: &str, later: i64) -> Option<SystemTime> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let begin = day.checked_add_signed(chrono::TimeDelta::days(later))?.and_hms_opt(0, 0, 0)?;
    let berlin = chrono_tz::Europe::Berlin.from_local_datetime(&begin).earliest()?;
    Some(berlin.to_utc().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_in_berlin() {
        let begin = day("2026-07-01", 0).unwrap();
        assert_eq!(local_time(begin), "01.07.2026 00:00:00");
        assert_eq!(local_time(day("2026-03-29", 1).unwrap()), "30.03.2026 00:00:00");
        assert!(day("2026-02-30", 0).is_none());
        assert!(day("", 0).is_none());
    }

    #[test]
    fn the_filter_goes_along() {
        let asked = Asked { method: "a/b ü".into(), ..Asked::default() };
        assert_eq!(next(&asked, 7), "/audit?first=7&method=a%2Fb%20%C3%BC");
    }
}
