//! What each paper of a household says: as printed, and as the product should read it.

use crate::checked::MrzData;
use crate::world::{Person, World};
use serde_json::Value;
use std::collections::BTreeMap;

mod home;
mod identity;
mod notices;
mod proofs;
mod status;
mod study;
mod work;

/// The facts of one paper.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What the template prints, by name.
    pub shown: BTreeMap<String, Value>,
    /// The truth: fields of the taxonomy, normalised.
    pub fields: BTreeMap<String, Value>,
    /// Ids of the people that the paper is about.
    pub people: Vec<&'static str>,
}

impl Facts {
    /// A field of the taxonomy that is printed as it is.
    fn same(&mut self, field: &str, value: impl Into<Value>) {
        let value = value.into();
        self.shown.insert(field.to_owned(), value.clone());
        self.fields.insert(field.to_owned(), value);
    }

    /// A field of the taxonomy whose print differs from its normal form.
    fn field(&mut self, field: &str, normal: impl Into<Value>, print: impl Into<Value>) {
        self.fields.insert(field.to_owned(), normal.into());
        self.shown.insert(field.to_owned(), print.into());
    }

    /// Printed, and no field of the taxonomy.
    fn show(&mut self, key: &str, print: impl Into<Value>) {
        self.shown.insert(key.to_owned(), print.into());
    }

    /// A day in German print.
    fn day(&mut self, field: &str, day: crate::day::Day) {
        self.field(field, day.iso(), day.german());
    }

    /// An amount in German print.
    fn money(&mut self, field: &str, amount: crate::day::Cents) {
        self.field(field, amount.plain(), amount.to_string());
    }

    /// Says something else on this paper than the household's other papers do: both readings of
    /// the field are replaced.
    pub fn contradict(&mut self, field: &str, normal: &str, print: &str) {
        self.field(field, normal, print);
    }
}

/// The classes that [`of`] knows, in the order of the taxonomy.
pub const CLASSES: [&str; 36] = [
    "passport",
    "national_id_card",
    "passport_substitute",
    "residence_permit_card",
    "supplementary_sheet",
    "visa",
    "fictional_certificate",
    "toleration_certificate",
    "registration_certificate",
    "landlord_confirmation",
    "marriage_certificate",
    "birth_certificate",
    "employment_contract",
    "employment_declaration_ba",
    "employer_certificate",
    "payslip",
    "training_contract",
    "tax_assessment",
    "enrolment_certificate",
    "admission_letter",
    "university_degree",
    "vocational_qualification",
    "recognition_notice",
    "school_certificate",
    "language_certificate",
    "language_course_confirmation",
    "life_in_germany_test",
    "blocked_account",
    "bank_statement",
    "declaration_of_commitment",
    "health_insurance_proof",
    "pension_insurance_record",
    "social_benefit_notice",
    "rental_contract",
    "criminal_record_certificate",
    "medical_certificate",
];

/// The facts of a paper of this class about the household's applicant, `None` for other classes.
#[must_use]
pub fn of(world: &World, class: &str) -> Option<Facts> {
    about(world, &world.applicant, class)
}

/// The same about another person of the household, where the paper is about one person.
#[must_use]
pub fn about(world: &World, person: &Person, class: &str) -> Option<Facts> {
    let mut facts = Facts { people: vec![person.id], ..Facts::default() };
    let mut chance = world.chance.fork(class).fork(person.id);
    facts.show("wording", chance.below(1000));
    facts.show("town", world.home.town.clone());
    facts.show("name", person.name());
    facts.show("form", person.address_form());
    facts.show("home_street", world.home.street.clone());
    facts.show("home_town", format!("{} {}", world.home.postcode, world.home.town));
    facts.show("file_number", format!("{}-{}", chance.digits(3), chance.digits(5)));
    let build = match class {
        "passport" => identity::passport,
        "residence_permit_card" => identity::residence_permit,
        "registration_certificate" => home::registration,
        "marriage_certificate" => home::marriage,
        "birth_certificate" => home::birth,
        "rental_contract" => home::rental,
        "employment_contract" => work::contract,
        "employment_declaration_ba" => work::declaration,
        "employer_certificate" => work::certificate,
        "payslip" => work::payslip,
        "training_contract" => work::training,
        "pension_insurance_record" => work::pension,
        "university_degree" => proofs::degree,
        "vocational_qualification" => proofs::vocational,
        "language_certificate" => proofs::language,
        "life_in_germany_test" => proofs::life_in_germany,
        "bank_statement" => proofs::bank,
        "health_insurance_proof" => proofs::insurance,
        "national_id_card" => status::identity_card,
        "passport_substitute" => status::substitute,
        "supplementary_sheet" => status::sheet,
        "visa" => status::visa,
        "fictional_certificate" => status::fiction,
        "toleration_certificate" => status::toleration,
        "landlord_confirmation" => study::landlord,
        "enrolment_certificate" => study::enrolment,
        "admission_letter" => study::admission,
        "recognition_notice" => study::recognition,
        "school_certificate" => study::school,
        "language_course_confirmation" => study::course,
        "tax_assessment" => notices::tax,
        "blocked_account" => notices::blocked,
        "declaration_of_commitment" => notices::commitment,
        "social_benefit_notice" => notices::benefit,
        "criminal_record_certificate" => notices::conduct,
        "medical_certificate" => notices::medical,
        _ => return None,
    };
    build(&mut facts, world, person, &mut chance);
    Some(facts)
}

/// The machine readable zone of a person's passport.
#[must_use]
pub fn passport_zone(person: &Person) -> MrzData {
    MrzData {
        state: person.origin.iso3.to_owned(),
        surname: person.surname_mrz.clone(),
        given: person.given_mrz.clone(),
        number: person.passport_number.clone(),
        nationality: person.origin.iso3.to_owned(),
        birth: person.birth,
        sex: person.sex,
        expiry: person.passport_expiry,
    }
}

#[cfg(test)]
mod tests;
