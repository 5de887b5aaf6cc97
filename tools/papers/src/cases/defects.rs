//! What can be planted: for each rule one way in which two places come to contradict each other.

mod proofs;

use super::draft::{Content, Draft, Sheet};
use super::form::day;
use super::scenario::Who;
use crate::chance::Chance;
use crate::day::Day;
use crate::world::World;

/// Rules that are loud, by the list of rules; those never planted are left out where nothing could tell them false.
pub(super) const LOUD: [&str; 27] = [
    "PL003", "PL004", "PL005", "PL006", "PL008", "PL010", "PL011", "PL014", "PL015", "PL016",
    "PL019", "PL020", "PL024", "PL026", "PL028", "PL031", "PL032", "PL033", "PL037", "PL043",
    "PL044", "PL046", "PL049", "PL059", "PL060", "PL061", "PL068",
];
/// Those that speak of names.
pub(super) const OF_NAMES: [&str; 6] = ["PL003", "PL004", "PL005", "PL026", "PL028", "PL068"];

const STRANGER: (&str, &str) = ("Roswitha", "Petersilienkamp");
const ELSEWHERE: &str = "Kranichufer 177, 00091 Altfelde";
const FIRM: &str = "Kranzbinderei Morgenrot OHG";

/// A way to plant a contradiction.
#[derive(Clone, Copy)]
pub(super) struct Defect {
    /// The rule that must speak.
    pub(super) rule: &'static str,
    /// Rules that the same fault may wake.
    pub(super) also: &'static [&'static str],
    /// Classes that the fault lies in; they are not left out.
    pub(super) classes: &'static [&'static str],
    pub(super) fits: fn(&Draft) -> bool,
    /// Changes the household before papers are written.
    pub(super) world: Option<fn(&mut World, &mut Chance)>,
    pub(super) apply: fn(&mut Draft, &mut Chance),
}

const fn defect(
    rule: &'static str,
    classes: &'static [&'static str],
    fits: fn(&Draft) -> bool,
    apply: fn(&mut Draft, &mut Chance),
) -> Defect {
    Defect { rule, also: &[], classes, fits, world: None, apply }
}

impl Defect {
    const fn also(mut self, rules: &'static [&'static str]) -> Self {
        self.also = rules;
        self
    }

    const fn in_world(mut self, world: fn(&mut World, &mut Chance)) -> Self {
        self.world = Some(world);
        self
    }
}

fn always(_: &Draft) -> bool {
    true
}

fn nothing(_: &mut Draft, _: &mut Chance) {}

fn own_passport(draft: &Draft) -> bool {
    draft.own("passport")
}

fn is_family(draft: &Draft) -> bool {
    draft.scenario.kind == "family_reunification"
}

/// Contract and this paper are of one person.
fn with_contract(draft: &Draft, class: &str) -> bool {
    let of = |class: &str| draft.sheets.iter().find(|s| s.class == class).map(|s| s.who);
    of("employment_contract").is_some() && of("employment_contract") == of(class)
}

/// The contradictions, about the person.
const PERSON: &[Defect] = &[
    defect("PL001", &["passport"], own_passport, |draft, _| {
        if let Some(facts) = draft.facts_mut("passport") {
            let zone = facts.fields.get("mrz").and_then(|v| v.as_str()).unwrap_or_default();
            let wrong = wrong_last_digit(zone);
            facts.contradict("mrz", &wrong, &wrong);
        }
    }),
    defect("PL002", &["passport"], own_passport, |draft, chance| {
        let number = format!("{}{}", chance.letters(1), chance.digits(8));
        if let Some(facts) = draft.facts_mut("passport") {
            facts.contradict("passport_number", &number, &number);
        }
    })
    .also(&["PL013"]),
    defect("PL003", &["passport"], own_passport, |draft, _| {
        draft.put("applicant.surname", STRANGER.1);
    })
    .also(&["PL005", "PL021", "PL026", "PL028", "PL068", "PL024"]),
    defect("PL004", &["passport"], own_passport, |draft, _| {
        draft.put("applicant.given_names", STRANGER.0);
    })
    .also(&["PL005", "PL028", "PL068", "PL024"]),
    defect(
        "PL005",
        PROOFS,
        |draft| proof(draft).is_some(),
        |draft, _| {
            let stranger = format!("{} {}", STRANGER.0, STRANGER.1);
            if let Some((class, field)) = proof(draft) {
                for sheet in draft.sheets.iter_mut().filter(|sheet| sheet.class == class) {
                    if let Some(facts) = sheet.facts_mut() {
                        facts.contradict(field, &stranger, &stranger);
                    }
                }
            }
        },
    ),
    defect("PL006", &["passport"], own_passport, |draft, _| {
        let born = day(draft.says("applicant.birth_date")).unwrap_or_default();
        let (year, month, day) = born.parts();
        let wrong = if day <= 12 && day != month {
            Day::new(year, day, month)
        } else {
            Day::new(year, month, if day > 20 { day - 11 } else { day + 5 })
        };
        draft.put("applicant.birth_date", wrong.iso());
    })
    .also(&["PL040", "PL060", "PL003", "PL004"]),
    defect("PL007", &["passport"], own_passport, |draft, _| {
        let other = if draft.says("applicant.sex") == "female" { "male" } else { "female" };
        draft.put("applicant.sex", other);
    }),
    defect("PL008", &["passport"], own_passport, |draft, _| {
        draft.put("applicant.nationality", "CAN");
    }),
    defect("PL009", &["passport"], own_passport, |draft, _| {
        draft.put("applicant.birth_place", "Reykjavík");
    }),
    defect(
        "PL060",
        &["passport"],
        |draft| !is_family(draft) && own_passport(draft) && draft.scenario.who == Who::Applicant,
        |draft, chance| {
            let layouts = crate::layouts::of("passport");
            let Some(layout) = layouts.get(chance.below(layouts.len())).copied() else { return };
            let facts = crate::facts::about(&draft.world, &draft.world.spouse, "passport");
            draft.sheets.extend(facts.map(|facts| Sheet {
                class: "passport".into(),
                who: Who::Spouse,
                months_back: 1,
                content: Content::Facts(Box::new(facts), layout),
                ended: false,
            }));
        },
    ),
    defect("PL069", &[], always, |draft, _| draft.put("applicant.religion", "evangelisch")),
];

