//! Whole applications, with invented people.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use reading::TextSource;

use super::{Application, Checked, Error, Mode, Settings, State, UnreadFile, day, evaluate};
use crate::{ClassScore, ClassifiedDocument, DocumentFields, Field, Knowledge, Place};

mod states;

/// The filing day of the tests.
pub(crate) const TODAY: &str = "2026-11-24";

/// `passport: surname=Weber; expiry_date=2030-01-01`: a paper as reading and extraction give it.
pub(crate) fn paper(index: usize, text: &str) -> DocumentFields {
    let (class, fields) = text.split_once(':').unwrap_or((text, ""));
    // `birth_certificate@uk`: in another language than German.
    let (class, language) = class.split_once('@').unwrap_or((class, "de"));
    let file_index = u32::try_from(index).unwrap();
    let filename = format!("datei-{index}.pdf");
    let fields = pairs(fields).into_iter().map(|(name, value)| Field {
        name,
        raw: value.clone(),
        confidence: 0.9,
        place: Place {
            file_index,
            filename: filename.clone(),
            page: 1,
            start: 0,
            end: 4,
            rect: None,
            quote: value.clone(),
        },
        value,
    });
    DocumentFields {
        fields: fields.collect(),
        document: ClassifiedDocument {
            file_index,
            filename: filename.clone(),
            first_page: 1,
            last_page: 1,
            document_class: class.trim().to_owned(),
            probability: 0.97,
            prediction_set: vec![ClassScore {
                document_class: class.trim().to_owned(),
                probability: 0.97,
            }],
            abstained: false,
            evidence: Vec::new(),
            language: language.to_owned(),
            text_source: TextSource::Digital,
            text_quality: 1.0,
            provisional: false,
            masked: vec![],
        },
    }
}

/// `a=1; b=2`
pub(crate) fn pairs(text: &str) -> BTreeMap<String, String> {
    text.split(';')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

/// An application under test.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) kind: Option<&'static str>,
    pub(crate) mode: Mode,
    pub(crate) language: &'static str,
    pub(crate) form: BTreeMap<String, String>,
    pub(crate) facts: BTreeMap<String, String>,
    pub(crate) documents: Vec<DocumentFields>,
    pub(crate) unread: Vec<UnreadFile>,
    pub(crate) settings: Settings,
}

impl Sample {
    pub(crate) fn new(kind: &'static str, facts: &str, form: &str, papers: &[&str]) -> Self {
        Self {
            kind: (!kind.is_empty()).then_some(kind),
            mode: Mode::Office,
            language: "de",
            form: pairs(form),
            facts: pairs(facts),
            documents: papers.iter().enumerate().map(|(at, text)| paper(at, text)).collect(),
            unread: Vec::new(),
            settings: Settings::default(),
        }
    }

    pub(crate) fn check(&self) -> Result<Checked, Error> {
        static KNOWLEDGE: OnceLock<Knowledge> = OnceLock::new();
        evaluate(
            KNOWLEDGE.get_or_init(|| Knowledge::shipped().unwrap()),
            Application {
                mode: self.mode,
                application_type: self.kind,
                form: &self.form,
                facts: &self.facts,
                language: self.language,
                documents: &self.documents,
                unread: &self.unread,
                today: day(TODAY).unwrap(),
                settings: &self.settings,
            },
        )
    }

    fn state(&self, id: &str) -> State {
        let checked = self.check().unwrap();
        let item = checked.checklist.iter().find(|item| item.id == id);
        item.unwrap_or_else(|| panic!("no item {id}")).state
    }
}

#[test]
fn states_of_items() {
    for (kind, facts, form, papers, item, wanted) in states::ROWS {
        let sample = Sample::new(kind, facts, form, papers);
        let id = format!("{kind}.{item}");
        assert_eq!(sample.state(&id), *wanted, "{id} with {facts} / {form} / {papers:?}");
    }
}

