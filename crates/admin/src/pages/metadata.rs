//! What is known of a version: what was read from the paper and how sure that is, and a form for corrections.

use std::collections::BTreeMap;

use access::Role;
use askama::Template;
use audit::{Entry, Kind};
use axum::extract::{self, Form, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use decrees::{Day, DecreeId, DecreeVersion, Field, Metadata, Reading, VersionId, Which};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{Frame, blocking, failed, html, refuse, went_wrong};
use crate::State;
use crate::language::Language;
use crate::session::Person;

#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    id: String,
    #[serde(default)]
    version: String,
}

#[derive(Template)]
#[template(path = "metadata.html")]
struct Page {
    frame: Frame,
    version: DecreeVersion,
    /// What the form shows: the present values, or what was sent and could not be kept.
    form: Values,
    problem: Option<String>,
    may_correct: bool,
}

/// The fields of the form, as text.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Values {
    #[serde(default)]
    title: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    issuer: String,
    #[serde(default)]
    file_number: String,
    #[serde(default)]
    issued_on: String,
    #[serde(default)]
    valid_from: String,
    #[serde(default)]
    valid_to: String,
    /// Ids, one a line.
    #[serde(default)]
    replaces: String,
}

impl Values {
    fn of(version: &DecreeVersion) -> Values {
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        Values {
            title: version.title.clone(),
            kind: version.kind.as_str().to_owned(),
            issuer: version.issuer.clone(),
            file_number: version.file_number.clone(),
            issued_on: day(version.issued_on),
            valid_from: day(version.valid_from),
            valid_to: day(version.stated_valid_to),
            replaces: version.replaces.join("\n"),
        }
    }

    /// None where a day is none.
    fn metadata(&self) -> Option<Metadata> {
        let day = |text: &str| match text.trim() {
            "" => Some(None),
            text => Day::parse_iso(text).map(Some),
        };
        Some(Metadata {
            decree_id: String::new(),
            title: self.title.clone(),
            kind: self.kind.clone(),
            issuer: self.issuer.clone(),
            file_number: self.file_number.clone(),
            issued_on: day(&self.issued_on)?,
            valid_from: day(&self.valid_from)?,
            valid_to: day(&self.valid_to)?,
            replaces: self.replaces.lines().map(|line| line.trim().to_owned()).collect(),
        })
    }
}

impl Page {
    fn kinds(&self) -> [(&'static str, &'static str); 5] {
        decrees::Kind::ALL.map(|kind| (kind.as_str(), self.kind_name(kind)))
    }

    fn is_kind(&self, name: &str) -> bool {
        self.form.kind == name
    }

    fn kind_name(&self, kind: decrees::Kind) -> &'static str {
        match kind {
            decrees::Kind::Decree => self.frame.t("Erlass", "decree"),
            decrees::Kind::AdministrativeRegulation => {
                self.frame.t("Verwaltungsvorschrift", "administrative regulation")
            }
            decrees::Kind::Law => self.frame.t("Gesetz", "law"),
            decrees::Kind::Ordinance => self.frame.t("Verordnung", "ordinance"),
            decrees::Kind::Guidance => self.frame.t("Hinweise", "guidance"),
        }
    }

    fn field_name(&self, field: &Field) -> &'static str {
        match field {
            Field::Title => self.frame.t("Titel", "Title"),
            Field::Kind => self.frame.t("Art", "Kind"),
            Field::Issuer => self.frame.t("Herausgeber", "Issuer"),
            Field::FileNumber => self.frame.t("Aktenzeichen", "File number"),
            Field::IssuedOn => self.frame.t("Vom", "Issued on"),
            Field::ValidFrom => self.frame.t("Gültig ab", "In force from"),
            Field::ValidTo => self.frame.t("Gültig bis", "In force to"),
            Field::Replaces => self.frame.t("Ersetzt", "Replaces"),
        }
    }

    /// How the value was found, in words beside the number.
    fn found(&self, reading: &Reading) -> &'static str {
        match reading.percent {
            Reading::LABELLED => {
                self.frame.t("steht hinter seiner Bezeichnung", "stands after its label")
            }
            Reading::PLACED => {
                self.frame.t("steht auf eigener Zeile", "stands on a line of its own")
            }
            Reading::PATTERN => self.frame.t("aus laufendem Text", "from running text"),
            Reading::NAMED if reading.field == Field::Replaces => self.frame.t(
                "nicht im Bestand gefunden, bitte prüfen",
                "not found in the corpus, please check",
            ),
            Reading::NAMED => self.frame.t("aus dem Dateinamen", "from the file's name"),
            _ => self.frame.t("angenommen", "assumed"),
        }
    }

    fn is_corrected(&self, field: &Field) -> bool {
        self.version.corrected.contains(field)
    }
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Query(wanted): Query<Wanted>,
) -> Response {
    match version(&state, &wanted).await {
        Ok(version) => {
            let form = Values::of(&version);
            show(&state, person, language, (version, form, None))
        }
        Err(error) => went_wrong(state, person, language, &error).await,
    }
}

