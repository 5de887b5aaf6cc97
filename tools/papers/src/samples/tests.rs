use super::*;
use std::path::PathBuf;

/// Files under a folder, relative to it.
fn files(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(root, &path, found);
        } else {
            found.push(path.strip_prefix(root).unwrap().to_owned());
        }
    }
}

#[test]
fn the_samples_in_the_repository_are_what_the_generator_writes() {
    let fresh = tempfile::tempdir().unwrap();
    write(fresh.path()).unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    let (mut written, mut committed) = (Vec::new(), Vec::new());
    files(fresh.path(), fresh.path(), &mut written);
    files(&kept, &kept, &mut committed);
    committed.retain(|path| path.file_name().is_some_and(|name| name != "README.md"));
    written.sort();
    committed.sort();
    assert_eq!(written, committed, "run `cargo run -p papers -- samples`");
    // Text is compared; pictures may differ in a pixel from machine to machine.
    for path in
        written.iter().filter(|path| path.extension().is_some_and(|e| e == "json" || e == "txt"))
    {
        let read = |root: &Path| fs_err::read_to_string(root.join(path)).unwrap();
        assert!(
            read(fresh.path()) == read(&kept),
            "{}: run `cargo run -p papers -- samples`",
            path.display()
        );
    }
}
