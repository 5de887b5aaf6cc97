use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::entry::{Entry, Kind};
use crate::log::{Config, Log};

const ORIGIN: &str = "amtshilfe.example/test/audit";

fn open(folder: &TempDir) -> Log {
    let clock = || UNIX_EPOCH + Duration::from_secs(1_795_521_600);
    let config = Config { segment_bytes_max: 16_384, ..Config::new(folder.path(), ORIGIN) };
    Log::open(config, Arc::new(clock)).unwrap()
}

fn write(log: &Log, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let entry = Entry {
            department: "standesamt".to_owned(),
            method: "amtshilfe.v1.DecreeService/Search".to_owned(),
            outcome: "OK".to_owned(),
            corpus_version: number,
            ..Entry::default()
        };
        log.commit_blocking(entry, ()).unwrap();
    }
}

fn log_of(count: u64) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let log = open(&folder);
    write(&log, 0..count);
    let key = log.verifier_key();
    (folder, key)
}

/// The entries of a closed log, as a forger would read them.
fn entries(folder: &TempDir) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    segments::each_entry(&folder.path().join("journal"), |_, bytes| {
        entries.push(bytes.to_vec());
        Ok(())
    })
    .unwrap();
    entries
}

/// Writes a journal with right checksums and sequence numbers, as a forger would.
fn forge(folder: &TempDir, entries: &[Vec<u8>]) -> TempDir {
    let forged = tempfile::tempdir().unwrap();
    let journal =
        journal::Journal::open(journal::Config::new(forged.path().join("journal"))).unwrap();
    for entry in entries {
        journal.append(&[entry]).unwrap();
    }
    for name in ["signing.key", "verifier.key"] {
        fs_err::copy(folder.path().join(name), forged.path().join(name)).unwrap();
    }
    forged
}

fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    String::from_utf8(bytes.to_vec()).unwrap().replace(from, to).into_bytes()
}

#[test]
fn an_untouched_log_verifies_open_closed_and_reopened() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(&folder);
    let key = log.verifier_key();
    assert_eq!(verify(folder.path(), &key).unwrap().records, 0);
    write(&log, 0..40);
    let start = Entry { kind: Kind::Start, ..Entry::default() };
    log.commit_blocking(start, ()).unwrap();
    let report = verify(folder.path(), &key).unwrap();
    assert_eq!((report.records, report.checkpoints, report.open_starts), (41, 42, 1));
    assert_eq!((report.unsigned_records, report.torn_bytes), (0, 0));
    assert_eq!(report.checkpoint, log.checkpoint());
    drop(log);
    assert_eq!(verify(folder.path(), &key).unwrap(), report);
    drop(open(&folder));
    let report = verify(folder.path(), &format!("{key}\n")).unwrap();
    assert_eq!((report.records, report.open_starts, report.origin.as_str()), (42, 0, ORIGIN));
}

#[test]
fn what_a_power_cut_left_unsigned_is_told_apart() {
    let (folder, key) = log_of(5);
    let mut all = entries(&folder);
    all.pop();
    let cut = forge(&folder, &all);
    let report = verify(cut.path(), &key).unwrap();
    assert_eq!((report.records, report.unsigned_records), (4, 1));
    drop(open(&cut));
    let report = verify(cut.path(), &key).unwrap();
    assert_eq!((report.records, report.unsigned_records), (5, 0));
}

