//! Serves measurements of an encoder, so that a script can interleave it with other software:
//!
//! ```text
//! cargo run --release -p inference-candle --example encoder -- FOLDER CELLS COMPUTE THREADS
//! ```
//!
//! FOLDER holds a model as Hugging Face lays it out, CELLS is a JSON-lines file of token ids,
//! `{"cell": "32x64", "sequences": [[101, ...], ...]}`, COMPUTE is auto, f32, bf16 or int8. Each
//! line on standard input asks for a cell and is answered with a line:
//!
//! ```text
//! {"cell": "32x64", "repeat": 5}  ->  {"cell": "32x64", "tokens": 2048, "seconds": [0.13, ...],
//!                                      "cpu_seconds": 0.65}
//! {"cell": "32x64"}               ->  {"cell": "32x64", "vectors": [[0.01, ...], ...]}
//! ```
#![expect(clippy::print_stdout, reason = "a command that prints its measurement")]

use inference::manifest::{self, Manifest};
use inference::{Batch, Model, Sequence};
use inference_candle::{ModelSource, Processor, load_on};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::time::Instant;

#[derive(Deserialize)]
struct Cell {
    cell: String,
    sequences: Vec<Vec<u32>>,
}

#[derive(Deserialize)]
struct Ask {
    cell: String,
    repeat: Option<usize>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, cells, compute, threads] = arguments.as_slice() else {
        return Err("usage: encoder FOLDER CELLS COMPUTE THREADS".into());
    };
    let mut model = open(Path::new(folder), compute, &Processor::new(threads.parse()?))?;
    let mut sequences: BTreeMap<String, Vec<Sequence>> = BTreeMap::new();
    for line in fs_err::read_to_string(cells)?.lines() {
        let Cell { cell, sequences: ids } = serde_json::from_str(line)?;
        let of = |ids| Sequence { ids, segments: vec![], values: vec![] };
        sequences.insert(cell, ids.into_iter().map(of).collect());
    }
    println!("{}", json!({ "dtype": model.info.dtype, "cells": sequences.len() }));
    for line in std::io::stdin().lock().lines() {
        let ask: Ask = serde_json::from_str(&line?)?;
        let sequences = sequences.get(&ask.cell).ok_or("no such cell")?;
        println!("{}", answer(&mut model, &ask, sequences)?);
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn open(folder: &Path, compute: &str, processor: &Processor) -> Result<Model, Box<dyn Error>> {
    let config: serde_json::Value =
        serde_json::from_str(&fs_err::read_to_string(folder.join("config.json"))?)?;
    let links = tempfile::tempdir()?;
    let files = ["config.json", "model.safetensors", "tokenizer.json"];
    for file in files {
        std::os::unix::fs::symlink(folder.canonicalize()?.join(file), links.path().join(file))?;
    }
    let manifest: Manifest = serde_json::from_value(json!({
        "name": "measured",
        "task": "embed",
        "architecture": config.get("model_type"),
        "licence": "",
        "dtype": "float32",
        "tokens_max": 256,
        "dimensions": config.get("hidden_size"),
        "compute": compute,
        "files": files.map(|file| (file, "")).into_iter().collect::<BTreeMap<_, _>>(),
    }))?;
    manifest::write(links.path(), manifest)?;
    Ok(load_on(&ModelSource::Folder(links.path().to_owned()), processor)?)
}

fn answer(
    model: &mut Model,
    ask: &Ask,
    sequences: &[Sequence],
) -> Result<serde_json::Value, Box<dyn Error>> {
    let references: Vec<&Sequence> = sequences.iter().collect();
    let batch = Batch { sequences: &references };
    let Some(repeat) = ask.repeat else {
        let vectors = model.backend.forward(&batch)?;
        return Ok(json!({ "cell": ask.cell, "vectors": vectors }));
    };
    let mut seconds = Vec::with_capacity(repeat);
    let cpu_started = cpu_time()?;
    for _ in 0..repeat {
        let started = Instant::now();
        model.backend.forward(&batch)?;
        seconds.push(started.elapsed().as_secs_f64());
    }
    let cpu_seconds = cpu_time()? - cpu_started;
    let tokens: usize = sequences.iter().map(|sequence| sequence.ids.len()).sum();
    Ok(json!({
        "cell": ask.cell,
        "tokens": tokens,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
    }))
}

/// What all threads of this process have had of the processors, in seconds: on a machine that
/// others use too, a steadier measure than the clock. The system counts it in milliseconds, so it
/// is taken over all repetitions.
fn cpu_time() -> Result<f64, Box<dyn Error>> {
    let mut nanoseconds = 0_u64;
    for task in fs_err::read_dir("/proc/self/task")? {
        let text = fs_err::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += text.split_whitespace().next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(std::time::Duration::from_nanos(nanoseconds).as_secs_f64())
}
