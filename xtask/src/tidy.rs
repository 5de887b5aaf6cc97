//! The dependency table and the house rules that clippy cannot know.

mod edges;
mod files;
mod pages;
mod sources;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

use files::TextFile;

/// One broken rule, with its place.
#[derive(Debug)]
pub(crate) struct Violation {
    file: PathBuf,
    line: usize,
    rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.file.display(), self.line, self.rule)
    }
}

impl Violation {
    /// At a line of a file, counted from 1.
    fn at(file: &TextFile, line: usize, rule: impl Into<String>) -> Violation {
        Violation { file: file.path.clone(), line, rule: rule.into() }
    }
}

/// Prints every broken rule.
pub(crate) fn run(root: &Path) -> Result<ExitCode> {
    let violations = check(root)?;
    for violation in &violations {
        println!("{violation}");
    }
    println!("tidy: {} violations", violations.len());
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Every broken rule of the repository at `root`, ordered by place.
pub(crate) fn check(root: &Path) -> Result<Vec<Violation>> {
    let files = files::all(root)?;
    let mut violations = edges::check(&files)?;
    violations.extend(sources::check(&files));
    violations.extend(pages::check(&files));
    violations.sort_by(|left, right| (&left.file, left.line).cmp(&(&right.file, right.line)));
    Ok(violations)
}

#[cfg(test)]
mod tests;
