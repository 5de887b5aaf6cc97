use std::os::unix::fs::symlink;

use super::folder::{self, Seen};
use super::list::{self, Listed, Report, Told};

fn look(root: &std::path::Path) -> Vec<Seen> {
    folder::walk(root).unwrap().files
}

fn told(outcome: &str) -> Vec<Told> {
    let told = Told::refused("a.txt", "weil / because".to_owned());
    vec![Told { outcome: outcome.to_owned(), ..told }]
}

#[test]
fn papers_are_seen_and_neither_links_nor_what_is_being_written() {
    let outside = tempfile::tempdir().unwrap();
    fs_err::write(outside.path().join("fremd.txt"), "x").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["b.PDF", "sub/a.txt", ".a.txt.part.txt", "notiz.xlsx", "c.zip"] {
        let path = root.join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, "Text").unwrap();
    }
    symlink(outside.path(), root.join("ordner")).unwrap();
    symlink(outside.path().join("fremd.txt"), root.join("link.txt")).unwrap();
    let seen = look(root);
    let names: Vec<&str> = seen.iter().map(|seen| seen.name.as_str()).collect();
    assert_eq!(names, ["b.PDF", "c.zip", "sub/a.txt"]);
    assert!(folder::walk(&root.join("fehlt")).is_err());
}

#[test]
fn a_file_is_read_only_as_it_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (root, path) = (folder.path(), folder.path().join("a.txt"));
    fs_err::write(&path, "Text").unwrap();
    let seen = look(root).remove(0);
    assert_eq!(folder::read(root, &seen).unwrap().as_deref(), Some(b"Text".as_slice()));
    fs_err::write(&path, "Text, länger").unwrap();
    assert_eq!(folder::read(root, &seen).unwrap(), None);
    // One that was exchanged for a link meanwhile is not followed.
    fs_err::remove_file(&path).unwrap();
    symlink("/etc/hostname", &path).unwrap();
    assert!(folder::read(root, &seen).is_err());
}

#[test]
fn the_list_outlives_a_restart_but_for_what_was_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (root, path) = (folder.path().join("in"), folder.path().join("watched.json"));
    fs_err::create_dir(&root).unwrap();
    for name in ["a.txt", "b.txt"] {
        fs_err::write(root.join(name), name).unwrap();
    }
    let mut report = Report::of(&root);
    for (seen, outcome) in look(&root).into_iter().zip(["added", "refused"]) {
        report.note(Listed::new(seen.clone(), format!("sha-{}", seen.name), 7, told(outcome)));
    }
    list::save(&path, &report).unwrap();
    let kept = list::load(&path, &root).unwrap();
    let knows: Vec<bool> =
        look(&root).iter().map(|seen| kept.knows(&seen.name, seen.stamp)).collect();
    assert_eq!(knows, [true, false]);
    assert_eq!(kept.twin("c.txt", "sha-a.txt").as_deref(), Some("a.txt"));
    assert_eq!(report.twin("c.txt", "sha-b.txt"), None, "what was refused is tried again");
    assert!(
        list::load(&path, folder.path()).unwrap().taken.is_empty(),
        "another folder begins anew"
    );
    fs_err::write(&path, "kein JSON").unwrap();
    assert!(list::load(&path, &root).is_err());
}
