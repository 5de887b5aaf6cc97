use super::*;

fn window(passage: u32, vector: [f32; 4], tokens: &[u32]) -> Embedded {
    Embedded { passage, vector: vector.to_vec(), tokens: tokens.to_vec() }
}

#[test]
fn windows_come_back_after_reopening_and_a_torn_end_is_cut() {
    let directory = tempfile::tempdir().unwrap();
    let open = |model: &str| DenseFiles::open(directory.path(), model, 4, 10).unwrap();
    let mut files = open("m");
    // Passage 1 has no window at all.
    let windows = [
        window(0, [1.0, 0.0, 0.0, 0.0], &[5, 6, 5]),
        window(0, [0.0, 1.0, 0.0, 0.0], &[7]),
        window(2, [0.6, 0.8, 0.0, 0.0], &[5, 70_000]),
    ];
    files.append(&windows, 4).unwrap();
    drop(files);
    let path = directory.path().join("vectors.i8");
    let mut torn = fs::read(&path).unwrap();
    torn.extend_from_slice(&[1, 2, 3]);
    fs::write(&path, torn).unwrap();
    let files = open("m");
    assert_eq!(files.passages(), 4);
    let view = files.view(5, None).unwrap();
    assert_eq!((view.passages(), view.windows()), (4, 3));
    let ranges: Vec<_> = (0..5).map(|passage| view.of_passage(passage)).collect();
    assert_eq!(ranges, [0..2, 2..2, 2..3, 3..3, 0..0]);
    assert_eq!(view.window_tokens(0).collect::<Vec<_>>(), [5, 6, 5]);
    assert_eq!(view.window_tokens(2).collect::<Vec<_>>(), [5]);
    assert_eq!((view.windows_with(5), view.windows_with(7), view.windows_with(9)), (2, 1, 0));

    let query = [0.0, 1.0, 0.0, 0.0];
    let found = view.scan(&query, &[true, true, true, true, true]);
    let near = |value: Option<f32>, expected: f32| (value.unwrap() - expected).abs() < 0.01;
    assert!(near(found[0], 1.0) && near(found[2], 0.8));
    assert_eq!((found[1], found[3], found[4]), (None, None, None));
    assert_eq!(view.scan(&query, &[false, true, true, true, true])[0], None);
    assert!(near(view.rescore(&query, 2), 0.8));
    drop((view, files));
    // Another model, or a file that lost its end, begins anew.
    assert_eq!(open("other").passages(), 0);
}

#[test]
fn a_file_that_is_too_short_begins_anew() {
    let directory = tempfile::tempdir().unwrap();
    let open = || DenseFiles::open(directory.path(), "m", 4, 10).unwrap();
    open().append(&[window(0, [1.0; 4], &[1])], 1).unwrap();
    fs::write(directory.path().join("tokens.u16"), b"").unwrap();
    assert_eq!(open().passages(), 0);
}
