//! `DocumentService`: what a paper is, what it says, whether an application is complete and coherent.

use std::collections::BTreeMap;

use access::Mode;
use cases::CaseKey;
use documents::check::{self, Application, Settings, UnreadFile};
use documents::{Extracted, InputPaper, Knowledge};
use tonic::{Request, Response, Status};

use crate::State;
use crate::call::stream::Messages;
use crate::call::{Answer, Call, Note, Question, unary};
use crate::convert;
use crate::convert::documents as to;
use crate::failure::Failure;
use crate::files;
use crate::proto;
use crate::proto::document_service_server::DocumentService;
use crate::recent::Decidable;

#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) state: State,
}

macro_rules! question {
    ($($name:ident $(.$mode:ident)?),* $(,)?) => {$(
        impl Question for proto::$name {
            $(fn mode(&self) -> Option<i32> { Some(self.$mode) })?
        }
    )*};
}

macro_rules! answer {
    ($($name:ident $(.$provenance:ident)?),* $(,)?) => {$(
        impl Answer for proto::$name {
            $(fn provenance(&mut self) -> Option<&mut Option<proto::Provenance>> {
                Some(&mut self.$provenance)
            })?
        }
    )*};
}

question!(
    ClassifyRequest.mode,
    ExtractFieldsRequest.mode,
    CheckApplicationRequest.mode,
    BundleApplicationRequest.mode,
    EraseCaseRequest,
    RecordDecisionRequest,
    ListDocumentClassesRequest,
    ListApplicationTypesRequest,
);
answer!(
    ClassifyResponse.provenance,
    ExtractFieldsResponse.provenance,
    CheckApplicationResponse.provenance,
    EraseCaseResponse.provenance,
    RecordDecisionResponse.provenance,
    ListDocumentClassesResponse,
    ListApplicationTypesResponse,
);

#[tonic::async_trait]
impl DocumentService for Service {
    async fn classify(
        &self,
        request: Request<proto::ClassifyRequest>,
    ) -> Result<Response<proto::ClassifyResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.DocumentService/Classify", request, classify).await
    }

    type ClassifyStreamStream = super::classify_stream::Answers;

    async fn classify_stream(
        &self,
        request: Request<tonic::Streaming<proto::ClassifyStreamRequest>>,
    ) -> Result<Response<Self::ClassifyStreamStream>, Status> {
        super::classify_stream::answer(&self.state, request).await
    }

    async fn extract_fields(
        &self,
        request: Request<proto::ExtractFieldsRequest>,
    ) -> Result<Response<proto::ExtractFieldsResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.DocumentService/ExtractFields", request, extract).await
    }

    async fn check_application(
        &self,
        request: Request<proto::CheckApplicationRequest>,
    ) -> Result<Response<proto::CheckApplicationResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.DocumentService/CheckApplication", request, check_all)
            .await
    }

    async fn erase_case(
        &self,
        request: Request<proto::EraseCaseRequest>,
    ) -> Result<Response<proto::EraseCaseResponse>, Status> {
        unary(&self.state, "amtshilfe.v1.DocumentService/EraseCase", request, erase).await
    }

    async fn record_decision(
        &self,
        request: Request<proto::RecordDecisionRequest>,
    ) -> Result<Response<proto::RecordDecisionResponse>, Status> {
        let method = "amtshilfe.v1.DocumentService/RecordDecision";
        unary(&self.state, method, request, super::decisions::record).await
    }

    type BundleApplicationStream = Messages<proto::BundleApplicationResponse>;

    async fn bundle_application(
        &self,
        request: Request<proto::BundleApplicationRequest>,
    ) -> Result<Response<Self::BundleApplicationStream>, Status> {
        super::bundle::answer(&self.state, request).await
    }

    async fn list_document_classes(
        &self,
        request: Request<proto::ListDocumentClassesRequest>,
    ) -> Result<Response<proto::ListDocumentClassesResponse>, Status> {
        let method = "amtshilfe.v1.DocumentService/ListDocumentClasses";
        unary(&self.state, method, request, list_classes).await
    }

    async fn list_application_types(
        &self,
        request: Request<proto::ListApplicationTypesRequest>,
    ) -> Result<Response<proto::ListApplicationTypesResponse>, Status> {
        let method = "amtshilfe.v1.DocumentService/ListApplicationTypes";
        unary(&self.state, method, request, list_types).await
    }
}

/// What a client can get wrong, before anything is read.
pub(crate) fn papers_are_sound(
    state: &State,
    call: &Call,
    request: &proto::ClassifyRequest,
) -> Result<(), Failure> {
    consent(call, request.consent.as_ref())?;
    files::check(state, &request.files)
}