#[test]
fn unreadable_is_not_missing() {
    let item = "employment.health_insurance_proof";
    let mut sample = Sample::new("employment", "", "", &["passport"]);
    assert_eq!(sample.state(item), State::ProbablyMissing);

    sample.unread = vec![UnreadFile { file_index: 3, filename: "IMG_0012.jpg".into() }];
    assert_eq!(sample.state(item), State::Unreadable);
    assert_eq!(sample.state("employment.passport"), State::Present);
    let checked = sample.check().unwrap();
    let found = checked.checklist.iter().find(|i| i.id == item).unwrap();
    assert_eq!(
        (found.file_indexes.as_slice(), found.filenames.as_slice()),
        ([3].as_slice(), ["IMG_0012.jpg".to_owned()].as_slice())
    );

    // A name that speaks of another paper leaves the item missing.
    sample.unread = vec![UnreadFile { file_index: 3, filename: "Arbeitsvertrag.pdf".into() }];
    assert_eq!(sample.state(item), State::ProbablyMissing);
    assert_eq!(sample.state("employment.employment_contract"), State::Unreadable);

    // Of the right class, but no text that proves anything.
    let mut sample = Sample::new("employment", "", "", &["health_insurance_proof"]);
    sample.documents[0].document.text_quality = 0.1;
    assert_eq!(sample.state(item), State::Unreadable);

    // Not told for certain.
    let mut sample = Sample::new("employment", "", "", &["unknown_other"]);
    sample.documents[0].document.abstained = true;
    sample.documents[0].document.prediction_set =
        vec![ClassScore { document_class: "health_insurance_proof".into(), probability: 0.4 }];
    assert_eq!(sample.state(item), State::Unreadable);
    assert_eq!(sample.state("employment.passport"), State::ProbablyMissing);
}

#[test]
fn words_are_hints_in_the_language_asked() {
    let mut sample = Sample::new("employment", "", "", &[]);
    for (language, answered, words) in [
        ("de", "de", "fehlt vermutlich"),
        ("de-AT", "de", "fehlt vermutlich"),
        ("en-GB", "en", "probably missing"),
        ("pl", "de", "fehlt vermutlich"),
        ("", "de", "fehlt vermutlich"),
    ] {
        sample.language = language;
        let checked = sample.check().unwrap();
        assert_eq!(checked.language, answered);
        let item = checked.checklist.iter().find(|i| i.id == "employment.passport").unwrap();
        assert!(item.explanation.contains(words), "{}", item.explanation);
        let open =
            checked.checklist.iter().find(|i| i.id == "employment.professional_licence").unwrap();
        let question = if answered == "de" {
            "ob der Beruf reglementiert ist"
        } else {
            "whether the profession is regulated"
        };
        assert!(open.explanation.contains(question), "{}", open.explanation);
    }
}

#[test]
fn type_is_proposed() {
    for (form, papers, wanted) in [
        ("form.purpose.category=family", &["employment_contract"][..], "family_reunification"),
        ("purpose.category=study_or_training", &["training_contract"], "vocational_training"),
        ("purpose.category=study_or_training", &["enrolment_certificate"], "study"),
        ("", &["pension_insurance_record", "employment_contract"], "settlement_permit"),
        ("", &["employment_contract"], "employment"),
        ("", &["passport"], ""),
    ] {
        let checked = Sample::new("", "", form, papers).check().unwrap();
        assert_eq!(checked.application_type, wanted, "{form} {papers:?}");
        assert_eq!(checked.application_type_proposed, !wanted.is_empty());
        assert_eq!(checked.checklist.is_empty(), wanted.is_empty());
    }
    let given = Sample::new("employment", "", "", &[]).check().unwrap();
    assert!(!given.application_type_proposed);
}

#[test]
fn what_cannot_be_looked_at() {
    let unknown = Sample::new("naturalisation", "", "", &[]).check();
    assert!(matches!(unknown, Err(Error::UnknownApplicationType { id }) if id == "naturalisation"));
    let today = Sample::new("employment", "today=soon", "", &[]).check();
    assert!(matches!(today, Err(Error::Today)));
}

#[test]
fn administrator_hears_of_figures_and_facts() {
    let checked = Sample::new("employment", "today=2027-02-01;moon=full", "", &[]).check().unwrap();
    assert!(checked.expired_figures.contains("blue_card_general"));
    assert!(!checked.expired_figures.contains("minimum_wage"));
    assert_eq!(checked.unknown_facts, BTreeSet::from(["moon".to_owned()]));
    let checked = Sample::new("employment", "", "", &[]).check().unwrap();
    assert_eq!(checked.expired_figures, BTreeSet::new());
}

#[test]
fn an_item_can_be_switched_off() {
    let mut sample = Sample::new("employment", "", "", &[]);
    sample.settings.off.insert("employment.cv".into());
    let checked = sample.check().unwrap();
    assert!(checked.checklist.iter().all(|item| item.id != "employment.cv"));
}

