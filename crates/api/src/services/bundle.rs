//! `BundleApplication`: one PDF of all files of an application, in the order of its checklist, with a cover
//! sheet that says what seems to be missing. Sent in pieces; nothing of it is kept.

use std::collections::BTreeMap;

use documents::check::{self, Application, Checked, Settings, State as Found, UnreadFile};
use documents::paper::{Binding, Bound};
use documents::{ClassifiedDocument, DocumentFields, Knowledge};
use prost::bytes::Bytes;
use tonic::{Request, Response, Status};

use super::documents::{
    consent, consent_language, count_files, extracted_by, footing, lane, name_classes, papers,
    unread,
};
use crate::State;
use crate::call::stream::{Messages, Sender, Shape, stream};
use crate::call::{Answer, Call, Note, deadline};
use crate::convert::documents as to;
use crate::failure::Failure;
use crate::files;
use crate::proto;
use crate::proto::source_file::Content;

/// Bytes of the PDF in one message.
const CHUNK_BYTES_MAX: usize = 1 << 20;

const SHAPE: Shape<proto::BundleApplicationResponse> = Shape {
    method: "amtshilfe.v1.DocumentService/BundleApplication",
    deadline,
    first: Some(stamped),
    last: stamped,
};

fn stamped(provenance: proto::Provenance) -> proto::BundleApplicationResponse {
    proto::BundleApplicationResponse { provenance: Some(provenance), ..Default::default() }
}

impl Answer for proto::BundleApplicationResponse {
    fn provenance(&mut self) -> Option<&mut Option<proto::Provenance>> {
        Some(&mut self.provenance)
    }
}

/// Answers with the PDF in pieces.
pub(super) async fn answer(
    state: &State,
    request: Request<proto::BundleApplicationRequest>,
) -> Result<Response<Messages<proto::BundleApplicationResponse>>, Status> {
    let check = |state: &State, call: &Call, request: proto::BundleApplicationRequest| {
        consent(call, request.consent.as_ref())?;
        files::check(state, &request.files)?;
        let (judges, wanted) = (state.documents.load(), &request.application_type);
        if !wanted.is_empty() && !judges.knowledge().has_application_type(wanted) {
            let say = "no such type of application (ListApplicationTypes)";
            return Err(Failure::invalid("application_type", say));
        }
        Ok((call.clone(), request))
    };
    stream(state, request, SHAPE, check, bundle).await
}

async fn bundle(
    state: State,
    (call, request): (Call, proto::BundleApplicationRequest),
    mut sender: Sender<proto::BundleApplicationResponse>,
) -> Result<(Sender<proto::BundleApplicationResponse>, Note), Failure> {
    let originals = originals(&state, &call, &request.files).await;
    let language = consent_language(request.consent.as_ref()).to_owned();
    let read = files::read(&state, &call, request.files, &language).await;
    let unread: Vec<UnreadFile> = read.errors.iter().map(unread).collect();
    let (form, facts) = (BTreeMap::new(), BTreeMap::new());
    let settings = Settings::default();
    let today = state.corpus.today();
    let application = Application {
        mode: footing(&call),
        application_type: Some(request.application_type.as_str()).filter(|id| !id.is_empty()),
        form: &form,
        facts: &facts,
        language: "de",
        documents: &[],
        unread: &unread,
        today: check::day(&today.to_string()).ok_or(Failure::Panicked)?,
        settings: &settings,
    };
    let (papers, lane) = (papers(&read), lane(&call, request.urgency));
    let asked = check::Request { papers: &papers, lane: &lane, deadline: Some(call.deadline) };
    let judges = state.documents.load_full();
    let (checked, extracted) = judges.check(asked, application).await.map_err(Failure::Check)?;
    let documents = in_order(&checked, &extracted.documents);
    let binding = binding(judges.knowledge(), today, &checked, &documents, &read.errors);
    let pdf = state.reader.bind(&originals, binding).await.map_err(Failure::Bundle)?;
    let mut note = extracted_by(&extracted, judges.knowledge());
    count_files(&mut note, &call, &read);
    note.fact("bytes", pdf.len());
    let classes = documents.iter().map(|document| document.document_class.as_str());
    name_classes(&mut note, &call, classes);
    // A stream's answers are looked at page by page; its decisions go with Classify and CheckApplication.
    note.decidable = None;
    let mut rest = Bytes::from(pdf);
    while !rest.is_empty() {
        let chunk = rest.split_to(rest.len().min(CHUNK_BYTES_MAX));
        sender.send(proto::BundleApplicationResponse { chunk, ..Default::default() }).await?;
    }
    sender.close_with(proto::BundleApplicationResponse {
        documents: documents.into_iter().map(to::classified).collect(),
        file_errors: read.errors,
        ..Default::default()
    });
    Ok((sender, note))
}

