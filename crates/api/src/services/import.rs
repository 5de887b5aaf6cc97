//! `ImportDecrees`: one stream, one answer for each file, one change record for each version.
//!
//! Files are read side by side, committed in batches of what has arrived, and answered in order. A client
//! that waits for each answer before it sends the next file is answered at once. A file that holds files is
//! answered once for each of them.

use std::pin::Pin;
use std::sync::Arc;

use audit::Kind;
use decrees::{Content, Imported, Importer, Refused, Source, intake};
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt, future};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::decrees::blocking;
use crate::State;
use crate::call::incoming::Incoming;
use crate::call::{Note, entry};
use crate::convert::decrees as to;
use crate::failure::Failure;
use crate::files::{self, Problem};
use crate::proto;
use crate::proto::import_decrees_response::Outcome;
use crate::proto::source_file::Content as Sent;

/// Files committed together at most.
const BATCH_FILES_MAX: usize = 256;
/// Files read side by side.
const FILES_AT_A_TIME: usize = 8;
/// Files of one archive read side by side.
const PIECES_AT_A_TIME: usize = 4;
/// Answers that may wait for a slow client.
const ANSWERS_WAITING_MAX: usize = 512;

pub(super) type Answers =
    Pin<Box<dyn Stream<Item = Result<proto::ImportDecreesResponse, Status>> + Send>>;

/// A file on its way into the corpus.
enum Arrived {
    Source(Box<Source>),
    Refused { filename: String, message: String },
    Broken(Box<Status>),
}

/// Where an import stands.
struct Import {
    importer: Importer,
    answers: mpsc::Sender<Result<proto::ImportDecreesResponse, Status>>,
    files: u64,
    refused: u64,
}

/// Opens the stream's record and takes the files in the background.
pub(super) async fn import(
    state: &State,
    request: Request<Streaming<proto::ImportDecreesRequest>>,
) -> Result<Response<Answers>, Status> {
    let method = "amtshilfe.v1.DecreeService/ImportDecrees";
    let incoming = Incoming::open(state, method, &request).await?;
    let (answers, receiver) = mpsc::channel(ANSWERS_WAITING_MAX);
    let importer = state.corpus.importer();
    let import = Import { importer, answers, files: 0, refused: 0 };
    tokio::spawn(import.run(incoming, request.into_inner()));
    Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
}

impl Import {
    async fn run(mut self, incoming: Incoming, stream: Streaming<proto::ImportDecreesRequest>) {
        let result = incoming.until_asked(self.take(&incoming, stream)).await;
        let mut note = Note {
            corpus_version: incoming.state.corpus.stats().corpus_version,
            ..Note::default()
        };
        note.fact("files", self.files);
        note.fact("file_errors", self.refused);
        if let Some(status) = incoming.close(result, note).await {
            // A client that has left needs no status.
            drop(self.answers.send(Err(status)).await);
        }
    }

    async fn take(
        &mut self,
        incoming: &Incoming,
        stream: Streaming<proto::ImportDecreesRequest>,
    ) -> Result<(), Failure> {
        let state = incoming.state.clone();
        let department: Arc<str> = incoming.edge.identity.department.as_str().into();
        let arriving = stream
            .map(move |message| {
                let state = state.clone();
                let department = Arc::clone(&department);
                async move {
                    match message {
                        Ok(request) => arrive(&state, &department, request).await,
                        Err(status) => one(Arrived::Broken(Box::new(status))),
                    }
                }
            })
            .buffered(FILES_AT_A_TIME)
            .flatten()
            .ready_chunks(BATCH_FILES_MAX);
        let mut arriving = std::pin::pin!(arriving);
        let mut result = Ok(());
        while let Some(batch) = arriving.next().await {
            result = self.commit(incoming, batch).await;
            if result.is_err() {
                break;
            }
        }
        let importer = self.importer.clone();
        blocking(move || importer.finish()).await?;
        if result.is_ok() && self.answers.is_closed() {
            return Err(left());
        }
        result
    }

