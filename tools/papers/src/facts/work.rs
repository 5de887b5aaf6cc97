//! Papers about work.

use super::Facts;
use crate::chance::Chance;
use crate::checked;
use crate::day::Cents;
use crate::world::{Person, World};

pub(super) fn contract(facts: &mut Facts, world: &World, person: &Person, _: &mut Chance) {
    employer(facts, world);
    facts.same("employee", person.name());
    facts.day("start_date", world.work_start);
    facts.field("end_date", "unbefristet", "auf unbestimmte Zeit");
    facts.money("gross_salary", world.gross);
    facts.field("salary_period", "month", "monatlich");
    facts.field("weekly_hours", world.hours.to_string(), world.hours.to_string());
    facts.same("job_title", world.occupation.clone());
    facts.day("probation_end", world.work_start.first_of_month(6).plus(-1));
    facts.same("workplace", world.employer.address.line());
    facts.fields.insert("signed_both".into(), true.into());
    facts.day("sign_date", world.work_start.plus(-45));
    facts.show("birth", person.birth.german());
    facts.show("employee_address", world.home.line());
    facts.show("start_en", world.work_start.english());
}

pub(super) fn declaration(facts: &mut Facts, world: &World, person: &Person, _: &mut Chance) {
    employer(facts, world);
    facts.same("establishment_number", world.employer.number.clone());
    facts.same("employee", person.name());
    facts.day("birth_date", person.birth);
    facts.field("nationality", person.origin.iso3, person.origin.nationality);
    facts.field("first_or_extension", "extension", "Verlängerung");
    facts.day("start_date", world.work_start);
    facts.field("end_date", "unbefristet", "unbefristet");
    facts.field("temp_agency", false, "nein");
    facts.same("workplace", world.employer.address.line());
    let work = format!("{} mit allen üblichen Aufgaben des Berufs", world.occupation);
    facts.same("job_description", work);
    facts.same("qualification_required", "abgeschlossene Berufsausbildung");
    facts.field("weekly_hours", world.hours.to_string(), world.hours.to_string());
    facts.money("gross_salary", world.gross);
    facts.field("salary_period", "month", "Monat");
    facts.field("vacation_days", 30, "30");
    facts.fields.insert("signed_employer".into(), true.into());
    facts.day("sign_date", world.today.plus(-12));
    facts.show("contact", world.landlord.name());
}

pub(super) fn certificate(facts: &mut Facts, world: &World, person: &Person, _: &mut Chance) {
    employer(facts, world);
    facts.same("employee", person.name());
    facts.day("employed_since", world.work_start);
    for field in ["unlimited", "not_terminated", "probation_over"] {
        facts.fields.insert(field.into(), true.into());
    }
    facts.money("gross_month", world.gross);
    facts.day("issue_date", world.today.plus(-6));
    facts.show("job", world.occupation.clone());
    facts.show("birth", person.birth.german());
}

pub(super) fn payslip(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    employer(facts, world);
    let month = world.today.first_of_month(-world.payslip_months_back);
    let net = world.net();
    facts.same("employee", person.name());
    facts.field("month", month.year_month(), format!("{} {}", month.month_name(), month.parts().0));
    facts.money("gross_eur", world.gross);
    facts.money("net_eur", net);
    facts.money("payout_eur", net);
    facts.same("tax_class", chance.pick(&["1", "3", "4"]));
    facts.field("tax_days", 30, "30");
    facts.same("social_insurance_number", social_number(world, person));
    facts.day("birth_date", person.birth);
    facts.day("entry_date", world.work_start);
    facts.field("iban", world.iban.clone(), checked::grouped(&world.iban));
    facts.same("health_insurer", world.insurer.clone());
    let months = month.parts().1;
    facts.money("ytd_gross", Cents(world.gross.0 * months));
    // The parts of the deductions; the tax takes what the contributions leave.
    let parts = [("health", 86_i64), ("pension", 93), ("unemployment", 13), ("care", 23)];
    let mut rest = Cents(world.gross.0 - net.0);
    for (key, per_mille) in parts {
        let part = world.gross.share(per_mille);
        rest.0 -= part.0;
        facts.show(key, part.to_string());
    }
    facts.show("tax", rest.to_string());
    facts.show("ytd_net", Cents(net.0 * months).to_string());
    facts.show("staff_number", chance.digits(5));
    facts.show("tax_id", format!("00{}", chance.digits(9)));
    facts.show("bank", world.bank.clone());
    facts.show("printed", month.first_of_month(1).plus(-3).german());
}

pub(super) fn training(facts: &mut Facts, world: &World, person: &Person, chance: &mut Chance) {
    let start = world.today.first_of_month(1);
    let pay = Cents(chance.between(102, 119) * 1000);
    facts.same("company", world.employer.name.clone());
    facts.same("trainee", person.name());
    facts.same("occupation", world.occupation.clone());
    facts.day("start_date", start);
    facts.day("end_date", start.first_of_month(36).plus(-1));
    facts.money("pay_year1", pay);
    facts.money("pay_year2", Cents(pay.0 + 7000));
    facts.money("pay_year3", Cents(pay.0 + 15_000));
    facts.fields.insert("chamber_stamp".into(), true.into());
    facts.field("weekly_hours", world.hours.to_string(), world.hours.to_string());
    facts.fields.insert("signed".into(), true.into());
    facts.show("company_address", world.employer.address.line());
    facts.show("birth", person.birth.german());
    facts.show("trainee_address", world.home.line());
    facts.show("registered", world.today.plus(-30).german());
    facts.show("signed_on", world.today.plus(-48).german());
}

pub(super) fn pension(facts: &mut Facts, world: &World, person: &Person, _: &mut Chance) {
    facts.same("insured", person.name());
    facts.same("insurance_number", social_number(world, person));
    let record = world.today.plus(-20);
    facts.day("record_date", record);
    let mut rows = Vec::new();
    let mut months = 0;
    let mut from = world.work_start;
    while from < record {
        let year_end = crate::day::Day::new(from.parts().0, 12, 31);
        let to = year_end.min(record.first_of_month(0).plus(-1));
        if to <= from {
            break;
        }
        let count = to.parts().1 - from.parts().1 + 1;
        months += count;
        let pay = Cents(world.gross.0 * count);
        rows.push(serde_json::json!([
            from.german(),
            to.german(),
            pay.to_string(),
            count.to_string()
        ]));
        from = year_end.plus(1);
    }
    facts.field("months_mandatory", months, months.to_string());
    facts.field("periods", rows.clone(), rows);
    facts.show("birth", person.birth.german());
}

fn employer(facts: &mut Facts, world: &World) {
    facts.same("employer", world.employer.name.clone());
    facts.show("employer_street", world.employer.address.street.clone());
    facts.show("employer_town", {
        let address = &world.employer.address;
        format!("{} {}", address.postcode, address.town)
    });
}

/// The applicant's number is the household's; others get one that fits their birth.
fn social_number(world: &World, person: &Person) -> String {
    if person.id == "applicant" {
        return world.social_number.clone();
    }
    let mut chance = world.chance.fork("social").fork(person.id);
    let surname = person.surname_mrz.replace('<', "");
    checked::social_insurance_number(person.birth, &surname, &mut chance)
}
