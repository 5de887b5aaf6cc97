//! What sentence-transformers lays beside an encoder: pooling, prefixes, the longest text.

use super::{Carried, Config, Error, json, unfit};
use inference::manifest::Pooling;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

const MODULES: &str = "modules.json";
const POOLING: &str = "1_Pooling/config.json";
const PROMPTS: &str = "config_sentence_transformers.json";

/// How an embedder is used.
#[derive(Default)]
pub(super) struct Sentence {
    pub(super) pooling: Pooling,
    pub(super) query_prefix: String,
    pub(super) passage_prefix: String,
    /// Files that the loader compares with the manifest.
    pub(super) paths: Vec<&'static str>,
}

#[derive(Default, Deserialize)]
struct Prompts {
    #[serde(default)]
    prompts: BTreeMap<String, String>,
    default_prompt_name: Option<String>,
}

/// Reads how texts become vectors; `names` is what the model goes by.
pub(super) fn read(
    carried: &Carried,
    config: &Config,
    names: [&str; 2],
    notes: &mut Vec<String>,
) -> Result<Sentence, Error> {
    let mut sentence = Sentence::default();
    if carried.has(MODULES) {
        sentence.paths.push(MODULES);
    } else if config.is("ForMaskedLM") || config.is("ForPreTraining") {
        notes.push(
            "ein Sprachmodell, das nicht für Vektoren trainiert wurde: erst messen / a language model that was \
             not trained to embed: measure it first"
                .to_owned(),
        );
    }
    match carried.text(POOLING)? {
        Some(text) => {
            sentence.pooling = pooling(&json(POOLING, &text)?)?;
            sentence.paths.push(POOLING);
        }
        None => notes.push(
            "pooling mean angenommen: 1_Pooling/config.json fehlt / assumed, there is no 1_Pooling/config.json"
                .to_owned(),
        ),
    }
    let prompts: Prompts = match carried.text(PROMPTS)? {
        Some(text) => json(PROMPTS, &text)?,
        None => Prompts::default(),
    };
    let prompt = |names: [&str; 2]| {
        let named = names.iter().find_map(|name| prompts.prompts.get(*name));
        let usual = || prompts.prompts.get(prompts.default_prompt_name.as_ref()?);
        named.or_else(usual).cloned().unwrap_or_default()
    };
    sentence.query_prefix = prompt(["query", "search_query"]);
    sentence.passage_prefix = prompt(["passage", "document"]);
    let is_silent = sentence.query_prefix.is_empty() && sentence.passage_prefix.is_empty();
    if is_silent && names.iter().any(|name| is_e5(name)) {
        "query: ".clone_into(&mut sentence.query_prefix);
        "passage: ".clone_into(&mut sentence.passage_prefix);
        notes.push(
            "„query: “ und „passage: “ vorangestellt, weil das Modell nach E5 heißt / prefixed because the model \
             is named for E5; anders mit / other ones by --query-prefix, --passage-prefix"
                .to_owned(),
        );
    }
    Ok(sentence)
}

/// The convention of E5; its instructed kin is asked otherwise.
fn is_e5(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut parts = name.split(['-', '_', '/', '.']);
    parts.any(|part| part == "e5") && !name.contains("instruct")
}

/// Older files name each kind with a flag, newer ones the kind alone.
fn pooling(file: &BTreeMap<String, Value>) -> Result<Pooling, Error> {
    if file.get("include_prompt") == Some(&Value::Bool(false)) {
        return Err(unfit(POOLING, "include_prompt", "false", "true"));
    }
    let mode = file.get("pooling_mode").and_then(Value::as_str).map(str::to_owned);
    let mode = mode.unwrap_or_else(|| {
        let set = file.iter().filter(|(_, value)| **value == Value::Bool(true));
        let modes = set.filter_map(|(key, _)| key.strip_prefix("pooling_mode_"));
        modes.collect::<Vec<_>>().join(" + ")
    });
    match mode.as_str() {
        "mean" | "mean_tokens" => Ok(Pooling::Mean),
        "cls" | "cls_token" => Ok(Pooling::Cls),
        other => Err(unfit(POOLING, "pooling_mode", other, "mean, cls")),
    }
}

/// The shortest of what the files allow; none allows more than there are positions.
pub(super) fn tokens_max(carried: &Carried, positions: usize) -> Result<usize, Error> {
    let mut least = positions;
    let limits = [
        ("sentence_bert_config.json", "max_seq_length"),
        ("tokenizer_config.json", "model_max_length"),
    ];
    for (file, key) in limits {
        let Some(text) = carried.text(file)? else { continue };
        let file: BTreeMap<String, Value> = json(file, &text)?;
        // Some say 1e30 for "no limit of its own".
        let limit = file.get(key).and_then(Value::as_u64).and_then(|l| usize::try_from(l).ok());
        least = least.min(limit.filter(|limit| *limit > 0).unwrap_or(positions));
    }
    if least < 2 {
        return Err(unfit("config.json", "max_position_embeddings", least, "≥ 2"));
    }
    Ok(least)
}