/// What a client can get wrong, before anything is read.
pub(crate) fn application_is_sound(
    state: &State,
    call: &Call,
    request: &proto::CheckApplicationRequest,
) -> Result<(), Failure> {
    consent(call, request.consent.as_ref())?;
    check_values(state, "form", &request.form)?;
    check_values(state, "facts", &request.facts)?;
    if request.files.is_empty() { Ok(()) } else { files::check(state, &request.files) }
}

pub(crate) async fn classify(
    state: State,
    call: Call,
    request: proto::ClassifyRequest,
) -> Result<(proto::ClassifyResponse, Note), Failure> {
    papers_are_sound(&state, &call, &request)?;
    let language = consent_language(request.consent.as_ref());
    let read = files::read(&state, &call, request.files, language).await;
    let lane = lane(&call, request.urgency);
    // One state of the knowledge for the whole call, so that the digest is that of the answer.
    let judges = state.documents.load_full();
    let classified = judges
        .classify(&papers(&read), &lane, Some(call.deadline))
        .await
        .map_err(Failure::Documents)?;
    let mut note = Note {
        models: classified.models.clone(),
        rules_digest: judges.knowledge().digest().to_owned(),
        queue_time: classified.queue_time,
        compute_time: classified.compute_time,
        truncated: classified.truncated,
        ..Note::default()
    };
    count_files(&mut note, &call, &read);
    let classes = classified.documents.iter().map(|document| document.document_class.as_str());
    name_classes(&mut note, &call, classes);
    let documents = classified.documents.iter().map(to::classified).collect();
    let answer = proto::ClassifyResponse { documents, provenance: None, file_errors: read.errors };
    Ok((answer, note))
}

async fn extract(
    state: State,
    call: Call,
    request: proto::ExtractFieldsRequest,
) -> Result<(proto::ExtractFieldsResponse, Note), Failure> {
    consent(&call, request.consent.as_ref())?;
    files::check(&state, &request.files)?;
    let language = consent_language(request.consent.as_ref());
    let read = files::read(&state, &call, request.files, language).await;
    let lane = lane(&call, request.urgency);
    let judges = state.documents.load_full();
    let extracted = judges
        .extract(&papers(&read), &lane, Some(call.deadline))
        .await
        .map_err(Failure::Documents)?;
    let mut note = extracted_by(&extracted, judges.knowledge());
    count_files(&mut note, &call, &read);
    let classes = extracted.documents.iter().map(|fields| fields.document.document_class.as_str());
    name_classes(&mut note, &call, classes);
    let documents = extracted.documents.iter().map(to::fields).collect();
    let answer =
        proto::ExtractFieldsResponse { documents, provenance: None, file_errors: read.errors };
    Ok((answer, note))
}

