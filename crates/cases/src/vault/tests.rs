use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn open(directory: &Path) -> Result<Vault, Error> {
    let clock = || UNIX_EPOCH + Duration::from_secs(1_795_521_600);
    Vault::open(Config::new(directory), Arc::new(clock))
}

fn mac(key: &CaseKey) -> [u8; 32] {
    key.mac("input", b"what was asked")
}

/// Every byte of every file of the vault.
fn bytes_on_disk(directory: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for file in fs_err::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            bytes.extend(fs_err::read(path).unwrap());
        }
    }
    bytes
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn raw_key(vault: &Vault, department: &str, case_id: &str) -> [u8; KEY_BYTES] {
    let tag = vault.tag(department, case_id);
    *vault.slots().read(&tag).unwrap().unwrap()
}

fn copy(directory: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in ["keys.bin", "lookup.key"] {
        fs_err::copy(directory.join(name), copy.path().join(name)).unwrap();
    }
    copy
}

#[test]
fn a_case_keeps_its_key_and_no_other_case_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = {
        let vault = open(folder.path()).unwrap();
        assert!(vault.find("standesamt", "A-17").is_none());
        mac(&vault.case("standesamt", "A-17", Mode::Office).unwrap())
    };
    let vault = open(folder.path()).unwrap();
    assert_eq!(mac(&vault.case("standesamt", "A-17", Mode::Office).unwrap()), first);
    let found = vault.find("standesamt", "A-17").unwrap();
    assert_eq!((mac(&found), found.mode()), (first, Some(Mode::Office)));
    // The same id elsewhere, and an id and department that only together read the same.
    for (department, case_id) in
        [("buergerbuero", "A-17"), ("standesamt", "A-18"), ("standesamtA", "-17")]
    {
        assert!(vault.find(department, case_id).is_none());
        assert_ne!(mac(&vault.case(department, case_id, Mode::Office).unwrap()), first);
    }
    assert!(matches!(open(folder.path()), Err(Error::Locked { .. })));
}

#[test]
fn the_modes_are_never_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path()).unwrap();
    vault.case("standesamt", "1", Mode::Applicant).unwrap();
    let refused = vault.case("standesamt", "1", Mode::Office);
    assert!(matches!(
        refused,
        Err(Error::ModeMixed { fixed: Mode::Applicant, asked: Mode::Office })
    ));
    drop(vault);
    let vault = open(folder.path()).unwrap();
    assert!(vault.case("standesamt", "1", Mode::Office).is_err());
    vault.erase("standesamt", "1").unwrap();
    vault.case("standesamt", "1", Mode::Office).unwrap();
}

#[test]
fn an_erased_key_is_gone_from_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path()).unwrap();
    for number in 0..100 {
        vault.case("standesamt", &number.to_string(), Mode::Office).unwrap();
    }
    let key = raw_key(&vault, "standesamt", "50");
    let neighbour = raw_key(&vault, "standesamt", "51");
    let tag = vault.tag("standesamt", "50");
    let before = vault.case("standesamt", "50", Mode::Office).unwrap();
    let sealed = before.seal("result", b"text").unwrap();
    assert!(holds(&bytes_on_disk(folder.path()), &key), "the test looks in the right place");

    assert_eq!(vault.erase("standesamt", "50").unwrap(), Erased { existed: true });
    let bytes = bytes_on_disk(folder.path());
    // Nor any half of it, nor that the case was ever there.
    for part in [&key[..16], &key[16..], &tag[..16]] {
        assert!(!holds(&bytes, part));
    }
    assert!(holds(&bytes, &neighbour));
    assert!(vault.find("standesamt", "50").is_none());
    assert_eq!(vault.erase("standesamt", "50").unwrap(), Erased { existed: false });
    drop(vault);

    let vault = open(folder.path()).unwrap();
    assert!(vault.find("standesamt", "50").is_none());
    assert!(vault.find("standesamt", "99").is_some());
    let anew = vault.case("standesamt", "50", Mode::Applicant).unwrap();
    assert_ne!(mac(&anew), mac(&before));
    assert!(matches!(anew.open("result", &sealed), Err(Error::Sealed)));
}

