//! `fairness`: the test on pairs.

use std::process::ExitCode;

use anyhow::Result;
use appliance::fairness::{self, Difference, Verdict};

use super::measuring::{self, Measured};
use super::{Invocation, block_on};
use crate::cli::fairness::Fairness;

pub(crate) fn run(context: &Invocation, arguments: &Fairness) -> Result<ExitCode> {
    let pairs = fairness::pairs(&arguments.folder)?;
    let layout = context.layout()?;
    let knowledge = measuring::knowledge(&layout)?;
    let Measured { reader, documents, by } = measuring::open(context, layout, knowledge)?;
    let bar = measuring::progress(pairs.len())?;
    let compared = block_on(async {
        Ok(fairness::run(&reader, &documents, &pairs, &mut || bar.inc(1)).await?)
    })?;
    bar.finish_and_clear();
    let differences = fairness::differences(&compared, arguments.limit);
    show(&differences, arguments.limit);
    if let Some(folder) = &arguments.report {
        let page = fairness::html(&differences, arguments.limit, &by);
        let report = fairness::json(&differences, arguments.limit, &by);
        measuring::write_report(folder, page, &report)?;
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
