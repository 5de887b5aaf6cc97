//! Who may name whom. Dependencies point one way.

use std::path::Path;

use anyhow::{Context, Result};
use toml::Table;

use super::Violation;
use super::files::TextFile;

/// Our crates, and which of ours each may name. `ARCHITECTURE.md` shows the same table.
const EDGES: &[(&str, &[&str])] = &[
    ("journal", &[]),
    ("access", &[]),
    ("audit", &["journal", "access"]),
    ("inference", &[]),
    ("inference-candle", &["inference"]),
    ("reading", &[]),
    ("cases", &["journal"]),
    ("documents", &["reading", "inference"]),
    ("decrees", &["reading", "inference", "journal"]),
    ("api", &["access", "audit", "inference", "cases", "documents", "decrees"]),
    ("admin", &["access", "audit", "inference", "cases", "documents", "decrees"]),
    ("appliance", PRODUCT),
];

/// Every crate that the appliance is put together from.
const PRODUCT: &[&str] = &[
    "access",
    "admin",
    "api",
    "audit",
    "cases",
    "decrees",
    "documents",
    "inference",
    "inference-candle",
    "journal",
    "reading",
];

/// Foreign packages that only some may name: the package, names that begin with it and a hyphen
/// counted in, and who may. `appliance` puts everything together.
const KEEPERS: &[(&str, &[&str])] = &[
    ("tonic", &["api", "appliance"]),
    ("axum", &["admin", "appliance"]),
    ("sled", &["journal"]),
    ("candle", &["inference-candle"]),
    ("anyhow", &["appliance", "benches", "papers", "xtask"]),
];

/// Dependencies of every kind count: a test that names a layer above it holds the same knot.
const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

pub(crate) fn check(files: &[TextFile]) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        let manifest: Table = toml::from_str(&file.text)
            .with_context(|| format!("failed to read {}", file.path.display()))?;
        if manifest.contains_key("workspace") {
            continue;
        }
        check_manifest(file, &manifest, &mut violations);
    }
    Ok(violations)
}

fn check_manifest(file: &TextFile, manifest: &Table, violations: &mut Vec<Violation>) {
    let name = manifest.get("package").and_then(|package| package.get("name"));
    let name = name.and_then(|name| name.as_str()).unwrap_or_default();
    let folder = file.path.parent().and_then(Path::file_name);
    if folder.is_none_or(|folder| folder != name) {
        violations.push(Violation::at(file, 1, format!("the folder of {name} has another name")));
    }
    let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace"));
    if inherits.and_then(toml::Value::as_bool) != Some(true) {
        violations.push(Violation::at(file, 1, "[lints] workspace = true is missing"));
    }
    let is_product = file.path.starts_with("crates");
    let edges = EDGES.iter().find(|(owner, _)| *owner == name).map(|(_, edges)| *edges);
    if is_product && edges.is_none() {
        let rule = format!("{name} is not in the dependency table");
        violations.push(Violation::at(file, 1, rule));
    }
    // Tools, benches and xtask stand beside the product: they may name what they measure.
    let may_name = edges.unwrap_or(PRODUCT);
    for dependency in dependencies(manifest) {
        let line = line_of(file, &dependency);
        let is_ours = dependency == "appliance" || PRODUCT.contains(&dependency.as_str());
        let is_tool = matches!(dependency.as_str(), "papers" | "benches" | "xtask");
        if (is_ours && !may_name.contains(&dependency.as_str())) || (is_tool && is_product) {
            let rule = format!("{name} may not name {dependency}: dependencies point one way");
            violations.push(Violation::at(file, line, rule));
        }
        if let Some(keepers) = keepers(&dependency)
            && !keepers.contains(&name)
        {
            let rule = format!("{name} names {dependency}; only {} may", keepers.join(", "));
            violations.push(Violation::at(file, line, rule));
        }
    }
}

fn keepers(dependency: &str) -> Option<&'static [&'static str]> {
    let is_of = |family: &str| {
        let rest = dependency.strip_prefix(family);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    KEEPERS.iter().find(|(family, _)| is_of(family)).map(|(_, keepers)| *keepers)
}

/// Names of packages, also of renamed ones and those for one platform only.
fn dependencies(manifest: &Table) -> Vec<String> {
    let mut tables = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(|target| target.as_table()) {
        tables.extend(targets.values().filter_map(|target| target.as_table()));
    }
    let mut names = Vec::new();
    for table in tables {
        for kind in KINDS {
            let Some(listed) = table.get(kind).and_then(|kind| kind.as_table()) else { continue };
            names.extend(listed.iter().map(|(name, value)| {
                let package = value.get("package").and_then(|package| package.as_str());
                package.unwrap_or(name).to_owned()
            }));
        }
    }
    names
}

/// The line that names a dependency.
fn line_of(file: &TextFile, dependency: &str) -> usize {
    let names = |line: &str| {
        let rest = line.trim_start().trim_start_matches('"').strip_prefix(dependency);
        rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=', '"']))
    };
    file.lines().find(|(_, line)| names(line)).map_or(1, |(number, _)| number)
}
