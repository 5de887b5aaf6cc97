//! Uploads, held encrypted until they are read or expire.
//!
//! One that is larger than an upload may be is counted to its end but not kept, so that the call that names it
//! can say how large it was, of that file alone.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::key::{self, KEY_BYTES};
use crate::vault::Clock;

/// Files are sealed in pieces of this size.
const FRAME_BYTES: usize = 64 << 10;
const TAG_BYTES: usize = 16;
const EXTENSION: &str = "upload";
/// An upload that is only counted is cut off after this many times what may be kept.
const COUNTED_TIMES_MAX: u64 = 16;
/// How often expired uploads are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(30);

/// What a department may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadLimits {
    /// Bytes of one upload.
    pub upload_bytes_max: u64,
    /// Bytes of all uploads of a department.
    pub department_bytes_max: u64,
    /// Uploads of a department.
    pub department_uploads_max: u64,
    /// How long one is held.
    pub lifetime: Duration,
}

impl Default for UploadLimits {
    fn default() -> UploadLimits {
        UploadLimits {
            upload_bytes_max: 256 << 20,
            department_bytes_max: 2 << 30,
            department_uploads_max: 256,
            lifetime: Duration::from_secs(30 * 60),
        }
    }
}

/// A finished upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadInfo {
    /// What the department refers to it by.
    pub id: String,
    /// Its bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// When it ends by itself.
    pub expires_at: SystemTime,
}

/// The uploads of all departments. Cheap to clone.
#[derive(Clone)]
pub struct Uploads {
    inner: Arc<Inner>,
}

struct Inner {
    directory: PathBuf,
    limits: UploadLimits,
    clock: Clock,
    departments: Mutex<BTreeMap<String, Department>>,
}

/// What a department holds, uploads under way included.
#[derive(Default)]
struct Department {
    bytes: u64,
    uploads: u64,
    finished: HashMap<String, Held>,
}

struct Held {
    /// Nothing where the upload was too large to be kept.
    path: Option<PathBuf>,
    size: u64,
    cipher: FrameCipher,
    expires: Instant,
}

impl fmt::Debug for Uploads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Uploads")
            .field("limits", &self.inner.limits)
            .finish_non_exhaustive()
    }
}

