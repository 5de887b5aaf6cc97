//! Where used, what is new, the sections of a version.

use super::*;
use crate::Passage;

fn decree(id: &str, title: &str, file_number: &str, text: &str) -> Source {
    let mut source = source(id, text, "2024-01-01", "");
    title.clone_into(&mut source.metadata.title);
    file_number.clone_into(&mut source.metadata.file_number);
    source
}

fn law(id: &str, title: &str, text: &str) -> Source {
    let mut source = decree(id, title, "", text);
    "law".clone_into(&mut source.metadata.kind);
    source
}

const LAW: &str = "Probegesetz\n\n\n§ 1 Zweck\n\nEs gilt § 7 ProbG.\n\n\n§ 7 Pass\n\nEin Pass.\n";

const ON_PASSPORTS: &str = "§ 1 Pass\n\nZum Pass: MI 27-1/2024\n\n§ 2 Frist\n\nSofort.\n";

/// A law, a decree on one of its sections, and what cites both.
fn corpus_with_uses(directory: &Path) -> Corpus {
    let corpus = open(directory);
    let mut old = decree("old", "Rundschreiben", "R-1", "Az. MI 27-1/2024 zu § 7 ProbG.");
    old.metadata.valid_to = day("2025-06-30");
    let answers = import(
        &corpus,
        vec![
            law("probg", "Probegesetz (ProbG)", LAW),
            decree("pass", "Passpflicht nach § 7 ProbG", "MI 27-1/2024", ON_PASSPORTS),
            decree("a", "Hinweis", "MI 3-4/2025", "Der Erlass (Az. MI\n27-1/2024) zum Pass gilt."),
            decree(
                "b",
                "Zweiter Hinweis",
                "",
                "Wie MI 27-1/2024-5 nach § 7 Abs. 2 ProbG, § 8 ProbG.",
            ),
            old,
        ],
    );
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    corpus
}

fn query(cited: Cited) -> CitationQuery {
    CitationQuery {
        cited,
        as_of: None,
        include_not_in_force: false,
        page_size: 100,
        bytes_max: 1 << 20,
        page_token: String::new(),
    }
}

fn cited(id: &str) -> CitationQuery {
    query(Cited::Decree(DecreeId::new(id)))
}

fn norm(reference: &str) -> CitationQuery {
    query(Cited::Norm(reference.to_owned()))
}

/// "decree section: the words that cite", a sign before the norm itself.
fn listed(page: &CitationPage) -> Vec<String> {
    let line = |citation: &Citation| {
        let text: Vec<char> = citation.passage.text.chars().collect();
        let words: Vec<String> = citation
            .places
            .iter()
            .map(|span| text[span.start as usize..span.end as usize].iter().collect())
            .collect();
        let sign = if citation.is_cited { "=" } else { "" };
        let Passage { decree_id, section, .. } = &citation.passage;
        format!("{sign}{decree_id} {section}: {}", words.join("; "))
    };
    page.citations.iter().map(line).collect()
}

#[test]
fn a_decree_is_found_where_its_file_number_stands() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = corpus_with_uses(directory.path());
    let check = |query: CitationQuery, expected: &[&str]| {
        assert_eq!(listed(&corpus.citations(&query).unwrap()), expected, "{query:?}");
    };
    // It names § 7 in its title, and is not § 7 for that; the longer file number is another one.
    check(cited("pass"), &["a : MI\n27-1/2024"]);
    let then = CitationQuery { as_of: day("2025-06-30"), ..cited("pass") };
    check(then, &["old : MI 27-1/2024", "a : MI\n27-1/2024"]);
    let always = CitationQuery { include_not_in_force: true, ..cited("pass") };
    check(always, &["old : MI 27-1/2024", "a : MI\n27-1/2024"]);
    let before = CitationQuery { as_of: day("2023-12-31"), ..cited("pass") };
    check(before, &[]);
    check(cited("a"), &[]);
    check(cited("old"), &[]);
    let unknown = corpus.citations(&cited("x"));
    assert!(matches!(unknown, Err(Error::UnknownDecree { .. })));
}

