//! Quality and latency of decree search on a set of documents and questions, without a network.
//!
//! ```text
//! retrieval CORPUS.jsonl[.gz] QUERIES.jsonl...      one decree per document
//! retrieval --laws LAWS.jsonl.gz QUERIES.jsonl...   one decree per law; latency only, of ten hits
//! ```
//!
//! `--data DIR` keeps the corpus for the next run; `--passage N` sets the longest passage;
//! `--embedder DIR` searches with the model in that folder instead of the one in the binary, and
//! `--glossary FILE` with that glossary. `--answers FILE` also asks for answers: to the queries, and
//! to the file's questions, one a line, which no document answers; `--evidence FILE` writes what
//! stood behind each answer. `--typos` damages the longest word of each query by one slip;
//! `--added` imports twenty more decrees one by one and says when each is found.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a command that prints its measurements")]

mod added;
mod answers;

use decrees::{
    Config, Content, Corpus, Glossary, Kind, Metadata, SearchAnswer, SearchRequest, Source,
    Strategy,
};
use flate2::read::MultiGzDecoder;
use inference::{Engine, EngineConfig, Lane, Model, Task};
use inference_candle::ModelSource;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

type Failure = Box<dyn Error + Send + Sync>;

/// Documents that share one wait for the disk.
const BATCH: usize = 256;

struct Arguments {
    corpus: PathBuf,
    laws: bool,
    data: Option<PathBuf>,
    passage: Option<usize>,
    embedder: Option<PathBuf>,
    glossary: Option<PathBuf>,
    answers: Option<PathBuf>,
    evidence: Option<PathBuf>,
    typos: bool,
    added: bool,
    queries: Vec<PathBuf>,
}

struct Query {
    text: String,
    relevant: Vec<String>,
    style: String,
}

fn main() -> Result<(), Failure> {
    let arguments = arguments()?;
    let folder = tempfile::tempdir()?;
    let data = arguments.data.clone().unwrap_or_else(|| folder.path().to_owned());
    let mut config = Config::new(data.join("decrees"), data.join("index"));
    if let Some(characters) = arguments.passage {
        config.passage_characters_max = characters;
    }
    if let Some(path) = &arguments.glossary {
        config.glossary = Glossary::from_tsv(&fs_err::read_to_string(path)?);
    }
    let models = models(arguments.embedder.as_deref())?;
    let engine = Engine::start(EngineConfig::default(), models)?;
    let started = Instant::now();
    let corpus = Corpus::open(config, engine, Arc::new(now))?;
    println!("opened in {:.2} s: {:?}", started.elapsed().as_secs_f64(), corpus.stats());
    if corpus.stats().versions == 0 {
        import(&corpus, &arguments)?;
    }
    // A corpus that another model embedded is embedded anew.
    wait_for_vectors(&corpus);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    if arguments.added {
        runtime.block_on(added::measure(&corpus))?;
    }
    // Several hits may be of one decree; quality is that of the ten best decrees.
    let hits = if arguments.laws { 10 } else { 50 };
    for path in &arguments.queries {
        let mut queries = queries(path)?;
        if arguments.typos {
            queries.iter_mut().for_each(|query| query.text = with_slip(&query.text));
        }
        for strategy in [Strategy::Lexical, Strategy::Dense, Strategy::Hybrid] {
            runtime.block_on(evaluate(&corpus, path, &queries, strategy, hits))?;
        }
        if let Some(unanswerable) = &arguments.answers {
            let evidence = arguments.evidence.as_deref();
            let answers = answers::evaluate(&corpus, path, &queries, unanswerable, evidence);
            runtime.block_on(answers)?;
        }
    }
    Ok(())
}

fn wait_for_vectors(corpus: &Corpus) {
    while corpus.stats().passages_awaiting_embedding > 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The binary's models, with another embedder in place of theirs where one is named.
fn models(embedder: Option<&Path>) -> Result<Vec<Model>, Failure> {
    let mut models = inference_candle::load_shipped()?;
    if let Some(folder) = embedder {
        models.retain(|model| model.info.task != Task::Embed);
        models.push(inference_candle::load(&ModelSource::Folder(folder.to_owned()))?);
    }
    Ok(models)
}

#[expect(clippy::disallowed_methods, reason = "the one clock of this command")]
fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

fn arguments() -> Result<Arguments, Failure> {
    let mut rest = std::env::args().skip(1);
    let mut files: Vec<PathBuf> = Vec::new();
    let (mut laws, mut typos, mut added) = (false, false, false);
    let (mut data, mut passage) = (None, None);
    let (mut embedder, mut glossary, mut answers, mut evidence) = (None, None, None, None);
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--laws" => laws = true,
            "--typos" => typos = true,
            "--added" => added = true,
            "--data" => data = rest.next().map(PathBuf::from),
            "--embedder" => embedder = rest.next().map(PathBuf::from),
            "--glossary" => glossary = rest.next().map(PathBuf::from),
            "--answers" => answers = rest.next().map(PathBuf::from),
            "--evidence" => evidence = rest.next().map(PathBuf::from),
            "--passage" => passage = rest.next().map(|value| value.parse()).transpose()?,
            _ => files.push(argument.into()),
        }
    }
    if files.is_empty() {
        return Err("name a corpus".into());
    }
    let corpus = files.remove(0);
    let queries = files;
    Ok(Arguments {
        corpus,
        laws,
        data,
        passage,
        embedder,
        glossary,
        answers,
        evidence,
        typos,
        added,
        queries,
    })
}