impl Uploads {
    /// Removes what an earlier run has left, and begins to sweep.
    pub(crate) fn start(
        directory: PathBuf,
        limits: UploadLimits,
        clock: Clock,
    ) -> Result<Uploads, Error> {
        fs_err::create_dir_all(&directory)?;
        for file in fs_err::read_dir(&directory)? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == EXTENSION) {
                fs_err::remove_file(path)?;
            }
        }
        let departments = Mutex::new(BTreeMap::new());
        let inner = Arc::new(Inner { directory, limits, clock, departments });
        let swept = Arc::downgrade(&inner);
        std::thread::Builder::new().name("upload-sweeper".to_owned()).spawn(move || {
            loop {
                std::thread::sleep(SWEEP_INTERVAL);
                let Some(inner) = swept.upgrade() else { return };
                Uploads { inner }.sweep();
            }
        })?;
        Ok(Uploads { inner })
    }

    /// Begins an upload. `declared` is the size the client states, 0 where it doesn't know.
    ///
    /// # Errors
    ///
    /// Past a limit, with its name, or when the disk refuses.
    pub fn begin(&self, department: &str, declared: u64) -> Result<Upload, Error> {
        self.sweep();
        let id = new_id()?;
        let path = self.inner.directory.join(&id).with_extension(EXTENSION);
        let cipher = FrameCipher::random()?;
        let is_over = declared > self.inner.limits.upload_bytes_max;
        let reserved = if is_over { 0 } else { declared };
        self.reserve(department, 0, reserved, 1)?;
        // From here on dropping it gives the reservation back.
        let mut upload = Upload {
            uploads: self.clone(),
            department: department.to_owned(),
            id,
            path,
            file: None,
            cipher,
            buffer: Vec::new(),
            frames: 0,
            declared,
            size: 0,
            reserved,
            sha256: Sha256::new(),
            is_over,
            is_finished: false,
        };
        if is_over {
            return Ok(upload);
        }
        let mut options = std::fs::OpenOptions::new();
        options.create_new(true).write(true).mode(0o600);
        upload.file = Some(fs_err::OpenOptions::from_options(options).open(&upload.path)?);
        Ok(upload)
    }

    /// Reads a finished upload of this department.
    ///
    /// # Errors
    ///
    /// When there is none of this id in this department, or no longer, or when it was too large to be kept.
    pub fn open(&self, department: &str, id: &str) -> Result<Vec<u8>, Error> {
        let (path, size, cipher) = {
            let departments = self.departments();
            let held = departments
                .get(department)
                .and_then(|department| department.finished.get(id))
                .filter(|held| held.expires > Instant::now())
                .ok_or(Error::UnknownUpload)?;
            let Some(path) = &held.path else {
                let allowed = self.inner.limits.upload_bytes_max;
                return Err(Error::Limit { limit: "upload_bytes", allowed, actual: held.size });
            };
            (path.clone(), held.size, held.cipher.clone())
        };
        let sealed = fs_err::read(path)?;
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        let frames = sealed.chunks(FRAME_BYTES + TAG_BYTES);
        let count = frames.len() as u64;
        for (number, frame) in (0..).zip(frames) {
            bytes.extend(cipher.open(number, number + 1 == count, frame)?);
        }
        if bytes.len() as u64 != size {
            return Err(Error::Sealed);
        }
        Ok(bytes)
    }

    /// Removes an upload; it is no error when there is none.
    pub fn remove(&self, department: &str, id: &str) {
        let removed = {
            let mut departments = self.departments();
            departments.get_mut(department).and_then(|department| department.end(id))
        };
        remove_files(removed);
    }

    /// Removes what has expired, and says how many. Also done by itself, and whenever one is begun.
    pub fn sweep(&self) -> usize {
        let now = Instant::now();
        let mut expired = Vec::new();
        let mut count = 0;
        {
            let mut departments = self.departments();
            for department in departments.values_mut() {
                let ids: Vec<String> = department
                    .finished
                    .iter()
                    .filter(|(_, held)| held.expires <= now)
                    .map(|(id, _)| id.clone())
                    .collect();
                count += ids.len();
                expired.extend(ids.iter().filter_map(|id| department.end(id)));
            }
            departments.retain(|_, department| department.uploads > 0);
        }
        remove_files(expired);
        count
    }

    /// Counts bytes and uploads in, where the limits allow it. `had` are bytes of the upload counted before.
    fn reserve(&self, department: &str, had: u64, more: u64, uploads: u64) -> Result<(), Error> {
        let limits = &self.inner.limits;
        let mut departments = self.departments();
        let held = departments.entry(department.to_owned()).or_default();
        let checks = [
            ("upload_bytes", limits.upload_bytes_max, had.saturating_add(more)),
            ("department_bytes", limits.department_bytes_max, held.bytes.saturating_add(more)),
            ("department_uploads", limits.department_uploads_max, held.uploads + uploads),
        ];
        for (limit, allowed, actual) in checks {
            if actual > allowed {
                return Err(Error::Limit { limit, allowed, actual });
            }
        }
        held.bytes += more;
        held.uploads += uploads;
        Ok(())
    }

    fn departments(&self) -> MutexGuard<'_, BTreeMap<String, Department>> {
        self.inner.departments.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Department {
    /// Gives back what an upload took, and says which file it was.
    fn end(&mut self, id: &str) -> Option<PathBuf> {
        let held = self.finished.remove(id)?;
        self.release(held.path.as_ref().map_or(0, |_| held.size));
        held.path
    }

    fn release(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.uploads = self.uploads.saturating_sub(1);
    }
}

/// An upload under way. Dropped before it is finished, it is removed.
pub struct Upload {
    uploads: Uploads,
    department: String,
    id: String,
    path: PathBuf,
    file: Option<fs_err::File>,
    cipher: FrameCipher,
    /// Not yet a whole frame.
    buffer: Vec<u8>,
    frames: u64,
    declared: u64,
    size: u64,
    reserved: u64,
    sha256: Sha256,
    /// Too large to be kept: from here on it is only counted.
    is_over: bool,
    is_finished: bool,
}

