//! What an editor corrects counts from then on, over a restart, and never rewrites what was imported.

use super::*;
use crate::Field;

fn correct(
    corpus: &Corpus,
    id: &str,
    fields: &[Field],
    values: Metadata,
) -> Result<DecreeVersion, Error> {
    corpus.correct(&DecreeId::new(id), None, fields, &values).map(|(version, _)| version)
}

#[test]
fn a_correction_changes_validity_and_filters_and_outlives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let sent = source("guide", GUIDE, "2024-01-01", "");
    let version = import(&corpus, vec![sent.clone()]).remove(0).unwrap().version_id;
    let values = Metadata {
        title: "Anderer Titel".into(),
        issuer: "Stadt Musterstadt".into(),
        kind: "guidance".into(),
        valid_to: day("2025-06-30"),
        file_number: "zählt nicht".into(),
        ..Metadata::default()
    };
    let fields = [Field::Issuer, Field::Kind, Field::Title, Field::ValidTo];
    let (corrected, changed) =
        corpus.correct(&DecreeId::new("guide"), Some(&version), &fields, &values).unwrap();
    assert_eq!(changed, [Field::Title, Field::Kind, Field::Issuer, Field::ValidTo]);
    assert_eq!(corrected.corrected, changed);
    let check = |corpus: &Corpus| {
        let id = DecreeId::new("guide");
        assert!(matches!(corpus.decree(&id, &Which::Today, 0, 0), Err(Error::NotInForce { .. })));
        let then = corpus.decree(&id, &Which::AsOf(day("2025-06-30").unwrap()), 0, 0).unwrap();
        assert_eq!(then.text, GUIDE, "the text stays as imported");
        assert_eq!(then.version.version_id, version);
        assert_eq!(then.version.title, "Anderer Titel");
        assert_eq!(then.version.file_number, "", "a field that is not named stays");
        let asked = |issuer: &str, kind: &str| SearchRequest {
            issuers: vec![issuer.into()],
            kinds: vec![kind.into()],
            as_of: day("2025-01-01"),
            ..request("Visum")
        };
        assert_eq!(found(corpus, asked("stadt musterstadt", "guidance")), ["guide § 1"]);
        assert!(found(corpus, asked("stadt musterstadt", "decree")).is_empty());
        assert!(found(corpus, request("Visum")).is_empty(), "out of force today");
    };
    check(&corpus);
    let again = import(&corpus, vec![sent.clone()]).remove(0).unwrap();
    assert_eq!(again.outcome, Outcome::Unchanged, "sending it again does not undo the correction");
    check(&corpus);
    drop(corpus);
    let corpus = open(directory.path());
    check(&corpus);
    drop(corpus);
    // And where the index is made anew.
    fs_err::remove_dir_all(directory.path().join("index")).unwrap();
    check(&open(directory.path()));
}

#[test]
fn words_of_a_corrected_title_find_the_passages() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let filler = vec![
        source("guide", GUIDE, "2024-01-01", ""),
        source("other", "Hunde sind an der Leine zu führen.", "", ""),
    ];
    import(&corpus, filler);
    let asked = || request("Fiktionsbescheinigung");
    assert!(found(&corpus, asked()).is_empty());
    let titled = |title: &str| Metadata { title: title.into(), ..Metadata::default() };
    correct(&corpus, "guide", &[Field::Title], titled("Fiktionsbescheinigung")).unwrap();
    let first = found(&corpus, asked());
    assert!(!first.is_empty() && first.iter().all(|hit| hit.starts_with("guide ")), "{first:?}");
    drop(corpus);
    let corpus = open(directory.path());
    assert_eq!(found(&corpus, asked()), first, "after a restart");
    // Corrected again, and another import behind it.
    correct(&corpus, "guide", &[Field::Title], titled("Verpflichtungserklärung")).unwrap();
    import(&corpus, vec![source("third", "Katzen sind frei.", "", "")]);
    assert_eq!(found(&corpus, request("Verpflichtungserklärung")), first);
    drop(corpus);
    fs_err::remove_dir_all(directory.path().join("index")).unwrap();
    let corpus = open(directory.path());
    assert_eq!(found(&corpus, request("Verpflichtungserklärung")), first, "made anew");
}

