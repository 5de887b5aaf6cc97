use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn config(directory: &Path) -> Config {
    Config { segment_bytes_max: 4096, entry_bytes_max: 2048, ..Config::new(directory) }
}

fn open(directory: &Path) -> Result<Journal, Error> {
    Journal::open(config(directory))
}

fn contents(journal: &Journal) -> Vec<Vec<u8>> {
    journal.entries(0).map(|entry| entry.unwrap().1).collect()
}

fn payload(number: u64) -> Vec<u8> {
    format!("entry {number} ").repeat(1 + usize::try_from(number % 5).unwrap()).into_bytes()
}

/// A copy of the folder as a crash would leave it, each file shortened to what holds more than zeros.
fn crash_copy(directory: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in fs_err::read_dir(directory).unwrap() {
        let file = file.unwrap();
        let mut bytes = fs_err::read(file.path()).unwrap();
        let used = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        bytes.truncate(used);
        bytes.resize(used + 64, 0);
        fs_err::write(copy.path().join(file.file_name()), bytes).unwrap();
    }
    copy
}

fn segments(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs_err::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "journal"))
        .collect();
    found.sort();
    found
}

#[test]
fn what_was_appended_is_read_again_over_segments_and_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let mut wanted = Vec::new();
    for round in 0..5 {
        let journal = open(folder.path()).unwrap();
        assert_eq!(contents(&journal), wanted);
        assert_eq!(journal.torn(), None);
        for number in 0..30 {
            let batch: Vec<Vec<u8>> =
                (0..1 + number % 3).map(|part| payload(round * 100 + number + part)).collect();
            let slices: Vec<&[u8]> = batch.iter().map(Vec::as_slice).collect();
            assert_eq!(journal.append(&slices).unwrap(), wanted.len() as u64);
            wanted.extend(batch);
        }
        assert_eq!(contents(&journal), wanted);
        assert_eq!(journal.len(), wanted.len() as u64);
    }
    assert!(segments(folder.path()).len() > 3, "the test is about several segments");
    let journal = open(folder.path()).unwrap();
    assert_eq!(journal.entries(300).count(), wanted.len() - 300);
    assert!(matches!(journal.read(wanted.len() as u64), Err(Error::OutOfRange { .. })));
}

#[test]
fn limits_are_refused_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).unwrap();
    assert!(matches!(journal.append(&[b"a", b""]), Err(Error::Empty)));
    assert!(matches!(journal.append(&[&[1; 2049]]), Err(Error::TooLarge { bytes: 2049, .. })));
    assert_eq!(journal.append(&[b"a"]).unwrap(), 0);
    assert!(matches!(open(folder.path()), Err(Error::Locked { .. })));
}

#[test]
fn a_tail_torn_at_any_byte_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).unwrap();
    journal.append(&[&payload(1), &payload(2)]).unwrap();
    journal.append(&[&payload(3)]).unwrap();
    let start = journal.locate(3).map_or_else(|| lock(&journal.inner.writer).end(), |at| at.1);
    let last_batch = [payload(4), payload(5), payload(6)];
    let slices: Vec<&[u8]> = last_batch.iter().map(Vec::as_slice).collect();
    journal.append(&slices).unwrap();
    let end = lock(&journal.inner.writer).end();
    let all = contents(&journal);
    let whole = fs_err::read(&segments(folder.path())[0]).unwrap();

    for cut in start..=end {
        // The write ended at `cut`; or everything but the piece before `cut` reached the disk.
        for (from, to) in [(cut, end), (start, cut)] {
            let copy = crash_copy(folder.path());
            let path = &segments(copy.path())[0];
            let mut bytes = whole[..usize::try_from(end).unwrap() + 64].to_vec();
            bytes[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()].fill(0);
            fs_err::write(path, &bytes).unwrap();

            let opened = open(copy.path()).unwrap();
            let kept = contents(&opened);
            assert!(kept.len() >= 3, "an acknowledged batch is lost, cut {from}..{to}");
            assert_eq!(kept, all[..kept.len()], "cut {from}..{to}");
            if let Some(torn) = opened.torn() {
                let cut = fs_err::read(&torn.kept_in).unwrap();
                assert_eq!(cut.len(), torn.bytes);
                assert!(whole.windows(cut.len()).any(|part| part == cut) || from == start);
            } else {
                assert!(from == to || kept.len() < all.len());
            }
            assert_eq!(opened.append(&[b"next"]).unwrap(), kept.len() as u64);
            drop(opened);
            let again = open(copy.path()).unwrap();
            assert_eq!(again.len(), kept.len() as u64 + 1);
            assert_eq!(again.torn(), None, "what was set aside once is gone from the segment");
        }
    }
}

