//! What the tests want from the operating system: installed by a continuous integration, named to
//! everybody else.

use std::path::Path;
use std::process::Command;

use crate::workspace::{is_ci, is_installed, succeed};

/// Installs what is missing where nobody minds, or says in a line how.
pub(crate) fn prepare(python: bool) {
    let missing = missing(python);
    if missing.is_empty() {
        return;
    }
    let packages = missing.join(" ");
    if !may_install() {
        println!("for all tests: apt install {packages}");
        return;
    }
    let mut update = Command::new("apt-get");
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    install.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(&missing);
    let done = succeed(update.args(["update", "--quiet"])).and_then(|()| succeed(&mut install));
    if let Err(error) = done {
        println!("could not install {packages}: {error:#}");
    }
}

fn missing(python: bool) -> Vec<&'static str> {
    let mut packages = Vec::new();
    if !tesseract_reads_german() {
        packages.extend(["tesseract-ocr", "tesseract-ocr-deu"]);
    }
    if !is_installed("heif-convert") {
        packages.push("libheif-examples");
    }
    if python && !has_venv() {
        packages.extend(["python3", "python3-venv"]);
    }
    packages
}

fn tesseract_reads_german() -> bool {
    let output = Command::new("tesseract").arg("--list-langs").output();
    output.is_ok_and(|output| {
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.lines().any(|line| line.trim() == "deu")
    })
}

/// Debian's Python comes without `venv` and `ensurepip`.
pub(crate) fn has_venv() -> bool {
    let output = Command::new("python3").args(["-c", "import ensurepip, venv"]).output();
    output.is_ok_and(|output| output.status.success())
}

fn may_install() -> bool {
    let root = Command::new("id").arg("-u").output();
    let root = root.is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    is_ci() && root && Path::new("/etc/debian_version").exists() && is_installed("apt-get")
}
