use super::*;
use crate::features::{FeatureConfig, Featuriser};
use crate::manifest::{Compute, Manifest, Pooling};
use crate::{Backend, BackendError, Batch, Encoder, LaneLimit, Purpose, Urgency};
use std::sync::Mutex;

/// The test twin: an output per sequence is [tokens, sum of ids]; certain tokens misbehave.
struct Twin {
    /// Lengths of the sequences of each batch.
    batches: Batches,
}

type Batches = Arc<Mutex<Vec<Vec<usize>>>>;

const NAN: u32 = 2;
const PANIC: u32 = 3;
const FAIL: u32 = 4;

impl Backend for Twin {
    fn forward(&mut self, batch: &Batch<'_>) -> Result<Vec<Vec<f32>>, BackendError> {
        let lengths = batch.sequences.iter().map(|sequence| sequence.ids.len()).collect();
        self.batches.lock().unwrap_or_else(|poison| poison.into_inner()).push(lengths);
        let holds = |id| batch.sequences.iter().any(|sequence| sequence.ids.contains(&id));
        assert!(!holds(PANIC), "a planted panic");
        if holds(FAIL) {
            return Err(BackendError::UnknownToken { id: FAIL, rows: 4 });
        }
        let output = |ids: &[u32]| {
            let sum = if ids.contains(&NAN) { f32::NAN } else { ids.iter().sum::<u32>() as f32 };
            vec![ids.len() as f32, sum]
        };
        Ok(batch.sequences.iter().map(|sequence| output(&sequence.ids)).collect())
    }
}

const TOKENIZER: &str = r#"{
  "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
  "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null, "decoder": null,
  "model": {"type": "WordLevel", "unk_token": "[UNK]",
    "vocab": {"[UNK]": 0, "a": 1, "nan": 2, "panic": 3, "fail": 4, "query:": 5}}
}"#;

fn manifest(name: &str, task: Task) -> Manifest {
    Manifest {
        name: name.to_owned(),
        task,
        architecture: "twin".into(),
        licence: "Apache-2.0".into(),
        description: String::new(),
        dtype: "float32".into(),
        tokens_max: 100,
        dimensions: 2,
        pooling: Pooling::None,
        compute: Compute::Auto,
        passage_prefix: String::new(),
        query_prefix: "query: ".into(),
        features: None,
        files: [].into(),
    }
}

fn model(name: &str, task: Task, batches: &Batches) -> Model {
    let manifest = manifest(name, task);
    let encoder = match task {
        Task::Classify => {
            let featuriser = Featuriser::new(FeatureConfig::default());
            Encoder::from_featuriser(featuriser, &manifest)
        }
        Task::Embed | Task::Rerank => {
            Encoder::from_tokenizer_json(TOKENIZER.as_bytes(), &manifest, false).unwrap()
        }
    };
    Model {
        info: ModelInfo::from_manifest(&manifest, "00", "cpu", vec!["ja".into(), "nein".into()]),
        encoder,
        table: None,
        batch_tokens_max: 10_000,
        backend: Box::new(Twin { batches: Arc::clone(batches) }),
    }
}

fn engine(config: EngineConfig) -> (Engine, Batches) {
    let batches = Batches::default();
    let models = vec![
        model("embedder", Task::Embed, &batches),
        model("classifier", Task::Classify, &batches),
        model("reranker", Task::Rerank, &batches),
    ];
    (Engine::start(config, models).unwrap(), batches)
}

fn small() -> EngineConfig {
    EngineConfig { tokenizer_threads: 2, ..EngineConfig::default() }
}

fn request(department: &str, texts: &[&str]) -> Request {
    let texts = texts.iter().map(|text| (*text).to_owned()).collect();
    Request::passages(texts, Lane::interactive(department))
}

fn words(count: usize) -> String {
    vec!["a"; count].join(" ")
}

fn lengths(batches: &Batches) -> Vec<Vec<usize>> {
    batches.lock().unwrap().clone()
}

#[tokio::test]
async fn answers_keep_the_order_of_the_texts_and_name_their_model() {
    let (engine, _) = engine(small());
    let answer = engine.embed(request("a", &["a a a", "", "a"])).await.unwrap();
    assert_eq!(answer.value, [[3.0, 3.0], [0.0, 0.0], [1.0, 1.0]]);
    assert_eq!(answer.tokens, [3, 0, 1]);
    assert_eq!((answer.model.name.as_str(), answer.model.task), ("embedder", Task::Embed));
    assert!(!answer.truncated);
    let mut query = request("a", &["a"]);
    query.purpose = Purpose::Query;
    assert_eq!(engine.embed(query).await.unwrap().value, [[2.0, 6.0]]);
    let long = engine.embed(request("a", &[&words(101)])).await.unwrap();
    assert!(long.truncated && long.tokens == [100]);
    assert!(engine.embed(request("a", &[])).await.unwrap().value.is_empty());
}

