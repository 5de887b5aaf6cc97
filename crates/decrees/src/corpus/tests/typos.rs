//! A word that stands nowhere is read as the one that was meant.

use super::*;

/// What is marked in the best hit.
fn marked(corpus: &Corpus, query: &str) -> Vec<String> {
    let hits = search(corpus, request(query)).unwrap().hits;
    let Some(hit) = hits.first() else { return Vec::new() };
    let text: Vec<char> = hit.passage.text.chars().collect();
    hit.highlights
        .iter()
        .map(|span| text[span.start as usize..span.end as usize].iter().collect())
        .collect()
}

#[test]
fn a_slip_of_the_pen_finds_the_word_that_was_meant() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = open(directory.path());
    let text = "Erlass\n\n§ 1 Sache\n\nDie Wohnungsgeberbestätigung und jede Bescheinigung sind vorzulegen.\n";
    import(&corpus, vec![source("guide", text, "2024-01-01", "")]);
    let check =
        |query: &str, expected: &[&str]| assert_eq!(marked(&corpus, query), expected, "{query}");
    check("Bescheinigung", &["Bescheinigung"]);
    check("Beschienigung", &["Bescheinigung"]);
    check("Bescheinigunng fehlt", &["Bescheinigung"]);
    check("Wohnugsgebrbestätigung", &["Wohnungsgeberbestätigung"]);
    check("WOHNUNGSGEBRBESTÄTIGUNG", &["Wohnungsgeberbestätigung"]);
    // Two slips in a short word, another first letter, a word of digits, a long text: as they stand.
    check("Sahce", &[]);
    check("Xescheinigung", &[]);
    check("4escheinigung", &[]);
    check(&format!("Beschienigung {}", "wort ".repeat(20)), &[]);
}
