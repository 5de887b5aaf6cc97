//! One application with everything that is known of it, as conditions and rules ask for it.

use std::collections::BTreeSet;

use super::calendar::{self, Day, day};
use super::condition::{Scope, Source, Truth, truthful};
use super::form::Form;
use super::names::{self, Likeness};
use super::papers::{holder_names, reading, reading_day, reading_number};
use super::tables::{ApplicationKind, FORM_FILLED, Rules, plain_fact};
use super::texts;
use super::{Application, Error, Mode};
use crate::{DocumentFields, Knowledge};

/// Derived facts may rest on derived facts, but not in a circle.
const DERIVE_DEPTH_MAX: u8 = 4;
/// People of one name whose births lie this far apart are two.
const GENERATION_DAYS_MIN: i64 = 15 * 365;
const MODES: [&str; 4] = ["first_grant", "extension", "change_of_purpose", "reissue"];

/// Papers that are read only where they are translated.
pub(crate) const TRANSLATED: [&str; 6] = [
    "marriage_certificate",
    "birth_certificate",
    "divorce_decree",
    "death_certificate",
    "university_degree",
    "vocational_qualification",
];

/// An application being looked at.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub(crate) knowledge: &'a Knowledge,
    pub(crate) application: Application<'a>,
    pub(crate) form: Form<'a>,
    pub(crate) kind: Option<&'a ApplicationKind>,
    pub(crate) proposed: bool,
    pub(crate) today: Day,
    pub(crate) language: &'static str,
}

impl<'a> Case<'a> {
    pub(crate) fn new(
        knowledge: &'a Knowledge,
        application: Application<'a>,
    ) -> Result<Self, Error> {
        let form = Form::new(application.form);
        let given = application.application_type.map(str::trim).filter(|id| !id.is_empty());
        let kind = match given {
            Some(id) => Some(
                knowledge
                    .rules
                    .kind(id)
                    .ok_or_else(|| Error::UnknownApplicationType { id: id.to_owned() })?,
            ),
            None => propose(&knowledge.rules, &form, application.documents),
        };
        let today = match application.facts.get("today").filter(|text| !text.trim().is_empty()) {
            Some(text) => day(text).ok_or(Error::Today)?,
            None => application.today,
        };
        Ok(Self {
            knowledge,
            application,
            form,
            kind,
            proposed: given.is_none() && kind.is_some(),
            today,
            language: texts::language(application.language),
        })
    }

