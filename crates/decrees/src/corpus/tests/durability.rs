//! Whatever interrupts the appliance: what was acknowledged is there, whole, and nothing is found
//! by halves.

use super::*;
use fs_err as fs;

/// What a killed process leaves behind: the files as they are at some moment.
fn image(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let Ok(entry) = entry else { continue };
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            image(&entry.path(), &target);
        } else if let Ok(bytes) = fs::read(entry.path()) {
            // A file that a merge deleted in between is no part of the image.
            fs::write(target, bytes).unwrap();
        }
    }
}

fn numbered(number: usize) -> Source {
    let text = format!(
        "Erlass {number}\n\n§ 1 Erstens\n\nVisum\n\n§ 2 Zweitens\n\nVisum\n\n§ 3 Drittens\n\nVisum"
    );
    source(&number.to_string(), &text, "", "")
}

#[test]
fn nothing_acknowledged_is_lost_by_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(&directory.path().join("live"));
    let importer = corpus.importer();
    let mut acknowledged = 0;
    for round in 0..4 {
        for _ in 0..5 {
            importer.add(numbered(acknowledged)).unwrap().unwrap();
            acknowledged += 1;
        }
        let copy = directory.path().join(format!("copy-{round}"));
        // The truth first: the index may be older than the journal, never newer.
        image(&directory.path().join("live/index"), &copy.join("index"));
        image(&directory.path().join("live/decrees"), &copy.join("decrees"));
        let reopened = open(&copy);
        let stats = reopened.stats();
        assert_eq!(usize::try_from(stats.versions).unwrap(), acknowledged);
        assert_eq!(usize::try_from(stats.passages).unwrap(), acknowledged * 3);
        for number in 0..acknowledged {
            let id = DecreeId::new(number.to_string());
            let text = reopened.decree(&id, &Which::Today, 0, 0).unwrap().text;
            let Content::Text(sent) = numbered(number).content else { unreachable!() };
            assert_eq!(text, sent);
        }
        let last = format!("Erlass {}", acknowledged - 1);
        assert!(found(&reopened, request(&last)).len() >= 3);
        wait_for_vectors(&reopened);
    }
}

#[test]
fn the_index_comes_back_from_the_journal() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    import(&corpus, (0..30).map(numbered).collect());
    wait_for_vectors(&corpus);
    let hybrid = || SearchRequest { strategy: Strategy::Hybrid, ..request("Erlass 17 Visum") };
    let before = found(&corpus, hybrid());
    drop(corpus);
    for damage in
        ["", "passages.bin", "grams", "words", "dense/00/state.json", "dense/00/vectors.i8"]
    {
        let path = directory.path().join("index").join(damage);
        if path.is_dir() {
            fs::remove_dir_all(&path).unwrap();
        } else {
            fs::write(&path, b"damage").unwrap();
        }
        let corpus = open(directory.path());
        wait_for_vectors(&corpus);
        assert_eq!(corpus.stats().passages, 90, "{damage}");
        assert_eq!(found(&corpus, hybrid()), before, "{damage}");
    }
}

#[test]
fn an_index_of_another_journal_is_not_believed() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    import(&corpus, vec![source("a", "Visum", "", ""), source("b", "Pass", "", "")]);
    drop(corpus);
    fs::remove_dir_all(directory.path().join("decrees")).unwrap();
    let corpus = open(directory.path());
    assert_eq!(corpus.stats().passages, 0);
    import(&corpus, vec![source("c", "Familie", "", ""), source("d", "Arbeit", "", "")]);
    assert_eq!(found(&corpus, request("Visum Pass")), [""; 0]);
    assert_eq!(found(&corpus, request("Familie")), ["c "]);
}

#[test]
fn a_search_sees_a_decree_whole_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let writing = corpus.clone();
    let writer = std::thread::spawn(move || {
        let importer = writing.importer();
        (0..40).for_each(|number| {
            importer.add(numbered(number)).unwrap().unwrap();
        });
        importer.finish().unwrap();
    });
    let mut versions = 0;
    while versions < 40 {
        let request = SearchRequest { limit: 100, ..request("Visum Erlass") };
        let answer = search(&corpus, request).unwrap();
        let mut counts = std::collections::BTreeMap::<String, usize>::new();
        for hit in answer.hits.iter().filter(|_| answer.hits.len() < 100) {
            *counts.entry(hit.passage.decree_id.to_string()).or_default() += 1;
        }
        assert!(counts.values().all(|count| *count == 3), "{counts:?}");
        versions = corpus.stats().versions;
    }
    writer.join().unwrap();
}
