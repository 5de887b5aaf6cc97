//! The passport against the form and against itself.

use super::Finding;
use crate::DocumentFields;
use crate::check::calendar::day;
use crate::check::case::Case;
use crate::check::names::{self, Likeness};
use crate::check::papers::{reading, readings};

/// PL001: a digit of the machine readable zone does not fit. Nearly always a reading error.
pub(super) fn zone_digits(case: &Case<'_>) -> Vec<Finding> {
    ["passport", "passport_substitute", "residence_permit_card"]
        .iter()
        .flat_map(|class| case.papers(class).collect::<Vec<_>>())
        .filter_map(|paper| {
            let field = reading(paper, "mrz")?;
            let zone = Zone::read(&field.value).or_else(|| Zone::read(&field.raw))?;
            (!zone.digits_fit()).then(|| Finding::new("PL001").paper(case, paper, field))
        })
        .collect()
}

/// PL002: the zone and the print of one passport were read differently.
pub(super) fn zone_and_print(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for paper in case.papers("passport") {
        let Some(zone) = reading(paper, "mrz").and_then(|field| Zone::read(&field.value)) else {
            continue;
        };
        // A zone that was misread proves nothing about the print; PL001 speaks.
        if !zone.digits_fit() {
            continue;
        }
        let pairs = [
            ("surname", zone.surname()),
            ("passport_number", zone.number()),
            ("birth_date", zone.birth()),
            ("expiry_date", zone.expiry()),
        ];
        for (name, in_zone) in pairs {
            let Some(in_zone) = in_zone else { continue };
            let agrees = |field: &crate::Field| match name {
                "surname" => names::compare(&field.value, &in_zone) != Likeness::Different,
                "passport_number" => same_number(&field.value, &in_zone),
                // The zone has two digits of the year.
                _ => day(&field.value).is_none_or(|d| d.format("%y%m%d").to_string() == in_zone),
            };
            // What is printed stands beside what the zone says where the two differ.
            let differing = readings(paper, name).into_iter().find(|field| !agrees(field));
            found.extend(differing.map(|field| {
                Finding::new("PL002").paper(case, paper, field).with("zone", in_zone.clone())
            }));
        }
    }
    found
}

/// PL003
pub(super) fn surname(case: &Case<'_>) -> Vec<Finding> {
    let surnames = case.surnames();
    let Some(form) = case.form.get("applicant.surname") else { return Vec::new() };
    let mut nearest: Option<(Likeness, &DocumentFields, &crate::Field)> = None;
    for paper in case.passports() {
        let Some(field) = reading(paper, "surname") else { continue };
        let Some(likeness) = names::compare_any(surnames.iter().copied(), &field.value) else {
            continue;
        };
        if nearest.is_none_or(|(best, _, _)| likeness > best) {
            nearest = Some((likeness, paper, field));
        }
    }
    let Some((likeness, paper, field)) = nearest else { return Vec::new() };
    let finding =
        |text| Finding::new(text).form("applicant.surname", form).paper(case, paper, field);
    match likeness {
        Likeness::Same => Vec::new(),
        Likeness::Part | Likeness::Close => vec![finding("PL003-near").softly()],
        // Family name and given name in each other's place: a matter of custom, not of spelling.
        Likeness::Different if is_swapped(case, paper) => {
            vec![finding("PL003-swapped").softly()]
        }
        Likeness::Different => vec![finding("PL003")],
    }
}

fn is_swapped(case: &Case<'_>, paper: &DocumentFields) -> bool {
    let given = reading(paper, "given_names").map_or("", |field| field.value.as_str());
    let surname = reading(paper, "surname").map_or("", |field| field.value.as_str());
    let whole = format!("{given} {surname}");
    case.full_names().iter().any(|name| names::compare(name, &whole) == Likeness::Same)
}