#[test]
fn neither_department_nor_case_is_readable_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path()).unwrap();
    vault.case("Zwetschgenamt", "Vorgang-4711-Mirabelle", Mode::Office).unwrap();
    let bytes = bytes_on_disk(folder.path());
    for word in ["Zwetschgen", "4711", "Mirabelle"] {
        assert!(!holds(&bytes, word.as_bytes()), "{word}");
    }
}

#[test]
fn a_half_written_slot_keeps_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let (key, start) = {
        let vault = open(folder.path()).unwrap();
        vault.case("standesamt", "0", Mode::Office).unwrap();
        vault.case("standesamt", "1", Mode::Office).unwrap();
        let key = raw_key(&vault, "standesamt", "0");
        let bytes = fs_err::read(folder.path().join("keys.bin")).unwrap();
        let at = bytes.windows(key.len()).position(|window| window == key).unwrap();
        (key, at - 34)
    };
    let whole = fs_err::read(folder.path().join("keys.bin")).unwrap();
    for cut in 1..70 {
        // An erasure, or the writing of a key, that ended after `cut` bytes.
        for range in [start..start + cut, start + cut..start + 70] {
            let copy = copy(folder.path());
            let mut bytes = whole.clone();
            bytes[range].fill(0);
            fs_err::write(copy.path().join("keys.bin"), bytes).unwrap();
            let vault = open(copy.path()).unwrap();
            assert!(vault.find("standesamt", "0").is_none());
            assert!(vault.find("standesamt", "1").is_some());
            assert!(!holds(&bytes_on_disk(copy.path()), &key[..8]));
            assert!(!holds(&bytes_on_disk(copy.path()), &key[24..]));
            vault.case("standesamt", "0", Mode::Applicant).unwrap();
        }
    }
}

#[test]
fn a_case_that_nobody_uses_erases_itself_in_the_time_of_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    let seconds = Arc::new(AtomicU64::new(1_795_521_600));
    let read = Arc::clone(&seconds);
    let clock: Clock =
        Arc::new(move || UNIX_EPOCH + Duration::from_secs(read.load(Ordering::SeqCst)));
    let open = || Vault::open(Config::new(folder.path()), clock.clone()).unwrap();
    let hours = |count: u64| seconds.fetch_add(count * 3600, Ordering::SeqCst);
    let vault = open();
    vault.case("standesamt", "left alone", Mode::Applicant).unwrap();
    vault.case("standesamt", "used", Mode::Applicant).unwrap();
    vault.case("standesamt", "of the office", Mode::Office).unwrap();
    let latest = vault.erased_at_latest(Mode::Applicant);
    assert_eq!(latest, (clock)() + Duration::from_secs(24 * 3600));
    drop(vault);
    hours(20);
    let vault = open();
    assert_eq!(vault.erase_idle(Mode::Applicant).unwrap(), 0);
    vault.case("standesamt", "used", Mode::Applicant).unwrap();
    drop(vault);
    hours(10);
    let vault = open();
    assert_eq!(vault.erase_idle(Mode::Applicant).unwrap(), 1);
    assert!(vault.find("standesamt", "left alone").is_none());
    assert!(vault.find("standesamt", "used").is_some());
    assert_eq!(vault.erase_idle(Mode::Office).unwrap(), 0);
    drop(vault);
    hours(24 * 30);
    let vault = open();
    assert_eq!(vault.erase_idle(Mode::Office).unwrap(), 1);
    assert_eq!(vault.erase_idle(Mode::Applicant).unwrap(), 1);
    drop(vault);
    // A clock that was ahead erases nothing early.
    let vault = open();
    vault.case("standesamt", "from the future", Mode::Applicant).unwrap();
    drop(vault);
    seconds.fetch_sub(1000 * 3600, Ordering::SeqCst);
    assert_eq!(open().erase_idle(Mode::Applicant).unwrap(), 0);
}

