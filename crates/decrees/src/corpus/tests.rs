use super::*;
use crate::{Content, Imported, Kind, Metadata, Outcome, Refused, Source};
use inference::manifest::{Compute, Manifest, Pooling};
use inference::{
    Backend, BackendError, Batch, Encoder, EngineConfig, Lane, Model, ModelInfo, Task, TokenTable,
};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, SystemTime};

mod answers;
mod correction;
mod durability;
mod exchange;
mod typos;
mod uses;

const WORDS: [&str; 8] =
    ["[UNK]", "visum", "pass", "gebühr", "studium", "arbeit", "familie", "duldung"];

/// An embedder over eight words: each has a direction of its own, another one in each turn.
struct Twin {
    turn: usize,
}

impl Backend for Twin {
    fn forward(&mut self, batch: &Batch<'_>) -> Result<Vec<Vec<f32>>, BackendError> {
        let embed = |ids: &[u32]| {
            let mut vector = vec![0.0_f32; WORDS.len()];
            for id in ids {
                let place = (*id as usize + self.turn) % WORDS.len();
                vector[place] += if *id == 0 { 0.1 } else { 1.0 };
            }
            let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6);
            vector.iter_mut().for_each(|value| *value /= norm);
            vector
        };
        Ok(batch.sequences.iter().map(|sequence| embed(&sequence.ids)).collect())
    }
}

fn engine() -> Engine {
    engine_of(vec![twin("twin", "00", 0)])
}

fn engine_of(models: Vec<Model>) -> Engine {
    let config = EngineConfig { tokenizer_threads: 1, ..EngineConfig::default() };
    Engine::start(config, models).unwrap()
}

/// Only the first turn has a table for late interaction.
fn twin(name: &str, digest: &str, turn: usize) -> Model {
    let vocabulary: Vec<String> =
        WORDS.iter().enumerate().map(|(id, word)| format!("\"{word}\": {id}")).collect();
    let tokenizer = format!(
        r#"{{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
            "normalizer": {{"type": "Lowercase"}}, "pre_tokenizer": {{"type": "Whitespace"}},
            "post_processor": null, "decoder": null,
            "model": {{"type": "WordLevel", "unk_token": "[UNK]", "vocab": {{{}}}}}}}"#,
        vocabulary.join(", ")
    );
    let manifest = Manifest {
        name: name.into(),
        task: Task::Embed,
        architecture: "twin".into(),
        licence: "Apache-2.0".into(),
        description: String::new(),
        dtype: "float32".into(),
        tokens_max: 200,
        dimensions: WORDS.len(),
        pooling: Pooling::None,
        compute: Compute::Auto,
        passage_prefix: String::new(),
        query_prefix: String::new(),
        features: None,
        files: [].into(),
    };
    let mut values = vec![0_i8; 64];
    (0..8).for_each(|index| values[index * 9] = 127);
    let table = TokenTable::new(8, values, vec![1.0; 8], vec![1.0; 8]).unwrap();
    Model {
        info: ModelInfo::from_manifest(&manifest, digest, "cpu", vec![]),
        encoder: Encoder::from_tokenizer_json(tokenizer.as_bytes(), &manifest, false).unwrap(),
        table: (turn == 0).then_some(table),
        batch_tokens_max: 10_000,
        backend: Box::new(Twin { turn }),
    }
}

/// 2026-03-01 at noon.
fn clock() -> Clock {
    Arc::new(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_362_800))
}

fn config(directory: &Path) -> Config {
    let mut config = Config::new(directory.join("decrees"), directory.join("index"));
    config.writer_bytes = 16 << 20;
    "twin".clone_into(&mut config.embedder);
    config
}

fn open(directory: &Path) -> Corpus {
    Corpus::open(config(directory), engine(), clock()).unwrap()
}

fn day(text: &str) -> Option<Day> {
    Day::parse_iso(text)
}

fn source(id: &str, text: &str, from: &str, to: &str) -> Source {
    Source {
        filename: format!("{id}.txt"),
        content: Content::Text(text.to_owned()),
        metadata: Metadata {
            decree_id: id.to_owned(),
            title: format!("Erlass {id}"),
            valid_from: day(from),
            valid_to: day(to),
            ..Metadata::default()
        },
    }
}

fn import(corpus: &Corpus, sources: Vec<Source>) -> Vec<Result<Imported, Refused>> {
    let importer = corpus.importer();
    let answers = importer.add_all(sources).unwrap();
    importer.finish().unwrap();
    answers
}

