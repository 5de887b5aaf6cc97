use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::vault::{Config, Mode, Vault};

const START_S: u64 = 1_800_000_000;

fn clock() -> (Clock, Arc<AtomicU64>) {
    let seconds = Arc::new(AtomicU64::new(START_S));
    let read = Arc::clone(&seconds);
    let clock: Clock =
        Arc::new(move || UNIX_EPOCH + Duration::from_secs(read.load(Ordering::SeqCst)));
    (clock, seconds)
}

fn open(folder: &Path) -> Vault {
    Vault::open(Config::new(folder), clock().0).unwrap()
}

fn order(vault: &Vault, department: &str, key: &str, request: &[u8]) -> Order {
    let case_id = format!("case of {key}");
    Order {
        department: department.to_owned(),
        idempotency_key: key.to_owned(),
        key: vault.case(department, &case_id, Mode::Office).unwrap(),
        case_id,
        is_own_case: false,
        note: "note".to_owned(),
        request: request.to_vec(),
        files_total: 2,
        uploads: Vec::new(),
    }
}

fn all_bytes(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            bytes.extend(all_bytes(&path));
        } else {
            bytes.extend(fs_err::read(path).unwrap());
        }
    }
    bytes
}

fn contains(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}

#[test]
fn a_job_is_taken_once_and_its_result_outlives_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let id = {
        let vault = open(folder.path());
        let (job, is_new) = vault.submit(order(&vault, "abh", "k", b"asked")).unwrap();
        assert!(is_new);
        assert_eq!(job.state, JobState::Queued);
        assert_eq!(vault.jobs().take().unwrap().id, job.id);
        assert!(vault.jobs().take().is_none());
        job.id
    };
    // It was under way when the appliance ended: it waits again, with all it was asked.
    let vault = open(folder.path());
    assert_eq!(vault.jobs().get("abh", &id).unwrap().state, JobState::Queued);
    let running = vault.jobs().take().unwrap();
    assert_eq!(running.request().unwrap(), b"asked");
    assert_eq!((running.note.as_str(), running.case_id.as_str()), ("note", "case of k"));
    running.file_done();
    assert_eq!(vault.jobs().get("abh", &id).unwrap().files_done, 1);
    assert!(running.succeed(b"found").unwrap());
    assert!(!running.succeed(b"found twice").unwrap());
    drop((running, vault));

    let vault = open(folder.path());
    assert!(vault.jobs().take().is_none());
    let job = vault.jobs().get("abh", &id).unwrap();
    assert_eq!((job.state, job.files_done), (JobState::Succeeded, 2));
    let result = vault.jobs().result("abh", &id).unwrap();
    assert_eq!(result, Some(b"found".to_vec()));
    assert!(matches!(vault.jobs().get("other", &id), Err(Error::UnknownJob)));
    assert!(matches!(vault.jobs().result("other", &id), Err(Error::UnknownJob)));
}

#[test]
fn the_same_key_is_the_same_job_and_another_request_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path());
    let (first, _) = vault.submit(order(&vault, "abh", "k", b"asked")).unwrap();
    let (again, is_new) = vault.submit(order(&vault, "abh", "k", b"asked")).unwrap();
    assert_eq!((again.id, is_new), (first.id.clone(), false));
    let other = vault.submit(order(&vault, "abh", "k", b"asked otherwise"));
    assert!(matches!(other, Err(Error::KeyTaken)));
    // Keys are those of a department, and no key is no promise.
    assert!(vault.submit(order(&vault, "bueb", "k", b"asked otherwise")).unwrap().1);
    assert!(vault.submit(order(&vault, "abh", "", b"asked")).unwrap().1);
    assert!(vault.submit(order(&vault, "abh", "", b"asked")).unwrap().1);
    drop(vault);
    let vault = open(folder.path());
    let (again, is_new) = vault.submit(order(&vault, "abh", "k", b"asked")).unwrap();
    assert_eq!((again.id, is_new), (first.id, false));
}

#[test]
fn departments_take_turns_and_each_keeps_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path());
    for (department, key) in
        [("a", "1"), ("a", "2"), ("a", "3"), ("b", "4"), ("c", "5"), ("b", "6")]
    {
        vault.submit(order(&vault, department, key, b"asked")).unwrap();
    }
    let cases: Vec<String> =
        std::iter::from_fn(|| vault.jobs().take()).map(|job| job.case_id).collect();
    let wanted = ["1", "4", "5", "2", "6", "3"].map(|key| format!("case of {key}"));
    assert_eq!(cases, wanted);
}

