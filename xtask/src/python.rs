//! Virtual environments for the Python programs that play the part of foreign clients.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::debian::has_venv;
use crate::workspace::succeed;

/// A virtual environment, or in words why there is none.
pub(crate) enum Environment {
    Ready(PathBuf),
    Missing(String),
}

/// A virtual environment in `folder` that holds what `requirements` lists. Made again when that
/// changes.
pub(crate) fn environment(folder: &Path, requirements: &Path) -> Result<Environment> {
    if !has_venv() {
        return Ok(Environment::Missing("apt install python3 python3-venv".to_owned()));
    }
    let wanted = fs_err::read_to_string(requirements)?;
    let stamp = folder.join("requirements.txt");
    let python = folder.join("bin/python");
    let is_there = fs_err::read_to_string(&stamp).is_ok_and(|held| held == wanted);
    if is_there && python.is_file() {
        return Ok(Environment::Ready(python));
    }
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut install = pip(&python);
    install.args(["install", "--quiet", "--requirement"]).arg(requirements);
    if let Err(error) = succeed(&mut install) {
        return Ok(Environment::Missing(format!("no packages from PyPI: {error:#}")));
    }
    fs_err::write(&stamp, wanted).context("failed to note what was installed")?;
    Ok(Environment::Ready(python))
}

/// pip of a virtual environment, impatient with a network that is not there.
pub(crate) fn pip(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "--disable-pip-version-check", "--no-input", "--retries", "2"]);
    command
}
