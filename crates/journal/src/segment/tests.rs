use proptest::prelude::*;

use super::*;

fn segment(first: u64, batches: &[&[&[u8]]]) -> Vec<u8> {
    let mut bytes = header(first);
    let mut sequence = first;
    for batch in batches {
        let batch_first = sequence;
        for payload in *batch {
            encode(&mut bytes, sequence, batch_first, payload);
            sequence += 1;
        }
    }
    bytes
}

/// The bytes as version 1 wrote them: segments of that time stay readable.
#[test]
fn the_format_is_that_of_version_1() {
    let mut bytes = segment(5, &[&[b"one"], &[b"two!"]]);
    bytes.extend(close_mark(7));
    let wanted = [
        // Header: magic, version, first sequence, CRC, zeros.
        b"AMTSJRNL".as_slice(),
        &[1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 170, 32, 29, 132],
        &[0; 40],
        b"ENTY",
        &[3, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0],
        &[215, 242, 150, 159],
        b"one",
        b"ENTY",
        &[4, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0],
        &[149, 134, 65, 142],
        b"two!",
        b"CLOS",
        &[0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0],
        &[60, 98, 194, 171],
    ]
    .concat();
    assert_eq!(bytes, wanted);
    assert_eq!(read_header(&bytes), Some(5));
    assert_eq!(scan(&bytes, 5), Scan { offsets: vec![64, 95], end: 127, tail: Tail::Clean });
}

#[test]
fn a_tail_is_torn_until_a_later_batch_vouches_for_it() {
    let lost = 64 + 28 + 1;
    for (batches, wanted) in [
        // The lost entry and those behind it are of one batch.
        (vec![[b"a".as_slice()].as_slice(), &[b"b", b"c", b"d"]], "torn"),
        (vec![[b"a".as_slice()].as_slice(), &[b"b"], &[b"c"]], "damaged"),
        (vec![[b"a".as_slice()].as_slice()], "clean"),
    ] {
        let mut bytes = segment(0, &batches);
        if let Some(payload) = bytes.get_mut(lost + 28) {
            *payload ^= 1;
        }
        bytes.extend([0; 100]);
        let found = match scan(&bytes, 0) {
            Scan { offsets, tail: Tail::Clean, .. } if offsets.len() == 1 => "clean",
            Scan { offsets, tail: Tail::Torn(_), .. } if offsets.len() == 1 => "torn",
            Scan { offsets, tail: Tail::Damaged, .. } if offsets.len() == 1 => "damaged",
            _ => "something else",
        };
        assert_eq!(found, wanted);
    }
}

proptest! {
    /// Whatever stands in a file: no panic, and nothing is found twice or behind the end.
    #[test]
    fn any_bytes_can_be_scanned(
        noise in prop::collection::vec(any::<u8>(), 0..400),
        at in 0..400_usize,
        first in 0..3_u64,
    ) {
        let mut bytes = segment(0, &[&[b"one", b"two"], &[b"three"]]);
        let at = at.min(bytes.len());
        bytes.splice(at.., noise);
        let scan = scan(&bytes, first);
        prop_assert!(scan.end <= bytes.len().max(SEGMENT_HEADER_BYTES) as u64);
        prop_assert!(scan.offsets.is_sorted());
        let _header = read_header(&bytes);
        let _frame = decode(&bytes);
    }
}