fn import(corpus: &Corpus, arguments: &Arguments) -> Result<(), Failure> {
    let started = Instant::now();
    let importer = corpus.importer();
    let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
    let mut batch = Vec::new();
    let mut take = |batch: &mut Vec<Source>| -> Result<(), Failure> {
        for answer in importer.add_all(std::mem::take(batch))? {
            let outcome =
                answer.map_or_else(|refused| refused.english, |i| format!("{:?}", i.outcome));
            *outcomes.entry(outcome).or_default() += 1;
        }
        Ok(())
    };
    for source in sources(arguments)? {
        batch.push(source?);
        if batch.len() == BATCH {
            take(&mut batch)?;
        }
    }
    take(&mut batch)?;
    let acknowledged = started.elapsed();
    importer.finish()?;
    let visible = started.elapsed();
    wait_for_vectors(corpus);
    println!(
        "imported {outcomes:?}: acknowledged after {:.1} s, searchable after {:.1} s, vectors after {:.1} s; {:?}; peak {} MB",
        acknowledged.as_secs_f64(),
        visible.as_secs_f64(),
        started.elapsed().as_secs_f64(),
        corpus.stats(),
        peak_megabytes(),
    );
    Ok(())
}

type Sources = Box<dyn Iterator<Item = Result<Source, Failure>>>;

fn sources(arguments: &Arguments) -> Result<Sources, Failure> {
    if arguments.laws {
        let laws = decrees::laws::open(&arguments.corpus)?;
        return Ok(Box::new(laws.map(|law| {
            let law = law?;
            let content = Content::Text(law.text);
            Ok(Source { filename: law.filename, content, metadata: law.metadata })
        })));
    }
    Ok(Box::new(lines(&arguments.corpus)?.map(|line| {
        let document: serde_json::Value = serde_json::from_str(&line?)?;
        let field = |name: &str| document.get(name).and_then(serde_json::Value::as_str);
        let id = field("id").ok_or("a document without an id")?;
        let parts = [field("title"), field("heading"), field("text")];
        let parts: Vec<&str> =
            parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        let title = field("title").filter(|title| !title.is_empty()).unwrap_or(id);
        Ok(Source {
            filename: format!("{id}.txt"),
            content: Content::Text(parts.join("\n")),
            metadata: Metadata {
                decree_id: id.to_owned(),
                title: title.to_owned(),
                kind: Kind::Law.as_str().to_owned(),
                ..Metadata::default()
            },
        })
    })))
}

fn lines(path: &Path) -> Result<impl Iterator<Item = std::io::Result<String>> + use<>, Failure> {
    let file = fs_err::File::open(path)?;
    let reader: Box<dyn Read> = if path.extension().is_some_and(|end| end == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    Ok(BufReader::new(reader).lines())
}

fn queries(path: &Path) -> Result<Vec<Query>, Failure> {
    let mut queries = Vec::new();
    for line in lines(path)? {
        let line: serde_json::Value = serde_json::from_str(&line?)?;
        let text = |name: &str| line.get(name).and_then(serde_json::Value::as_str).unwrap_or("");
        let relevant = line.get("relevant_ids").and_then(serde_json::Value::as_array);
        let relevant = relevant.into_iter().flatten().filter_map(|id| id.as_str());
        let relevant: Vec<String> = relevant.map(str::to_owned).collect();
        if !relevant.is_empty() {
            let (query, style) = (text("query").to_owned(), text("style").to_owned());
            queries.push(Query { text: query, relevant, style });
        }
    }
    Ok(queries)
}

/// A query with one slip inside its longest word: a letter left out, doubled, exchanged or swapped with the
/// next, which of them by the query itself.
fn with_slip(text: &str) -> String {
    let letters = |word: &&str| word.chars().filter(|letter| letter.is_alphabetic()).count();
    let Some(word) = text.split_whitespace().max_by_key(letters) else { return text.to_owned() };
    let letters: Vec<char> = word.chars().collect();
    let chance = text.bytes().fold(7_usize, |sum, byte| (sum * 31 + usize::from(byte)) % 1_000_003);
    let place = 1 + chance / 4 % letters.len().saturating_sub(3).max(1);
    let (Some((before, [here, next, after @ ..])), true) =
        (letters.split_at_checked(place), letters.len() > 4)
    else {
        return text.to_owned();
    };
    let slip = match chance % 4 {
        0 => vec![*next],
        1 => vec![*here, *here, *next],
        2 => vec![if *here == 'e' { 'r' } else { 'e' }, *next],
        _ => vec![*next, *here],
    };
    let damaged: String = before.iter().chain(&slip).chain(after).collect();
    text.replacen(word, &damaged, 1)
}

/// A figure over many queries.
#[derive(Clone, Copy, Default)]
struct Measure {
    sum: f64,
    squares: f64,
    count: f64,
}

impl Measure {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.squares += value * value;
        self.count += 1.0;
    }

    fn mean(self) -> f64 {
        self.sum / self.count.max(1.0)
    }

    fn standard_error(self) -> f64 {
        let variance = self.squares / self.count.max(1.0) - self.mean().powi(2);
        (variance.max(0.0) / (self.count - 1.0).max(1.0)).sqrt()
    }
}

