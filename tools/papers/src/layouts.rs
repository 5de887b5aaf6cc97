//! The typst templates: one file per class and layout.

/// A template.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// `class.layout`, the file's name; what is held back together in measurements.
    pub family: &'static str,
    /// The template.
    pub source: &'static str,
    /// What it may be used for.
    pub kept: Kept,
}

/// What a layout may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Anything: samples, demo, tuning.
    Open,
    /// Measuring alone: written apart from the open ones, in another layout, wording and hand.
    Held,
    /// Measuring alone too: written later, when it was known which fields of the first set were missed.
    Second,
}

macro_rules! layout {
    ($family:literal, $kept:ident) => {
        Layout {
            family: $family,
            source: include_str!(concat!("../templates/", $family, ".typ")),
            kept: Kept::$kept,
        }
    };
    ($family:literal) => {
        layout!($family, Open)
    };
}

macro_rules! held {
    ($family:literal) => {
        layout!($family, Held)
    };
}

macro_rules! second {
    ($family:literal) => {
        layout!($family, Second)
    };
}

/// Which layouts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Families {
    /// Those that anything may be tuned on.
    #[default]
    Train,
    /// Those held back for measurement.
    Held,
    /// The second set held back.
    Second,
    /// The first two.
    All,
}

/// What all templates import.
pub const BASE: &str = include_str!("../templates/base.typ");
/// The sheet of a decree.
pub const DECREE: &str = include_str!("../templates/decree.typ.txt");

/// The sheet of plain lines.
pub const LINES: &str = include_str!("../templates/lines.typ.txt");

