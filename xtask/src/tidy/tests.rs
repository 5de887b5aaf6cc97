use std::path::Path;

use super::check;
use crate::workspace;

#[test]
fn the_repository_is_tidy() {
    let violations = check(&workspace::root()).unwrap();
    let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} violations:\n{}", lines.len(), lines.join("\n"));
}

/// Writes one file into an empty repository and compares the places of what is found.
fn check_file(path: &str, text: &str, expected: &[&str]) {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join(path);
    fs_err::create_dir_all(file.parent().unwrap()).unwrap();
    fs_err::write(&file, text).unwrap();
    let found: Vec<String> = check(root.path()).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expected.len(), "{path}: {found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found} is not {expected}");
    }
}

fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n{rest}")
}

#[test]
fn dependencies_point_one_way() {
    let upwards = manifest("journal", "[dependencies]\naudit.workspace = true\n");
    check_file(
        "crates/journal/Cargo.toml",
        &upwards,
        &["crates/journal/Cargo.toml:6: journal may not name audit"],
    );
    let in_tests = manifest("audit", "[dev-dependencies]\napi = { workspace = true }\n");
    check_file(
        "crates/audit/Cargo.toml",
        &in_tests,
        &["crates/audit/Cargo.toml:6: audit may not name api"],
    );
    let tool = manifest("appliance", "[build-dependencies]\npapers = { path = \"../papers\" }\n");
    check_file(
        "crates/appliance/Cargo.toml",
        &tool,
        &["crates/appliance/Cargo.toml:6: appliance may not name papers"],
    );
    let downwards = manifest("audit", "[dependencies]\njournal.workspace = true\n");
    check_file("crates/audit/Cargo.toml", &downwards, &[]);
    let unknown = manifest("kiosk", "");
    check_file(
        "crates/kiosk/Cargo.toml",
        &unknown,
        &["crates/kiosk/Cargo.toml:1: kiosk is not in the dependency table"],
    );
}

#[test]
fn some_packages_have_keepers() {
    let renamed = "[dependencies]\nstore = { package = \"sled\", version = \"0.34\" }\n";
    check_file(
        "crates/audit/Cargo.toml",
        &manifest("audit", renamed),
        &["crates/audit/Cargo.toml:1: audit names sled; only journal may"],
    );
    let on_one_platform = "[target.'cfg(unix)'.dependencies]\ncandle-core.workspace = true\n";
    check_file(
        "crates/inference/Cargo.toml",
        &manifest("inference", on_one_platform),
        &["crates/inference/Cargo.toml:6: inference names candle-core"],
    );
}

#[test]
fn every_member_inherits_the_lints() {
    check_file(
        "crates/journal/Cargo.toml",
        "[package]\nname = \"journal\"\n",
        &["crates/journal/Cargo.toml:1: [lints]"],
    );
}

#[test]
fn rules_for_rust_files() {
    for (path, text, expected) in [
        ("crates/a/src/b.rs", concat!("fn a() {\n  todo", "!()\n}\n"), "crates/a/src/b.rs:2: todo"),
        ("crates/a/src/b.rs", "#[allow(dead_code)]\n", "crates/a/src/b.rs:1: #[expect"),
        ("crates/a/src/b.rs", "\n#[ignore]\n", "crates/a/src/b.rs:2: #[ignore"),
        ("crates/a/src/b/mod.rs", "", "crates/a/src/b/mod.rs:1: foo.rs"),
        ("crates/a/src/lib.rs", "//! a\n", "crates/a/src/lib.rs:1: #![forbid"),
        ("crates/a/src/b.rs", &"\n".repeat(501), "crates/a/src/b.rs:501: 501 lines"),
    ] {
        check_file(path, text, &[expected]);
    }
    check_file("crates/a/src/lib.rs", "#![forbid(unsafe_code)]\n// #[allow( in a comment\n", &[]);
}

#[test]
fn unsafe_code_has_its_reasons() {
    let root = Path::new("crates/a/src/lib.rs");
    let reasoned = "#[expect(unsafe_code, reason = \"the kernel offers nothing else\")]\n";
    check_file(root.to_str().unwrap(), reasoned, &[]);
}

#[test]
fn rules_for_pages() {
    let machine = concat!("see /ho", "me/erika/notes\n");
    check_file("docs/a.md", machine, &["docs/a.md:1: /ho"]);
    check_file("docs/a.md", "https://example.org/home/page\n", &[]);
    check_file("docs/a.md", "`cargo xtask fly` and `cargo xtask test`\n", &["docs/a.md:1: cargo"]);
    check_file("tests/requirements.txt", "--index-url x\n", &["tests/requirements.txt:1: "]);
    check_file("Cargo.lock", "source = \"git+https://example.org\"\n", &["Cargo.lock:1: "]);
    check_file("proto/a.proto", "syntax = \"proto3\";\npackage a;\n", &["proto/a.proto:2: "]);
}
