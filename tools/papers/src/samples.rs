//! The small set of samples that the repository carries: two applications, single papers in each
//! format, and decrees of an invented town.

use crate::day::Day;
use crate::facts;
use crate::layouts;
use crate::paper::{self, Format, Paper};
use crate::typeset::Typeset;
use crate::world::{Person, World};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::path::Path;

/// "Today" of the samples.
const TODAY: Day = Day::new(2026, 11, 16);

const DECREES: [(&str, &str); 7] = [
    ("01-fiktionsbescheinigung-2024", include_str!("../decrees/01-fiktionsbescheinigung-2024.txt")),
    ("02-fiktionsbescheinigung-2026", include_str!("../decrees/02-fiktionsbescheinigung-2026.txt")),
    ("03-niederlassungserlaubnis", include_str!("../decrees/03-niederlassungserlaubnis.txt")),
    ("04-familiennachzug", include_str!("../decrees/04-familiennachzug.txt")),
    ("05-meldewesen", include_str!("../decrees/05-meldewesen.txt")),
    ("06-gebuehren", include_str!("../decrees/06-gebuehren.txt")),
    ("07-ausbildung", include_str!("../decrees/07-ausbildung.txt")),
];

/// Writes all samples into this folder.
///
/// # Errors
/// When a template fails or a file cannot be written.
pub fn write(out: &Path) -> Result<()> {
    employment(&out.join("applications/employment"))?;
    family(&out.join("applications/family-reunification"))?;
    singles(&out.join("papers"))?;
    decrees(&out.join("decrees"))
}

/// Clean: everything is there and agrees.
fn employment(out: &Path) -> Result<()> {
    let world = World::new(11, TODAY);
    for (number, class, format) in [
        (1, "passport", Format::Pdf),
        (2, "residence_permit_card", Format::Pdf),
        (3, "employment_contract", Format::Docx),
        (4, "employment_declaration_ba", Format::Pdf),
        (5, "employer_certificate", Format::Pdf),
        (9, "vocational_qualification", Format::ScanPdf),
        (10, "health_insurance_proof", Format::Pdf),
        (11, "registration_certificate", Format::Txt),
        (12, "rental_contract", Format::Pdf),
    ] {
        save(&paper::of(&world, class)?, out, &format!("{number:02}-{class}"), format)?;
    }
    for months_back in 1..=3 {
        let month = World { payslip_months_back: months_back, ..world.clone() };
        let name = format!("{:02}-payslip", 9 - months_back);
        save(&paper::of(&month, "payslip")?, out, &name, Format::Pdf)?;
    }
    let mut form = form(&world, &world.applicant);
    form.remove("applicant.marital_status_since");
    put(&mut form, "applicant.marital_status", "single");
    put(&mut form, "head.kind", "extension");
    put(&mut form, "purpose.category", "employment");
    put(&mut form, "health.insurer", &world.insurer);
    let case = json!({
        "application_type": "employment",
        "language": "de",
        "form": form,
        "facts": {
            "today": TODAY.iso(), "mode": "extension", "variant": "skilled_vocational",
            "ba_approval_needed": true, "regulated_profession": false,
            "foreign_qualification": false, "office_asks_housing": true,
        },
        "expected": {
            "present": [
                "passport", "residence_permit_card", "employment_contract",
                "employment_declaration_ba", "employer_certificate", "payslip",
                "vocational_qualification", "health_insurance_proof", "rental_contract",
            ],
            "probably_missing": [], "expired": [], "hints_expected": [],
            "hints_forbidden": ["PL003", "PL005", "PL006", "PL010", "PL019", "PL020", "PL031", "PL032"],
        },
    });
    save_json(&case, &out.join("case.json"))
}