/// PL004
pub(super) fn given_names(case: &Case<'_>) -> Vec<Finding> {
    let Some(form) = case.form.get("applicant.given_names") else { return Vec::new() };
    let mut nearest: Option<(Likeness, &DocumentFields, &crate::Field)> = None;
    for paper in case.passports() {
        let Some(field) = reading(paper, "given_names") else { continue };
        let likeness = names::compare(form, &field.value);
        if nearest.is_none_or(|(best, _, _)| likeness > best) {
            nearest = Some((likeness, paper, field));
        }
    }
    let Some((likeness, paper, field)) = nearest else { return Vec::new() };
    let finding =
        |text| Finding::new(text).form("applicant.given_names", form).paper(case, paper, field);
    match likeness {
        Likeness::Same => Vec::new(),
        Likeness::Part => vec![finding("PL004-part").softly()],
        Likeness::Close => vec![finding("PL004-near").softly()],
        // PL003 has said that the names are in each other's place.
        Likeness::Different if is_swapped(case, paper) => Vec::new(),
        Likeness::Different => vec![finding("PL004")],
    }
}

/// PL007: never insists; X, empty and unknown words give no hint.
pub(super) fn sex(case: &Case<'_>) -> Vec<Finding> {
    let letter = |text: &str| match text.trim().to_lowercase().as_str() {
        "male" | "m" | "männlich" => Some('M'),
        "female" | "f" | "w" | "weiblich" => Some('F'),
        _ => None,
    };
    let Some(form) = case.form.get("applicant.sex") else { return Vec::new() };
    let differing = case.passports().into_iter().find_map(|paper| {
        let field = reading(paper, "sex")?;
        let (stated, read) = (letter(form)?, letter(&field.value)?);
        (stated != read)
            .then(|| Finding::new("PL007").form("applicant.sex", form).paper(case, paper, field))
    });
    differing.into_iter().collect()
}

/// PL008: several nationalities may be stated; one of them must be the passport's.
pub(super) fn nationality(case: &Case<'_>) -> Vec<Finding> {
    let Some(form) = case.form.get("applicant.nationality") else { return Vec::new() };
    let stated: Option<Vec<String>> =
        form.split([',', ';', '/']).map(|part| state(case, part)).collect();
    // A nationality we cannot read is not a difference.
    let Some(stated) = stated else { return Vec::new() };
    let passports = case.passports();
    let read = passports.iter().filter_map(|paper| {
        let field = reading(paper, "nationality").or_else(|| reading(paper, "nationality_code"))?;
        Some((*paper, field, state(case, &field.value)?))
    });
    let mut first = None;
    for (paper, field, code) in read {
        // Stateless and refugee codes say nothing about what the form may state.
        if stated.contains(&code) || code.starts_with("XX") {
            return Vec::new();
        }
        first.get_or_insert((paper, field));
    }
    first
        .map(|(paper, field)| {
            Finding::new("PL008").form("applicant.nationality", form).paper(case, paper, field)
        })
        .into_iter()
        .collect()
}

/// The ICAO code of a state or nationality; none where the words are not known.
fn state(case: &Case<'_>, text: &str) -> Option<String> {
    let text = text.trim();
    let is_code = text.len() == 3 && text.chars().all(|c| c.is_ascii_uppercase());
    let code = if is_code {
        text
    } else if text == "D" {
        "DEU"
    } else {
        case.knowledge.country(&crate::text::words(text).join(" "))?
    };
    // Passports of Germany have one letter, everybody else writes three.
    Some(if code == "D" { "DEU".to_owned() } else { code.to_owned() })
}

/// PL013: a new passport is the usual reason.
pub(super) fn passport_number(case: &Case<'_>) -> Vec<Finding> {
    let passports = case.passports();
    let numbers: Vec<_> = passports
        .iter()
        .filter_map(|paper| Some((*paper, reading(paper, "passport_number")?)))
        .collect();
    let Some(&(paper, number)) = numbers.first() else { return Vec::new() };
    case.papers("declaration_of_commitment")
        .chain(case.papers("visa"))
        .filter_map(|other| Some((other, reading(other, "passport_number")?)))
        .filter(|(_, field)| !numbers.iter().any(|(_, n)| same_number(&n.value, &field.value)))
        .map(|(other, field)| {
            Finding::new("PL013").paper(case, paper, number).paper(case, other, field)
        })
        .collect()
}

