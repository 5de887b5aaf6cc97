//! The embedder changes while searches go on: every answer is by vectors and model that belong
//! together, and a restart in the middle goes on.

use super::*;
use fs_err as fs;

/// Passages of the corpus: a few windows at a time, the exchange takes many steps.
const PASSAGES: u64 = 202;
const WINDOWS: usize = 2;

fn slow(directory: &Path, embedder: &str) -> Config {
    let mut config = config(directory);
    config.embedded_windows = WINDOWS;
    embedder.clone_into(&mut config.embedder);
    config
}

fn both() -> Vec<Model> {
    vec![twin("twin", "00", 0), twin("turned", "01", 3)]
}

fn opened(directory: &Path, models: Vec<Model>, embedder: &str) -> Corpus {
    Corpus::open(slow(directory, embedder), engine_of(models), clock()).unwrap()
}

fn filled(directory: &Path, models: Vec<Model>) -> Corpus {
    let corpus = opened(directory, models, "twin");
    let many = |number: usize| source(&format!("many{number}"), "Das Visum und der Pass", "", "");
    let mut sources: Vec<Source> = (1..=200).map(many).collect();
    sources.extend([source("f", "Familie", "", ""), source("d", "Duldung", "", "")]);
    import(&corpus, sources);
    assert_eq!(corpus.stats().passages, PASSAGES);
    wait_for_vectors(&corpus);
    corpus
}

/// Digest of the model that answered; the answer must be right by either.
fn answered_by(corpus: &Corpus) -> String {
    for strategy in [Strategy::Dense, Strategy::Hybrid] {
        for (query, wanted) in [("Familie", "f"), ("Duldung", "d"), ("Visum Pass", "many")] {
            let answer = search(corpus, SearchRequest { strategy, ..request(query) }).unwrap();
            let hit = &answer.hits[0];
            let id = hit.passage.decree_id.as_str();
            assert!(id.starts_with(wanted), "{id} for {query} by {:?}", answer.models);
            assert!(hit.dense_score > 0.4, "{query}: {} by {:?}", hit.dense_score, answer.models);
        }
    }
    let asked = SearchRequest { strategy: Strategy::Dense, ..request("Familie") };
    search(corpus, asked).unwrap().models[0].digest.clone()
}

/// Searches until the exchange has ended; how many answers each model gave.
fn watch(corpus: &Corpus) -> (usize, usize) {
    let (mut by_old, mut by_new) = (0, 0);
    loop {
        let is_over = corpus.embedders().next.is_none();
        match answered_by(corpus).as_str() {
            "00" => {
                assert_eq!((by_new, is_over), (0, false), "the old one answered after the new one");
                by_old += 1;
            }
            "01" => by_new += 1,
            other => panic!("{other} answered"),
        }
        if is_over {
            return (by_old, by_new);
        }
    }
}

fn folders(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory.join("index/dense")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn the_old_vectors_serve_until_the_new_are_complete() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = filled(directory.path(), both());
    assert_eq!(answered_by(&corpus), "00");
    assert_eq!(corpus.embed_with("twin").unwrap(), Exchange::Same);
    assert!(matches!(corpus.embed_with("none"), Err(Error::Engine(_))));
    assert_eq!(corpus.embed_with("turned").unwrap(), Exchange::Begun);
    assert_eq!(corpus.embed_with("turned").unwrap(), Exchange::UnderWay);
    let waiting = corpus.stats().passages_awaiting_embedding;
    assert!((1..=PASSAGES).contains(&waiting), "{waiting} wait");
    // What comes meanwhile is found by the old one at once, and by the new one afterwards.
    import(&corpus, vec![source("new", "Gebühr", "", "")]);
    let (by_old, by_new) = watch(&corpus);
    assert!(by_old > 0 && by_new > 0, "{by_old} answers by the old one, {by_new} by the new one");
    wait_for_vectors(&corpus);
    let fee = SearchRequest { strategy: Strategy::Dense, ..request("Gebühr") };
    let hit = search(&corpus, fee).unwrap().hits.remove(0);
    assert_eq!(hit.passage.decree_id.as_str(), "new");
    while folders(directory.path()) != ["01"] {
        std::thread::yield_now();
    }
    drop(corpus);
    let again = opened(directory.path(), both(), "turned");
    assert_eq!((again.stats().passages_awaiting_embedding, answered_by(&again)), (0, "01".into()));
}

#[test]
fn a_model_that_took_the_name_of_the_old_one_is_exchanged_as_well() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = filled(directory.path(), vec![twin("twin", "00", 0)]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(corpus.inner.engine.swap(twin("twin", "01", 3))).unwrap();
    assert_eq!(answered_by(&corpus), "00", "the engine's model is not yet that of the vectors");
    assert_eq!(corpus.embed_with("twin").unwrap(), Exchange::Begun);
    let (by_old, by_new) = watch(&corpus);
    assert!(by_old > 0 && by_new > 0, "{by_old} answers by the old one, {by_new} by the new one");
}

#[test]
fn a_restart_in_the_middle_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = filled(directory.path(), both());
    corpus.embed_with("turned").unwrap();
    let waiting = |corpus: &Corpus| corpus.stats().passages_awaiting_embedding;
    while waiting(&corpus) > PASSAGES / 2 {
        std::thread::yield_now();
    }
    assert!(waiting(&corpus) > 10, "the exchange is over before it could be interrupted");
    drop(corpus);
    let corpus = opened(directory.path(), both(), "turned");
    let left = waiting(&corpus);
    assert!((1..=PASSAGES / 2).contains(&left), "{left} wait: what was embedded is lost");
    let (by_old, by_new) = watch(&corpus);
    assert!(by_old > 0 && by_new > 0, "{by_old} answers by the old one, {by_new} by the new one");
}

#[test]
fn a_start_with_another_embedder_serves_by_what_there_is() {
    let directory = tempfile::tempdir().unwrap();
    drop(filled(directory.path(), vec![twin("twin", "00", 0)]));
    // The old one is gone: words find decrees until the vectors come.
    let corpus = opened(directory.path(), vec![twin("turned", "01", 3)], "turned");
    assert_eq!(corpus.embedders().serving.unwrap().digest, "01");
    assert_eq!(found(&corpus, request("Familie")), ["f "]);
    wait_for_vectors(&corpus);
    assert_eq!(answered_by(&corpus), "01");
    assert_eq!(folders(directory.path()), ["01"]);
    drop(corpus);
    // One that the engine does not have: words alone, and nothing is thrown away.
    let corpus = opened(directory.path(), vec![twin("twin", "00", 0)], "none");
    assert!(corpus.embedders().serving.is_none());
    assert_eq!(found(&corpus, request("Familie")), ["f "]);
    assert_eq!(folders(directory.path()), ["01"]);
}

#[test]
fn an_order_that_is_taken_back_leaves_the_old_vectors() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = filled(directory.path(), both());
    corpus.embed_with("turned").unwrap();
    assert_eq!(corpus.embed_with("twin").unwrap(), Exchange::Same);
    assert!(corpus.embedders().next.is_none());
    while folders(directory.path()) != ["00"] {
        assert_eq!(answered_by(&corpus), "00");
    }
    assert_eq!(corpus.stats().passages_awaiting_embedding, 0);
}
