//! Models that an administrator carries in: checked, described, tried and installed. Nothing is
//! ever fetched.

mod carried;
mod describe;
mod error;
mod files;
mod install;
mod networks;
mod unpack;

pub use error::Error;
pub use install::{Folder, Staged};
pub use networks::add_networks;

use inference::manifest::{Compute, Manifest};
use inference::{Engine, EngineConfig, Lane, Model, Request, Task};
use inference_candle::ModelSource;
use std::path::{Path, PathBuf};

/// A text of this length belongs into no command line, manifest, or table.
const TEXT_CHARACTERS_MAX: usize = 200;
/// Two texts of which the first two are closer to each other than to the third, in any model worth
/// its name; only that they differ is demanded.
const TRIED: [&str; 2] = ["Der Antrag auf Wohngeld", "Die Gebühr für einen Reisepass"];

/// Told how many bytes more were written.
pub type Progress<'a> = &'a dyn Fn(u64);

/// What is carried in, and what its files do not say or say wrong.
#[derive(Clone, Debug, Default)]
pub struct Adding {
    /// A folder, or an archive (`.zip`, `.tar`, `.tar.gz`, `.tgz`).
    pub source: PathBuf,
    /// Else the name of folder or archive.
    pub name: Option<String>,
    /// SPDX expression; else from the model's `README.md`.
    pub licence: Option<String>,
    /// Else by the architecture.
    pub task: Option<Task>,
    /// Else from `config_sentence_transformers.json`.
    pub query_prefix: Option<String>,
    /// Likewise.
    pub passage_prefix: Option<String>,
    /// What it computes in.
    pub compute: Option<Compute>,
    /// Whether an added model of its name may be there, to be replaced.
    pub replace: bool,
}

/// A model that lies ready beside the installed ones, loaded and not yet tried.
#[derive(Debug)]
pub struct Ready {
    /// Its files, all of them listed in its manifest.
    pub staged: Staged,
    /// As written.
    pub manifest: Manifest,
    /// What was concluded rather than read, for the administrator to check.
    pub notes: Vec<String>,
    /// Bytes of all files.
    pub bytes: u64,
    /// As the engine takes it.
    pub model: Model,
}

/// Copies what is needed into `folder`, out of sight, writes the manifest, and loads the model.
/// A folder or archive with a manifest is verified against it.
///
/// # Errors
/// When something is missing, does not fit, or passes a limit; see [`Error`].
pub fn prepare(adding: &Adding, folder: &Folder, progress: Progress<'_>) -> Result<Ready, Error> {
    let staged = folder.stage()?;
    let carried = carried::open(&adding.source, &staged, progress)?;
    let described = if carried.has(inference::manifest::FILE_NAME) {
        describe::by_manifest(adding, &carried)?
    } else {
        describe::by_layout(adding, &carried)?
    };
    for text in described.texts() {
        short(text)?;
    }
    let name = &described.manifest.name;
    refuse_shipped(name)?;
    if folder.has(name) && !adding.replace {
        return Err(Error::Taken { name: name.clone() });
    }
    let mut bytes = 0;
    for path in described.manifest.files.keys() {
        bytes += carried.take(path, &staged, progress)?;
    }
    for (path, content) in &described.written {
        files::write_new(&staged.path().join(path), content)?;
    }
    let mut manifest = described.manifest;
    if described.is_verified {
        carried.take(inference::manifest::FILE_NAME, &staged, progress)?;
    } else {
        manifest.files.extend(described.written.into_keys().map(|path| (path, String::new())));
        manifest = inference::manifest::write(staged.path(), manifest)?;
    }
    staged.clear_unpacked()?;
    let model = inference_candle::load(&ModelSource::Folder(staged.path().to_owned()))?;
    Ok(Ready { staged, manifest, notes: described.notes, bytes, model })
}

/// Lets a model compute; what came out, in one line for people.
///
/// # Errors
/// When it fails, or answers the same to different texts.
pub async fn try_out(model: Model) -> Result<String, Error> {
    let (name, task) = (model.info.name.clone(), model.info.task);
    let labels = model.info.labels.clone();
    let engine = Engine::start(EngineConfig::default(), vec![model])?;
    engine.self_test().await?;
    let mut request = Request::query(TRIED[0], Lane::interactive("amtshilfe"));
    request.model = Some(name.clone());
    request.texts = TRIED.map(str::to_owned).to_vec();
    let (outputs, said) = match task {
        Task::Embed => {
            let vectors = engine.embed(request).await?.value;
            let cosine = cosine(&vectors);
            (vectors, format!("cos(„{}“, „{}“) = {cosine:.3}", TRIED[0], TRIED[1]))
        }
        Task::Classify => {
            let scores = engine.classify(request).await?.value;
            let best = scores.first().map_or_else(String::new, |row| best(row, &labels));
            (scores, format!("„{}“ → {best}", TRIED[0]))
        }
        Task::Rerank => {
            let scores = engine.rerank("Wohngeld beantragen".to_owned(), request).await?.value;
            let said = format!("„Wohngeld beantragen“ → {scores:.3?}");
            (scores.into_iter().map(|score| vec![score]).collect(), said)
        }
    };
    match outputs.as_slice() {
        [one, other] if one != other => Ok(said),
        _ => Err(Error::Mute { model: name }),
    }
}

/// Refuses the name of a model that the binary carries.
///
/// # Errors
/// When it is one.
pub fn refuse_shipped(name: &str) -> Result<(), Error> {
    let is_shipped = inference_candle::shipped().iter().any(|source| match source {
        ModelSource::Embedded { name: shipped, .. } => *shipped == name,
        ModelSource::Folder(_) => false,
    });
    if is_shipped { Err(Error::Shipped { name: name.to_owned() }) } else { Ok(()) }
}

fn cosine(vectors: &[Vec<f32>]) -> f32 {
    let [one, other] = vectors else { return f32::NAN };
    one.iter().zip(other).map(|(left, right)| left * right).sum()
}

fn best(row: &[f32], labels: &[String]) -> String {
    let best = row.iter().zip(labels).max_by(|(left, _), (right, _)| left.total_cmp(right));
    best.map_or_else(String::new, |(score, label)| format!("{label} ({score:.2})"))
}

fn short(text: &str) -> Result<(), Error> {
    let plain = !text.chars().any(char::is_control);
    if plain && text.chars().count() <= TEXT_CHARACTERS_MAX {
        return Ok(());
    }
    let begin = text.chars().filter(|letter| !letter.is_control()).take(40).collect();
    Err(Error::Text { begin, characters_max: TEXT_CHARACTERS_MAX })
}

/// Whether a name can be a folder's and a model's: letters, digits, `-`, `_` and `.` inside.
pub(crate) fn is_name(name: &str) -> bool {
    let inner = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    (1..=64).contains(&name.len())
        && name.chars().all(inner)
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
}

/// The last part of a path, without the endings of archives.
fn stem(source: &Path) -> String {
    let name = source.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    let ending = unpack::ENDINGS.iter().find(|ending| lower.ends_with(**ending));
    let kept = name.len() - ending.map_or(0, |ending| ending.len());
    name.get(..kept).unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests;
