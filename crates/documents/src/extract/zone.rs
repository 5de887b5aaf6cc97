//! Fields of a machine readable zone.

use mrz::{MrzData, MrzDate, Sex};

use crate::knowledge::DocumentClass;

/// How sure a value of a zone is at most whose check digits do not vouch for what was read.
const UNSURE_MAX: f64 = 0.75;

/// Name and value of every field of the class that the zone holds, and how sure it is.
pub(super) fn fields(
    class: &DocumentClass,
    data: &MrzData,
    is_sure: bool,
) -> Vec<(String, String, f64)> {
    let sure = |checked: Option<bool>| match checked {
        Some(true) => 0.99,
        Some(false) => 0.4,
        None => 0.9,
    };
    // Digits that agree only after a repair may agree by chance: what is printed elsewhere wins then.
    let most: f64 = if is_sure { 1.0 } else { UNSURE_MAX };
    let checks = &data.checks;
    let number = data.full_document_number().trim_end_matches('<').to_owned();
    let lines = if is_sure { 0.99 } else { 0.6 };
    let mut values: Vec<(&str, String, f64)> = vec![
        ("mrz", data.mrz_lines.clone(), lines),
        ("document_type", data.document_type.clone(), 0.95),
        ("issuing_state", data.issuing_country.trim_end_matches('<').to_owned(), 0.95),
        ("surname", data.surname.clone(), 0.93),
        ("given_names", data.given_names.clone(), 0.93),
        ("nationality", data.nationality.trim_end_matches('<').to_owned(), 0.96),
        ("nationality_code", data.nationality.trim_end_matches('<').to_owned(), 0.96),
    ];
    for name in ["passport_number", "id_number", "document_number", "card_number", "visa_number"] {
        values.push((name, number.clone(), sure(checks.document_number)));
    }
    if let MrzDate::Calendar(_) = data.date_of_birth {
        values.push(("birth_date", data.date_of_birth.to_string(), sure(checks.date_of_birth)));
    }
    if let MrzDate::Calendar(_) = data.date_of_expiry {
        for name in ["expiry_date", "valid_until"] {
            values.push((name, data.date_of_expiry.to_string(), sure(checks.date_of_expiry)));
        }
    }
    match data.sex {
        Sex::Male => values.push(("sex", "M".to_owned(), 0.95)),
        Sex::Female => values.push(("sex", "F".to_owned(), 0.95)),
        Sex::Unspecified => values.push(("sex", "X".to_owned(), 0.9)),
        Sex::NonConformant(_) | _ => {}
    }
    values
        .into_iter()
        .filter(|(name, value, _)| class.field(name).is_some() && !value.is_empty())
        .map(|(name, value, confidence)| (name.to_owned(), value, confidence.min(most)))
        .collect()
}
