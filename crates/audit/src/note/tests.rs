use super::*;

/// As another implementation made them from the same seed: keys and checkpoints stay valid.
#[test]
fn keys_and_checkpoints_stay_as_they_were() {
    let signer =
        Signer { name: "amtshilfe.example/test".to_owned(), key: SigningKey::from_bytes(&[7; 32]) };
    assert_eq!(
        signer.verifier_key(),
        "amtshilfe.example/test+9085cb5d+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"
    );
    let wanted = concat!(
        "amtshilfe.example/test\n",
        "3\n",
        "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n",
        "\n",
        "— amtshilfe.example/test kIXLXSNK76Kg/ZY/iAJzthwxowRtf6rOqkvqB75uOBUdJvUwzjDUAEwRWf9NNzF81UrADmPBV4NJPz6qCyK6OsamNwE=\n",
    );
    assert_eq!(signer.checkpoint(3, &[9; 32]), wanted);
    let root = [9; 32];
    assert_eq!(size_and_root(&signer.checkpoint(3, &root)), Some((3, root)));
}

#[test]
fn a_key_file_is_readable_by_its_owner_alone_and_comes_back() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing.key");
    let signer = Signer::generate("a.example/log").unwrap();
    signer.store(&path).unwrap();
    assert_eq!(fs_err::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let loaded = Signer::load(&path, "a.example/log").unwrap();
    assert_eq!(loaded.verifier_key(), signer.verifier_key());
    assert!(!format!("{loaded:?}").contains("key"), "a log line shows no key");
}