fn show(
    state: &State,
    person: Person,
    language: Language,
    (version, form, problem): (DecreeVersion, Values, Option<String>),
) -> Response {
    let may_correct = person.may(Role::CorpusEditor);
    let frame = Frame::new(state, Some(person), language, "corpus");
    html(&Page { frame, version, form, problem, may_correct })
}

async fn version(state: &State, wanted: &Wanted) -> Result<DecreeVersion, decrees::Error> {
    let id = DecreeId::new(&wanted.id);
    let which = match wanted.version.as_str() {
        "" => Which::Today,
        version => Which::Version(VersionId::new(version)),
    };
    let corpus = state.corpus.clone();
    Ok(blocking(move || corpus.decree(&id, &which, 0, 1)).await?.version)
}

#[derive(Debug, Deserialize)]
pub(crate) struct Sent {
    form_word: String,
    id: String,
    version: String,
    #[serde(flatten)]
    values: Values,
}

/// The correction first, then its record, as a call of `CorrectDecree` does it.
pub(crate) async fn correct(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Form(sent): Form<Sent>,
) -> Response {
    if !person.sent(&sent.form_word) {
        return StatusCode::FORBIDDEN.into_response();
    }
    if !person.may(Role::CorpusEditor) {
        return refuse(&state, person, language);
    }
    let wanted = Wanted { id: sent.id.clone(), version: sent.version.clone() };
    let present = match version(&state, &wanted).await {
        Ok(version) => version,
        Err(error) => return went_wrong(state, person, language, &error).await,
    };
    let Some(metadata) = sent.values.metadata() else {
        let problem =
            language.pick("Einen der Tage gibt es nicht.", "One of the days does not exist.");
        return show(&state, person, language, (present, sent.values, Some(problem.to_owned())));
    };
    let corpus = state.corpus.clone();
    let (id, version_id) = (present.decree_id.clone(), present.version_id.clone());
    let correcting = move || corpus.correct(&id, Some(&version_id), &Field::ALL, &metadata);
    match blocking(correcting).await {
        Ok((version, fields)) => {
            if !record(&state, &person, &version, &fields).await {
                return failed(&state, person, language);
            }
            let id = utf8_percent_encode(version.decree_id.as_str(), NON_ALPHANUMERIC);
            let to = format!("/corpus/metadata?id={id}&version={}", version.version_id);
            Redirect::to(&to).into_response()
        }
        Err(decrees::Error::Correction { reason }) => {
            let problem = match language {
                Language::German => reason.german,
                Language::English => reason.english,
            };
            show(&state, person, language, (present, sent.values, Some(problem)))
        }
        Err(error) => went_wrong(state, person, language, &error).await,
    }
}

/// Names of fields, never what stands in them.
async fn record(state: &State, person: &Person, version: &DecreeVersion, fields: &[Field]) -> bool {
    let names: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
    let facts = BTreeMap::from([
        ("version".to_owned(), version.version_id.to_string()),
        ("fields".to_owned(), names.join(",")),
    ]);
    let entry = Entry {
        kind: Kind::Change,
        department: person.name.clone(),
        method: "console/correct-decree".to_owned(),
        outcome: "OK".to_owned(),
        corpus_version: state.corpus.stats().corpus_version,
        facts,
        ..Entry::default()
    };
    let recorded = state.log.commit(entry, ()).await;
    if let Err(error) = &recorded {
        tracing::error!(error = error as &dyn std::error::Error, "failed to record a correction");
    }
    recorded.is_ok()
}
