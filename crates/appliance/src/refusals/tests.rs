use std::io;
use std::time::{Duration, Instant};

use rustls::{CertificateError, Error};

use super::{BURST, Brake, INTERVAL, reason};

#[test]
fn a_flood_becomes_few_records_that_count_it() {
    let start = Instant::now();
    let mut brake = Brake::new(start);
    let mut recorded = Vec::new();
    for number in 0..1000 {
        recorded.extend(brake.take(start + Duration::from_millis(number)));
    }
    assert_eq!(recorded.len(), usize::try_from(BURST).unwrap());
    assert!(recorded.iter().all(|count| *count == 1));
    // The next one after a pause stands for all that were held back, and for itself.
    assert_eq!(brake.take(start + INTERVAL), Some(1000 - u64::from(BURST) + 1));
    assert_eq!(brake.take(start + INTERVAL), None);
}

#[test]
fn a_long_pause_fills_the_burst_and_no_more() {
    let start = Instant::now();
    let mut brake = Brake::new(start);
    let later = start + INTERVAL * 1000;
    let recorded = (0..100).filter_map(|_| brake.take(later)).count();
    assert_eq!(recorded, usize::try_from(BURST).unwrap());
}

#[test]
fn a_refusal_is_told_from_a_broken_connection() {
    let wrapped = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    let check = |error, wanted| assert_eq!(reason(&error), wanted);
    check(wrapped(Error::NoCertificatesPresented), Some("NO_CERTIFICATE"));
    check(
        wrapped(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        Some("FOREIGN_AUTHORITY"),
    );
    check(
        wrapped(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)),
        Some("NO_IDENTITY"),
    );
    check(wrapped(Error::HandshakeNotComplete), None);
    check(io::ErrorKind::UnexpectedEof.into(), None);
}
