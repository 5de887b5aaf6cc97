//! The thread that embeds passages which are searchable already, and that exchanges the embedder
//! while searches go on.
//!
//! What searches see is a view of vectors together with the model that made them; both change in
//! one step. Until the next embedder has embedded every passage, the present one answers, and
//! embeds what is imported meanwhile.

use super::vectors::{self, Vectors};
use super::{DenseView, Lexical, Next, Shared};
use crate::files::failed;
use crate::texts::Texts;
use crate::{Config, Error};
use fs_err as fs;
use inference::{Engine, HeldModel, Task};
use std::path::PathBuf;
use std::sync::Arc;

/// Windows between two states that searches see, while many wait.
const PUBLISH_WINDOWS: usize = 8_192;

/// Embeds what is not embedded yet.
#[derive(Debug)]
pub(crate) struct Embedder {
    engine: Engine,
    texts: Arc<Texts>,
    root: PathBuf,
    /// Windows that are embedded at once.
    windows: usize,
    /// Whose vectors searches use.
    serving: Option<Vectors>,
    /// Whose vectors take their place once they are complete.
    next: Option<Vectors>,
    /// Windows that are embedded and not yet seen by searches.
    unpublished: usize,
}

impl Embedder {
    /// Opens the vectors of the configured embedder. Where they are not complete and those of
    /// another embedder of the engine are further, those serve until then.
    pub(crate) fn open(
        config: &Config,
        engine: &Engine,
        texts: Arc<Texts>,
        passages: u32,
    ) -> Result<Self, Error> {
        let root = vectors::root(config);
        fs::create_dir_all(&root).map_err(failed(&root))?;
        let mut embedder = Self {
            engine: engine.clone(),
            texts,
            root,
            windows: config.embedded_windows,
            serving: None,
            next: None,
            unpublished: 0,
        };
        let Ok(wanted) = engine.hold(&config.embedder, Task::Embed) else {
            tracing::warn!(
                model = config.embedder,
                "the embedder of the decrees is not there: words alone find them"
            );
            return Ok(embedder);
        };
        let wanted = embedder.vectors(wanted, passages)?;
        if wanted.passages() < passages
            && let Some(model) = embedder.further(&wanted)
        {
            let before = embedder.vectors(model, passages)?;
            // Damaged files begin anew and serve nobody.
            embedder.serving = Some(before).filter(|one| one.passages() > wanted.passages());
        }
        if embedder.serving.is_none() {
            embedder.serving = Some(wanted);
        } else {
            embedder.next = Some(wanted);
        }
        embedder.tidy()?;
        Ok(embedder)
    }

    /// An embedder of the engine with more passages embedded.
    fn further(&self, than: &Vectors) -> Option<HeldModel> {
        let others = self.engine.models().into_iter().filter(|other| {
            other.task == Task::Embed && other.digest != than.model().info().digest
        });
        let (passages, other) = others
            .map(|other| (vectors::embedded(&self.root, &other), other))
            .max_by_key(|(passages, _)| *passages)?;
        if passages <= than.passages() {
            return None;
        }
        self.engine.hold(&other.name, Task::Embed).ok()
    }

    fn vectors(&self, model: HeldModel, passages: u32) -> Result<Vectors, Error> {
        Vectors::open(&self.root, &self.engine, model, Arc::clone(&self.texts), passages)
    }

    fn tidy(&self) -> Result<(), Error> {
        let kept: Vec<&Vectors> = self.serving.iter().chain(&self.next).collect();
        vectors::keep_only(&self.root, &kept)
    }

    /// What searches may see.
    pub(crate) fn view(&self, passages: u32) -> Result<DenseView, Error> {
        self.serving.as_ref().map_or_else(|| Ok(DenseView::empty()), |one| one.view(passages))
    }

    /// The exchange under way.
    pub(crate) fn next(&self) -> Option<Next> {
        let next = self.next.as_ref()?;
        Some(Next { model: next.model().clone(), passages: next.passages() })
    }

