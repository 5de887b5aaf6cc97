//! Rules for everything that is not code: no trace of one machine, and pages that keep their word.

use clap::CommandFactory as _;

use super::Violation;
use super::files::TextFile;
use crate::Arguments;

/// Folders of somebody's machine. Written in two pieces, so that this file passes.
const FOLDERS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/")];

/// The one place that packages come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// What would bind the repository to some other registry, and where.
const MIRRORS: &[(&str, &[&str])] = &[
    (".cargo/config.toml", &["[source", "[registries", "[registry", "[http"]),
    ("Cargo.toml", &["registry =", "registry-index"]),
    (
        "requirements.txt",
        &["--index-url", "--extra-index-url", "--find-links", "http://", "https://"],
    ),
];

const PROTO_BUILD: &str = "crates/api/build.rs";

pub(crate) fn check(files: &[TextFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files {
        check_folders(file, &mut violations);
        check_registries(file, &mut violations);
        if file.has_extension("md") {
            check_commands(file, &mut violations);
        }
    }
    check_contract(files, &mut violations);
    violations
}

fn check_folders(file: &TextFile, violations: &mut Vec<Violation>) {
    for (number, line) in file.lines() {
        for folder in FOLDERS.iter().filter(|folder| holds_path(line, folder)) {
            let rule = format!("{folder} is a folder of one machine");
            violations.push(Violation::at(file, number, rule));
        }
    }
}

/// Whether a path begins so, rather than having this in its middle.
fn holds_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(place, _)| {
        let before = line.get(..place).and_then(|before| before.chars().next_back());
        !before.is_some_and(|letter| letter.is_alphanumeric() || "._-}~".contains(letter))
    })
}

fn check_registries(file: &TextFile, violations: &mut Vec<Violation>) {
    for (name, words) in MIRRORS.iter().filter(|(name, _)| file.path.ends_with(name)) {
        for (number, line) in file.lines() {
            let line = line.trim_start();
            if !line.starts_with('#') && words.iter().any(|word| line.contains(word)) {
                let rule = format!("{name} names a registry");
                violations.push(Violation::at(file, number, rule));
            }
        }
    }
    if file.is("Cargo.lock") {
        for (number, line) in file.lines() {
            if line.starts_with("source = ") && !line.contains(REGISTRY) {
                violations.push(Violation::at(file, number, "a package from elsewhere"));
            }
        }
    }
}

/// `cargo xtask WORD` on a page must be a command of this program.
fn check_commands(file: &TextFile, violations: &mut Vec<Violation>) {
    let known = Arguments::command();
    for (number, line) in file.lines() {
        for rest in line.split("cargo xtask ").skip(1) {
            let end = rest.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or(rest.len());
            let word = rest.get(..end).unwrap_or_default();
            if !word.is_empty() && known.find_subcommand(word).is_none() {
                let rule = format!("cargo xtask {word} does not exist");
                violations.push(Violation::at(file, number, rule));
            }
        }
    }
}

/// Every file of the contract is compiled.
fn check_contract(files: &[TextFile], violations: &mut Vec<Violation>) {
    let build = files.iter().find(|file| file.is(PROTO_BUILD));
    let build = build.map(|file| file.text.as_str()).unwrap_or_default();
    for file in files.iter().filter(|file| file.has_extension("proto")) {
        let name = file.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if !build.contains(&format!("\"{name}\"")) && !build.contains(&format!("{name}.proto")) {
            let line = file.line_of("package ");
            violations.push(Violation::at(
                file,
                line,
                format!("{PROTO_BUILD} does not compile it"),
            ));
        }
    }
}
