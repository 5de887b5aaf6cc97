use super::{Identity, IdentityError, check_department_name};
use crate::Role;

fn read(uris: &[&str]) -> Result<Identity, IdentityError> {
    let uris: Vec<String> = uris.iter().map(|uri| (*uri).to_owned()).collect();
    Identity::from_uris(&uris, "ab".repeat(32))
}

const AMT: &str = "urn:amtshilfe:department:auslaenderamt";

#[test]
fn one_department_and_its_roles() {
    let identity = read(&[
        "https://stadt.example/whatever",
        AMT,
        "urn:amtshilfe:role:client",
        "urn:amtshilfe:role:corpus_editor",
    ])
    .unwrap();
    assert_eq!(identity.department, "auslaenderamt");
    assert_eq!(identity.roles.into_iter().collect::<Vec<_>>(), [Role::Client, Role::CorpusEditor]);
}

#[test]
fn anything_doubtful_is_nobody() {
    let client = "urn:amtshilfe:role:client";
    assert_eq!(read(&[]), Err(IdentityError::NoDepartment));
    assert_eq!(read(&[client]), Err(IdentityError::NoDepartment));
    assert_eq!(read(&[AMT]), Err(IdentityError::NoRole));
    // Twice the same name is still two: nobody issues such a certificate by intent.
    assert_eq!(read(&[AMT, AMT, client]), Err(IdentityError::SeveralDepartments { count: 2 }));
    assert!(matches!(
        read(&[AMT, "urn:amtshilfe:role:Client"]),
        Err(IdentityError::UnknownRole(_))
    ));
    assert!(matches!(
        read(&[AMT, client, "URN:amtshilfe:role:auditor"]),
        Err(IdentityError::UnknownUri { .. })
    ));
    assert!(matches!(
        read(&["urn:amtshilfe:department:", client]),
        Err(IdentityError::BadName { .. })
    ));
}

#[test]
fn names_are_fit_for_folders_and_labels() {
    for good in ["a", "auslaenderamt", "amt-32", "amt_32", &"a".repeat(63)] {
        assert_eq!(check_department_name(good), Ok(()), "{good}");
    }
    for bad in ["", "32", "-a", "Amt", "ämter", "a/b", "..", "a b", "a\n", &"a".repeat(64)] {
        assert!(check_department_name(bad).is_err(), "{bad}");
    }
}
