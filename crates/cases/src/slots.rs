//! The key file: slots of a fixed size, overwritten where they stand.
//!
//! 4096 bytes of header (magic, then zeros), then slots of 128 bytes, so that a slot never crosses a sector:
//!
//! | in a slot | bytes |                                              |
//! |-----------|-------|----------------------------------------------|
//! | state     | 1     | 2 in use; a free slot is all zeros           |
//! | mode      | 1     | 1 applicant, 2 office                        |
//! | tag       | 32    | HMAC of department and case id               |
//! | key       | 32    |                                              |
//! | used      | 8     | last use, seconds since 1970, little-endian, late by up to an hour |
//! | CRC-32C   | 4     | over the fields above, little-endian         |
//!
//! State 1 is that of an earlier version, without `used`.
//!
//! No journal, no tree, no log: those keep what was deleted. On a file system that copies on write the old
//! block outlives the overwriting; the appliance's documentation says which to use.

use std::collections::HashMap;
use std::io::Write;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::error::Error;
use crate::key::{CaseKey, KEY_BYTES};
use crate::vault::Mode;

const MAGIC: &[u8; 8] = b"AMTKEYS1";
const HEADER_BYTES: usize = 4096;
const SLOT_BYTES: usize = 128;
/// Bytes of a slot before its CRC.
const FIELDS_BYTES: usize = 74;
/// The same in a slot of an earlier version.
const FIELDS_BYTES_1: usize = 66;
/// A use is put on the disk when the one there is older than this.
const USED_EVERY_S: u64 = 3600;
/// The file grows by this many slots.
const GROWTH: u64 = 32;

/// Says which case a slot belongs to, to whoever has the lookup key.
pub(crate) type Tag = [u8; 32];

/// The open key file.
#[derive(Debug)]
pub(crate) struct Slots {
    file: fs_err::File,
    live: HashMap<Tag, Live>,
    free: Vec<u64>,
    count: u64,
    /// A write failed: what the disk holds isn't known until the file is opened again.
    has_failed: bool,
}

/// A slot in use.
#[derive(Debug)]
struct Live {
    place: u64,
    mode: Mode,
    /// The last use.
    used: Instant,
    /// The last use that the disk knows of.
    used_s: u64,
}

/// What a slot says.
struct Slot {
    tag: Tag,
    mode: Mode,
    key: Zeroizing<[u8; KEY_BYTES]>,
    used_s: u64,
}

impl Slots {
    /// `now_s` is the time in seconds since 1970: from it and the last use follows for how long a case has
    /// been idle.
    pub(crate) fn open(path: &Path, now_s: u64) -> Result<Slots, Error> {
        if !path.exists() {
            let mut header = vec![0; HEADER_BYTES];
            header.splice(..MAGIC.len(), *MAGIC);
            write_private(path, &header)?;
        }
        let bytes = Zeroizing::new(fs_err::read(path)?);
        let malformed = || Error::Malformed { path: path.to_path_buf() };
        let (header, slots) = bytes.split_at_checked(HEADER_BYTES).ok_or_else(malformed)?;
        if !header.starts_with(MAGIC) {
            return Err(malformed());
        }
        let file = fs_err::OpenOptions::new().read(true).write(true).open(path)?;
        let mut found =
            Slots { file, live: HashMap::new(), free: Vec::new(), count: 0, has_failed: false };
        for slot in slots.chunks(SLOT_BYTES) {
            found.take_up(slot, now_s)?;
        }
        // The lowest first.
        found.free.reverse();
        Ok(found)
    }

    fn take_up(&mut self, slot: &[u8], now_s: u64) -> Result<(), Error> {
        let place = self.count;
        self.count += 1;
        if let Some(Slot { tag, mode, used_s, .. }) = decode(slot) {
            // A slot that doesn't say counts as used now, and so does one from the future.
            let used_s = if used_s == 0 { now_s } else { used_s.min(now_s) };
            let (now, idle) = (Instant::now(), Duration::from_secs(now_s - used_s));
            let used = now.checked_sub(idle).unwrap_or(now);
            self.live.insert(tag, Live { place, mode, used, used_s });
            return Ok(());
        }
        if slot.len() != SLOT_BYTES || slot.iter().any(|&byte| byte != 0) {
            // A write that was cut off: of a key that nobody had been given yet, or of an erasure that was
            // wanted. Either way the slot must not keep a key.
            tracing::warn!(slot = place, "a slot of the key file was half written and is erased");
            self.overwrite(place, &[0; SLOT_BYTES])?;
        }
        self.free.push(place);
        Ok(())
    }

    pub(crate) fn mode(&self, tag: &Tag) -> Option<Mode> {
        self.live.get(tag).map(|live| live.mode)
    }

    /// The key of a case, as it stands on the disk now.
    pub(crate) fn read(&self, tag: &Tag) -> Result<Option<Zeroizing<[u8; KEY_BYTES]>>, Error> {
        if self.has_failed {
            return Err(Error::Failed);
        }
        let Some(live) = self.live.get(tag) else { return Ok(None) };
        let mut slot = Zeroizing::new([0; SLOT_BYTES]);
        self.file.file().read_exact_at(slot.as_mut_slice(), offset(live.place))?;
        match decode(slot.as_slice()) {
            Some(found) if found.tag == *tag => Ok(Some(found.key)),
            Some(_) | None => Err(Error::Malformed { path: self.file.path().to_path_buf() }),
        }
    }

    /// The keys of all cases, as they stand on the disk now.
    pub(crate) fn all(&self) -> Result<Vec<CaseKey>, Error> {
        let live = self.live.iter();
        let read = live.map(|(tag, live)| {
            Ok(self.read(tag)?.map(|key| CaseKey::derive(&key, Some(live.mode))))
        });
        read.filter_map(Result::transpose).collect()
    }