fn request(query: &str) -> SearchRequest {
    SearchRequest {
        query: query.to_owned(),
        limit: 20,
        as_of: None,
        kinds: vec![],
        issuers: vec![],
        references: vec![],
        strategy: Strategy::Lexical,
        include_not_in_force: false,
        lane: Lane::interactive("test"),
        deadline: None,
    }
}

fn search(corpus: &Corpus, request: SearchRequest) -> Result<SearchAnswer, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(corpus.search(request))
}

fn found(corpus: &Corpus, request: SearchRequest) -> Vec<String> {
    let hits = search(corpus, request).unwrap().hits;
    hits.into_iter()
        .map(|hit| format!("{} {}", hit.passage.decree_id, hit.passage.section))
        .collect()
}

fn wait_for_vectors(corpus: &Corpus) {
    while corpus.stats().passages_awaiting_embedding > 0 {
        std::thread::yield_now();
    }
}

const GUIDE: &str = "Erlass guide\n\n§ 1 Visum\n\nDas Visum zum Studium kostet eine Gebühr nach \
                     § 16b AufenthG.\n\n§ 2 Pass\n\nEin gültiger Pass ist vorzulegen.\n";

#[test]
fn an_import_is_found_and_given_back_verbatim() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let answers = import(&corpus, vec![source("guide", GUIDE, "2024-01-01", "")]);
    let imported = answers[0].as_ref().unwrap();
    assert_eq!((imported.outcome, imported.passages), (Outcome::Added, 2));
    let answer = search(&corpus, request("Visumsgebühren")).unwrap();
    let hit = &answer.hits[0];
    assert_eq!(hit.passage.section, "§ 1");
    assert_eq!(hit.passage.citation, "§ 1, Erlass guide (gültig ab 01.01.2024)");
    let whole = corpus.decree(&imported.decree_id, &Which::Today, 0, 0).unwrap();
    assert_eq!(whole.text, GUIDE);
    let piece = corpus
        .decree(&imported.decree_id, &Which::Today, hit.passage.start, hit.passage.end)
        .unwrap();
    assert_eq!(piece.text, hit.passage.text);
    assert!(hit.passage.text.starts_with("§ 1 Visum\n\nDas Visum"));
    let highlighted = search(&corpus, request("Pass vorlegen")).unwrap().hits.remove(0);
    let span = highlighted.highlights[0];
    let marked: String = highlighted
        .passage
        .text
        .chars()
        .skip(span.start as usize)
        .take((span.end - span.start) as usize)
        .collect();
    assert_eq!(marked, "Pass");
    assert_eq!(corpus.stats().corpus_version, 1);
}

#[test]
fn outcomes_say_what_became_of_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let mut poem = source("c", "Text", "", "");
    poem.metadata.kind = "poem".into();
    let answers = import(
        &corpus,
        vec![
            source("a", "Alt", "2024-01-01", ""),
            source("a", "Alt", "2024-01-01", ""),
            source("a", "Neu", "2025-01-01", ""),
            source("a", "Alt", "2026-01-01", ""),
            source("b", " \n ", "", ""),
            source("repealed", "\\-", "", ""),
            poem,
        ],
    );
    let outcomes: Vec<Option<Outcome>> = answers
        .iter()
        .map(|answer| answer.as_ref().ok().map(|imported| imported.outcome))
        .collect();
    // A wording that returns later is a new version.
    let expected = [Outcome::Added, Outcome::Unchanged, Outcome::NewVersion, Outcome::NewVersion];
    assert_eq!(outcomes[..4], expected.map(Some));
    assert!(answers[4].as_ref().unwrap_err().german.contains("keinen Text"));
    assert_eq!(answers[5].as_ref().unwrap().passages, 1);
    assert!(answers[6].as_ref().unwrap_err().english.contains("poem"));
    let id = DecreeId::new("a");
    let first = corpus.versions(&id, 2, "").unwrap();
    let starts = |page: &VersionPage| -> Vec<String> {
        page.versions.iter().map(|version| version.valid_from.unwrap().to_string()).collect()
    };
    assert_eq!(starts(&first), ["2026-01-01", "2025-01-01"]);
    let second = corpus.versions(&id, 2, &first.next_page_token).unwrap();
    assert_eq!(starts(&second), ["2024-01-01"]);
    assert_eq!(
        (second.versions[0].valid_to, second.next_page_token.as_str()),
        (day("2024-12-31"), "")
    );
    assert!(matches!(corpus.versions(&id, 2, "x"), Err(Error::PageToken)));
}

