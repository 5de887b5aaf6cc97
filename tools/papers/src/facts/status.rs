//! Papers on identity and on the right to stay, beside passport and card.

use super::{Facts, passport_zone};
use crate::chance::Chance;
use crate::checked::{self, MrzData};
use crate::day::Day;
use crate::world::{Person, World};

pub(super) fn identity_card(facts: &mut Facts, _: &World, person: &Person, chance: &mut Chance) {
    let number = format!("{}{}", chance.letters(2), chance.digits(7));
    let zone = MrzData { number: number.clone(), ..passport_zone(person) }.td1("ID");
    facts.field("mrz", zone.join("\n"), zone.join("\n"));
    names(facts, person);
    facts.same("id_number", number);
    facts.same("nationality", person.origin.iso3);
    facts.day("birth_date", person.birth);
    facts.day("expiry_date", person.passport_expiry);
    facts.show("issued", person.passport_issued.german());
    facts.show("sex", person.sex.to_string());
    facts.show("birthplace", person.birthplace.to_uppercase());
    facts.show("authority", person.origin.authority);
    facts.show("country", person.origin.country.to_uppercase());
    facts.show("country_en", person.origin.country_en.to_uppercase());
}

pub(super) fn substitute(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let number = format!("{}{}", chance.letters(1), chance.digits(8));
    let expiry = person.passport_issued.plus(1095);
    // States of the zone: a stateless person, a refugee, another refugee.
    let (state, kind, kind_en, law) = [
        ("XXA", "Reiseausweis für Staatenlose", "for stateless persons", "28 September 1954"),
        ("XXB", "Reiseausweis für Flüchtlinge", "for refugees", "28 July 1951"),
        ("XXB", "Reiseausweis für Flüchtlinge", "for refugees", "28 July 1951"),
    ]
    .get(chance.below(3))
    .copied()
    .unwrap_or(("XXB", "Reiseausweis für Flüchtlinge", "for refugees", "28 July 1951"));
    let zone = MrzData {
        state: "D".into(),
        nationality: state.into(),
        number: number.clone(),
        expiry,
        ..passport_zone(person)
    };
    let lines = zone.td3();
    facts.field("mrz", lines.join("\n"), lines.join("\n"));
    names(facts, person);
    facts.same("document_number", number);
    facts.same("nationality_code", state);
    facts.day("birth_date", person.birth);
    facts.day("expiry_date", expiry);
    facts.same("remark_identity", "Die Personendaten beruhen auf den eigenen Angaben");
    facts.show("kind", kind);
    facts.show("kind_en", kind_en);
    facts.show("law", law);
    facts.show("issued", person.passport_issued.german());
    facts.show("sex", person.sex.to_string());
    facts.show("birthplace", person.birthplace.clone());
    facts.show("country", person.origin.country);
    facts.show("authority", format!("Ausländerbehörde {}", world.home.town));
}

pub(super) fn visa(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let number = format!("{}{}", chance.letters(1), chance.digits(8));
    let from = world.today.plus(-chance.between(10, 60));
    let (kind, days) = if chance.with(0.8) { ("D", 180) } else { ("C", 90) };
    let zone = MrzData {
        state: "D".into(),
        number: number.clone(),
        expiry: from.plus(days),
        ..passport_zone(person)
    };
    // National visas and those for short stays are both stickers of format A.
    let lines = zone.visa(kind, checked::VISA_A);
    facts.field("mrz", lines.join("\n"), lines.join("\n"));
    facts.same("visa_number", number);
    facts.same("visa_type", kind);
    facts.day("valid_from", from);
    facts.day("valid_until", from.plus(days));
    facts.field("duration_days", days, days.to_string());
    facts.field("entries", "multiple", "MULT");
    facts.same("issued_at", person.birthplace.to_uppercase());
    let remarks = if kind == "D" {
        "§ 18a AUFENTHG, ERWERBSTÄTIGKEIT NUR GEMÄSS ZUSTIMMUNG DER BUNDESAGENTUR FÜR ARBEIT"
    } else {
        "BESUCHSREISE, ERWERBSTÄTIGKEIT NICHT GESTATTET"
    };
    facts.same("remarks", remarks);
    names(facts, person);
    facts.show("passport", person.passport_number.clone());
    facts.show("issued", from.plus(-8).german());
    facts.show("birth", person.birth.german());
    facts.show("sex", person.sex.to_string());
}

