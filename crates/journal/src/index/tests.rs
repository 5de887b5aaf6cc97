use super::*;

fn put(key: &str, value: &str) -> Write {
    Write::Put { key: key.into(), value: value.into() }
}

fn keys(index: &Index, from: &str, to: &str, limit: usize, reverse: bool) -> Vec<String> {
    index
        .range(from.as_bytes(), to.as_bytes(), limit, reverse)
        .unwrap()
        .into_iter()
        .map(|(key, _)| String::from_utf8(key).unwrap())
        .collect()
}

#[test]
fn position_and_writes_go_together_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("index");
    {
        let index = Index::open(&directory).unwrap();
        assert_eq!(index.position(), 0);
        index.apply(3, vec![put("a", "1"), put("b", "2"), put("c", "3")]).unwrap();
        index.apply(4, vec![Write::Delete { key: b"b".to_vec() }, put("d", "4")]).unwrap();
    }
    let index = Index::open(&directory).unwrap();
    assert_eq!(index.position(), 4);
    assert_eq!(index.get(b"a").unwrap().unwrap(), b"1");
    assert_eq!(index.get(b"b").unwrap(), None);
    for (from, to, limit, reverse, wanted) in [
        ("", "z", 10, false, vec!["a", "c", "d"]),
        ("", "z", 2, true, vec!["d", "c"]),
        ("b", "d", 10, false, vec!["c"]),
        ("d", "a", 10, false, vec![]),
    ] {
        assert_eq!(keys(&index, from, to, limit, reverse), wanted, "{from}..{to}");
    }
    index.reset().unwrap();
    assert_eq!((index.position(), keys(&index, "", "z", 9, false)), (0, vec![]));
}

#[test]
fn an_index_that_is_still_being_closed_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("index");
    let index = Index::open(&directory).unwrap();
    index.apply(4, vec![put("a", "1")]).unwrap();
    let closing = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        drop(index);
    });
    let index = Index::open(&directory).unwrap();
    assert_eq!((index.position(), index.get(b"a").unwrap().unwrap()), (4, b"1".to_vec()));
    closing.join().unwrap();
}

#[test]
fn what_is_in_doubt_starts_empty() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("index");
    fs_err::create_dir_all(&directory).unwrap();
    for name in ["conf", "db"] {
        fs_err::write(directory.join(name), b"no sled database").unwrap();
    }
    let index = Index::open(&directory).unwrap();
    assert_eq!(index.position(), 0);
    index.apply(7, vec![put("a", "1")]).unwrap();
    drop(index);

    for spoil in [
        |index: &Index| drop(index.database.remove(position_key()).unwrap()),
        |index: &Index| drop(index.database.insert(position_key(), b"7").unwrap()),
    ] {
        let index = Index::open(&directory).unwrap();
        index.apply(7, vec![put("a", "1")]).unwrap();
        spoil(&index);
        drop(index);
        let index = Index::open(&directory).unwrap();
        assert_eq!((index.position(), index.get(b"a").unwrap()), (0, None));
    }
}
