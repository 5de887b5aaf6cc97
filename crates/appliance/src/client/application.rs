//! Papers and applications as calls of `DocumentService`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use api::proto::document_service_client::DocumentServiceClient;
use api::proto::source_file::Content;
use api::proto::upload_request::Part;
use api::proto::upload_service_client::UploadServiceClient;
use api::proto::{
    CheckApplicationRequest, CheckApplicationResponse, ClassifyRequest, ClassifyResponse, Consent,
    GetServerLimitsRequest, SourceFile, UploadRequest, UploadStart,
};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;

use super::Error;

/// What a message needs beside the bytes of its files.
const MESSAGE_ROOM_BYTES: u64 = 256 * 1024;
/// Bytes of one piece of an upload: what the contract allows.
const PIECE_BYTES: usize = 1024 * 1024;
/// Largest answer that is taken: above what the appliance sends.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Sends files: small ones inside the call, large ones before it.
#[derive(Clone, Debug)]
pub struct Sender {
    channel: Channel,
    inline_bytes_max: u64,
}

impl Sender {
    /// Asks the appliance how much a message may hold.
    pub async fn new(channel: Channel) -> Result<Sender, Error> {
        let limits = UploadServiceClient::new(channel.clone())
            .get_server_limits(GetServerLimitsRequest {})
            .await?
            .into_inner();
        let inline_bytes_max = limits.message_bytes_max.saturating_sub(MESSAGE_ROOM_BYTES);
        Ok(Sender { channel, inline_bytes_max })
    }

    /// How many bytes of files one message may hold.
    #[must_use]
    pub fn inline_bytes_max(&self) -> u64 {
        self.inline_bytes_max
    }

    /// The files of one call. Their sum decides: what no longer fits is uploaded.
    pub async fn files(&self, paths: &[PathBuf]) -> Result<Vec<SourceFile>, Error> {
        let mut room = self.inline_bytes_max;
        let mut files = Vec::new();
        for path in paths {
            let file = self.file(path, &shown_name(path), room).await?;
            if let Some(Content::Data(data)) = &file.content {
                room = room.saturating_sub(u64::try_from(data.len()).unwrap_or(u64::MAX));
            }
            files.push(file);
        }
        Ok(files)
    }

    /// One file under a name, inside the message where it has at most `room` bytes.
    pub async fn file(&self, path: &Path, name: &str, room: u64) -> Result<SourceFile, Error> {
        let failed = |source| Error::File { path: path.to_owned(), source };
        let size = fs_err::metadata(path).map_err(failed)?.len();
        let content = if size <= room {
            Content::Data(super::read(path)?.into())
        } else {
            Content::UploadId(self.upload(path, name, size).await?)
        };
        Ok(SourceFile { filename: name.to_owned(), content: Some(content) })
    }

    async fn upload(&self, path: &Path, name: &str, size: u64) -> Result<String, Error> {
        let (sender, receiver) = mpsc::channel(4);
        let start =
            UploadStart { filename: name.to_owned(), size_bytes: size, sha256: Vec::new().into() };
        let path = path.to_owned();
        let reading = tokio::task::spawn_blocking(move || send_pieces(&path, start, &sender));
        let answer = UploadServiceClient::new(self.channel.clone())
            .upload(ReceiverStream::new(receiver))
            .await;
        // A file that could not be read explains a refused upload better than the refusal.
        if let Ok(read) = reading.await {
            read?;
        }
        Ok(answer?.into_inner().upload_id)
    }
}

fn send_pieces(
    path: &Path,
    start: UploadStart,
    sender: &mpsc::Sender<UploadRequest>,
) -> Result<(), Error> {
    use std::io::Read;
    let failed = |source| Error::File { path: path.to_owned(), source };
    let mut file = fs_err::File::open(path).map_err(failed)?;
    if sender.blocking_send(UploadRequest { part: Some(Part::Start(start)) }).is_err() {
        return Ok(());
    }
    loop {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        let limit = u64::try_from(PIECE_BYTES).unwrap_or(u64::MAX);
        file.by_ref().take(limit).read_to_end(&mut piece).map_err(failed)?;
        if piece.is_empty() {
            return Ok(());
        }
        let part = Some(Part::Chunk(piece.into()));
        // The appliance has answered already: its refusal says why.
        if sender.blocking_send(UploadRequest { part }).is_err() {
            return Ok(());
        }
    }
}

