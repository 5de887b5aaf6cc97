use super::*;
use crate::day::Day;
use crate::taxonomy;

fn world(seed: u64) -> World {
    World::new(seed, Day::new(2026, 11, 16))
}

#[test]
fn facts_name_only_fields_of_the_taxonomy() {
    let classes = taxonomy::classes().unwrap();
    for class in CLASSES {
        let facts = of(&world(1), class).unwrap();
        let known = classes.iter().find(|known| known.id == class).unwrap();
        for field in facts.fields.keys() {
            assert!(known.fields.iter().any(|f| f.name == *field), "{class}.{field}");
        }
    }
}

#[test]
fn papers_of_one_household_agree() {
    for seed in 0..20 {
        let world = world(seed);
        let get = |class: &str, field: &str| of(&world, class).unwrap().fields[field].clone();
        assert_eq!(get("payslip", "employee"), get("employment_contract", "employee"));
        assert_eq!(get("payslip", "gross_eur"), get("employment_contract", "gross_salary"));
        assert_eq!(get("rental_contract", "address"), get("registration_certificate", "address"));
        assert_eq!(get("bank_statement", "iban"), get("payslip", "iban"));
        assert_eq!(get("passport", "birth_date"), get("language_certificate", "birth_date"));
    }
}

#[test]
fn zones_pass_an_independent_reader() {
    for seed in 0..30 {
        for class in
            ["passport", "residence_permit_card", "national_id_card", "passport_substitute", "visa"]
        {
            let facts = of(&world(seed), class).unwrap();
            let text = facts.fields["mrz"].as_str().unwrap();
            let lines: Vec<&str> = text.lines().collect();
            let parsed = match lines[..] {
                [one, two] if one.starts_with('V') => mrz::parse_mrv_a(one, two),
                [one, two] => mrz::parse_td3(one, two),
                [one, two, three] => mrz::parse_td1(one, two, three),
                _ => panic!("{text}"),
            };
            assert!(parsed.is_ok(), "{class} {seed}: {text} {parsed:?}");
        }
    }
}

#[test]
fn no_name_of_a_known_person_appears() {
    // Combinations that the lists could be changed to produce.
    let known = ["Recep Tayyip", "Orhan Pamuk", "Narendra Modi", "Angela Merkel", "Olaf Scholz"];
    for seed in 0..300 {
        let world = world(seed);
        for person in [&world.applicant, &world.spouse, &world.child, &world.landlord] {
            assert!(known.iter().all(|name| !person.name().contains(name)));
        }
    }
}
