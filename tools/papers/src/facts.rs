//! What each paper of a household says.

use crate::checked::MrzData;
use crate::world::Person;

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