    pub(crate) fn rules(&self) -> &'a Rules {
        &self.knowledge.rules
    }

    pub(crate) fn is_office(&self) -> bool {
        self.application.mode == Mode::Office
    }

    /// Papers of a class.
    pub(crate) fn papers<'s>(
        &'s self,
        class: &'s str,
    ) -> impl Iterator<Item = &'a DocumentFields> + 's {
        self.application
            .documents
            .iter()
            .filter(move |paper| paper.document.document_class == class)
    }

    /// Papers of a class that are not clearly somebody else's.
    pub(crate) fn own<'s>(
        &'s self,
        class: &'s str,
    ) -> impl Iterator<Item = &'a DocumentFields> + 's {
        self.papers(class).filter(|paper| !self.is_another_persons(paper))
    }

    /// The passports, and what stands in for them, of the applicant.
    pub(crate) fn passports(&self) -> Vec<&'a DocumentFields> {
        let passports: Vec<_> = self.own("passport").collect();
        if passports.is_empty() { self.own("passport_substitute").collect() } else { passports }
    }

    /// Given names and birth date both speak for another person: one difference alone may be a
    /// slip, and then it is a rule's business.
    pub(crate) fn is_another_persons(&self, paper: &DocumentFields) -> bool {
        let (surname, given) = holder_names(paper);
        let born = self.form.day("applicant.birth_date").zip(reading_day(paper, "birth_date"));
        // Children are named after parents.
        if born
            .is_some_and(|(form, (read, _))| (form - read).num_days().abs() >= GENERATION_DAYS_MIN)
        {
            return true;
        }
        if let Some((surname, given)) = surname.zip(given) {
            // Names in each other's place are still the applicant's.
            let whole = format!("{} {}", given.value, surname.value);
            let known = self.full_names();
            let likeness = names::compare_any(known.iter().map(String::as_str), &whole);
            if likeness.is_some_and(|likeness| likeness != Likeness::Different) {
                return false;
            }
        }
        let differs = |form: Option<&str>, read: Option<&crate::Field>| {
            form.zip(read)
                .map(|(form, read)| names::compare(form, &read.value) == Likeness::Different)
        };
        let given = differs(self.form.get("applicant.given_names"), given);
        let surname = differs(self.form.get("applicant.surname"), surname);
        let born = born.map(|(form, (read, _))| form != read);
        given == Some(true) && born.or(surname) == Some(true)
    }

    /// Surname and former surnames of the applicant as the form has them.
    pub(crate) fn surnames(&self) -> Vec<&'a str> {
        ["applicant.surname", "applicant.former_surnames"]
            .iter()
            .filter_map(|id| self.form.get(id))
            .collect()
    }

    /// The applicant's whole names: each surname with the given names.
    pub(crate) fn full_names(&self) -> Vec<String> {
        let given = self.form.get("applicant.given_names").unwrap_or_default();
        self.surnames()
            .iter()
            .map(|surname| format!("{given} {surname}").trim().to_owned())
            .collect()
    }

    pub(crate) fn birth_date(&self) -> Option<Day> {
        self.form.day("applicant.birth_date").or_else(|| {
            self.passports()
                .iter()
                .find_map(|paper| reading_day(paper, "birth_date").map(|(day, _)| day))
        })
    }

    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        match name {
            "mode" => self.mode(),
            "variant" => self.variant().map(str::to_owned),
            "sponsor" => self.given_fact("sponsor").or_else(|| self.set_by_kind("sponsor")),
            "application_type" => self.kind.map(|kind| kind.id.clone()),
            "age" => self
                .given_fact("age")
                .or_else(|| Some(calendar::age(self.birth_date()?, self.today)?.to_string())),
            "salary_year" => {
                let papers = self.application.documents;
                let contract =
                    papers.iter().find(|p| p.document.document_class == "employment_contract")?;
                salary_year(contract).map(|amount| amount.to_string())
            }
            "training_pay_month" => {
                let contract = self.papers("training_contract").next()?;
                reading_number(contract, "pay_year1").map(|(amount, _)| amount.to_string())
            }
            _ => None,
        }
    }

    fn mode(&self) -> Option<String> {
        self.given_fact("mode")
            .or_else(|| self.set_by_kind("mode"))
            .or_else(|| self.form.get("head.kind").map(str::to_owned))
            .filter(|mode| MODES.contains(&mode.as_str()))
    }

    /// The variant given, where the type has it.
    pub(crate) fn variant(&self) -> Option<&'a str> {
        let given = self.given_fact("variant")?;
        self.kind?.variants.iter().find(|variant| variant.id == given).map(|v| v.id.as_str())
    }

    fn set_by_kind(&self, name: &str) -> Option<String> {
        let kind = self.kind?;
        let variant = self.variant();
        let by_variant = kind
            .variants
            .iter()
            .find(|known| Some(known.id.as_str()) == variant)
            .and_then(|variant| variant.sets.get(name));
        by_variant.or_else(|| kind.sets.get(name)).cloned()
    }

    fn given_fact(&self, id: &str) -> Option<String> {
        self.application.facts.iter().find_map(|(name, value)| {
            let value = value.trim();
            if value.is_empty() {
                return None;
            }
            if plain_fact(name) == id {
                return Some(value.to_owned());
            }
            match self.rules().named(name)? {
                (known, false) if known == id => Some(value.to_owned()),
                // `no_passport` says the opposite of `has_passport`.
                (known, true) if known == id => truthful(value).map(|holds| (!holds).to_string()),
                _ => None,
            }
        })
    }

    fn fact(&self, id: &str, depth: u8) -> Option<String> {
        if let Some(given) = self.given_fact(id) {
            return Some(given);
        }
        if id == FORM_FILLED {
            return self.form.is_filled().then(|| "true".to_owned());
        }
        if id == "foreign_language_papers" {
            return self.foreign_language_papers().map(|yes| yes.to_string());
        }
        let known = self.rules().fact(id)?;
        let derived = known
            .derive
            .as_ref()
            .filter(|_| depth < DERIVE_DEPTH_MAX)
            .map(|condition| condition.truth(&Deeper { case: self, depth: depth + 1 }));
        match derived {
            Some(Truth::True) => Some("true".to_owned()),
            Some(Truth::False) => Some("false".to_owned()),
            Some(Truth::Unknown) | None => known.fact.default.map(|value| value.to_string()),
        }
    }

    /// Whether a certificate of civil status or a degree is in a language that needs translating.
    fn foreign_language_papers(&self) -> Option<bool> {
        let languages: BTreeSet<&str> = TRANSLATED
            .iter()
            .flat_map(|class| self.papers(class))
            .map(|paper| paper.document.language.as_str())
            .collect();
        if languages.is_empty() || languages.contains("und") {
            return None;
        }
        // English is accepted by many offices, so that it settles nothing.
        if languages.iter().any(|language| !matches!(*language, "de" | "en")) {
            return Some(true);
        }
        languages.iter().all(|language| *language == "de").then_some(false)
    }

    pub(crate) fn figure(&self, id: &str) -> Option<(f64, Option<Day>)> {
        self.rules().figure(id, self.today)
    }

    pub(crate) fn expired_figures(&self) -> BTreeSet<String> {
        self.rules().expired_figures(self.today)
    }

    /// The title of a class in the language of the answer.
    pub(crate) fn class_title(&self, class: &str) -> String {
        self.knowledge.class(class).map_or_else(
            || class.to_owned(),
            |class| self.rules().texts.title(self.language, &class.title),
        )
    }

    fn look_up(&self, source: &Source, depth: u8) -> Option<String> {
        match source {
            Source::Variable(name) => self.variable(name),
            Source::Fact(name) => self.fact(name, depth),
            Source::Form(name) => self.form.get(name).map(str::to_owned),
            Source::Figure(name) => self.figure(name).map(|(value, _)| value.to_string()),
            Source::Class(name) => self.papers(name).next().map(|_| "true".to_owned()),
        }
    }
}

