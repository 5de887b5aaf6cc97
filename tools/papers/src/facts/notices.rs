//! What authorities, banks and doctors write about somebody's means and conduct.

use super::Facts;
use crate::chance::Chance;
use crate::checked;
use crate::day::Cents;
use crate::world::{Person, World};
use serde_json::json;

pub(super) fn tax(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let year = world.today.parts().0 - chance.between(1, 2);
    let income = Cents(world.gross.0 * 12 - 123_000);
    let tax = income.share(chance.between(140, 190));
    let paid = Cents(tax.0 + chance.between(80, 900) * 100);
    let notice = crate::day::Day::new(year + 1, 5, 4).plus(chance.between(0, 150));
    facts.field("year", year, year.to_string());
    facts.same("taxpayer", person.name());
    facts.money("total_income_eur", income);
    facts.money("tax_eur", tax);
    facts.same(
        "tax_number",
        format!("{}/{}/{}", chance.digits(3), chance.digits(3), chance.digits(5)),
    );
    facts.same("tax_id", format!("00{}", chance.digits(9)));
    facts.day("notice_date", notice);
    facts.show("wages", Cents(world.gross.0 * 12).to_string());
    facts.show("paid", paid.to_string());
    facts.show("refund", Cents(paid.0 - tax.0).to_string());
    facts.show("office", format!("Finanzamt {}", world.home.town));
    facts.show(
        "iban_end",
        world.iban.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect::<String>(),
    );
}

pub(super) fn blocked(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let monthly = Cents(chance.pick(&[99_200_i64, 109_100, 120_000]));
    let total = Cents(monthly.0 * 12);
    let iban = checked::iban(chance);
    let issued = world.today.plus(-chance.between(5, 60));
    let providers =
        ["Studiopolis Sperrkonto GmbH", "Musterbank AG", "Erste Probebank", "Fernweh Finanz SE"];
    facts.same("holder", person.name());
    facts.same("provider", chance.pick(&providers));
    facts.field("iban", iban.clone(), checked::grouped(&iban));
    facts.money("total_eur", total);
    facts.money("monthly_release_eur", monthly);
    facts.day("issue_date", issued);
    let favour = format!("Ausländerbehörde {}", world.home.town);
    facts.same("blocked_in_favour_of", favour);
    facts.show("birth", person.birth.german());
    facts.show("passport", person.passport_number.clone());
    facts.show("nationality_de", person.origin.nationality);
    facts.show("paid_in", issued.plus(-6).german());
}

pub(super) fn commitment(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let sponsor = &world.landlord;
    let issued = world.today.plus(-chance.between(10, 150));
    facts.same("sponsor_name", sponsor.name());
    facts.same("sponsor_address", world.home.line());
    facts.same("invited_person", person.name());
    facts.day("birth_date", person.birth);
    facts.same("passport_number", person.passport_number.clone());
    facts.same("purpose", chance.pick(&["Studium", "Besuch", "Sprachkurs"]));
    facts.same("creditworthiness_note", "nachgewiesen");
    facts.day("issue_date", issued);
    facts.same("authority", format!("Ausländerbehörde {}", world.home.town));
    facts.show("sponsor_birth", sponsor.birth.german());
    facts.show("serial", format!("D{}", chance.digits(8)));
    facts.show("nationality_de", person.origin.nationality);
    facts.show("income", world.net().to_string());
    facts.show("employer", world.employer.name.clone());
}

pub(super) fn benefit(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    // Kind, name, law, authority, what the notice is called.
    let kinds = [
        (
            "sgb2",
            "Bürgergeld",
            "Leistungen zur Sicherung des Lebensunterhalts nach dem SGB II",
            "Jobcenter",
        ),
        ("sgb12", "Sozialhilfe", "Hilfe zum Lebensunterhalt nach dem SGB XII", "Sozialamt"),
        (
            "wohngeld",
            "Wohngeld",
            "Wohngeld als Mietzuschuss nach dem Wohngeldgesetz",
            "Wohngeldstelle",
        ),
        ("alg1", "Arbeitslosengeld", "Arbeitslosengeld nach dem SGB III", "Agentur für Arbeit"),
    ];
    let index = chance.below(kinds.len());
    let (kind, name, law, office) = kinds.get(index).copied().unwrap_or_default();
    let from = world.today.first_of_month(-chance.between(0, 4));
    let month = Cents(chance.between(240, 1400) * 100 + 37);
    facts.same("recipient", person.name());
    facts.field("benefit_kind", kind, name);
    facts.money("monthly_eur", month);
    facts.day("from", from);
    facts.day("to", from.first_of_month(12).plus(-1));
    facts.same("authority", format!("{office} {}", world.home.town));
    facts.day("notice_date", from.plus(-chance.between(5, 20)));
    facts.show("law", law);
    facts.show("number", format!("{}BG{}", chance.digits(5), chance.digits(7)));
    facts.show("people", json!([person.name(), world.child.name()]));
}

pub(super) fn conduct(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    facts.same("holder", person.name());
    facts.day("issue_date", world.today.plus(-chance.between(8, 80)));
    facts.field("entries", "none", "Keine Eintragung");
    facts.same("country", "DEU");
    facts.show("birth", person.birth.german());
    facts.show("birthplace", person.birthplace.clone());
    facts.show("birth_name", person.birth_name.clone());
    facts.show("nationality_de", person.origin.nationality);
    facts.show("number", format!("{}-{}", chance.letters(2), chance.digits(8)));
}

/// Says that somebody was seen, never what ails them: what such a paper holds is of no concern here.
pub(super) fn medical(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let issued = world.today.plus(-chance.between(2, 40));
    facts.same("person", person.name());
    facts.day("issue_date", issued);
    facts.same(
        "purpose",
        chance.pick(&[
            "Vorlage bei der Behörde",
            "Vorlage bei der Schule",
            "Vorlage beim Arbeitgeber",
        ]),
    );
    let doctor = format!("Dr. med. {}", world.landlord.surname);
    facts.show("doctor", doctor);
    facts.show("birth", person.birth.german());
    facts.show("until", issued.plus(chance.between(3, 21)).german());
    facts.show("insurer", world.insurer.clone());
    facts.show("practice", crate::world::Address::new(&world.home.town, chance).line());
}
