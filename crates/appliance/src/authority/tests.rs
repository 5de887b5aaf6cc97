use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use access::Role;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::{Authority, Error};
use crate::tls;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

#[test]
fn an_authority_is_made_once_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = Authority::open_or_create(folder.path(), now()).unwrap();
    let again = Authority::open_or_create(folder.path(), now()).unwrap();
    assert_eq!(first.certificate_pem(), again.certificate_pem());
    let key = fs_err::metadata(folder.path().join("ca.key")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_department_is_read_back_from_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_create(folder.path(), now()).unwrap();
    let roles = [Role::Client, Role::CorpusEditor];
    let issued = authority.issue_department("auslaenderamt", &roles, now()).unwrap();
    let der = CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).unwrap();
    let identity = tls::identity(&der).unwrap();
    assert_eq!(identity.department, "auslaenderamt");
    assert_eq!(identity.roles.into_iter().collect::<Vec<_>>(), roles);
    assert_eq!(identity.fingerprint.len(), 64);
}

#[test]
fn a_certificate_without_names_is_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_create(folder.path(), now()).unwrap();
    let issued = authority.issue_server(&["localhost".to_owned()], now()).unwrap();
    let der = CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).unwrap();
    assert!(tls::identity(&der).is_err());
}

#[test]
fn without_the_key_nothing_is_issued() {
    let folder = tempfile::tempdir().unwrap();
    Authority::open_or_create(folder.path(), now()).unwrap();
    fs_err::remove_file(folder.path().join("ca.key")).unwrap();
    let authority = Authority::open(folder.path()).unwrap();
    let refused = authority.issue_department("auslaenderamt", &[Role::Client], now());
    assert!(matches!(refused, Err(Error::NoKey { .. })));
}

#[test]
fn the_server_certificate_is_renewed_when_it_must_be() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_create(folder.path(), now()).unwrap();
    let names = |extra: &[&str]| {
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        names.extend(extra.iter().map(|name| (*name).to_owned()));
        names
    };
    let issue = |names: &[String], now| {
        tls::server_certificate(folder.path(), &authority, names, now).unwrap().certificate_pem
    };
    let first = issue(&names(&[]), now());
    assert_eq!(issue(&names(&[]), now()), first, "nothing changed");
    let named = issue(&names(&["ki.stadt.example"]), now());
    assert_ne!(named, first, "a name more");
    assert_eq!(issue(&names(&[]), now()), named, "a name less is no reason");
    let next_year = now() + Duration::from_secs(380 * 86_400);
    assert_ne!(issue(&names(&[]), next_year), named, "it ends soon");
}
