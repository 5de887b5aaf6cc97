//! `demo`: builds the release and hands over to it.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, is_installed, succeed};

/// Builds the appliance and becomes `amtshilfe demo`.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let program = build(workspace)?;
    // In place of this process, so that Ctrl-C reaches the appliance alone and the prompt comes
    // back only when it has stopped in order.
    let error = Command::new(&program).arg("demo").args(arguments).exec();
    Err(error).with_context(|| format!("failed to start {}", program.display()))
}

/// The release build of the appliance, made if it is not up to date.
pub(crate) fn build(workspace: &Workspace) -> Result<std::path::PathBuf> {
    let compilers = ["cc", "gcc", "clang"];
    let named = std::env::var_os("CC").is_some();
    if !named && !compilers.iter().any(|name| is_installed(name)) {
        bail!("kein C-Compiler gefunden / no C compiler found: apt install build-essential");
    }
    if !is_installed("tesseract") {
        println!(
            "Ohne Tesseract werden Scans abgelehnt / scans are refused without Tesseract: \
             apt install tesseract-ocr tesseract-ocr-deu"
        );
    }
    println!(
        "Das Gerät wird gebaut; beim ersten Mal dauert das einige Minuten. / \
         Building the appliance; the first time takes some minutes."
    );
    succeed(workspace.cargo().args(["build", "--release", "--package", "appliance"]))?;
    Ok(workspace.target.join("release/amtshilfe"))
}