    /// Embeds until the corpus is closed.
    pub(crate) fn run(mut self, shared: &Arc<Shared>) {
        while !shared.progress().closing {
            match self.step(shared) {
                Ok(()) => {}
                Err(Error::Engine(error)) if may_pass(&error) => {
                    tracing::debug!(%error, "embedding of passages waits");
                    shared.wait(|progress| progress.closing);
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "passages are no longer embedded; a restart goes on where it ended"
                    );
                    return;
                }
            }
        }
    }

    /// The most urgent piece of work; waits where there is none.
    fn step(&mut self, shared: &Shared) -> Result<(), Error> {
        let snapshot = shared.snapshot();
        let lexical = &snapshot.lexical;
        let passages = lexical.table.len();
        if !same(self.next.as_ref().map(Vectors::model), snapshot.next.as_ref().map(|n| &n.model)) {
            return self.follow(snapshot.next.clone(), shared, passages);
        }
        let behind = |one: &Vectors| one.passages() < passages;
        let serving_is_behind = self.serving.as_ref().is_some_and(behind);
        if self.unpublished > 0 && (!serving_is_behind || self.unpublished >= PUBLISH_WINDOWS) {
            let view = self.view(passages)?;
            shared.publish(|snapshot| snapshot.dense = Arc::new(view));
            self.unpublished = 0;
            return Ok(());
        }
        if let Some(serving) = self.serving.as_mut().filter(|one| behind(one)) {
            self.unpublished += serving.embed_some(lexical, self.windows)?.max(1);
            return Ok(());
        }
        match &self.next {
            Some(next) if behind(next) => self.advance(shared, lexical),
            Some(_) => self.exchange(shared, passages),
            None => {
                let seen = lexical.catalogue.position();
                shared.wait(|progress| progress.closing || progress.visible > seen);
                Ok(())
            }
        }
    }

    /// Takes up what was ordered: another embedder, or the present one after all.
    fn follow(&mut self, order: Option<Next>, shared: &Shared, passages: u32) -> Result<(), Error> {
        self.next = None;
        self.tidy()?;
        let Some(Next { model, .. }) = order else { return Ok(()) };
        let next = self.vectors(model, passages)?;
        tracing::info!(
            model = next.model().info().name,
            digest = next.model().info().digest,
            embedded = next.passages(),
            passages,
            "the decrees are embedded by another model; the present vectors serve until then"
        );
        self.next = Some(next);
        self.note(shared);
        Ok(())
    }

    /// The next embedder's next passages.
    fn advance(&mut self, shared: &Shared, lexical: &Lexical) -> Result<(), Error> {
        if let Some(next) = &mut self.next {
            next.embed_some(lexical, self.windows)?;
        }
        self.note(shared);
        Ok(())
    }

    /// Says how far the exchange is.
    fn note(&self, shared: &Shared) {
        let Some(here) = self.next() else { return };
        shared.publish(|snapshot| {
            if let Some(next) = &mut snapshot.next
                && same(Some(&next.model), Some(&here.model))
            {
                next.passages = here.passages;
            }
        });
    }

    /// The next embedder has embedded everything: from here on searches use it.
    fn exchange(&mut self, shared: &Shared, passages: u32) -> Result<(), Error> {
        let Some(next) = &self.next else { return Ok(()) };
        let view = next.view(passages)?;
        let mut exchanged = false;
        shared.publish(|snapshot| {
            // Something else may have been ordered meanwhile.
            exchanged = same(Some(next.model()), snapshot.next.as_ref().map(|next| &next.model));
            if exchanged {
                snapshot.dense = Arc::new(view);
                snapshot.next = None;
            }
        });
        if exchanged {
            let info = next.model().info();
            tracing::info!(
                model = info.name,
                digest = info.digest,
                "the decrees have a new embedder"
            );
            self.serving = self.next.take();
            self.tidy()?;
        }
        Ok(())
    }
}

/// Whether both are the same model: name, files and manifest.
pub(crate) fn same(one: Option<&HeldModel>, other: Option<&HeldModel>) -> bool {
    one.map(|model| &model.info().digest) == other.map(|model| &model.info().digest)
}

/// Whether to try again later.
fn may_pass(error: &inference::Error) -> bool {
    matches!(error, inference::Error::QueueFull { .. } | inference::Error::OutOfService)
}