#[test]
fn proposals_show_conflicts_and_never_special_data() {
    let sample = Sample::new(
        "employment",
        "",
        "",
        &[
            "passport:surname=WEBER;given_names=ANNA;sex=F;expiry_date=2030-01-01",
            "residence_permit_card:surname=SCHULZ;given_names=ANNA",
            "registration_certificate:religious_community=xx;address=Lindenstraße 4, 04109 Leipzig",
            "employment_contract:employer=Nordwind Technik GmbH",
        ],
    );
    let proposals = sample.check().unwrap().proposals;
    let of = |id: &str| -> Vec<&str> {
        proposals.iter().filter(|p| p.form_field == id).map(|p| p.value.as_str()).collect()
    };
    assert_eq!(of("form.applicant.surname"), ["WEBER", "SCHULZ"]);
    assert_eq!(of("form.applicant.given_names"), ["ANNA"]);
    assert_eq!(of("form.applicant.sex"), ["female"]);
    assert_eq!(of("form.purpose.explanation"), ["Nordwind Technik GmbH"]);
    assert!(proposals.iter().all(|p| !super::form::is_protected(&p.form_field)));
    assert!(proposals.iter().all(|p| p.value != "xx"));
}

#[test]
fn proposals_for_spouse_visa_and_boxes() {
    let family =
        "applicant.surname=Weber;applicant.given_names=Anna;applicant.birth_date=1990-02-03";
    let papers: &[&str] = &[
        "passport:surname=WEBER;given_names=ANNA;birth_date=1990-02-03;nationality=UKR",
        "registration_certificate:surname=Weber;given_names=Anna;previous_address=Altweg 1, 00001 Altfelde",
        "visa:surname=WEBER;given_names=ANNA;visa_type=D;visa_number=X1234567",
        "residence_permit_card:surname=KUNZ;given_names=TARIK;birth_date=1985-05-05;nationality=TUR;valid_until=2028-01-01",
        "language_certificate:holder=Anna Weber;level=B1",
        "social_benefit_notice:benefit_kind=wohngeld;monthly_eur=120.00 EUR",
        "health_insurance_proof:insurer=Musterkasse",
    ];
    let of = |variant: &str| {
        let facts = format!("variant={variant};mode=first_grant");
        let sample = Sample::new("family_reunification", &facts, family, papers);
        let proposals = sample.check().unwrap().proposals;
        move |id: &str| -> Vec<String> {
            let found = proposals.iter().filter(|p| p.form_field == format!("form.{id}"));
            found.map(|p| p.value.clone()).collect()
        }
    };
    let spouse = of("spouse_of_foreigner");
    // The passport's spelling, not a second time in small letters.
    assert_eq!(spouse("applicant.surname"), ["WEBER"]);
    assert_eq!(spouse("applicant.nationality"), ["UKR"]);
    assert_eq!(spouse("entry.entry_mode"), ["national_visa"]);
    assert_eq!(spouse("family.spouse.given_names"), ["TARIK"]);
    assert_eq!(spouse("family.spouse.status_valid_until"), ["2028-01-01"]);
    assert_eq!(spouse("residence.moved_from"), ["Altweg 1, 00001 Altfelde"]);
    assert_eq!(spouse("integration.german_level"), ["a2_sufficient"]);
    assert_eq!(spouse("health.insured"), ["true"]);
    assert_eq!(spouse("livelihood.receives_benefits"), Vec::<String>::new());
    // The status of another person may tell of persecution.
    assert_eq!(spouse("family.spouse.status"), Vec::<String>::new());
    // A child's application has no spouse.
    assert_eq!(of("child_of_foreigner")("family.spouse.surname"), Vec::<String>::new());
}

#[test]
fn the_same_input_gives_the_same_answer() {
    let sample = Sample::new(
        "settlement_permit",
        "variant=general",
        "applicant.surname=Weber;applicant.given_names=Anna",
        &["passport:surname=SCHULZ;given_names=OLGA", "payslip:employee=Jonas Kunz;month=2026-10"],
    );
    let (one, two) = (sample.check().unwrap(), sample.check().unwrap());
    assert_eq!((one.hints, one.checklist), (two.hints, two.checklist));
}

#[test]
fn catalogue_has_all_types_with_their_lists() {
    let knowledge = Knowledge::shipped().unwrap();
    for language in ["de", "en"] {
        let types = knowledge.application_types(language);
        assert_eq!(types.len(), 15);
        for kind in types {
            assert!(
                !kind.title.is_empty()
                    && !kind.legal_basis.is_empty()
                    && !kind.checklist.is_empty()
            );
            for item in &kind.checklist {
                assert!(!item.title.is_empty() && !item.explanation.is_empty(), "{}", item.id);
                for class in &item.document_classes {
                    assert!(knowledge.class(class).is_some(), "{}: {class}", item.id);
                }
            }
        }
        assert!(knowledge.plausibility_rules(language).len() >= 20);
    }
}
