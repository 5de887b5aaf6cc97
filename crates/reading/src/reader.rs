//! The caller's side: one child process per file, killed at its time limit.

use crate::binding::{Binding, Sent};
use crate::child;
use crate::config::{Child, Config, Ocr};
use crate::error::{CHILD_ENDED, FileError, MEMORY, Reason};
use crate::heic;
use crate::holder::{Part, PartContent};
use crate::limits::{Limits, widen};
use crate::paddle::{NETWORK_FILES, NETWORK_FOLDER};
use crate::paper::Paper;
use crate::protocol::{self, Answer, Confinement, Request, Task};
use crate::sniff;
use crate::tesseract;
use bytes::Bytes;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::task::JoinError;

/// What a child says on stderr beyond this is not read.
const STDERR_BYTES_MAX: u64 = 4096;

/// Reads files within the limits of its configuration. Cheap to clone; clones share the limit on
/// children.
#[derive(Debug, Clone)]
pub struct Reader {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: Config,
    limits: Limits,
    children: Semaphore,
    warned: AtomicBool,
    /// Holds the link that heif-convert writes to.
    _outlet: Option<TempDir>,
}

/// How a child ended.
struct Ending {
    status: ExitStatus,
    output: Vec<u8>,
    complaint: String,
}

impl Reader {
    /// A reader with these limits. Asks Tesseract for its languages, which takes a few
    /// milliseconds.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let recogniser = match &config.ocr {
            Ocr::Tesseract { path } => tesseract::find(path),
            Ocr::None => None,
        };
        let mut limits = Limits::new(&config, recogniser);
        let (converter, outlet) = heic::find().unzip();
        limits.converter = converter;
        let children = Semaphore::new(config.children_max.max(1));
        Self {
            shared: Arc::new(Shared {
                config,
                limits,
                children,
                warned: AtomicBool::new(false),
                _outlet: outlet,
            }),
        }
    }

    /// Reads one paper, and masks what it says of religion, ethnic origin, health and offences
    /// ([`crate::Mask`]). The type is told from the bytes; the name serves only where bytes leave a doubt.
    ///
    /// # Errors
    /// [`FileError`] says what is wrong with the file.
    pub async fn read(&self, bytes: Vec<u8>, filename_hint: &str) -> Result<Paper, FileError> {
        self.read_as(Task::Read, bytes, filename_hint).await
    }

    /// Reads one file that is no paper of anybody, such as a decree: nothing is masked.
    ///
    /// # Errors
    /// [`FileError`] says what is wrong with the file.
    pub async fn read_published(
        &self,
        bytes: Vec<u8>,
        filename_hint: &str,
    ) -> Result<Paper, FileError> {
        self.read_as(Task::ReadPublished, bytes, filename_hint).await
    }

    async fn read_as(
        &self,
        task: Task,
        bytes: Vec<u8>,
        filename_hint: &str,
    ) -> Result<Paper, FileError> {
        let limits = &self.shared.limits;
        self.check_size(bytes.len())?;
        let Ok(_permit) = self.shared.children.acquire().await else {
            return Err(FileError::new(Reason::Unreadable, "the reader is closed"));
        };
        let hint = filename_hint.to_owned();
        match &self.shared.config.child {
            Child::InProcess => {
                let limits = limits.clone();
                let guarded = match task {
                    Task::ReadPublished => child::published_guarded,
                    Task::Read | Task::Unpack | Task::Bind { .. } => child::read_guarded,
                };
                joined(tokio::task::spawn_blocking(move || guarded(bytes, hint, limits)).await)
            }
            Child::Process { program, args } => {
                let held = sniff::is_heic(&bytes);
                let request = Request { filename_hint: hint, limits: limits.clone(), task, held };
                let output = self.ask_child(program, args, &request, &bytes).await?;
                let Answer { result, confinement } = protocol::decode_answer(&output, limits)?;
                self.warn_once(confinement);
                result
            }
        }
    }

    /// Takes the files out of an archive, a mail or a law's XML ([`crate::holds_files`]), also out of those
    /// inside it. The limits on bytes count for all of them together.
    ///
    /// # Errors
    /// [`FileError`] says what is wrong with the file; [`Reason::Unsupported`] where it holds no files.
    pub async fn unpack(
        &self,
        bytes: Vec<u8>,
        filename_hint: &str,
    ) -> Result<Vec<Part>, FileError> {
        let limits = &self.shared.limits;
        self.check_size(bytes.len())?;
        let Ok(_permit) = self.shared.children.acquire().await else {
            return Err(FileError::new(Reason::Unreadable, "the reader is closed"));
        };
        let hint = filename_hint.to_owned();
        match &self.shared.config.child {
            Child::InProcess => {
                let limits = limits.clone();
                let unpacking =
                    tokio::task::spawn_blocking(move || child::unpack_guarded(bytes, hint, limits));
                joined(unpacking.await)
            }
            Child::Process { program, args } => {
                let request = Request {
                    filename_hint: hint,
                    limits: limits.clone(),
                    task: Task::Unpack,
                    held: false,
                };
                let output = self.ask_child(program, args, &request, &bytes).await?;
                let (result, confinement) = protocol::decode_parts(&output)?;
                self.warn_once(confinement);
                result
            }
        }
    }

    /// Binds files into one PDF: a cover sheet, then the documents in their order, each with a bookmark and
    /// every page unchanged; what is no page is attached. The files together may have as many bytes as one
    /// file may.
    ///
    /// # Errors
    /// [`Reason::TooLarge`], and what ends the process that binds. A file that cannot be taken over is attached
    /// and no error.
    pub async fn bind(
        &self,
        files: &[(String, Bytes)],
        binding: Binding,
    ) -> Result<Vec<u8>, FileError> {
        let limits = &self.shared.limits;
        let sent: Vec<Sent> = files
            .iter()
            .map(|(name, bytes)| Sent { name: name.clone(), length: bytes.len() })
            .collect();
        let (allowed, actual) =
            (limits.file_bytes_max, widen(sent.iter().map(|file| file.length).sum()));
        if actual > allowed {
            return Err(FileError::passed(Reason::TooLarge, "file_bytes_max", allowed, actual));
        }
        let bytes = files.iter().map(|(_, bytes)| bytes.as_ref()).collect::<Vec<&[u8]>>().concat();
        let Ok(_permit) = self.shared.children.acquire().await else {
            return Err(FileError::new(Reason::Unreadable, "the reader is closed"));
        };
        let bound = match &self.shared.config.child {
            Child::InProcess => {
                let limits = limits.clone();
                let binding = move || child::bind_guarded(bytes, sent, binding, limits);
                joined(tokio::task::spawn_blocking(binding).await)?
            }
            Child::Process { program, args } => {
                let (filename_hint, task) = (String::new(), Task::Bind { sent, binding });
                let request = Request { filename_hint, limits: limits.clone(), task, held: false };
                let output = self.ask_child(program, args, &request, &bytes).await?;
                let (result, confinement) = protocol::decode_parts(&output)?;
                self.warn_once(confinement);
                result?.pop().ok_or_else(|| FileError::new(Reason::Unreadable, "no bundle came"))?
            }
        };
        match bound.content {
            PartContent::File(pdf) => Ok(pdf),
            PartContent::Refused(error) => Err(error),
            PartContent::Message { .. } | PartContent::Law(_) => {
                Err(FileError::new(Reason::Unreadable, "no bundle came"))
            }
        }
    }

    /// Takes a paper that is given as text: a form feed begins a new page. Masks as [`Self::read`] does.
    ///
    /// # Errors
    /// [`Reason::Empty`] and the limits on bytes and pages.
    pub async fn read_text(&self, text: String) -> Result<Paper, FileError> {
        self.check_size(text.len())?;
        let limits = self.shared.limits.clone();
        joined(tokio::task::spawn_blocking(move || child::text_guarded(text, limits)).await)
    }

    /// How far this kernel confines the process that reads a file. Starts one.
    ///
    /// # Errors
    /// Where the process does not start, or ends before it answers.
    pub async fn confinement(&self) -> Result<Confinement, FileError> {
        let Child::Process { program, args } = &self.shared.config.child else {
            return Ok(Confinement::None);
        };
        let limits = self.shared.limits.clone();
        let (filename_hint, task, held) = (String::new(), Task::Read, false);
        let request = Request { filename_hint, limits, task, held };
        let output = self.ask_child(program, args, &request, b"?").await?;
        Ok(protocol::decode_answer(&output, &self.shared.limits)?.confinement)
    }

    /// Whether scans can be read: the networks are there, or Tesseract runs and has its German data.
    #[must_use]
    pub fn ocr_available(&self) -> bool {
        self.shared.limits.can_recognise()
    }

    /// What scans are read with, for logs and records: `pp-ocrv6:` with the digest of the network that
    /// reads, `tesseract:` with its languages, or `none`.
    #[must_use]
    pub fn recognised_by(&self) -> String {
        let limits = &self.shared.limits;
        match (&limits.networks, &limits.recogniser) {
            (Some(_), _) => {
                let [_, reads] = NETWORK_FILES;
                format!("{NETWORK_FOLDER}:{}", reads.sha256)
            }
            (None, Some(tesseract)) => format!("tesseract:{}", tesseract.languages),
            (None, None) => "none".to_owned(),
        }
    }

    /// The configuration in force.
    #[must_use]
    pub fn limits(&self) -> &Config {
        &self.shared.config
    }

    fn check_size(&self, length: usize) -> Result<(), FileError> {
        let (allowed, actual) = (self.shared.limits.file_bytes_max, widen(length));
        match actual {
            0 => Err(FileError::new(Reason::Empty, "no bytes")),
            _ if actual > allowed => {
                Err(FileError::passed(Reason::TooLarge, "file_bytes_max", allowed, actual))
            }
            _ => Ok(()),
        }
    }

    async fn ask_child(
        &self,
        program: &Path,
        args: &[String],
        request: &Request,
        bytes: &[u8],
    ) -> Result<Vec<u8>, FileError> {
        let started = Instant::now();
        let limits = &self.shared.limits;
        let running = run(program, args, request, bytes);
        let ending = match tokio::time::timeout(limits.time_max, running).await {
            // Dropping the future killed the child.
            Err(_) => return Err(limits.timed_out(started.elapsed())),
            Ok(Err(error)) => {
                tracing::error!(program = %program.display(), %error, "failed to run a reading child");
                return Err(FileError::new(
                    Reason::Unreadable,
                    format!("{CHILD_ENDED} did not run: {error}"),
                ));
            }
            Ok(Ok(ending)) => ending,
        };
        if !ending.status.success() {
            return Err(explain(&ending, limits, started));
        }
        Ok(ending.output)
    }

    fn warn_once(&self, confinement: Confinement) {
        if confinement != Confinement::Full && !self.shared.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(?confinement, "this kernel does not confine reading children fully");
        }
    }
}