#[test]
fn a_flipped_bit_is_refused_or_costs_only_what_no_later_write_vouches_for() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).unwrap();
    for number in 0..6 {
        journal.append(&[&payload(number), &payload(number + 1)]).unwrap();
    }
    let all = contents(&journal);
    let open_copy = crash_copy(folder.path());
    let last_batch = journal.locate(10).unwrap().1;
    drop(journal);
    let closed_copy = crash_copy(folder.path());

    for (copy, is_closed) in [(open_copy, false), (closed_copy, true)] {
        let path = segments(copy.path())[0].clone();
        let whole = fs_err::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            fs_err::write(&path, &bytes).unwrap();
            let opened = open(copy.path());
            let in_last_batch = at as u64 >= last_batch;
            match opened {
                Ok(journal) => {
                    let kept = contents(&journal);
                    assert_eq!(kept, all[..kept.len()], "byte {at}");
                    let least = if is_closed { 12 } else { 10 };
                    assert!(kept.len() >= least && in_last_batch, "byte {at}, closed {is_closed}");
                    drop(journal);
                    for file in fs_err::read_dir(copy.path()).unwrap() {
                        let file = file.unwrap().path();
                        if file.extension().is_some_and(|extension| extension == "bytes") {
                            fs_err::remove_file(file).unwrap();
                        }
                    }
                }
                Err(error) => {
                    assert!(matches!(error, Error::Damaged { .. } | Error::Header { .. }));
                    assert_eq!(
                        fs_err::read(&path).unwrap(),
                        bytes,
                        "refused, so nothing is changed"
                    );
                }
            }
        }
    }
}

#[test]
fn a_missing_segment_or_foreign_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).unwrap();
    for number in 0..300 {
        journal.append(&[&payload(number)]).unwrap();
    }
    let files = segments(folder.path());
    assert!(files.len() >= 3);

    for missing in [0, 1] {
        let copy = crash_copy(folder.path());
        fs_err::remove_file(&segments(copy.path())[missing]).unwrap();
        assert!(matches!(open(copy.path()), Err(Error::Gap { .. })), "segment {missing}");
    }
    let copy = crash_copy(folder.path());
    let path = segments(copy.path())[1].clone();
    let mut bytes = fs_err::read(&path).unwrap();
    // The end of a segment that has a successor was durable.
    let end = bytes.len() - 70;
    bytes[end] ^= 1;
    fs_err::write(&path, bytes).unwrap();
    assert!(matches!(open(copy.path()), Err(Error::Damaged { .. })));
    fs_err::write(&path, b"something else").unwrap();
    assert!(matches!(open(copy.path()), Err(Error::Header { .. })));
}

#[test]
fn a_failed_sync_poisons_until_reopened() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).unwrap();
    journal.append(&[b"one"]).unwrap();
    lock(&journal.inner.writer).fail_next_sync = true;
    assert!(matches!(journal.append(&[b"two"]), Err(Error::File { .. })));
    assert!(matches!(journal.append(&[b"three"]), Err(Error::Poisoned)));
    assert_eq!(contents(&journal), [b"one"]);
    drop(journal);
    let journal = open(folder.path()).unwrap();
    assert!(journal.len() <= 2, "what was refused after the failure is not there");
    assert_eq!(journal.append(&[b"next"]).unwrap(), journal.len() - 1);
}

#[test]
fn appends_at_the_same_time_share_writes_and_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let journal = journal.clone();
            scope.spawn(move || {
                for number in 0..40_u64 {
                    let pair = [format!("{thread} {number} a"), format!("{thread} {number} b")];
                    let first = journal.append(&[pair[0].as_bytes(), pair[1].as_bytes()]).unwrap();
                    assert_eq!(journal.read(first).unwrap(), pair[0].as_bytes());
                    assert_eq!(journal.read(first + 1).unwrap(), pair[1].as_bytes());
                }
            });
        }
    });
    assert_eq!(journal.len(), 640);
    let before = contents(&journal);
    drop(journal);
    assert_eq!(contents(&open(folder.path()).unwrap()), before);
}

/// Not a test: what the next one starts and kills.
#[test]
#[ignore = "runs as a child of the kill test"]
fn kill_child() {
    let Some(directory) = std::env::var_os("JOURNAL_KILL_DIRECTORY") else { return };
    let journal = open(Path::new(&directory)).unwrap();
    for number in journal.len().. {
        let sequence = journal.append(&[format!("record {number}").as_bytes()]).unwrap();
        println!("\nacknowledged {sequence}");
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    for round in 1..=4_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::kill_child", "--ignored", "--nocapture"])
            .env("JOURNAL_KILL_DIRECTORY", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut acknowledged = None;
        for line in lines {
            if let Some(number) = line.strip_prefix("acknowledged ") {
                acknowledged = Some(number.parse::<u64>().unwrap());
            }
            if acknowledged.is_some_and(|number| number >= round * 150) {
                child.kill().ok();
            }
        }
        child.wait().unwrap();
        let journal = open(folder.path()).unwrap();
        assert!(journal.len() > acknowledged.unwrap(), "an acknowledged record is lost");
        for (number, entry) in contents(&journal).iter().enumerate() {
            assert_eq!(*entry, format!("record {number}").into_bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Against a list in memory: batches of any entries, closed or crashed in between.
    #[test]
    fn a_journal_is_a_list(
        rounds in prop::collection::vec(
            (any::<bool>(), prop::collection::vec(
                prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 1..4), 0..12)),
            1..4),
    ) {
        let mut folder = tempfile::tempdir().unwrap();
        let mut wanted: Vec<Vec<u8>> = Vec::new();
        for (is_crash, batches) in rounds {
            let journal = open(folder.path()).unwrap();
            for batch in batches {
                let slices: Vec<&[u8]> = batch.iter().map(Vec::as_slice).collect();
                prop_assert_eq!(journal.append(&slices).unwrap(), wanted.len() as u64);
                wanted.extend(batch);
            }
            prop_assert_eq!(&contents(&journal), &wanted);
            if is_crash {
                folder = crash_copy(folder.path());
            }
        }
        prop_assert_eq!(contents(&open(folder.path()).unwrap()), wanted);
    }
}
