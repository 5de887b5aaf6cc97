//! Opening: every CRC is checked, an interrupted write is set aside, anything else is refused.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, RwLock};

use super::appender::{self, Queue, Writer};
use super::{Config, Inner, Segment, Torn};
use crate::directory;
use crate::error::Error;
use crate::segment::{self, Tail};

pub(super) fn open(config: Config) -> Result<Inner, Error> {
    directory::create_directory(&config.directory)
        .map_err(Error::file("make", &config.directory))?;
    let lock = take_lock(&config.directory)?;
    let mut next = 0;
    let mut torn = None;
    let mut segments: Vec<Segment> = Vec::new();
    let found = list(&config.directory)?;
    for (place, (path, named)) in found.iter().enumerate() {
        if *named != next {
            return Err(Error::Gap {
                directory: config.directory.clone(),
                expected: next,
                found: *named,
            });
        }
        let bytes = fs_err::read(path).map_err(Error::file("read", path))?;
        if segment::read_header(&bytes) != Some(next) {
            return Err(Error::Header { path: path.clone(), version: segment::VERSION });
        }
        let scan = segment::scan(&bytes, next);
        next += scan.offsets.len() as u64;
        let damaged = || Error::Damaged { path: path.clone(), sequence: next, offset: scan.end };
        let file = fs_err::OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(Error::file("open", path))?;
        match scan.tail {
            Tail::Clean => {}
            Tail::Damaged => return Err(damaged()),
            // The next segment was begun after this one was durable to its end.
            Tail::Torn(_) if place + 1 < found.len() => return Err(damaged()),
            Tail::Torn(range) => {
                let bytes = bytes.get(range).unwrap_or_default();
                torn = Some(set_aside(&config.directory, &file, scan.end, (next, bytes))?);
            }
        }
        let file = Arc::new(file);
        segments.push(Segment { first: *named, offsets: scan.offsets, end: scan.end, file });
    }
    if segments.is_empty() {
        segments.push(appender::create(&config, 0)?.0);
    }
    let writer = writer(&segments, &config)?;
    Ok(Inner {
        segments: RwLock::new(segments),
        queue: Mutex::new(Queue::new(next)),
        writer: Mutex::new(writer),
        durable: AtomicU64::new(next),
        poisoned: AtomicBool::new(false),
        torn,
        _lock: lock,
        config,
    })
}

fn writer(segments: &[Segment], config: &Config) -> Result<Writer, Error> {
    let Some(last) = segments.last() else {
        // Opening made one where there was none.
        return Err(Error::Gap { directory: config.directory.clone(), expected: 0, found: 0 });
    };
    let length = last.file.metadata().map_err(Error::file("look at", last.file.path()))?.len();
    Ok(Writer::new(Arc::clone(&last.file), last.end, length))
}

fn take_lock(directory: &Path) -> Result<fs_err::File, Error> {
    let path = directory.join("lock");
    let file = fs_err::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(Error::file("open", &path))?;
    match file.file().try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Error::Locked { directory: directory.to_path_buf() })
        }
        Err(std::fs::TryLockError::Error(error)) => Err(Error::file("lock", path)(error)),
    }
}

/// The segments in their order, by the sequence number in their names.
fn list(directory: &Path) -> Result<Vec<(PathBuf, u64)>, Error> {
    let failed = || Error::file("list", directory);
    let mut found = Vec::new();
    for entry in fs_err::read_dir(directory).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        if path.extension().is_none_or(|extension| extension != "journal") {
            continue;
        }
        let first =
            path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        let Some(first) = first else {
            return Err(Error::Header { path, version: segment::VERSION });
        };
        found.push((path, first));
    }
    found.sort_by_key(|(_, first)| *first);
    Ok(found)
}

/// Copies the cut bytes into a file of their own, and only then zeroes them.
fn set_aside(
    directory: &Path,
    file: &fs_err::File,
    at: u64,
    (sequence, bytes): (u64, &[u8]),
) -> Result<Torn, Error> {
    let kept_in = (0..)
        .map(|number: u32| directory.join(format!("torn-{sequence:020}-{number}.bytes")))
        .find(|path| !path.exists())
        .unwrap_or_else(|| directory.join("torn.bytes"));
    let keep = || -> std::io::Result<()> {
        let mut copy = fs_err::File::create_new(&kept_in)?;
        copy.write_all(bytes)?;
        copy.sync_all()
    };
    keep().map_err(Error::file("keep the cut bytes in", &kept_in))?;
    directory::sync_directory(directory).map_err(Error::file("sync", directory))?;
    appender::write_zeros(file, at..at + bytes.len() as u64)?;
    file.sync_data().map_err(Error::file("sync", file.path()))?;
    tracing::warn!(
        sequence,
        bytes = bytes.len(),
        kept_in = %kept_in.display(),
        "a write was interrupted before anyone was told that it was done; its bytes were set aside",
    );
    Ok(Torn { sequence, bytes: bytes.len(), kept_in })
}
