//! Plausibility: places that should agree and do not.
//!
//! A rule compares readable values only; what is absent or unreadable gives no hint. It names the
//! two places and what was read there, and never says whose fault it is. The data file says who
//! hears a rule and how loud it is, the hint files word it, the code here computes it.

mod dates;
mod family;
mod home;
mod identity;
mod income;
mod papers;
mod person;
mod proofs;
mod study;
mod work;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::case::Case;
use super::tables::{RuleEntry, RuleText, Stage};
use super::texts;
use crate::{DocumentFields, Field, Knowledge, Place};

/// How loud a hint is. None blocks sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A matter of reading, not of the application.
    Quality,
    /// Good to know.
    Info,
    /// Worth a look.
    Check,
    /// Will probably delay the application.
    LikelyProblem,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Hint {
    /// E.g. `PL003`.
    pub rule: String,
    /// How loud it is.
    pub severity: Severity,
    /// In the language asked for.
    pub text: String,
    /// The places compared.
    pub places: Vec<Place>,
    /// What was read there, by `form.applicant.surname` or `passport.surname`.
    pub compared: BTreeMap<String, String>,
    /// How surely it was read, 0 to 1.
    pub confidence: f64,
}

/// What a rule found, before it is worded.
#[derive(Debug, Clone)]
struct Finding {
    text: &'static str,
    severity: Option<Severity>,
    values: BTreeMap<&'static str, String>,
    compared: BTreeMap<String, String>,
    places: Vec<Place>,
    confidence: f64,
}

/// From here a value was read surely enough to ask for a look.
const SURE_MIN: f64 = 0.7;