pub(super) fn sheet(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let employer = chance.with(0.5);
    let (permission, text) = if employer {
        let name = &world.employer.name;
        let job = &world.occupation;
        ("only_employer", format!("Beschäftigung nur als {job} bei der Firma {name} gestattet."))
    } else {
        ("allowed", "Erwerbstätigkeit gestattet.".to_owned())
    };
    facts.same("card_number", world.card_number.clone());
    facts.same("ancillary_provisions", text);
    facts.fields.insert("work_permission".into(), permission.into());
    if employer {
        facts.fields.insert("employer".into(), world.employer.name.clone().into());
    }
    facts.day("issue_date", world.card_expiry.plus(-730));
    facts.show("surname", person.surname.clone());
    facts.show("given_names", person.given.clone());
    facts.show("birth", person.birth.german());
    facts.show("valid_until", world.card_expiry.german());
    facts.show("nationality_de", person.origin.nationality);
}

pub(super) fn fiction(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let from = world.today.plus(-chance.between(3, 40));
    let (kind, law, effect) = if chance.with(0.6) {
        ("81(4)", "§ 81 Abs. 4 AufenthG", "Der bisherige Aufenthaltstitel gilt als fortbestehend.")
    } else {
        ("81(3)1", "§ 81 Abs. 3 Satz 1 AufenthG", "Der Aufenthalt gilt als erlaubt.")
    };
    facts.same("serial_number", format!("{}{}", chance.letters(1), chance.digits(7)));
    facts.field("fiction_type", kind, law);
    facts.day("valid_from", from);
    facts.day("valid_until", from.plus(180));
    facts.same("surname", person.surname.clone());
    facts.same("given_names", person.given.clone());
    facts.day("birth_date", person.birth);
    let note = "Die Erwerbstätigkeit ist im bisherigen Umfang gestattet.";
    facts.same("work_note", note);
    facts.show("effect", effect);
    person_of(facts, world, person);
}

pub(super) fn toleration(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let from = world.today.plus(-chance.between(3, 60));
    let law = ["§ 60a Abs. 2 Satz 1 AufenthG", "§ 60a Abs. 2 Satz 3 AufenthG", "§ 60c AufenthG"];
    facts.same("serial_number", format!("{}{}", chance.letters(1), chance.digits(7)));
    facts.same("surname", person.surname.clone());
    facts.same("given_names", person.given.clone());
    facts.day("birth_date", person.birth);
    facts.field("nationality", person.origin.iso3, person.origin.nationality);
    facts.day("valid_until", from.plus(90));
    facts.same("legal_basis", chance.pick(&law));
    let conditions = "Wohnsitznahme nur im zugewiesenen Landkreis.";
    facts.same("conditions", conditions);
    facts.show("issued", from.german());
    person_of(facts, world, person);
}

/// Names in capitals, as cards print them.
fn names(facts: &mut Facts, person: &Person) {
    facts.field("surname", person.surname.clone(), person.surname.to_uppercase());
    facts.field("given_names", person.given.clone(), person.given.to_uppercase());
}

fn person_of(facts: &mut Facts, world: &World, person: &Person) {
    facts.show("birthplace", person.birthplace.clone());
    facts.show("country", person.origin.country);
    facts.show("nationality_de", person.origin.nationality);
    facts.show("address", world.home.line());
    facts.show("authority", format!("Ausländerbehörde {}", world.home.town));
    facts.show("today", day_before(world.today));
}

fn day_before(today: Day) -> String {
    today.plus(-1).german()
}
