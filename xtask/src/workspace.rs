//! Where the repository and its build outputs lie, and how programs are called.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The checkout that this program was built from.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

/// The folder with the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

impl Workspace {
    /// Asks cargo for the target folder, which a variable or a user's configuration may move.
    pub(crate) fn find() -> Result<Workspace> {
        let root = root();
        let output = Command::new(cargo())
            .current_dir(&root)
            .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
            .output()
            .context("failed to call cargo")?;
        if !output.status.success() {
            bail!("failed to read the workspace: {}", String::from_utf8_lossy(&output.stderr));
        }
        let metadata: serde_json::Value =
            serde_json::from_slice(&output.stdout).context("failed to read cargo's answer")?;
        let target = metadata.get("target_directory").and_then(|value| value.as_str());
        let target = PathBuf::from(target.context("cargo names no target folder")?);
        Ok(Workspace { root, target })
    }

    /// Cargo, in the root of the workspace.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.root);
        command
    }
}

fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Runs a program to its end; an exit status other than success is an error.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("failed to start {name}"))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// The call as somebody would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// Whether a program of this name is on the search path.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Whether this runs for a continuous integration, by the variable that they all set.
pub(crate) fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true" || value == "1")
}
