//! Which paper is what, as the office says: one folder for each class, or a table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use documents::Knowledge;

/// The table at the root of the folder.
pub const LABELS_FILE: &str = "labels.csv";
/// How names of files with truths end.
const TRUTH_ENDING: &str = ".truth.json";
/// Files of one measurement.
const FILES_MAX: usize = 20_000;
/// A table is not larger.
const TABLE_BYTES_MAX: u64 = 8 << 20;
/// A file with truths is not larger.
const TRUTH_BYTES_MAX: u64 = 1 << 20;
/// Class ids that are offered instead of an unknown one.
const OFFERED: usize = 3;

/// A file and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// Where it lies.
    pub path: PathBuf,
    /// Its path below the folder.
    pub name: String,
    /// The papers in it, at least one.
    pub papers: Vec<Expected>,
    /// What its fields say, where the office has written it down beside a file with one paper.
    pub truth: Option<Truth>,
}

/// Values by the names of fields.
pub type Truth = BTreeMap<String, serde_json::Value>;

/// A labelled paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Id of its class; `unknown_other` for what the appliance should refuse.
    pub class: String,
    /// First and last page; none: the whole file.
    pub pages: Option<(u32, u32)>,
}

/// Why a folder cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum LabelsError {
    /// Nothing there.
    #[error(
        "in {folder} liegen keine Papiere: FOLDER/KENNUNG/DATEI anlegen, oder {LABELS_FILE} (Datei;Kennung;Seiten)\n  \
         no papers in {folder}: make FOLDER/CLASS/FILE, or {LABELS_FILE} (file;class;pages)"
    )]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
    /// A label is no class.
    #[error("{place}: keine Dokumentart „{label}“; gemeint / no such class; meant: {}", offered.join(", "))]
    UnknownClass {
        /// The folder, or the line of the table.
        place: String,
        /// As given.
        label: String,
        /// The closest ids.
        offered: Vec<String>,
    },
    /// A line of the table is none.
    #[error("{LABELS_FILE}, Zeile / line {line}: {problem}")]
    Line {
        /// From 1.
        line: u64,
        /// What is wrong and how it should be.
        problem: String,
    },
    /// Too much for one measurement.
    #[error(
        "mehr als / more than {FILES_MAX} Dateien / files: in Teilen messen / measure in parts"
    )]
    TooMany,
    /// The table is too large.
    #[error("{LABELS_FILE}: größer als / larger than {TABLE_BYTES_MAX} Bytes")]
    TableTooLarge,
    /// A file with the truth about fields is none.
    #[error("{path}: {problem}")]
    Truth {
        /// Which file.
        path: PathBuf,
        /// What is wrong and how it should be.
        problem: String,
    },
    /// The table is no table.
    #[error("failed to read {LABELS_FILE}")]
    Table(#[from] csv::Error),
    /// Something cannot be read.
    #[error("failed to read the labelled folder")]
    Read(#[from] std::io::Error),
}

/// The labelled files of a folder, by name.
///
/// # Errors
/// Nothing is there, a label is no class, the table has a wrong line, or something cannot be read.
pub fn read(folder: &Path, knowledge: &Knowledge) -> Result<Vec<Labelled>, LabelsError> {
    let table = folder.join(LABELS_FILE);
    let mut files = if table.is_file() {
        by_table(folder, &table, knowledge)?
    } else {
        by_folders(folder, knowledge)?
    };
    if files.is_empty() {
        return Err(LabelsError::Empty { folder: folder.to_owned() });
    }
    if files.len() > FILES_MAX {
        return Err(LabelsError::TooMany);
    }
    for file in files.iter_mut().filter(|file| file.papers.len() == 1) {
        file.truth = truth(&file.path)?;
    }
    Ok(files)
}

/// `FILE.truth.json` beside a file; endings of the file's name may be left out.
fn truth(file: &Path) -> Result<Option<Truth>, LabelsError> {
    let whole = name(file);
    let mut stem = whole.as_str();
    loop {
        let path = file.with_file_name(format!("{stem}{TRUTH_ENDING}"));
        if path.is_file() {
            return read_truth(&path).map(Some);
        }
        match stem.rsplit_once('.') {
            Some((shorter, _)) => stem = shorter,
            None => return Ok(None),
        }
    }
}

fn read_truth(path: &Path) -> Result<Truth, LabelsError> {
    let wrong = |problem: String| LabelsError::Truth { path: path.to_owned(), problem };
    if fs_err::metadata(path)?.len() > TRUTH_BYTES_MAX {
        return Err(wrong(format!("größer als / larger than {TRUTH_BYTES_MAX} Bytes")));
    }
    let expected = |error: serde_json::Error| {
        wrong(format!("erwartet / expected {{\"fields\": {{\"name\": \"value\"}}}}: {error}"))
    };
    let mut value: serde_json::Value =
        serde_json::from_str(&fs_err::read_to_string(path)?).map_err(expected)?;
    let fields = value.get_mut("fields").map(serde_json::Value::take).unwrap_or(value);
    serde_json::from_value(fields).map_err(expected)
}

fn by_folders(folder: &Path, knowledge: &Knowledge) -> Result<Vec<Labelled>, LabelsError> {
    let mut files = Vec::new();
    for entry in sorted(folder)? {
        let name = name(&entry);
        if !entry.is_dir() || name.starts_with('.') {
            continue;
        }
        check(knowledge, &name, || format!("{name}/"))?;
        for path in sorted(&entry)? {
            let file = self::name(&path);
            if !path.is_file() || file.starts_with('.') || file.ends_with(TRUTH_ENDING) {
                continue;
            }
            let papers = vec![Expected { class: name.clone(), pages: None }];
            files.push(Labelled { name: format!("{name}/{file}"), path, papers, truth: None });
        }
    }
    Ok(files)
}

fn by_table(
    folder: &Path,
    table: &Path,
    knowledge: &Knowledge,
) -> Result<Vec<Labelled>, LabelsError> {
    if fs_err::metadata(table)?.len() > TABLE_BYTES_MAX {
        return Err(LabelsError::TableTooLarge);
    }
    let text = fs_err::read_to_string(table)?;
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') { b';' } else { b',' };
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut files: BTreeMap<String, Labelled> = BTreeMap::new();
    for row in rows.records() {
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line);
        let wrong = |problem: String| LabelsError::Line { line, problem };
        let (Some(file), Some(class)) = (row.get(0), row.get(1)) else {
            return Err(wrong("Datei;Kennung;Seiten erwartet / expected file;class;pages".into()));
        };
        let heading = ["file", "datei"].iter().any(|word| file.eq_ignore_ascii_case(word));
        if line == 1 && heading {
            continue;
        }
        check(knowledge, class, || format!("{LABELS_FILE}, Zeile / line {line}"))?;
        let pages = match row.get(2).filter(|pages| !pages.is_empty()) {
            Some(text) => Some(pages(text).ok_or_else(|| {
                wrong(format!("Seiten / pages „{text}“: 3 oder / or 2-4 erwartet / expected"))
            })?),
            None => None,
        };
        let path = folder.join(file);
        if !path.is_file() {
            return Err(wrong(format!("keine Datei / no file {file}")));
        }
        let labelled = files.entry(file.to_owned()).or_insert_with(|| Labelled {
            path,
            name: file.to_owned(),
            papers: Vec::new(),
            truth: None,
        });
        labelled.papers.push(Expected { class: class.to_owned(), pages });
    }
    Ok(files.into_values().collect())
}

/// "3" or "2-4".
fn pages(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.split_once(['-', '–']).unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (1 <= first && first <= last).then_some((first, last))
}

fn check(
    knowledge: &Knowledge,
    label: &str,
    place: impl Fn() -> String,
) -> Result<(), LabelsError> {
    if knowledge.class(label).is_some() {
        return Ok(());
    }
    let wanted = label.to_lowercase().replace([' ', '-'], "_");
    let mut ranked: Vec<(f64, &str)> = knowledge
        .classes()
        .iter()
        .map(|class| {
            let titles = [&class.id, &class.title.de, &class.title.en];
            let likeness = |name: &String| strsim::jaro_winkler(&wanted, &name.to_lowercase());
            (titles.into_iter().map(likeness).fold(0.0, f64::max), class.id.as_str())
        })
        .collect();
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0));
    let offered = ranked.iter().take(OFFERED).map(|(_, id)| (*id).to_owned()).collect();
    Err(LabelsError::UnknownClass { place: place(), label: label.to_owned(), offered })
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, LabelsError> {
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