/// Under which footing a command calls.
#[derive(Clone, Copy, Debug)]
pub enum Footing {
    /// For the office.
    Office,
    /// For the applicant, who has agreed to the text of this version.
    Applicant,
}

impl Footing {
    fn mode(self) -> i32 {
        match self {
            Footing::Office => api::proto::Mode::Office.into(),
            Footing::Applicant => api::proto::Mode::Applicant.into(),
        }
    }

    fn consent(self) -> Option<Consent> {
        match self {
            Footing::Office => None,
            Footing::Applicant => Some(Consent {
                granted: true,
                text_version: "command-line-1".to_owned(),
                language: "de".to_owned(),
            }),
        }
    }
}

/// What the files are.
pub async fn classify(
    sender: &Sender,
    footing: Footing,
    paths: &[PathBuf],
) -> Result<ClassifyResponse, Error> {
    let request = ClassifyRequest {
        mode: footing.mode(),
        consent: footing.consent(),
        files: sender.files(paths).await?,
        ..ClassifyRequest::default()
    };
    let answer = DocumentServiceClient::new(sender.channel.clone())
        .max_decoding_message_size(ANSWER_BYTES_MAX)
        .classify(request)
        .await?;
    Ok(answer.into_inner())
}

/// An application as the command line or a `case.json` describes it.
#[derive(Clone, Debug, Default)]
pub struct Application {
    /// Id of the application type; empty: the appliance proposes one.
    pub application_type: String,
    /// The department's own id of the case; empty: the appliance makes one.
    pub case_id: String,
    /// Form fields.
    pub form: BTreeMap<String, String>,
    /// Conditions known to the caller.
    pub facts: BTreeMap<String, String>,
    /// Of the hints.
    pub language: String,
    /// The papers.
    pub files: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Case {
    application_type: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    form: BTreeMap<String, Value>,
    #[serde(default)]
    facts: BTreeMap<String, Value>,
}

impl Application {
    /// Reads a folder with `case.json` and papers.
    pub fn from_folder(folder: &Path) -> Result<Application, Error> {
        let path = folder.join("case.json");
        let case: Case = serde_json::from_slice(&super::read(&path)?)
            .map_err(|source| Error::Case { path: path.clone(), source })?;
        let failed = |source| Error::File { path: folder.to_owned(), source };
        let mut files = Vec::new();
        for entry in fs_err::read_dir(folder).map_err(failed)? {
            let file = entry.map_err(failed)?.path();
            if file.is_file() && file != path {
                files.push(file);
            }
        }
        files.sort();
        let texts = |values: BTreeMap<String, Value>| {
            values.into_iter().map(|(name, value)| (name, as_text(&value))).collect()
        };
        let mut facts: BTreeMap<String, String> = texts(case.facts);
        // For whoever scores the answer, not for the appliance.
        facts.remove("not_scored");
        Ok(Application {
            application_type: case.application_type,
            case_id: String::new(),
            form: texts(case.form),
            facts,
            language: case.language,
            files,
        })
    }
}

/// Checks an application.
pub async fn check(
    sender: &Sender,
    footing: Footing,
    application: Application,
) -> Result<CheckApplicationResponse, Error> {
    let request = CheckApplicationRequest {
        mode: footing.mode(),
        consent: footing.consent(),
        case_id: application.case_id,
        application_type: application.application_type,
        form: application.form,
        files: sender.files(&application.files).await?,
        language: application.language,
        facts: application.facts,
        ..CheckApplicationRequest::default()
    };
    let answer = DocumentServiceClient::new(sender.channel.clone())
        .max_decoding_message_size(ANSWER_BYTES_MAX)
        .check_application(request)
        .await?;
    Ok(answer.into_inner())
}

/// Form values and facts travel as text: true/false, lists joined by commas.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(as_text).collect::<Vec<_>>().join(","),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

fn shown_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