async fn evaluate(
    corpus: &Corpus,
    path: &Path,
    queries: &[Query],
    strategy: Strategy,
    hits: usize,
) -> Result<(), Failure> {
    let (mut recall, mut reciprocal, mut gain) =
        (Measure::default(), Measure::default(), Measure::default());
    let mut styles: BTreeMap<&str, (Measure, Measure)> = BTreeMap::new();
    let mut times = Vec::new();
    for query in queries {
        let started = Instant::now();
        let answer =
            corpus.search(SearchRequest { limit: hits, ..request(&query.text, strategy) }).await?;
        times.push(started.elapsed());
        let found = found(&answer, query);
        let most = query.relevant.len().min(10);
        let count = f64::from(u32::try_from(found.iter().filter(|hit| **hit).count())?);
        let discount = |rank: u32| 1.0 / f64::from(rank + 2).log2();
        let ranks = || (0_u32..).zip(&found).filter(|(_, hit)| **hit).map(|(rank, _)| rank);
        let ideal: f64 = (0..u32::try_from(most)?).map(discount).sum();
        let (here, gained) =
            (count / f64::from(u32::try_from(most)?), ranks().map(discount).sum::<f64>() / ideal);
        recall.add(here);
        reciprocal.add(ranks().next().map_or(0.0, |rank| 1.0 / f64::from(rank + 1)));
        gain.add(gained);
        let style = styles.entry(&query.style).or_default();
        style.0.add(here);
        style.1.add(gained);
    }
    times.sort_unstable();
    let percentile = |hundredth: usize| {
        let time = times.get((times.len() * hundredth / 100).min(times.len().saturating_sub(1)));
        time.map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    };
    let styles: Vec<String> = styles
        .iter()
        .filter(|(style, _)| !style.is_empty())
        .map(|(style, (recall, gain))| format!("{style} {:.3}/{:.3}", recall.mean(), gain.mean()))
        .collect();
    println!(
        "{} {strategy:?}: n {} R@10 {:.3} (se {:.3}) MRR {:.3} nDCG {:.3} (se {:.3}) p50 {:.1} ms p99 {:.1} ms {}",
        path.file_name().unwrap_or_default().display(),
        queries.len(),
        recall.mean(),
        recall.standard_error(),
        reciprocal.mean(),
        gain.mean(),
        gain.standard_error(),
        percentile(50),
        percentile(99),
        styles.join(" "),
    );
    Ok(())
}

/// Which of the ten best decrees answer the query.
fn found(answer: &SearchAnswer, query: &Query) -> Vec<bool> {
    let mut ranked: Vec<&str> = Vec::new();
    for hit in &answer.hits {
        let id = hit.passage.decree_id.as_str();
        if !ranked.contains(&id) && ranked.len() < 10 {
            ranked.push(id);
        }
    }
    ranked.iter().map(|id| query.relevant.iter().any(|relevant| relevant == id)).collect()
}

fn request(query: &str, strategy: Strategy) -> SearchRequest {
    SearchRequest {
        query: query.to_owned(),
        limit: 50,
        as_of: None,
        kinds: Vec::new(),
        issuers: Vec::new(),
        references: Vec::new(),
        strategy,
        include_not_in_force: false,
        lane: Lane::interactive("bench"),
        deadline: None,
    }
}

/// The most memory that this process has held.
fn peak_megabytes() -> u64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1_024
}
