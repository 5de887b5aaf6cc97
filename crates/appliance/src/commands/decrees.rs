//! `decrees import`, `correct`, `watched`, and `search`.

mod correct;
mod watched;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use access::Role;
use anyhow::{Context, Result};
use api::proto::decree_service_client::DecreeServiceClient;
use api::proto::{Date, Hit, SearchRequest};
use appliance::client::import::{self, Progress, Summary};
use appliance::client::{self, sources};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Invocation, block_on};
use crate::cli::{Call, Decrees, Search};

/// Refused files that are listed; the rest is counted.
const REFUSED_SHOWN_MAX: usize = 50;
/// Characters of a passage that are shown.
const SHOWN_CHARACTERS_MAX: usize = 600;

pub(crate) fn run(context: &Invocation, command: Decrees) -> Result<ExitCode> {
    match command {
        Decrees::Import { paths, call } => import(context, &paths, &call),
        Decrees::Correct(arguments) => correct::run(context, *arguments),
        Decrees::Watched { all } => watched::run(context, all),
    }
}

fn import(context: &Invocation, paths: &[PathBuf], call: &Call) -> Result<ExitCode> {
    let found = sources::find(paths)?;
    let passed_over = found.passed_over;
    let target = context.target(call, Role::CorpusEditor)?;
    let bar = Arc::new(Bar::new()?);
    let (summary, ended) = block_on(async {
        let channel = client::connect(&target).await?;
        Ok(import::run(channel, found, bar.clone()).await)
    })?;
    bar.bar.finish_and_clear();
    report(&summary, passed_over, bar.bar.elapsed());
    ended.context(
        "abgebrochen; derselbe Befehl macht weiter / broken off; the same command goes on",
    )?;
    Ok(if summary.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

struct Bar {
    bar: ProgressBar,
}

impl Bar {
    fn new() -> Result<Bar> {
        let style = ProgressStyle::with_template(
            "{bar:30} {human_pos}/{human_len}  {per_sec}  noch/left {eta}  {msg}",
        )
        .context("failed to draw the progress")?;
        Ok(Bar { bar: ProgressBar::new(0).with_style(style) })
    }
}

impl Progress for Bar {
    fn more(&self, decrees: u64) {
        self.bar.inc_length(decrees);
    }

    fn answered(&self, summary: &Summary) {
        self.bar.set_position(summary.answered());
        if !summary.refused.is_empty() {
            self.bar.set_message(format!("abgelehnt/refused {}", summary.refused.len()));
        }
    }
}

fn report(summary: &Summary, passed_over: usize, elapsed: Duration) {
    println!("neu / added                  {:>8}", summary.added);
    println!("neue Fassung / new version   {:>8}", summary.new_versions);
    println!("unverändert / unchanged      {:>8}", summary.unchanged);
    println!("abgelehnt / refused          {:>8}", summary.refused.len());
    println!("Fundstellen / passages       {:>8}", summary.passages);
    if passed_over > 0 {
        println!("übergangen / passed over     {passed_over:>8}  (Dateiendung / file name ending)");
    }
    println!("Zeit / time                  {:>7.1}s", elapsed.as_secs_f64());
    for (name, reason) in summary.refused.iter().take(REFUSED_SHOWN_MAX) {
        println!("  {name}: {reason}");
    }
    let rest = summary.refused.len().saturating_sub(REFUSED_SHOWN_MAX);
    if rest > 0 {
        println!("  … und {rest} weitere / and {rest} more");
    }
}

pub(crate) fn search(context: &Invocation, arguments: Search) -> Result<ExitCode> {
    let as_of = arguments.as_of.as_deref().map(day).transpose()?;
    let target = context.target(&arguments.call, Role::Client)?;
    let request = SearchRequest {
        query: arguments.words.join(" "),
        limit: arguments.limit,
        as_of,
        ..SearchRequest::default()
    };
    let answer = block_on(async {
        let channel = client::connect(&target).await?;
        let answer = DecreeServiceClient::new(channel).search(request).await;
        Ok(answer.map_err(client::Error::from)?.into_inner())
    })?;
    if answer.hits.is_empty() {
        println!("Nichts gefunden. / Nothing found.");
    }
    for (number, hit) in answer.hits.iter().enumerate() {
        show(number + 1, hit);
    }
    let record = answer.provenance.map(|provenance| provenance.audit_index).unwrap_or_default();
    println!("Bestand / corpus {}  Protokoll / record {record}", answer.corpus_version);
    Ok(ExitCode::SUCCESS)
}

fn show(number: usize, hit: &Hit) {
    let Some(passage) = &hit.passage else { return };
    println!("{number}. {}  [{:.3}]", passage.citation, hit.score);
    let mut text: String = passage.text.chars().take(SHOWN_CHARACTERS_MAX).collect();
    if text.len() < passage.text.len() {
        text.push('…');
    }
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        println!("   {line}");
    }
    println!();
}

fn day(text: &str) -> Result<Date> {
    let day = decrees::Day::parse_iso(text)
        .with_context(|| format!("{text:?} ist kein Tag JJJJ-MM-TT / is no day YYYY-MM-DD"))?;
    Ok(Date {
        year: day.year(),
        month: i32::try_from(day.month())?,
        day: i32::try_from(day.day())?,
    })
}
