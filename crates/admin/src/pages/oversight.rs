//! What people made of the answers: accepted, corrected, rejected per class and model, and over time. Made from
//! the audit log's records of `RecordDecision`; no content and no person stands in it.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use access::Role;
use askama::Template;
use audit::{Filter, Record};
use axum::extract::{self, Query};
use axum::response::Response;
use chrono::{DateTime, Utc};
use documents::Interval;
use serde::Deserialize;

use super::{Frame, failed, looked, refuse, short};
use crate::State;
use crate::language::Language;
use crate::session::Person;

/// The periods to choose from, in days.
const PERIODS: [u64; 4] = [30, 90, 365, 730];
const PERIOD_DEFAULT: u64 = 90;
const DAY: Duration = Duration::from_secs(86_400);
/// Records of each method that one page takes in; more are left out, and the page says so.
const RECORDS_MAX: usize = 100_000;
/// Kinds of correction that are listed.
const CORRECTIONS_LISTED: usize = 30;
const METHOD: &str = "amtshilfe.v1.DocumentService/RecordDecision";
/// Methods that read papers and say in their records how much was masked.
const READING: [&str; 4] = [
    "amtshilfe.v1.DocumentService/Classify",
    "amtshilfe.v1.DocumentService/ExtractFields",
    "amtshilfe.v1.DocumentService/CheckApplication",
    "amtshilfe.v1.DocumentService/BundleApplication",
];

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    days: Option<u64>,
    department: String,
    on: String,
}

/// How people decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    accepted: u32,
    corrected: u32,
    rejected: u32,
}

impl Counts {
    fn add(&mut self, verdict: &str) {
        match verdict {
            "accepted" => self.accepted += 1,
            "corrected" => self.corrected += 1,
            _ => self.rejected += 1,
        }
    }

    fn all(self) -> u32 {
        self.accepted + self.corrected + self.rejected
    }

    /// Share accepted and its 95 % interval after Wilson (1927), in per cent: "91 % (84–95)".
    fn share(self) -> String {
        let interval = Interval::new(self.accepted.into(), self.all().into());
        let shown = |share: f64| format!("{:.0}", 100.0 * share);
        interval.share().map_or_else(
            || "–".to_owned(),
            |share| {
                let (low, high) = (shown(interval.low), shown(interval.high));
                format!("{} % ({low}–{high})", shown(share))
            },
        )
    }
}

/// The decisions of a period, counted.
#[derive(Debug, Default)]
struct Summary {
    /// By class, rule or item (empty: not known any more) and model.
    by_id: BTreeMap<(String, String), Counts>,
    /// By month, "2026-11".
    by_month: BTreeMap<String, Counts>,
    /// By what was decided on and what is right instead.
    corrections: BTreeMap<(String, String), u32>,
    decisions: usize,
    more: bool,
    masked: Masked,
}

/// What was masked in the papers of a period.
#[derive(Debug, Default)]
struct Masked {
    /// Passages by kind; those of applicant mode, whose records do not tell the kind, under an empty name.
    passages: BTreeMap<String, u64>,
    pages: u64,
    more: bool,
}

impl Masked {
    fn add(&mut self, record: &Record) {
        let fact = |key: &str| record.entry.facts.get(key).map_or("", String::as_str);
        self.pages += fact("pages").parse::<u64>().unwrap_or(0);
        for part in fact("masked").split(',') {
            let (kind, passages) = part.split_once('=').unwrap_or(("", part));
            let passages: u64 = passages.parse().unwrap_or(0);
            if passages > 0 {
                *self.passages.entry(kind.to_owned()).or_default() += passages;
            }
        }
    }
}

impl Summary {
    fn add(&mut self, record: &Record, on: &str) {
        let fact = |key: &str| record.entry.facts.get(key).map_or("", String::as_str);
        let (verdict, id) = (fact("verdict"), fact("decided_on"));
        if !on.is_empty() && id != on {
            return;
        }
        let named = |model: &audit::ModelUse| format!("{} {}", model.name, short(&model.digest));
        let models = record.entry.models.iter().filter(|model| model.task == "classify");
        let models = models.map(named).collect::<Vec<_>>().join(", ");
        self.by_id.entry((id.to_owned(), models)).or_default().add(verdict);
        let month = DateTime::<Utc>::from(record.at).format("%Y-%m").to_string();
        self.by_month.entry(month).or_default().add(verdict);
        let corrected = fact("corrected");
        if !corrected.is_empty() {
            *self.corrections.entry((id.to_owned(), corrected.to_owned())).or_default() += 1;
        }
        self.decisions += 1;
    }

    /// The most frequent corrections first.
    fn corrections(&self) -> Vec<(&str, &str, u32)> {
        let pairs = self.corrections.iter();
        let mut listed: Vec<_> =
            pairs.map(|((from, to), count)| (from.as_str(), to.as_str(), *count)).collect();
        listed.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        listed.truncate(CORRECTIONS_LISTED);
        listed
    }
}

#[derive(Template)]
#[template(path = "oversight.html")]
struct Page {
    frame: Frame,
    days: u64,
    asked: Asked,
    departments: Vec<String>,
    summary: Summary,
}

impl Page {
    fn periods(&self) -> [u64; 4] {
        PERIODS
    }

