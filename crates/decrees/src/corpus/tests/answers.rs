//! Answers are quoted from what is stored; versions are compared section by section.

use super::*;
use crate::Change;

fn answer(corpus: &Corpus, query: &str, strategy: Strategy) -> crate::Answered {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(corpus.answer(SearchRequest { strategy, ..request(query) })).unwrap()
}

#[test]
fn an_answer_quotes_the_stored_text_and_says_where() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    import(
        &corpus,
        vec![
            source("guide", GUIDE, "", ""),
            source("copy", "§ 7 Abschrift\n\nEin gültiger Pass ist vorzulegen.\n", "", ""),
            source("other", "Die Bücherei leiht Bücher und Noten aus.", "", ""),
        ],
    );
    wait_for_vectors(&corpus);
    for strategy in [Strategy::Lexical, Strategy::Hybrid] {
        let answered = answer(&corpus, "gültiger Pass vorzulegen", strategy);
        let quote = &answered.quotes[0];
        assert_eq!(quote.text, "Ein gültiger Pass ist vorzulegen.", "{strategy:?}");
        let places: BTreeSet<&str> =
            quote.citations.iter().map(|passage| passage.decree_id.as_str()).collect();
        assert_eq!(places, BTreeSet::from(["copy", "guide"]));
        for passage in &quote.citations {
            assert!(passage.text.contains(&quote.text));
        }
        // A sentence stands once, whatever the number of places.
        assert_eq!(answered.quotes.iter().filter(|other| other.text == quote.text).count(), 1);
    }
}

#[test]
fn what_nothing_carries_is_not_answered_but_the_nearest_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    import(&corpus, vec![source("guide", GUIDE, "", "")]);
    wait_for_vectors(&corpus);
    let answered =
        answer(&corpus, "Kartoffelsuppe kochen Würstchen Rezept Gebühr", Strategy::Lexical);
    assert!(answered.quotes.is_empty() && !answered.found.hits.is_empty());
    let answered = answer(&corpus, "Xylophonunterricht", Strategy::Lexical);
    assert!(answered.quotes.is_empty() && answered.found.hits.is_empty());
}

#[test]
fn the_evidence_is_the_same_however_many_hits_are_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let texts = ["Visum", "Visum und Studium", "Familie", "Familie und Arbeit"];
    let sources = texts.iter().enumerate();
    import(&corpus, sources.map(|(n, text)| source(&format!("d{n}"), text, "", "")).collect());
    wait_for_vectors(&corpus);
    for strategy in [Strategy::Hybrid, Strategy::Dense, Strategy::Lexical] {
        let evidence = |limit| {
            let asked = SearchRequest { strategy, limit, ..request("Visum") };
            search(&corpus, asked).unwrap().evidence
        };
        assert_eq!(evidence(1), evidence(20), "{strategy:?}");
        assert_eq!(evidence(1).near.is_some(), strategy != Strategy::Lexical);
    }
}

#[test]
fn versions_are_compared_section_by_section() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let old = "§ 1 Pass\n\nEin Pass.\n\n§ 2 Visum\n\nEin Visum.\n\n§ 3 Foto\n\nEin Foto.\n";
    let new = "§ 1 Pass\n\nEin  Pass.\n\n§ 2 Visum\n\nKein Visum.\n\n§ 4 Geld\n\nEin Entgelt.\n";
    import(
        &corpus,
        vec![source("d", old, "2020-01-01", "2020-12-31"), source("d", new, "2021-01-01", "")],
    );
    let id = DecreeId::new("d");
    let versions = corpus.versions(&id, 0, "").unwrap().versions;
    let (to, from) = (versions[0].version_id.clone(), versions[1].version_id.clone());
    let whole = corpus.compare(&id, [&from, &to], (100, 1 << 20), "").unwrap();
    let short = |change: &Change| {
        let last = |text: &str| text.lines().last().unwrap_or_default().to_owned();
        (change.section.clone(), last(&change.before), last(&change.after))
    };
    let row = |section: &str, before: &str, after: &str| {
        (section.to_owned(), before.to_owned(), after.to_owned())
    };
    assert_eq!(
        whole.changes.iter().map(short).collect::<Vec<_>>(),
        [
            row("§ 2", "Ein Visum.", "Kein Visum."),
            row("§ 4", "", "Ein Entgelt."),
            row("§ 3", "Ein Foto.", ""),
        ]
    );
    assert!(whole.next_page_token.is_empty());
    assert!(corpus.compare(&id, [&to, &to], (100, 1 << 20), "").unwrap().changes.is_empty());
    // Pages by number, and by bytes, lead through the same changes.
    for page in [(1, 1 << 20), (100, 50)] {
        let (mut token, mut changes) = (String::new(), Vec::new());
        loop {
            let part = corpus.compare(&id, [&from, &to], page, &token).unwrap();
            assert_eq!(part.changes.len(), 1);
            changes.extend(part.changes);
            token = part.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(changes, whole.changes);
    }
    // What alone is too long is cut, at a character.
    let cut = corpus.compare(&id, [&from, &to], (1, 27), "").unwrap().changes.remove(0);
    assert_eq!((cut.before.as_str(), cut.after.as_str()), ("§ 2 Visum\n\nE", "§ 2 Visum\n\nK"));
    let wrong = corpus.compare(&id, [&VersionId::new("no"), &to], (1, 1), "").unwrap_err();
    assert!(matches!(wrong, Error::UnknownVersion { .. }));
    let wrong = corpus.compare(&DecreeId::new("no"), [&from, &to], (1, 1), "").unwrap_err();
    assert!(matches!(wrong, Error::UnknownDecree { .. }));
    let wrong = corpus.compare(&id, [&from, &to], (1, 1), "x").unwrap_err();
    assert!(matches!(wrong, Error::PageToken));
}
