//! Passport and residence permit.

use super::{Facts, passport_zone};
use crate::chance::Chance;
use crate::checked::MrzData;
use crate::world::{Person, World};

pub(super) fn passport(facts: &mut Facts, _: &World, person: &Person, _: &mut Chance) {
    let zone = passport_zone(person).td3();
    facts.field("mrz", zone.join("\n"), zone.join("\n"));
    facts.same("document_type", "P");
    facts.same("issuing_state", person.origin.iso3);
    facts.field("surname", person.surname.clone(), person.surname.to_uppercase());
    facts.field("given_names", person.given.clone(), person.given.to_uppercase());
    facts.same("passport_number", person.passport_number.clone());
    facts.same("nationality", person.origin.iso3);
    facts.field("birth_date", person.birth.iso(), person.birth.english());
    facts.same("sex", person.sex.to_string());
    facts.field("place_of_birth", person.birthplace.clone(), person.birthplace.to_uppercase());
    facts.field("issue_date", person.passport_issued.iso(), person.passport_issued.english());
    facts.field("expiry_date", person.passport_expiry.iso(), person.passport_expiry.english());
    facts.same("issuing_authority", person.origin.authority);
    facts.show("country", person.origin.country.to_uppercase());
    facts.show("country_en", person.origin.country_en.to_uppercase());
}

pub(super) fn residence_permit(facts: &mut Facts, world: &World, person: &Person, _: &mut Chance) {
    let zone = MrzData {
        state: "D".into(),
        number: world.card_number.clone(),
        expiry: world.card_expiry,
        ..passport_zone(person)
    }
    .td1("AR");
    facts.field("mrz", zone.join("\n"), zone.join("\n"));
    facts.field("surname", person.surname.clone(), person.surname.to_uppercase());
    facts.field("given_names", person.given.clone(), person.given.to_uppercase());
    facts.same("card_number", world.card_number.clone());
    facts.field("title_type", "Aufenthaltserlaubnis", "AUFENTHALTSERLAUBNIS");
    let basis = if person.id == "spouse" { "§ 18b AufenthG" } else { "§ 18a AufenthG" };
    facts.same("legal_basis", basis);
    facts.day("valid_until", world.card_expiry);
    facts.field("remarks", "siehe Zusatzblatt", "SIEHE ZUSATZBLATT");
    facts.field("issuing_place", world.home.town.clone(), world.home.town.to_uppercase());
    facts.day("birth_date", person.birth);
    facts.same("nationality", person.origin.iso3);
    facts.show("issued", world.card_expiry.plus(-730).german());
    facts.show("sex", person.sex.to_string());
    facts.show("birthplace", person.birthplace.to_uppercase());
}
