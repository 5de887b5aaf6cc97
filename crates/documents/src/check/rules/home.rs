//! Where a person lives.

use super::Finding;
use crate::check::calendar::{Day, age, day};
use crate::check::case::Case;
use crate::check::names::{self, Likeness};
use crate::check::papers::{reading, reading_day, reading_number, readings};
use crate::{DocumentFields, Field};

/// Move-in days of two papers may lie this far apart.
const MOVE_IN_DAYS_MAX: i64 = 60;
/// About a tenth less than the guide value is tolerated.
const SPACE_TOLERANCE: f64 = 0.9;

/// PL019
pub(super) fn registered_address(case: &Case<'_>) -> Vec<Finding> {
    address(case, "PL019", &["registration_certificate"])
}

/// PL020
pub(super) fn rented_address(case: &Case<'_>) -> Vec<Finding> {
    address(case, "PL020", &["rental_contract", "landlord_confirmation"])
}

/// One hint where no paper of the classes has the form's address.
fn address(case: &Case<'_>, text: &'static str, classes: &[&str]) -> Vec<Finding> {
    let Some(form) = case.form.get("residence.current_address") else { return Vec::new() };
    let stated = Address::read(form);
    let mut differing: Option<(&DocumentFields, &Field)> = None;
    for paper in classes.iter().flat_map(|class| case.own(class).collect::<Vec<_>>()) {
        let Some(field) = reading(paper, "address") else { continue };
        match stated.differs(&Address::read(&field.value)) {
            Some(true) => {
                differing.get_or_insert((paper, field));
            }
            // The present home is among the papers; an older one beside it is no matter.
            Some(false) => return Vec::new(),
            None => {}
        }
    }
    differing
        .map(|(paper, field)| {
            Finding::new(text).form("residence.current_address", form).paper(case, paper, field)
        })
        .into_iter()
        .collect()
}

/// What tells two addresses apart: street, house number, postcode.
#[derive(Debug, Default)]
struct Address {
    street: String,
    house: String,
    postcode: String,
}

impl Address {
    /// `Lindenstr. 12 a, 04109 Leipzig`; a care-of name before it is set aside.
    fn read(text: &str) -> Self {
        let words: Vec<String> =
            names::tokens(text).iter().map(|token| names::plain(token)).collect();
        let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
        let postcode = words
            .iter()
            .rev()
            .find(|word| word.len() == 5 && word.chars().all(|c| c.is_ascii_digit()))
            .cloned()
            .unwrap_or_default();
        let Some(at) = words.iter().position(|word| is_number(word) && *word != postcode) else {
            return Self { postcode, ..Self::default() };
        };
        let mut house = words.get(at).cloned().unwrap_or_default();
        if let Some(letter) = words.get(at + 1).filter(|word| word.len() == 1) {
            house.push_str(letter);
        }
        let street = words.iter().take(at).map(|word| plain_street(word)).collect();
        Self { street, house, postcode }
    }

    /// Whether they differ; not known where either lacks what tells.
    fn differs(&self, other: &Self) -> Option<bool> {
        if !self.postcode.is_empty()
            && !other.postcode.is_empty()
            && self.postcode != other.postcode
        {
            return Some(true);
        }
        if self.street.is_empty() || other.street.is_empty() {
            return None;
        }
        let (a, b) = (&self.street, &other.street);
        let same_street = a == b
            || a.ends_with(b.as_str())
            || b.ends_with(a.as_str())
            || names::compare(a, b) >= Likeness::Close;
        let digits =
            |house: &str| -> String { house.chars().take_while(char::is_ascii_digit).collect() };
        // A house letter is often left out.
        let same_house = digits(&self.house) == digits(&other.house);
        Some(!(same_street && same_house))
    }
}

fn plain_street(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("STRASSE").or_else(|| word.strip_suffix("STR")) {
        return format!("{stem}STR");
    }
    word.to_owned()
}

