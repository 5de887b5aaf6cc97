//! The engine's handle: what the rest of the appliance calls.

mod admission;
mod config;
mod cost;
mod counts;
mod device;
mod forming;
mod held;
mod isolation;
mod job;
mod life;
mod scheduler;
mod self_test;
mod state;
mod tokenizing;

pub use self::config::{EngineConfig, Scheduling};
pub(crate) use self::cost::Shape;
pub use self::held::HeldModel;
use self::job::{Done, Job, Piece, Submission};
use self::scheduler::TooLate;
use self::state::{Queues, Shared, Slot};
use crate::{
    Answer, Error, Lane, LaneLoad, Load, Model, ModelInfo, ModelLoad, ModelState, Request, Task,
    TokenTable,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Bytes of text that a tokenizer thread takes at once; about ten milliseconds.
const PIECE_BYTES: usize = 16 << 10;
/// How long a self-test may take.
const SELF_TEST_TIME: Duration = Duration::from_secs(10);
/// Bounds of what a caller with a full lane is told to wait.
const RETRY_AFTER_MIN: Duration = Duration::from_millis(100);
const RETRY_AFTER_MAX: Duration = Duration::from_secs(30);

/// The engine. Cheap to clone; it ends when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Engine {
    handle: Arc<Handle>,
}

/// Stops the threads with the last clone of the engine; the threads hold only what they share.
#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.queues().stopped = true;
        self.shared.text_came.notify_all();
        self.shared.unit_came.notify_all();
    }
}

impl Engine {
    /// Starts the threads. The first model of a task is the task's default.
    ///
    /// # Errors
    /// When two models have one name, or a thread cannot be started.
    pub fn start(config: EngineConfig, models: Vec<Model>) -> Result<Self, Error> {
        let threads = config.tokenizer_threads.max(1);
        let shared = Arc::new(Shared::new(config, Instant::now()));
        for model in models {
            if shared.slots().iter().any(|slot| slot.info.name == model.info.name) {
                return Err(Error::DuplicateModel { name: model.info.name });
            }
            let slot = shared.take_in(model);
            shared.install(&slot)?;
        }
        let engine = Self { handle: Arc::new(Handle { shared: Arc::clone(&shared) }) };
        for index in 0..threads {
            let shared = Arc::clone(&shared);
            spawn(format!("tokenizer-{index}"), move || tokenizing::run(&shared))?;
        }
        spawn("device-0".to_owned(), move || device::run(&shared))?;
        Ok(engine)
    }

    /// Vectors of unit length, one per text; a text without any token gets the zero vector,
    /// which is similar to nothing.
    ///
    /// # Errors
    /// When the request is refused or fails; see [`Error`].
    pub async fn embed(&self, request: Request) -> Result<Answer<Vec<Vec<f32>>>, Error> {
        self.submit(Task::Embed, None, request)?.answer().await
    }

    /// Like [`Engine::embed`] for threads outside tokio, an import for example. Never call it
    /// from a task.
    ///
    /// # Errors
    /// When the request is refused or fails; see [`Error`].
    pub fn embed_blocking(&self, request: Request) -> Result<Answer<Vec<Vec<f32>>>, Error> {
        self.submit(Task::Embed, None, request)?.answer_blocking()
    }

    /// Raw scores, one per text and label; the labels are those of [`Engine::labels`].
    ///
    /// # Errors
    /// When the request is refused or fails; see [`Error`].
    pub async fn classify(&self, request: Request) -> Result<Answer<Vec<Vec<f32>>>, Error> {
        self.submit(Task::Classify, None, request)?.answer().await
    }

    /// A raw relevance score per text of the request.
    ///
    /// # Errors
    /// When the request is refused or fails; see [`Error`].
    pub async fn rerank(&self, query: String, request: Request) -> Result<Answer<Vec<f32>>, Error> {
        let answer = self.submit(Task::Rerank, Some(query), request)?.answer().await?;
        Ok(answer.map(|scores| {
            scores.into_iter().map(|score| score.first().copied().unwrap_or(0.0)).collect()
        }))
    }

