//! What an applicant writes into the form, by the ids of its fields.

use super::draft::{Sheet, person};
use super::scenario::{Scenario, Who};
use crate::chance::Chance;
use crate::day::Day;
use crate::world::{Person, World};
use serde_json::{Map, Value};

/// Types of titles without end, and of no stay of one's own.
const WITHOUT_STAY: [&str; 5] = [
    "settlement_permit",
    "eu_long_term_residence",
    "declaration_of_commitment",
    "document_reissue",
    "toleration_and_permission_to_work",
];

/// A day written like `2026-11-24`.
pub(super) fn day(text: &str) -> Option<Day> {
    let parts: Vec<i64> = text.split('-').filter_map(|part| part.parse().ok()).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    Some(Day::new(*year, *month, *day))
}

/// A national visa names the purpose that it was issued for.
pub(super) fn state_purpose(visa: &mut Sheet, purpose: &str) {
    let remarks = match purpose {
        "family" => "FAMILIENNACHZUG, ERWERBSTÄTIGKEIT GESTATTET",
        "study_or_training" => {
            "STUDIUM UND AUSBILDUNG, ERWERBSTÄTIGKEIT GEM. § 16B ABS. 3 AUFENTHG"
        }
        _ => "ERWERBSTÄTIGKEIT NUR GEMÄSS ZUSTIMMUNG DER BUNDESAGENTUR FÜR ARBEIT",
    };
    if let Some(facts) = visa.facts_mut() {
        facts.contradict("remarks", remarks, remarks);
    }
}

struct Form {
    values: Map<String, Value>,
}

impl Form {
    fn put(&mut self, id: &str, value: impl Into<Value>) {
        self.values.insert(format!("form.{id}"), value.into());
    }
}

/// The whole form, agreeing with household and papers.
pub(super) fn fill(
    scenario: &Scenario,
    world: &World,
    sheets: &[Sheet],
    chance: &mut Chance,
) -> Map<String, Value> {
    let mut form = Form { values: Map::new() };
    let applicant = person(world, scenario.who);
    applicant_of(&mut form, applicant, chance);
    let status = if scenario.married { "married" } else { "single" };
    form.put("applicant.marital_status", status);
    if scenario.married {
        form.put("applicant.marital_status_since", world.wedding.iso());
    }
    let mode = scenario.fact("mode");
    if matches!(mode, "first_grant" | "extension") {
        form.put("head.kind", mode);
    }
    family(&mut form, scenario, world, sheets, chance);
    stay(&mut form, scenario, world, sheets);
    form.put("purpose.category", scenario.purpose.clone());
    form.put("purpose.explanation", explanation(scenario, world, sheets));
    form.put("livelihood.means", "eigenes Einkommen und Ersparnisse");
    let benefits = scenario.holds("benefits_received");
    form.put("livelihood.receives_benefits", benefits);
    let notice = sheets.iter().find(|sheet| sheet.class == "social_benefit_notice");
    if let Some(amount) = notice.and_then(|sheet| sheet.field("monthly_eur")) {
        form.put("livelihood.benefit_amount_eur", amount);
    }
    form.put("health.insured", true);
    form.put("health.insurer", world.insurer.clone());
    form.values
}

fn applicant_of(form: &mut Form, person: &Person, chance: &mut Chance) {
    form.put("applicant.surname", person.surname.clone());
    form.put("applicant.given_names", person.given.clone());
    form.put("applicant.sex", if person.sex == 'F' { "female" } else { "male" });
    form.put("applicant.birth_date", person.birth.iso());
    form.put("applicant.birth_place", person.birthplace.clone());
    form.put("applicant.birth_country", person.origin.country);
    // Some forms send codes, others what the person wrote.
    let written = [person.origin.iso3, person.origin.country, person.origin.nationality];
    form.put("applicant.nationality", chance.pick(&written));
    form.put("applicant.eye_colour", chance.pick(&["braun", "grün", "blau"]));
    form.put("applicant.height_cm", chance.between(155, 192));
}

