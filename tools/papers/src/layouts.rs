//! The typst templates: one file per class and layout.

/// A template.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// `class.layout`, the file's name; what is held back together in measurements.
    pub family: &'static str,
    /// The template.
    pub source: &'static str,
}

macro_rules! layout {
    ($family:literal) => {
        Layout { family: $family, source: include_str!(concat!("../templates/", $family, ".typ")) }
    };
}

/// What all templates import.
pub const BASE: &str = include_str!("../templates/base.typ");
/// The sheet of a decree.
pub const DECREE: &str = include_str!("../templates/decree.typ.txt");

/// All templates, by class.
pub const LAYOUTS: &[Layout] = &[
    layout!("bank_statement.classic"),
    layout!("bank_statement.columns"),
    layout!("bank_statement.overview"),
    layout!("birth_certificate.foreign"),
    layout!("birth_certificate.german"),
    layout!("employer_certificate.form"),
    layout!("employer_certificate.letter"),
    layout!("employment_contract.bilingual"),
    layout!("employment_contract.clauses"),
    layout!("employment_contract.table"),
    layout!("employment_declaration_ba.form"),
    layout!("health_insurance_proof.form"),
    layout!("health_insurance_proof.letter"),
    layout!("health_insurance_proof.short"),
    layout!("language_certificate.institute"),
    layout!("language_certificate.migrants"),
    layout!("language_certificate.test"),
    layout!("life_in_germany_test.result"),
    layout!("marriage_certificate.foreign"),
    layout!("marriage_certificate.german"),
    layout!("marriage_certificate.multilingual"),
    layout!("passport.english"),
    layout!("passport.grid"),
    layout!("passport.list"),
    layout!("payslip.classic"),
    layout!("payslip.modern"),
    layout!("payslip.terminal"),
    layout!("pension_insurance_record.list"),
    layout!("pension_insurance_record.record"),
    layout!("registration_certificate.confirmation"),
    layout!("registration_certificate.extended"),
    layout!("registration_certificate.letter"),
    layout!("rental_contract.clauses"),
    layout!("rental_contract.form"),
    layout!("rental_contract.plain"),
    layout!("residence_permit_card.copy"),
    layout!("residence_permit_card.front"),
    layout!("residence_permit_card.wide"),
    layout!("training_contract.chamber"),
    layout!("training_contract.nursing"),
    layout!("university_degree.certificate"),
    layout!("university_degree.transcript"),
    layout!("vocational_qualification.chamber"),
    layout!("vocational_qualification.letter"),
];

impl Layout {
    /// The class that it shows.
    #[must_use]
    pub fn class(&self) -> &'static str {
        self.family.split_once('.').map_or(self.family, |(class, _)| class)
    }

    /// What its comment `// provider: …` says, for papers whose issuer the layout decides.
    #[must_use]
    pub fn provider(&self) -> Option<&'static str> {
        self.source.lines().find_map(|line| line.strip_prefix("// provider: "))
    }
}

/// The templates of a class.
#[must_use]
pub fn of(class: &str) -> Vec<Layout> {
    LAYOUTS.iter().copied().filter(|layout| layout.class() == class).collect()
}
