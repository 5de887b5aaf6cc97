//! Invented papers of every shipped class and of offices in general, against which a class of an office's own is
//! measured. `papers background` writes the file.

/// `=== class`, then the text.
const TEXTS: &str = include_str!("../../knowledge/background.txt");
/// Its name among the files of the knowledge.
pub(crate) const FILE: (&str, &str) = ("background.txt", TEXTS);

/// A paper of the background.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Background {
    /// What it is; `unknown_other` for papers of no class.
    pub(crate) class: &'static str,
    pub(crate) text: &'static str,
}

/// Every other paper: what similarities are compared with.
pub(crate) fn compared() -> impl Iterator<Item = Background> {
    all().step_by(2)
}

/// The papers between them, which no similarity was fitted to: what a preview counts.
pub(crate) fn previewed() -> impl Iterator<Item = Background> {
    all().skip(1).step_by(2)
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = Background> {
    TEXTS.split("=== ").skip(1).filter_map(|part| {
        let (class, text) = part.split_once('\n')?;
        Some(Background { class: class.trim(), text })
    })
}
