//! `decrees correct`: an editor says what the paper did not, or what was read wrongly.

use std::process::ExitCode;

use access::Role;
use anyhow::{Result, bail};
use api::proto::decree_service_client::DecreeServiceClient;
use api::proto::{CorrectDecreeRequest, Date, DecreeMetadata};
use appliance::client;

use super::super::{Invocation, block_on};
use super::day;
use crate::cli::Correct;

pub(super) fn run(context: &Invocation, arguments: Correct) -> Result<ExitCode> {
    let target = context.target(&arguments.call, Role::CorpusEditor)?;
    let request = request(arguments)?;
    let answer = block_on(async {
        let channel = client::connect(&target).await?;
        let answer = DecreeServiceClient::new(channel).correct_decree(request).await;
        Ok(answer.map_err(client::Error::from)?.into_inner())
    })?;
    let decree = answer.decree.unwrap_or_default();
    println!("{}  {}", decree.decree_id, decree.version_id);
    println!("{}", decree.title);
    println!("berichtigt / corrected: {}", answer.fields.join(", "));
    Ok(ExitCode::SUCCESS)
}

/// Only what is named, with a field for each.
fn request(arguments: Correct) -> Result<CorrectDecreeRequest> {
    let mut fields = Vec::new();
    let mut named = |field: &str, value: Option<String>| {
        if value.is_some() {
            fields.push(field.to_owned());
        }
        value.unwrap_or_default()
    };
    let mut values = DecreeMetadata {
        title: named("title", arguments.title),
        kind: named("kind", arguments.kind),
        issuer: named("issuer", arguments.issuer),
        file_number: named("file_number", arguments.file_number),
        issued_on: date(&named("issued_on", arguments.issued_on))?,
        valid_from: date(&named("valid_from", arguments.valid_from))?,
        valid_to: date(&named("valid_to", arguments.valid_to))?,
        ..DecreeMetadata::default()
    };
    if let Some(replaces) = arguments.replaces {
        fields.push("replaces".to_owned());
        values.replaces = replaces.into_iter().filter(|id| !id.is_empty()).collect();
    }
    if fields.is_empty() {
        bail!(
            "keine Angabe genannt, die sich ändern soll / name what shall change: amtshilfe decrees correct --help"
        );
    }
    Ok(CorrectDecreeRequest {
        decree_id: arguments.decree_id,
        version_id: arguments.version_id.unwrap_or_default(),
        fields,
        values: Some(values),
    })
}

fn date(text: &str) -> Result<Option<Date>> {
    if text.is_empty() { Ok(None) } else { day(text).map(Some) }
}
