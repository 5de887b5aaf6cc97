//! The files of jobs: what was asked, what was sent with it, what came of it; each sealed under the key of
//! the case.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::key::CaseKey;

const EXTENSION: &str = "job";

/// A file of a job.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Request,
    Upload(usize),
    Result,
}

/// The folder that they lie in.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
}

impl Files {
    pub(super) fn open(directory: PathBuf) -> Result<Files, Error> {
        journal::create_directory(&directory)?;
        Ok(Files { directory })
    }

    /// Seals a part and puts it on the disk; [`Files::sync`] makes its name durable.
    pub(super) fn write(
        &self,
        job: &str,
        part: Part,
        key: &CaseKey,
        bytes: &[u8],
    ) -> Result<u64, Error> {
        let sealed = key.seal(&label(job, part), bytes)?;
        let mut options = std::fs::OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(0o600);
        let mut file = fs_err::OpenOptions::from_options(options).open(self.path(job, part))?;
        file.write_all(&sealed)?;
        file.sync_all()?;
        Ok(sealed.len() as u64)
    }

    pub(super) fn sync(&self) -> Result<(), Error> {
        Ok(journal::sync_directory(&self.directory)?)
    }

    pub(super) fn read(&self, job: &str, part: Part, key: &CaseKey) -> Result<Vec<u8>, Error> {
        key.open(&label(job, part), &fs_err::read(self.path(job, part))?)
    }

    pub(super) fn holds(&self, job: &str, part: Part) -> bool {
        self.path(job, part).is_file()
    }

    /// Removes what a job was asked with; its result stays.
    pub(super) fn remove_request(&self, job: &str, uploads: usize) {
        remove(&self.path(job, Part::Request));
        for upload in 0..uploads {
            remove(&self.path(job, Part::Upload(upload)));
        }
    }

    pub(super) fn remove_result(&self, job: &str) {
        remove(&self.path(job, Part::Result));
    }

    /// Removes the files of jobs that are not known: of a submission that was cut off, or of one that went.
    pub(super) fn keep_only(&self, is_known: impl Fn(&str) -> bool) -> Result<(), Error> {
        for file in fs_err::read_dir(&self.directory)? {
            let path = file?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_ours = path.extension().is_some_and(|extension| extension == EXTENSION);
            let job = name.split_once('.').map_or("", |(job, _)| job);
            if is_ours && !is_known(job) {
                fs_err::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn path(&self, job: &str, part: Part) -> PathBuf {
        let part = match part {
            Part::Request => "request".to_owned(),
            Part::Upload(place) => place.to_string(),
            Part::Result => "result".to_owned(),
        };
        self.directory.join(format!("{job}.{part}.{EXTENSION}"))
    }
}

/// What a part was sealed for: none can stand in for another.
fn label(job: &str, part: Part) -> String {
    format!("job {job} {part:?}")
}

fn remove(path: &Path) {
    match fs_err::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        // What stays behind is sealed, and goes at the next start.
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "failed to remove a file");
        }
    }
}
