//! The exchange of the embedder while searches go on.

use super::Corpus;
use crate::Error;
use crate::index::Next;
use crate::index::embedder::same;
use inference::{ModelInfo, Task};

/// Which models embed the decrees.
#[derive(Clone, Debug, Default)]
pub struct Embedders {
    /// Whose vectors searches use; none where words alone find decrees.
    pub serving: Option<ModelInfo>,
    /// What takes its place once no passage waits any more.
    pub next: Option<ModelInfo>,
}

/// What came of the order to embed with a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// Searches use this very model already.
    Same,
    /// Passages are embedded in the background; the present vectors serve until the last is.
    Begun,
    /// As was ordered before.
    UnderWay,
}

impl Corpus {
    /// Which models embed the decrees.
    #[must_use]
    pub fn embedders(&self) -> Embedders {
        let snapshot = self.inner.shared.snapshot();
        Embedders {
            serving: snapshot.dense.model.as_ref().map(|model| model.info().clone()),
            next: snapshot.next.as_ref().map(|next| next.model.info().clone()),
        }
    }

    /// Orders the engine's present model of this name to embed the decrees. Returns at once; what
    /// searches use changes in one step, when every passage is embedded. The order holds until the
    /// corpus is closed: [`crate::Config::embedder`] says what holds then, and a model's vectors that
    /// are on disk are gone on with.
    ///
    /// # Errors
    /// When the engine has no such embedder.
    pub fn embed_with(&self, name: &str) -> Result<Exchange, Error> {
        let model = self.inner.engine.hold(name, Task::Embed).map_err(Error::Engine)?;
        let mut outcome = Exchange::Same;
        self.inner.shared.publish(|snapshot| {
            if same(snapshot.dense.model.as_ref(), Some(&model)) {
                snapshot.next = None;
            } else if same(snapshot.next.as_ref().map(|next| &next.model), Some(&model)) {
                outcome = Exchange::UnderWay;
            } else {
                outcome = Exchange::Begun;
                snapshot.next = Some(Next { model, passages: 0 });
            }
        });
        Ok(outcome)
    }
}