    /// Puts a key on the disk.
    pub(crate) fn insert(
        &mut self,
        tag: Tag,
        mode: Mode,
        key: &[u8; KEY_BYTES],
        now_s: u64,
    ) -> Result<(), Error> {
        if self.has_failed {
            return Err(Error::Failed);
        }
        if self.free.is_empty() {
            self.grow()?;
        }
        let place = self.free.pop().ok_or(Error::Failed)?;
        self.overwrite(place, encode(&tag, mode, key, now_s).as_slice())?;
        self.live.insert(tag, Live { place, mode, used: Instant::now(), used_s: now_s });
        Ok(())
    }

    /// The case is in use. The disk hears of it every hour and without a sync: what a crash takes from it is
    /// an hour of the time that an idle case is kept.
    pub(crate) fn touch(
        &mut self,
        tag: &Tag,
        key: &[u8; KEY_BYTES],
        now_s: u64,
    ) -> Result<(), Error> {
        let Some(live) = self.live.get_mut(tag) else { return Ok(()) };
        live.used = Instant::now();
        if now_s < live.used_s.saturating_add(USED_EVERY_S) {
            return Ok(());
        }
        live.used_s = now_s;
        let (place, mode) = (live.place, live.mode);
        self.overwrite_unsynced(place, encode(tag, mode, key, now_s).as_slice())
    }

    /// The cases of a mode that nobody has used for so long.
    pub(crate) fn idle(&self, mode: Mode, idle: Duration) -> Vec<Tag> {
        let live = self.live.iter().filter(|(_, live)| live.mode == mode);
        live.filter(|(_, live)| live.used.elapsed() >= idle).map(|(tag, _)| *tag).collect()
    }

    /// Whether nobody has used the case for so long.
    pub(crate) fn is_idle(&self, tag: &Tag, idle: Duration) -> bool {
        self.live.get(tag).is_some_and(|live| live.used.elapsed() >= idle)
    }

    /// Overwrites a key on the disk. Says whether there was one.
    pub(crate) fn erase(&mut self, tag: &Tag) -> Result<bool, Error> {
        if self.has_failed {
            return Err(Error::Failed);
        }
        let Some(place) = self.live.get(tag).map(|live| live.place) else { return Ok(false) };
        self.overwrite(place, &[0; SLOT_BYTES])?;
        self.live.remove(tag);
        self.free.push(place);
        Ok(true)
    }

    fn grow(&mut self) -> Result<(), Error> {
        for place in (self.count..self.count + GROWTH).rev() {
            self.overwrite_unsynced(place, &[0; SLOT_BYTES])?;
            self.free.push(place);
        }
        self.count += GROWTH;
        Ok(())
    }

    fn overwrite(&mut self, place: u64, slot: &[u8]) -> Result<(), Error> {
        self.overwrite_unsynced(place, slot)?;
        self.file.sync_data().map_err(|error| {
            self.has_failed = true;
            Error::File(error)
        })
    }

    fn overwrite_unsynced(&mut self, place: u64, slot: &[u8]) -> Result<(), Error> {
        self.file.file().write_all_at(slot, offset(place)).map_err(|error| {
            self.has_failed = true;
            Error::File(error)
        })
    }
}

fn offset(place: u64) -> u64 {
    HEADER_BYTES as u64 + place * SLOT_BYTES as u64
}

fn encode(tag: &Tag, mode: Mode, key: &[u8; KEY_BYTES], used_s: u64) -> Zeroizing<Vec<u8>> {
    let mode = match mode {
        Mode::Applicant => 1,
        Mode::Office => 2,
    };
    // Of the full size at once: a vector that grows leaves copies of the key behind.
    let mut slot = Zeroizing::new(Vec::with_capacity(SLOT_BYTES));
    slot.extend_from_slice(&[2, mode]);
    slot.extend_from_slice(tag);
    slot.extend_from_slice(key);
    slot.extend_from_slice(&used_s.to_le_bytes());
    let crc = crc32c::crc32c(&slot);
    slot.extend_from_slice(&crc.to_le_bytes());
    slot.resize(SLOT_BYTES, 0);
    slot
}

fn decode(slot: &[u8]) -> Option<Slot> {
    let fields_bytes = match slot.first()? {
        1 => FIELDS_BYTES_1,
        2 => FIELDS_BYTES,
        _ => return None,
    };
    let (fields, rest) = slot.split_at_checked(fields_bytes)?;
    let (crc, padding) = rest.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*crc) != crc32c::crc32c(fields) || padding.iter().any(|&byte| byte != 0) {
        return None;
    }
    let ([_, mode], fields) = fields.split_first_chunk::<2>()?;
    let mode = match mode {
        1 => Mode::Applicant,
        2 => Mode::Office,
        _ => return None,
    };
    let (tag, fields) = fields.split_first_chunk::<32>()?;
    let (key, used) = fields.split_first_chunk::<KEY_BYTES>()?;
    let used_s = used.first_chunk().map_or(0, |used| u64::from_le_bytes(*used));
    Some(Slot { tag: *tag, mode, key: Zeroizing::new(*key), used_s })
}

/// Writes a new file, readable by its owner alone: beside, synced, renamed, the folder synced.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let unfinished = path.with_extension("unfinished");
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    let mut file = fs_err::OpenOptions::from_options(options).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs_err::rename(&unfinished, path)?;
    if let Some(folder) = path.parent() {
        journal::sync_directory(folder)?;
    }
    Ok(())
}