pub(crate) async fn check_all(
    state: State,
    call: Call,
    request: proto::CheckApplicationRequest,
) -> Result<(proto::CheckApplicationResponse, Note), Failure> {
    application_is_sound(&state, &call, &request)?;
    let language = if request.language.is_empty() { "de" } else { request.language.as_str() };
    let (case_id, key) = case(&state, &call, &request.case_id).await?;
    let read = files::read(&state, &call, request.files, language).await;
    let lane = lane(&call, request.urgency);
    let unread: Vec<UnreadFile> = read.errors.iter().map(unread).collect();
    let settings = Settings::default();
    let application = Application {
        mode: footing(&call),
        application_type: Some(request.application_type.as_str()).filter(|id| !id.is_empty()),
        form: &request.form,
        facts: &request.facts,
        language,
        documents: &[],
        unread: &unread,
        today: check::day(&state.corpus.today().to_string()).ok_or(Failure::Panicked)?,
        settings: &settings,
    };
    let papers = papers(&read);
    let asked = check::Request { papers: &papers, lane: &lane, deadline: Some(call.deadline) };
    let judges = state.documents.load_full();
    let (checked, extracted) = judges.check(asked, application).await.map_err(Failure::Check)?;
    let mut note = extracted_by(&extracted, judges.knowledge());
    note.key = Some(key);
    count_files(&mut note, &call, &read);
    note.fact("hints", checked.hints.len());
    if call.permit.mode() == Some(Mode::Office) {
        let mut rules: Vec<&str> = checked.hints.iter().map(|hint| hint.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        note.fact("rules", rules.join(","));
    }
    let classes = extracted.documents.iter().map(|fields| fields.document.document_class.as_str());
    name_classes(&mut note, &call, classes);
    if let Some(decidable) = &mut note.decidable {
        decidable.rules = checked.hints.iter().map(|hint| hint.rule.clone()).collect();
        decidable.items = checked.checklist.iter().map(|item| item.id.clone()).collect();
    }
    let latest = state.vault.erased_at_latest(case_mode(&call));
    let mut answer = to::checked(case_id, &checked, &extracted.documents, read.errors, latest);
    let items = answer.checklist.iter_mut().collect();
    super::citations::fill_sources(&state, call.permit.mode(), items).await?;
    Ok((answer, note))
}

async fn erase(
    state: State,
    call: Call,
    request: proto::EraseCaseRequest,
) -> Result<(proto::EraseCaseResponse, Note), Failure> {
    check_id(&state, "case_id", &request.case_id)?;
    if request.case_id.is_empty() {
        return Err(Failure::invalid("case_id", "say which case to erase"));
    }
    let vault = state.vault.clone();
    let department = call.department().to_owned();
    let case_id = request.case_id.clone();
    let erased = tokio::task::spawn_blocking(move || vault.erase(&department, &case_id))
        .await
        .map_err(|_| Failure::Panicked)?
        .map_err(Failure::Cases)?;
    let at = (state.clock)();
    let receipt = state
        .log
        .sign(
            format!(
                "Löschbestätigung / receipt of erasure\ncase: {}\ndepartment: {}\nerased: {}\ninference: {}\n",
                one_line(&request.case_id),
                call.department(),
                chrono::DateTime::<chrono::Utc>::from(at)
                    .to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                call.inference_id,
            )
            .as_bytes(),
        )
        .map_err(Failure::Audit)?
        .into_bytes();
    let mut note = Note { kind: Some(audit::Kind::Erasure), ..Note::default() };
    note.fact("existed", erased.existed);
    note.fact("receipt_sha256", hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&receipt)));
    let answer = proto::EraseCaseResponse {
        case_id: request.case_id,
        erased_at: Some(convert::timestamp(at)),
        receipt: receipt.into(),
        provenance: None,
    };
    Ok((answer, note))
}

async fn list_classes(
    state: State,
    _call: Call,
    request: proto::ListDocumentClassesRequest,
) -> Result<(proto::ListDocumentClassesResponse, Note), Failure> {
    let judges = state.documents.load_full();
    let knowledge = judges.knowledge();
    let classes = knowledge.classes().iter();
    let answer = proto::ListDocumentClassesResponse {
        classes: classes.map(|class| to::class(knowledge, class, &request.language)).collect(),
        rules_digest: knowledge.digest().to_owned(),
    };
    Ok((answer, rules_note(knowledge)))
}

async fn list_types(
    state: State,
    _call: Call,
    request: proto::ListApplicationTypesRequest,
) -> Result<(proto::ListApplicationTypesResponse, Note), Failure> {
    let judges = state.documents.load_full();
    let listed = judges.knowledge().application_types(&request.language);
    let mut types: Vec<_> = listed.into_iter().map(to::application_type).collect();
    let items = types.iter_mut().flat_map(|listed| &mut listed.checklist).collect();
    super::citations::fill_sources(&state, None, items).await?;
    Ok((proto::ListApplicationTypesResponse { types }, rules_note(judges.knowledge())))
}

/// What extraction leaves for the record.
pub(super) fn extracted_by(extracted: &Extracted, knowledge: &Knowledge) -> Note {
    Note {
        models: extracted.models.clone(),
        rules_digest: knowledge.digest().to_owned(),
        queue_time: extracted.queue_time,
        compute_time: extracted.compute_time,
        truncated: extracted.truncated,
        ..Note::default()
    }
}

/// The mode of the call as the rules know it.
pub(super) fn footing(call: &Call) -> check::Mode {
    match call.permit.mode() {
        Some(Mode::Applicant) => check::Mode::Applicant,
        Some(Mode::Office) | None => check::Mode::Office,
    }
}

fn rules_note(knowledge: &Knowledge) -> Note {
    Note { rules_digest: knowledge.digest().to_owned(), ..Note::default() }
}

/// In the applicant's mode nothing is read before the applicant has agreed.
pub(super) fn consent(call: &Call, consent: Option<&proto::Consent>) -> Result<(), Failure> {
    let granted = consent.is_some_and(|consent| consent.granted);
    if call.permit.mode() == Some(Mode::Applicant) && !granted {
        return Err(Failure::ConsentMissing);
    }
    Ok(())
}

pub(super) fn consent_language(consent: Option<&proto::Consent>) -> &str {
    consent.map(|consent| consent.language.as_str()).filter(|tag| !tag.is_empty()).unwrap_or("de")
}

