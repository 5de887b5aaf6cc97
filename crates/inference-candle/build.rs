//! Lists the model folders of `models/` that have a manifest, so that the binary carries them.

use std::fmt::Write as _;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};

/// Seen from this crate's folder.
const MODELS: &str = "../../models";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed={MODELS}");
    let mut code = String::from("const SHIPPED: &[Shipped] = &[\n");
    for folder in folders(Path::new(MODELS))? {
        println!("cargo::rerun-if-changed={}", folder.display());
        let manifest = folder.join("manifest.toml");
        let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { continue };
        if !manifest.is_file() {
            continue;
        }
        let mut paths = vec!["manifest.toml".to_owned()];
        paths.extend(listed(&std::fs::read_to_string(&manifest)?));
        code += &format!("    Shipped {{ name: {name:?}, files: &[\n");
        for path in paths {
            println!("cargo::rerun-if-changed={}", folder.join(&path).display());
            let file = format!("/{MODELS}/{name}/{path}");
            writeln!(
                code,
                "        EmbeddedFile {{ path: {path:?}, \
                 bytes: include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {file:?})) }},"
            )
            .map_err(Error::other)?;
        }
        code.push_str("    ] },\n");
    }
    code.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| Error::other("cargo sets OUT_DIR"))?;
    std::fs::write(Path::new(&out).join("shipped.rs"), code)
}

fn folders(root: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = vec![];
    for entry in std::fs::read_dir(root)? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// The keys of the manifest's `[files]` table. The manifest is parsed in earnest when the model is
/// loaded; a build script that needs no crate keeps the build short.
fn listed(manifest: &str) -> Vec<String> {
    manifest
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "[files]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, _)| key.trim().trim_matches('"').to_owned())
        .collect()
}