#[test]
fn erasing_a_case_ends_its_job_wherever_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path());
    let orders = ["waits", "runs", "done", "stays"]
        .map(|key| vault.submit(order(&vault, "abh", key, key.as_bytes())).unwrap().0);
    let [waits, runs, done, stays] = orders.map(|job| job.id);
    // In the order they came.
    let taken: Vec<RunningJob> = (0..3).filter_map(|_| vault.jobs().take()).collect();
    taken[2].succeed(b"a result that must go").unwrap();
    taken[0].give_back();
    for key in ["waits", "runs", "done"] {
        assert!(vault.erase("abh", &format!("case of {key}")).unwrap().existed);
    }
    for id in [&waits, &runs, &done] {
        assert!(matches!(vault.jobs().get("abh", id), Err(Error::UnknownJob)));
    }
    assert!(!taken[1].succeed(b"too late").unwrap(), "what was under way leaves nothing");
    assert_eq!(vault.jobs().take().unwrap().id, stays);
    let held: Vec<_> = fs_err::read_dir(folder.path().join("jobs/held")).unwrap().collect();
    assert_eq!(held.len(), 1, "only what the last job asks");
    drop((taken, vault));
    let vault = open(folder.path());
    let (listed, next) = vault.jobs().list("abh", None, 0, 10);
    assert_eq!((listed.len(), next), (1, None));
    assert_eq!(listed[0].id, stays);
}

#[test]
fn an_erased_key_takes_the_job_with_it_even_where_nothing_else_was_done() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path());
    vault.submit(order(&vault, "abh", "k", b"asked")).unwrap();
    // As after a crash between the two.
    vault.erase_key("abh", "case of k").unwrap();
    drop(vault);
    let vault = open(folder.path());
    assert!(vault.jobs().take().is_none());
    assert_eq!(fs_err::read_dir(folder.path().join("jobs/held")).unwrap().count(), 0);
}

#[test]
fn a_case_erased_during_the_submission_gets_no_job() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path());
    let order = order(&vault, "abh", "k", b"asked");
    vault.erase("abh", "case of k").unwrap();
    assert!(matches!(vault.submit(order), Err(Error::CaseErased)));
}

#[test]
fn nothing_on_the_disk_names_a_person_a_department_or_a_case() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path());
    let mut order = order(&vault, "auslaenderamt", "canary-key", b"canary-request");
    order.note = "canary-note".to_owned();
    vault.submit(order).unwrap();
    vault.jobs().take().unwrap().succeed(b"canary-result").unwrap();
    let bytes = all_bytes(folder.path());
    for words in ["canary", "auslaenderamt", "case of"] {
        assert!(!contains(&bytes, words), "{words}");
    }
}

#[test]
fn an_acknowledged_result_is_gone_and_the_case_made_for_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path());
    let mut ordered = order(&vault, "abh", "k", b"asked");
    ordered.is_own_case = true;
    let (job, _) = vault.submit(ordered).unwrap();
    assert!(matches!(vault.acknowledge("abh", &job.id), Err(Error::JobNotEnded)));
    vault.jobs().take().unwrap().succeed(b"found").unwrap();
    assert!(matches!(vault.acknowledge("other", &job.id), Err(Error::UnknownJob)));
    assert!(vault.acknowledge("abh", &job.id).unwrap().is_delivered);
    assert!(vault.acknowledge("abh", &job.id).unwrap().is_delivered, "twice is no error");
    assert_eq!(vault.jobs().result("abh", &job.id).unwrap(), None);
    assert!(vault.find("abh", "case of k").is_none());
    assert_eq!(fs_err::read_dir(folder.path().join("jobs/held")).unwrap().count(), 0);
}

#[test]
fn a_cancelled_job_stays_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path());
    let (job, _) = vault.submit(order(&vault, "abh", "k", b"asked")).unwrap();
    let running = vault.jobs().take().unwrap();
    assert_eq!(vault.jobs().cancel("abh", &job.id).unwrap().state, JobState::Cancelled);
    assert!(!running.fail("too late").unwrap());
    assert!(matches!(vault.jobs().cancel("other", &job.id), Err(Error::UnknownJob)));
    drop((running, vault));
    let vault = open(folder.path());
    assert_eq!(vault.jobs().get("abh", &job.id).unwrap().state, JobState::Cancelled);
    assert!(vault.jobs().take().is_none());
}

