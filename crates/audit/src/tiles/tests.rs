use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::entry::Entry;
use crate::log::{Config, Log};

#[test]
fn paths_are_those_of_the_standard() {
    let tiles = Tiles { out: Path::new(""), levels: Vec::new(), bundle: Vec::new(), records: 0 };
    let check =
        |number, width, wanted| assert_eq!(tiles.path("0", number, width), Path::new(wanted));
    check(0, None, "tile/0/000");
    check(1_234_067, None, "tile/0/x001/x234/067");
    check(1000, Some(5), "tile/0/x001/000.p/5");
}

/// Every hash of every tile is that of the tree over the records, at every size around the edges.
#[test]
fn tiles_hold_the_tree() {
    for size in [0, 1, 255, 256, 257, 65_536, 65_793] {
        let folder = tempfile::tempdir().unwrap();
        let mut tiles =
            Tiles { out: folder.path(), levels: Vec::new(), bundle: Vec::new(), records: 0 };
        let mut tree = Tree::default();
        let leaves: Vec<Vec<u8>> =
            (0..size).map(|number: u32| number.to_string().into_bytes()).collect();
        for leaf in &leaves {
            tiles.add(leaf).unwrap();
            tree.push(leaf_hash(leaf));
        }
        tiles.finish().unwrap();
        let mut width = 1;
        let mut level = 0;
        while size >= width {
            let wanted: Vec<Hash> = leaves
                .chunks_exact(width as usize)
                .map(|leaves| {
                    let mut tree = Tree::default();
                    leaves.iter().for_each(|leaf| tree.push(leaf_hash(leaf)));
                    tree.root(tree.len()).unwrap()
                })
                .collect();
            for (number, hashes) in wanted.chunks(TILE_WIDTH).enumerate() {
                let partial = Some(hashes.len()).filter(|count| *count < TILE_WIDTH);
                let path = tiles.path(&level.to_string(), number as u64, partial);
                assert_eq!(fs_err::read(path).unwrap(), hashes.as_flattened(), "{size} {level}");
            }
            width *= 256;
            level += 1;
        }
    }
}

#[test]
fn a_log_is_exported_once_and_only_where_it_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let clock = || UNIX_EPOCH + Duration::from_secs(1_795_521_600);
    let config = Config::new(folder.path().join("log"), "amtshilfe.example/test/audit");
    let log = Log::open(config, Arc::new(clock)).unwrap();
    for number in 0..300 {
        let entry = Entry { corpus_version: number, ..Entry::default() };
        log.commit_blocking(entry, ()).unwrap();
    }
    let (key, checkpoint) = (log.verifier_key(), log.checkpoint());
    let out = folder.path().join("tiles");
    let report = export(&folder.path().join("log"), &key, &out).unwrap();
    assert_eq!(report.records, 300);
    assert_eq!(fs_err::read_to_string(out.join("checkpoint")).unwrap(), checkpoint);
    for name in ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"] {
        assert!(out.join(name).is_file(), "{name}");
    }
    let bundle = fs_err::read(out.join("tile/entries/000")).unwrap();
    let length = usize::from(u16::from_be_bytes([bundle[0], bundle[1]]));
    let first = log.records(&crate::Filter::default()).unwrap().records.remove(0);
    assert_eq!(bundle[2..2 + length], first.leaf);

    let again = export(&folder.path().join("log"), &key, &out);
    assert!(matches!(again, Err(VerifyError::FolderInUse { .. })));
    let other = folder.path().join("other");
    assert!(export(&folder.path().join("log"), "no key", &other).is_err());
    assert!(!other.join("checkpoint").exists());
}