/// What the bundle says and in which order it holds the documents.
fn binding(
    knowledge: &Knowledge,
    today: decrees::Day,
    checked: &Checked,
    documents: &[&ClassifiedDocument],
    errors: &[proto::FileError],
) -> Binding {
    let title = |id: &str| match knowledge.class(id) {
        Some(class) => class.title.de.clone(),
        None => "Sonstige Unterlage".to_owned(),
    };
    let kinds = knowledge.application_types("de");
    let kind = kinds.into_iter().find(|kind| kind.id == checked.application_type);
    Binding {
        title: kind.map_or("Unterlagen".to_owned(), |kind| format!("Unterlagen: {}", kind.title)),
        lines: vec![
            format!("Zusammengestellt am {}", today.german()),
            "Von einem Gerät geordnet und benannt; Menschen prüfen und entscheiden.".to_owned(),
        ],
        contents: "Inhalt".to_owned(),
        page: "Seite".to_owned(),
        documents: documents
            .iter()
            .map(|document| Bound {
                title: format!("{} – {}", title(&document.document_class), document.filename),
                file: usize::try_from(document.file_index).unwrap_or(usize::MAX),
                first_page: document.first_page,
                last_page: document.last_page,
            })
            .collect(),
        after: after(checked, errors),
        attached:
            "Diese Datei hat keine Seiten, die übernommen werden können. Das Original ist dieser \
                   PDF-Datei angehängt."
                .to_owned(),
    }
}

/// The files as they were sent, in their order; what could not be had is empty, and is refused by the reader.
async fn originals(
    state: &State,
    call: &Call,
    files: &[proto::SourceFile],
) -> Vec<(String, Bytes)> {
    let mut originals = Vec::with_capacity(files.len());
    for file in files {
        let bytes = match &file.content {
            Some(Content::Data(bytes)) => bytes.clone(),
            Some(Content::Text(text)) => Bytes::from(text.clone().into_bytes()),
            Some(Content::UploadId(id)) => {
                let opened = files::upload(state, call.department(), id.clone()).await;
                opened.map(Bytes::from).unwrap_or_default()
            }
            None => Bytes::new(),
        };
        originals.push((file.filename.clone(), bytes));
    }
    originals
}

/// Documents by the first item of the checklist that their class serves, also where an item counts some of
/// them only, as the newest payslips; those that serve none behind them, as sent.
fn in_order<'a>(checked: &Checked, documents: &'a [DocumentFields]) -> Vec<&'a ClassifiedDocument> {
    let rank = |document: &ClassifiedDocument| {
        let class = &document.document_class;
        let serves = |item: &check::ChecklistItem| item.document_classes.contains(class);
        checked.checklist.iter().position(serves).unwrap_or(usize::MAX)
    };
    let mut ordered: Vec<_> = documents.iter().map(|read| &read.document).collect();
    ordered.sort_by_key(|document| (rank(document), document.file_index, document.first_page));
    ordered
}

/// What a person should look at: probably missing, expired, unreadable.
fn after(checked: &Checked, errors: &[proto::FileError]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut add = |heading: &str, found: Vec<String>| {
        if !found.is_empty() {
            lines.push(heading.to_owned());
            lines.extend(found.into_iter().map(|line| format!("  • {line}")));
            lines.push(String::new());
        }
    };
    let items = |wanted: Found| {
        let items = checked.checklist.iter().filter(|item| item.state == wanted);
        items.map(|item| item.title.clone()).collect::<Vec<String>>()
    };
    add("Fehlt vermutlich", items(Found::ProbablyMissing));
    add("Fehlt, oder ist in einer Datei, die nicht gelesen wurde", items(Found::Unreadable));
    add("Vermutlich abgelaufen", items(Found::Expired));
    add("Nicht zu entscheiden, weil eine Angabe fehlt", items(Found::Undecided));
    let unread = errors.iter().map(|error| format!("{}: {}", error.filename, error.message));
    add("Nicht gelesen und nicht enthalten", unread.collect());
    lines
}
