//! Values that papers offer for the form: each with its paper, none chosen for the person.

use super::case::Case;
use super::form::is_protected;
use super::names::{self, Likeness};
use super::papers::reading;
use crate::{DocumentFields, Field, Place};

/// A value that a paper offers for a form field.
#[derive(Debug, Clone, PartialEq)]
pub struct FormProposal {
    /// E.g. `form.applicant.surname`.
    pub form_field: String,
    /// As the form takes it.
    pub value: String,
    /// How surely it was read, 0 to 1.
    pub confidence: f64,
    /// Where it stands.
    pub place: Place,
}

/// Whose paper may fill a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Not clearly somebody else's.
    Applicant,
    /// Clearly another person's, in an application that has a spouse.
    Spouse,
    Anybody,
}

/// Form field, class and field of the paper, in the order in which offers are shown.
const SOURCES: [(&str, &str, &str, Whose); 49] = [
    ("applicant.surname", "passport", "surname", Whose::Applicant),
    ("applicant.surname", "passport_substitute", "surname", Whose::Applicant),
    ("applicant.surname", "residence_permit_card", "surname", Whose::Applicant),
    ("applicant.given_names", "passport", "given_names", Whose::Applicant),
    ("applicant.given_names", "passport_substitute", "given_names", Whose::Applicant),
    ("applicant.given_names", "residence_permit_card", "given_names", Whose::Applicant),
    ("applicant.surname", "registration_certificate", "surname", Whose::Applicant),
    ("applicant.given_names", "registration_certificate", "given_names", Whose::Applicant),
    ("applicant.birth_date", "passport", "birth_date", Whose::Applicant),
    ("applicant.birth_date", "passport_substitute", "birth_date", Whose::Applicant),
    ("applicant.birth_date", "residence_permit_card", "birth_date", Whose::Applicant),
    ("applicant.birth_date", "registration_certificate", "birth_date", Whose::Applicant),
    ("applicant.birth_place", "passport", "place_of_birth", Whose::Applicant),
    ("applicant.nationality", "passport", "nationality", Whose::Applicant),
    ("applicant.nationality", "residence_permit_card", "nationality", Whose::Applicant),
    ("applicant.sex", "passport", "sex", Whose::Applicant),
    ("applicant.marital_status_since", "marriage_certificate", "marriage_date", Whose::Anybody),
    ("entry.entry_mode", "visa", "visa_type", Whose::Applicant),
    ("entry.visa_number", "visa", "visa_number", Whose::Applicant),
    ("entry.visa_issued_by", "visa", "issued_at", Whose::Applicant),
    ("entry.visa_valid_from", "visa", "valid_from", Whose::Applicant),
    ("entry.visa_valid_until", "visa", "valid_until", Whose::Applicant),
    ("entry.visa_duration", "visa", "duration_days", Whose::Applicant),
    ("entry.first_entry_date", "visa", "entry_stamp_date", Whose::Applicant),
    ("residence.current_address", "registration_certificate", "address", Whose::Applicant),
    ("residence.current_address", "rental_contract", "address", Whose::Anybody),
    ("residence.current_address", "landlord_confirmation", "address", Whose::Anybody),
    ("residence.moved_on", "registration_certificate", "moved_in_on", Whose::Applicant),
    ("residence.moved_from", "registration_certificate", "previous_address", Whose::Applicant),
    ("residence.moved_on", "landlord_confirmation", "move_in_date", Whose::Anybody),
    ("family.spouse.surname", "residence_permit_card", "surname", Whose::Spouse),
    ("family.spouse.surname", "national_id_card", "surname", Whose::Spouse),
    ("family.spouse.given_names", "residence_permit_card", "given_names", Whose::Spouse),
    ("family.spouse.given_names", "national_id_card", "given_names", Whose::Spouse),
    ("family.spouse.birth_date", "residence_permit_card", "birth_date", Whose::Spouse),
    ("family.spouse.birth_date", "national_id_card", "birth_date", Whose::Spouse),
    ("family.spouse.nationality", "residence_permit_card", "nationality", Whose::Spouse),
    ("family.spouse.nationality", "national_id_card", "nationality", Whose::Spouse),
    ("family.spouse.status_valid_until", "residence_permit_card", "valid_until", Whose::Spouse),
    ("purpose.explanation", "employment_contract", "employer", Whose::Anybody),
    ("purpose.explanation", "training_contract", "company", Whose::Anybody),
    ("purpose.explanation", "enrolment_certificate", "university", Whose::Anybody),
    ("stay.intended_from", "training_contract", "start_date", Whose::Anybody),
    ("stay.intended_to", "training_contract", "end_date", Whose::Anybody),
    ("health.insured", "health_insurance_proof", "insurer", Whose::Applicant),
    ("health.insurer", "health_insurance_proof", "insurer", Whose::Anybody),
    ("livelihood.receives_benefits", "social_benefit_notice", "benefit_kind", Whose::Anybody),
    ("integration.german_level", "language_certificate", "level", Whose::Applicant),
    ("livelihood.benefit_amount_eur", "social_benefit_notice", "monthly_eur", Whose::Anybody),
];

