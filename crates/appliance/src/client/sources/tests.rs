use super::find;
use crate::client::Error;

#[test]
fn a_folder_is_walked_in_order_and_what_is_no_paper_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["b.pdf", "a.PDF", "sub/c.txt", "laws.jsonl.gz", "notes.xlsx", "sub/.hidden"] {
        let path = root.join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, "x").unwrap();
    }
    let found = find(&[root.to_owned()]).unwrap();
    let names: Vec<&str> = found.papers.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["a.PDF", "b.pdf", "sub/c.txt"]);
    assert_eq!(found.collections, [root.join("laws.jsonl.gz")]);
    assert_eq!(found.passed_over, 2);
    // Named itself, it is sent.
    let named = find(&[root.join("notes.xlsx")]).unwrap();
    assert_eq!(named.papers.len(), 1);
}

#[test]
fn nothing_to_send_is_said() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(find(&[folder.path().to_owned()]), Err(Error::NothingToSend { .. })));
    assert!(matches!(find(&[folder.path().join("missing")]), Err(Error::File { .. })));
}