#[test]
fn a_job_whose_time_has_passed_is_forgotten_also_over_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, seconds) = clock();
    let mut config = Config::new(folder.path());
    config.jobs.lifetime = Duration::from_secs(100);
    let vault = Vault::open(config.clone(), clock.clone()).unwrap();
    let mut ordered = order(&vault, "abh", "k", b"asked");
    ordered.is_own_case = true;
    let (job, _) = vault.submit(ordered).unwrap();
    let expected = UNIX_EPOCH + Duration::from_secs(START_S + 100);
    assert_eq!(job.expires_at, expected);
    vault.sweep_jobs();
    assert!(vault.jobs().get("abh", &job.id).is_ok());
    drop(vault);
    seconds.fetch_add(200, Ordering::SeqCst);
    let vault = Vault::open(config, clock).unwrap();
    assert!(matches!(vault.jobs().get("abh", &job.id), Err(Error::UnknownJob)));
    assert!(vault.find("abh", "case of k").is_none());
}

#[test]
fn past_its_limits_a_department_gets_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.jobs.waiting_max = 1;
    let vault = Vault::open(config, clock().0).unwrap();
    let (first, _) = vault.submit(order(&vault, "abh", "1", b"asked")).unwrap();
    let second = vault.submit(order(&vault, "abh", "2", b"asked"));
    assert!(matches!(second, Err(Error::Limit { limit: "jobs_waiting", allowed: 1, actual: 2 })));
    vault.submit(order(&vault, "bueb", "2", b"asked")).unwrap();
    vault.jobs().cancel("abh", &first.id).unwrap();
    vault.submit(order(&vault, "abh", "2", b"asked")).unwrap();
}

#[test]
fn what_is_held_has_a_limit_and_acknowledged_jobs_make_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.jobs.held_max = 2;
    let vault = Vault::open(config.clone(), clock().0).unwrap();
    let ended = ["1", "2"].map(|key| {
        let (job, _) = vault.submit(order(&vault, "abh", key, b"asked")).unwrap();
        vault.jobs().take().unwrap().succeed(b"found").unwrap();
        job.id
    });
    let third = vault.submit(order(&vault, "abh", "3", b"asked"));
    assert!(matches!(third, Err(Error::Limit { limit: "jobs_held", allowed: 2, actual: 3 })));
    assert!(vault.jobs().result("abh", &ended[0]).unwrap().is_some(), "no result is lost for it");
    vault.acknowledge("abh", &ended[1]).unwrap();
    vault.submit(order(&vault, "abh", "3", b"asked")).unwrap();
    assert!(matches!(vault.jobs().get("abh", &ended[1]), Err(Error::UnknownJob)));
    assert_eq!(vault.jobs().counts(), (1, 0));
    drop(vault);
    let vault = Vault::open(config, clock().0).unwrap();
    assert!(vault.jobs().get("abh", &ended[0]).is_ok());
    assert!(matches!(vault.jobs().get("abh", &ended[1]), Err(Error::UnknownJob)));
    assert_eq!(vault.jobs().counts(), (1, 0));
}

#[test]
fn an_upload_is_taken_over_and_outlives_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path());
    let mut upload = vault.uploads().begin("abh", 0).unwrap();
    upload.write(b"bytes of the upload").unwrap();
    let upload = upload.finish().unwrap();
    let mut ordered = order(&vault, "abh", "k", b"asked");
    ordered.uploads = vec!["unknown".to_owned(), upload.id.clone()];
    vault.submit(ordered).unwrap();
    drop(vault);
    let vault = open(folder.path());
    let running = vault.jobs().take().unwrap();
    assert_eq!(running.upload(&upload.id).unwrap(), Some(b"bytes of the upload".to_vec()));
    assert_eq!(running.upload("unknown").unwrap(), None);
    running.fail("nothing").unwrap();
    assert_eq!(fs_err::read_dir(folder.path().join("jobs/held")).unwrap().count(), 0);
}

#[test]
fn a_list_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let vault = open(folder.path());
    for key in ["1", "2", "3"] {
        vault.submit(order(&vault, "abh", key, b"asked")).unwrap();
        vault.submit(order(&vault, "bueb", key, b"asked")).unwrap();
    }
    let jobs = vault.jobs();
    let (first, next) = jobs.list("abh", None, 0, 2);
    let (rest, end) = jobs.list("abh", None, next.unwrap(), 2);
    let cases: Vec<_> = first.iter().chain(&rest).map(|job| job.case_id.as_str()).collect();
    assert_eq!((cases, end), (vec!["case of 1", "case of 2", "case of 3"], None));
    jobs.cancel("abh", &first[1].id).unwrap();
    let (cancelled, _) = jobs.list("abh", Some(JobState::Cancelled), 0, 10);
    assert_eq!(cancelled.len(), 1);
    assert_eq!(jobs.counts(), (5, 0));
}