/// About days.
const DAYS: &[Defect] = &[
    defect("PL010", &["passport"], own_passport, |draft, _| draft.end("passport"))
        .also(&["PL011", "PL012"])
        .in_world(|world, chance| passports(world, -chance.between(3, 500))),
    defect("PL011", &["passport"], |draft| own_passport(draft) && has_stay(draft), nothing)
        .in_world(|world, chance| passports(world, chance.between(200, 600))),
    defect("PL012", &["passport"], own_passport, nothing)
        .also(&["PL011"])
        .in_world(|world, chance| passports(world, chance.between(12, 160))),
    defect("PL014", &["residence_permit_card"], present_title, |draft, _| {
        if draft.world.card_expiry < draft.world.today {
            draft.end("residence_permit_card");
        }
    })
    .in_world(|world, chance| world.card_expiry = world.today.plus(chance.between(-90, 11))),
    defect(
        "PL015",
        &["visa"],
        |draft| draft.own("visa"),
        |draft, chance| {
            let wrong = format!("{}{}", chance.letters(1), chance.digits(8));
            draft.put("entry.visa_number", wrong);
        },
    ),
    defect(
        "PL016",
        &["visa"],
        |draft| draft.own("visa"),
        |draft, _| {
            let national = draft.says("entry.entry_mode") == "national_visa";
            draft.put("entry.entry_mode", if national { "schengen_visa" } else { "national_visa" });
        },
    ),
    defect(
        "PL017",
        &["visa"],
        |draft| draft.own("visa"),
        |draft, _| {
            let from = day(draft.says("entry.visa_valid_from")).unwrap_or_default();
            draft.put("entry.first_entry_date", from.plus(-45).iso());
        },
    ),
    defect(
        "PL018",
        &["visa"],
        |draft| draft.own("visa") && draft.scenario.purpose != "other",
        |draft, _| {
            let family = draft.scenario.purpose == "family";
            let purpose = if family { "employment" } else { "family" };
            if let Some(visa) = draft.sheet_mut("visa") {
                super::form::state_purpose(visa, purpose);
                if let Some(facts) = visa.facts_mut().filter(|_| !family) {
                    facts.contradict("remarks", "FAMILIENNACHZUG", "FAMILIENNACHZUG");
                }
            }
        },
    ),
    defect("PL059", &[], has_stay, |draft, _| {
        let late = draft.world.today.plus(900).iso();
        draft.put("stay.intended_from", late);
    }),
];

fn present_title(draft: &Draft) -> bool {
    draft.own("residence_permit_card")
        && !matches!(draft.scenario.kind.as_str(), "document_reissue" | "fictional_certificate")
        && !is_family(draft)
}

fn has_stay(draft: &Draft) -> bool {
    !draft.says("stay.intended_to").is_empty()
}

fn passports(world: &mut World, days: i64) {
    let end = world.today.plus(days);
    for person in [&mut world.applicant, &mut world.child] {
        person.passport_expiry = end;
        person.passport_issued = end.plus(-3650);
    }
}