    /// Commits a batch, records each change, and answers each file in order.
    async fn commit(&mut self, incoming: &Incoming, batch: Vec<Arrived>) -> Result<(), Failure> {
        let mut sources = Vec::new();
        let mut waiting = Vec::new();
        let mut broken = None;
        for arrived in batch {
            match arrived {
                Arrived::Source(source) => {
                    waiting.push((source.filename.clone(), None));
                    sources.push(*source);
                }
                Arrived::Refused { filename, message } => waiting.push((filename, Some(message))),
                Arrived::Broken(status) => {
                    broken = Some(Failure::Broken(status));
                    break;
                }
            }
        }
        let importer = self.importer.clone();
        let outcomes = blocking(move || importer.add_all(sources)).await?;
        let mut outcomes = outcomes.into_iter();
        let answers: Vec<proto::ImportDecreesResponse> = waiting
            .into_iter()
            .filter_map(|(filename, refusal)| match refusal {
                Some(message) => Some(refused(filename, message)),
                None => outcomes.next().map(|outcome| answer(filename, outcome)),
            })
            .collect();
        record(incoming, &answers).await?;
        for answer in answers {
            self.files += 1;
            self.refused += u64::from(answer.outcome() == Outcome::Refused);
            if self.answers.send(Ok(answer)).await.is_err() {
                return Err(left());
            }
        }
        broken.map_or(Ok(()), Err)
    }
}

/// One change record for each version that came into the corpus, all in one group commit.
async fn record(
    incoming: &Incoming,
    answers: &[proto::ImportDecreesResponse],
) -> Result<(), Failure> {
    let corpus_version = incoming.state.corpus.stats().corpus_version;
    let changes = answers
        .iter()
        .filter(|answer| matches!(answer.outcome(), Outcome::Added | Outcome::NewVersion))
        .map(|answer| {
            let mut note = Note { kind: Some(Kind::Change), corpus_version, ..Note::default() };
            note.fact("version", &answer.version_id);
            note.fact("passages", answer.passages);
            let mut record = entry(&incoming.edge, None, "OK", &note);
            record.start_index = Some(incoming.start_index);
            incoming.state.log.commit(record, ())
        });
    let recorded = future::try_join_all(changes).await;
    recorded.map(|_| ()).map_err(Failure::Audit)
}

fn left() -> Failure {
    Failure::Broken(Box::new(Status::cancelled("the client left")))
}

/// Makes sources of one message: text as it is, bytes through the reader, each file of an archive for itself.
async fn arrive(
    state: &State,
    department: &str,
    request: proto::ImportDecreesRequest,
) -> BoxStream<'static, Arrived> {
    let file = request.file.unwrap_or_default();
    let filename = file.filename;
    let refused = |message: String| Arrived::Refused { filename: filename.clone(), message };
    let problem = |problem: Problem| {
        one(refused(format!("{} / {}", problem.message("de"), problem.message("en"))))
    };
    let metadata = match to::metadata(request.metadata) {
        Ok(metadata) => metadata,
        Err(failure) => return one(refused(failure.to_string())),
    };
    let bytes = match file.content {
        Some(Sent::Text(text)) => {
            let source = Source { filename, content: Content::Text(text), metadata };
            return one(Arrived::Source(Box::new(source)));
        }
        Some(Sent::Data(bytes)) => bytes.into(),
        Some(Sent::UploadId(id)) => match files::upload(state, department, id).await {
            Ok(bytes) => bytes,
            Err(found) => return problem(found),
        },
        None => return problem(Problem::NoContent),
    };
    let pieces = match intake::open(&state.reader, &filename, bytes, metadata).await {
        Ok(pieces) => pieces,
        Err(reason) => return one(refused(reason.to_string())),
    };
    let reader = state.reader.clone();
    // A file of its own is read at once, beside those of the other messages.
    match <[intake::Piece; 1]>::try_from(pieces) {
        Ok([piece]) => one(read(piece, reader).await),
        Err(pieces) => stream::iter(pieces)
            .map(move |piece| read(piece, reader.clone()))
            .buffered(PIECES_AT_A_TIME)
            .boxed(),
    }
}

async fn read(piece: intake::Piece, reader: documents::paper::Reader) -> Arrived {
    let filename = piece.filename.clone();
    match piece.read(&reader).await {
        Ok(source) => Arrived::Source(Box::new(source)),
        Err(reason) => Arrived::Refused { filename, message: reason.to_string() },
    }
}

fn one(arrived: Arrived) -> BoxStream<'static, Arrived> {
    stream::iter([arrived]).boxed()
}

fn answer(filename: String, outcome: Result<Imported, Refused>) -> proto::ImportDecreesResponse {
    match outcome {
        Ok(imported) => proto::ImportDecreesResponse {
            filename,
            decree_id: imported.decree_id.to_string(),
            version_id: imported.version_id.to_string(),
            outcome: to::outcome(imported.outcome).into(),
            message: imported.message,
            passages: imported.passages,
            readings: to::readings(&imported.readings),
        },
        Err(reason) => refused(filename, reason.to_string()),
    }
}

fn refused(filename: String, message: String) -> proto::ImportDecreesResponse {
    proto::ImportDecreesResponse {
        filename,
        message,
        outcome: Outcome::Refused.into(),
        ..proto::ImportDecreesResponse::default()
    }
}