#[test]
fn a_law_is_found_where_one_of_its_sections_is_cited() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = corpus_with_uses(directory.path());
    let page = corpus.citations(&cited("probg")).unwrap();
    // The title of the decree on the passport cites, and no word of its text.
    assert_eq!(listed(&page), ["b : § 7 Abs. 2 ProbG", "pass § 1: "]);
    assert_eq!(page.corpus_version, 5);
}

#[test]
fn a_norm_is_found_with_the_section_that_it_is_first() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = corpus_with_uses(directory.path());
    let expected = ["=probg § 7: ", "b : § 7 Abs. 2 ProbG", "pass § 1: ", "probg § 1: § 7 ProbG"];
    assert_eq!(listed(&corpus.citations(&norm("§ 7 Abs. 1 ProbG")).unwrap()), expected);
    assert!(listed(&corpus.citations(&norm("§ 99 ProbG")).unwrap()).is_empty());
    let wrong = corpus.citations(&norm("der Pass"));
    assert!(matches!(wrong, Err(Error::UnreadableReference { .. })));

    // Page by page the same, and an import in between shifts nothing.
    let mut paged = Vec::new();
    let mut token = String::new();
    for turn in 0.. {
        let query = CitationQuery { page_size: 1, page_token: token, ..norm("§ 7 ProbG") };
        let page = corpus.citations(&query).unwrap();
        paged.extend(listed(&page));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
        // After the norm itself, the latest would be next, and rightly.
        if turn > 0 {
            let text = format!("Auch nach § 7 ProbG, Nr. {turn}.");
            import(&corpus, vec![decree(&format!("later-{turn}"), "Später", "", &text)]);
        }
    }
    assert_eq!(paged, expected);
    let small = corpus.citations(&CitationQuery { bytes_max: 1, ..norm("§ 7 ProbG") }).unwrap();
    assert_eq!(small.citations.len(), 1);
    assert!(!small.next_page_token.is_empty());
    let refused = |change: fn(&mut CitationQuery)| {
        let mut query = norm("§ 7 ProbG");
        change(&mut query);
        corpus.citations(&query).unwrap_err()
    };
    assert!(matches!(refused(|query| query.page_token = "7".into()), Error::PageToken));
    assert!(matches!(refused(|query| query.page_size = 0), Error::PageSize { page_size: 0 }));
    assert!(matches!(refused(|query| query.page_size = 501), Error::PageSize { .. }));
}

#[test]
fn behind_an_item_stand_its_norms_and_the_decrees_on_them() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = corpus_with_uses(directory.path());
    let behind = |kinds: &[Kind]| {
        let lists = ["§ 1, § 7 Abs. 2 ProbG", "Verwaltungspraxis", "§ 8 ProbG"];
        let found = corpus.behind(&lists, kinds).unwrap();
        let line = |place: &Passage| {
            assert!(place.text.is_empty() && place.citation.contains(place.title.as_str()));
            format!("{} {}", place.decree_id, place.section)
        };
        found.iter().map(|list| list.iter().map(line).collect()).collect::<Vec<Vec<String>>>()
    };
    assert_eq!(behind(&Kind::ALL), [vec!["probg § 1", "probg § 7", "pass § 1"], vec![], vec![]]);
    assert_eq!(behind(&[Kind::Law]), [vec!["probg § 1", "probg § 7"], vec![], vec![]]);
}

