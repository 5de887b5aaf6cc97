//! The child's side: confine, read one file, answer, end.

use crate::binding::{self, Binding, Sent};
use crate::confine;
use crate::error::{FileError, Reason};
use crate::heic;
use crate::holder::{self, Part, PartContent};
use crate::limits::{Limits, Work};
use crate::mask::masked;
use crate::paper::Paper;
use crate::plain;
use crate::protocol::{self, Answer, Task};
use crate::read;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, AsRawFd, IntoRawFd};
use std::process::ExitCode;

/// What is told of a parser that gave up in the middle.
pub(crate) const PANICKED: &str = "the child's parser panicked";

/// Interpreting nested drawing needs more than a thread's usual two megabytes.
const STACK_BYTES: usize = 64 << 20;

/// What the hidden subcommand `read-one` runs: a request on stdin, the answer on stdout. Call it
/// before any thread or runtime is started, since it confines the process it runs in.
#[must_use]
pub fn child_main() -> ExitCode {
    // The default hook prints the panic's message, which may quote the file.
    std::panic::set_hook(Box::new(|_| {}));
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if stderr is closed too.
            let _unsent = writeln!(io::stderr(), "failed to serve as a reading child: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> io::Result<()> {
    // Unbuffered, so that confinement comes between the request and the first byte of the file.
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let request = protocol::read_request(&mut input)?;
    let (hint, mut limits) = (request.filename_hint, request.limits);
    let mut input = input.take(limits.file_bytes_max.saturating_add(1));
    let mut bytes = Vec::new();
    let converter = limits.converter.as_mut().filter(|_| request.held);
    let confinement = if let Some(converter) = converter {
        // Copied unseen: a confined process can write nothing, not even into memory behind a file.
        let mut held = heic::hold(&mut input)?;
        converter.held = Some(held.as_raw_fd());
        let confinement = confine::confine(&limits)?;
        held.rewind()?;
        held.read_to_end(&mut bytes)?;
        // The program opens it by its number, so it stays open until this process ends.
        let _number = held.into_raw_fd();
        confinement
    } else {
        let confinement = confine::confine(&limits)?;
        input.read_to_end(&mut bytes)?;
        confinement
    };
    let mut output = io::BufWriter::new(io::stdout().lock());
    match request.task {
        Task::Read => {
            let result = read_guarded(bytes, hint, limits);
            serde_json::to_writer(&mut output, &Answer { result, confinement })?;
        }
        Task::ReadPublished => {
            let result = published_guarded(bytes, hint, limits);
            serde_json::to_writer(&mut output, &Answer { result, confinement })?;
        }
        Task::Unpack => {
            let result = unpack_guarded(bytes, hint, limits);
            protocol::write_parts(&mut output, result, confinement)?;
        }
        Task::Bind { sent, binding } => {
            let result = bind_guarded(bytes, sent, binding, limits);
            protocol::write_parts(&mut output, result.map(|part| vec![part]), confinement)?;
        }
    }
    output.flush()
}

/// Reads one paper and masks it.
pub(crate) fn read_guarded(
    bytes: Vec<u8>,
    hint: String,
    limits: Limits,
) -> Result<Paper, FileError> {
    guarded(move || read::read(bytes, &hint, &Work::start(&limits)).map(masked))
}

/// Reads one file that is no paper of anybody.
pub(crate) fn published_guarded(
    bytes: Vec<u8>,
    hint: String,
    limits: Limits,
) -> Result<Paper, FileError> {
    guarded(move || read::read(bytes, &hint, &Work::start(&limits)))
}

/// Takes text that is given as text, and masks it.
pub(crate) fn text_guarded(text: String, limits: Limits) -> Result<Paper, FileError> {
    guarded(move || plain::paper(&text, &Work::start(&limits)).map(masked))
}

/// Takes the files out of one that holds files.
pub(crate) fn unpack_guarded(
    bytes: Vec<u8>,
    hint: String,
    limits: Limits,
) -> Result<Vec<Part>, FileError> {
    guarded(move || holder::unpack(&bytes, &hint, &Work::start(&limits)))
}

/// Binds several files into one.
pub(crate) fn bind_guarded(
    bytes: Vec<u8>,
    sent: Vec<Sent>,
    binding: Binding,
    limits: Limits,
) -> Result<Part, FileError> {
    guarded(move || {
        let bound = binding::bind(&bytes, &sent, &binding, &Work::start(&limits))?;
        Ok(Part { name: binding.title, content: PartContent::File(bound) })
    })
}

/// Works on a thread with a deep stack; a panic is the file's fault and becomes an error.
pub(crate) fn guarded<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    let reading = std::thread::Builder::new()
        .name("reading".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(work)
        .map_err(|error| FileError::new(Reason::Unreadable, format!("start a thread: {error}")))?;
    reading.join().unwrap_or_else(|payload| {
        let panicked = |_| FileError::new(Reason::Unreadable, PANICKED);
        Err(payload.downcast::<FileError>().map_or_else(panicked, |error| *error))
    })
}
