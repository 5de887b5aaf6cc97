//! How the log bears load and size: commits by many callers, a log of many records opened, verified,
//! filtered.
//!
//! ```text
//! cargo bench --package audit --bench log -- [--folder DIR] [--records N] [--seconds N]
//! ```
//!
//! `--folder` is on the disk that is to be measured (default: the folder for temporary files).
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a command that prints its measurements")]

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use audit::{Config, Entry, Filter, Log, ModelUse};

type Failure = Box<dyn Error + Send + Sync>;

const CALLERS: usize = 64;
const ORIGIN: &str = "amtshilfe.example/bench/audit";
/// Of so many records one is of the department that the filter asks for.
const RARE: u64 = 10_000;
const FILTERS: usize = 50;

struct Arguments {
    folder: PathBuf,
    records: u64,
    seconds: u64,
}

fn arguments() -> Result<Arguments, Failure> {
    let mut arguments = Arguments { folder: std::env::temp_dir(), records: 1_000_000, seconds: 10 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--folder" => arguments.folder = value()?.into(),
            "--records" => arguments.records = value()?.parse()?,
            "--seconds" => arguments.seconds = value()?.parse()?,
            // What cargo itself adds.
            "--bench" => {}
            _ => return Err(format!("{word}: there are --folder, --records, --seconds").into()),
        }
    }
    Ok(arguments)
}

fn main() -> Result<(), Failure> {
    let arguments = arguments()?;
    let folder = tempfile::tempdir_in(&arguments.folder)?;
    let config = Config::new(folder.path(), ORIGIN);
    println!("| what | figure |\n|---|--:|");
    let log = Log::open(config.clone(), Arc::new(now))?;
    let times = commit(&log, 1, Until::Time(Duration::from_secs(arguments.seconds)))?;
    report("one caller", &times, arguments.seconds);
    let times = commit(&log, CALLERS, Until::Time(Duration::from_secs(arguments.seconds)))?;
    report("64 callers", &times, arguments.seconds);
    commit(&log, CALLERS, Until::Records(arguments.records))?;
    let records = log.stats().records;
    let key = log.verifier_key();
    drop(log);

    let (opened, log) = timed(|| Log::open(config, Arc::new(now)));
    let log = log?;
    println!("| open a log of {records} records | {opened:.2?} |");
    let mut filters = Vec::new();
    let department = Some("standesamt".to_owned());
    for place in 0..FILTERS {
        // Up to nine tenths: behind that there may be none of it any more.
        let first_index = records * 9 / 10 * place as u64 / FILTERS as u64;
        let filter = Filter { first_index, department: department.clone(), ..Filter::default() };
        let (took, page) = timed(|| log.records(&filter));
        if page?.records.is_empty() {
            return Err("the filter found nothing".into());
        }
        filters.push(took);
    }
    println!(
        "| page of 100 records of a department with one in {RARE}, p50 | {:.2?} |",
        at(&mut filters, 50)
    );
    println!("| the same, the slowest | {:.2?} |", at(&mut filters, 100));
    drop(log);
    let (verified, report) = timed(|| audit::verify(folder.path(), &key));
    println!("| verify {} records | {verified:.2?} |", report?.records);
    let tiles = folder.path().join("tiles");
    let (exported, report) = timed(|| audit::export_tiles(folder.path(), &key, &tiles));
    println!("| verify and export {} records as tiles | {exported:.2?} |", report?.records);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the one clock of this command")]
fn now() -> SystemTime {
    SystemTime::now()
}

#[derive(Clone, Copy)]
enum Until {
    Time(Duration),
    /// So many stand in the log.
    Records(u64),
}

/// Callers that each wait for their record before they write the next; how long each waited.
fn commit(log: &Log, callers: usize, until: Until) -> Result<Vec<Duration>, Failure> {
    let number = AtomicU64::new(0);
    let started = Instant::now();
    let goes_on = || match until {
        Until::Time(time) => started.elapsed() < time,
        Until::Records(records) => log.stats().records < records,
    };
    std::thread::scope(|scope| {
        let work = || -> Result<Vec<Duration>, audit::Error> {
            let mut times = Vec::new();
            while goes_on() {
                let entry = entry(number.fetch_add(1, Ordering::Relaxed));
                let (took, recorded) = timed(|| log.commit_blocking(entry, ()));
                recorded?;
                times.push(took);
            }
            Ok(times)
        };
        let threads: Vec<_> = (0..callers).map(|_| scope.spawn(work)).collect();
        let mut times = Vec::new();
        for thread in threads {
            times.extend(thread.join().map_err(|_| "a caller panicked")??);
        }
        Ok(times)
    })
}

/// As an answer of the office's mode leaves one.
fn entry(number: u64) -> Entry {
    let department = if number.is_multiple_of(RARE) { "standesamt" } else { "auslaenderamt" };
    let model = ModelUse {
        name: "recht-static-512".to_owned(),
        task: "embed".to_owned(),
        digest: "5".repeat(64),
        dtype: "int8".to_owned(),
        device: "cpu".to_owned(),
    };
    Entry {
        department: department.to_owned(),
        caller: "a".repeat(64),
        method: "amtshilfe.v1.InferenceService/Embed".to_owned(),
        outcome: "OK".to_owned(),
        models: vec![model],
        inference: "b".repeat(64),
        input_digest: vec![7; 32],
        output_digest: vec![9; 32],
        corpus_version: number,
        ..Entry::default()
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let result = work();
    (started.elapsed(), result)
}

fn at(times: &mut [Duration], hundredths: usize) -> Duration {
    times.sort_unstable();
    times.get(times.len().saturating_sub(1) * hundredths / 100).copied().unwrap_or_default()
}

fn report(who: &str, times: &[Duration], seconds: u64) {
    let mut times = times.to_vec();
    println!("| {who}: commits per second | {} |", times.len() as u64 / seconds.max(1));
    println!("| {who}: p50 | {:.2?} |", at(&mut times, 50));
    println!("| {who}: p99 | {:.2?} |", at(&mut times, 99));
}
