//! What the commands share that measure the appliance on papers without serving: its reader and its knowledge as this
//! office has them, and a report of a page and a file.

use std::path::Path;

use anyhow::{Context, Result};
use appliance::layout::Layout;
use appliance::own_classes::Store;
use appliance::serve::open_documents;
use documents::{Documents, Knowledge};
use indicatif::{ProgressBar, ProgressStyle};
use reading::Reader;
use serde_json::Value;

use super::Invocation;

/// What is measured, and how the report names it.
pub(super) struct Measured {
    pub(super) reader: Reader,
    pub(super) documents: Documents,
    pub(super) by: Vec<String>,
}

/// The shipped knowledge and the office's own classes.
pub(super) fn knowledge(layout: &Layout) -> Result<Knowledge> {
    Ok(Knowledge::with_own(&Store::new(layout).live()?)?)
}

pub(super) fn open(context: &Invocation, layout: Layout, knowledge: Knowledge) -> Result<Measured> {
    let settings = context.settings(context.config(&layout)?, layout)?;
    let (reader, documents) = open_documents(&settings)?;
    let documents = documents.with_knowledge(knowledge);
    let by = vec![
        format!("amtshilfe {}", env!("CARGO_PKG_VERSION")),
        format!("rules {}", documents.knowledge().digest()),
        reader.recognised_by(),
    ];
    Ok(Measured { reader, documents, by })
}

pub(super) fn progress(count: usize) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len}  noch/left {eta}");
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    Ok(ProgressBar::new(count).with_style(style.context("failed to draw the progress")?))
}

/// Writes `report.html` and `report.json` and says where.
pub(super) fn write_report(folder: &Path, page: String, report: &Value) -> Result<()> {
    fs_err::create_dir_all(folder)?;
    fs_err::write(folder.join("report.html"), page)?;
    let text = serde_json::to_string_pretty(report).context("failed to write the report")?;
    fs_err::write(folder.join("report.json"), text + "\n")?;
    println!("\nBericht / report: {}", folder.join("report.html").display());
    Ok(())
}
