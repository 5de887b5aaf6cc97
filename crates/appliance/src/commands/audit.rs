//! `audit`: verify offline, take a checkpoint, export.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use access::Role;
use anyhow::{Context, Result};
use api::proto::audit_service_client::AuditServiceClient;
use api::proto::{AuditRecord, GetCheckpointRequest, ListRecordsRequest};
use appliance::client;
use sha2::{Digest, Sha256};

use super::{Invocation, block_on};
use crate::cli::{Audit, Call};

/// Records of one page of an export.
const PAGE_RECORDS: u32 = 1000;
/// A page of records with long leaves.
const ANSWER_BYTES_MAX: usize = 128 * 1024 * 1024;

pub(crate) fn run(context: &Invocation, command: Audit) -> Result<ExitCode> {
    match command {
        Audit::Verify { verifier_key, since } => verify(context, verifier_key, since),
        Audit::Checkpoint { raw, call } => checkpoint(context, raw, &call),
        Audit::Export { tiles: Some(folder), .. } => export_tiles(context, &folder),
        Audit::Export { out, call, tiles: None } => export(context, out.as_deref(), &call),
    }
}

fn verify(
    context: &Invocation,
    verifier_key: Option<PathBuf>,
    since: Option<PathBuf>,
) -> Result<ExitCode> {
    let layout = context.layout()?;
    let key_path = verifier_key.unwrap_or_else(|| layout.verifier_key());
    let key = fs_err::read_to_string(&key_path).context("failed to read the verifier key")?;
    let verified = match since {
        Some(path) => {
            let older =
                fs_err::read_to_string(path).context("failed to read the earlier checkpoint")?;
            audit::verify_since(&layout.audit(), &key, &older)
        }
        None => audit::verify(&layout.audit(), &key),
    };
    let report = verified.with_context(|| {
        format!(
            "DAS PROTOKOLL IST NICHT IN ORDNUNG / THE LOG DOES NOT VERIFY: {}",
            layout.audit().display()
        )
    })?;
    println!("Das Protokoll ist in Ordnung. / The log verifies.");
    println!("  Herkunft / origin          {}", report.origin);
    println!("  Einträge / records         {}", report.records);
    println!("  Prüfpunkte / checkpoints   {}", report.checkpoints);
    println!("  Wurzel / root              {}", hex::encode(report.root));
    println!("  offen / open starts        {}", report.open_starts);
    if report.unsigned_records > 0 {
        println!(
            "  ohne Unterschrift / unsigned {} (Stromausfall; nie beantwortet / power cut; never answered)",
            report.unsigned_records
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn checkpoint(context: &Invocation, raw: bool, call: &Call) -> Result<ExitCode> {
    let target = context.target(call, Role::Auditor)?;
    let note = block_on(async {
        let channel = client::connect(&target).await?;
        let answer = AuditServiceClient::new(channel).get_checkpoint(GetCheckpointRequest {}).await;
        Ok(answer.map_err(client::Error::from)?.into_inner().checkpoint)
    })?;
    if !raw {
        let key = fs_err::read_to_string(context.layout()?.verifier_key());
        let key = key.context("failed to read the verifier key")?;
        println!("Prüfschlüssel / verifier key: {}\n", key.trim());
    }
    print!("{note}");
    Ok(ExitCode::SUCCESS)
}

fn export(context: &Invocation, out: Option<&Path>, call: &Call) -> Result<ExitCode> {
    let target = context.target(call, Role::Auditor)?;
    let mut sink: Box<dyn Write> = match out {
        Some(path) => Box::new(BufWriter::new(fs_err::File::create(path)?)),
        None => Box::new(BufWriter::new(std::io::stdout())),
    };
    let count = block_on(async {
        let channel = client::connect(&target).await?;
        let mut log = AuditServiceClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
        let (mut first_index, mut count) = (0, 0_u64);
        loop {
            let request =
                ListRecordsRequest { first_index, limit: PAGE_RECORDS, ..Default::default() };
            let page = log.list_records(request).await.map_err(client::Error::from)?.into_inner();
            for record in &page.records {
                writeln!(sink, "{}", line(record)).context("failed to write the export")?;
                count += 1;
            }
            // Each page is itself recorded, so the end moves on: what was there at the last page counts.
            if page.next_index >= page.tree_size || page.next_index <= first_index {
                return Ok(count);
            }
            first_index = page.next_index;
        }
    })?;
    sink.flush().context("failed to write the export")?;
    if let Some(path) = out {
        println!("{count} Einträge / records: {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn export_tiles(context: &Invocation, folder: &Path) -> Result<ExitCode> {
    let layout = context.layout()?;
    let key = fs_err::read_to_string(layout.verifier_key());
    let key = key.context("failed to read the verifier key")?;
    let report = audit::export_tiles(&layout.audit(), key.trim(), folder)
        .context("failed to export the log as tiles")?;
    println!("{} Einträge / records: {}", report.records, folder.display());
    Ok(ExitCode::SUCCESS)
}

/// The leaf is kept as the exact text that was hashed, beside its RFC 6962 hash.
fn line(record: &AuditRecord) -> String {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(&record.leaf);
    serde_json::json!({
        "index": record.index,
        "leaf_hash": hex::encode(hash.finalize()),
        "leaf": String::from_utf8_lossy(&record.leaf),
    })
    .to_string()
}