impl Scope for Case<'_> {
    fn value(&self, source: &Source) -> Option<String> {
        self.look_up(source, 0)
    }
}

struct Deeper<'c, 'a> {
    case: &'c Case<'a>,
    depth: u8,
}

impl Scope for Deeper<'_, '_> {
    fn value(&self, source: &Source) -> Option<String> {
        self.case.look_up(source, self.depth)
    }
}

/// The guaranteed yearly pay of an employment contract.
pub(crate) fn salary_year(contract: &DocumentFields) -> Option<f64> {
    let (amount, _) = reading_number(contract, "gross_salary")?;
    match reading(contract, "salary_period").map_or("month", |field| field.value.as_str()) {
        "year" => Some(amount),
        "month" => Some(amount * 12.0),
        "hour" => Some(amount * reading_number(contract, "weekly_hours")?.0 * 52.0),
        _ => None,
    }
}

/// The type that form and papers speak for; none where they say nothing.
fn propose<'a>(
    rules: &'a Rules,
    form: &Form<'_>,
    documents: &[DocumentFields],
) -> Option<&'a ApplicationKind> {
    let classes: BTreeSet<&str> =
        documents.iter().map(|paper| paper.document.document_class.as_str()).collect();
    let purpose = form.get("purpose.category");
    let score = |kind: &ApplicationKind| -> usize {
        let by_form = purpose.is_some_and(|p| kind.form_purpose.iter().any(|known| known == p));
        let by_papers: usize = kind
            .indications
            .iter()
            .enumerate()
            .filter(|(_, class)| classes.contains(class.as_str()))
            .map(|(rank, _)| 4_usize.saturating_sub(rank).max(1))
            .sum();
        // The person's own words outweigh any number of papers.
        usize::from(by_form) * 100 + by_papers
    };
    // The first of equals: the order of the file.
    rules
        .kinds
        .iter()
        .map(|kind| (score(kind), kind))
        .filter(|(score, _)| *score > 0)
        .rev()
        .max_by_key(|(score, _)| *score)
        .map(|(_, kind)| kind)
}