#[test]
fn news_tell_what_began_and_what_ended() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let mut undated = source("undated", "Ohne Tag", "", "");
    let mut issued = source("issued", "Nur ausgestellt", "", "");
    issued.metadata.issued_on = day("2025-03-01");
    undated.metadata.kind = "guidance".into();
    import(
        &corpus,
        vec![
            source("a", "Eins", "2024-01-01", ""),
            source("a", "Zwei", "2025-05-01", "2025-12-31"),
            source("b", "Bleibt", "2025-05-01", ""),
            undated,
            issued,
            source("c", "Kommt", "2026-07-01", ""),
        ],
    );
    corpus.withdraw(&DecreeId::new("b"), day("2026-01-31").unwrap(), None).unwrap();
    let query = |since: &str, until: &str| NewsQuery {
        since: day(since).unwrap(),
        until: day(until).unwrap(),
        kinds: vec![],
        page_size: 100,
        page_token: String::new(),
    };
    let told = |page: &NewsPage| -> Vec<String> {
        let line =
            |news: &News| format!("{} {} {:?}", news.day, news.version.decree_id, news.event);
        page.news.iter().map(line).collect()
    };
    let all = [
        "2026-07-01 c Added",
        "2026-02-01 b Ended",
        "2026-01-01 a Ended",
        "2025-05-01 b Added",
        "2025-05-01 a NewVersion",
        "2025-03-01 issued Added",
        "2024-01-01 a Added",
    ];
    let whole = corpus.news(&query("2024-01-01", "2026-12-31")).unwrap();
    assert_eq!(told(&whole), all);
    let ids: Vec<_> = whole.news.iter().map(|news| news.previous.clone()).collect();
    let versions = corpus.versions(&DecreeId::new("a"), 10, "").unwrap().versions;
    assert_eq!(ids[4], Some(versions[1].version_id.clone()));
    assert_eq!(ids.iter().flatten().count(), 1);
    assert_eq!(told(&corpus.news(&query("2025-03-02", "2026-01-31")).unwrap()), all[2..5]);
    let of_kind = |kinds| NewsQuery { kinds, ..query("2024-01-01", "2026-12-31") };
    assert!(corpus.news(&of_kind(vec![Kind::Guidance])).unwrap().news.is_empty());
    assert_eq!(told(&corpus.news(&of_kind(vec![Kind::Decree])).unwrap()), all);

    let mut paged = Vec::new();
    let mut token = String::new();
    loop {
        let query =
            NewsQuery { page_size: 2, page_token: token, ..query("2024-01-01", "2026-12-31") };
        let page = corpus.news(&query).unwrap();
        paged.extend(told(&page));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, all);
    let wrong =
        NewsQuery { page_token: "2026-01-01.x.0".into(), ..query("2024-01-01", "2026-01-01") };
    assert!(matches!(corpus.news(&wrong), Err(Error::PageToken)));
    let wrong = NewsQuery { page_size: 0, ..query("2024-01-01", "2026-01-01") };
    assert!(matches!(corpus.news(&wrong), Err(Error::PageSize { .. })));
}

#[test]
fn an_outline_names_every_section_and_covers_the_text() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = config(directory.path());
    config.passage_characters_max = 300;
    let corpus = Corpus::open(config, engine(), clock()).unwrap();
    let long = format!("§ 1 Lang\n\n{}§ 2 Kurz\n\nEnde.\n", "Ein Satz.\n\n".repeat(100));
    let imported = import(&corpus, vec![source("d", &long, "", "")]);
    assert!(imported[0].as_ref().unwrap().passages > 3);
    let (version, sections) = corpus.outline(&DecreeId::new("d"), &Which::Today).unwrap();
    assert_eq!(version.decree_id.as_str(), "d");
    let labels: Vec<&str> = sections.iter().map(|section| section.label.as_str()).collect();
    assert_eq!(labels, ["§ 1", "§ 2"]);
    let text: Vec<char> = long.chars().collect();
    let of = |section: &Section| -> String {
        text[section.start as usize..section.end as usize].iter().collect()
    };
    assert!(of(&sections[0]).starts_with("§ 1 Lang") && of(&sections[0]).ends_with("Satz."));
    assert_eq!(of(&sections[1]), "§ 2 Kurz\n\nEnde.");
}

#[test]
fn the_quote_of_a_hit_holds_the_words_of_the_query() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let text = "§ 1 Visum\n\nDer Antrag ist immer schriftlich zu stellen. Für das Visum ist eine \
                Gebühr von 20 Euro zu zahlen. Das Nähere regelt dann der Anhang.\n";
    import(&corpus, vec![source("d", text, "", "")]);
    let hit = search(&corpus, request("Gebühr Visum")).unwrap().hits.remove(0);
    assert_eq!(hit.quote(), "Für das Visum ist eine Gebühr von 20 Euro zu zahlen.");
}