    /// The labels of a classifier, in the order of its scores.
    ///
    /// # Errors
    /// When there is no such classifier.
    pub fn labels(&self, model: Option<&str>) -> Result<Vec<String>, Error> {
        Ok(self.slot(model, Task::Classify)?.info.labels.clone())
    }

    /// The embedder's token ids of a text, without prefix and special tokens, not cut: what late
    /// interaction compares through [`Engine::token_table`]. Runs on the caller's thread, about a
    /// microsecond a token.
    ///
    /// # Errors
    /// When there is no such embedder or its tokenizer fails.
    pub fn tokenize(&self, model: Option<&str>, text: &str) -> Result<Vec<u32>, Error> {
        let slot = self.slot(model, Task::Embed)?;
        slot.encoder
            .token_ids(text)
            .map_err(|source| Error::Encode { model: slot.info.name.clone(), source })
    }

    /// The token vectors of a static embedder; none where the model has no such table.
    #[must_use]
    pub fn token_table(&self, model: Option<&str>) -> Option<TokenTable> {
        self.slot(model, Task::Embed).ok()?.table.clone()
    }

    /// The models in service: in the order given at start, then those added since.
    #[must_use]
    pub fn models(&self) -> Vec<ModelInfo> {
        let slots = self.shared().slots();
        let info = |slot: &Arc<Slot>| ModelInfo { state: state_of(slot), ..slot.info.clone() };
        slots.iter().map(info).collect()
    }

    /// What the engine is doing.
    #[must_use]
    pub fn load(&self) -> Load {
        let shared = self.shared();
        let mut load = shared.meter().snapshot(Instant::now());
        load.deadline_misses = shared.counts.deadline_misses();
        load.admission_refusals = shared.counts.admission_refusals();
        load.queue_refusals = shared.counts.queue_refusals();
        let (lanes, slots) = (shared.admission.lanes(), shared.slots());
        let queues = shared.queues();
        load.draining = queues.draining;
        load.out_of_service = queues.out_of_service;
        let cost = |slot: &Arc<Slot>| ModelLoad {
            model: slot.info.name.clone(),
            cost: queues.scheduler.cost(slot.id),
        };
        load.models = slots.iter().map(cost).collect();
        let lane =
            |(department, urgency, requests)| lane_load(&queues, department, urgency, requests);
        load.lanes = lanes.into_iter().map(lane).collect();
        drop(queues);
        report(&load);
        load
    }