fn family(
    form: &mut Form,
    scenario: &Scenario,
    world: &World,
    sheets: &[Sheet],
    chance: &mut Chance,
) {
    if scenario.married {
        named(form, "family.spouse", &world.spouse);
        form.put("family.spouse.nationality", world.spouse.origin.iso3);
        form.put("family.spouse.address", world.home.line());
        let card =
            |sheet: &&Sheet| sheet.class == "residence_permit_card" && sheet.who == Who::Spouse;
        if let Some(until) = sheets.iter().find(card).and_then(|card| card.field("valid_until")) {
            form.put("family.spouse.status", "aufenthaltserlaubnis");
            form.put("family.spouse.status_valid_until", until);
        }
    }
    if scenario.children {
        let row = if chance.with(0.5) { "family.children[0]" } else { "family.children[]" };
        named(form, row, &world.child);
    }
    if scenario.who == Who::Child {
        let female = world.applicant.sex == 'F';
        let (mother, father) = if female {
            (&world.applicant, &world.spouse)
        } else {
            (&world.spouse, &world.applicant)
        };
        named(form, "family.mother", mother);
        named(form, "family.father", father);
    }
}

fn named(form: &mut Form, row: &str, person: &Person) {
    form.put(&format!("{row}.surname"), person.surname.clone());
    form.put(&format!("{row}.given_names"), person.given.clone());
    form.put(&format!("{row}.birth_date"), person.birth.iso());
}

fn stay(form: &mut Form, scenario: &Scenario, world: &World, sheets: &[Sheet]) {
    form.put("residence.current_address", world.home.line());
    form.put("residence.moved_on", world.moved_in.iso());
    form.put("residence.had_former_stays", false);
    form.put("residence.abroad_kept", false);
    let visa = sheets.iter().find(|sheet| sheet.class == "visa");
    let from = visa.and_then(|visa| visa.field("valid_from")).and_then(day);
    if let (Some(visa), Some(from)) = (visa, from) {
        let national = visa.field("visa_type") == Some("D");
        form.put("entry.entry_mode", if national { "national_visa" } else { "schengen_visa" });
        for (id, name) in [
            ("entry.visa_number", "visa_number"),
            ("entry.visa_valid_from", "valid_from"),
            ("entry.visa_valid_until", "valid_until"),
            ("entry.visa_issued_by", "issued_at"),
        ] {
            form.put(id, visa.field(name).unwrap_or_default());
        }
        form.put("entry.first_entry_date", from.plus(3).iso());
    } else if scenario.who != Who::Child {
        form.put("entry.first_entry_date", world.moved_in.plus(-700).iso());
    }
    if !WITHOUT_STAY.contains(&scenario.kind.as_str()) {
        form.put("stay.intended_from", world.today.iso());
        form.put("stay.intended_to", world.today.plus(700).iso());
    }
}

fn explanation(scenario: &Scenario, world: &World, sheets: &[Sheet]) -> String {
    let field = |class: &str, name: &str| {
        sheets.iter().find(|sheet| sheet.class == class).and_then(|sheet| sheet.field(name))
    };
    if let Some(employer) = field("employment_contract", "employer") {
        return format!("{} bei {employer}", world.occupation);
    }
    if let Some(company) = field("training_contract", "company") {
        return format!("Ausbildung bei {company}");
    }
    let university = field("enrolment_certificate", "university")
        .or_else(|| field("admission_letter", "university"));
    if let Some(university) = university {
        return format!("Studium, {university}");
    }
    match scenario.purpose.as_str() {
        "family" => format!("Zusammenleben mit {}", world.spouse.name()),
        "study_or_training" => "Ausbildung und Sprache".to_owned(),
        _ => "wie im bisherigen Verfahren".to_owned(),
    }
}