/// With an expired passport, a spouse's name that is spelt differently, another address in the
/// rental contract, and no language certificate.
fn family(out: &Path) -> Result<()> {
    let mut world = World::new(23, TODAY);
    world.applicant.passport_issued = Day::new(2016, 9, 1);
    world.applicant.passport_expiry = Day::new(2026, 8, 31);
    let sponsor = world.spouse.clone();
    for (number, class, person) in [
        (1, "passport", &world.applicant),
        (2, "marriage_certificate", &world.applicant),
        (3, "residence_permit_card", &sponsor),
        (4, "employer_certificate", &sponsor),
        (8, "health_insurance_proof", &world.applicant),
        (10, "registration_certificate", &sponsor),
    ] {
        let paper = paper::about(&world, person, class)?;
        save(&paper, out, &format!("{number:02}-{class}"), Format::Pdf)?;
    }
    for months_back in 1..=3 {
        let month = World { payslip_months_back: months_back, ..world.clone() };
        let name = format!("{:02}-payslip", 8 - months_back);
        save(&paper::about(&month, &sponsor, "payslip")?, out, &name, Format::Pdf)?;
    }
    let mut rental = facts::about(&world, &sponsor, "rental_contract").context("find the class")?;
    let elsewhere = "Probengasse 77, 00088 Altfelde";
    rental.contradict("address", elsewhere, elsewhere);
    let layout = layouts::of("rental_contract").first().copied().context("find a layout")?;
    save(&paper::typeset(&world, rental, layout)?, out, "09-rental_contract", Format::Pdf)?;
    let mut form = form(&world, &world.applicant);
    put(&mut form, "head.kind", "first_grant");
    put(&mut form, "purpose.category", "family");
    put(&mut form, "family.spouse.surname", &respelt(&sponsor.surname));
    put(&mut form, "family.spouse.given_names", &sponsor.given);
    put(&mut form, "family.spouse.birth_date", &sponsor.birth.iso());
    let case = json!({
        "application_type": "family_reunification",
        "language": "de",
        "form": form,
        "facts": {
            "today": TODAY.iso(), "mode": "first_grant", "variant": "spouse_of_foreigner",
            "sponsor": "foreigner", "sponsor_employed": true, "language_exception": false,
            "foreign_language_papers": false, "legalisation_needed": false,
        },
        "expected": {
            "present": [
                "residence_permit_card", "marriage_certificate", "payslip", "employer_certificate",
                "health_insurance_proof", "rental_contract",
            ],
            "probably_missing": ["language_certificate"],
            "expired": ["passport"],
            "hints_expected": ["PL010", "PL020", "PL026"],
            "hints_forbidden": ["PL003", "PL004", "PL006", "PL031"],
        },
    });
    save_json(&case, &out.join("case.json"))
}

/// One paper in each format, with its truth beside it.
fn singles(out: &Path) -> Result<()> {
    for (seed, class, format) in [
        (31, "passport", Format::Jpeg),
        (32, "payslip", Format::ScanPdf),
        (33, "rental_contract", Format::Docx),
        (34, "registration_certificate", Format::Txt),
        (35, "bank_statement", Format::Pdf),
        (36, "language_certificate", Format::Pdf),
        (37, "training_contract", Format::Pdf),
        (38, "pension_insurance_record", Format::Pdf),
        (39, "birth_certificate", Format::Pdf),
    ] {
        let paper = paper::of(&World::new(seed, TODAY), class)?;
        save(&paper, out, class, format)?;
        save_json(&serde_json::to_value(&paper.truth)?, &out.join(format!("{class}.truth.json")))?;
    }
    Ok(())
}

fn decrees(out: &Path) -> Result<()> {
    fs_err::create_dir_all(out)?;
    for (name, text) in DECREES {
        let number = text
            .lines()
            .find_map(|line| line.strip_prefix("Aktenzeichen: "))
            .context("find the file number")?;
        let shown = json!({ "number": number, "lines": text.lines().collect::<Vec<_>>() });
        let sheet = Typeset::new(name, layouts::DECREE, &shown)?;
        fs_err::write(out.join(format!("{name}.pdf")), sheet.pdf()?)?;
        let plain: String =
            text.lines().map(|line| format!("{}\n", line.trim_start_matches(['#', ' ']))).collect();
        fs_err::write(out.join(format!("{name}.txt")), plain)?;
    }
    Ok(())
}

/// What an applicant writes into the form.
fn form(world: &World, person: &Person) -> serde_json::Map<String, Value> {
    let mut form = serde_json::Map::new();
    put(&mut form, "applicant.surname", &person.surname);
    put(&mut form, "applicant.given_names", &person.given);
    put(&mut form, "applicant.birth_date", &person.birth.iso());
    put(&mut form, "applicant.birth_place", &person.birthplace);
    put(&mut form, "applicant.nationality", person.origin.iso3);
    put(&mut form, "applicant.sex", &person.sex.to_string());
    put(&mut form, "applicant.marital_status", "married");
    put(&mut form, "applicant.marital_status_since", &world.wedding.iso());
    put(&mut form, "residence.current_address", &world.home.line());
    put(&mut form, "residence.moved_on", &world.moved_in.iso());
    form
}

fn put(form: &mut serde_json::Map<String, Value>, key: &str, value: &str) {
    form.insert(key.to_owned(), value.into());
}

/// A name with two letters swapped and one gone, which no transliteration explains.
fn respelt(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() > 4 {
        letters.swap(2, 3);
        letters.pop();
    } else {
        letters.push('x');
        letters.insert(0, 'K');
    }
    letters.into_iter().collect()
}

fn save(paper: &Paper, out: &Path, name: &str, format: Format) -> Result<()> {
    fs_err::create_dir_all(out)?;
    fs_err::write(out.join(format!("{name}.{}", format.ending())), paper.file(format)?)?;
    Ok(())
}

fn save_json(value: &Value, path: &Path) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    fs_err::write(path, text)?;
    Ok(())
}

#[cfg(test)]
mod tests;