    /// A small forward pass through every model, by the same way that requests go.
    ///
    /// # Errors
    /// When a model fails, or the engine takes nothing new or is out of service.
    pub async fn self_test(&self) -> Result<(), Error> {
        for info in self.models() {
            let mut request = Request::query("Antrag", Lane::interactive("amtshilfe"));
            request.model = Some(info.name);
            request.deadline = Some(Instant::now() + SELF_TEST_TIME);
            let query = matches!(info.task, Task::Rerank).then(|| "Antrag".to_owned());
            match self.submit(info.task, query, request) {
                // Removed since.
                Err(Error::UnknownModel { .. }) => {}
                Ok(pending) => drop(pending.answer().await?),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether new requests are taken: not draining, not stopped, not out of service.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.shared().queues().open().is_ok()
    }

    /// Takes nothing new from now on; what waits is still computed.
    pub fn drain(&self) {
        self.shared().queues().draining = true;
    }

    /// A hook for tests: no batch is formed until `requests` further requests wait for the device
    /// with all their texts encoded.
    pub fn hold_until(&self, requests: usize) {
        self.shared().queues().scheduler.hold_until(requests);
        self.shared().unit_came.notify_one();
    }

    fn shared(&self) -> &Shared {
        &self.handle.shared
    }

    /// The model by name, or the task's default.
    fn slot(&self, model: Option<&str>, wanted: Task) -> Result<Arc<Slot>, Error> {
        let mut slots = self.shared().slots().into_iter();
        let Some(name) = model else {
            return slots
                .find(|slot| slot.info.task == wanted)
                .ok_or(Error::NoModel { task: wanted });
        };
        let slot = slots
            .find(|slot| slot.info.name == name)
            .ok_or_else(|| Error::UnknownModel { name: name.to_owned() })?;
        let task = slot.info.task;
        if task == wanted {
            Ok(slot)
        } else {
            Err(Error::WrongTask { model: name.to_owned(), task, wanted })
        }
    }

    fn submit(
        &self,
        task: Task,
        query: Option<String>,
        request: Request,
    ) -> Result<Pending, Error> {
        let slot = self.slot(request.model.as_deref(), task)?;
        self.submit_to(slot, query, request)
    }

    fn submit_to(
        &self,
        slot: Arc<Slot>,
        query: Option<String>,
        request: Request,
    ) -> Result<Pending, Error> {
        let shared = self.shared();
        let bytes = check_size(&shared.config, &request.texts)?;
        let deadline = request.deadline;
        if request.texts.is_empty() {
            shared.queues().open()?;
            return Ok(Pending { slot, receiver: None, deadline });
        }
        let now = Instant::now();
        let place = shared.admission.enter(&request.lane, bytes).map_err(|limit| {
            shared.counts.refused_by_queue();
            let retry_after = shared.queues().scheduler.retry_after(&request.lane, now);
            let retry_after = retry_after.clamp(RETRY_AFTER_MIN, RETRY_AFTER_MAX);
            Error::QueueFull { department: request.lane.department.clone(), limit, retry_after }
        })?;
        let Request { texts, purpose, lane, .. } = request;
        let counts = Arc::clone(&shared.counts);
        let submission =
            Submission { slot: Arc::clone(&slot), texts, query, purpose, lane, deadline, counts };
        let (job, receiver) = Job::new(submission, place, now);
        enqueue(shared, &job, now)?;
        Ok(Pending { slot, receiver: Some(receiver), deadline })
    }
}

/// A request under way.
struct Pending {
    slot: Arc<Slot>,
    /// None for a request without texts, which is answered at once.
    receiver: Option<oneshot::Receiver<Result<Done, Error>>>,
    deadline: Option<Instant>,
}

impl Pending {
    async fn answer(self) -> Result<Answer<Vec<Vec<f32>>>, Error> {
        let Some(receiver) = self.receiver else { return Ok(empty(&self.slot)) };
        let done = match self.deadline {
            // The caller hears of its deadline at once, not when its turn would have come.
            Some(deadline) => tokio::time::timeout_at(deadline.into(), receiver)
                .await
                .map_err(|_| Error::DeadlineExceeded)?,
            None => receiver.await,
        };
        finish(&self.slot, done)
    }

    fn answer_blocking(self) -> Result<Answer<Vec<Vec<f32>>>, Error> {
        let Some(receiver) = self.receiver else { return Ok(empty(&self.slot)) };
        finish(&self.slot, receiver.blocking_recv())
    }
}

fn finish(
    slot: &Slot,
    done: Result<Result<Done, Error>, oneshot::error::RecvError>,
) -> Result<Answer<Vec<Vec<f32>>>, Error> {
    // A sender that is gone without a word went down with the engine's threads.
    let done = done.map_err(|_| Error::Stopped)??;
    Ok(Answer {
        value: done.outputs,
        model: slot.info.usage(),
        tokens: done.tokens,
        truncated: done.truncated,
        queue_time: done.queue_time,
        compute_time: done.compute_time,
    })
}

fn empty(slot: &Slot) -> Answer<Vec<Vec<f32>>> {
    Answer {
        value: vec![],
        model: slot.info.usage(),
        tokens: vec![],
        truncated: false,
        queue_time: Duration::ZERO,
        compute_time: Duration::ZERO,
    }
}

fn state_of(slot: &Slot) -> ModelState {
    if slot.failing.load(Ordering::Relaxed) { ModelState::Failing } else { ModelState::Ready }
}

fn lane_load(
    queues: &Queues,
    department: String,
    urgency: crate::Urgency,
    requests: usize,
) -> LaneLoad {
    let state = queues.scheduler.lane_state(&department, urgency);
    #[expect(clippy::cast_possible_truncation, reason = "tokens for people; a cast saturates")]
    let lag_tokens = state.lag as i64;
    LaneLoad {
        department,
        urgency: urgency.as_str(),
        requests,
        pieces_raw: state.pieces,
        texts_encoded: state.units,
        tokens: state.tokens,
        lag_tokens,
    }
}

/// Gauges that are read, not counted.
fn report(load: &Load) {
    for lane in &load.lanes {
        let labels = [("department", lane.department.clone()), ("urgency", lane.urgency.into())];
        #[expect(clippy::cast_precision_loss, reason = "a gauge for people")]
        metrics::gauge!("amtshilfe_engine_lane_lag_tokens", &labels).set(lane.lag_tokens as f64);
    }
    for model in &load.models {
        let labels = [("model", model.model.clone())];
        let cost = model.cost;
        metrics::gauge!("amtshilfe_engine_cost_base_seconds", &labels).set(cost.base_seconds);
        metrics::gauge!("amtshilfe_engine_cost_token_seconds", &labels).set(cost.token_seconds);
        metrics::gauge!("amtshilfe_engine_cost_square_seconds", &labels).set(cost.square_seconds);
    }
}

fn spawn(name: String, run: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    std::thread::Builder::new()
        .name(name.clone())
        .spawn(run)
        .map(drop)
        .map_err(|source| Error::Thread { name, source })
}

/// Bytes of all texts, if their number and each length is allowed.
fn check_size(config: &EngineConfig, texts: &[String]) -> Result<usize, Error> {
    if texts.len() > config.texts_max {
        return Err(Error::TooManyTexts { allowed: config.texts_max, actual: texts.len() });
    }
    let too_long = |(_, text): &(usize, &String)| text.len() > config.text_bytes_max;
    if let Some((index, text)) = texts.iter().enumerate().find(too_long) {
        let (allowed, actual) = (config.text_bytes_max, text.len());
        return Err(Error::TextTooLong { index, allowed, actual });
    }
    Ok(texts.iter().map(String::len).sum())
}

/// Queues a request in pieces, so that several threads share a large one and a small one waits
/// for no more than a piece; or refuses it, where its deadline cannot be met.
fn enqueue(shared: &Shared, job: &Arc<Job>, now: Instant) -> Result<(), Error> {
    let mut ends = vec![];
    let (mut start, mut bytes) = (0, 0);
    for (index, text) in job.texts.iter().enumerate() {
        bytes += text.len();
        if bytes >= PIECE_BYTES || index + 1 == job.texts.len() {
            ends.push((start..index + 1, bytes as u64));
            (start, bytes) = (index + 1, 0);
        }
    }
    let query_bytes = job.query.as_ref().map_or(0, String::len);
    let mut queues = shared.queues();
    queues.open()?;
    let mut pieces = vec![];
    let mut whole = Shape::default();
    for (texts, bytes) in ends {
        let lengths = job.texts.get(texts.clone()).unwrap_or_default().iter();
        let lengths = lengths.map(|text| text.len() + query_bytes);
        let shape = queues.scheduler.estimate(job.slot.id, lengths);
        whole += shape;
        pieces.push((Piece { job: Arc::clone(job), texts, shape }, bytes));
    }
    let admitted = queues.scheduler.admit(&job.lane, (job.slot.id, whole), job.deadline, now);
    admitted.map_err(|TooLate { needed, left }| {
        shared.counts.refused_at_admission();
        Error::DeadlineUnreachable { needed, left }
    })?;
    for (piece, bytes) in pieces {
        queues.scheduler.push_raw(piece, bytes, now);
        shared.text_came.notify_one();
    }
    Ok(())
}

#[cfg(test)]
mod tests;
