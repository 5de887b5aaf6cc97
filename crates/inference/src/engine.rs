//! The engine's handle: what the rest of the appliance calls.

mod admission;
mod device;
mod job;
mod state;
mod tokenizing;

use self::job::{Done, Job, Piece, Submission};
use self::state::{Shared, Slot};
use crate::load::Meter;
use crate::{
    Answer, Backend, Error, Lane, LaneLoad, Load, Model, ModelInfo, ModelState, Request, Task,
    TokenTable,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Bytes of text that a tokenizer thread takes at once; about ten milliseconds.
const PIECE_BYTES: usize = 16 << 10;
/// How long a self-test may take.
const SELF_TEST_TIME: Duration = Duration::from_secs(10);

/// Limits of an engine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Threads that tokenize.
    pub tokenizer_threads: usize,
    /// Most tokens in one batch, whatever the model would take.
    pub batch_tokens_max: usize,
    /// Most texts in one batch.
    pub batch_texts_max: usize,
    /// Most texts in one request.
    pub texts_max: usize,
    /// Most bytes in one text.
    pub text_bytes_max: usize,
    /// Most requests that one lane may have in the engine.
    pub lane_requests_max: usize,
    /// Most bytes of text that one lane may have in the engine.
    pub lane_bytes_max: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            tokenizer_threads: cores.clamp(1, 8),
            batch_tokens_max: 16_384,
            batch_texts_max: 512,
            texts_max: 4_096,
            text_bytes_max: 4 << 20,
            lane_requests_max: 512,
            lane_bytes_max: 64 << 20,
        }
    }
}

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
        let (slots, mut backends) = take_apart(models)?;
        let shared = Arc::new(Shared::new(config, slots, Meter::new(Instant::now())));
        let engine = Self { handle: Arc::new(Handle { shared: Arc::clone(&shared) }) };
        for index in 0..threads {
            let shared = Arc::clone(&shared);
            spawn(format!("tokenizer-{index}"), move || tokenizing::run(&shared))?;
        }
        spawn("device-0".to_owned(), move || device::run(&shared, &mut backends))?;
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
        Ok(self.slot(model, Task::Classify)?.1.info.labels.clone())
    }

    /// The embedder's token ids of a text, without prefix and special tokens, not cut: what late
    /// interaction compares through [`Engine::token_table`]. Runs on the caller's thread, about a
    /// microsecond a token.
    ///
    /// # Errors
    /// When there is no such embedder or its tokenizer fails.
    pub fn tokenize(&self, model: Option<&str>, text: &str) -> Result<Vec<u32>, Error> {
        let (_, slot) = self.slot(model, Task::Embed)?;
        slot.encoder
            .token_ids(text)
            .map_err(|source| Error::Encode { model: slot.info.name.clone(), source })
    }

    /// The token vectors of a static embedder; none where the model has no such table.
    #[must_use]
    pub fn token_table(&self, model: Option<&str>) -> Option<TokenTable> {
        self.slot(model, Task::Embed).ok()?.1.table.clone()
    }

    /// The models, in the order given at start.
    #[must_use]
    pub fn models(&self) -> Vec<ModelInfo> {
        let slots = self.shared().slots.iter();
        slots.map(|slot| ModelInfo { state: state_of(slot), ..slot.info.clone() }).collect()
    }

    /// What the engine is doing.
    #[must_use]
    pub fn load(&self) -> Load {
        let shared = self.shared();
        let mut load = shared.meter().snapshot(Instant::now());
        let lanes = shared.admission.lanes();
        let queues = shared.queues();
        load.draining = queues.draining;
        load.lanes = lanes
            .into_iter()
            .map(|(department, urgency, requests)| {
                let texts = queues.texts.waiting(&department, urgency);
                let units = queues.units.waiting(&department, urgency);
                LaneLoad {
                    department,
                    urgency: urgency.as_str(),
                    requests,
                    pieces_raw: texts.items,
                    texts_encoded: units.items,
                    tokens: units.cost,
                }
            })
            .collect();
        load
    }

    /// A small forward pass through every model, by the same way that requests go.
    ///
    /// # Errors
    /// When a model fails, or the engine takes nothing new.
    pub async fn self_test(&self) -> Result<(), Error> {
        for info in self.models() {
            let mut request = Request::query("Antrag", Lane::interactive("amtshilfe"));
            request.model = Some(info.name);
            request.deadline = Some(Instant::now() + SELF_TEST_TIME);
            let query = matches!(info.task, Task::Rerank).then(|| "Antrag".to_owned());
            self.submit(info.task, query, request)?.answer().await?;
        }
        Ok(())
    }

    /// Takes nothing new from now on; what waits is still computed.
    pub fn drain(&self) {
        self.shared().queues().draining = true;
    }

    /// A hook for tests: no batch is formed until `requests` further requests wait for the device
    /// with all their texts encoded.
    pub fn hold_until(&self, requests: usize) {
        self.shared().queues().hold = requests;
    }

    fn shared(&self) -> &Shared {
        &self.handle.shared
    }

    /// The model by name, or the task's default.
    fn slot(&self, model: Option<&str>, wanted: Task) -> Result<(usize, &Slot), Error> {
        let mut slots = self.shared().slots.iter().enumerate();
        let Some(name) = model else {
            return slots
                .find(|(_, slot)| slot.info.task == wanted)
                .ok_or(Error::NoModel { task: wanted });
        };
        let (index, slot) = slots
            .find(|(_, slot)| slot.info.name == name)
            .ok_or_else(|| Error::UnknownModel { name: name.to_owned() })?;
        let task = slot.info.task;
        if task == wanted {
            Ok((index, slot))
        } else {
            Err(Error::WrongTask { model: name.to_owned(), task, wanted })
        }
    }

    fn submit(
        &self,
        task: Task,
        query: Option<String>,
        request: Request,
    ) -> Result<Pending<'_>, Error> {
        let shared = self.shared();
        let (model, slot) = self.slot(request.model.as_deref(), task)?;
        let bytes = check_size(&shared.config, &request.texts)?;
        let deadline = request.deadline;
        if request.texts.is_empty() {
            return Ok(Pending { slot, receiver: None, deadline });
        }
        let place = shared.admission.enter(&request.lane, bytes).ok_or_else(|| {
            metrics::counter!("amtshilfe_engine_failures_total", "reason" => "queue_full")
                .increment(1);
            let department = request.lane.department.clone();
            Error::QueueFull { department, retry_after: retry_after(shared) }
        })?;
        let Request { texts, purpose, lane, .. } = request;
        let submission = Submission { model, texts, query, purpose, lane, deadline };
        let (job, receiver) = Job::new(submission, place, Instant::now());
        enqueue(shared, &job)?;
        Ok(Pending { slot, receiver: Some(receiver), deadline })
    }
}

