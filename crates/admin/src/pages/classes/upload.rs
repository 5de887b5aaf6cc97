//! Reads the form that carries samples. Everything in it has a limit; files go no further than memory.

use axum::body::Body;
use documents::Title;
use documents::own::{Definition, SAMPLES_MAX};
use multer::{Constraints, Field, Multipart, SizeLimit};

use crate::language::Language;

/// Bytes of one sample.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Bytes of the whole form.
const FORM_BYTES_MAX: u64 = 64 << 20;
/// Bytes of a text of the form.
const TEXT_BYTES_MAX: u64 = 16 << 10;

/// What the form says.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) form_word: String,
    pub(super) definition: Definition,
    pub(super) files: Vec<(String, Vec<u8>)>,
    pub(super) reason: String,
    pub(super) note: String,
}

/// Why a form is not read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Problem {
    /// No form, or one broken off.
    Form,
    /// More than allowed.
    TooLarge,
    /// More files than a class may have samples.
    TooMany,
}

impl Problem {
    pub(super) fn text(self, language: Language) -> &'static str {
        match self {
            Self::Form => language
                .pick("Das Formular kam nicht vollständig an.", "The form did not arrive whole."),
            Self::TooLarge => language.pick(
                "Zu groß: ein Beispiel darf 16 MiB haben, alle zusammen 64 MiB.",
                "Too large: a sample may have 16 MiB, all of them 64 MiB.",
            ),
            Self::TooMany => language.pick(
                "Zu viele Dateien: eine Dokumentart braucht 3 bis 20 Beispiele.",
                "Too many files: a class needs 3 to 20 samples.",
            ),
        }
    }
}

impl From<multer::Error> for Problem {
    fn from(error: multer::Error) -> Self {
        let sizes = [
            matches!(error, multer::Error::FieldSizeExceeded { .. }),
            matches!(error, multer::Error::StreamSizeExceeded { .. }),
        ];
        if sizes.contains(&true) { Self::TooLarge } else { Self::Form }
    }
}

pub(super) async fn read(content_type: &str, body: Body) -> Result<Given, Problem> {
    let boundary = multer::parse_boundary(content_type)?;
    let limits = SizeLimit::new()
        .whole_stream(FORM_BYTES_MAX)
        .per_field(TEXT_BYTES_MAX)
        .for_field("samples", FILE_BYTES_MAX);
    let constraints = Constraints::new().size_limit(limits);
    let stream = body.into_data_stream();
    let mut form = Multipart::with_constraints(stream, boundary, constraints);
    let mut given = Given {
        form_word: String::new(),
        definition: Definition {
            id: String::new(),
            title: Title { de: String::new(), en: String::new() },
            description: String::new(),
            headings: Vec::new(),
            phrases: Vec::new(),
        },
        files: Vec::new(),
        reason: String::new(),
        note: String::new(),
    };
    while let Some(field) = form.next_field().await? {
        take(&mut given, field).await?;
    }
    Ok(given)
}

async fn take(given: &mut Given, field: Field<'_>) -> Result<(), Problem> {
    let lines = |text: String| -> Vec<String> {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let name = field.name().unwrap_or_default().to_owned();
    match name.as_str() {
        "samples" => {
            let filename = field.file_name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await?.to_vec();
            // A browser sends one empty file where none was chosen.
            if filename.is_empty() && bytes.is_empty() {
                return Ok(());
            }
            if given.files.len() >= SAMPLES_MAX {
                return Err(Problem::TooMany);
            }
            given.files.push((filename, bytes));
        }
        "form_word" => given.form_word = field.text().await?,
        "id" => given.definition.id = field.text().await?.trim().to_owned(),
        "title_de" => given.definition.title.de = field.text().await?.trim().to_owned(),
        "title_en" => given.definition.title.en = field.text().await?.trim().to_owned(),
        "description" => given.definition.description = field.text().await?.trim().to_owned(),
        "headings" => given.definition.headings = lines(field.text().await?),
        "phrases" => given.definition.phrases = lines(field.text().await?),
        "reason" => given.reason = field.text().await?,
        "note" => given.note = field.text().await?,
        _ => return Err(Problem::Form),
    }
    Ok(())
}
