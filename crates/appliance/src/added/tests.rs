use super::*;
use fs_err as fs;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../inference-candle/tests/fixtures");

/// A tiny model as Hugging Face lays it out: no manifest, a licence on its page.
fn tiny(parent: &Path, fixture: &str) -> PathBuf {
    let folder = parent.join(fixture);
    fs::create_dir_all(&folder).unwrap();
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        fs::copy(Path::new(FIXTURES).join(fixture).join(file), folder.join(file)).unwrap();
    }
    put(&folder, "README.md", "---\nlanguage: de\nlicense: apache-2.0\n---\n# Tiny\n");
    folder
}

fn put(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

struct Office {
    directory: tempfile::TempDir,
}

impl Office {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn models(&self) -> PathBuf {
        self.path().join("models")
    }

    /// Prepares and installs.
    fn add(&self, adding: Adding) -> Result<Manifest, Error> {
        let folder = Folder::open(&self.models())?;
        let ready = prepare(&adding, &folder, &|_| {})?;
        folder.install(&ready.staged, &ready.manifest.name, false)?;
        Ok(ready.manifest)
    }

    #[track_caller]
    fn refused(&self, adding: Adding, wanted: &str) {
        let error = anyhow::Error::new(self.add(adding).expect_err("must be refused"));
        let message = format!("{error:#}");
        assert!(message.contains(wanted), "{message:?} does not contain {wanted:?}");
        let left: Vec<_> = fs::read_dir(self.models())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| name != ".lock")
            .collect();
        assert!(left.is_empty(), "{left:?} was left behind");
    }
}

fn from(source: impl Into<PathBuf>) -> Adding {
    Adding { source: source.into(), ..Adding::default() }
}

fn tar(path: &Path, entries: &[(&str, &[u8])]) {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    fs::write(path, builder.into_inner().unwrap()).unwrap();
}

fn zip(path: &Path, entries: &[(&str, &[u8])]) {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    fs::write(path, writer.finish().unwrap().into_inner()).unwrap();
}

#[tokio::test]
async fn every_task_is_told_from_the_files_and_tried() {
    for (fixture, task, dimensions) in [
        ("tiny-bert", Task::Embed, 32),
        ("tiny-xlm-roberta", Task::Embed, 64),
        ("tiny-modernbert", Task::Embed, 64),
        ("tiny-reranker", Task::Rerank, 1),
        ("tiny-xlm-roberta-classifier", Task::Classify, 3),
        ("tiny-modernbert-reranker", Task::Rerank, 1),
    ] {
        let office = Office::new();
        let folder = Folder::open(&office.models()).unwrap();
        let ready = prepare(&from(tiny(office.path(), fixture)), &folder, &|_| {}).unwrap();
        let Manifest { name, licence, .. } = &ready.manifest;
        assert_eq!((name.as_str(), licence.as_str()), (fixture, "Apache-2.0"));
        assert_eq!((ready.manifest.task, ready.manifest.dimensions), (task, dimensions));
        let labels = ready.model.info.labels.len();
        assert_eq!(labels, if task == Task::Classify { 3 } else { 0 }, "{fixture}");
        folder.install(&ready.staged, name, false).unwrap();
        let said = try_out(ready.model).await.unwrap();
        assert!(!said.is_empty());
        let listed = fs::read_dir(office.models().join(fixture)).unwrap().count();
        let files = ready.manifest.files.len() + 1;
        assert_eq!(listed, files, "{fixture}: nothing lies there that the manifest does not list");
    }
}

