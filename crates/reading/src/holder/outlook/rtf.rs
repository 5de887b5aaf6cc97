//! Rich text as Outlook packs it (MS-OXRTFCP): references into a ring of 4,096 bytes.

/// What the ring holds before the first byte.
const BEFORE: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \
\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\
\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const RING: usize = 4096;
const PACKED: &[u8] = b"LZFu";
const PLAIN: &[u8] = b"MELA";
/// Unpacked bytes at most.
const BYTES_MAX: usize = 16 << 20;

/// The rich text; none where the bytes are none of it or pass the limit.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    let kind = bytes.get(8..12)?;
    let length = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    let length = usize::try_from(length).ok().filter(|length| *length <= BYTES_MAX)?;
    let body = bytes.get(16..)?;
    if kind == PLAIN {
        return body.get(..length).map(<[u8]>::to_vec);
    }
    if kind != PACKED {
        return None;
    }
    let mut ring = [b' '; RING];
    ring.get_mut(..BEFORE.len())?.copy_from_slice(BEFORE);
    let mut at = BEFORE.len();
    let mut text = Vec::new();
    let mut rest = body.iter().copied();
    let mut put = |text: &mut Vec<u8>, ring: &mut [u8; RING], byte: u8| {
        text.push(byte);
        if let Some(place) = ring.get_mut(at) {
            *place = byte;
        }
        at = (at + 1) % RING;
        at
    };
    let mut here = BEFORE.len();
    'runs: while text.len() < length {
        let control = rest.next()?;
        for bit in 0..8 {
            if control >> bit & 1 == 0 {
                let Some(byte) = rest.next() else { break 'runs };
                here = put(&mut text, &mut ring, byte);
            } else {
                let (Some(high), Some(low)) = (rest.next(), rest.next()) else { break 'runs };
                let reference = u16::from_be_bytes([high, low]);
                let from = usize::from(reference >> 4);
                // A reference to the place of writing ends the text.
                if from == here {
                    break 'runs;
                }
                for step in 0..usize::from(reference & 0xf) + 2 {
                    let byte = ring.get((from + step) % RING).copied()?;
                    here = put(&mut text, &mut ring, byte);
                }
            }
        }
    }
    text.truncate(length);
    (!text.is_empty()).then_some(text)
}
