//! `classify` and `check`.

use std::process::ExitCode;

use access::Role;
use anyhow::{Result, bail};
use api::proto::checklist_item::State;
use api::proto::hint::Severity;
use api::proto::{ClassifiedDocument, FileError, Hint};
use appliance::client;
use appliance::client::application::{self, Application, Footing, Sender};

use super::{Invocation, block_on};
use crate::cli::{Check, Classify, ModeName};

pub(crate) fn classify(context: &Invocation, arguments: &Classify) -> Result<ExitCode> {
    let target = context.target(&arguments.call, Role::Client)?;
    let answer = block_on(async {
        let sender = Sender::new(client::connect(&target).await?).await?;
        Ok(application::classify(&sender, footing(arguments.mode), &arguments.files).await?)
    })?;
    for document in &answer.documents {
        show_document(document);
    }
    show_errors(&answer.file_errors);
    show_record(answer.provenance.as_ref());
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn check(context: &Invocation, arguments: Check) -> Result<ExitCode> {
    let target = context.target(&arguments.call, Role::Client)?;
    let mode = footing(arguments.mode);
    let application = described(arguments)?;
    let answer = block_on(async {
        let sender = Sender::new(client::connect(&target).await?).await?;
        Ok(application::check(&sender, mode, application).await?)
    })?;
    let proposed = if answer.application_type_proposed { "  (Vorschlag / proposed)" } else { "" };
    println!("Antrag / application   {}{proposed}", answer.application_type);
    println!("Fall / case            {}", answer.case_id);
    println!("\nPapiere / papers");
    for document in answer.documents.iter().filter_map(|fields| fields.document.as_ref()) {
        show_document(document);
    }
    show_errors(&answer.file_errors);
    println!("\nCheckliste / checklist");
    for item in &answer.checklist {
        println!("  {:<40} {}", state(item.state()), item.title);
    }
    println!("\nHinweise / hints");
    if answer.hints.is_empty() {
        println!("  keine / none");
    }
    for hint in &answer.hints {
        show_hint(hint);
    }
    show_record(answer.provenance.as_ref());
    Ok(ExitCode::SUCCESS)
}

/// The application as the arguments describe it: a folder with `case.json`, or papers. What is
/// named on the command line goes over the folder.
fn described(arguments: Check) -> Result<Application> {
    let mut application = match arguments.files.as_slice() {
        [folder] if folder.is_dir() => Application::from_folder(folder)?,
        files if files.iter().any(|file| file.is_dir()) => {
            bail!("entweder ein Ordner oder Dateien / either one folder or files")
        }
        files => Application { files: files.to_vec(), ..Application::default() },
    };
    if let Some(application_type) = arguments.application_type {
        application.application_type = application_type;
    }
    if let Some(case_id) = arguments.case_id {
        application.case_id = case_id;
    }
    if let Some(language) = arguments.language {
        application.language = language;
    }
    application.form.extend(arguments.form);
    application.facts.extend(arguments.fact);
    Ok(application)
}

fn footing(mode: ModeName) -> Footing {
    match mode {
        ModeName::Office => Footing::Office,
        ModeName::Applicant => Footing::Applicant,
    }
}

fn show_document(document: &ClassifiedDocument) {
    let pages = if document.first_page == document.last_page {
        format!("S. {}", document.first_page)
    } else {
        format!("S. {}–{}", document.first_page, document.last_page)
    };
    let sure = if document.abstained { "unsicher / unsure" } else { "" };
    println!(
        "  {:<36} {pages:<9} {:<36} {:>4.0} %  {sure}",
        document.filename,
        document.document_class,
        document.probability * 100.0
    );
    if document.prediction_set.len() > 1 {
        let others: Vec<String> = document
            .prediction_set
            .iter()
            .map(|score| format!("{} {:.0} %", score.document_class, score.probability * 100.0))
            .collect();
        println!("      in Frage / possible: {}", others.join(", "));
    }
    if let Some(place) = document.evidence.first() {
        let quote: Vec<&str> = place.quote.split_whitespace().collect();
        println!("      Beleg / evidence: S. {} „{}“", place.page, quote.join(" "));
    }
}

fn show_errors(errors: &[FileError]) {
    for error in errors {
        println!("  {:<36} {}: {}", error.filename, error.reason, error.message);
    }
}

fn show_hint(hint: &Hint) {
    println!("  [{}] {}: {}", hint.rule, severity(hint.severity()), hint.text);
    for place in &hint.places {
        println!("      {} S. {} „{}“", place.filename, place.page, place.quote);
    }
}

fn show_record(provenance: Option<&api::proto::Provenance>) {
    let Some(provenance) = provenance else { return };
    println!(
        "\nProtokoll / record {}  Vorgang / inference {}",
        provenance.audit_index, provenance.inference_id
    );
}

fn state(state: State) -> &'static str {
    match state {
        State::Present => "liegt vor / present",
        State::ProbablyMissing => "fehlt vermutlich / probably missing",
        State::Unreadable => "nicht lesbar / unreadable",
        State::Expired => "abgelaufen / expired",
        State::NotNeeded => "nicht nötig / not needed",
        State::Undecided | State::Unspecified => "offen / undecided",
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Quality => "Qualität / quality",
        Severity::Info => "Hinweis / info",
        Severity::Check => "bitte prüfen / check",
        Severity::LikelyProblem => "wohl ein Problem / likely a problem",
        Severity::Unspecified => "",
    }
}