/// What a thread in this process found.
fn joined<T>(done: Result<Result<T, FileError>, JoinError>) -> Result<T, FileError> {
    done.unwrap_or_else(|error| Err(FileError::new(Reason::Unreadable, format!("join: {error}"))))
}

async fn run(
    program: &Path,
    args: &[String],
    request: &Request,
    bytes: &[u8],
) -> std::io::Result<Ending> {
    let mut child = Command::new(program)
        .args(args)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let (Some(mut stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(std::io::Error::other("a pipe is missing"));
    };
    let header = protocol::encode_request(request)?;
    let (mut output, mut complaint) = (Vec::new(), Vec::new());
    let mut stdout = stdout.take(protocol::ANSWER_BYTES_MAX);
    let mut stderr = stderr.take(STDERR_BYTES_MAX);
    let send = async move {
        // A child that died early closes the pipe; how it died says more than this error.
        if stdin.write_all(&header).await.is_ok() {
            let _unsent = stdin.write_all(bytes).await;
        }
        drop(stdin);
    };
    let ((), read, complained) =
        tokio::join!(send, stdout.read_to_end(&mut output), stderr.read_to_end(&mut complaint));
    read?;
    complained?;
    let status = child.wait().await?;
    Ok(Ending { status, output, complaint: String::from_utf8_lossy(&complaint).into_owned() })
}

/// Which error a child's death stands for.
fn explain(ending: &Ending, limits: &Limits, started: Instant) -> FileError {
    // The words of Rust's allocator before it aborts.
    if let Some((_, rest)) = ending.complaint.split_once("memory allocation of ") {
        let wanted: u64 = rest.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(1);
        let allowed = limits.memory_bytes_max;
        let actual = allowed.saturating_add(wanted);
        return FileError::passed(Reason::TooLarge, MEMORY, allowed, actual);
    }
    match ending.status.signal() {
        Some(libc::SIGXCPU | libc::SIGALRM) => limits.timed_out(started.elapsed()),
        Some(_) | None => FileError::new(
            Reason::Unreadable,
            format!("{CHILD_ENDED} ended with {}: {}", ending.status, ending.complaint.trim()),
        ),
    }
}
