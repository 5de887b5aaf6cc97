//! Opening what an appliance works with, in the order in which one needs the other.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use audit::Log;
use cases::{IdleLimits, JobLimits, Vault};
use decrees::{Corpus, Glossary};
use documents::{Documents, Knowledge};
use inference::manifest::{self, Manifest};
use inference::{Engine, EngineConfig, Task};
use inference_candle::{ModelSource, Processor};
use reading::{Child, NETWORK_FOLDER, Networks, NetworksError, Ocr, Reader};

use super::{Error, Settings};
use crate::config::{Config, MIB, Recognition};
use crate::layout::Layout;
use crate::own_classes;

/// What an appliance works with.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The audit log.
    pub log: Log,
    /// Case keys and uploads.
    pub vault: Vault,
    /// The models.
    pub engine: Engine,
    /// The threads that models compute on.
    pub processor: Processor,
    /// Bytes to pages.
    pub reader: Reader,
    /// Pages to hints; swapped when the office's own classes change.
    pub documents: Arc<ArcSwap<Documents>>,
    /// The decrees.
    pub corpus: Corpus,
}

/// The audit log first: whatever goes wrong later can then be recorded by who starts anew.
pub(super) fn open(settings: &Settings) -> Result<Opened, Error> {
    let Settings { config, layout, clock, .. } = settings;
    let mut audit_config = audit::Config::new(layout.audit(), origin(layout));
    audit_config.index_directory = layout.index().join("audit");
    let log = Log::open(audit_config, clock.clone())?;

    let mut vault_config = cases::Config::new(layout.cases());
    vault_config.uploads.upload_bytes_max = config.limits.file_mib_max * MIB;
    vault_config.uploads.lifetime = Duration::from_secs(config.limits.upload_lifetime_s);
    vault_config.jobs = JobLimits {
        waiting_max: config.jobs.waiting_max,
        held_max: config.jobs.held_max,
        department_bytes_max: config.jobs.department_mib_max * MIB,
        lifetime: Duration::from_secs(config.jobs.lifetime_s),
    };
    let hours = |count: NonZero<u32>| Duration::from_secs(u64::from(count.get()) * 3600);
    vault_config.idle = IdleLimits {
        applicant: hours(config.cases.applicant_idle_h),
        office: hours(config.cases.office_idle_h),
    };
    let vault = Vault::open(vault_config, clock.clone())?;

    // Measured before the first request, so that nobody is queued or refused by a guess.
    let mut engine_config = EngineConfig { warm_up: true, ..EngineConfig::default() };
    if let Some(threads) = config.models.tokenizer_threads {
        engine_config.tokenizer_threads = threads.max(1);
    }
    if let Some(limit) = config.models.batch_ms_max {
        engine_config.batch_time_max = Duration::from_millis(limit.get());
    }
    let processor = config.models.compute_threads.map_or_else(Processor::all_cores, Processor::new);
    let engine = Engine::start(engine_config, load_models(config, layout, &processor)?)?;
    let embedder = &config.decrees.embedder;
    if engine.hold(embedder, Task::Embed).is_err() {
        return Err(Error::Embedder { name: embedder.clone() });
    }
    let reader = Reader::new(reader_config(settings)?);
    let knowledge = Knowledge::with_own(&own_classes::Store::new(layout).live()?)?;
    let documents = Documents::new(knowledge, engine.clone(), documents::Config::default());
    let mut corpus_config = decrees::Config::new(layout.decrees(), layout.index().join("decrees"));
    embedder.clone_into(&mut corpus_config.embedder);
    if let Some(glossary) = own_glossary(layout)? {
        corpus_config.glossary = glossary;
    }
    let corpus = Corpus::open(corpus_config, engine.clone(), clock.clone())?;
    if !reader.ocr_available() {
        tracing::warn!(
            "neither the networks of PP-OCRv6 nor Tesseract with German were found: scans are refused with \
             NO_OCR (amtshilfe models add, or apt install tesseract-ocr tesseract-ocr-deu)"
        );
    }
    let documents = Arc::new(ArcSwap::from_pointee(documents));
    Ok(Opened { log, vault, engine, processor, reader, documents, corpus })
}

/// Some fifty thousand entries.
const GLOSSARY_BYTES_MAX: u64 = 4 << 20;

/// The shipped glossary with the office's entries, where it has any.
fn own_glossary(layout: &Layout) -> Result<Option<Glossary>, Error> {
    let path = layout.glossary();
    if !path.exists() {
        return Ok(None);
    }
    let read = || {
        if fs_err::metadata(&path)?.len() > GLOSSARY_BYTES_MAX {
            let limit = format!("it has more than {GLOSSARY_BYTES_MAX} bytes");
            return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, limit));
        }
        fs_err::read_to_string(&path)
    };
    let text = read().map_err(|source| Error::Glossary { path: path.clone(), source })?;
    Ok(Some(Glossary::shipped().and(&text)))
}

/// The embedded models, then those of the data folder.
fn load_models(
    config: &Config,
    layout: &Layout,
    processor: &Processor,
) -> Result<Vec<inference::Model>, Error> {
    let mut models = Vec::new();
    for source in model_sources(config, layout)? {
        models.push(inference_candle::load_on(&source, processor)?);
    }
    Ok(models)
}