/// A request under way.
struct Pending<'a> {
    slot: &'a Slot,
    /// None for a request without texts, which is answered at once.
    receiver: Option<oneshot::Receiver<Result<Done, Error>>>,
    deadline: Option<Instant>,
}

impl Pending<'_> {
    async fn answer(self) -> Result<Answer<Vec<Vec<f32>>>, Error> {
        let Some(receiver) = self.receiver else { return Ok(empty(self.slot)) };
        let done = match self.deadline {
            // The caller hears of its deadline at once, not when its turn would have come.
            Some(deadline) => tokio::time::timeout_at(deadline.into(), receiver)
                .await
                .map_err(|_| Error::DeadlineExceeded)?,
            None => receiver.await,
        };
        finish(self.slot, done)
    }

    fn answer_blocking(self) -> Result<Answer<Vec<Vec<f32>>>, Error> {
        let Some(receiver) = self.receiver else { return Ok(empty(self.slot)) };
        finish(self.slot, receiver.blocking_recv())
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

type Backends = Vec<Box<dyn Backend>>;

fn take_apart(models: Vec<Model>) -> Result<(Vec<Slot>, Backends), Error> {
    let mut slots: Vec<Slot> = vec![];
    let mut backends = vec![];
    for model in models {
        if slots.iter().any(|slot| slot.info.name == model.info.name) {
            return Err(Error::DuplicateModel { name: model.info.name });
        }
        slots.push(Slot {
            info: model.info,
            encoder: model.encoder,
            table: model.table,
            batch_tokens_max: model.batch_tokens_max as u64,
            failing: AtomicBool::new(false),
        });
        backends.push(model.backend);
    }
    Ok((slots, backends))
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
/// for no more than a piece.
fn enqueue(shared: &Shared, job: &Arc<Job>) -> Result<(), Error> {
    let mut pieces = vec![];
    let (mut start, mut bytes) = (0, 0);
    for (index, text) in job.texts.iter().enumerate() {
        bytes += text.len();
        if bytes >= PIECE_BYTES || index + 1 == job.texts.len() {
            pieces.push((start..index + 1, bytes as u64));
            (start, bytes) = (index + 1, 0);
        }
    }
    let mut queues = shared.queues();
    if queues.stopped {
        return Err(Error::Stopped);
    }
    if queues.draining {
        return Err(Error::Draining);
    }
    for (texts, bytes) in pieces {
        queues.texts.push(&job.lane, bytes, Piece { job: Arc::clone(job), texts });
        shared.text_came.notify_one();
    }
    Ok(())
}

/// When what waits now will have been computed, at the present speed.
fn retry_after(shared: &Shared) -> Duration {
    let speed = shared.meter().snapshot(Instant::now()).tokens_per_second;
    let queues = shared.queues();
    // German text has about four bytes a token.
    let waiting = queues.units.cost() + queues.texts.cost() / 4;
    drop(queues);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let seconds = waiting as f64 / speed.max(1.0);
    Duration::from_secs_f64(seconds.clamp(0.2, 30.0))
}

#[cfg(test)]
mod tests;
