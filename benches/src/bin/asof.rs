//! The law as it stood on a day: imports section histories as versions and asks for them by date.
//!
//! ```text
//! asof HISTORY.jsonl[.gz] TESTS.jsonl
//! ```
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a command that prints its measurements")]

use decrees::{
    Config, Content, Corpus, Day, DecreeId, Kind, Metadata, SearchRequest, Source, Strategy, Which,
};
use flate2::read::MultiGzDecoder;
use inference::{Engine, EngineConfig, Lane};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

type Failure = Box<dyn Error + Send + Sync>;

/// Versions that share one wait for the disk.
const BATCH: usize = 256;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(history), Some(tests)) = (arguments.next(), arguments.next()) else {
        return Err("name a history and its tests".into());
    };
    let tests = rows(Path::new(&tests))?;
    let wanted: HashSet<String> = tests.iter().map(key).collect();
    let mut versions = rows(Path::new(&history))?;
    versions.retain(|row| wanted.contains(&key(row)));
    let folder = tempfile::tempdir()?;
    let config = Config::new(folder.path().join("decrees"), folder.path().join("index"));
    let engine = Engine::start(EngineConfig::default(), inference_candle::load_shipped()?)?;
    let corpus = Corpus::open(config, engine, Arc::new(now))?;
    import(&corpus, &versions)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let by_start: HashMap<(String, &str), &Value> =
        versions.iter().map(|row| ((key(row), field(row, "observed_from")), row)).collect();
    let (mut right, mut found, mut leaked, mut undated) = (0_u32, 0_u32, 0_u32, 0_u32);
    for test in &tests {
        let expected = by_start
            .get(&(key(test), field(test, "version_observed_from")))
            .ok_or("a test without its version")?;
        let day = Day::parse_iso(field(test, "as_of")).ok_or("a test without a day")?;
        let id = DecreeId::new(key(test));
        let text = corpus.decree(&id, &Which::AsOf(day), 0, 0).map(|decree| decree.text);
        right += u32::from(text.is_ok_and(|text| text == field(expected, "text")));
        let query: Vec<&str> = field(expected, "text").split_whitespace().take(40).collect();
        let answer = runtime.block_on(corpus.search(request(&query.join(" "), day)))?;
        for hit in &answer.hits {
            let passage = &hit.passage;
            undated += u32::from(passage.valid_from.is_none());
            let holds = passage.valid_from.is_none_or(|from| from <= day)
                && passage.valid_to.is_none_or(|to| day <= to);
            leaked += u32::from(!holds);
        }
        found += u32::from(answer.hits.iter().any(|hit| hit.passage.decree_id == id));
    }
    let share = |count: u32| f64::from(count) / f64::from(u32::try_from(tests.len()).unwrap_or(1));
    println!(
        "{} tests over {} versions: right version {:.4}, found {:.4}, not in force {leaked}, without a date {undated}",
        tests.len(),
        versions.len(),
        share(right),
        share(found),
    );
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the one clock of this command")]
fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

fn import(corpus: &Corpus, versions: &[Value]) -> Result<(), Failure> {
    let importer = corpus.importer();
    for batch in versions.chunks(BATCH) {
        for answer in importer.add_all(batch.iter().map(source).collect())? {
            answer?;
        }
    }
    importer.finish()?;
    while corpus.stats().passages_awaiting_embedding > 0 {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Ok(())
}

fn source(row: &Value) -> Source {
    Source {
        filename: key(row),
        content: Content::Text(field(row, "text").to_owned()),
        metadata: Metadata {
            decree_id: key(row),
            title: format!("{} {}", key(row), field(row, "heading")),
            kind: Kind::Law.as_str().to_owned(),
            valid_from: Day::parse_iso(field(row, "observed_from")),
            // The last day in force.
            valid_to: Day::parse_iso(field(row, "observed_to")).map(Day::before),
            ..Metadata::default()
        },
    }
}

fn request(query: &str, day: Day) -> SearchRequest {
    SearchRequest {
        query: query.to_owned(),
        limit: 10,
        as_of: Some(day),
        kinds: Vec::new(),
        issuers: Vec::new(),
        references: Vec::new(),
        strategy: Strategy::Hybrid,
        include_not_in_force: false,
        lane: Lane::interactive("bench"),
        deadline: None,
    }
}

fn key(row: &Value) -> String {
    format!("{} {}", field(row, "law"), field(row, "section_id"))
}

fn field<'a>(row: &'a Value, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or("")
}

fn rows(path: &Path) -> Result<Vec<Value>, Failure> {
    let file = fs_err::File::open(path)?;
    let reader: Box<dyn Read> = if path.extension().is_some_and(|end| end == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    BufReader::new(reader).lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}