/// PL021: silent where a landlord's paper or a relative explains it.
pub(super) fn tenants(case: &Case<'_>) -> Vec<Finding> {
    if case.papers("landlord_confirmation").next().is_some() {
        return Vec::new();
    }
    let mut known: Vec<&str> = case.surnames();
    known.extend(
        ["family.spouse.surname", "family.father.surname", "family.mother.surname"]
            .iter()
            .filter_map(|id| case.form.get(id)),
    );
    let Some(form) = case.form.get("applicant.surname") else { return Vec::new() };
    let mut found = Vec::new();
    for paper in case.papers("rental_contract") {
        let tenants = readings(paper, "tenants");
        let Some(first) = tenants.first() else { continue };
        let named = tenants.iter().any(|field| {
            field.value.split([';', ',', '\n']).any(|person| {
                let parts = names::tokens(person);
                known.iter().any(|name| {
                    names::compare(name, person) != Likeness::Different
                        || parts.iter().any(|p| names::compare(name, p) != Likeness::Different)
                })
            })
        });
        if !named {
            found.push(
                Finding::new("PL021").form("applicant.surname", form).paper(case, paper, first),
            );
        }
    }
    found
}

/// PL022: persons are the applicant, the spouse and the children of the form.
pub(super) fn living_space(case: &Case<'_>) -> Vec<Finding> {
    // Family of Germans need not show living space.
    if case.variable("sponsor").as_deref() == Some("german") {
        return Vec::new();
    }
    let figures = case.figure("living_space_adult").zip(case.figure("living_space_child"));
    let Some(((adult, _), (child, _))) = figures else { return Vec::new() };
    let spouse = case.form.get("family.spouse.surname").is_some();
    let mut need = adult * if spouse { 2.0 } else { 1.0 };
    for born in case.form.rows("family.children", "birth_date") {
        match day(born).and_then(|born| age(born, case.today)) {
            Some(0 | 1) => {}
            Some(2..=6) => need += child,
            Some(_) => need += adult,
            // Without the ages of all, the need is not known.
            None => return Vec::new(),
        }
    }
    case.papers("rental_contract")
        .filter_map(|paper| Some((paper, reading_number(paper, "living_space_m2")?)))
        .filter(|(_, (space, _))| *space < need * SPACE_TOLERANCE)
        .map(|(paper, (_, field))| {
            Finding::new("PL022").paper(case, paper, field).with("need", format!("{need:.0}"))
        })
        .take(1)
        .collect()
}

/// PL023
pub(super) fn move_in(case: &Case<'_>) -> Vec<Finding> {
    const DAYS: [(&str, &str); 3] = [
        ("registration_certificate", "moved_in_on"),
        ("landlord_confirmation", "move_in_date"),
        ("rental_contract", "start_date"),
    ];
    let mut read: Vec<(&DocumentFields, &Field, Day)> = Vec::new();
    for (class, name) in DAYS {
        let papers = case.own(class).filter_map(|paper| Some((paper, reading_day(paper, name)?)));
        read.extend(papers.map(|(paper, (day, field))| (paper, field, day)).take(1));
    }
    let far = |a: Day, b: Day| (a - b).num_days().abs() > MOVE_IN_DAYS_MAX;
    let (form, form_day) =
        (case.form.get("residence.moved_on"), case.form.day("residence.moved_on"));
    if let (Some(form), Some(stated)) = (form, form_day)
        && let Some((paper, field, _)) = read.iter().find(|(_, _, day)| far(*day, stated))
    {
        let finding = Finding::new("PL023").form("residence.moved_on", form);
        return vec![finding.paper(case, paper, field)];
    }
    let Some(&(first, field, day)) = read.first() else { return Vec::new() };
    read.iter()
        .find(|(_, _, other)| far(*other, day))
        .map(|(paper, other, _)| {
            Finding::new("PL023-papers").paper(case, first, field).paper(case, paper, other)
        })
        .into_iter()
        .collect()
}