#[test]
fn what_replaces_can_be_corrected_both_ways() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    import(
        &corpus,
        vec![source("alt", GUIDE, "2020-01-01", ""), source("neu", GUIDE, "2024-01-01", "")],
    );
    let ends = |corpus: &Corpus| {
        let page = corpus.versions(&DecreeId::new("alt"), 0, "").unwrap();
        (page.versions[0].valid_to, page.versions[0].superseded_by.clone())
    };
    assert_eq!(ends(&corpus), (None, None));
    let replaces = |ids: &[&str]| Metadata {
        replaces: ids.iter().map(ToString::to_string).collect(),
        ..Metadata::default()
    };
    correct(&corpus, "neu", &[Field::Replaces], replaces(&["alt"])).unwrap();
    assert_eq!(ends(&corpus), (day("2023-12-31"), Some(DecreeId::new("neu"))));
    // A first day that moves takes the end of the other with it.
    let from = Metadata { valid_from: day("2024-03-01"), ..Metadata::default() };
    correct(&corpus, "neu", &[Field::ValidFrom], from).unwrap();
    assert_eq!(ends(&corpus).0, day("2024-02-29"));
    correct(&corpus, "neu", &[Field::Replaces], replaces(&[])).unwrap();
    assert_eq!(ends(&corpus), (None, None));
}

#[test]
fn a_correction_that_cannot_be_kept_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    import(&corpus, vec![source("guide", GUIDE, "2024-01-01", "")]);
    let before = corpus.stats().corpus_version;
    let refused =
        |fields: &[Field], values: Metadata| match correct(&corpus, "guide", fields, values) {
            Err(Error::Correction { reason }) => reason.german,
            other => panic!("{other:?}"),
        };
    assert!(refused(&[Field::Title], Metadata::default()).contains("Titel"));
    let early = Metadata { valid_to: day("2023-01-01"), ..Metadata::default() };
    assert!(refused(&[Field::ValidTo], early).contains("01.01.2023"));
    let kind = Metadata { kind: "poem".into(), ..Metadata::default() };
    assert!(refused(&[Field::Kind], kind).contains("poem"));
    assert!(refused(&[], Metadata::default()).contains("dieselben"));
    let missing = correct(&corpus, "fehlt", &[Field::ValidTo], Metadata::default());
    assert!(matches!(missing, Err(Error::UnknownDecree { .. })));
    assert_eq!(corpus.stats().corpus_version, before);
}

#[test]
fn a_decree_named_by_its_day_is_found_where_there_is_one() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let paper = |number: &str, text: &str| Source {
        filename: format!("{number}.txt"),
        content: Content::Text(format!(
            "Erlass\nStadt Musterstadt\nAz.: {number}\n{text}\n\n1 Sache\nVisum"
        )),
        metadata: Metadata::default(),
    };
    import(&corpus, vec![paper("A/1", "Datum: 15.01.2024\nGültig ab: 01.02.2024")]);
    let new = paper("B/2", "Gültig ab: 01.02.2025\nEr ersetzt den Erlass vom 15.01.2024.");
    let answer = import(&corpus, vec![new]).remove(0).unwrap();
    let old = DecreeId::new("stadt-musterstadt-a-1");
    let reading = answer.readings.iter().find(|reading| reading.field == Field::Replaces).unwrap();
    assert_eq!(
        (reading.value.as_str(), reading.quote.as_str()),
        (old.as_str(), "Er ersetzt den Erlass vom 15.01.2024.")
    );
    assert_eq!(corpus.versions(&old, 0, "").unwrap().versions[0].valid_to, day("2025-01-31"));
    let unknown = paper("C/3", "Er ersetzt den Erlass vom 16.01.2024.");
    let answer = import(&corpus, vec![unknown]).remove(0).unwrap();
    assert!(answer.readings.iter().any(|r| r.field == Field::Replaces && r.value.is_empty()));
}

#[test]
fn a_correction_counts_in_what_is_new_and_where_a_decree_is_used() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let citing = "Der Erlass MI 27-1/2024 gilt.";
    import(&corpus, vec![source("guide", GUIDE, "2024-01-01", ""), source("b", citing, "", "")]);
    let values = Metadata {
        kind: "guidance".into(),
        file_number: "MI 27-1/2024".into(),
        valid_from: day("2025-03-01"),
        ..Metadata::default()
    };
    correct(&corpus, "guide", &[Field::Kind, Field::FileNumber, Field::ValidFrom], values).unwrap();
    let news = |kind| {
        let since = day("2025-03-01").unwrap();
        let (page_size, page_token) = (10, String::new());
        let query =
            crate::NewsQuery { since, until: since, kinds: vec![kind], page_size, page_token };
        corpus.news(&query).unwrap().news.len()
    };
    assert_eq!((news(Kind::Guidance), news(Kind::Decree)), (1, 0));
    let query = crate::CitationQuery {
        cited: crate::Cited::Decree(DecreeId::new("guide")),
        as_of: None,
        include_not_in_force: false,
        page_size: 10,
        bytes_max: 1 << 20,
        page_token: String::new(),
    };
    let citations = corpus.citations(&query).unwrap().citations;
    assert_eq!(citations.len(), 1);
    assert_eq!(citations[0].passage.decree_id.as_str(), "b");
}
