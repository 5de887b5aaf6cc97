//! Values that papers offer for the form: each with its paper, none chosen for the person.

use super::case::Case;
use super::form::is_protected;
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
    Applicant,
    Anybody,
}

/// Form field, class and field of the paper, in the order in which offers are shown.
const SOURCES: [(&str, &str, &str, Whose); 31] = [
    ("applicant.surname", "passport", "surname", Whose::Applicant),
    ("applicant.surname", "passport_substitute", "surname", Whose::Applicant),
    ("applicant.surname", "residence_permit_card", "surname", Whose::Applicant),
    ("applicant.given_names", "passport", "given_names", Whose::Applicant),
    ("applicant.given_names", "passport_substitute", "given_names", Whose::Applicant),
    ("applicant.given_names", "residence_permit_card", "given_names", Whose::Applicant),
    ("applicant.birth_date", "passport", "birth_date", Whose::Applicant),
    ("applicant.birth_date", "passport_substitute", "birth_date", Whose::Applicant),
    ("applicant.birth_date", "residence_permit_card", "birth_date", Whose::Applicant),
    ("applicant.birth_place", "passport", "place_of_birth", Whose::Applicant),
    ("applicant.nationality", "passport", "nationality", Whose::Applicant),
    ("applicant.sex", "passport", "sex", Whose::Applicant),
    ("applicant.marital_status_since", "marriage_certificate", "marriage_date", Whose::Anybody),
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
    ("residence.moved_on", "landlord_confirmation", "move_in_date", Whose::Anybody),
    ("purpose.explanation", "employment_contract", "employer", Whose::Anybody),
    ("purpose.explanation", "training_contract", "company", Whose::Anybody),
    ("purpose.explanation", "enrolment_certificate", "university", Whose::Anybody),
    ("stay.intended_from", "training_contract", "start_date", Whose::Anybody),
    ("stay.intended_to", "training_contract", "end_date", Whose::Anybody),
    ("health.insurer", "health_insurance_proof", "insurer", Whose::Anybody),
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
            Whose::Anybody => case.papers(class).collect(),
        };
        for field in papers.into_iter().filter_map(|paper| reading(paper, name)) {
            let Some(value) = for_the_form(id, field) else { continue };
            let form_field = format!("form.{id}");
            if !offers.iter().any(|offer| offer.form_field == form_field && offer.value == value) {
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
        "livelihood.benefit_amount_eur" => value.split_whitespace().next().map(str::to_owned),
        _ => Some(value.to_owned()),
    }
}
