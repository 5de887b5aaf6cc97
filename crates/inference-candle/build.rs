//! Lists the model folders of `models/` that have a manifest, so that the binary carries them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut code = String::from("const SHIPPED: &[Shipped] = &[\n");
    for folder in entries(&root) {
        println!("cargo::rerun-if-changed={}", folder.display());
        let manifest = folder.join("manifest.toml");
        if !manifest.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&manifest).expect("read a manifest");
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let mut paths = vec!["manifest.toml".to_owned()];
        paths.extend(listed(&text));
        write!(code, "    Shipped {{ name: {name:?}, files: &[\n").expect("write to a string");
        for path in paths {
            let file = folder.join(&path).canonicalize().expect("find a file of the manifest");
            println!("cargo::rerun-if-changed={}", file.display());
            writeln!(
                code,
                "        EmbeddedFile {{ path: {path:?}, bytes: include_bytes!({file:?}) }},"
            )
            .expect("write to a string");
        }
        code.push_str("    ] },\n");
    }
    code.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&out).join("shipped.rs"), code).expect("write the list");
}

fn entries(root: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root)
        .expect("read models/")
        .map(|entry| entry.expect("read models/").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
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
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, _)| key.trim().trim_matches('"').to_owned())
        .collect()
}
