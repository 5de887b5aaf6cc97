//! Pairs as `papers pairs` writes them: `ATTRIBUTE-NUMBER/a` and `/b`, each with papers and `case.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

const CASE: &str = "case.json";

/// Two cases that differ in one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The folder's name.
    pub name: String,
    /// In what the sides differ.
    pub attribute: String,
    /// The one and the other.
    pub sides: [Side; 2],
}

/// One case of a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Id of the type.
    pub application_type: String,
    /// Form values as text.
    pub form: BTreeMap<String, String>,
    /// Facts as text.
    pub facts: BTreeMap<String, String>,
    /// Rules that must speak.
    pub expected: Vec<String>,
    /// Rules that have no reason to ask for a look.
    pub forbidden: Vec<String>,
    /// Files and the classes of their papers.
    pub classes: BTreeMap<String, String>,
    /// Files by name.
    pub files: BTreeMap<String, PathBuf>,
}

/// A folder holds no pairs.
#[derive(Debug, thiserror::Error)]
pub enum PairsError {
    /// A file or folder cannot be read.
    #[error("read the pairs")]
    Read(#[from] std::io::Error),
    /// A case is not of the expected shape.
    #[error("understand {}", path.display())]
    Case {
        /// Where it lies.
        path: PathBuf,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// There is no pair.
    #[error("find pairs in {}: expected ATTRIBUTE-NUMBER/a and /b as papers pairs writes them", .0.display())]
    Empty(PathBuf),
}

#[derive(Deserialize)]
struct Case {
    application_type: String,
    form: BTreeMap<String, Value>,
    facts: BTreeMap<String, Value>,
    expected: Expected,
    #[serde(default)]
    papers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Expected {
    #[serde(default)]
    hints_expected: Vec<String>,
    #[serde(default)]
    hints_forbidden: Vec<String>,
}

/// All pairs of a folder, by name.
///
/// # Errors
/// The folder or a case cannot be read, or there is none.
pub fn read(folder: &Path) -> Result<Vec<Pair>, PairsError> {
    let mut pairs = Vec::new();
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        names.push(entry?.path());
    }
    names.sort();
    for path in names.iter().filter(|path| path.join("a").is_dir() && path.join("b").is_dir()) {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let attribute = name.rsplit_once('-').map_or(name.as_str(), |(attribute, _)| attribute);
        pairs.push(Pair {
            attribute: attribute.to_owned(),
            sides: [side(&path.join("a"))?, side(&path.join("b"))?],
            name,
        });
    }
    if pairs.is_empty() {
        return Err(PairsError::Empty(folder.to_owned()));
    }
    Ok(pairs)
}

fn side(folder: &Path) -> Result<Side, PairsError> {
    let path = folder.join(CASE);
    let text = fs_err::read(&path)?;
    let case: Case =
        serde_json::from_slice(&text).map_err(|source| PairsError::Case { path, source })?;
    let mut files = BTreeMap::new();
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != CASE {
            files.insert(name, entry.path());
        }
    }
    let texts = |values: BTreeMap<String, Value>| {
        values.into_iter().map(|(name, value)| (name, text_of(&value))).collect()
    };
    Ok(Side {
        application_type: case.application_type,
        form: texts(case.form),
        facts: texts(case.facts.into_iter().filter(|(name, _)| name != "not_scored").collect()),
        expected: case.expected.hints_expected,
        forbidden: case.expected.hints_forbidden,
        classes: case.papers,
        files,
    })
}

/// Form values and facts travel as text: true and false, lists joined by commas.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(text_of).collect::<Vec<_>>().join(","),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}
