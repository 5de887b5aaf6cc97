//! Papers about home and family.

use super::Facts;
use crate::chance::Chance;
use crate::world::{Address, Person, World};

pub(super) fn registration(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    facts.same("surname", person.surname.clone());
    facts.same("given_names", person.given.clone());
    facts.day("birth_date", person.birth);
    facts.same("address", world.home.line());
    facts.day("moved_in_on", world.moved_in);
    facts.field("dwelling_type", "only", "alleinige Wohnung");
    facts.same("previous_address", Address::new("Altfelde", chance).line());
    facts.day("issue_date", world.today.plus(-chance.between(4, 25)));
    facts.show("birthplace", person.birthplace.clone());
    facts.show("nationality_de", person.origin.nationality);
}

pub(super) fn marriage(facts: &mut Facts, world: &World, _: &Person, chance: &mut Chance) {
    let (one, two) = (&world.applicant, &world.spouse);
    facts.people = vec![one.id, two.id];
    facts.same("spouse1_name", one.name());
    facts.same("spouse2_name", two.name());
    facts.day("spouse1_birth_date", one.birth);
    facts.day("spouse2_birth_date", two.birth);
    facts.field("marriage_date", world.wedding.iso(), world.wedding.german());
    facts.same("marriage_place", one.birthplace.clone());
    let year = world.wedding.parts().0;
    facts.same("register_number", format!("E {}/{year}", chance.between(10, 400)));
    facts.same("married_name", one.surname.clone());
    facts.show("wedding_en", world.wedding.english());
    for (key, person) in [("1", one), ("2", two)] {
        facts.show(&format!("surname{key}"), person.surname.clone());
        facts.show(&format!("given{key}"), person.given.clone());
        facts.show(&format!("birth_name{key}"), person.birth_name.clone());
        facts.show(&format!("birthplace{key}"), person.birthplace.clone());
        facts.show(&format!("birth_en{key}"), person.birth.english());
    }
    facts.show("country", one.origin.country);
    facts.show("country_en", one.origin.country_en.to_uppercase());
    facts.show("issued", world.wedding.plus(9).german());
    facts.show("registrar", world.landlord.surname.clone());
}

pub(super) fn birth(facts: &mut Facts, world: &World, _: &Person, chance: &mut Chance) {
    let child = &world.child;
    facts.people = vec!["child"];
    let female = world.applicant.sex == 'F';
    let (mother, father) =
        if female { (&world.applicant, &world.spouse) } else { (&world.spouse, &world.applicant) };
    facts.same("child_name", child.name());
    facts.day("birth_date", child.birth);
    facts.same("birth_place", child.birthplace.clone());
    facts.same("mother_name", mother.name());
    facts.same("father_name", father.name());
    let year = child.birth.parts().0;
    facts.same("register_number", format!("G {}/{year}", chance.between(20, 2400)));
    facts.day("issue_date", child.birth.plus(14));
    facts.show("child_surname", child.surname.clone());
    facts.show("child_given", child.given.clone());
    facts.show("sex", if child.sex == 'F' { "weiblich" } else { "männlich" });
    facts.show("country_en", child.origin.country_en.to_uppercase());
    facts.show("mother_birth_name", mother.birth_name.clone());
    facts.show("registrar", world.landlord.surname.clone());
}

pub(super) fn rental(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    facts.same("landlord", world.landlord.name());
    facts.field("tenants", vec![person.name()], person.name());
    facts.same("address", world.home.line());
    facts.field("living_space_m2", world.space.to_string(), world.space.to_string());
    let rooms = chance.between(2, 4).to_string();
    facts.same("rooms", rooms);
    facts.money("cold_rent_eur", world.rent_cold);
    facts.money("warm_rent_eur", world.rent_warm);
    facts.day("start_date", world.moved_in);
    facts.field("end_date", "unbefristet", "auf unbestimmte Zeit");
    facts.fields.insert("signed_both".into(), true.into());
    let extra = crate::day::Cents(world.rent_warm.0 - world.rent_cold.0);
    facts.show("extra", extra.to_string());
    facts.show("deposit", crate::day::Cents(world.rent_cold.0 * 3).to_string());
    facts.show("landlord_address", Address::new("Beispielhausen", chance).line());
    facts.show("signed", world.moved_in.plus(-20).german());
    facts.show("iban", crate::checked::grouped(&crate::checked::iban(chance)));
    facts.show("birth", person.birth.german());
}
