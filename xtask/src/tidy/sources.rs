//! Rules for Rust files.

use super::Violation;
use super::files::TextFile;

/// A file beyond this has two subjects.
const LINES_MAX: usize = 500;

/// Whatever the crate's root does not forbid stands with a reason where it is needed.
const FORBIDS: &str = "#![forbid(unsafe_code)]";
const EXPECTS: &str = "expect(unsafe_code, reason";

/// What a line of code must not hold, and why. Written in two pieces, so that this file passes.
const WORDS: &[(&str, &str)] = &[
    (concat!("todo", "!("), "unfinished code"),
    (concat!("unimplemented", "!("), "unfinished code"),
    (concat!("dbg", "!("), "a line of debugging"),
];

/// How an attribute must not begin, and why.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("#[allow(", "#[expect(lint, reason = \"...\")] says when it is no longer needed"),
    ("#![allow(", "#![expect(lint, reason = \"...\")] says when it is no longer needed"),
    ("#[ignore]", "#[ignore = \"...\"] says why"),
];

pub(crate) fn check(files: &[TextFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.has_extension("rs")) {
        check_lines(file, &mut violations);
        if file.path.ends_with("mod.rs") {
            let rule = "foo.rs beside foo/ instead of foo/mod.rs";
            violations.push(Violation::at(file, 1, rule));
        }
        if is_crate_root(file) && !file.text.contains(FORBIDS) && !argues_for_unsafe(file, files) {
            violations.push(Violation::at(file, 1, format!("{FORBIDS} is missing")));
        }
    }
    violations
}

fn check_lines(file: &TextFile, violations: &mut Vec<Violation>) {
    let mut count = 0;
    for (number, line) in file.lines() {
        count = number;
        let code = line.trim_start();
        if code.starts_with("//") {
            continue;
        }
        for (word, why) in WORDS {
            if code.contains(word) {
                violations.push(Violation::at(file, number, format!("{word}...): {why}")));
            }
        }
        for (beginning, rule) in ATTRIBUTES {
            if code.starts_with(beginning) {
                violations.push(Violation::at(file, number, *rule));
            }
        }
    }
    if count > LINES_MAX {
        let rule = format!("{count} lines; past {LINES_MAX}, split by noun");
        violations.push(Violation::at(file, LINES_MAX + 1, rule));
    }
}

fn is_crate_root(file: &TextFile) -> bool {
    let in_bin = file.path.parent().is_some_and(|folder| folder.ends_with("src/bin"));
    in_bin || file.path.ends_with("src/lib.rs") || file.path.ends_with("src/main.rs")
}

/// Whether the crate of this root has unsafe code, each place with its reason. The workspace
/// denies it everywhere else.
fn argues_for_unsafe(root: &TextFile, files: &[TextFile]) -> bool {
    let Some(folder) = root.path.parent() else { return false };
    let mut sources = files.iter().filter(|file| file.path.starts_with(folder));
    sources.any(|file| file.has_extension("rs") && file.text.contains(EXPECTS))
}
