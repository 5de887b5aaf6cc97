//! What the packed parts of a PDF unpack to, counted without keeping a byte of it.
//!
//! The interpreter unpacks a part whole before it looks at it, and would spend the child's memory and
//! seconds of its time on a bomb. Only parts that are large enough to be one are unpacked here; deflate
//! makes at most 1,032 bytes of one.

use crate::error::{FileError, Reason};
use crate::limits::{Work, widen};
use flate2::read::{DeflateDecoder, ZlibDecoder};
use hayro::hayro_syntax::object::{Name, Object, Stream};
use hayro::hayro_syntax::{Filter, Pdf};
use std::io::Read;

/// What a page, drawing, font or table unpacks to at most; images have the limit of the whole file.
const PART_BYTES_MAX: u64 = 64 << 20;
/// Bytes that deflate makes of one, at most.
const DEFLATE_RATIO: u64 = 1_032;
/// Bytes that are unpacked between two looks at the limit.
const STEP: usize = 1 << 16;

/// Refuses a file whose parts, or one of them, unpack to too much.
pub(super) fn check(pdf: &Pdf, work: &Work<'_>) -> Result<(), FileError> {
    let whole = work.limits.inflated_bytes_max;
    let mut total = 0_u64;
    for object in pdf.objects() {
        let Object::Stream(stream) = object else { continue };
        work.check_time()?;
        let is_image = stream.dict().get::<Name<'_>>("Subtype").as_deref() == Some(b"Image");
        let most = if is_image { whole } else { whole.min(PART_BYTES_MAX) };
        let size = size(&stream, most);
        total = total.saturating_add(size);
        if size > most || total > whole {
            let allowed = if size > most { most } else { whole };
            let actual = allowed.saturating_add(1);
            return Err(FileError::passed(Reason::TooLarge, "inflated_bytes_max", allowed, actual));
        }
    }
    Ok(())
}

/// Bytes that a part unpacks to, counted until they are more than `most`; 0 where they cannot be many.
fn size(stream: &Stream<'_>, most: u64) -> u64 {
    let filters = stream.filters();
    let packings = filters.iter().take_while(|filter| **filter == Filter::FlateDecode).count();
    // Other packings of text are held back by the memory of the child.
    if packings == 0 {
        return 0;
    }
    let raw = stream.raw_data();
    let ratio = (0..packings).fold(1_u64, |ratio, _| ratio.saturating_mul(DEFLATE_RATIO));
    let bound = widen(raw.len()).saturating_mul(ratio);
    if bound <= PART_BYTES_MAX {
        return 0;
    }
    let mut reader: Box<dyn Read + '_> = unpacked(&raw);
    for _ in 1..packings.min(8) {
        reader = Box::new(ZlibDecoder::new(reader));
    }
    count(reader, most)
}

/// Senders leave the header out; a check sum that is wrong stops nobody.
fn unpacked(raw: &[u8]) -> Box<dyn Read + '_> {
    match raw {
        [first, second, rest @ ..]
            if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31) =>
        {
            Box::new(DeflateDecoder::new(rest))
        }
        raw => Box::new(DeflateDecoder::new(raw)),
    }
}

fn count(mut reader: impl Read, most: u64) -> u64 {
    let mut buffer = vec![0; STEP];
    let mut total = 0_u64;
    // A part that breaks off counts as far as it goes.
    while let Ok(read @ 1..) = reader.read(&mut buffer) {
        total = total.saturating_add(widen(read));
        if total > most {
            break;
        }
    }
    total
}
