//! Writes the table of sample files that the demo carries: what lies under `samples/`, without the
//! truths that tests compare with, and each decree once, as PDF.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = std::path::absolute("../../samples")?;
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    if root.is_dir() {
        collect(&root, &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&root)?.to_str().ok_or("a sample's name is not UTF-8")?;
        let path = file.to_str().ok_or("a sample's path is not UTF-8")?;
        writeln!(table, "    Sample {{ name: {name:?}, bytes: include_bytes!({path:?}) }},")?;
    }
    table.push_str("]\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    std::fs::write(out.join("samples.rs"), table)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if is_shown(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_shown(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let in_decrees = path.parent().is_some_and(|folder| folder.ends_with("decrees"));
    !name.ends_with(".truth.json") && (!in_decrees || name.ends_with(".pdf"))
}