type Compute = fn(&Case<'_>) -> Vec<Finding>;

/// The code of each rule.
const CODE: [(&str, Compute); 66] = [
    ("PL001", identity::zone_digits),
    ("PL002", identity::zone_and_print),
    ("PL003", identity::surname),
    ("PL004", identity::given_names),
    ("PL005", person::name_in_proofs),
    ("PL006", person::birth_date),
    ("PL007", identity::sex),
    ("PL008", identity::nationality),
    ("PL009", person::birth_place),
    ("PL010", dates::passport_expired),
    ("PL011", dates::passport_and_stay),
    ("PL012", dates::passport_soon),
    ("PL013", identity::passport_number),
    ("PL014", dates::title_ending),
    ("PL015", dates::visa_data),
    ("PL016", dates::visa_kind),
    ("PL017", dates::entry_and_visa),
    ("PL018", study::visa_purpose),
    ("PL019", home::registered_address),
    ("PL020", home::rented_address),
    ("PL021", home::tenants),
    ("PL022", home::living_space),
    ("PL023", home::move_in),
    ("PL024", family::marital_status),
    ("PL025", family::marriage_date),
    ("PL026", family::spouse_name),
    ("PL027", papers::divorce),
    ("PL028", papers::children),
    ("PL029", papers::child_age),
    ("PL030", family::sponsor_title),
    ("PL031", work::employer),
    ("PL032", work::salary_and_payslips),
    ("PL033", study::contract_and_declaration),
    ("PL034", work::blue_card_salary),
    ("PL035", work::salary_from_45),
    ("PL036", work::hourly_pay),
    ("PL037", income::three_months),
    ("PL038", income::arithmetic),
    ("PL039", income::pay_on_account),
    ("PL040", income::insurance_number),
    ("PL041", income::iban),
    ("PL043", proofs::insurance_ended),
    ("PL044", proofs::insurance_and_stay),
    ("PL045", proofs::insurer),
    ("PL046", study::old_semester),
    ("PL047", study::university),
    ("PL048", study::blocked_amount),
    ("PL049", papers::benefits_box),
    ("PL050", papers::benefit_amount),
    ("PL051", papers::benefit_ended),
    ("PL052", proofs::language_level),
    ("PL053", proofs::language_box),
    ("PL054", proofs::pension_months),
    ("PL056", work::chamber_note),
    ("PL057", work::signatures),
    ("PL059", dates::order),
    ("PL060", person::one_person),
    ("PL061", papers::same_paper_twice),
    ("PL062", papers::hard_to_read),
    ("PL064", papers::translation),
    ("PL065", papers::long_stay),
    ("PL066", papers::spouse_card),
    ("PL067", papers::business_owner),
    ("PL068", papers::commitment),
    ("PL069", identity::voluntary),
    ("PL070", study::photo),
];

/// Whether a rule of the data file is computed.
pub(crate) fn has_code(id: &str) -> bool {
    CODE.iter().any(|(known, _)| *known == id)
}

/// All hints of a case, in the order of the data file.
pub(crate) fn evaluate(case: &Case<'_>) -> Vec<Hint> {
    let mut hints = Vec::new();
    for rule in case.rules().rules.iter().filter(|rule| is_heard(case, rule)) {
        let Some((_, compute)) = CODE.iter().find(|(id, _)| *id == rule.id) else { continue };
        hints.extend(compute(case).into_iter().map(|finding| word(case, rule, finding)));
    }
    hints
}

/// Whether stage, mode, switch and the dates of its figures let a rule speak.
fn is_heard(case: &Case<'_>, rule: &RuleText) -> bool {
    let settings = case.application.settings;
    let switched_on = settings.on.contains(&rule.id);
    // What an office switches on for itself is not for applicants.
    let heard_by_applicant = rule.stage == Stage::Both && !rule.near_eligibility;
    (rule.on || switched_on)
        && !settings.off.contains(&rule.id)
        && (case.is_office() || heard_by_applicant)
        && rule.figures.iter().all(|figure| case.figure(figure).is_some())
}

fn word(case: &Case<'_>, rule: &RuleText, finding: Finding) -> Hint {
    let texts = &case.rules().texts;
    let values: BTreeMap<&str, String> = finding
        .values
        .iter()
        .map(|(name, value)| (*name, texts::shown(case.language, value)))
        .collect();
    let footer = if case.is_office() { "footer-office" } else { "footer-applicant" };
    let text = format!(
        "{} {}",
        texts.fill(case.language, finding.text, &values),
        texts.fill(case.language, footer, &BTreeMap::new())
    );
    let severity = finding.severity.unwrap_or(rule.severity);
    Hint {
        rule: rule.id.clone(),
        // What was not read surely asks nobody to look for a fault in the application.
        severity: if finding.confidence < SURE_MIN {
            severity.min(Severity::Info)
        } else {
            severity
        },
        text,
        places: finding.places,
        compared: finding.compared,
        confidence: finding.confidence,
    }
}

/// The rules an office may switch.
pub(crate) fn catalogue(knowledge: &Knowledge, tag: &str) -> Vec<RuleEntry> {
    let language = texts::language(tag);
    let entry = |rule: &RuleText| RuleEntry {
        id: rule.id.clone(),
        title: if language == "en" { rule.title.en.clone() } else { rule.title.de.clone() },
        inputs: rule.inputs.clone(),
        on_by_default: rule.on,
        office_only: rule.stage == Stage::Officer || rule.near_eligibility,
        near_eligibility: rule.near_eligibility,
    };
    knowledge.rules.rules.iter().map(entry).collect()
}

impl Finding {
    fn new(text: &'static str) -> Self {
        Self {
            text,
            severity: None,
            values: BTreeMap::new(),
            compared: BTreeMap::new(),
            places: Vec::new(),
            confidence: 1.0,
        }
    }

    fn softly(mut self) -> Self {
        self.severity = Some(Severity::Info);
        self
    }

    /// A form value, shown as `{ $form }`.
    fn form(mut self, id: &str, value: &str) -> Self {
        self.compared.insert(format!("form.{id}"), value.to_owned());
        self.values.entry("form").or_insert_with(|| value.to_owned());
        self
    }

    /// A value of a paper: the first is shown as `{ $paper }`, the next as `{ $other }`; the first
    /// paper's class as `{ $document }`.
    fn paper(mut self, case: &Case<'_>, paper: &DocumentFields, field: &Field) -> Self {
        let class = &paper.document.document_class;
        let mut key = format!("{class}.{}", field.name);
        let mut count = 1;
        while self.compared.contains_key(&key) {
            count += 1;
            key = format!("{class}.{}#{count}", field.name);
        }
        self.compared.insert(key, field.value.clone());
        let shown = if self.values.contains_key("paper") { "other" } else { "paper" };
        self.values.entry(shown).or_insert_with(|| field.value.clone());
        let title = if shown == "paper" { "document" } else { "other-document" };
        self.values.entry(title).or_insert_with(|| case.class_title(class));
        self.places.push(field.place.clone());
        self.confidence = self.confidence.min(field.confidence);
        self
    }

    /// Something else that was compared, e.g. the filing day.
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.compared.insert(name.to_owned(), value.clone());
        self.values.insert(name, value);
        self
    }

    /// Something that is only shown.
    fn show(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(name, value.into());
        self
    }
}

#[cfg(test)]
mod tests;
