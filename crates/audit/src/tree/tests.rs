use proptest::prelude::*;

use super::*;

fn leaves(count: u64) -> Vec<Vec<u8>> {
    (0..count).map(|number| format!("leaf {number}").into_bytes()).collect()
}

fn tree(count: u64) -> Tree {
    let mut tree = Tree::default();
    for leaf in leaves(count) {
        tree.push(leaf_hash(&leaf));
    }
    tree
}

/// RFC 6962, 2.1, word for word.
fn reference_root(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => leaf_hash(leaf),
        _ => {
            let k = (1..).map(|bit| 1_usize << bit).find(|k| k * 2 >= leaves.len()).unwrap();
            let k = if leaves.len() == 2 { 1 } else { k };
            node_hash(&reference_root(&leaves[..k]), &reference_root(&leaves[k..]))
        }
    }
}

/// RFC 9162, 2.1.3.2.
fn root_from_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for step in path {
        if last == 0 {
            return None;
        }
        if node % 2 == 1 || node == last {
            hash = node_hash(step, &hash);
            while node % 2 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, step);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// RFC 9162, 2.1.4.2.
fn is_consistent(from: (u64, Hash), to: (u64, Hash), path: &[Hash]) -> bool {
    let mut path = path.to_vec();
    if from.0.is_power_of_two() {
        path.insert(0, from.1);
    }
    let (mut node, mut last) = (from.0 - 1, to.0 - 1);
    while node % 2 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let Some((&first, rest)) = path.split_first() else { return false };
    let (mut old, mut new) = (first, first);
    for step in rest {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            old = node_hash(step, &old);
            new = node_hash(step, &new);
            while node % 2 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, step);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && (old, new) == (from.1, to.1)
}

#[test]
fn roots_are_those_of_the_rfc() {
    let all = leaves(70);
    let tree = tree(70);
    for size in 0..=70 {
        let wanted = reference_root(&all[..size]);
        assert_eq!(tree.root(size as u64), Some(wanted), "size {size}");
    }
    assert_eq!(tree.root(71), None);
}

#[test]
fn proofs_of_every_small_tree_are_accepted() {
    let tree = tree(34);
    let root = |size| tree.root(size).unwrap();
    for size in 1..=34 {
        for index in 0..size {
            let path = tree.inclusion(index, size).unwrap();
            let leaf = leaf_hash(format!("leaf {index}").as_bytes());
            assert_eq!(root_from_inclusion(leaf, index, size, &path), Some(root(size)));
        }
        assert_eq!(tree.inclusion(size, size), None);
        for from in 1..size {
            let path = tree.consistency(from, size).unwrap();
            let (old, new) = ((from, root(from)), (size, root(size)));
            assert!(is_consistent(old, new, &path), "{from} in {size}");
        }
        assert_eq!(tree.consistency(size, size), Some(vec![]));
        assert_eq!(tree.consistency(0, size), Some(vec![]));
    }
    assert_eq!(tree.consistency(3, 35), None);
    assert_eq!(tree.consistency(4, 3), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_proof_fits_another_place(size in 2..300_u64, index in 0..300_u64, other in 0..300_u64) {
        let (index, other) = (index % size, other % size);
        let tree = tree(size);
        let path = tree.inclusion(index, size).unwrap();
        let leaf = leaf_hash(format!("leaf {index}").as_bytes());
        let found = root_from_inclusion(leaf, other, size, &path);
        prop_assert_eq!(found == tree.root(size), other == index);
    }

    #[test]
    fn no_consistency_with_another_past(size in 2..300_u64, from in 1..300_u64, bit in 0..256_usize) {
        let from = 1 + from % (size - 1).max(1);
        let tree = tree(size);
        let path = tree.consistency(from, size).unwrap();
        let (old, new) = (tree.root(from).unwrap(), tree.root(size).unwrap());
        prop_assert!(from == size || is_consistent((from, old), (size, new), &path));
        let mut forged = old;
        forged[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!is_consistent((from, forged), (size, new), &path));
    }
}
