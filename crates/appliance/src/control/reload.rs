//! Models read anew: what is new or changed is taken, what is gone is let go, and the decrees are
//! embedded by the model that the configuration names.

use std::collections::{BTreeMap, BTreeSet};

use audit::ModelUse;
use decrees::Exchange;
use inference::{Model, ModelInfo};
use inference_candle::ModelSource;

use super::Control;
use crate::config::Config;
use crate::durable_file::{self, Readable};
use crate::serve::model_sources;

impl Control {
    /// Exchanges what has changed on disk; every model keeps serving until its successor has passed
    /// its self-test, and the embedder of the decrees until its successor has embedded them.
    pub(super) async fn reload(&self) {
        let mut lines = Vec::new();
        match model_sources(&self.config, &self.layout) {
            Err(error) => lines.push(format!("FAILED {:#}", anyhow::Error::new(error))),
            Ok(sources) => {
                let mut names = BTreeSet::new();
                let mut all_read = true;
                for source in sources {
                    match self.take_up(source).await {
                        Ok((name, line)) => {
                            names.insert(name);
                            lines.push(line);
                        }
                        Err(line) => {
                            all_read = false;
                            lines.push(line);
                        }
                    }
                }
                let embedder = self.embed_decrees(&mut lines).await;
                // The name of a model that cannot be read is not known: it may be any of those.
                if all_read {
                    self.let_go(&names, &embedder, &mut lines).await;
                }
            }
        }
        for line in &lines {
            tracing::info!(result = line, "models were read anew");
        }
        let text = lines.join("\n");
        let path = self.switch.orders.reloaded_file();
        if let Err(error) = durable_file::write(&path, text.as_bytes(), Readable::ByOwner) {
            tracing::error!(%error, "the result of reading models anew could not be written");
        }
    }

    /// A model's name, and what came of it; or why its files say nothing.
    async fn take_up(&self, source: ModelSource) -> Result<(String, String), String> {
        let (processor, present) = (self.processor.clone(), self.engine.models());
        // Weights are read and checked away from the runtime's threads, and those that are the same
        // are not built a second time.
        let read = tokio::task::spawn_blocking(move || {
            let files = inference_candle::read(&source)?;
            let (name, digest) = (files.manifest().name.clone(), files.digest().to_owned());
            drop(files);
            if present.iter().any(|known| known.name == name && known.digest == digest) {
                return Ok((name, digest, None));
            }
            let model = inference_candle::load_on(&source, &processor)?;
            Ok::<_, inference_candle::Error>((name, digest, Some(model)))
        });
        match read.await {
            Ok(Ok((name, digest, None))) => Ok((name.clone(), format!("same   {name} {digest}"))),
            Ok(Ok((name, _, Some(model)))) => Ok((name, self.exchange(model).await)),
            Ok(Err(error)) => Err(format!("FAILED {:#}", anyhow::Error::new(error))),
            Err(error) => Err(format!("FAILED {error}")),
        }
    }

    async fn exchange(&self, model: Model) -> String {
        let (name, digest) = (model.info.name.clone(), model.info.digest.clone());
        let used = model_use(&model.info);
        match self.engine.swap(model).await {
            Ok(old) => {
                let before = old.map(|old| ("replaces".to_owned(), old.digest));
                self.record("appliance/model", "OK", vec![used], before.into_iter().collect())
                    .await;
                format!("taken  {name} {digest}")
            }
            Err(error) => {
                self.record("appliance/model", "INTERNAL", vec![used], BTreeMap::new()).await;
                format!("FAILED {name}: {:#}", anyhow::Error::new(error))
            }
        }
    }

    /// Has the decrees embedded by what the configuration names now; that name.
    async fn embed_decrees(&self, lines: &mut Vec<String>) -> String {
        let present = &self.config.decrees.embedder;
        let name = match Config::load(None, &self.config_file) {
            Ok(config) => config.decrees.embedder,
            Err(error) => {
                lines.push(format!("FAILED {:#}", anyhow::Error::new(error)));
                present.clone()
            }
        };
        match self.corpus.embed_with(&name) {
            Ok(Exchange::Same) => {}
            Ok(begun) => {
                let embedders = self.corpus.embedders();
                let waiting = self.corpus.stats().passages_awaiting_embedding;
                if begun == Exchange::Begun {
                    let next = embedders.next.iter().map(model_use).collect();
                    let facts = replaced(embedders.serving.as_ref());
                    self.record("appliance/decrees-embedder-next", "OK", next, facts).await;
                }
                let old = embedders.serving.map_or_else(String::new, |old| old.name);
                lines.push(format!(
                    "embeds {name}: {waiting} Fundstellen warten, bis dahin dient {old} / passages wait, \
                     {old} serves until then"
                ));
            }
            Err(error) => lines.push(format!(
                "FAILED decrees.embedder = {name:?}: {:#}",
                anyhow::Error::new(error)
            )),
        }
        name
    }

    /// Takes models out of service that are no longer there.
    async fn let_go(&self, names: &BTreeSet<String>, embedder: &str, lines: &mut Vec<String>) {
        for model in self.engine.models() {
            if names.contains(&model.name) {
                continue;
            }
            if model.name == embedder {
                lines.push(format!(
                    "KEPT   {embedder}: decrees.embedder nennt es noch / still names it"
                ));
                continue;
            }
            let facts = BTreeMap::from([("removed".to_owned(), "true".to_owned())]);
            if self.record("appliance/model", "OK", vec![model_use(&model)], facts).await {
                lines.push(match self.engine.remove(&model.name) {
                    Ok(gone) => format!("gone   {} {}", gone.name, gone.digest),
                    Err(error) => format!("FAILED {}: {error}", model.name),
                });
            }
        }
    }

    /// Records that the decrees are found by another model from here on.
    pub(super) async fn note_exchange(&self, before: &mut Option<ModelInfo>) {
        let now = self.corpus.embedders().serving;
        let digest = |model: &Option<ModelInfo>| model.as_ref().map(|model| model.digest.clone());
        if digest(&now) == digest(before) {
            return;
        }
        let used = now.iter().map(model_use).collect();
        if self.record("appliance/decrees-embedder", "OK", used, replaced(before.as_ref())).await {
            *before = now;
        }
    }
}

fn model_use(info: &ModelInfo) -> ModelUse {
    ModelUse {
        name: info.name.clone(),
        task: info.task.to_string(),
        digest: info.digest.clone(),
        dtype: info.dtype.clone(),
        device: info.device.clone(),
    }
}

fn replaced(model: Option<&ModelInfo>) -> BTreeMap<String, String> {
    model.map(|model| ("replaces".to_owned(), model.digest.clone())).into_iter().collect()
}
