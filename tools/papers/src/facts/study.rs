//! School, study, courses, recognition, and the landlord's confirmation.

use super::Facts;
use crate::chance::Chance;
use crate::day::Day;
use crate::world::{Person, World};

const PROGRAMMES: [&str; 6] = [
    "Informatik",
    "Maschinenbau",
    "Internationale Betriebswirtschaft",
    "Data Science",
    "Germanistik",
    "Bauingenieurwesen",
];
const UNIVERSITIES: [&str; 5] = [
    "Hochschule Musterstadt",
    "Universität Beispielhausen",
    "Technische Universität Neuheim",
    "Fachhochschule Altfelde",
    "Hochschule für Probe und Muster",
];

/// The half-year of teaching that this day is in: normal form, print, first and last day.
fn semester(today: Day, ahead: i64) -> (String, String, Day, Day) {
    let (year, month, _) = today.first_of_month(6 * ahead).parts();
    if (4..10).contains(&month) {
        (
            format!("SS {year}"),
            format!("Sommersemester {year}"),
            Day::new(year, 4, 1),
            Day::new(year, 9, 30),
        )
    } else {
        let year = if month < 4 { year - 1 } else { year };
        let next = (year + 1).rem_euclid(100);
        let print = format!("Wintersemester {year}/{}", year + 1);
        (format!("WS {year}/{next:02}"), print, Day::new(year, 10, 1), Day::new(year + 1, 3, 31))
    }
}

pub(super) fn enrolment(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let (normal, print, from, to) = semester(world.today, 0);
    let count = chance.between(1, 9);
    facts.same("student", person.name());
    facts.same("university", chance.pick(&UNIVERSITIES));
    facts.same("programme", chance.pick(&PROGRAMMES));
    facts.same(
        "degree",
        chance.pick(&["Bachelor of Science", "Master of Science", "Bachelor of Arts"]),
    );
    facts.field("semester", normal, print);
    facts.field("subject_semester", count, count.to_string());
    let all = count + chance.between(0, 2);
    facts.field("university_semester", all, all.to_string());
    facts.same("matriculation_number", chance.digits(7));
    facts.day("valid_from", from);
    facts.day("valid_until", to);
    facts.day("issue_date", from.plus(chance.between(0, 40)));
    facts.show("birth", person.birth.german());
    facts.show("birthplace", person.birthplace.clone());
}

pub(super) fn admission(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let (normal, print, from, _) = semester(world.today, 1);
    let conditional = chance.with(0.5);
    facts.same("applicant", person.name());
    facts.same("university", chance.pick(&UNIVERSITIES));
    facts.same("programme", chance.pick(&PROGRAMMES));
    facts.field("semester", normal, print);
    facts.field("conditional", conditional, conditional);
    facts.day("deadline", from.plus(-30));
    facts.show("degree", chance.pick(&["Bachelor of Science", "Master of Science"]));
    facts.show("number", chance.digits(8));
    facts.show("issued", world.today.plus(-11).german());
    facts.show("country", person.origin.country);
}

pub(super) fn school(facts: &mut Facts, world: &World, _: &Person, chance: &mut Chance) {
    let child = &world.child;
    facts.people = vec![child.id];
    let kinds = [
        "Grundschule am Alten Speicher",
        "Gesamtschule Lindenallee",
        "Realschule Kranichufer",
        "Paul-Beispiel-Gymnasium",
    ];
    let (year, month, _) = world.today.parts();
    let end = Day::new(if month > 7 { year + 1 } else { year }, 7, 31);
    facts.same("pupil", child.name());
    facts.same("school", chance.pick(&kinds));
    let grade = chance.between(1, 9).to_string();
    facts.same("grade", grade);
    facts.day("valid_until", end);
    facts.day("issue_date", world.today.plus(-chance.between(4, 50)));
    let missed = chance.between(0, 9);
    facts.field("absences_days", missed, missed.to_string());
    facts.show("birth", child.birth.german());
    facts.show("year", format!("{}/{}", end.parts().0 - 1, end.parts().0));
    facts.show("head", world.landlord.name());
    facts.show(
        "marks",
        (0..6)
            .map(|_| chance.pick(&["sehr gut", "gut", "befriedigend", "ausreichend"]))
            .collect::<Vec<_>>(),
    );
}

pub(super) fn course(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let start = world.today.first_of_month(chance.between(-2, 2)).plus(chance.between(0, 10));
    let hours = chance.pick(&["20", "25", "30"]);
    facts.same("participant", person.name());
    facts.same(
        "school",
        chance.pick(&[
            "Sprachinstitut Musterstadt",
            "Volkshochschule Beispielhausen",
            "Lingua Probe Akademie",
            "Sprachschule Brücke",
        ]),
    );
    facts.day("start_date", start);
    facts.day("end_date", start.plus(chance.between(80, 300)));
    facts.same("hours_per_week", hours);
    facts.same("level_goal", chance.pick(&["B1", "B2", "C1"]));
    facts.field("paid", true, "bezahlt");
    facts.show("birth", person.birth.german());
    facts.show("fee", crate::day::Cents(chance.between(90, 320) * 1000).to_string());
    facts.show("issued", start.plus(-15).german());
    facts.show("passport", person.passport_number.clone());
    facts.show("days", "Montag bis Freitag");
}

pub(super) fn recognition(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let full = chance.with(0.6);
    let result = if full {
        ("full", "volle Gleichwertigkeit")
    } else {
        ("partial", "teilweise Gleichwertigkeit")
    };
    let titles = [
        "Diploma in Nursing",
        "Technician Diploma",
        "Certificate of Vocational Training",
        "Diplôme de technicien",
    ];
    facts.same("holder", person.name());
    facts.same("foreign_qualification", chance.pick(&titles));
    facts.field("result", result.0, result.1);
    facts.same("reference_occupation", world.occupation.clone());
    facts.day("decision_date", world.work_start.plus(-chance.between(60, 200)));
    facts.same("issuer", format!("Handwerkskammer {}", world.home.town));
    facts.show("birth", person.birth.german());
    facts.show("country", person.origin.country);
    facts.show("gap", if full { "keine" } else { "Praktische Kenntnisse von sechs Monaten" });
}

pub(super) fn landlord(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let people = vec![person.name(), world.child.name()];
    facts.same("landlord_name", world.landlord.name());
    facts.same("address", world.home.line());
    facts.day("move_in_date", world.moved_in);
    facts.field("persons", people.clone(), people);
    facts.field("owner_is_landlord", true, "ja");
    facts.day("issue_date", world.moved_in.plus(chance.between(1, 12)));
    facts.field("living_space_m2", world.space.to_string(), world.space.to_string());
    facts.money("rent_warm_eur", world.rent_warm);
    facts.show("landlord_address", crate::world::Address::new("Beispielhausen", chance).line());
    facts.show(
        "floor",
        chance.pick(&["Erdgeschoss", "1. OG links", "2. OG rechts", "Dachgeschoss"]),
    );
}