/// About home and family.
const FAMILY: &[Defect] = &[
    defect(
        "PL019",
        &["registration_certificate"],
        |d| d.has("registration_certificate"),
        |d, _| {
            contradict(d, "registration_certificate", "address", ELSEWHERE);
        },
    ),
    defect(
        "PL020",
        &["rental_contract"],
        |d| d.own("rental_contract"),
        |draft, _| {
            contradict(draft, "rental_contract", "address", ELSEWHERE);
        },
    ),
    defect(
        "PL021",
        &["rental_contract"],
        |draft| draft.own("rental_contract"),
        |draft, _| {
            contradict(draft, "rental_contract", "tenants", "Gundula Zwetschgenthal");
        },
    ),
    defect(
        "PL023",
        &["rental_contract"],
        |draft| draft.own("rental_contract"),
        |draft, _| {
            let early = draft.world.moved_in.plus(-150).iso();
            draft.put("residence.moved_on", early);
        },
    )
    .also(&["PL059"]),
    defect("PL024", &["marriage_certificate"], married, |draft, _| {
        draft.put("applicant.marital_status", "single");
        draft.form.remove("form.applicant.marital_status_since");
    }),
    defect("PL025", &["marriage_certificate"], married, |draft, _| {
        let other = draft.world.wedding.plus(41).iso();
        draft.put("applicant.marital_status_since", other);
    }),
    defect("PL026", &["marriage_certificate"], married, |draft, _| {
        draft.put("family.spouse.surname", STRANGER.1);
        draft.put("family.spouse.given_names", STRANGER.0);
    })
    .also(&["PL005", "PL021"]),
    defect(
        "PL027",
        &[],
        |d| d.says("applicant.marital_status") == "single",
        |draft, _| {
            let since = draft.world.today.plus(-900).iso();
            draft.put("applicant.marital_status", "divorced");
            draft.put("applicant.marital_status_since", since);
        },
    ),
    defect(
        "PL028",
        &["birth_certificate"],
        |draft| draft.scenario.children,
        |draft, _| {
            let row = if draft.form.contains_key("form.family.children[].given_names") {
                "family.children[].given_names"
            } else {
                "family.children[0].given_names"
            };
            draft.put(row, STRANGER.0);
        },
    ),
    defect("PL030", &["residence_permit_card"], sponsor_card, |draft, _| {
        draft.end("residence_permit_card");
    })
    .in_world(|world, chance| world.card_expiry = world.today.plus(-chance.between(5, 200))),
    defect(
        "PL066",
        &["residence_permit_card"],
        |d| sponsor_card(d) && d.scenario.married,
        |d, _| {
            let other = d.world.card_expiry.plus(211).iso();
            d.put("family.spouse.status_valid_until", other);
        },
    ),
];

fn married(draft: &Draft) -> bool {
    draft.scenario.married && draft.has("marriage_certificate")
}

/// Of the sponsor alone: another card would keep the state.
fn sponsor_card(draft: &Draft) -> bool {
    is_family(draft) && draft.has("residence_permit_card") && !draft.own("residence_permit_card")
}

/// Everything that can be planted.
pub(super) fn all() -> impl Iterator<Item = &'static Defect> {
    [PERSON, DAYS, FAMILY, proofs::WORK, proofs::PROOF].into_iter().flatten()
}

/// Papers that serve no longer after a while: class, days, and the rule that says so beside the checklist.
pub(super) const AGEING: [(&str, i64, Option<&str>); 8] = [
    ("registration_certificate", 150, None),
    ("employer_certificate", 70, None),
    ("pension_insurance_record", 140, None),
    ("bank_statement", 220, None),
    ("employment_declaration_ba", 260, None),
    ("payslip", 190, Some("PL037")),
    ("declaration_of_commitment", 420, Some("PL068")),
    ("enrolment_certificate", 400, Some("PL046")),
];

/// The classes that the planted rules lie in.
pub(super) fn classes_of(rules: &std::collections::BTreeSet<&'static str>) -> Vec<&'static str> {
    all()
        .filter(|defect| rules.contains(defect.rule))
        .flat_map(|defect| defect.classes.iter().copied())
        .chain(["passport", "visa"])
        .collect()
}

/// Proofs and where they name whose they are.
const PROOFS: &[&str] = &[
    "language_certificate",
    "bank_statement",
    "university_degree",
    "employment_contract",
    "health_insurance_proof",
    "enrolment_certificate",
    "blocked_account",
    "training_contract",
];

fn proof(draft: &Draft) -> Option<(&'static str, &'static str)> {
    const FIELDS: [(&str, &str); 8] = [
        ("language_certificate", "holder"),
        ("bank_statement", "holder"),
        ("university_degree", "holder"),
        ("enrolment_certificate", "student"),
        ("blocked_account", "holder"),
        ("training_contract", "trainee"),
        ("employment_contract", "employee"),
        ("health_insurance_proof", "insured"),
    ];
    // In the family of a sponsor who is not named, nobody can tell whose a proof is.
    if matches!(draft.scenario.kind.as_str(), "declaration_of_commitment") {
        return None;
    }
    FIELDS.into_iter().find(|(class, _)| draft.own(class))
}

fn contradict(draft: &mut Draft, class: &str, field: &str, value: &str) {
    if let Some(facts) = draft.facts_mut(class) {
        facts.contradict(field, value, value);
    }
}

/// The last digit of a number or zone, made another.
fn wrong_last_digit(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if let Some(last) = letters.iter_mut().rev().find(|letter| letter.is_ascii_digit()) {
        let value = last.to_digit(10).unwrap_or(0);
        *last = char::from_digit((value + 3) % 10, 10).unwrap_or('0');
    }
    letters.into_iter().collect()
}