#[tokio::test]
async fn tasks_find_their_models() {
    let (engine, _) = engine(small());
    assert_eq!(engine.labels(None).unwrap(), ["ja", "nein"]);
    assert_eq!(engine.tokenize(None, "a b a").unwrap(), [1, 0, 1]);
    assert_eq!(engine.classify(request("a", &["Miete"])).await.unwrap().value.len(), 1);
    let ranked = engine.rerank("a a".to_owned(), request("a", &["a", "a a"])).await.unwrap();
    assert_eq!(ranked.value, [3.0, 4.0]);
    let named = |name: &str| Request { model: Some(name.into()), ..request("a", &["a"]) };
    assert!(matches!(engine.embed(named("none")).await, Err(Error::UnknownModel { .. })));
    assert!(matches!(engine.embed(named("classifier")).await, Err(Error::WrongTask { .. })));
    engine.self_test().await.unwrap();
}

#[tokio::test]
async fn requests_that_wait_together_share_a_batch() {
    let (engine, batches) = engine(small());
    engine.hold_until(3);
    let (a, b, c) = tokio::join!(
        engine.embed(request("a", &["a"])),
        engine.embed(request("b", &["a a", "a"])),
        engine.embed(request("c", &["a a a"])),
    );
    assert_eq!(a.unwrap().value, [[1.0, 1.0]]);
    assert_eq!(b.unwrap().value.len(), 2);
    assert_eq!(c.unwrap().value, [[3.0, 3.0]]);
    let mut lengths = lengths(&batches);
    assert_eq!(lengths.len(), 1);
    lengths[0].sort_unstable();
    assert_eq!(lengths[0], [1, 1, 2, 3]);
    let load = engine.load();
    assert_eq!((load.batches, load.texts, load.tokens), (1, 4, 7));
}

#[tokio::test]
async fn batches_keep_the_token_budget_and_a_longer_text_goes_alone() {
    let (engine, batches) = engine(EngineConfig { batch_tokens_max: 25, ..small() });
    engine.hold_until(1);
    let (ten, forty) = (words(10), words(40));
    let texts = [ten.as_str(), &ten, &ten, &forty, &ten, &ten];
    let answer = engine.embed(request("a", &texts)).await.unwrap();
    let counts: Vec<f32> = answer.value.iter().map(|output| output[0]).collect();
    assert_eq!(counts, [10.0, 10.0, 10.0, 40.0, 10.0, 10.0]);
    assert_eq!(lengths(&batches), [vec![10, 10], vec![10], vec![40], vec![10, 10]]);
}

#[tokio::test]
async fn only_the_guilty_request_fails() {
    let (engine, _) = engine(small());
    for poison in ["panic", "fail", "nan"] {
        engine.hold_until(3);
        let (first, guilty, last) = tokio::join!(
            engine.embed(request("a", &["a", "a a"])),
            engine.embed(request("b", &["a", poison])),
            engine.embed(request("c", &["a"])),
        );
        assert_eq!(first.unwrap().value, [[1.0, 1.0], [2.0, 2.0]], "{poison}");
        assert!(matches!(guilty, Err(Error::Backend { .. })), "{poison}");
        assert_eq!(last.unwrap().value, [[1.0, 1.0]], "{poison}");
    }
    engine.self_test().await.unwrap();
}

#[tokio::test]
async fn a_full_lane_refuses_and_leaves_the_others_alone() {
    let (engine, _) = engine(EngineConfig { lane_requests_max: 1, ..small() });
    engine.hold_until(2);
    let waiting = engine.submit(Task::Embed, None, request("a", &["a"])).unwrap();
    let refused = engine.embed(request("a", &["a"])).await.unwrap_err();
    let Error::QueueFull { department, limit, retry_after } = refused else { panic!("{refused}") };
    assert_eq!((department.as_str(), limit), ("a", LaneLimit::Requests { allowed: 1 }));
    assert!(retry_after >= RETRY_AFTER_MIN && retry_after <= RETRY_AFTER_MAX);
    engine.embed(request("b", &["a"])).await.unwrap();
    waiting.answer().await.unwrap();
}

#[tokio::test]
async fn requests_past_a_limit_are_refused_with_the_limit() {
    let (engine, _) = engine(EngineConfig { texts_max: 2, text_bytes_max: 5, ..small() });
    let refused = engine.embed(request("a", &["a", "a", "a"])).await.unwrap_err();
    assert!(matches!(refused, Error::TooManyTexts { allowed: 2, actual: 3 }));
    let refused = engine.embed(request("a", &["a", "a a a a"])).await.unwrap_err();
    assert!(matches!(refused, Error::TextTooLong { index: 1, allowed: 5, actual: 7 }));
}

