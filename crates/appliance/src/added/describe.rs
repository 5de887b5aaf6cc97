//! The manifest of a model as Hugging Face and sentence-transformers lay it out, from what its files
//! say.

mod sentence;

use super::carried::{self, Carried};
use super::{Adding, Error, is_name, stem};
use inference::Task;
use inference::manifest::{self, Manifest, Pooling};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Kinds of networks that can be described from their `config.json`.
const KNOWN: [&str; 3] = ["bert", "xlm-roberta", "modernbert"];
/// Labels that a classifier without any has, as transformers has it.
const LABELS: usize = 2;
const LABELS_MAX: usize = 10_000;

/// How weights come into one file of safetensors; said after why.
macro_rules! convert {
    ($why:literal) => {
        concat!(
            $why,
            "; auf einem anderen Rechner / on another machine:\n    python3 -c 'from transformers import AutoModel \
             as M; M.from_pretrained(\"ORDNER\").save_pretrained(\"ORDNER\", max_shard_size=\"100GB\")'\n    \
             (Klassifizierer, Reranker / classifier, reranker: AutoModelForSequenceClassification as M)"
        )
    };
}

const TOKENIZER: &str = "\
    auf einem anderen Rechner erzeugen / make it on another machine:\n    \
    python3 -c 'from transformers import AutoTokenizer as T; T.from_pretrained(\"ORDNER\").save_pretrained(\"ORDNER\")'";

/// A manifest to be, and what was concluded for it.
pub(super) struct Described {
    /// Its `files` name what is taken as it is.
    pub(super) manifest: Manifest,
    /// The manifest was brought along; its digests hold.
    pub(super) is_verified: bool,
    /// Files that are written anew, by path.
    pub(super) written: BTreeMap<String, Vec<u8>>,
    pub(super) notes: Vec<String>,
}

impl Described {
    pub(super) fn texts(&self) -> [&str; 4] {
        let Manifest { licence, description, query_prefix, passage_prefix, .. } = &self.manifest;
        [licence, description, query_prefix, passage_prefix]
    }
}

/// What is read of `config.json`.
#[derive(Deserialize)]
struct Config {
    model_type: String,
    #[serde(default)]
    architectures: Vec<String>,
    #[serde(default)]
    id2label: BTreeMap<String, String>,
    hidden_size: usize,
    max_position_embeddings: usize,
    pad_token_id: Option<usize>,
    dtype: Option<String>,
    torch_dtype: Option<String>,
    #[serde(default, rename = "_name_or_path")]
    origin: String,
}

impl Config {
    /// Texts longer than this have no positions.
    fn positions(&self) -> usize {
        let first = match self.model_type.as_str() {
            "xlm-roberta" => self.pad_token_id.unwrap_or(1).saturating_add(1),
            _ => 0,
        };
        self.max_position_embeddings.saturating_sub(first)
    }

    fn is(&self, ending: &str) -> bool {
        self.architectures.iter().any(|architecture| architecture.ends_with(ending))
    }

    /// Labels in the order of their scores.
    fn labels(&self) -> Result<Vec<String>, Error> {
        let count = if self.id2label.is_empty() { LABELS } else { self.id2label.len() };
        let label = |index: usize| {
            let named = self.id2label.get(&index.to_string()).cloned();
            named.or_else(|| self.id2label.is_empty().then(|| format!("LABEL_{index}")))
        };
        let labels: Option<Vec<String>> = (0..count.min(LABELS_MAX)).map(label).collect();
        labels.filter(|labels| labels.len() == count).ok_or_else(|| {
            unfit("config.json", "id2label", format!("{count} labels"), "0, 1, 2, …, ≤ 10000")
        })
    }
}

/// A manifest that was brought along holds as it is.
pub(super) fn by_manifest(adding: &Adding, carried: &Carried) -> Result<Described, Error> {
    let text = carried.text(manifest::FILE_NAME)?.unwrap_or_default();
    let manifest: Manifest =
        toml::from_str(&text).map_err(|source| Error::Toml { source: Box::new(source) })?;
    let Adding { name, licence, task, query_prefix, passage_prefix, compute, .. } = adding;
    let flags = [
        ("--name", name.as_ref().is_some_and(|name| *name != manifest.name)),
        ("--licence", licence.as_ref().is_some_and(|licence| *licence != manifest.licence)),
        ("--task", task.is_some_and(|task| task != manifest.task)),
        ("--query-prefix", query_prefix.is_some()),
        ("--passage-prefix", passage_prefix.is_some()),
        ("--compute", compute.is_some()),
    ];
    if let Some((flag, _)) = flags.into_iter().find(|(_, contradicts)| *contradicts) {
        return Err(Error::Fixed { flag });
    }
    checked_name(&manifest.name)?;
    if let Some(path) = manifest.files.keys().find(|path| !carried.has(path)) {
        let (model, path) = (manifest.name.clone(), path.clone());
        return Err(manifest::Error::Missing { model, path }.into());
    }
    let notes = vec!["manifest.toml: Prüfsummen stimmen / digests hold".to_owned()];
    Ok(Described { manifest, is_verified: true, written: BTreeMap::new(), notes })
}

