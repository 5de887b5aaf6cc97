//! The data files hold together, and a wrong one says where.

use super::{Rules, TYPES, schema};
use crate::check::texts::Texts;
use crate::knowledge::parse;

fn lists(entry: &str) -> Result<Rules, crate::KnowledgeError> {
    let mut types: schema::TypesFile = parse(TYPES.0, TYPES.1)?;
    types.application_types.truncate(1);
    let head = "{schema_version: 1, as_of: '2026-11-01', figures: [], validity: [], base: [], \
                facts: [{id: known, ask: {de: ob, en: whether}}], checklists: \
                [{application_type: employment, base: true, items: [";
    let file: schema::ChecklistsFile = parse("checklists.yaml", &format!("{head}{entry}]}}]}}"))?;
    let rules = parse("plausibility_rules.yaml", "{schema_version: 1, as_of: '', rules: []}")?;
    Rules::new(types, file, rules)
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
        ("", "a = x", "de.ftl: a: the translation is missing"),
        ("a = { $b }", "a = { $c }", "en.ftl: a: the placeholders differ from the German text"),
        ("a = x\na = y", "a = x", "de.ftl: a: the id stands there twice"),
        ("  x", "", "de.ftl: x: a continuation without a text before it"),
        ("a", "", "de.ftl: a: expected id = text"),
    ] {
        let error = Texts::read(("de.ftl", german), ("en.ftl", english)).err();
        let error = error.map(|error| error.to_string());
        assert_eq!(error, Some(format!("use the data file {words}")));
    }
    assert!(Texts::read(("de.ftl", "# c\na = x\n  y { $z }"), ("en.ftl", "a = { $z }")).is_ok());
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
    for (name, content) in super::FILES.iter().filter(|(name, _)| name.starts_with("hints/")) {
        for word in NEVER {
            assert!(!content.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn no_rule_reads_what_is_protected() {
    let rules = Rules::shipped().unwrap();
    for rule in &rules.rules {
        for input in &rule.inputs {
            assert!(!crate::check::form::is_protected(input), "{}: {input}", rule.id);
            assert!(!input.contains("religio") && !input.contains("confession"), "{}", rule.id);
        }
        assert!(rules.texts.has(&rule.id), "{} has no text", rule.id);
    }
}
