use access::Role;

use super::{load, name_department};

#[test]
fn a_new_folder_gets_a_policy_that_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    let policy = load(&path).unwrap();
    assert_eq!(policy.weight("anyone"), 1);
    assert!(path.exists());
}

#[test]
fn naming_a_department_changes_the_policy_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    let before = load(&path).unwrap();
    name_department(&path, "standesamt", &[Role::Client]).unwrap();
    let after = load(&path).unwrap();
    assert_ne!(before.digest(), after.digest());
    assert_eq!(after.departments().len(), 1);
    name_department(&path, "standesamt", &[Role::Auditor]).unwrap();
    assert_eq!(load(&path).unwrap().digest(), after.digest());
}

#[test]
fn a_broken_policy_is_not_added_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    fs_err::write(&path, "[default]\nwieght = 1\n").unwrap();
    assert!(name_department(&path, "standesamt", &[Role::Client]).is_err());
    assert_eq!(fs_err::read_to_string(&path).unwrap(), "[default]\nwieght = 1\n");
}