impl fmt::Debug for Upload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Upload").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Upload {
    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// Past a limit, with its name, or when the disk refuses.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let size = self.size.saturating_add(chunk.len() as u64);
        let allowed = self.uploads.inner.limits.upload_bytes_max;
        if size > allowed {
            self.keep_no_longer();
            if size > allowed.saturating_mul(COUNTED_TIMES_MAX) {
                return Err(Error::Limit { limit: "upload_bytes", allowed, actual: size });
            }
        }
        if self.is_over {
            self.size = size;
            self.sha256.update(chunk);
            return Ok(());
        }
        if size > self.reserved {
            let more = size - self.reserved;
            self.uploads.reserve(&self.department, self.reserved, more, 0)?;
            self.reserved = size;
        }
        self.size = size;
        self.sha256.update(chunk);
        let mut rest = chunk;
        while !rest.is_empty() {
            if self.buffer.len() == FRAME_BYTES {
                self.flush(false)?;
            }
            let step = rest.len().min(FRAME_BYTES - self.buffer.len());
            let (now, later) = rest.split_at_checked(step).unwrap_or((rest, &[]));
            self.buffer.extend_from_slice(now);
            rest = later;
        }
        Ok(())
    }

    /// Ends the upload; from here on it can be opened.
    ///
    /// # Errors
    ///
    /// When its size isn't what was declared, or the disk refuses.
    pub fn finish(mut self) -> Result<UploadInfo, Error> {
        if self.declared != 0 && self.declared != self.size {
            return Err(Error::SizeMismatch { declared: self.declared, actual: self.size });
        }
        if !self.is_over {
            self.flush(true)?;
        }
        let lifetime = self.uploads.inner.limits.lifetime;
        let held = Held {
            path: (!self.is_over).then(|| self.path.clone()),
            size: self.size,
            cipher: self.cipher.clone(),
            expires: Instant::now() + lifetime,
        };
        self.is_finished = true;
        {
            let mut departments = self.uploads.departments();
            let department = departments.entry(self.department.clone()).or_default();
            department.finished.insert(self.id.clone(), held);
        }
        Ok(UploadInfo {
            id: self.id.clone(),
            size: self.size,
            sha256: std::mem::take(&mut self.sha256).finalize().into(),
            expires_at: (self.uploads.inner.clock)() + lifetime,
        })
    }

    /// Gives back what it took on the disk and goes on counting.
    fn keep_no_longer(&mut self) {
        if self.is_over {
            return;
        }
        self.is_over = true;
        self.buffer = Vec::new();
        let reserved = std::mem::take(&mut self.reserved);
        if let Some(department) = self.uploads.departments().get_mut(&self.department) {
            department.bytes = department.bytes.saturating_sub(reserved);
        }
        if self.file.take().is_some() {
            remove_files(Some(self.path.clone()));
        }
    }

    fn flush(&mut self, is_last: bool) -> Result<(), Error> {
        let sealed = self.cipher.seal(self.frames, is_last, &self.buffer)?;
        let file = self.file.as_mut().ok_or(Error::UnknownUpload)?;
        file.write_all(&sealed)?;
        self.buffer.clear();
        self.frames += 1;
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.is_finished {
            return;
        }
        {
            let mut departments = self.uploads.departments();
            if let Some(department) = departments.get_mut(&self.department) {
                department.release(self.reserved);
            }
        }
        if self.file.take().is_some() {
            remove_files(Some(self.path.clone()));
        }
    }
}

/// Seals the frames of one upload under a key that never leaves memory.
#[derive(Clone)]
struct FrameCipher {
    key: Arc<Zeroizing<[u8; KEY_BYTES]>>,
}

impl FrameCipher {
    fn random() -> Result<FrameCipher, Error> {
        Ok(FrameCipher { key: Arc::new(key::random()?) })
    }

    fn seal(&self, number: u64, is_last: bool, frame: &[u8]) -> Result<Vec<u8>, Error> {
        self.cipher().encrypt(&nonce(number, is_last), frame).map_err(|_| Error::Sealed)
    }

    fn open(&self, number: u64, is_last: bool, frame: &[u8]) -> Result<Vec<u8>, Error> {
        self.cipher().decrypt(&nonce(number, is_last), frame).map_err(|_| Error::Sealed)
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&(**self.key).into())
    }
}

/// The place of a frame: none can be moved, left out or made the last.
fn nonce(number: u64, is_last: bool) -> Nonce {
    let mut bytes = [0; 12];
    let place = number.to_le_bytes().into_iter().chain([u8::from(is_last)]);
    for (to, from) in bytes.iter_mut().zip(place) {
        *to = from;
    }
    Nonce::from(bytes)
}

fn new_id() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

fn remove_files(paths: impl IntoIterator<Item = PathBuf>) {
    for path in paths {
        // What stays behind cannot be read, and goes at the next start.
        if let Err(error) = fs_err::remove_file(path) {
            tracing::warn!(error = &error as &dyn std::error::Error, "failed to remove an upload");
        }
    }
}
