//! `fairness`: the test on pairs.

use std::process::ExitCode;

use anyhow::{Context, Result};
use appliance::fairness::{self, Difference, Verdict};
use appliance::own_classes::Store;
use appliance::serve::open_documents;
use documents::Knowledge;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Invocation, block_on};
use crate::cli::fairness::Fairness;

pub(crate) fn run(context: &Invocation, arguments: &Fairness) -> Result<ExitCode> {
    let pairs = fairness::pairs(&arguments.folder)?;
    let layout = context.layout()?;
    let knowledge = Knowledge::with_own(&Store::new(&layout).live()?)?;
    let settings = context.settings(context.config(&layout)?, layout)?;
    let (reader, documents) = open_documents(&settings)?;
    let documents = documents.with_knowledge(knowledge);
    let by = vec![
        format!("amtshilfe {}", env!("CARGO_PKG_VERSION")),
        format!("rules {}", documents.knowledge().digest()),
        reader.recognised_by(),
    ];
    let style = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len}  noch/left {eta}");
    let count = u64::try_from(pairs.len()).unwrap_or(u64::MAX);
    let bar = ProgressBar::new(count).with_style(style.context("failed to draw the progress")?);
    let compared = block_on(async {
        Ok(fairness::run(&reader, &documents, &pairs, &mut || bar.inc(1)).await?)
    })?;
    bar.finish_and_clear();
    let differences = fairness::differences(&compared, arguments.limit);
    show(&differences, arguments.limit);
    if let Some(folder) = &arguments.report {
        fs_err::create_dir_all(folder)?;
        let page = fairness::html(&differences, arguments.limit, &by);
        fs_err::write(folder.join("report.html"), page)?;
        let report = fairness::json(&differences, arguments.limit, &by);
        let text = serde_json::to_string_pretty(&report).context("failed to write the report")?;
        fs_err::write(folder.join("report.json"), text + "\n")?;
        println!("\nBericht / report: {}", folder.join("report.html").display());
    }
    let exceeded = fairness::is_exceeded(&differences);
    Ok(if exceeded { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What was counted over all, and each rule that the two sides woke differently.
fn show(differences: &[Difference], limit: f64) {
    println!("Grenze / limit: {:.1} %\n", limit * 100.0);
    println!(
        "{:<16} {:<8} {:>6} {:>6} {:>6}  {:<28} Urteil / verdict",
        "Merkmal", "gezählt", "n", "a", "b", "Differenz / difference"
    );
    let is_rule = |one: &&Difference| one.measure.starts_with("PL");
    for one in differences.iter().filter(|one| !is_rule(one) || one.alone != [0, 0]) {
        let interval = format!(
            "{:+.1} % [{:+.1}; {:+.1}]",
            one.difference * 100.0,
            one.low * 100.0,
            one.high * 100.0
        );
        let verdict = match one.verdict {
            Verdict::Within => "innerhalb / within",
            Verdict::Open => "offen / open",
            Verdict::Exceeded => "überschritten / exceeded",
        };
        println!(
            "{:<16} {:<8} {:>6} {:>6} {:>6}  {interval:<28} {verdict}",
            one.attribute, one.measure, one.pairs, one.sides[0], one.sides[1]
        );
    }
}
