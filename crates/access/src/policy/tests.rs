use super::Policy;
use crate::Mode;

#[track_caller]
fn refused(text: &str, wanted: &str) {
    let error = Policy::parse(text).expect_err("must be refused");
    let mut chain = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        chain = format!("{chain}: {cause}");
        source = cause.source();
    }
    assert!(chain.contains(wanted), "{chain:?} does not contain {wanted:?}");
}

#[test]
fn an_empty_file_grants_what_the_roles_allow() {
    let policy = Policy::parse("").unwrap();
    let any = policy.department("standesamt");
    assert_eq!(any.modes.len(), 2);
    assert_eq!(any.weight, 1);
    assert!(any.grants("amtshilfe.v1.DecreeService/Search"));
    assert!(policy.departments().is_empty());
    assert_eq!(policy, Policy::default());
}

#[test]
fn a_table_inherits_from_the_default() {
    let policy = Policy::parse(
        "[default]\nmodes = ['office']\nweight = 3\n\
         [departments.portal]\nmodes = ['applicant']\n\
         [departments.archiv]\nmethods = ['amtshilfe.v1.DecreeService/*']\nweight = 7\n",
    )
    .unwrap();
    let portal = policy.department("portal");
    assert_eq!(portal.modes.iter().collect::<Vec<_>>(), [&Mode::Applicant]);
    assert_eq!(portal.weight, 3);
    let archive = policy.department("archiv");
    assert_eq!(archive.modes.iter().collect::<Vec<_>>(), [&Mode::Office]);
    assert_eq!(policy.weight("archiv"), 7);
    assert!(archive.grants("amtshilfe.v1.DecreeService/Search"));
    assert!(!archive.grants("amtshilfe.v1.DocumentService/Classify"));
}

#[test]
fn what_cannot_be_meant_is_refused() {
    refused("wieght = 2", "wieght");
    refused("[departments.a]\nwieght = 2", "wieght");
    refused("[departments.a]\nweight = 0", "outside 1 to 100");
    refused("[departments.a]\nweight = 101", "outside 1 to 100");
    refused("[departments.a]\nmodes = ['büro']", "unknown mode");
    refused("[departments.'Bürgerbüro']", "lower-case letters");
    refused("[departments", "not readable");
}

#[test]
fn the_digest_is_that_of_the_file() {
    let one = Policy::parse("[departments.a]\nweight = 1").unwrap();
    let other = Policy::parse("[departments.a]\nweight = 2").unwrap();
    assert_eq!(one.digest().len(), 64);
    assert_ne!(one.digest(), other.digest());
}
