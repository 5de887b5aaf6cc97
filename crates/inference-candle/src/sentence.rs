//! The files that sentence-transformers lays beside an encoder: `modules.json`, and the pooling's
//! `config.json`. Where a manifest lists them, the model is taken only if this crate computes what
//! they say; vectors have length 1 with or without a `Normalize`.

use crate::{Error, demand};
use inference::manifest::{ModelFiles, Pooling};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

const MODULES: &str = "modules.json";

#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Older files name each kind with a flag, newer ones the kind alone; the rest are sizes.
#[derive(Deserialize)]
struct PoolingFile {
    pooling_mode: Option<String>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

/// Compares what the files say with the manifest; says nothing where it does not list them.
pub(crate) fn check(files: &ModelFiles) -> Result<(), Error> {
    if !files.manifest().files.contains_key(MODULES) {
        return Ok(());
    }
    for module in read::<Vec<Module>>(files, MODULES, MODULES)? {
        match module.kind.rsplit('.').next().unwrap_or_default() {
            "Transformer" | "Normalize" => {}
            "Pooling" => {
                let path = format!("{}/config.json", module.path);
                let file: PoolingFile = read(files, "1_Pooling/config.json", &path)?;
                let here = match files.manifest().pooling {
                    Pooling::Mean => "mean",
                    Pooling::Cls => "cls",
                    Pooling::None => "none",
                };
                demand(files, "pooling", here, file.mode())?;
            }
            other => demand(files, MODULES, other, "Transformer, Pooling or Normalize")?,
        }
    }
    Ok(())
}

impl PoolingFile {
    fn mode(&self) -> String {
        if let Some(mode) = &self.pooling_mode {
            return mode.clone();
        }
        let chosen = self.others.iter().filter_map(|(key, value)| {
            let mode = key.strip_prefix("pooling_mode_")?;
            value.as_bool()?.then(|| mode.trim_end_matches("_tokens").trim_end_matches("_token"))
        });
        chosen.collect::<Vec<_>>().join(" and ")
    }
}

fn read<T: DeserializeOwned>(
    files: &ModelFiles,
    label: &'static str,
    path: &str,
) -> Result<T, Error> {
    let model = files.manifest().name.clone();
    serde_json::from_slice(files.file(path)?).map_err(|source| Error::Json {
        model,
        path: label,
        source,
    })
}