/// PL069: what a voluntary field holds was never looked at.
pub(super) fn voluntary(case: &Case<'_>) -> Vec<Finding> {
    if case.form.voluntary_filled { vec![Finding::new("PL069")] } else { Vec::new() }
}

/// Numbers of papers, less spaces, fillers and the letters that readers take for digits.
fn same_number(left: &str, right: &str) -> bool {
    let plain = |text: &str| -> String {
        text.to_uppercase()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| if c == 'O' { '0' } else { c })
            .collect()
    };
    plain(left) == plain(right)
}

/// The lines of a machine readable zone: two of 44 (TD3) or three of 30 (TD1).
struct Zone {
    lines: Vec<Vec<char>>,
}

impl Zone {
    fn read(text: &str) -> Option<Self> {
        let letters: Vec<char> = text
            .chars()
            .filter(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '<')
            .collect();
        let width = match letters.len() {
            88 => 44,
            90 => 30,
            _ => return None,
        };
        Some(Self { lines: letters.chunks(width).map(<[char]>::to_vec).collect() })
    }

    fn is_passport(&self) -> bool {
        self.lines.len() == 2
    }

    /// Characters `from..to` of a line, counted from 0.
    fn part(&self, line: usize, from: usize, to: usize) -> String {
        let letters = self.lines.get(line).map(|l| l.iter().skip(from).take(to - from));
        letters.map(|part| part.collect()).unwrap_or_default()
    }

    fn digits_fit(&self) -> bool {
        let fits = |text: &str, digit: &str| {
            digit.chars().next().is_some_and(|d| {
                check_digit(text) == if d == '<' { Some(0) } else { d.to_digit(10) }
            })
        };
        if self.is_passport() {
            let composite =
                [self.part(1, 0, 10), self.part(1, 13, 20), self.part(1, 21, 43)].concat();
            return fits(&self.part(1, 0, 9), &self.part(1, 9, 10))
                && fits(&self.part(1, 13, 19), &self.part(1, 19, 20))
                && fits(&self.part(1, 21, 27), &self.part(1, 27, 28))
                && fits(&self.part(1, 28, 42), &self.part(1, 42, 43))
                && fits(&composite, &self.part(1, 43, 44));
        }
        let composite =
            [self.part(0, 5, 30), self.part(1, 0, 7), self.part(1, 8, 15), self.part(1, 18, 29)]
                .concat();
        fits(&self.part(0, 5, 14), &self.part(0, 14, 15))
            && fits(&self.part(1, 0, 6), &self.part(1, 6, 7))
            && fits(&self.part(1, 8, 14), &self.part(1, 14, 15))
            && fits(&composite, &self.part(1, 29, 30))
    }

    fn surname(&self) -> Option<String> {
        let names = if self.is_passport() { self.part(0, 5, 44) } else { self.part(2, 0, 30) };
        let surname = names.split("<<").next()?.replace('<', " ").trim().to_owned();
        (!surname.is_empty()).then_some(surname)
    }

    fn number(&self) -> Option<String> {
        let number = if self.is_passport() { self.part(1, 0, 9) } else { self.part(0, 5, 14) };
        Some(number.trim_end_matches('<').to_owned())
    }

    fn birth(&self) -> Option<String> {
        let birth = if self.is_passport() { self.part(1, 13, 19) } else { self.part(1, 0, 6) };
        // Unknown parts are fillers.
        birth.chars().all(|c| c.is_ascii_digit()).then_some(birth)
    }

    fn expiry(&self) -> Option<String> {
        let expiry = if self.is_passport() { self.part(1, 21, 27) } else { self.part(1, 8, 14) };
        expiry.chars().all(|c| c.is_ascii_digit()).then_some(expiry)
    }
}

/// Doc 9303: weights 7, 3, 1; letters from 10; fillers count nothing.
fn check_digit(text: &str) -> Option<u32> {
    let mut sum = 0;
    for (letter, weight) in text.chars().zip([7, 3, 1].into_iter().cycle()) {
        sum += weight * if letter == '<' { 0 } else { letter.to_digit(36)? };
    }
    Some(sum % 10)
}
