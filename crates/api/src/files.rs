//! The files of a call: each is read on its own, and one that cannot be read never fails its neighbours.

use documents::paper::{FileError, Paper, Passed, Reason};
use futures_util::StreamExt;
use futures_util::stream;

use crate::State;
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

/// Reads every file of a call, in their order.
pub(crate) async fn read(
    state: &State,
    department: &str,
    files: Vec<proto::SourceFile>,
    language: &str,
) -> Read {
    let outcomes: Vec<_> = stream::iter(files.into_iter().enumerate())
        .map(|(index, file)| async move {
            let filename = file.filename.clone();
            let outcome = paper(state, department, file).await;
            (index, filename, outcome)
        })
        .buffered(FILES_AT_A_TIME)
        .collect()
        .await;
    let mut read = Read::default();
    for (index, filename, outcome) in outcomes {
        let file_index = crate::convert::count(index);
        match outcome {
            Ok(paper) => read.papers.push(ReadPaper { file_index, filename, paper }),
            Err(problem) => read.errors.push(problem.error(file_index, filename, language)),
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

async fn paper(state: &State, department: &str, file: proto::SourceFile) -> Result<Paper, Problem> {
    match file.content {
        Some(Content::Data(bytes)) => {
            state.reader.read(bytes.into(), &file.filename).await.map_err(Problem::File)
        }
        Some(Content::Text(text)) => state.reader.read_text(&text).map_err(Problem::File),
        Some(Content::UploadId(id)) => {
            let bytes = upload(state, department, id).await?;
            state.reader.read(bytes, &file.filename).await.map_err(Problem::File)
        }
        None => Err(Problem::NoContent),
    }
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
