//! Qualification, language, money, insurance.

use super::Facts;
use crate::chance::Chance;
use crate::checked;
use crate::day::Cents;
use crate::world::{Person, World};

pub(super) fn degree(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let subject = chance.pick(&["Informatik", "Maschinenbau", "Betriebswirtschaft", "Chemie"]);
    facts.same("holder", person.name());
    facts.same("university", "Hochschule Musterstadt");
    facts.same("degree", chance.pick(&["Bachelor of Science", "Master of Science"]));
    facts.same("subject", subject);
    facts.day("award_date", world.work_start.plus(-200));
    facts.same("country", "DEU");
    facts.show("birth", person.birth.german());
    facts.show("birthplace", person.birthplace.clone());
}

pub(super) fn vocational(facts: &mut Facts, world: &World, person: &Person, _: &mut Chance) {
    facts.same("holder", person.name());
    facts.same("occupation", world.occupation.clone());
    facts.day("exam_date", world.work_start.plus(-120));
    facts.same("issuer", format!("Industrie- und Handelskammer {}", world.home.town));
    facts.same("country", "DEU");
    facts.show("birth", person.birth.german());
    facts.show("birthplace", person.birthplace.clone());
}

pub(super) fn language(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let exam = world.work_start.plus(-chance.between(100, 500));
    facts.same("holder", person.name());
    facts.day("birth_date", person.birth);
    facts.same("level", world.level.clone());
    facts.day("exam_date", exam);
    facts.same("certificate_number", format!("{}-{}", chance.letters(2), chance.digits(7)));
    let points: Vec<i64> = (0..4).map(|_| chance.between(64, 97)).collect();
    facts.same("modules", vec!["Lesen", "Hören", "Schreiben", "Sprechen"]);
    facts.fields.insert("result_points".into(), (points.iter().sum::<i64>() / 4).into());
    facts.show("points", points.iter().map(ToString::to_string).collect::<Vec<_>>());
    facts.show("total", points.iter().sum::<i64>().to_string());
    facts.show("birthplace", person.birthplace.clone());
    facts.show("issued", exam.plus(21).german());
    // The template decides whose certificate it is; `layouts` fills this in.
    facts.fields.insert("provider".into(), serde_json::Value::Null);
}

pub(super) fn life_in_germany(
    facts: &mut Facts,
    world: &World,
    person: &Person,
    chance: &mut Chance,
) {
    let points = chance.between(22, 33);
    facts.same("holder", person.name());
    facts.day("birth_date", person.birth);
    facts.field("points", points, points.to_string());
    facts.day("date", world.work_start.plus(-60));
    facts.show("birthplace", person.birthplace.clone());
    facts.show("number", chance.digits(9));
}

pub(super) fn bank(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let from = world.today.first_of_month(-1);
    let to = world.today.first_of_month(0).plus(-1);
    let month = format!("{} {}", from.month_name(), from.parts().0);
    let mut balance = Cents(chance.between(180, 460) * 1000 + 55);
    let opening = balance;
    let mut rows = Vec::new();
    let mut book = |day: i64, text: String, amount: Cents| {
        balance.0 += amount.0;
        let date = from.plus(day - 1).german();
        rows.push(serde_json::json!([date, text, amount.to_string(), amount.0 < 0]));
    };
    book(
        2,
        format!("Dauerauftrag {} Miete {month}", world.landlord.name()),
        Cents(-world.rent_warm.0),
    );
    book(5, "Lastschrift Stadtwerke Musterstadt Abschlag Strom".into(), Cents(-6400));
    book(9, "Kartenzahlung Supermarkt Beispielmarkt".into(), Cents(-chance.between(2000, 9000)));
    book(16, "Lastschrift Funknetz Muster Mobilfunk".into(), Cents(-1999));
    book(21, "Kartenzahlung Drogerie Probe".into(), Cents(-chance.between(800, 4000)));
    book(28, format!("Gehalt {} {month}", world.employer.name), world.net());
    facts.same("holder", person.name());
    facts.field("iban", world.iban.clone(), checked::grouped(&world.iban));
    facts.day("period_from", from);
    facts.day("period_to", to);
    facts.money("balance_end_eur", balance);
    facts.field("salary_credits", vec![world.net().plain()], world.net().to_string());
    facts.field("rent_debits", vec![world.rent_warm.plain()], world.rent_warm.to_string());
    facts.show("opening", opening.to_string());
    facts.show("rows", rows);
    facts.show("bank", world.bank.clone());
    facts.show("bic", format!("{}DE{}XXX", chance.letters(4), chance.letters(2)));
    facts.show("number", format!("{}/{}", from.parts().1, from.parts().0));
    facts.show("address", world.home.line());
}

pub(super) fn insurance(facts: &mut Facts, world: &World, person: &Person, _: &mut Chance) {
    let number = if person.id == "applicant" {
        world.health_number.clone()
    } else {
        checked::health_insurance_number(&mut world.chance.fork(person.id))
    };
    facts.same("insured", person.name());
    facts.same("insurer", world.insurer.clone());
    facts.field("insurance_kind", "statutory_mandatory", "pflichtversichert");
    facts.day("insured_since", world.work_start);
    facts.field("valid_until", "unbefristet", "bis auf Weiteres");
    facts.same("insurance_number", number);
    facts.day("issue_date", world.today.plus(-9));
    facts.fields.insert("coverage_germany".into(), true.into());
    facts.show("birth", person.birth.german());
}
