//! The files of a call: each is read on its own, and one that cannot be read never fails its neighbours.

use documents::paper::{FileError, Paper, Part, PartContent, Passed, Reason, holds_files};
use futures_util::StreamExt;
use futures_util::stream;

use crate::State;
use crate::call::Call;
use crate::failure::Failure;
use crate::proto;
use crate::proto::source_file::Content;

/// Files of one call read at a time; the reader bounds its child processes besides.
const FILES_AT_A_TIME: usize = 4;

/// What became of the files of one call.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) papers: Vec<ReadPaper>,
    pub(crate) errors: Vec<proto::FileError>,
}

/// A file that could be read.
#[derive(Debug)]
pub(crate) struct ReadPaper {
    pub(crate) file_index: u32,
    pub(crate) filename: String,
    pub(crate) paper: Paper,
}

/// Refuses a call whose files break a bound that holds for the call as a whole.
pub(crate) fn check(state: &State, files: &[proto::SourceFile]) -> Result<(), Failure> {
    if files.is_empty() {
        return Err(Failure::invalid("files", "send at least one file"));
    }
    if files.len() > state.limits.files_max {
        let text = format!("{} files, at most {}", files.len(), state.limits.files_max);
        return Err(Failure::invalid("files", &text));
    }
    for (index, file) in files.iter().enumerate() {
        if file.filename.chars().count() > state.limits.value_characters_max {
            let field = format!("files[{index}].filename");
            return Err(Failure::invalid(&field, "the file name is too long"));
        }
    }
    Ok(())
}

/// Reads every file of a call, in their order; of one that holds files, each of these as `FILE/NAME`.
pub(crate) async fn read(
    state: &State,
    call: &Call,
    files: Vec<proto::SourceFile>,
    language: &str,
) -> Read {
    let outcomes: Vec<_> = stream::iter(files.into_iter().enumerate())
        .map(|(index, file)| async move {
            let outcomes = papers(state, call, file).await;
            if let Some(job) = &call.job {
                job.file_done();
            }
            (index, outcomes)
        })
        .buffered(FILES_AT_A_TIME)
        .collect()
        .await;
    let mut read = Read::default();
    for (index, outcomes) in outcomes {
        let file_index = crate::convert::count(index);
        for (filename, outcome) in outcomes {
            match outcome {
                Ok(paper) => read.papers.push(ReadPaper { file_index, filename, paper }),
                Err(problem) => read.errors.push(problem.error(file_index, filename, language)),
            }
        }
    }
    read
}

/// Why a file has no paper.
#[derive(Debug)]
pub(crate) enum Problem {
    File(FileError),
    /// An upload that this department does not hold, or no longer.
    UnknownUpload,
    /// Neither bytes nor text nor an upload.
    NoContent,
}

impl Problem {
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Problem::File(error) => error.reason.code(),
            Problem::UnknownUpload => Reason::Unreadable.code(),
            Problem::NoContent => Reason::Empty.code(),
        }
    }

    pub(crate) fn message(&self, language: &str) -> String {
        let german = !language.starts_with("en");
        match self {
            Problem::File(error) => error.message(language),
            Problem::UnknownUpload if german => {
                "Diese Datei wurde nicht hochgeladen oder ist schon \
                 gelöscht. Bitte laden Sie die Datei noch einmal hoch."
                    .to_owned()
            }
            Problem::UnknownUpload => {
                "This upload is not known or has ended. Please upload the file again.".to_owned()
            }
            Problem::NoContent if german => {
                "Die Datei hat keinen Inhalt. Bitte senden Sie die Datei noch einmal.".to_owned()
            }
            Problem::NoContent => "The file has no content. Please send it again.".to_owned(),
        }
    }

    fn error(&self, file_index: u32, filename: String, language: &str) -> proto::FileError {
        let passed = match self {
            Problem::File(error) => error.limit.as_ref(),
            Problem::UnknownUpload | Problem::NoContent => None,
        };
        proto::FileError {
            file_index,
            filename,
            reason: self.reason().to_owned(),
            message: self.message(language),
            limit: passed.map(|passed| passed.name.clone()).unwrap_or_default(),
            allowed: passed.map_or(0, |passed| passed.allowed),
            actual: passed.map_or(0, |passed| passed.actual),
        }
    }
}