#[tokio::test]
async fn nothing_is_computed_for_callers_that_left_or_are_late() {
    let (engine, batches) = engine(small());
    engine.hold_until(2);
    drop(engine.submit(Task::Embed, None, request("a", &["a a a a"])).unwrap());
    let late = Request { deadline: Some(Instant::now()), ..request("b", &["a a a"]) };
    assert!(matches!(engine.embed(late).await, Err(Error::DeadlineExceeded)));
    engine.hold_until(0);
    engine.embed(request("c", &["a"])).await.unwrap();
    assert_eq!(lengths(&batches), [[1]]);
    assert_eq!(engine.load().deadline_misses, 1, "who left is not counted");
}

#[tokio::test]
async fn a_deadline_that_cannot_be_met_is_refused_at_once_and_in_order_of_arrival_it_is_not() {
    for scheduling in [Scheduling::Fair, Scheduling::Fifo] {
        let (engine, _) = engine(EngineConfig { scheduling, ..small() });
        // A second a token, as far as the engine knows.
        for tokens in [1, 2, 3, 4, 5] {
            let time = Duration::from_secs(tokens);
            engine.shared().queues().scheduler.finished(0, Shape::text(tokens), Some(time));
        }
        engine.hold_until(1_000);
        let ahead = engine.submit(Task::Embed, None, request("a", &[&words(50)])).unwrap();
        let soon = |department| Request {
            deadline: Some(Instant::now() + Duration::from_secs(20)),
            ..request(department, &["a"])
        };
        let behind = engine.submit(Task::Embed, None, soon("a"));
        match (scheduling, behind) {
            (Scheduling::Fair, Err(Error::DeadlineUnreachable { needed, left })) => {
                assert!(needed > left, "{needed:?} {left:?}");
                assert_eq!(engine.load().admission_refusals, 1);
            }
            (Scheduling::Fifo, Ok(_)) => {}
            (order, behind) => panic!("{order:?}: {:?}", behind.err()),
        }
        // Another department does not stand behind that queue.
        let other = engine.submit(Task::Embed, None, soon("b")).unwrap();
        engine.hold_until(0);
        ahead.answer().await.unwrap();
        other.answer().await.unwrap();
    }
}

#[tokio::test]
async fn the_load_says_who_waits_for_what_and_how_fast_the_models_are() {
    let (engine, _) = engine(small());
    engine.embed(request("a", &["a a"])).await.unwrap();
    let load = engine.load();
    assert_eq!((load.models[0].model.as_str(), load.models[0].cost.batches), ("embedder", 1));
    assert!(load.models[0].cost.token_seconds > 0.0);
    assert!(load.last_batch_fill > 0.0 && load.last_batch_fill <= 1.0);
    engine.hold_until(2);
    let waiting = engine.submit(Task::Embed, None, request("b", &["a a a", "a"])).unwrap();
    // The lane of the answered request may linger for a moment.
    let lanes = engine.load().lanes;
    let lane = lanes.iter().find(|lane| lane.department == "b").unwrap();
    assert_eq!((lane.urgency, lane.requests), ("interactive", 1));
    engine.hold_until(0);
    waiting.answer().await.unwrap();
}

#[tokio::test]
async fn a_flood_does_not_keep_another_department_waiting() {
    let (engine, batches) = engine(EngineConfig { batch_texts_max: 1, ..small() });
    engine.hold_until(41);
    let flood: Vec<Pending> = (0..40)
        .map(|_| engine.submit(Task::Embed, None, request("flood", &["a a a a a"])).unwrap())
        .collect();
    engine.embed(request("victim", &["a"])).await.unwrap();
    let turn = lengths(&batches).iter().position(|batch| batch == &[1]).unwrap();
    assert!(turn <= 1, "the victim was batch {turn}");
    for pending in flood {
        pending.answer().await.unwrap();
    }
}

#[tokio::test]
async fn draining_finishes_what_waits_and_takes_nothing_new() {
    let (engine, _) = engine(small());
    engine.hold_until(2);
    let waiting = engine.submit(Task::Embed, None, request("a", &["a"])).unwrap();
    engine.drain();
    assert!(engine.load().draining);
    assert!(matches!(engine.embed(request("a", &["a"])).await, Err(Error::Draining)));
    engine.hold_until(0);
    waiting.answer().await.unwrap();
}

#[test]
fn threads_outside_tokio_may_wait_too() {
    let (engine, _) = engine(small());
    let texts: Vec<String> = (1..=3_000).map(|count| words(count % 50)).collect();
    let request = Request::passages(texts, Lane::bulk("a"));
    let answer = engine.embed_blocking(request).unwrap();
    for (index, output) in answer.value.iter().enumerate() {
        assert_eq!(output[0], ((index + 1) % 50) as f32);
    }
    assert_eq!(engine.load().texts, 3_000);
    assert!(engine.load().lanes.iter().all(|lane| lane.urgency == Urgency::Bulk.as_str()));
}

#[test]
fn two_models_of_one_name_are_refused() {
    let batches = Batches::default();
    let models = vec![model("x", Task::Embed, &batches), model("x", Task::Rerank, &batches)];
    assert!(matches!(Engine::start(small(), models), Err(Error::DuplicateModel { .. })));
}

mod life;
mod poison;