/// Offers for every field, also filled ones, so that a conflict is seen. Sources that disagree stand
/// beside each other; the same value from a second paper is not repeated.
pub(crate) fn propose(case: &Case<'_>) -> Vec<FormProposal> {
    let mut offers: Vec<FormProposal> = Vec::new();
    for (id, class, name, whose) in SOURCES {
        if is_protected(id) {
            continue;
        }
        let papers: Vec<&DocumentFields> = match whose {
            Whose::Applicant => case.own(class).collect(),
            Whose::Spouse if !has_spouse(case) => Vec::new(),
            Whose::Spouse => case.papers(class).filter(|p| case.is_another_persons(p)).collect(),
            Whose::Anybody => case.papers(class).collect(),
        };
        for field in papers.into_iter().filter_map(|paper| reading(paper, name)) {
            let Some(value) = for_the_form(id, field) else { continue };
            let form_field = format!("form.{id}");
            let said = |offer: &FormProposal| {
                offer.form_field == form_field && is_the_same(id, &offer.value, &value)
            };
            if !offers.iter().any(said) {
                offers.push(FormProposal {
                    form_field,
                    value,
                    confidence: field.confidence,
                    place: field.place.clone(),
                });
            }
        }
    }
    offers
}

/// Whether the application speaks of a spouse: somebody else's card may be a child's or a parent's.
fn has_spouse(case: &Case<'_>) -> bool {
    case.form.get("applicant.marital_status") == Some("married")
        || case.variant().is_some_and(|variant| variant.starts_with("spouse_of_"))
}

/// Names in capitals on one paper and in small letters on the other are one value; what differs otherwise stays beside
/// each other.
fn is_the_same(id: &str, left: &str, right: &str) -> bool {
    let is_name = ["surname", "given_names", "birth_place"].iter().any(|part| id.ends_with(part));
    left == right || is_name && names::compare(left, right) == Likeness::Same
}

/// The value as the form's field takes it; none where the form has no word for it.
fn for_the_form(id: &str, field: &Field) -> Option<String> {
    let value = field.value.trim();
    match id {
        "applicant.sex" => match value {
            "M" => Some("male".to_owned()),
            "F" => Some("female".to_owned()),
            // The form has two boxes; the law has more, and nobody is put into one of them.
            _ => None,
        },
        "entry.entry_mode" => match value {
            "D" => Some("national_visa".to_owned()),
            "C" => Some("schengen_visa".to_owned()),
            _ => None,
        },
        // That there is an insurer on the proof says it.
        "health.insured" => Some("true".to_owned()),
        // Housing benefit and unemployment insurance are not what the form means.
        "livelihood.receives_benefits" => {
            matches!(value, "sgb2" | "sgb12").then(|| "true".to_owned())
        }
        "integration.german_level" => {
            matches!(value, "A2" | "B1" | "B2" | "C1" | "C2").then(|| "a2_sufficient".to_owned())
        }
        "livelihood.benefit_amount_eur" => value.split_whitespace().next().map(str::to_owned),
        _ => Some(value.to_owned()),
    }
}
