//! Files as they are handed in: most are one decree, but an archive, a mail or a law's XML holds others.

use crate::laws;
use crate::{Content, Metadata, Refused, Source};
use reading::{FileError, Part, PartContent, Reader};

/// One decree of a file, not yet read.
#[derive(Debug)]
pub struct Piece {
    /// The file's name, or `ARCHIVE/NAME`.
    pub filename: String,
    content: PartContent,
    metadata: Metadata,
}

/// Takes a file apart, where it holds files. `metadata` is what the sender states: of several decrees in one
/// file only what can be the same for all counts, and the rest is refused.
///
/// # Errors
/// Why nothing of the file can be taken, in words.
pub async fn open(
    reader: &Reader,
    filename: &str,
    bytes: Vec<u8>,
    metadata: Metadata,
) -> Result<Vec<Piece>, Refused> {
    let name = filename.to_owned();
    // Looking through an archive takes longer than an async thread may be held.
    let looked = tokio::task::spawn_blocking(move || (reading::holds_files(&bytes, &name), bytes));
    let (holds_files, bytes) = looked.await.map_err(|_| Refused {
        german: "Die Datei konnte nicht angesehen werden.".into(),
        english: "The file could not be looked at.".into(),
    })?;
    if !holds_files {
        let content = PartContent::File(bytes);
        return Ok(vec![Piece { filename: filename.to_owned(), content, metadata }]);
    }
    let parts = reader.unpack(bytes, filename).await.map_err(refused)?;
    let several = parts.len() > 1;
    if several
        && !(metadata.decree_id.is_empty()
            && metadata.title.is_empty()
            && metadata.file_number.is_empty())
    {
        return Err(Refused {
            german: format!(
                "In der Datei sind {} Dateien: Kennung, Titel und Aktenzeichen lassen sich nur für eine angeben.",
                parts.len()
            ),
            english: format!(
                "The file holds {} files: id, title and file number can be stated for one only.",
                parts.len()
            ),
        });
    }
    let piece = |Part { name, content }| Piece {
        filename: format!("{filename}/{name}"),
        content,
        metadata: metadata.clone(),
    };
    Ok(parts.into_iter().map(piece).collect())
}

impl Piece {
    /// Reads the piece: bytes by the reader, in a process of their own.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    pub async fn read(self, reader: &Reader) -> Result<Source, Refused> {
        let Piece { filename, content, mut metadata } = self;
        let content = match content {
            PartContent::File(bytes) => {
                let paper =
                    reader.read_published(bytes.clone(), &filename).await.map_err(refused)?;
                Content::Paper { paper, bytes }
            }
            PartContent::Message { title, text } => {
                if metadata.title.is_empty() {
                    metadata.title = title;
                }
                Content::Text(text)
            }
            PartContent::Law(law) => {
                let law = laws::compose_law(law);
                metadata = stated(metadata, law.metadata);
                Content::Text(law.text)
            }
            PartContent::Refused(error) => return Err(refused(error)),
        };
        Ok(Source { filename, content, metadata })
    }
}

/// What the sender states, else what the law's file states.
fn stated(sender: Metadata, file: Metadata) -> Metadata {
    let first = |one: String, other: String| if one.is_empty() { other } else { one };
    Metadata {
        decree_id: first(sender.decree_id, file.decree_id),
        title: first(sender.title, file.title),
        kind: first(sender.kind, file.kind),
        issuer: first(sender.issuer, file.issuer),
        file_number: first(sender.file_number, file.file_number),
        issued_on: sender.issued_on.or(file.issued_on),
        valid_from: sender.valid_from,
        valid_to: sender.valid_to,
        replaces: sender.replaces,
    }
}

fn refused(error: FileError) -> Refused {
    let (german, english) = (error.message("de"), error.message("en"));
    Refused { german, english }
}