#[test]
fn a_slot_of_an_earlier_version_keeps_its_key_and_counts_as_used_now() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path()).unwrap();
    let key = mac(&vault.case("standesamt", "A-17", Mode::Office).unwrap());
    drop(vault);
    let path = folder.path().join("keys.bin");
    let mut bytes = fs_err::read(&path).unwrap();
    let slot = &mut bytes[4096..4096 + 128];
    slot[0] = 1;
    slot[66..].fill(0);
    let crc = crc32c::crc32c(&slot[..66]);
    slot[66..70].copy_from_slice(&crc.to_le_bytes());
    fs_err::write(&path, bytes).unwrap();
    let vault = open(folder.path()).unwrap();
    assert_eq!(vault.erase_idle(Mode::Office).unwrap(), 0);
    assert_eq!(mac(&vault.find("standesamt", "A-17").unwrap()), key);
}

#[test]
fn files_that_are_something_else_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).unwrap().case("a", "b", Mode::Office).unwrap();
    let spoilt = copy(folder.path());
    fs_err::write(spoilt.path().join("keys.bin"), b"AMTKEYS1").unwrap();
    assert!(matches!(open(spoilt.path()), Err(Error::Malformed { .. })));
    fs_err::write(spoilt.path().join("keys.bin"), [7; 8192]).unwrap();
    assert!(matches!(open(spoilt.path()), Err(Error::Malformed { .. })));
    let spoilt = copy(folder.path());
    fs_err::write(spoilt.path().join("lookup.key"), b"short").unwrap();
    assert!(matches!(open(spoilt.path()), Err(Error::Malformed { .. })));
    fs_err::remove_file(spoilt.path().join("lookup.key")).unwrap();
    assert!(matches!(open(spoilt.path()), Err(Error::LookupKeyMissing { .. })));
}

#[test]
fn keys_seal_and_tell_labels_apart() {
    let key = CaseKey::ephemeral();
    assert_ne!(mac(&key), mac(&CaseKey::ephemeral()));
    assert_eq!(key.mode(), None);
    assert_ne!(key.mac("a", b"bc"), key.mac("ab", b"c"));
    assert!(!format!("{key:?}").contains("mac"));
    let sealed = key.seal("result", b"text").unwrap();
    assert_ne!(sealed, key.seal("result", b"text").unwrap(), "a nonce of its own each time");
    assert_eq!(key.open("result", &sealed).unwrap(), b"text");
    assert!(key.open("other", &sealed).is_err());
    assert!(CaseKey::ephemeral().open("result", &sealed).is_err());
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(key.open("result", &changed).is_err());
        assert!(key.open("result", &sealed[..at]).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Against a map in memory, opened again in between.
    #[test]
    fn a_vault_is_a_map(steps in prop::collection::vec((0..4_u8, 0..12_u8, any::<bool>()), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let mut vault = open(folder.path()).unwrap();
        let mut wanted: HashMap<u8, (bool, [u8; 32])> = HashMap::new();
        for (step, case, is_office) in steps {
            let id = case.to_string();
            let mode = if is_office { Mode::Office } else { Mode::Applicant };
            match step {
                0 => {
                    drop(vault);
                    vault = open(folder.path()).unwrap();
                }
                1 => {
                    let existed = vault.erase("d", &id).unwrap().existed;
                    prop_assert_eq!(existed, wanted.remove(&case).is_some());
                }
                _ => match (vault.case("d", &id, mode), wanted.get(&case)) {
                    (Ok(key), Some((fixed, before))) => {
                        prop_assert_eq!((is_office, mac(&key)), (*fixed, *before));
                    }
                    (Ok(key), None) => {
                        wanted.insert(case, (is_office, mac(&key)));
                    }
                    (Err(error), before) => {
                        let is_mixed = matches!(error, Error::ModeMixed { .. });
                        prop_assert!(is_mixed && before.is_some_and(|(fixed, _)| *fixed != is_office));
                    }
                },
            }
            for case in 0..12_u8 {
                let found = vault.find("d", &case.to_string()).map(|key| mac(&key));
                prop_assert_eq!(found, wanted.get(&case).map(|(_, mac)| *mac));
            }
        }
    }
}