#[test]
fn searches_see_what_was_in_force_on_the_day() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    import(
        &corpus,
        vec![
            source("d", "Gebühr von 20 Euro", "2020-01-01", ""),
            source("d", "Gebühr von 30 Euro", "2024-01-01", "2025-12-31"),
            source("e", "Gebühr von 40 Euro", "2027-01-01", ""),
        ],
    );
    let check = |as_of: &str, all: bool, expected: &[&str]| {
        let request = SearchRequest {
            as_of: day(as_of),
            include_not_in_force: all,
            ..request("Gebühr Euro")
        };
        let texts: BTreeSet<String> = search(&corpus, request)
            .unwrap()
            .hits
            .into_iter()
            .map(|hit| hit.passage.text)
            .collect();
        let expected = expected.iter().map(|euro| format!("Gebühr von {euro} Euro")).collect();
        assert_eq!(texts, expected, "{as_of}");
    };
    check("2019-12-31", false, &[]);
    check("2023-12-31", false, &["20"]);
    check("2024-01-01", false, &["30"]);
    check("", false, &[]);
    check("2027-01-01", false, &["40"]);
    check("", true, &["20", "30", "40"]);
    let id = DecreeId::new("d");
    let text = corpus.decree(&id, &Which::AsOf(day("2025-12-31").unwrap()), 0, 0).unwrap().text;
    assert_eq!(text, "Gebühr von 30 Euro");
    assert!(matches!(corpus.decree(&id, &Which::Today, 0, 0), Err(Error::NotInForce { .. })));
}

#[test]
fn a_withdrawn_decree_is_found_only_for_days_before() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    import(&corpus, vec![source("d", "Duldung", "2020-01-01", "")]);
    let id = DecreeId::new("d");
    let ended =
        corpus.withdraw(&id, day("2026-02-28").unwrap(), Some(DecreeId::new("new"))).unwrap();
    assert_eq!(ended.valid_to, day("2026-02-28"));
    assert_eq!(ended.superseded_by, Some(DecreeId::new("new")));
    assert_eq!(found(&corpus, request("Duldung")), [""; 0]);
    let before = SearchRequest { as_of: day("2026-02-28"), ..request("Duldung") };
    assert_eq!(found(&corpus, before), ["d "]);
    let unknown = corpus.withdraw(&DecreeId::new("x"), day("2026-01-01").unwrap(), None);
    assert!(matches!(unknown, Err(Error::UnknownDecree { .. })));
}

#[test]
fn filters_work_before_ranking() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let mut law = source("law", "Visum nach § 6 Abs. 3 AufenthG", "", "");
    law.metadata.kind = "law".into();
    law.metadata.issuer = "Bund".into();
    let mut section = source("AufenthG § 16b", "Studium und Visum", "", "");
    section.metadata.title = "AufenthG § 16b Studium".into();
    import(&corpus, vec![law, section, source("guide", GUIDE, "", "")]);
    let check = |change: fn(&mut SearchRequest), expected: &[&str]| {
        let mut request = request("Visum");
        change(&mut request);
        let found: BTreeSet<String> = found(&corpus, request).into_iter().collect();
        assert_eq!(found, expected.iter().map(|hit| (*hit).to_owned()).collect());
    };
    check(|_| {}, &["law ", "AufenthG § 16b ", "guide § 1"]);
    check(|request| request.kinds = vec!["law".into()], &["law "]);
    check(|request| request.issuers = vec!["BUND".into()], &["law "]);
    check(|request| request.references = vec!["§ 6 AufenthG".into()], &["law "]);
    // A passage that cites the norm, and the one that is it.
    check(
        |request| request.references = vec!["§ 16b Abs. 1 AufenthG".into()],
        &["AufenthG § 16b ", "guide § 1"],
    );
    let wrong = |change: fn(&mut SearchRequest)| {
        let mut request = request("Visum");
        change(&mut request);
        search(&corpus, request).unwrap_err()
    };
    assert!(matches!(wrong(|r| r.kinds = vec!["poem".into()]), Error::UnknownKind { .. }));
    assert!(matches!(
        wrong(|r| r.references = vec!["x".into()]),
        Error::UnreadableReference { .. }
    ));
    assert!(matches!(wrong(|r| r.limit = 0), Error::Limit { limit: 0 }));
    assert!(matches!(wrong(|r| r.query = " \n".into()), Error::EmptyQuery));
    assert!(search(&corpus, request("\\-")).unwrap().hits.is_empty());
}

