//! States of items: type, facts, form, papers, item, state.

use crate::check::State;
use crate::check::State::{Expired, NotNeeded, Present, ProbablyMissing, Undecided};

/// One item of one application.
pub(super) type Row =
    (&'static str, &'static str, &'static str, &'static [&'static str], &'static str, State);

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("employment", "", "", &["passport:expiry_date=2030-01-01"], "passport", Present),
    ("employment", "", "", &["passport"], "passport", Present),
    ("employment", "", "", &["passport_substitute"], "passport", Present),
    ("employment", "", "", &[], "passport", ProbablyMissing),
    ("employment", "", "", &["passport:expiry_date=2026-11-23"], "passport", Expired),
    ("employment", "", "", &["passport:expiry_date=2026-11-24"], "passport", Present),
    ("employment", "", "", &["passport:expiry_date=2020-01-01", "passport:expiry_date=2030-01-01"], "passport", Present),
    ("employment", "", "applicant.surname=Weber", &[], "application_form", Present),
    ("employment", "", "", &[], "application_form", ProbablyMissing),
    ("employment", "", "", &[], "biometric_photo", NotNeeded),
    ("employment", "mode=extension", "", &[], "payslip", ProbablyMissing),
    ("employment", "mode=first_grant", "", &[], "payslip", NotNeeded),
    ("employment", "", "", &[], "payslip", Undecided),
    ("employment", "", "", &["payslip:month=2026-10"], "payslip", Present),
    ("employment", "mode=extension", "", &["payslip:month=2026-08"], "payslip", Expired),
    ("employment", "", "head.kind=extension", &[], "payslip", ProbablyMissing),
    ("employment", "ba_approval_needed=true", "", &[], "employment_declaration_ba", ProbablyMissing),
    ("employment", "BA approval needed=ja", "", &[], "employment_declaration_ba", ProbablyMissing),
    ("employment", "ba_approval_needed=false", "", &[], "employment_declaration_ba", NotNeeded),
    ("employment", "", "", &[], "employment_declaration_ba", Undecided),
    ("employment", "variant=blue_card;foreign_degree=true", "", &[], "recognition_notice", ProbablyMissing),
    ("employment", "variant=blue_card;foreign_qualification=false", "", &[], "recognition_notice", NotNeeded),
    ("employment", "", "", &[], "university_degree", Undecided),
    ("employment", "variant=skilled_academic", "", &[], "university_degree", ProbablyMissing),
    ("employment", "variant=skilled_academic;mode=first_grant", "applicant.birth_date=1975-03-02", &["employment_contract:gross_salary=3000.00 EUR;salary_period=month"], "pension_insurance_record", ProbablyMissing),
    ("employment", "variant=skilled_academic;mode=first_grant", "applicant.birth_date=1995-03-02", &["employment_contract:gross_salary=3000.00 EUR;salary_period=month"], "pension_insurance_record", NotNeeded),
    ("employment", "variant=skilled_academic;mode=first_grant;today=2028-01-15", "applicant.birth_date=1975-03-02", &["employment_contract:gross_salary=3000.00 EUR;salary_period=month"], "pension_insurance_record", Undecided),
    ("employment", "mode=first_grant", "entry.entry_mode=national_visa", &[], "visa", ProbablyMissing),
    ("employment", "mode=first_grant", "entry.entry_mode=no_visa", &[], "visa", NotNeeded),
    ("employment", "", "", &[], "registration_certificate", NotNeeded),
    ("vocational_training", "variant=company_based", "", &[], "training_contract", ProbablyMissing),
    ("vocational_training", "variant=school_based", "", &[], "training_contract", NotNeeded),
    ("vocational_training", "variant=training_place_search", "", &[], "language_certificate", ProbablyMissing),
    ("vocational_training", "", "", &["training_contract:pay_year1=700.00 EUR"], "blocked_account", ProbablyMissing),
    ("vocational_training", "", "", &["training_contract:pay_year1=1100.00 EUR"], "blocked_account", NotNeeded),
    ("family_reunification", "variant=spouse_of_foreigner", "", &[], "rental_contract", ProbablyMissing),
    ("family_reunification", "variant=spouse_of_german", "", &[], "rental_contract", NotNeeded),
    ("family_reunification", "", "", &[], "rental_contract", Undecided),
    ("family_reunification", "sponsor=foreigner", "", &[], "rental_contract", ProbablyMissing),
    ("family_reunification", "variant=spouse_of_german;mode=first_grant;language_exception=true", "", &[], "language_certificate", NotNeeded),
    ("family_reunification", "variant=spouse_of_foreigner;mode=first_grant", "", &[], "language_certificate", Undecided),
    ("family_reunification", "variant=spouse_of_foreigner;mode=extension", "applicant.surname=Kaya;applicant.given_names=Elif;applicant.birth_date=1994-05-06", &[ "residence_permit_card:surname=Kaya;given_names=Deniz;birth_date=1990-01-02;valid_until=2028-01-01", ], "residence_permit_card", ProbablyMissing),
    ("family_reunification", "variant=spouse_of_foreigner;mode=extension", "applicant.surname=Kaya;applicant.given_names=Elif;applicant.birth_date=1994-05-06", &[ "residence_permit_card:surname=Kaya;given_names=Deniz;birth_date=1990-01-02;valid_until=2028-01-01", ], "sponsor_residence_permit_card", Present),
    ("settlement_permit", "", "", &["tax_assessment"], "payslip", Present),
    ("settlement_permit", "", "", &["pension_insurance_record:record_date=2026-10-01"], "pension_insurance_record", Present),
    ("settlement_permit", "", "", &["pension_insurance_record:record_date=2026-07-01"], "pension_insurance_record", Expired),
    ("settlement_permit", "", "", &["integration_course_certificate"], "language_certificate", Present),
    ("settlement_permit", "employed=true", "", &["employer_certificate:issue_date=2026-10-01"], "employer_certificate", Expired),
    ("settlement_permit", "variant=spouse_of_german", "", &[], "marriage_certificate", ProbablyMissing),
    ("settlement_permit", "", "", &["health_insurance_proof:valid_until=unlimited"], "health_insurance_proof", Present),
];