/// The key of the caller's case; a case without a name gets one of the service.
pub(super) async fn case(
    state: &State,
    call: &Call,
    case_id: &str,
) -> Result<(String, CaseKey), Failure> {
    check_id(state, "case_id", case_id)?;
    let case_id =
        if case_id.is_empty() { uuid::Uuid::new_v4().to_string() } else { case_id.to_owned() };
    let mode = case_mode(call);
    let vault = state.vault.clone();
    let department = call.department().to_owned();
    // The first use of a case waits for the disk.
    let opened = tokio::task::spawn_blocking(move || {
        let key = vault.case(&department, &case_id, mode);
        (case_id, key)
    });
    match opened.await.map_err(|_| Failure::Panicked)? {
        (case_id, Ok(key)) => Ok((case_id, key)),
        (_, Err(cases::Error::ModeMixed { .. })) => Err(Failure::ModesMixed),
        (_, Err(error)) => Err(Failure::Cases(error)),
    }
}

fn case_mode(call: &Call) -> cases::Mode {
    match call.permit.mode() {
        Some(Mode::Applicant) => cases::Mode::Applicant,
        Some(Mode::Office) | None => cases::Mode::Office,
    }
}

pub(super) fn check_id(state: &State, field: &str, id: &str) -> Result<(), Failure> {
    if id.chars().count() > state.limits.value_characters_max {
        return Err(Failure::invalid(field, "too long"));
    }
    Ok(())
}

fn check_values(
    state: &State,
    field: &str,
    values: &BTreeMap<String, String>,
) -> Result<(), Failure> {
    let allowed = state.limits.map_entries_max;
    if values.len() > allowed {
        let text = format!("{} values, at most {allowed}", values.len());
        return Err(Failure::invalid(field, &text));
    }
    let too_long = |text: &String| text.chars().count() > state.limits.value_characters_max;
    if values.iter().any(|(key, value)| too_long(key) || too_long(value)) {
        return Err(Failure::invalid(field, "a name or value is too long"));
    }
    Ok(())
}

pub(super) fn lane(call: &Call, urgency: i32) -> inference::Lane {
    inference::Lane {
        department: call.department().to_owned(),
        urgency: convert::urgency(urgency),
        weight: call.permit.weight(),
    }
}

pub(super) fn unread(error: &proto::FileError) -> UnreadFile {
    UnreadFile { file_index: error.file_index, filename: error.filename.clone() }
}

pub(super) fn papers(read: &files::Read) -> Vec<InputPaper<'_>> {
    read.papers.iter().map(input).collect()
}

fn input(read: &files::ReadPaper) -> InputPaper<'_> {
    InputPaper { file_index: read.file_index, filename: &read.filename, paper: &read.paper }
}

/// In office mode the record counts what was masked by kind, in applicant mode only altogether.
pub(super) fn count_files(note: &mut Note, call: &Call, read: &files::Read) {
    let pages = || read.papers.iter().flat_map(|read| &read.paper.pages);
    note.fact("files", read.papers.len() + read.errors.len());
    note.fact("file_errors", read.errors.len());
    note.fact("pages", pages().count());
    let mut masked: BTreeMap<&str, usize> = BTreeMap::new();
    for mask in pages().flat_map(|page| &page.masks) {
        *masked.entry(mask.kind.name()).or_default() += 1;
    }
    if masked.is_empty() {
        return;
    }
    if call.permit.mode() == Some(Mode::Office) {
        let kinds = masked.iter().map(|(kind, passages)| format!("{kind}={passages}"));
        note.fact("masked", kinds.collect::<Vec<_>>().join(","));
    } else {
        note.fact("masked", masked.values().sum::<usize>());
    }
}

/// In office mode the record names the classes found, and a person may decide on each; in applicant mode it
/// only counts.
pub(super) fn name_classes<'a>(
    note: &mut Note,
    call: &Call,
    classes: impl Iterator<Item = &'a str>,
) {
    let mut classes: Vec<&str> = classes.collect();
    note.fact("documents", classes.len());
    if call.permit.mode() == Some(Mode::Office) {
        let named = classes.iter().map(|&class| class.to_owned()).collect();
        note.decidable = Some(Decidable { classes: named, ..Decidable::default() });
        classes.sort_unstable();
        classes.dedup();
        note.fact("classes", classes.join(","));
    }
}

/// A case id stands on one line of the receipt, whatever it holds.
fn one_line(text: &str) -> String {
    text.chars().map(|sign| if sign.is_control() { '\u{fffd}' } else { sign }).collect()
}
