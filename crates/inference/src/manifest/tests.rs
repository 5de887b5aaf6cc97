use super::*;

fn manifest() -> Manifest {
    Manifest {
        name: "probe".into(),
        task: Task::Classify,
        architecture: "linear".into(),
        licence: "Apache-2.0".into(),
        description: "A model of the tests.".into(),
        dtype: "float16".into(),
        tokens_max: 4_000,
        dimensions: 2,
        pooling: Pooling::None,
        compute: Compute::Auto,
        passage_prefix: String::new(),
        query_prefix: "query: ".into(),
        features: Some(FeatureConfig::default()),
        files: [("weights/model.bin", ""), ("labels.json", "")]
            .map(|(path, digest)| (path.to_owned(), digest.to_owned()))
            .into(),
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs_err::create_dir(folder.path().join("weights")).unwrap();
    fs_err::write(folder.path().join("weights/model.bin"), b"weights").unwrap();
    fs_err::write(folder.path().join("labels.json"), b"[\"a\",\"b\"]").unwrap();
    folder
}

#[test]
fn a_written_manifest_is_read_back() {
    let folder = folder();
    let written = write(folder.path(), manifest()).unwrap();
    let files = ModelFiles::read(folder.path()).unwrap();
    assert_eq!(files.manifest(), &written);
    assert_eq!(files.file("weights/model.bin").unwrap(), b"weights");
    assert_eq!(files.digest().len(), 64);
    assert!(files.file("other").is_err());
}

#[test]
fn what_to_compute_in_is_written_only_where_it_was_chosen() {
    let folder = folder();
    let text = |compute| {
        write(folder.path(), Manifest { compute, ..manifest() }).unwrap();
        let files = ModelFiles::read(folder.path()).unwrap();
        assert_eq!(files.manifest().compute, compute);
        fs_err::read_to_string(folder.path().join(FILE_NAME)).unwrap()
    };
    assert!(!text(Compute::Auto).contains("compute"));
    assert!(text(Compute::Bf16).contains("compute = \"bf16\""));
    assert!(text(Compute::Int8).contains("compute = \"int8\""));
}

#[test]
fn the_digest_follows_manifest_and_files() {
    let folder = folder();
    write(folder.path(), manifest()).unwrap();
    let first = ModelFiles::read(folder.path()).unwrap().digest().to_owned();
    assert_eq!(ModelFiles::read(folder.path()).unwrap().digest(), first);
    write(folder.path(), Manifest { tokens_max: 5, ..manifest() }).unwrap();
    let other_manifest = ModelFiles::read(folder.path()).unwrap().digest().to_owned();
    fs_err::write(folder.path().join("labels.json"), b"[\"a\",\"c\"]").unwrap();
    write(folder.path(), manifest()).unwrap();
    let other_file = ModelFiles::read(folder.path()).unwrap().digest().to_owned();
    assert!(first != other_manifest && first != other_file);
}

#[test]
fn a_changed_file_is_refused_by_name() {
    let folder = folder();
    write(folder.path(), manifest()).unwrap();
    fs_err::write(folder.path().join("weights/model.bin"), b"weightz").unwrap();
    let error = ModelFiles::read(folder.path()).unwrap_err();
    assert!(matches!(&error, Error::Changed { path, .. } if path == "weights/model.bin"));
    assert!(error.to_string().contains("weights/model.bin of model probe"));
}

#[test]
fn a_missing_file_is_refused_by_name() {
    let folder = folder();
    write(folder.path(), manifest()).unwrap();
    fs_err::remove_file(folder.path().join("labels.json")).unwrap();
    let error = ModelFiles::read(folder.path()).unwrap_err();
    assert!(matches!(error, Error::Missing { path, .. } if path == "labels.json"));
}

#[test]
fn unknown_keys_and_paths_out_of_the_folder_are_refused() {
    let folder = folder();
    write(folder.path(), manifest()).unwrap();
    let path = folder.path().join(FILE_NAME);
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, format!("tokens_mx = 3\n{text}")).unwrap();
    assert!(matches!(ModelFiles::read(folder.path()), Err(Error::Parse { .. })));
    fs_err::write(&path, format!("{text}\"../secret\" = \"00\"\n")).unwrap();
    assert!(matches!(ModelFiles::read(folder.path()), Err(Error::Path { .. })));
}
