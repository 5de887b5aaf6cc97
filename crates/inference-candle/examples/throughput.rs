//! Measures the shipped models, or a model folder, on a file of texts, one a line:
//!
//! ```text
//! cargo run --release -p inference-candle --example throughput -- TEXTS [MODEL_FOLDER]
//! ```
//!
//! It prints texts and tokens per second of one large request with one tokenizer thread and with
//! all, and the median and worst time of 1,000 single questions through the whole engine.
#![expect(clippy::print_stdout, reason = "a command that prints its measurement")]

use inference::{Engine, EngineConfig, Lane, Request, Task};
use inference_candle::{ModelSource, load, load_shipped};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

const QUESTIONS: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let texts = arguments.next().ok_or("usage: throughput TEXTS [MODEL_FOLDER]")?;
    let folder = arguments.next().map(PathBuf::from);
    let texts: Vec<String> =
        fs_err::read_to_string(Path::new(&texts))?.lines().map(str::to_owned).collect();
    for tokenizer_threads in [1, EngineConfig::default().tokenizer_threads] {
        let config = EngineConfig { tokenizer_threads, ..EngineConfig::default() };
        let models = match &folder {
            Some(folder) => vec![load(&ModelSource::Folder(folder.clone()))?],
            None => load_shipped()?,
        };
        let engine = Engine::start(config, models)?;
        for model in engine.models() {
            println!("{} on {}, {tokenizer_threads} tokenizer threads", model.name, model.device);
            measure(&engine, &model.name, model.task, &texts)?;
        }
    }
    Ok(())
}

fn measure(
    engine: &Engine,
    name: &str,
    task: Task,
    texts: &[String],
) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ask = |texts: Vec<String>| {
        let mut request = Request::passages(texts, Lane::bulk("measurement"));
        request.model = Some(name.to_owned());
        runtime.block_on(async {
            match task {
                Task::Embed => engine.embed(request).await,
                Task::Classify => engine.classify(request).await,
                Task::Rerank => {
                    let answer = engine.rerank("Welche Frist gilt?".to_owned(), request).await?;
                    Ok(answer.map(|scores| scores.into_iter().map(|score| vec![score]).collect()))
                }
            }
        })
    };
    let started = Instant::now();
    let (mut tokens, mut computing) = (0_u64, 0.0);
    for part in texts.chunks(1_000) {
        let answer = ask(part.to_vec())?;
        tokens += answer.tokens.iter().map(|tokens| u64::from(*tokens)).sum::<u64>();
        computing += answer.compute_time.as_secs_f64();
    }
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "rates for people")]
    let (texts, tokens) = (texts.len() as f64 / seconds, tokens as f64 / seconds);
    println!(
        "  {texts:.0} texts/s, {tokens:.0} tokens/s, device busy {computing:.2} of {seconds:.2} s"
    );

    let question = "Welche Unterlagen braucht man für die Niederlassungserlaubnis?";
    let mut times = Vec::with_capacity(QUESTIONS);
    for _ in 0..QUESTIONS {
        let started = Instant::now();
        ask(vec![question.to_owned()])?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    println!("  one question: median {:?}, worst {:?}", times.get(QUESTIONS / 2), times.last());
    Ok(())
}
