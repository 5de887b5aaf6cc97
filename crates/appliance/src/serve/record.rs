//! What the start itself leaves in the audit log.

use std::collections::BTreeMap;

use access::Policy;
use audit::{Entry, Kind, ModelUse};

use super::{Error, Opened};

/// Under which models, rules, policy and corpus everything that follows was answered.
pub(super) async fn started(opened: &Opened, policy: &Policy) -> Result<(), Error> {
    let models = opened
        .engine
        .models()
        .into_iter()
        .map(|model| ModelUse {
            name: model.name,
            task: model.task.to_string(),
            digest: model.digest,
            dtype: model.dtype,
            device: model.device,
        })
        .collect();
    let corpus = opened.corpus.stats();
    let embedders = opened.corpus.embedders();
    let digest = |model: Option<inference::ModelInfo>| model.map(|model| model.digest);
    let mut facts = BTreeMap::from([
        ("policy".to_owned(), policy.digest().to_owned()),
        ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ("decrees".to_owned(), corpus.decrees.to_string()),
        ("ocr".to_owned(), opened.reader.recognised_by()),
        ("out_of_service".to_owned(), opened.engine.is_out_of_service().to_string()),
    ]);
    // Of the models above, which the decrees are found by, and which is about to take over.
    let roles = [
        ("decrees_embedder", digest(embedders.serving)),
        ("decrees_embedder_next", digest(embedders.next)),
    ];
    facts.extend(roles.into_iter().filter_map(|(role, one)| Some((role.to_owned(), one?))));
    let entry = Entry {
        kind: Kind::Change,
        method: "appliance/start".to_owned(),
        outcome: "OK".to_owned(),
        models,
        rules_digest: opened.documents.load().knowledge().digest().to_owned(),
        corpus_version: corpus.corpus_version,
        facts,
        ..Entry::default()
    };
    opened.log.commit(entry, ()).await?;
    Ok(())
}