#[test]
fn a_question_that_names_a_norm_finds_the_norm_first() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let titled = |id: &str, title: &str, text: &str| {
        let mut source = source(id, text, "", "");
        source.metadata.title = title.into();
        source
    };
    let chatter = "Zu § 16b AufenthG, § 16b AufenthG und nochmals § 16b AufenthG: Visum.";
    let directive =
        "AVwV\n\nNr. 5.1 Pass\n\nEin Pass.\n\nNr. 5.1.3 Visum\n\nVisum nach Nr. 5.1 AVwV.";
    import(
        &corpus,
        vec![
            titled("chatter", "Rundschreiben", chatter),
            titled("16b", "AufenthG § 16b Studium", "Einem Ausländer wird sie erteilt."),
            titled("avwv", "AVwV zum Aufenthalt", directive),
        ],
    );
    wait_for_vectors(&corpus);
    let first = |query: &str, strategy| {
        found(&corpus, SearchRequest { strategy, ..request(query) }).into_iter().next().unwrap()
    };
    for strategy in [Strategy::Lexical, Strategy::Hybrid] {
        assert_eq!(first("§ 16b Abs. 1 AufenthG", strategy), "16b ");
        assert_eq!(first("Studium § 16b AufenthG", strategy), "16b ");
        assert_eq!(first("Nr. 5.1 AVwV", strategy), "avwv Nr. 5.1");
        assert_eq!(first("Nr. 5.1.3 AVwV", strategy), "avwv Nr. 5.1.3");
    }
}

#[test]
fn strategies_fuse_words_and_vectors() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    import(
        &corpus,
        vec![source("guide", GUIDE, "", ""), source("f", "Familie und Arbeit", "", "")],
    );
    wait_for_vectors(&corpus);
    let answer = |strategy, query: &str| {
        search(&corpus, SearchRequest { strategy, ..request(query) }).unwrap()
    };
    let dense = answer(Strategy::Dense, "Familie");
    assert_eq!(dense.hits[0].passage.decree_id.as_str(), "f");
    assert!(dense.hits[0].dense_score > 0.5 && dense.hits[0].lexical_score == 0.0);
    assert_eq!(dense.models[0].name, "twin");
    let hybrid = answer(Strategy::Hybrid, "Familie Arbeit");
    let hit = &hybrid.hits[0];
    assert_eq!(hit.passage.decree_id.as_str(), "f");
    assert!(hit.lexical_score > 0.9 && hit.dense_score > 0.5 && hit.rerank_score > 0.9);
    assert!(hybrid.hits.is_sorted_by(|left, right| left.score >= right.score));
    assert!(answer(Strategy::Lexical, "Familie").models.is_empty());
}

#[test]
fn a_paper_keeps_its_bytes_and_its_pages() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let page = |number, text: &str| reading::Page {
        number,
        width: 595.0,
        height: 842.0,
        text: text.to_owned(),
        words: vec![],
        source: reading::TextSource::Digital,
        quality: 1.0,
        masks: vec![],
    };
    let paper = reading::Paper {
        pages: vec![
            page(
                1,
                "Erlass zum Visum\nvom 12.03.2024\nMinisterium des Innern\n\n§ 1 Zweck\n\nErstens",
            ),
            page(2, "§ 2 Gebühr\n\nZweitens"),
        ],
        format: reading::Format::Pdf,
        truncated: false,
    };
    let bytes = b"%PDF".to_vec();
    let answers = import(
        &corpus,
        vec![Source {
            filename: "a.pdf".into(),
            content: Content::Paper { paper, bytes },
            metadata: Metadata::default(),
        }],
    );
    let id = &answers[0].as_ref().unwrap().decree_id;
    let decree = corpus.decree(id, &Which::Today, 0, 0).unwrap().version;
    assert_eq!(decree.title, "Erlass zum Visum");
    assert_eq!((decree.kind, decree.issued_on), (Kind::Decree, day("2024-03-12")));
    let hit = search(&corpus, request("Gebühr zweitens")).unwrap().hits.remove(0);
    assert_eq!((hit.passage.page, hit.passage.section.as_str()), (2, "§ 2"));
    let sha = &decree.source_sha256;
    let kept = directory.path().join("decrees/files").join(&sha[..2]).join(sha);
    assert_eq!(fs_err::read(kept).unwrap(), b"%PDF");
}
