//! `evaluate`: the test bench of an office.

use std::process::ExitCode;

use anyhow::Result;
use appliance::evaluate::{
    self, ClassFigures, Figures, Found, Interval, Judged, Labelled, Outcome,
};

use super::measuring::{self, Measured};
use super::{Invocation, block_on};
use crate::cli::evaluate::Evaluate;

/// Unread files that are listed; the rest is counted.
const UNREAD_SHOWN_MAX: usize = 50;

pub(crate) fn run(context: &Invocation, arguments: &Evaluate) -> Result<ExitCode> {
    let layout = context.layout()?;
    let knowledge = measuring::knowledge(&layout)?;
    // Before anything is loaded: a wrong label should not cost a minute.
    let files = evaluate::labels(&arguments.folder, &knowledge)?;
    let Measured { reader, documents, by } = measuring::open(context, layout, knowledge)?;
    let bar = measuring::progress(files.len())?;
    let judged = block_on(async {
        Ok(evaluate::run(&reader, &documents, &files, &mut || bar.inc(1)).await)
    })?;
    bar.finish_and_clear();
    let figures = Figures::of(&judged);
    show(&figures, &judged, arguments.names, &files);
    if arguments.values {
        show_values(&judged);
    }
    if let Some(folder) = &arguments.report {
        let page = evaluate::html(&figures, &judged, &by, arguments.names);
        let report = evaluate::json(&figures, &judged, &by, arguments.names);
        measuring::write_report(folder, page, &report)?;
    }
    // Nothing could be read: something is wrong with the folder or the installation.
    Ok(if figures.total.papers == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn show(figures: &Figures, judged: &[Judged], names: bool, files: &[Labelled]) {
    println!(
        "{} Papiere in {} Dateien / papers in files\n",
        figures.total.papers + figures.total.unread,
        files.len()
    );
    println!(
        "{:<32} {:>5} {:>8} {:>8}  {:<22} {:>11} {:>8} {:>8} {:>9}  Schlüsselfelder/key fields",
        "Art / class",
        "n",
        "erkannt",
        "unsicher",
        "Genauigkeit/accuracy",
        "entschieden",
        "richtig",
        "in Frage",
        "Felder"
    );
    for (class, one) in &figures.classes {
        line(class, one);
    }
    line("alle / all", &figures.total);
    if let Some(score) = figures.macro_f1() {
        println!("\nMakro-F1 / macro F1: {score:.3}");
    }
    show_missed(figures);
    let confusions = figures.confusions();
    if !confusions.is_empty() {
        println!("\nVerwechslungen / confusions");
    }
    for (class, other, count) in confusions {
        println!("  {count:>5}  {class} → {other}");
    }
    let unread = judged.iter().filter_map(|one| match &one.found {
        Found::Unread(why) => Some((one, why)),
        Found::Class(_) | Found::Refused => None,
    });
    if figures.total.unread > 0 {
        println!("\nNicht gelesen / not read: {}", figures.total.unread);
    }
    for (one, why) in unread.take(UNREAD_SHOWN_MAX) {
        println!("  {}: {why}", one.file);
    }
    if names {
        println!("\nZum Nachsehen / to look at");
        for one in judged {
            let found = match &one.found {
                Found::Class(class) if *class != one.class => class.as_str(),
                Found::Refused if one.class != "unknown_other" => "unsicher / refused",
                Found::Class(_) | Found::Refused | Found::Unread(_) => continue,
            };
            println!("  {}: {} → {found}", one.file, one.class);
        }
    }
}

/// Fields that were not always read exactly, the key fields first.
fn show_missed(figures: &Figures) {
    let missed = figures.missed();
    if missed.is_empty() {
        return;
    }
    println!(
        "\n{:<50} {:>7}  {:<22} {:>7} {:>7} {:>12}",
        "Felder, * Schlüsselfelder / fields, * key fields",
        "n",
        "genau/exact",
        "fehlt",
        "falsch",
        "andere Form"
    );
    for (class, name, is_key, one) in missed {
        let mark = if is_key { "*" } else { " " };
        println!(
            "{mark} {:<48} {:>7}  {:<22} {:>7} {:>7} {:>12}",
            format!("{class}.{name}"),
            one.share().of,
            with_interval(one.share()),
            one.missing,
            one.wrong,
            one.other_form,
        );
    }
}

/// For whoever looks for the reason: on the screen and nowhere else.
fn show_values(judged: &[Judged]) {
    println!("\nErwartet → gelesen / expected → read");
    for one in judged {
        for field in one.fields.iter().filter(|field| field.outcome != Outcome::Exact) {
            let (expected, read) = (field.expected.join("; "), field.read.join("; "));
            let mark = if field.is_key { "*" } else { " " };
            println!("{mark} {}: {}: {expected} → {read}", one.file, field.name);
        }
    }
}

fn with_interval(interval: Interval) -> String {
    let (low, high) = (interval.low * 100.0, interval.high * 100.0);
    interval.share().map_or_else(
        || "–".to_owned(),
        |share| format!("{:.0} % [{low:.0}–{high:.0}]", share * 100.0),
    )
}

fn line(name: &str, one: &ClassFigures) {
    let share = |interval: Interval| {
        interval.share().map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))
    };
    let accuracy = with_interval(one.accuracy());
    let mark = if one.is_provisional() { "  vorläufig / provisional" } else { "" };
    println!(
        "{name:<32} {:>5} {:>8} {:>8}  {accuracy:<22} {:>11} {:>8} {:>8} {:>9}  {:<22}{mark}",
        one.papers,
        one.right,
        one.refused(),
        share(Interval::new(one.decided, one.papers)),
        share(one.accuracy_decided()),
        share(one.coverage()),
        share(one.fields.share()),
        with_interval(one.key_fields.share()),
    );
}
