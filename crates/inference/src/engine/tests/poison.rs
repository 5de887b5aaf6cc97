//! What one request can do to the others: nothing.

use super::*;
use crate::engine::isolation::{self, Compute};
use crate::engine::job::Ran;
use proptest::prelude::*;
use std::sync::atomic::AtomicBool;

/// text-embeddings-inference #932: a value that is not a number ended the process.
#[tokio::test]
async fn regression_tei_932_nan_fails_its_request_and_nothing_else() {
    let (engine, batches) = engine(small());
    engine.hold_until(3);
    let (first, guilty, last) = tokio::join!(
        engine.embed(request("a", &["a", "a a"])),
        engine.embed(request("b", &["nan", "a"])),
        engine.embed(request("c", &["a"])),
    );
    assert_eq!(first.unwrap().value, [[1.0, 1.0], [2.0, 2.0]]);
    let guilty = guilty.unwrap_err();
    assert!(matches!(guilty, Error::Backend { source: BackendError::NotFinite, .. }), "{guilty}");
    assert_eq!(last.unwrap().value, [[1.0, 1.0]]);
    assert_eq!(lengths(&batches).len(), 1, "the guilty one was known without another pass");
    engine.self_test().await.unwrap();
}

/// text-embeddings-inference #744: an overflowing queue panicked.
#[tokio::test]
async fn regression_tei_744_an_overflowing_queue_refuses_and_lives() {
    let (engine, _) = engine(EngineConfig { lane_requests_max: 3, ..small() });
    engine.hold_until(1_000);
    let mut taken = vec![];
    for _ in 0..200 {
        match engine.submit(Task::Embed, None, request("flood", &["a"])) {
            Ok(pending) => taken.push(pending),
            Err(error) => assert!(matches!(error, Error::QueueFull { .. }), "{error}"),
        }
    }
    assert_eq!((taken.len(), engine.load().queue_refusals), (3, 197));
    engine.hold_until(0);
    for pending in taken {
        pending.answer().await.unwrap();
    }
    engine.embed(request("flood", &["a"])).await.unwrap();
}

#[tokio::test]
async fn a_poisoned_request_does_not_make_a_model_failing_and_a_broken_device_does() {
    let (engine, _) = engine(small());
    for poison in ["panic", "fail", "nan"] {
        engine.embed(request("a", &[poison])).await.unwrap_err();
        // The next batch runs after the state was set.
        engine.classify(request("a", &["a"])).await.unwrap();
        assert_eq!(engine.models()[0].state, ModelState::Ready, "{poison}");
    }
    let broken = Arc::new(AtomicBool::new(true));
    let backend = Breakable { broken: Arc::clone(&broken), batches: Batches::default() };
    let mut breakable = model("breakable", Task::Embed, &Batches::default());
    breakable.backend = Box::new(backend);
    let engine = Engine::start(small(), vec![breakable, classifier()]).unwrap();
    engine.embed(request("a", &["a"])).await.unwrap_err();
    engine.classify(request("a", &["a"])).await.unwrap();
    assert_eq!(engine.models()[0].state, ModelState::Failing);
    engine.self_test().await.unwrap_err();
    broken.store(false, Ordering::Relaxed);
    engine.self_test().await.unwrap();
    assert_eq!(engine.models()[0].state, ModelState::Ready);
}

fn classifier() -> Model {
    model("classifier", Task::Classify, &Batches::default())
}

/// A device that can be broken and repaired.
struct Breakable {
    broken: Arc<AtomicBool>,
    batches: Batches,
}

impl Backend for Breakable {
    fn forward(&mut self, batch: &Batch<'_>) -> Result<Vec<Vec<f32>>, BackendError> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(BackendError::Device { source: "the device is gone".into() });
        }
        Twin { batches: Arc::clone(&self.batches) }.forward(batch)
    }
}

/// How a pass over a guilty request goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Harm {
    /// The pass fails.
    Fails,
    /// Its own outputs are not finite.
    Spoils,
    /// All outputs of the pass are not finite.
    SpoilsAll,
}

#[derive(Default)]
struct Fake {
    harm: Option<Harm>,
    guilty: Vec<usize>,
    passes: usize,
    answered: Vec<usize>,
    failed: Vec<usize>,
}

impl Compute for Fake {
    type Request = usize;

    fn forward(&mut self, requests: &[usize]) -> Result<(Vec<Vec<f32>>, Ran), BackendError> {
        self.passes += 1;
        let holds = requests.iter().any(|request| self.guilty.contains(request));
        if holds && self.harm == Some(Harm::Fails) {
            return Err(BackendError::Panicked);
        }
        let spoiled = |request| match self.harm {
            Some(Harm::SpoilsAll) => holds,
            _ => self.guilty.contains(request),
        };
        let value = |request| if spoiled(request) { f32::NAN } else { 1.0 };
        // Every request has two texts.
        let outputs = requests.iter().flat_map(|request| [vec![1.0], vec![value(request)]]);
        Ok((outputs.collect(), Ran { started: Instant::now(), time: Duration::ZERO }))
    }

    fn texts(_: &usize) -> usize {
        2
    }

    fn answer(&mut self, request: usize, outputs: Vec<Vec<f32>>, _: Ran) {
        assert_eq!(outputs.len(), 2);
        self.answered.push(request);
    }

    fn fail(&mut self, request: usize, _: BackendError) {
        self.failed.push(request);
    }

    fn failed_together(&mut self, _: usize, _: &BackendError) {}
}

proptest! {
    /// Exactly the guilty fail, whatever they do; one of them costs a logarithm of passes.
    #[test]
    fn exactly_the_guilty_fail(
        count in 1_usize..200,
        guilty in prop::collection::btree_set(0_usize..200, 0..4),
        harm in prop::sample::select(vec![Harm::Fails, Harm::Spoils, Harm::SpoilsAll]),
    ) {
        let guilty: Vec<usize> = guilty.into_iter().filter(|guilty| *guilty < count).collect();
        let mut fake = Fake { harm: Some(harm), guilty: guilty.clone(), ..Fake::default() };
        let answered = isolation::compute(&mut fake, (0..count).collect());
        prop_assert_eq!(answered, guilty.len() < count);
        prop_assert_eq!(&fake.failed, &guilty);
        prop_assert_eq!(fake.answered.len(), count - guilty.len());
        let levels = count.next_power_of_two().ilog2() as usize;
        prop_assert!(fake.passes <= 1 + 2 * levels * guilty.len(), "{} passes", fake.passes);
    }
}