/// A forger who can write every file and knows all but the key.
#[test]
fn forged_records_are_found() {
    let (folder, key) = log_of(6);
    // C over 0, then a record and a checkpoint each.
    let all = entries(&folder);
    assert_eq!(all.len(), 13);
    type Forgery = fn(&mut Vec<Vec<u8>>);
    let forgeries: &[(&str, Forgery)] = &[
        ("flipped", |all| all[5] = replace(&all[5], r#""outcome":"OK""#, r#""outcome":"NO""#)),
        ("dropped", |all| drop(all.remove(5))),
        ("dropped and renumbered", |all| {
            all.drain(5..7);
            for (place, index) in [(5, 3), (7, 4), (9, 5)] {
                let (from, to) =
                    (format!(r#""index":{index}"#), format!(r#""index":{}"#, index - 1));
                all[place] = replace(&all[place], &from, &to);
            }
        }),
        ("swapped", |all| all.swap(5, 7)),
        ("swapped and renumbered", |all| {
            all.swap(5, 7);
            all[5] = replace(&all[5], r#""index":3"#, r#""index":2"#);
            all[7] = replace(&all[7], r#""index":2"#, r#""index":3"#);
        }),
        ("duplicated", |all| {
            let copy = all[5].clone();
            all.insert(5, copy);
        }),
        ("duplicated at the end", |all| {
            let copy = all[11].clone();
            all.push(copy);
        }),
        ("the first one dropped", |all| drop(all.remove(1))),
        ("a checkpoint doubled with another size", |all| {
            all[6] = replace(&all[6], "\n3\n", "\n2\n")
        }),
        ("a checkpoint's root", |all| all[6] = all[4].clone()),
        ("another entry", |all| all.push(b"X".to_vec())),
        ("no checkpoint", |all| all.retain(|entry| entry[0] != b'C')),
    ];
    for (name, forgery) in forgeries {
        let mut forged = all.clone();
        forgery(&mut forged);
        let forged = forge(&folder, &forged);
        let found = verify(forged.path(), &key);
        assert!(found.is_err(), "{name}: {found:?}");
    }
    assert!(verify(forge(&folder, &all).path(), &key).is_ok(), "the forger changed nothing");
}

#[test]
fn every_flipped_byte_is_found() {
    let (folder, key) = log_of(4);
    let wanted = verify(folder.path(), &key).unwrap();
    let path = folder.path().join("journal").join(format!("{:020}.journal", 0));
    let mut whole = fs_err::read(&path).unwrap();
    let used = whole.iter().rposition(|&byte| byte != 0).unwrap() + 1;
    whole.truncate(used + 32);
    // Every byte of the first two records, the last record, and what closes the log.
    let mut checked = 0;
    for at in (0..1200).chain(used - 900..used) {
        if (24..64).contains(&at) {
            continue;
        }
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs_err::write(&path, &bytes).unwrap();
        match verify(folder.path(), &key) {
            Err(_) => checked += 1,
            // The mark that closes: all records are there, and the torn bytes say that something is.
            Ok(report) => {
                assert!(at >= used - 28 && report.torn_bytes > 0, "byte {at}");
                assert_eq!(report.records, wanted.records);
            }
        }
    }
    assert!(checked > 1500);
}

#[test]
fn truncated_and_missing_segments_are_found() {
    let (folder, key) = log_of(60);
    let journal = folder.path().join("journal");
    let paths = segments_of(&journal);
    assert!(paths.len() >= 3);
    for path in &paths[..paths.len() - 1] {
        let whole = fs_err::read(path).unwrap();
        fs_err::remove_file(path).unwrap();
        assert!(verify(folder.path(), &key).is_err(), "{path:?} missing");
        fs_err::write(path, &whole[..8000]).unwrap();
        assert!(verify(folder.path(), &key).is_err(), "{path:?} truncated");
        fs_err::write(path, &whole).unwrap();
    }
    assert_eq!(verify(folder.path(), &key).unwrap().records, 60);
}

fn segments_of(journal: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs_err::read_dir(journal)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "journal"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn a_log_rolled_back_or_forked_is_found_by_an_older_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(&folder);
    let key = log.verifier_key();
    let empty = log.checkpoint();
    write(&log, 0..5);
    let at_five = log.checkpoint();
    write(&log, 5..9);
    let at_nine = log.checkpoint();
    drop(log);
    for (older, size) in [(&empty, 0), (&at_five, 5), (&at_nine, 9)] {
        let report = verify_since(folder.path(), &key, older).unwrap();
        assert_eq!(report.held_against, Some(size));
    }

    let mut all = entries(&folder);
    all.truncate(all.len() - 4);
    let back = forge(&folder, &all);
    assert_eq!(verify(back.path(), &key).unwrap().records, 7, "by itself it looks whole");
    let found = verify_since(back.path(), &key, &at_nine);
    assert!(matches!(found, Err(VerifyError::RolledBack { size: 9, found: 7 })));

    // The forger has the key, too: only the checkpoint kept elsewhere tells.
    let fork = tempfile::tempdir().unwrap();
    fs_err::copy(folder.path().join("signing.key"), fork.path().join("signing.key")).unwrap();
    write(&open(&fork), 100..120);
    assert_eq!(verify(fork.path(), &key).unwrap().records, 20);
    let found = verify_since(fork.path(), &key, &at_nine);
    assert!(matches!(found, Err(VerifyError::Forked { size: 9 })));
    let tampered = at_nine.replace("\n9\n", "\n8\n");
    let found = verify_since(folder.path(), &key, &tampered);
    assert!(matches!(found, Err(VerifyError::OlderCheckpoint { .. })));
}

#[test]
fn another_key_verifies_nothing() {
    let (folder, key) = log_of(3);
    let (_other, other_key) = log_of(3);
    assert!(matches!(verify(folder.path(), &other_key), Err(VerifyError::Checkpoint { .. })));
    for malformed in [
        "",
        "name",
        "a+b+c",
        &key.replace("amtshilfe", "ämtshilfe"),
        &format!("{key}AAAA"),
        &key.replacen("+A", "+B", 1),
    ] {
        assert!(matches!(verify(folder.path(), malformed), Err(VerifyError::Key)), "{malformed}");
    }
}

/// One thing that a forger does to the entries of a journal.
fn tamper(all: &mut Vec<Vec<u8>>, (what, place, other): (u8, usize, usize)) {
    if all.is_empty() {
        return;
    }
    let (place, other) = (place % all.len(), other % all.len());
    match what {
        0 => drop(all.remove(place)),
        1 => all.insert(other, all[place].clone()),
        2 => all.swap(place, other),
        3 => all.truncate(place),
        4 => {
            let at = other % all[place].len();
            all[place][at] ^= 1;
        }
        // A record takes the index of the place it comes to stand in.
        _ => {
            let index = all[..place].iter().filter(|entry| entry[0] == b'R').count();
            if let Ok(text) = String::from_utf8(all[place].clone())
                && let Some((before, rest)) = text.split_once(r#""index":"#)
                && let Some((_, after)) = rest.split_once(',')
            {
                all[place] = format!(r#"{before}"index":{index},{after}"#).into_bytes();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 40, ..ProptestConfig::default() })]

    /// Whatever is done to it: a log that verifies holds the true records from the first on, none other.
    #[test]
    fn a_forged_log_is_found_or_is_an_older_one(
        steps in prop::collection::vec((0..6_u8, any::<usize>(), any::<usize>()), 1..5),
    ) {
        static LOG: std::sync::LazyLock<(TempDir, String)> = std::sync::LazyLock::new(|| log_of(6));
        let (folder, key) = &*LOG;
        let true_entries = entries(folder);
        let mut forged = true_entries.clone();
        for step in steps {
            tamper(&mut forged, step);
        }
        let records = |all: &[Vec<u8>]| -> Vec<Vec<u8>> {
            all.iter().filter(|entry| entry[0] == b'R').cloned().collect()
        };
        if let Ok(report) = verify(forge(folder, &forged).path(), key) {
            let count = usize::try_from(report.records).unwrap();
            prop_assert_eq!(&records(&forged)[..count], &records(&true_entries)[..count]);
        }
    }
}
