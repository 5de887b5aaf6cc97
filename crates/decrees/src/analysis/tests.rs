use super::compound::{Counter, Dictionary};
use super::{gram_analyzer, terms, word_analyzer};
use std::sync::Arc;

fn word_terms(dictionary: &[&str], text: &str) -> Vec<String> {
    let dictionary = Arc::new(Dictionary::from_words(dictionary.iter().copied()));
    terms(&mut word_analyzer(dictionary), text).into_iter().map(|(term, _)| term).collect()
}

#[test]
fn words_are_folded_split_and_stemmed() {
    let dictionary = ["aufenthalt", "erlaubnis", "familien", "nachzug", "familie"];
    let check = |text: &str, expected: &[&str]| {
        assert_eq!(word_terms(&dictionary, text), expected, "{text}");
    };
    check("Aufenthaltserlaubnis", &["aufenthaltserlaubnis", "aufenthalt", "erlaubnis"]);
    check("der Familiennachzug", &["familiennachzug", "famili", "nachzug"]);
    check("Straße STRASSE", &["strass"]);
    check("Erlaubnis", &["erlaubnis"]);
    // Decomposed as some PDFs have it.
    check("u\u{308}ber Fu\u{308}rsorge", &["fursorg"]);
    check("§ 5", &[]);
    check("§ 16b", &["16b"]);
}

#[test]
fn a_dictionary_holds_words_that_occur_as_words() {
    let mut counter = Counter::default();
    for _ in 0..3 {
        counter.add("Die Niederlassung und die Erlaubnis; nach 1234 Tagen, der Rest");
    }
    counter.add("Urinstinkt");
    let dictionary = counter.dictionary();
    assert_eq!(dictionary.sorted(), ["erlaubnis", "niederlassung", "rest", "tagen"]);
    assert_eq!(dictionary.split("niederlassungserlaubnis"), ["niederlassung", "erlaubnis"]);
    assert_eq!(dictionary.split("erlaubnis"), [""; 0]);
    assert_eq!(dictionary.split("niederlassungsxyz"), [""; 0]);
}

#[test]
fn grams_frame_the_word() {
    let grams = |text: &str| -> Vec<String> {
        terms(&mut gram_analyzer(), text).into_iter().map(|(term, _)| term).collect()
    };
    assert_eq!(grams("die Maß"), ["_mass", "mass_"]);
    assert_eq!(grams("EU"), ["_eu_"]);
    assert_eq!(grams("Gebühr"), ["_gebü", "gebüh", "ebühr", "bühr_"]);
    assert_eq!(grams("a b c"), [""; 0]);
}

#[test]
fn terms_are_counted() {
    let counted = terms(&mut gram_analyzer(), "EU AB EU");
    assert_eq!(counted, [("_eu_".to_owned(), 2.0), ("_ab_".to_owned(), 1.0)]);
}
