//! An import as one stream: one request and one answer for each decree.
//!
//! It can be broken off at any moment and started again: what the appliance already holds is
//! answered as unchanged.

use std::path::PathBuf;

use api::proto::decree_service_client::DecreeServiceClient;
use api::proto::import_decrees_response::Outcome;
use api::proto::source_file::Content;
use api::proto::{DecreeMetadata, ImportDecreesRequest, ImportDecreesResponse, SourceFile};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;

use super::Error;
use super::application::Sender;
use super::sources::Found;

/// Requests that are read ahead of what the connection takes.
const AHEAD_MAX: usize = 8;

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Decrees that were not held before.
    pub added: u64,
    /// Versions added to decrees already held.
    pub new_versions: u64,
    /// Held before, same bytes and same validity.
    pub unchanged: u64,
    /// Refused, with name and reason.
    pub refused: Vec<(String, String)>,
    /// Passages that were made.
    pub passages: u64,
}

impl Summary {
    /// Answers so far.
    #[must_use]
    pub fn answered(&self) -> u64 {
        let refused = u64::try_from(self.refused.len()).unwrap_or(u64::MAX);
        self.added + self.new_versions + self.unchanged + refused
    }

    fn count(&mut self, answer: ImportDecreesResponse) {
        self.passages += u64::from(answer.passages);
        match answer.outcome() {
            Outcome::Added => self.added += 1,
            Outcome::NewVersion => self.new_versions += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Refused => self.refused.push((answer.filename, answer.message)),
            Outcome::Unspecified => {
                self.refused.push((answer.filename, "the answer has no outcome".to_owned()));
            }
        }
    }
}

/// What an import tells while it runs.
pub trait Progress: Send + Sync + 'static {
    /// So many decrees more are to come.
    fn more(&self, decrees: u64);
    /// One more was answered.
    fn answered(&self, summary: &Summary);
}

/// Imports everything that was found. Where the stream breaks, what was answered before stays in
/// the summary beside the error.
pub async fn run(
    channel: Channel,
    found: Found,
    progress: std::sync::Arc<dyn Progress>,
) -> (Summary, Result<(), Error>) {
    let mut summary = Summary::default();
    let sender = match Sender::new(channel.clone()).await {
        Ok(sender) => sender,
        Err(error) => return (summary, Err(error)),
    };
    progress.more(u64::try_from(found.papers.len()).unwrap_or(u64::MAX));
    let (requests, receiver) = mpsc::channel(AHEAD_MAX);
    let producing = tokio::spawn(produce(found, sender, requests, progress.clone()));
    let streamed = stream(channel, receiver, &mut summary, progress.as_ref()).await;
    // The reason why nothing more was sent explains a stream that ended early.
    let produced = match producing.await {
        Ok(Ok(unsent)) => {
            summary.refused.extend(unsent);
            Ok(())
        }
        Ok(Err(error)) => Err(error),
        Err(_) => Ok(()),
    };
    (summary, produced.and(streamed))
}

async fn stream(
    channel: Channel,
    receiver: mpsc::Receiver<ImportDecreesRequest>,
    summary: &mut Summary,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let mut answers = DecreeServiceClient::new(channel)
        .import_decrees(ReceiverStream::new(receiver))
        .await?
        .into_inner();
    while let Some(answer) = answers.message().await? {
        summary.count(answer);
        progress.answered(summary);
    }
    Ok(())
}

async fn produce(
    found: Found,
    sender: Sender,
    requests: mpsc::Sender<ImportDecreesRequest>,
    progress: std::sync::Arc<dyn Progress>,
) -> Result<Vec<(String, String)>, Error> {
    // One file that cannot be read or uploaded never stops the others.
    let mut unsent = Vec::new();
    for (path, name) in found.papers {
        let file = match sender.file(&path, &name, sender.inline_bytes_max()).await {
            Ok(file) => file,
            Err(error) => {
                unsent.push((name, with_cause(&error)));
                continue;
            }
        };
        let request = ImportDecreesRequest { file: Some(file), metadata: None };
        if requests.send(request).await.is_err() {
            return Ok(unsent);
        }
    }
    for path in found.collections {
        let (requests, progress) = (requests.clone(), progress.clone());
        let read =
            tokio::task::spawn_blocking(move || produce_laws(path, &requests, progress.as_ref()));
        if let Ok(read) = read.await {
            read?;
        }
    }
    Ok(unsent)
}

fn with_cause(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Reads a collection of laws; each law is one decree with its sections as passages.
fn produce_laws(
    path: PathBuf,
    requests: &mpsc::Sender<ImportDecreesRequest>,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let failed = |source| Error::Laws { path: path.clone(), source };
    // Read twice, a second or two, so that the progress knows where it ends.
    let count = decrees::laws::open(&path).map_err(failed)?.count();
    progress.more(u64::try_from(count).unwrap_or(u64::MAX));
    for law in decrees::laws::open(&path).map_err(failed)? {
        let law = law.map_err(failed)?;
        let content = Some(Content::Text(law.text));
        let file = SourceFile { filename: law.filename, content };
        let metadata = DecreeMetadata {
            decree_id: law.metadata.decree_id,
            title: law.metadata.title,
            kind: law.metadata.kind,
            issuer: law.metadata.issuer,
            file_number: law.metadata.file_number,
            issued_on: law.metadata.issued_on.map(date),
            valid_from: law.metadata.valid_from.map(date),
            valid_to: law.metadata.valid_to.map(date),
            replaces: law.metadata.replaces,
        };
        let request = ImportDecreesRequest { file: Some(file), metadata: Some(metadata) };
        if requests.blocking_send(request).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn date(day: decrees::Day) -> api::proto::Date {
    // At most 12 and 31.
    let small = |number: u32| i32::try_from(number).unwrap_or_default();
    api::proto::Date { year: day.year(), month: small(day.month()), day: small(day.day()) }
}
