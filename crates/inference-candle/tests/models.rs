//! Every architecture through the whole engine, against vectors that other software computed.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests: a panic is how they fail"
)]

#[path = "models/encoders.rs"]
mod encoders;

use inference::features::{FeatureConfig, Featuriser, weigh};
use inference::manifest::{self, Compute, Manifest, Pooling};
use inference::{BATCH_DIFFERENCE_MAX, Engine, EngineConfig, Lane, Request, Task};
use inference_candle::{ModelSource, load, load_shipped};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Reference and answer agree to the last digits of f32.
const COSINE_MIN: f32 = 0.999_999;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn read<T: serde::de::DeserializeOwned>(path: impl AsRef<Path>) -> T {
    serde_json::from_slice(&fs_err::read(path.as_ref()).unwrap()).unwrap()
}

fn engine(folder: &Path) -> Engine {
    let model = load(&ModelSource::Folder(folder.to_owned())).unwrap();
    Engine::start(EngineConfig::default(), vec![model]).unwrap()
}

fn passages(texts: Vec<String>) -> Request {
    Request::passages(texts, Lane::interactive("tests"))
}

fn cosine(left: &[f32], right: &[f32]) -> f32 {
    assert_eq!(left.len(), right.len());
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

#[derive(Deserialize)]
struct Case {
    text: String,
    ids: Vec<u32>,
    #[serde(alias = "mean")]
    vector: Vec<f32>,
    #[serde(default)]
    cls: Vec<f32>,
}

/// Embeds the texts of `cases` together and one by one, and compares both with the reference.
async fn check(engine: &Engine, cases: &[Case], expected: impl Fn(&Case) -> &[f32]) {
    check_to(COSINE_MIN, engine, cases, expected).await;
}

async fn check_to(least: f32, engine: &Engine, cases: &[Case], expected: impl Fn(&Case) -> &[f32]) {
    let texts: Vec<String> = cases.iter().map(|case| case.text.clone()).collect();
    let together = engine.embed(passages(texts)).await.unwrap();
    for (index, case) in cases.iter().enumerate() {
        let name: String = case.text.chars().take(40).collect();
        assert_eq!(together.tokens[index] as usize, case.ids.len(), "{name}");
        let vector = &together.value[index];
        assert!((cosine(vector, vector) - 1.0).abs() < 1e-5, "{name}: not of unit length");
        let agreement = cosine(vector, expected(case));
        assert!(agreement >= least, "{name}: {agreement}");
        let alone = engine.embed(passages(vec![case.text.clone()])).await.unwrap();
        for (alone, together) in alone.value[0].iter().zip(vector) {
            assert!((alone - together).abs() <= BATCH_DIFFERENCE_MAX, "{name}");
        }
    }
}

#[tokio::test]
async fn the_shipped_embedder_computes_what_numpy_computes() {
    let engine = Engine::start(EngineConfig::default(), load_shipped().unwrap()).unwrap();
    let cases: Vec<Case> = read(fixtures().join("recht-static-512.json"));
    check(&engine, &cases, |case| &case.vector).await;
    for case in &cases {
        assert_eq!(engine.tokenize(None, &case.text).unwrap(), case.ids);
    }
    engine.self_test().await.unwrap();
}

#[tokio::test]
async fn the_token_table_holds_unit_rows_and_weights() {
    let engine = Engine::start(EngineConfig::default(), load_shipped().unwrap()).unwrap();
    let table = engine.token_table(None).unwrap();
    let ids = engine.tokenize(None, "Aufenthaltserlaubnis und Kaltmiete").unwrap();
    for id in &ids {
        assert!((table.cosine(*id, *id) - 1.0).abs() < 1e-5);
        assert!(table.weight(*id) > 0.0);
        assert!((table.max_cosine(*id, &ids).unwrap() - 1.0).abs() < 1e-5);
    }
    let weight = |word: &str| table.weight(engine.tokenize(None, word).unwrap()[0]);
    assert!(weight("der") < weight("miete"), "a function word weighs less than a noun");
}

#[tokio::test]
async fn a_text_without_tokens_is_similar_to_nothing() {
    let engine = Engine::start(EngineConfig::default(), load_shipped().unwrap()).unwrap();
    let answer = engine.embed(passages(vec![String::new(), "Miete".into()])).await.unwrap();
    assert!(answer.value[0].iter().all(|value| *value == 0.0));
    assert_eq!(answer.tokens[0], 0);
}

#[tokio::test]
async fn a_linear_model_scores_as_its_layout_says() {
    let folder = tempfile::tempdir().unwrap();
    let config = FeatureConfig { buckets: 512, words_max: 100, ..FeatureConfig::default() };
    let weight: Vec<f32> = (0..1024_u16).map(|index| f32::from(index % 17) / 8.0 - 1.0).collect();
    let idf: Vec<f32> = (0..512_u16).map(|index| 1.0 + f32::from(index % 5)).collect();
    let bias = [0.5_f32, -0.25];
    write_linear(folder.path(), &config, [(&weight, &[512, 2]), (&bias, &[2]), (&idf, &[512])]);
    let engine = engine(folder.path());
    assert_eq!(engine.labels(None).unwrap(), ["mietvertrag", "arbeitsvertrag"]);

    let text = "Mietvertrag über Wohnraum, Kaltmiete 850 €";
    let mut features = Featuriser::new(config).features(text).features;
    weigh(&mut features, &idf);
    let mut expected = bias;
    for feature in features {
        for (label, score) in expected.iter_mut().enumerate() {
            *score += feature.value * weight[feature.bucket as usize * 2 + label];
        }
    }
    let answer = engine.classify(passages(vec![text.to_owned(), String::new()])).await.unwrap();
    for (actual, expected) in answer.value[0].iter().zip(expected) {
        assert!((actual - expected).abs() < 1e-5);
    }
    assert_eq!(answer.value[1], bias, "a text without words gets the bias alone");
    assert_eq!(answer.tokens, [6, 0]);
}

#[test]
fn models_that_do_not_fit_their_manifest_are_refused() {
    let source = fixtures().join("tiny-bert");
    let text = fs_err::read_to_string(source.join("manifest.toml")).unwrap();
    for (from, to, reason) in [
        ("dimensions = 32", "dimensions = 64", "dimensions is 64, but 32 is needed"),
        ("tokens_max = 48", "tokens_max = 65", "tokens_max is 65, but 64 is needed"),
        ("\"bert\"", "\"gpt\"", "architecture gpt is not known"),
        ("\"mean\"", "\"none\"", "pooling is none"),
        ("\"embed\"", "\"rerank\"", "read tensor classifier.weight"),
    ] {
        let copy = copy_of(&source);
        let manifest: Manifest = toml::from_str(&text.replace(from, to)).unwrap();
        manifest::write(copy.path(), manifest).unwrap();
        let error = load(&ModelSource::Folder(copy.path().to_owned())).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}

/// A copy of tiny-bert with the files of sentence-transformers beside it.
fn as_sentence_transformer(last: &str, pooling: &str) -> tempfile::TempDir {
    let source = fixtures().join("tiny-bert");
    let copy = copy_of(&source);
    let modules = format!(
        r#"[{{"path": "", "type": "sentence_transformers.models.Transformer"}},
            {{"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}},
            {{"path": "2_Last", "type": "sentence_transformers.models.{last}"}}]"#
    );
    fs_err::write(copy.path().join("modules.json"), modules).unwrap();
    fs_err::create_dir(copy.path().join("1_Pooling")).unwrap();
    fs_err::write(copy.path().join("1_Pooling/config.json"), pooling).unwrap();
    let text = fs_err::read_to_string(source.join(manifest::FILE_NAME)).unwrap();
    let mut own: Manifest = toml::from_str(&text).unwrap();
    for path in ["modules.json", "1_Pooling/config.json"] {
        own.files.insert(path.to_owned(), String::new());
    }
    manifest::write(copy.path(), own).unwrap();
    copy
}

#[test]
fn what_sentence_transformers_say_is_computed_or_refused() {
    let mean = r#"{"word_embedding_dimension": 32, "pooling_mode_cls_token": false,
                   "pooling_mode_mean_tokens": true}"#;
    let cls = r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#;
    let both = r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}"#;
    let newer = r#"{"pooling_mode": "mean", "embedding_dimension": 32}"#;
    let load_it = |last, pooling| {
        let folder = as_sentence_transformer(last, pooling);
        load(&ModelSource::Folder(folder.path().to_owned())).map(|model| model.info.dimensions)
    };
    assert_eq!(load_it("Normalize", mean).unwrap(), 32);
    assert_eq!(load_it("Normalize", newer).unwrap(), 32);
    for (last, pooling, reason) in [
        ("Normalize", cls, "pooling is mean, but cls is needed"),
        ("Normalize", both, "pooling is mean, but cls and mean is needed"),
        ("Dense", mean, "modules.json is Dense, but Transformer, Pooling or Normalize is needed"),
        ("Normalize", "[]", "1_Pooling/config.json"),
    ] {
        let error = load_it(last, pooling).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}

fn manifest(name: &str, task: Task, architecture: &str, dimensions: usize) -> Manifest {
    Manifest {
        name: name.to_owned(),
        task,
        architecture: architecture.to_owned(),
        licence: "Apache-2.0".to_owned(),
        description: String::new(),
        dtype: "float32".to_owned(),
        tokens_max: 100,
        dimensions,
        pooling: Pooling::Mean,
        compute: Compute::Auto,
        passage_prefix: String::new(),
        query_prefix: String::new(),
        features: None,
        files: [].into(),
    }
}

/// A folder of links to a model's files, for a manifest of our own beside them.
fn copy_of(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if path.is_file() && name != manifest::FILE_NAME {
            std::os::unix::fs::symlink(&path, copy.path().join(name)).unwrap();
        }
    }
    copy
}

/// A copy of a model under a changed manifest.
fn changed(folder: &Path, change: impl FnOnce(&mut Manifest)) -> tempfile::TempDir {
    let copy = copy_of(folder);
    let text = fs_err::read_to_string(folder.join(manifest::FILE_NAME)).unwrap();
    let mut manifest = toml::from_str(&text).unwrap();
    change(&mut manifest);
    manifest::write(copy.path(), manifest).unwrap();
    copy
}

fn write_linear(folder: &Path, config: &FeatureConfig, tensors: [(&[f32], &[usize]); 3]) {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(values, _)| values.iter().flat_map(|value| value.to_le_bytes()).collect())
        .collect();
    let views = ["weight", "bias", "idf"].iter().zip(tensors).zip(&bytes).map(
        |((name, (_, shape)), bytes)| {
            let dtype = safetensors::Dtype::F32;
            (*name, safetensors::tensor::TensorView::new(dtype, shape.to_vec(), bytes).unwrap())
        },
    );
    let file = safetensors::serialize(views, None).unwrap();
    fs_err::write(folder.join("model.safetensors"), file).unwrap();
    fs_err::write(folder.join("labels.json"), br#"["mietvertrag", "arbeitsvertrag"]"#).unwrap();
    let files = ["model.safetensors", "labels.json"].map(|path| (path.to_owned(), String::new()));
    let manifest = Manifest {
        pooling: Pooling::None,
        features: Some(config.clone()),
        files: files.into(),
        ..manifest("linear", Task::Classify, "linear", 2)
    };
    manifest::write(folder, manifest).unwrap();
}