/// All templates, by class.
pub const LAYOUTS: &[Layout] = &[
    layout!("admission_letter.english"),
    layout!("admission_letter.letter"),
    held!("admission_letter.portal"),
    layout!("bank_statement.classic"),
    layout!("bank_statement.columns"),
    second!("bank_statement.giro"),
    held!("bank_statement.online"),
    layout!("bank_statement.overview"),
    second!("birth_certificate.act"),
    held!("birth_certificate.extract"),
    layout!("birth_certificate.foreign"),
    layout!("birth_certificate.german"),
    layout!("blocked_account.confirmation"),
    layout!("blocked_account.english"),
    held!("blocked_account.plain"),
    layout!("criminal_record_certificate.federal"),
    layout!("criminal_record_certificate.letter"),
    held!("criminal_record_certificate.plain"),
    layout!("declaration_of_commitment.federal"),
    layout!("declaration_of_commitment.letter"),
    held!("declaration_of_commitment.plain"),
    layout!("employer_certificate.form"),
    layout!("employer_certificate.letter"),
    held!("employer_certificate.note"),
    second!("employer_certificate.prose"),
    layout!("employment_contract.bilingual"),
    layout!("employment_contract.clauses"),
    held!("employment_contract.deed"),
    second!("employment_contract.letter"),
    layout!("employment_contract.table"),
    layout!("employment_declaration_ba.form"),
    held!("employment_declaration_ba.letter"),
    held!("enrolment_certificate.card"),
    layout!("enrolment_certificate.letter"),
    second!("enrolment_certificate.prose"),
    layout!("enrolment_certificate.semester"),
    second!("fictional_certificate.federal"),
    layout!("fictional_certificate.leaf"),
    layout!("fictional_certificate.letter"),
    held!("fictional_certificate.slip"),
    held!("health_insurance_proof.app"),
    layout!("health_insurance_proof.form"),
    layout!("health_insurance_proof.letter"),
    second!("health_insurance_proof.membership"),
    layout!("health_insurance_proof.short"),
    held!("landlord_confirmation.brief"),
    layout!("landlord_confirmation.form"),
    layout!("landlord_confirmation.letter"),
    second!("landlord_confirmation.official"),
    second!("language_certificate.centre"),
    layout!("language_certificate.institute"),
    layout!("language_certificate.migrants"),
    held!("language_certificate.school"),
    layout!("language_certificate.test"),
    layout!("language_course_confirmation.form"),
    layout!("language_course_confirmation.letter"),
    held!("language_course_confirmation.plain"),
    second!("life_in_germany_test.certificate"),
    held!("life_in_germany_test.letter"),
    layout!("life_in_germany_test.result"),
    second!("marriage_certificate.act"),
    held!("marriage_certificate.booklet"),
    layout!("marriage_certificate.foreign"),
    layout!("marriage_certificate.german"),
    layout!("marriage_certificate.multilingual"),
    layout!("medical_certificate.form"),
    layout!("medical_certificate.note"),
    held!("medical_certificate.plain"),
    held!("national_id_card.bare"),
    layout!("national_id_card.copy"),
    layout!("national_id_card.front"),
    held!("passport.bare"),
    second!("passport.datapage"),
    layout!("passport.english"),
    layout!("passport.grid"),
    layout!("passport.list"),
    held!("passport_substitute.bare"),
    layout!("passport_substitute.grid"),
    layout!("passport_substitute.pages"),
    layout!("payslip.classic"),
    second!("payslip.ledger"),
    layout!("payslip.modern"),
    held!("payslip.sheet"),
    layout!("payslip.terminal"),
    layout!("pension_insurance_record.list"),
    layout!("pension_insurance_record.record"),
    held!("pension_insurance_record.summary"),
    layout!("recognition_notice.chamber"),
    held!("recognition_notice.plain"),
    layout!("recognition_notice.table"),
    layout!("registration_certificate.confirmation"),
    layout!("registration_certificate.extended"),
    layout!("registration_certificate.letter"),
    second!("registration_certificate.office"),
    held!("registration_certificate.plain"),
    held!("rental_contract.brief"),
    layout!("rental_contract.clauses"),
    layout!("rental_contract.form"),
    layout!("rental_contract.plain"),
    second!("rental_contract.standard"),
    held!("residence_permit_card.bare"),
    second!("residence_permit_card.copied"),
    layout!("residence_permit_card.copy"),
    layout!("residence_permit_card.front"),
    layout!("residence_permit_card.wide"),
    layout!("school_certificate.attendance"),
    held!("school_certificate.plain"),
    second!("school_certificate.prose"),
    layout!("school_certificate.report"),
    layout!("social_benefit_notice.letter"),
    held!("social_benefit_notice.plain"),
    layout!("social_benefit_notice.table"),
    layout!("supplementary_sheet.fold"),
    held!("supplementary_sheet.notice"),
    layout!("supplementary_sheet.sheet"),
    second!("tax_assessment.assessment"),
    layout!("tax_assessment.modern"),
    layout!("tax_assessment.notice"),
    held!("tax_assessment.plain"),
    layout!("toleration_certificate.leaf"),
    layout!("toleration_certificate.letter"),
    held!("toleration_certificate.slip"),
    layout!("training_contract.chamber"),
    held!("training_contract.craft"),
    layout!("training_contract.nursing"),
    layout!("university_degree.certificate"),
    second!("university_degree.deed"),
    held!("university_degree.diploma"),
    layout!("university_degree.transcript"),
    held!("visa.bare"),
    layout!("visa.copy"),
    second!("visa.page"),
    layout!("visa.sticker"),
    layout!("vocational_qualification.chamber"),
    held!("vocational_qualification.journeyman"),
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

impl Families {
    /// Whether this layout is one of them.
    #[must_use]
    pub fn has(self, layout: &Layout) -> bool {
        match self {
            Self::Train => layout.kept == Kept::Open,
            Self::Held => layout.kept == Kept::Held,
            Self::Second => layout.kept == Kept::Second,
            Self::All => layout.kept != Kept::Second,
        }
    }
}

/// The templates of a class, without those held back.
#[must_use]
pub fn of(class: &str) -> Vec<Layout> {
    among(class, Families::Train)
}

/// The templates of a class among these.
#[must_use]
pub fn among(class: &str, families: Families) -> Vec<Layout> {
    let fits = |layout: &&Layout| layout.class() == class && families.has(layout);
    LAYOUTS.iter().filter(fits).copied().collect()
}