/// What the files say, and the flags over it.
pub(super) fn by_layout(adding: &Adding, carried: &Carried) -> Result<Described, Error> {
    let text = carried.text("config.json")?.ok_or_else(carried::no_model)?;
    let config: Config = json("config.json", &text)?;
    if !KNOWN.contains(&config.model_type.as_str()) {
        let expected = "bert, xlm-roberta, modernbert; static, linear: mit / with manifest.toml";
        return Err(unfit("config.json", "model_type", &config.model_type, expected));
    }
    let weights = weights(carried)?;
    if !carried.has("tokenizer.json") {
        return Err(Error::Missing { file: "tokenizer.json", hint: TOKENIZER });
    }
    let name = adding.name.clone().unwrap_or_else(|| stem(&adding.source));
    checked_name(&name)?;
    let mut notes = Vec::new();
    let task = match adding.task {
        Some(task) => task,
        None => task(&config)?,
    };
    let mut paths = vec![weights, "config.json", "tokenizer.json"];
    let mut written = BTreeMap::new();
    let mut sentence = sentence::Sentence::default();
    let dimensions = match task {
        Task::Embed => {
            sentence = sentence::read(carried, &config, [&name, &config.origin], &mut notes)?;
            paths.extend(&sentence.paths);
            config.hidden_size
        }
        Task::Classify => {
            let labels = config.labels()?;
            let text = serde_json::to_vec(&labels).map_err(|source| bad("config.json", source))?;
            written.insert("labels.json".to_owned(), text);
            labels.len()
        }
        Task::Rerank => 1,
    };
    let licence = adding.licence.clone().map_or_else(|| licence(carried), Ok)?;
    let files = paths.into_iter().map(|path| (path.to_owned(), String::new())).collect();
    let kinds = config.architectures.join(", ");
    let dtype = config.dtype.clone().or(config.torch_dtype.clone());
    let manifest = Manifest {
        name,
        task,
        description: format!("Carried in as {} ({kinds}).", stem(&adding.source)),
        licence,
        dtype: dtype.unwrap_or_else(|| "float32".to_owned()),
        tokens_max: sentence::tokens_max(carried, config.positions())?,
        dimensions,
        pooling: if task == Task::Embed { sentence.pooling } else { Pooling::None },
        compute: adding.compute.unwrap_or_default(),
        passage_prefix: adding.passage_prefix.clone().unwrap_or(sentence.passage_prefix),
        query_prefix: adding.query_prefix.clone().unwrap_or(sentence.query_prefix),
        features: None,
        architecture: config.model_type,
        files,
    };
    Ok(Described { manifest, is_verified: false, written, notes })
}

fn task(config: &Config) -> Result<Task, Error> {
    if config.is("ForSequenceClassification") {
        return Ok(if config.labels()?.len() == 1 { Task::Rerank } else { Task::Classify });
    }
    let embeds = ["Model", "ForMaskedLM", "ForPreTraining"];
    if config.architectures.is_empty() || embeds.iter().any(|ending| config.is(ending)) {
        return Ok(Task::Embed);
    }
    let expected = "…Model, …ForMaskedLM, …ForSequenceClassification";
    Err(unfit("config.json", "architectures", config.architectures.join(", "), expected))
}

/// The one file of weights; what other files there are says what to do.
fn weights(carried: &Carried) -> Result<&'static str, Error> {
    let file = "model.safetensors";
    if carried.has(file) {
        return Ok(file);
    }
    let others = |ending: &str| {
        carried.names().any(|name| name.extension().is_some_and(|own| own == ending))
    };
    let hint = if carried.has("model.safetensors.index.json") {
        convert!(
            "die Gewichte liegen in Teilen, gebraucht wird eine Datei / the weights are in parts"
        )
    } else if others("bin") {
        convert!("pytorch_model.bin kann Programm enthalten und wird nicht gelesen / may hold code")
    } else {
        convert!("gebraucht werden Gewichte als safetensors / weights as safetensors are needed")
    };
    Err(Error::Missing { file, hint })
}

/// `license:` in the front matter of the model's page.
fn licence(carried: &Carried) -> Result<String, Error> {
    let page = carried.text("README.md")?.unwrap_or_default();
    let mut lines = page.lines().map(str::trim_end);
    if lines.next() != Some("---") {
        return Err(Error::Licence);
    }
    let mut front = lines.take_while(|line| *line != "---");
    let mut value = front.find_map(|line| line.strip_prefix("license:")).unwrap_or_default().trim();
    if value.is_empty() {
        // A list of one.
        value = front.next().and_then(|line| line.trim().strip_prefix('-')).unwrap_or_default();
    }
    let value = value.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    let spdx = match value.as_str() {
        "" | "other" | "unknown" => return Err(Error::Licence),
        "mit" => "MIT".to_owned(),
        "apache-2.0" => "Apache-2.0".to_owned(),
        "bsd-2-clause" => "BSD-2-Clause".to_owned(),
        "bsd-3-clause" => "BSD-3-Clause".to_owned(),
        creative if creative.starts_with("cc") => creative.to_ascii_uppercase(),
        other => other.to_owned(),
    };
    Ok(spdx)
}

fn checked_name(name: &str) -> Result<(), Error> {
    if is_name(name) { Ok(()) } else { Err(Error::Name { name: name.to_owned() }) }
}

fn json<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|source| bad(file, source))
}

fn bad(file: &str, source: serde_json::Error) -> Error {
    Error::Json { file: file.to_owned(), source }
}

fn unfit(file: &str, key: &str, actual: impl ToString, expected: &str) -> Error {
    let (file, key) = (file.to_owned(), key.to_owned());
    Error::Unfit { file, key, actual: actual.to_string(), expected: expected.to_owned() }
}