/// Reader and judge of a data folder without an appliance: its classifiers and nothing else.
///
/// # Errors
/// As a start of the appliance.
pub fn open_documents(settings: &Settings) -> Result<(Reader, Documents), Error> {
    let processor = Processor::all_cores();
    let mut models = Vec::new();
    for source in model_sources(&settings.config, &settings.layout)? {
        let model = inference_candle::load_on(&source, &processor)?;
        if model.info.task == Task::Classify {
            models.push(model);
        }
    }
    let engine = Engine::start(EngineConfig::default(), models)?;
    let documents = Documents::new(Knowledge::shipped()?, engine, documents::Config::default());
    Ok((Reader::new(reader_config(settings)?), documents))
}

/// The folder of models that this town added.
#[must_use]
pub fn models_folder(config: &Config, layout: &Layout) -> PathBuf {
    config.models.folder.clone().unwrap_or_else(|| layout.models())
}

/// Where models come from: what the binary carries first, so that a model added changes nothing for
/// calls that name none. A folder whose manifest has the name of an embedded model takes its place.
pub fn model_sources(config: &Config, layout: &Layout) -> Result<Vec<ModelSource>, Error> {
    let folder = models_folder(config, layout);
    let mut own = Vec::new();
    if folder.is_dir() {
        let failed = |source| Error::Folder { path: folder.clone(), source };
        for entry in fs_err::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            // What begins with a dot is being put in place, or being removed.
            let name = path.file_name().map(|name| name.to_string_lossy().starts_with('.'));
            if name == Some(false) && path.join(manifest::FILE_NAME).is_file() {
                own.push(path);
            }
        }
    }
    own.sort();
    let names: Vec<String> = own.iter().filter_map(|folder| named_in(folder)).collect();
    let embedded = inference_candle::shipped().into_iter().filter(|source| match source {
        ModelSource::Embedded { name, .. } => !names.iter().any(|own| own == name),
        ModelSource::Folder(_) => true,
    });
    Ok(embedded.chain(own.into_iter().map(ModelSource::Folder)).collect())
}

/// The name in a folder's manifest; where it cannot be read, loading says why.
fn named_in(folder: &Path) -> Option<String> {
    let text = fs_err::read_to_string(folder.join(manifest::FILE_NAME)).ok()?;
    toml::from_str::<Manifest>(&text).ok().map(|manifest| manifest.name)
}

/// The configured limits in the units of the services.
pub(super) fn limits(config: &Config) -> api::Limits {
    let limits = &config.limits;
    api::Limits {
        request_bytes_max: usize::try_from(limits.request_mib_max * MIB).unwrap_or(usize::MAX),
        file_bytes_max: limits.file_mib_max * MIB,
        files_max: limits.files_max,
        pages_max: limits.pages_max,
        texts_max: limits.texts_max,
        upload_lifetime: Duration::from_secs(limits.upload_lifetime_s),
        call_time_max: Duration::from_secs(limits.call_s_max),
        job_time_max: Duration::from_secs(config.jobs.work_s_max),
        job_lifetime: Duration::from_secs(config.jobs.lifetime_s),
        ..api::Limits::default()
    }
}

/// The networks that scans are read with, by the configuration. None where Tesseract is to read them.
///
/// # Errors
/// When a file of theirs is missing or another one.
pub fn networks(config: &Config, layout: &Layout) -> Result<Option<Networks>, NetworksError> {
    let folder = models_folder(config, layout).join(NETWORK_FOLDER);
    match config.reading.ocr {
        Recognition::Auto if !folder.is_dir() => Ok(None),
        Recognition::Auto | Recognition::Networks => Networks::open(&folder).map(Some),
        Recognition::Tesseract => Ok(None),
    }
}

fn reader_config(settings: &Settings) -> Result<reading::Config, Error> {
    let config = &settings.config;
    let child = Child::Process {
        program: settings.reader_program.clone(),
        args: vec!["read-one".to_owned()],
    };
    let mut reader = reading::Config::new(child);
    reader.file_bytes_max = config.limits.file_mib_max * MIB;
    reader.pages_max = config.limits.pages_max;
    reader.time_max = Duration::from_secs(config.reading.file_s_max);
    reader.memory_bytes_max = config.reading.memory_mib_max * MIB;
    reader.ocr = match &config.reading.tesseract {
        Some(path) => Ocr::Tesseract { path: path.clone() },
        None => Ocr::find(settings.environment.path.as_deref()),
    };
    reader.networks = networks(config, &settings.layout)?;
    Ok(reader)
}

/// The name in checkpoints. It is fixed when the log is made: the verifier key begins with it.
fn origin(layout: &Layout) -> String {
    let held = fs_err::read_to_string(layout.verifier_key()).ok();
    if let Some((name, _)) = held.as_deref().and_then(|key| key.split_once('+')) {
        return name.to_owned();
    }
    let host = fs_err::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host: String = host
        .trim()
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || "-.".contains(*letter))
        .collect();
    let host = if host.is_empty() { "localhost".to_owned() } else { host };
    format!("{host}/amtshilfe/audit")
}
