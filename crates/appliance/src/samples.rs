//! The sample papers and decrees of this project, carried by the binary: invented people only.

use std::io;
use std::path::{Path, PathBuf};

/// Where case folders lie among the samples.
const CASES: &str = "applications";
/// Where single papers lie among the samples.
const PAPERS: &str = "papers";
/// Where decrees lie among the samples.
const DECREES: &str = "decrees";

/// One file of `samples/`.
#[derive(Clone, Copy)]
pub struct Sample {
    /// Its path below `samples/`.
    pub name: &'static str,
    /// What it holds.
    pub bytes: &'static [u8],
}

impl std::fmt::Debug for Sample {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sample").field("name", &self.name).finish_non_exhaustive()
    }
}

static SAMPLES: &[Sample] = include!(concat!(env!("OUT_DIR"), "/samples.rs"));

/// The samples as written to a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// A folder with `case.json` and the papers of one application.
    pub case: Option<PathBuf>,
    /// One paper by itself.
    pub paper: Option<PathBuf>,
    /// The folder with the decrees.
    pub decrees: Option<PathBuf>,
}

/// Writes every sample below `folder`; what is there already with the same length is left.
pub fn write(folder: &Path) -> io::Result<Written> {
    for sample in SAMPLES {
        let path = folder.join(sample.name);
        let length = u64::try_from(sample.bytes.len()).unwrap_or(u64::MAX);
        if fs_err::metadata(&path).is_ok_and(|metadata| metadata.len() == length) {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs_err::create_dir_all(parent)?;
        }
        fs_err::write(path, sample.bytes)?;
    }
    Ok(find(folder))
}

fn find(folder: &Path) -> Written {
    let first = |wanted: fn(&Path) -> bool| {
        SAMPLES.iter().map(|sample| Path::new(sample.name)).find(|path| wanted(path))
    };
    let case = first(|path| path.starts_with(CASES) && path.ends_with("case.json"));
    // With a text layer, so that it can be read without Tesseract too.
    let paper = first(|path| path.starts_with(PAPERS) && is_digital_pdf(path));
    let decrees = first(|path| path.starts_with(DECREES));
    Written {
        case: case.and_then(Path::parent).map(|case| folder.join(case)),
        paper: paper.map(|paper| folder.join(paper)),
        decrees: decrees.map(|_| folder.join(DECREES)),
    }
}

fn is_digital_pdf(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".pdf") && !name.ends_with(".scan.pdf")
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn the_samples_are_written_once_and_hold_what_the_demo_shows() {
        let folder = tempfile::tempdir().unwrap();
        let written = write(folder.path()).unwrap();
        assert_eq!(write(folder.path()).unwrap(), written);
        assert!(written.case.unwrap().join("case.json").is_file());
        assert!(written.paper.unwrap().is_file());
        let decrees = fs_err::read_dir(written.decrees.unwrap()).unwrap();
        // One file for each decree: the same text twice would be two versions.
        let endings: Vec<_> = decrees.map(|entry| entry.unwrap().path()).collect();
        assert!(endings.iter().all(|path| path.extension().unwrap() == "pdf"), "{endings:?}");
    }
}