/// What came of a file, or of each file in it.
type Outcomes = Vec<(String, Result<Paper, Problem>)>;

async fn papers(state: &State, call: &Call, file: proto::SourceFile) -> Outcomes {
    let filename = file.filename;
    let bytes = match file.content {
        Some(Content::Data(bytes)) => bytes.into(),
        Some(Content::Text(text)) => {
            return vec![(filename, state.reader.read_text(text).await.map_err(Problem::File))];
        }
        Some(Content::UploadId(id)) => match sent(state, call, id).await {
            Ok(bytes) => bytes,
            Err(problem) => return vec![(filename, Err(problem))],
        },
        None => return vec![(filename, Err(Problem::NoContent))],
    };
    let name = filename.clone();
    // Looking through an archive takes longer than an async thread may be held.
    let looked = tokio::task::spawn_blocking(move || (holds_files(&bytes, &name), bytes)).await;
    let Ok((holds, bytes)) = looked else {
        let detail = "the look at the file ended".to_owned();
        let error = FileError { reason: Reason::Unreadable, limit: None, detail };
        return vec![(filename, Err(Problem::File(error)))];
    };
    if !holds {
        let read = state.reader.read(bytes, &filename).await.map_err(Problem::File);
        return vec![(filename, read)];
    }
    match state.reader.unpack(bytes, &filename).await {
        Ok(parts) => held(state, &filename, parts).await,
        Err(error) => vec![(filename, Err(Problem::File(error)))],
    }
}

/// The files of a mail or an archive, and the mail itself.
async fn held(state: &State, filename: &str, parts: Vec<Part>) -> Outcomes {
    let allowed = state.limits.files_max;
    if parts.len() > allowed {
        let wide = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let (allowed, actual) = (wide(allowed), wide(parts.len()));
        let limit = Some(Passed { name: "files_max".to_owned(), allowed, actual });
        let detail = "files in a file".to_owned();
        let error = FileError { reason: Reason::TooLarge, limit, detail };
        return vec![(filename.to_owned(), Err(Problem::File(error)))];
    }
    let read = parts.into_iter().map(|part| async move {
        let paper = match part.content {
            PartContent::File(bytes) => state.reader.read(bytes, &part.name).await,
            PartContent::Message { title, text } => {
                state.reader.read_text(format!("{title}\n\n{text}")).await
            }
            PartContent::Law(law) => {
                let detail = format!("the law {}", law.id);
                Err(FileError { reason: Reason::Unsupported, limit: None, detail })
            }
            PartContent::Refused(error) => Err(error),
        };
        (format!("{filename}/{}", part.name), paper.map_err(Problem::File))
    });
    stream::iter(read).buffered(FILES_AT_A_TIME).collect().await
}

/// The bytes of an upload of the caller: of one that its job took over, or of one still held.
async fn sent(state: &State, call: &Call, id: String) -> Result<Vec<u8>, Problem> {
    if let Some(job) = call.job.clone() {
        let wanted = id.clone();
        let opened = tokio::task::spawn_blocking(move || job.upload(&wanted)).await;
        if let Ok(Ok(Some(bytes))) = opened {
            return Ok(bytes);
        }
    }
    upload(state, call.department(), id).await
}

/// The bytes of an upload of this department.
pub(crate) async fn upload(
    state: &State,
    department: &str,
    id: String,
) -> Result<Vec<u8>, Problem> {
    let uploads = state.vault.uploads().clone();
    let department = department.to_owned();
    let opened = tokio::task::spawn_blocking(move || uploads.open(&department, &id)).await;
    match opened {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(cases::Error::Limit { limit, allowed, actual })) => Err(Problem::File(FileError {
            reason: Reason::TooLarge,
            limit: Some(Passed { name: limit.to_owned(), allowed, actual }),
            detail: "the upload was counted, not kept".to_owned(),
        })),
        Ok(Err(_)) | Err(_) => Err(Problem::UnknownUpload),
    }
}