#[test]
fn what_sentence_transformers_says_goes_into_the_manifest() {
    let office = Office::new();
    let folder = tiny(office.path(), "tiny-xlm-roberta");
    let modules = r#"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]"#;
    put(&folder, "modules.json", modules);
    let pooling = r#"{"word_embedding_dimension": 64, "pooling_mode_cls_token": true,
        "pooling_mode_mean_tokens": false}"#;
    put(&folder, "1_Pooling/config.json", pooling);
    let prompts = r#"{"prompts": {"query": "Frage: ", "document": "Text: "}}"#;
    put(&folder, "config_sentence_transformers.json", prompts);
    put(&folder, "sentence_bert_config.json", r#"{"max_seq_length": 40}"#);
    put(
        &folder,
        "tokenizer_config.json",
        r#"{"model_max_length": 1000000000000000019884624838656}"#,
    );
    put(&folder, "onnx/model.onnx", "not needed");
    let manifest = office.add(from(&folder)).unwrap();
    let prefixes = (manifest.query_prefix.as_str(), manifest.passage_prefix.as_str());
    assert_eq!(prefixes, ("Frage: ", "Text: "));
    assert_eq!(manifest.pooling, inference::manifest::Pooling::Cls);
    assert_eq!(manifest.tokens_max, 40);
    assert!(manifest.files.contains_key("1_Pooling/config.json"));
    assert!(!office.models().join("tiny-xlm-roberta/onnx").exists());
    // The flags go over the files.
    let flags = Adding {
        name: Some("own".into()),
        query_prefix: Some("?".into()),
        licence: Some("MIT".into()),
        compute: Some(Compute::F32),
        ..from(&folder)
    };
    let manifest = office.add(flags).unwrap();
    assert_eq!((manifest.query_prefix.as_str(), manifest.licence.as_str()), ("?", "MIT"));
    assert_eq!((manifest.name.as_str(), manifest.compute), ("own", Compute::F32));
    // A pooling that the loader does not compute.
    let other = Office::new();
    put(&folder, "1_Pooling/config.json", r#"{"pooling_mode": "lasttoken"}"#);
    other.refused(from(&folder), "lasttoken");
    // Another module after the pooling.
    put(&folder, "1_Pooling/config.json", pooling);
    put(&folder, "modules.json", &modules.replace("models.Pooling", "models.Dense"));
    other.refused(from(&folder), "Dense");
}

#[test]
fn a_model_named_for_e5_gets_its_prefixes_and_says_so() {
    let office = Office::new();
    let folder = Folder::open(&office.models()).unwrap();
    let source = tiny(office.path(), "tiny-xlm-roberta");
    for (name, query) in
        [("multilingual-e5-tiny", "query: "), ("e5-tiny-instruct", ""), ("me51", "")]
    {
        let adding = Adding { name: Some(name.into()), ..from(&source) };
        let ready = prepare(&adding, &folder, &|_| {}).unwrap();
        assert_eq!(ready.manifest.query_prefix, query, "{name}");
        assert_eq!(ready.notes.iter().any(|note| note.contains("query: ")), !query.is_empty());
    }
}

#[test]
fn what_lacks_or_does_not_fit_is_said_with_what_to_do() {
    let office = Office::new();
    let folder = tiny(office.path(), "tiny-bert");
    let config = fs::read_to_string(folder.join("config.json")).unwrap();
    let with = |from: &str, to: &str| put(&folder, "config.json", &config.replace(from, to));
    office.refused(Adding { name: Some("../x".into()), ..from(&folder) }, "--name");
    office.refused(Adding { name: Some(".x".into()), ..from(&folder) }, "--name");
    office.refused(Adding { query_prefix: Some("x".repeat(300)), ..from(&folder) }, "200");
    with("\"model_type\": \"bert\"", "\"model_type\": \"t5\"");
    office.refused(from(&folder), "bert, xlm-roberta, modernbert");
    with("BertModel", "BertForQuestionAnswering");
    office.refused(from(&folder), "BertForQuestionAnswering");
    with("\"hidden_size\": 32", "\"hidden_size\": 48");
    office.refused(from(&folder), "attention.self.query.weight");
    put(&folder, "config.json", "{");
    office.refused(from(&folder), "config.json");
    put(&folder, "config.json", &config);
    put(&folder, "README.md", "---\nlicense: other\n---\n");
    office.refused(from(&folder), "--licence");
    put(&folder, "README.md", "# license: MIT\n");
    office.refused(from(&folder), "--licence");
    put(&folder, "README.md", "---\nlicense:\n- mit\n---\n");
    fs::rename(folder.join("model.safetensors"), folder.join("pytorch_model.bin")).unwrap();
    office.refused(from(&folder), "save_pretrained");
    put(&folder, "model.safetensors.index.json", "{}");
    office.refused(from(&folder), "in Teilen");
    fs::rename(folder.join("pytorch_model.bin"), folder.join("model.safetensors")).unwrap();
    fs::rename(folder.join("tokenizer.json"), office.path().join("tokenizer.json")).unwrap();
    office.refused(from(&folder), "AutoTokenizer");
    std::os::unix::fs::symlink(office.path().join("tokenizer.json"), folder.join("tokenizer.json"))
        .unwrap();
    office.refused(from(&folder), "cp -rL");
    office.refused(from(office.path().join("models")), "config.json");
    put(office.path(), "model.rar", "");
    office.refused(from(office.path().join("model.rar")), ".tar.gz");
    fs::remove_file(folder.join("tokenizer.json")).unwrap();
    fs::copy(office.path().join("tokenizer.json"), folder.join("tokenizer.json")).unwrap();
    assert_eq!(office.add(from(&folder)).unwrap().licence, "MIT");
    let taken = office.add(from(&folder)).unwrap_err();
    assert!(matches!(taken, Error::Taken { .. }), "{taken}");
}

#[test]
fn a_manifest_that_is_brought_along_holds() {
    let office = Office::new();
    let folder = office.path().join("given");
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(Path::new(FIXTURES).join("tiny-reranker")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    office.refused(Adding { task: Some(Task::Embed), ..from(&folder) }, "--task");
    let weights = fs::read(folder.join("model.safetensors")).unwrap();
    let mut changed = weights.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(folder.join("model.safetensors"), changed).unwrap();
    office.refused(from(&folder), "SHA-256");
    fs::write(folder.join("model.safetensors"), weights).unwrap();
    let manifest = office.add(from(&folder)).unwrap();
    assert_eq!(manifest.name, "tiny-reranker");
    let own = fs::read(office.models().join("tiny-reranker/manifest.toml")).unwrap();
    assert_eq!(
        own,
        fs::read(folder.join("manifest.toml")).unwrap(),
        "the digest stays the giver's"
    );
}

#[test]
fn archives_are_unpacked_wherever_the_model_lies_in_them() {
    let office = Office::new();
    let folder = tiny(office.path(), "tiny-bert");
    let read = |file: &str| fs::read(folder.join(file)).unwrap();
    let files = ["config.json", "model.safetensors", "tokenizer.json", "README.md"];
    let bytes = files.map(read);
    let names = files.map(|file| format!("./some/{file}"));
    let mut entries: Vec<(&str, &[u8])> =
        names.iter().map(String::as_str).zip(bytes.iter().map(Vec::as_slice)).collect();
    entries.push(("./some/onnx/config.json", b"{}"));
    entries.push(("./some/pytorch_model.bin", b"weights"));
    tar(&office.path().join("one.tar"), &entries);
    zip(&office.path().join("two.zip"), &entries);
    let plain = fs::read(office.path().join("one.tar")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&plain).unwrap();
    fs::write(office.path().join("three.tar.gz"), packed.finish().unwrap()).unwrap();
    let of_folder = office.add(from(&folder)).unwrap().files;
    for (archive, name) in [("one.tar", "one"), ("two.zip", "two"), ("three.tar.gz", "three")] {
        let manifest = office.add(from(office.path().join(archive))).unwrap();
        assert_eq!((manifest.name.as_str(), &manifest.files), (name, &of_folder));
    }
}

#[test]
fn bad_archives_are_refused_and_leave_nothing() {
    let check = |entries: &[(&str, &[u8])], wanted: &str| {
        let office = Office::new();
        let one = office.path().join("bad.tar");
        tar(&one, entries);
        office.refused(from(&one), wanted);
        if entries.iter().all(|(name, _)| !name.starts_with('/')) {
            let two = office.path().join("bad.zip");
            zip(&two, entries);
            office.refused(from(&two), wanted);
        }
        assert!(!office.path().join("config.json").exists() && !office.path().join("x").exists());
    };
    check(&[("../config.json", b"{}")], "führt aus dem Ordner");
    check(&[("a/../../../x/config.json", b"{}")], "führt aus dem Ordner");
    check(&[("/config.json", b"{}")], "führt aus dem Ordner");
    check(&[("a/b/c/d/e/f/config.json", b"{}")], "zu tief");
    check(&[("a/config.json", b"{}"), ("b/config.json", b"{}")], "mehrere Modelle");
    check(&[("readme.txt", b"")], "manifest.toml");
    check(&[], "manifest.toml");
    let names: Vec<String> = (0..10_001).map(|number| format!("{number}.bin")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    check(&many, "10000");
    let office = Office::new();
    for archive in ["broken.zip", "broken.tar.gz"] {
        put(office.path(), archive, "no archive");
        office.refused(from(office.path().join(archive)), "lässt sich nicht lesen");
    }
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder.append_link(&mut header, "config.json", "/etc/hostname").unwrap();
    fs::write(office.path().join("link.tar"), builder.into_inner().unwrap()).unwrap();
    office.refused(from(office.path().join("link.tar")), "Verknüpfung");
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("config.json", "/etc/hostname", SimpleFileOptions::default()).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    fs::write(office.path().join("link.zip"), bytes).unwrap();
    office.refused(from(office.path().join("link.zip")), "Verknüpfung");
    // An archive that ends in the middle.
    tar(&office.path().join("torn.tar"), &[("config.json", &[b' '; 5_000])]);
    let torn = fs::read(office.path().join("torn.tar")).unwrap();
    fs::write(office.path().join("torn.tar"), &torn[..2_000]).unwrap();
    office.refused(from(office.path().join("torn.tar")), "lässt sich nicht lesen");
}

#[test]
fn one_at_a_time_and_what_was_interrupted_is_cleared_away() {
    let office = Office::new();
    let held = Folder::open(&office.models()).unwrap();
    assert!(matches!(Folder::open(&office.models()), Err(Error::Busy { .. })));
    drop(held);
    put(&office.models(), ".staged/config.json", "left by a crash");
    put(&office.models(), ".unpacked/config.json", "left by a crash");
    let source = tiny(office.path(), "tiny-bert");
    office.add(from(&source)).unwrap();
    // Replaced in one step.
    let folder = Folder::open(&office.models()).unwrap();
    let adding = Adding { licence: Some("MIT".into()), replace: true, ..from(&source) };
    let ready = prepare(&adding, &folder, &|_| {}).unwrap();
    folder.install(&ready.staged, "tiny-bert", true).unwrap();
    let text = fs::read_to_string(office.models().join("tiny-bert/manifest.toml")).unwrap();
    assert!(text.contains("MIT"));
    assert!(!office.models().join(".staged").exists());
    folder.remove("tiny-bert").unwrap();
    assert!(matches!(folder.remove("tiny-bert"), Err(Error::Unknown { .. })));
    assert!(matches!(folder.remove("../models"), Err(Error::Unknown { .. })));
    assert!(!office.models().join("tiny-bert").exists());
}
