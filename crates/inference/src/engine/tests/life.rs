//! Models that come and go, and the switch.

use super::*;

fn named(name: &str, digest: &str, task: Task, batches: &Batches) -> Model {
    let mut model = model(name, task, batches);
    digest.clone_into(&mut model.info.digest);
    model
}

#[tokio::test]
async fn a_new_model_takes_over_and_what_was_submitted_before_finishes_on_the_old_one() {
    let (engine, old) = engine(small());
    let new = Batches::default();
    engine.hold_until(1_000);
    let waiting = engine.submit(Task::Embed, None, request("a", &["a a"])).unwrap();
    let replaced = engine.swap(named("embedder", "01", Task::Embed, &new)).await.unwrap();
    assert_eq!(replaced.unwrap().digest, "00");
    engine.hold_until(0);
    let before = waiting.answer().await.unwrap();
    let after = engine.embed(request("a", &["a a a"])).await.unwrap();
    assert_eq!((before.model.digest.as_str(), after.model.digest.as_str()), ("00", "01"));
    assert_eq!(lengths(&old), [[2]]);
    assert_eq!(lengths(&new).last().unwrap(), &[3]);
    assert_eq!(engine.models().len(), 3);
    assert_eq!(engine.models()[0].digest, "01", "it keeps its place, so it stays the default");
}

#[tokio::test]
async fn a_model_that_fails_its_self_test_never_serves() {
    struct Mute;
    impl Backend for Mute {
        fn forward(&mut self, batch: &Batch<'_>) -> Result<Vec<Vec<f32>>, BackendError> {
            Ok(batch.sequences.iter().map(|_| vec![f32::NAN]).collect())
        }
    }
    let (engine, batches) = engine(small());
    let mut broken = named("embedder", "01", Task::Embed, &batches);
    broken.backend = Box::new(Mute);
    let refused = engine.swap(broken).await.unwrap_err();
    assert!(matches!(refused, Error::Backend { .. }), "{refused}");
    assert_eq!(engine.embed(request("a", &["a"])).await.unwrap().model.digest, "00");
    let other = named("embedder", "01", Task::Rerank, &batches);
    assert!(matches!(engine.swap(other).await, Err(Error::WrongTask { .. })));
}

#[tokio::test]
async fn models_are_added_and_removed() {
    let (engine, batches) = engine(small());
    let second = named("second", "02", Task::Embed, &batches);
    assert!(engine.swap(second).await.unwrap().is_none());
    let by_name = Request { model: Some("second".into()), ..request("a", &["a"]) };
    assert_eq!(engine.embed(by_name.clone()).await.unwrap().model.digest, "02");
    assert!(engine.load().models.iter().any(|model| model.cost.batches > 0));
    engine.hold_until(1_000);
    let waiting = engine.submit(Task::Embed, None, by_name.clone()).unwrap();
    assert_eq!(engine.remove("second").unwrap().digest, "02");
    assert!(matches!(engine.remove("second"), Err(Error::UnknownModel { .. })));
    assert!(matches!(engine.embed(by_name).await, Err(Error::UnknownModel { .. })));
    engine.hold_until(0);
    assert_eq!(waiting.answer().await.unwrap().model.digest, "02");
    engine.remove("embedder").unwrap();
    assert!(matches!(engine.embed(request("a", &["a"])).await, Err(Error::NoModel { .. })));
}

#[tokio::test]
async fn a_held_model_computes_for_its_holder_after_another_took_its_name() {
    let (engine, old) = engine(small());
    let new = Batches::default();
    let held = engine.hold("embedder", Task::Embed).unwrap();
    let again = held.clone();
    engine.swap(named("embedder", "01", Task::Embed, &new)).await.unwrap();
    let asked = || request("a", &["a a"]);
    assert_eq!(engine.embed(asked()).await.unwrap().model.digest, "01");
    assert_eq!(engine.embed_held(&held, asked()).await.unwrap().model.digest, "00");
    assert_eq!(lengths(&old), [[2]]);
    let id = engine.shared().slots()[0].id - 1;
    let known = |id| engine.shared().queues().scheduler.cost(id).batches > 0;
    let old_id =
        (0..=id).find(|id| known(*id) && engine.shared().slots().iter().all(|s| s.id != *id));
    let old_id = old_id.expect("a held model is still scheduled by its speed");
    drop(held);
    assert_eq!(engine.embed_held(&again, asked()).await.unwrap().model.digest, "00");
    drop(again);
    assert!(!known(old_id), "with the last holder its costs are forgotten");
    assert!(matches!(engine.hold("embedder", Task::Rerank), Err(Error::WrongTask { .. })));
    assert!(matches!(engine.hold("none", Task::Embed), Err(Error::UnknownModel { .. })));
}

#[tokio::test]
async fn under_load_every_answer_names_the_model_that_computed_it() {
    /// Answers with its own number.
    struct Numbered(f32);
    impl Backend for Numbered {
        fn forward(&mut self, batch: &Batch<'_>) -> Result<Vec<Vec<f32>>, BackendError> {
            Ok(batch.sequences.iter().map(|_| vec![self.0, 0.0]).collect())
        }
    }
    let batches = Batches::default();
    let numbered = |number: u8| {
        let mut model = named("embedder", &number.to_string(), Task::Embed, &batches);
        model.backend = Box::new(Numbered(f32::from(number)));
        model
    };
    let engine = Engine::start(small(), vec![numbered(0)]).unwrap();
    let clients: Vec<_> = (0..8)
        .map(|client| {
            let engine = engine.clone();
            tokio::spawn(async move {
                for _ in 0..50 {
                    let request = request(&format!("department {client}"), &["a", "a a"]);
                    let answer = engine.embed(request).await.unwrap();
                    for output in &answer.value {
                        assert_eq!(output[0].to_string(), answer.model.digest);
                    }
                }
            })
        })
        .collect();
    for number in 1..20 {
        engine.swap(numbered(number)).await.unwrap();
    }
    for client in clients {
        client.await.unwrap();
    }
}

#[tokio::test]
async fn out_of_service_everything_is_refused_at_once_until_it_is_resumed() {
    let (engine, _) = engine(small());
    engine.hold_until(1_000);
    let waiting = engine.submit(Task::Embed, None, request("a", &["a"])).unwrap();
    engine.stop_inference();
    assert!(matches!(waiting.answer().await, Err(Error::OutOfService)));
    assert!(matches!(engine.embed(request("a", &["a"])).await, Err(Error::OutOfService)));
    assert!(matches!(engine.self_test().await, Err(Error::OutOfService)));
    assert!(engine.load().out_of_service && engine.load().lanes.is_empty());
    engine.hold_until(0);
    engine.resume_inference();
    engine.embed(request("a", &["a"])).await.unwrap();
    engine.self_test().await.unwrap();
}

#[tokio::test]
async fn the_warm_up_measures_every_model_before_the_first_request() {
    let (engine, batches) = engine(EngineConfig { warm_up: true, ..small() });
    engine.embed(request("a", &["a"])).await.unwrap();
    assert!(engine.load().models.iter().all(|model| model.cost.batches > 0));
    assert!(lengths(&batches).len() > 1);
    assert_eq!(engine.load().batches, 1, "what nobody asked for is not counted");
}
