//! Contradictions about work, pay and other proofs.

use super::super::draft::{Content, Draft, Sheet};
use super::super::scenario::Who;
use super::{
    Defect, FIRM, always, contradict, defect, has_stay, nothing, own_passport, with_contract,
    wrong_last_digit,
};
use crate::day::{Cents, Day};

/// About work and pay.
pub(super) const WORK: &[Defect] = &[
    defect(
        "PL031",
        &["employer_certificate"],
        |d| with_contract(d, "employer_certificate"),
        |d, _| {
            contradict(d, "employer_certificate", "employer", FIRM);
        },
    ),
    defect(
        "PL031",
        &["payslip"],
        |draft| with_contract(draft, "payslip"),
        |draft, _| {
            for sheet in draft.sheets.iter_mut().filter(|sheet| sheet.class == "payslip") {
                if let Some(facts) = sheet.facts_mut() {
                    facts.contradict("employer", FIRM, FIRM);
                }
            }
        },
    ),
    defect(
        "PL032",
        &["payslip"],
        |draft| with_contract(draft, "payslip"),
        |draft, _| {
            draft.rewrite("payslip", |world| world.gross = world.gross.share(700));
        },
    )
    .also(&["PL038"]),
    defect("PL033", &["employment_declaration_ba"], declared, |draft, chance| {
        if chance.with(0.5) {
            draft.rewrite("employment_declaration_ba", |world| world.hours -= 8);
        } else {
            let more = Cents(draft.world.gross.0 + 40_000);
            draft.rewrite("employment_declaration_ba", |world| world.gross = more);
        }
    }),
    defect("PL036", &["employment_contract"], |draft| draft.own("employment_contract"), nothing)
        .also(&["PL032"])
        .in_world(|world, _| (world.gross, world.hours) = (Cents(150_000), 40)),
    defect(
        "PL037",
        &["payslip"],
        |draft| draft.has("payslip"),
        |draft, _| {
            draft.sheets.retain(|sheet| sheet.class != "payslip" || sheet.months_back != 2);
        },
    ),
    defect(
        "PL038",
        &["payslip"],
        |draft| draft.has("payslip"),
        |draft, _| {
            let more = Cents(draft.world.gross.0 + 12_300);
            if let Some(facts) = draft.facts_mut("payslip") {
                facts.contradict("net_eur", &more.plain(), &more.to_string());
                facts.contradict("payout_eur", &more.plain(), &more.to_string());
            }
        },
    ),
    defect(
        "PL040",
        &["payslip"],
        |draft| draft.own("payslip"),
        |draft, _| {
            let number = draft.field("payslip", "social_insurance_number").unwrap_or_default();
            let wrong = wrong_last_digit(number);
            for sheet in draft.sheets.iter_mut().filter(|sheet| sheet.class == "payslip") {
                if let Some(facts) = sheet.facts_mut() {
                    facts.contradict("social_insurance_number", &wrong, &wrong);
                }
            }
        },
    ),
    defect(
        "PL041",
        &["bank_statement"],
        |draft| draft.has("bank_statement"),
        |draft, _| {
            let iban = draft.field("bank_statement", "iban").unwrap_or_default();
            let wrong = wrong_last_digit(iban);
            let print = crate::checked::grouped(&wrong);
            if let Some(facts) = draft.facts_mut("bank_statement") {
                facts.contradict("iban", &wrong, &print);
            }
        },
    ),
    defect(
        "PL067",
        &["tax_assessment", "trade_registration"],
        |draft| draft.own("tax_assessment") && draft.own("trade_registration"),
        |draft, _| {
            // Some layouts print the taxpayer as the addressee alone.
            contradict(draft, "tax_assessment", "taxpayer", "Gundula Zwetschgenthal");
            contradict(draft, "tax_assessment", "name", "Gundula Zwetschgenthal");
        },
    )
    .also(&["PL005"]),
];

fn declared(draft: &Draft) -> bool {
    with_contract(draft, "employment_declaration_ba")
}

/// About other proofs.
pub(super) const PROOF: &[Defect] = &[
    defect(
        "PL013",
        &["declaration_of_commitment"],
        |draft| draft.has("declaration_of_commitment") && own_passport(draft),
        |draft, chance| {
            let number = format!("{}{}", chance.letters(1), chance.digits(8));
            contradict(draft, "declaration_of_commitment", "passport_number", &number);
        },
    ),
    defect("PL043", &["health_insurance_proof"], insured, |draft, chance| {
        let end = draft.world.today.plus(-chance.between(4, 300));
        insured_until(draft, end);
        draft.end("health_insurance_proof");
    })
    .also(&["PL044"]),
    defect(
        "PL044",
        &["health_insurance_proof"],
        |d| insured(d) && has_stay(d),
        |draft, chance| {
            let end = draft.world.today.plus(chance.between(40, 400));
            insured_until(draft, end);
        },
    ),
    defect("PL045", &["health_insurance_proof"], insured, |draft, _| {
        draft.put("health.insurer", "Alpenkranich Privatversicherung AG");
    }),
    defect(
        "PL046",
        &["enrolment_certificate"],
        |draft| draft.has("enrolment_certificate"),
        |draft, _| {
            draft.rewrite("enrolment_certificate", |world| world.today = world.today.plus(-400));
            draft.end("enrolment_certificate");
        },
    )
    .also(&["PL047"]),
    defect(
        "PL047",
        &["enrolment_certificate"],
        |draft| draft.has("enrolment_certificate"),
        |draft, _| {
            draft.put("purpose.explanation", "Studium, Universität Kranichsfelde");
        },
    ),
    defect(
        "PL049",
        &["social_benefit_notice"],
        |draft| draft.has("social_benefit_notice"),
        |draft, _| {
            draft.put("livelihood.receives_benefits", false);
        },
    ),
    defect(
        "PL050",
        &["social_benefit_notice"],
        |draft| draft.has("social_benefit_notice"),
        |draft, _| {
            draft.put("livelihood.benefit_amount_eur", "91.50");
        },
    ),
    defect(
        "PL051",
        &["social_benefit_notice"],
        |draft| draft.has("social_benefit_notice"),
        |draft, _| {
            draft.rewrite("social_benefit_notice", |world| world.today = world.today.plus(-620));
            draft.end("social_benefit_notice");
        },
    )
    .also(&["PL049", "PL050"]),
    defect(
        "PL053",
        &["language_certificate"],
        |draft| draft.own("language_certificate"),
        |draft, _| {
            draft.put("integration.german_level", "none");
        },
    ),
    defect("PL061", &["health_insurance_proof"], insured, |draft, _| {
        let twin = draft.sheet_mut("health_insurance_proof").map(|sheet| sheet.clone());
        draft.sheets.extend(twin);
    }),
    defect("PL062", &[], always, |draft, _| {
        draft.sheets.push(Sheet {
            class: "blank_or_unreadable".into(),
            who: Who::Applicant,
            months_back: 1,
            content: Content::Lines(vec![" ".into()]),
            ended: false,
        });
    }),
    defect("PL068", &["declaration_of_commitment"], commitment, |draft, _| {
        contradict(draft, "declaration_of_commitment", "invited_person", "Gundula Zwetschgenthal");
    }),
];

fn commitment(draft: &Draft) -> bool {
    draft.has("declaration_of_commitment")
}

fn insured(draft: &Draft) -> bool {
    draft.has("health_insurance_proof")
}

fn insured_until(draft: &mut Draft, end: Day) {
    if let Some(facts) = draft.facts_mut("health_insurance_proof") {
        facts.contradict("valid_until", &end.iso(), &format!("bis zum {}", end.german()));
    }
}