    fn kind<'a>(&self, kind: &'a str) -> &'a str {
        match kind {
            "religion" => self.frame.t("Religion, Kirchensteuer", "religion, church tax"),
            "ethnicity" => self.frame.t("Volkszugehörigkeit, Abstammung", "ethnic origin, descent"),
            "health" => self.frame.t("Gesundheit", "health"),
            "offence" => self.frame.t("Straftaten", "offences"),
            "opinion" => self.frame.t("Politik, Gewerkschaft", "politics, union"),
            "sexuality" => self.frame.t("Sexualität", "sexuality"),
            "card" => self.frame.t("Zugangsnummer (CAN)", "card access number"),
            "" => {
                self.frame.t("(Antragstellermodus: nur gezählt)", "(applicant mode: counted only)")
            }
            other => other,
        }
    }

    fn id<'a>(&self, id: &'a str) -> &'a str {
        if id.is_empty() { self.frame.t("(nicht mehr bekannt)", "(no longer known)") } else { id }
    }
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Query(asked): Query<Asked>,
) -> Response {
    if !person.may(Role::Auditor) && !person.may(Role::Administrator) {
        return refuse(&state, person, language);
    }
    let days = asked.days.filter(|days| PERIODS.contains(days)).unwrap_or(PERIOD_DEFAULT);
    let from = (state.clock)().checked_sub(DAY.saturating_mul(u32::try_from(days).unwrap_or(0)));
    let (log, wanted) = (state.log.clone(), asked.clone());
    let summed = tokio::task::spawn_blocking(move || summary(&log, &wanted, from)).await;
    let summary = match summed {
        Ok(Ok(summary)) => summary,
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "failed to sum up decisions");
            return failed(&state, person, language);
        }
        Err(_) => return failed(&state, person, language),
    };
    let departments = state.policy.load().departments();
    let page = Page {
        frame: Frame::new(&state, Some(person.clone()), language, "oversight"),
        days,
        departments: departments.into_iter().map(|department| department.name).collect(),
        asked,
        summary,
    };
    looked(&state, person, language, "console/oversight", page).await
}

fn summary(
    log: &audit::Log,
    asked: &Asked,
    from: Option<SystemTime>,
) -> Result<Summary, audit::Error> {
    let filter = |method: &str| Filter {
        limit: 1_000,
        method: Some(method.to_owned()),
        outcome: Some("OK".to_owned()),
        department: Some(asked.department.clone()).filter(|name| !name.is_empty()),
        from,
        ..Filter::default()
    };
    let mut summary = Summary::default();
    summary.more = each(log, filter(METHOD), |record| summary.add(record, &asked.on))?;
    let mut masked = Masked::default();
    for method in READING {
        masked.more |= each(log, filter(method), |record| masked.add(record))?;
    }
    Ok(Summary { masked, ..summary })
}

/// Shows each record to `take`, up to [`RECORDS_MAX`]; whether there are more.
fn each(
    log: &audit::Log,
    mut filter: Filter,
    mut take: impl FnMut(&Record),
) -> Result<bool, audit::Error> {
    let mut taken = 0;
    loop {
        let page = log.records(&filter)?;
        page.records.iter().for_each(&mut take);
        taken += page.records.len();
        if page.next_index >= page.tree_size {
            return Ok(false);
        }
        if taken >= RECORDS_MAX {
            return Ok(true);
        }
        filter.first_index = page.next_index;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audit::Entry;

    fn record(facts: &[(&str, &str)]) -> Record {
        let facts = facts.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let entry = Entry { facts: facts.collect(), ..Entry::default() };
        Record { index: 0, at: SystemTime::UNIX_EPOCH, entry, leaf: Vec::new() }
    }

    #[test]
    fn decisions_are_counted_by_what_they_are_on() {
        let mut summary = Summary::default();
        let corrected =
            [("verdict", "corrected"), ("decided_on", "passport"), ("corrected", "id_card")];
        for facts in [
            &[("verdict", "accepted"), ("decided_on", "passport")][..],
            &corrected,
            &corrected,
            &[("verdict", "rejected")],
        ] {
            summary.add(&record(facts), "");
        }
        let passport = summary.by_id[&("passport".to_owned(), String::new())];
        assert_eq!(passport, Counts { accepted: 1, corrected: 2, rejected: 0 });
        assert_eq!(summary.corrections(), [("passport", "id_card", 2)]);
        assert_eq!(summary.by_month["1970-01"].all(), 4);
        let mut one = Summary::default();
        one.add(&record(&[("verdict", "rejected")]), "passport");
        assert_eq!(one.decisions, 0);
    }

    #[test]
    fn masked_passages_are_counted_by_kind() {
        let mut masked = Masked::default();
        for facts in [
            &[("masked", "health=2,religion=1"), ("pages", "3")][..],
            &[("masked", "health=1")],
            &[("masked", "4"), ("pages", "2")],
            &[("pages", "1")],
        ] {
            masked.add(&record(facts));
        }
        let counted: Vec<(&str, u64)> =
            masked.passages.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
        assert_eq!(counted, [("", 4), ("health", 3), ("religion", 1)]);
        assert_eq!(masked.pages, 6);
    }

    #[test]
    fn a_share_has_its_interval() {
        // Wilson's interval of 9 in 10: .596 to .982.
        let counts = Counts { accepted: 9, corrected: 1, rejected: 0 };
        assert_eq!(counts.share(), "90 % (60–98)");
        assert_eq!(Counts::default().share(), "–");
    }
}
