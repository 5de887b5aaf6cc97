//! The data files hold together, and a wrong one says where.

use std::collections::BTreeMap;

use super::{Rules, TYPES, schema};
use crate::check::texts::{LANGUAGES, Texts, language};
use crate::knowledge::{Title, parse};

fn lists(entry: &str) -> Result<Rules, crate::KnowledgeError> {
    let mut types: schema::TypesFile = parse(TYPES.0, TYPES.1)?;
    types.application_types.truncate(1);
    let head = "{schema_version: 1, as_of: '2026-11-01', figures: [], validity: [], base: [], \
                facts: [{id: known, ask: {de: ob, en: whether}}], checklists: \
                [{application_type: employment, base: true, items: [";
    let file: schema::ChecklistsFile = parse("checklists.yaml", &format!("{head}{entry}]}}]}}"))?;
    let rules = parse("plausibility_rules.yaml", "{schema_version: 1, as_of: '', rules: []}")?;
    let texts = Texts::read(&LANGUAGES[..2], &[])?;
    Rules::new(types, file, rules, texts)
}

#[test]
fn wrong_conditions_name_file_entry_and_place() {
    for (when, words) in [
        ("fact(known) and", "checklists.yaml: employment.cv: when, character 16: expected a name"),
        ("fact(unknown)", "checklists.yaml: employment.cv: fact(unknown): no such fact"),
        ("age > figure(moon)", "checklists.yaml: employment.cv: figure(moon): no such figure"),
        (
            "form(applicant.religion) == x",
            "checklists.yaml: employment.cv: form(applicant.religion): the form field is protected",
        ),
    ] {
        let entry = format!("{{class: cv, level: conditional, when: '{when}', basis: ''}}");
        let error = lists(&entry).err().map(|error| error.to_string());
        assert_eq!(error, Some(format!("use the data file {words}")));
    }
    assert!(lists("{class: cv, level: conditional, when: 'fact(known)', basis: ''}").is_ok());
    assert!(lists("{class: cv, level: conditional, basis: ''}").is_err());
    assert!(lists("{class: cv, level: required, basis: '', colour: red}").is_err());
}

#[test]
fn every_text_stands_in_every_language() {
    for (german, english, words) in [
        ("a = x", "", "en.ftl: a: the translation is missing"),
        ("", "a = x", "en.ftl: a: there is no such text in German"),
        ("a = { $b }", "a = { $c }", "en.ftl: a: the placeholders differ from the German text"),
        ("a = x\na = y", "a = x", "de.ftl: a: the id stands there twice"),
        ("a = x\nb", "", "de.ftl: line 2: expected id = text, in the syntax of Fluent"),
    ] {
        let error = read(german, english, "").err();
        let error = error.map(|error| error.to_string());
        assert_eq!(error, Some(format!("use the data file {words}")));
    }
    assert!(read("# c\na = x\n  y { $z }", "a = { $z }", "").is_ok());
}

#[test]
fn words_of_the_data_files_are_messages_of_the_other_languages() {
    let (german, english) = ("a = { $z } ja", "a = { $z } yes");
    let missing = read(german, english, "a = { $z } نعم").err().unwrap().to_string();
    assert_eq!(
        missing,
        "use the data file ar.ftl: label-a-paper-of-18: the translation is missing"
    );
    let texts = read(german, english, "a = { $z } نعم\nlabel-a-paper-of-18 = ورقة").unwrap();
    assert_eq!(texts.title("de", &paper()), "Ein Papier (§ 18)");
    assert_eq!(texts.title("en", &paper()), "A paper of § 18");
    assert_eq!(texts.title("ar", &paper()), "ورقة");
    // What is put in keeps its own direction.
    let values = BTreeMap::from([("z", "Müller".to_owned())]);
    assert_eq!(texts.fill("ar", "a", &values), "\u{2068}Müller\u{2069} نعم");
    assert_eq!(texts.fill("de", "a", &values), "Müller ja");
    let own = Title { de: "Eigene Klasse".to_owned(), en: "Own class".to_owned() };
    assert_eq!(texts.title("ar", &own), "Eigene Klasse");
}

fn paper() -> Title {
    Title { de: "Ein Papier (§ 18)".to_owned(), en: "A paper of § 18".to_owned() }
}

/// German, English and, where there is one, an Arabic file.
fn read(
    german: &'static str,
    english: &'static str,
    arabic: &'static str,
) -> Result<Texts, crate::KnowledgeError> {
    let files = [("de", "de.ftl", german), ("en", "en.ftl", english), ("ar", "ar.ftl", arabic)];
    let count = if arabic.is_empty() { 2 } else { 3 };
    Texts::read(&files[..count], &[&paper()])
}

#[test]
fn a_tag_finds_its_language() {
    for (tag, wanted) in [
        ("de", "de"),
        ("de-AT", "de"),
        ("en_GB", "en"),
        ("de-simple", "de-simple"),
        ("DE-Simple", "de-simple"),
        ("de-x-ls", "de-simple"),
        ("uk-UA", "uk"),
        ("fa-AF", "fa"),
        ("prs", "fa"),
        ("ar-SY", "ar"),
        ("", "de"),
        ("xx", "de"),
    ] {
        assert_eq!(language(tag), wanted, "{tag}");
    }
}

#[test]
fn shipped_texts_keep_the_tone() {
    const NEVER: [&str; 9] = [
        "Fälschung",
        "gefälscht",
        "Widerspruch",
        "abgelehnt",
        "nicht berechtigt",
        "forged",
        "rejected",
        "lied",
        "not entitled",
    ];
    // The same in the other languages, as stems.
    const NEVER_ELSEWHERE: [&str; 16] = [
        "falsifi",
        "fraude",
        "rejeté",
        "rechazad",
        "sahte",
        "reddedil",
        "تزوير",
        "مزور",
        "підробл",
        "шахрай",
        "відмовлен",
        "подделан",
        "мошенн",
        "отказано",
        "جعلی",
        "تقلب",
    ];
    for (name, content) in super::files().filter(|(name, _)| name.starts_with("hints/")) {
        for word in NEVER.iter().chain(&NEVER_ELSEWHERE) {
            assert!(!content.contains(*word), "{name}: {word}");
        }
    }
}

#[test]
fn no_rule_reads_what_is_protected() {
    let knowledge = crate::Knowledge::shipped().unwrap();
    let rules = &knowledge.rules;
    for rule in &rules.rules {
        for input in &rule.inputs {
            assert!(!crate::check::form::is_protected(input), "{}: {input}", rule.id);
            assert!(!input.contains("religio") && !input.contains("confession"), "{}", rule.id);
        }
        assert!(rules.texts.has(&rule.id), "{} has no text", rule.id);
    }
}
