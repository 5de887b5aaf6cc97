//! Papers against each other and against the form: what belongs together says the same.

use super::Finding;
use crate::check::calendar::{age, months_later};
use crate::check::case::{Case, TRANSLATED};
use crate::check::checklist;
use crate::check::condition::truthful;
use crate::check::names::{self, Likeness};
use crate::check::papers::{QUALITY_MIN, reading, reading_day, reading_number};
use crate::{DocumentFields, Field};

/// Fields that two files must share, each with its value, to be called the same paper.
const SAME_FIELDS_MIN: usize = 3;
/// A declaration of commitment is usually taken for this long.
const COMMITMENT_MONTHS: u32 = 6;
/// Longer titles than this are rare.
const STAY_MONTHS_MAX: u32 = 36;
/// From this age on more is asked of a child who joins its parents (§ 32 Abs. 2 AufenthG).
const CHILD_AGE: u32 = 16;

/// PL027: the paper about the end of a marriage, and the day from which a divorce counts.
pub(super) fn divorce(case: &Case<'_>) -> Vec<Finding> {
    let (status, since) = ("applicant.marital_status", "applicant.marital_status_since");
    let Some(form) = case.form.get(status) else { return Vec::new() };
    let wanted = match form {
        "divorced" => "divorce_decree",
        "widowed" => "death_certificate",
        _ => return Vec::new(),
    };
    // A file that nobody can tell may be it, and so may a paper that was not told for certain.
    let unclear = case.application.documents.iter().any(|paper| paper.document.abstained);
    if case.papers(wanted).next().is_none() {
        let silent = unclear || !case.application.unread.is_empty();
        let finding = || Finding::new("PL027-missing").form(status, form);
        return (!silent).then(finding).into_iter().collect();
    }
    let stated = case.form.day(since).zip(case.form.get(since));
    let Some((stated, form)) = stated.filter(|_| case.form.get(status) == Some("divorced")) else {
        return Vec::new();
    };
    let decrees: Vec<_> = case
        .papers("divorce_decree")
        .filter_map(|paper| Some((paper, reading_day(paper, "final_since")?)))
        .collect();
    // Of two marriages both may have ended; one that fits is enough.
    if decrees.iter().any(|(_, (day, _))| *day == stated) {
        return Vec::new();
    }
    let first = decrees.first();
    first
        .map(|(paper, (_, field))| {
            Finding::new("PL027").form(since, form).paper(case, paper, field)
        })
        .into_iter()
        .collect()
}

/// PL028: a birth certificate of nobody in the form, or a child without one beside others that have theirs.
pub(super) fn children(case: &Case<'_>) -> Vec<Finding> {
    let given = case.form.rows("family.children", "given_names");
    if given.is_empty() {
        return Vec::new();
    }
    let mut known = case.full_names();
    known.extend(given.iter().map(|name| (*name).to_owned()));
    // Of a table the surname alone may have been read.
    let surnames = case.form.rows("family.children", "surname");
    known.extend(surnames.into_iter().map(str::to_owned));
    let agrees =
        |name: &str, field: &Field| names::compare(name, &field.value) != Likeness::Different;
    let certificates = case.papers("birth_certificate");
    let read: Vec<(&DocumentFields, Option<&Field>)> =
        certificates.map(|paper| (paper, reading(paper, "child_name"))).collect();
    let named = || read.iter().filter_map(|(paper, field)| Some((*paper, (*field)?)));
    let stranger = named().find(|(_, field)| !known.iter().any(|name| agrees(name, field)));
    if let Some((paper, field)) = stranger {
        let finding = Finding::new("PL028").form("family.children", &given.join(", "));
        return vec![finding.paper(case, paper, field)];
    }
    // Where no child has one, none may be wanted. A certificate whose name is not readable may be the one.
    let one_has = named().any(|(_, field)| given.iter().any(|name| agrees(name, field)));
    if !one_has || named().count() < read.len() || !case.application.unread.is_empty() {
        return Vec::new();
    }
    let children = given.iter().filter(|name| !named().any(|(_, field)| agrees(name, field)));
    children
        .take(1)
        .map(|name| {
            let finding = Finding::new("PL028-missing").form("family.children", name);
            named().fold(finding, |finding, (paper, field)| finding.paper(case, paper, field))
        })
        .collect()
}

/// PL029: near eligibility; what more is asked of a child from sixteen on is the office's to say.
pub(super) fn child_age(case: &Case<'_>) -> Vec<Finding> {
    let is_child = case.variant().is_some_and(|variant| variant.starts_with("child_of_"));
    let born = "applicant.birth_date";
    let Some((day, form)) = case.form.day(born).zip(case.form.get(born)).filter(|_| is_child)
    else {
        return Vec::new();
    };
    if age(day, case.today).is_none_or(|age| age < CHILD_AGE) {
        return Vec::new();
    }
    vec![Finding::new("PL029").form(born, form).with("today", case.today.to_string())]
}

/// PL061: one paper in two files.
pub(super) fn same_paper_twice(case: &Case<'_>) -> Vec<Finding> {
    let papers = case.application.documents;
    for (at, paper) in papers.iter().enumerate() {
        // That a month of pay lies there twice is said by the rule about the months.
        if paper.document.document_class == "payslip" {
            continue;
        }
        let twin = papers.iter().skip(at + 1).find(|other| {
            other.document.file_index != paper.document.file_index && say_the_same(paper, other)
        });
        if let Some((twin, field)) = twin.zip(paper.fields.first()) {
            let other = twin.fields.first().unwrap_or(field);
            let finding = Finding::new("PL061").paper(case, paper, field).paper(case, twin, other);
            return vec![
                finding
                    .show("file", paper.document.filename.clone())
                    .show("other-file", twin.document.filename.clone()),
            ];
        }
    }
    Vec::new()
}

fn say_the_same(left: &DocumentFields, right: &DocumentFields) -> bool {
    let values = |paper: &DocumentFields| -> Vec<(String, String)> {
        let sure = paper.fields.iter().filter(|field| field.confidence >= 0.5);
        sure.map(|field| (field.name.clone(), field.value.clone())).collect()
    };
    let (left_values, right_values) = (values(left), values(right));
    left.document.document_class == right.document.document_class
        && left_values.len() >= SAME_FIELDS_MIN
        && left_values == right_values
}

/// PL062: a page that hardly gives text, or a file that gave none.
pub(super) fn hard_to_read(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for paper in case.application.documents {
        let document = &paper.document;
        let is_blank = document.document_class == crate::knowledge::BLANK;
        if is_blank || document.text_quality < QUALITY_MIN {
            let quality = format!("{:.2}", document.text_quality);
            let finding = Finding::new("PL062").with("quality", quality);
            found.push(finding.show("file", document.filename.clone()));
        }
    }
    for file in case.application.unread {
        let finding = Finding::new("PL062").with("quality", "0.00");
        found.push(finding.show("file", file.filename.clone()));
    }
    found
}

/// PL064: no translation lies beside a certificate in another language. English is often accepted.
pub(super) fn translation(case: &Case<'_>) -> Vec<Finding> {
    if case.papers("certified_translation").next().is_some() || !case.application.unread.is_empty()
    {
        return Vec::new();
    }
    let foreign = |paper: &&DocumentFields| {
        let language = paper.document.language.as_str();
        TRANSLATED.contains(&paper.document.document_class.as_str())
            && !matches!(language, "de" | "en" | "und" | "")
    };
    let papers = case.application.documents.iter().filter(foreign);
    papers
        .filter_map(|paper| Some((paper, reading_any(paper)?)))
        .take(1)
        .map(|(paper, field)| {
            let finding = Finding::new("PL064").paper(case, paper, field);
            finding.with("language", paper.document.language.clone())
        })
        .collect()
}

/// The value read most surely.
fn reading_any(paper: &DocumentFields) -> Option<&Field> {
    let names = paper.fields.iter().map(|field| field.name.as_str());
    names
        .filter_map(|name| reading(paper, name))
        .max_by(|a, b| a.confidence.total_cmp(&b.confidence))
}

/// PL065: near eligibility; the office decides how long a title runs.
pub(super) fn long_stay(case: &Case<'_>) -> Vec<Finding> {
    let (from, to) = ("stay.intended_from", "stay.intended_to");
    let days = case.form.day(from).zip(case.form.day(to));
    let texts = case.form.get(from).zip(case.form.get(to));
    let Some(((first, last), (from_text, to_text))) = days.zip(texts) else { return Vec::new() };
    if months_later(first, STAY_MONTHS_MAX).is_none_or(|usual| last <= usual) {
        return Vec::new();
    }
    vec![Finding::new("PL065").form(from, from_text).form(to, to_text).show("other", to_text)]
}

/// PL066: the spouse's card and the day in the form.
pub(super) fn spouse_card(case: &Case<'_>) -> Vec<Finding> {
    let until = "family.spouse.status_valid_until";
    let Some((stated, form)) = case.form.day(until).zip(case.form.get(until)) else {
        return Vec::new();
    };
    let given = case.form.get("family.spouse.given_names");
    let of_spouse = |paper: &&DocumentFields| {
        given
            .zip(reading(paper, "given_names"))
            .is_some_and(|(form, read)| names::compare(form, &read.value) != Likeness::Different)
    };
    let cards: Vec<_> = case
        .papers("residence_permit_card")
        .filter(of_spouse)
        .filter_map(|paper| Some((paper, reading_day(paper, "valid_until")?)))
        .collect();
    if cards.iter().any(|(_, (day, _))| *day == stated) {
        return Vec::new();
    }
    let first = cards.first();
    first
        .map(|(paper, (_, field))| {
            Finding::new("PL066").form(until, form).paper(case, paper, field)
        })
        .into_iter()
        .collect()
}

/// PL067: the papers of one business name one person.
pub(super) fn business_owner(case: &Case<'_>) -> Vec<Finding> {
    const OWNERS: [(&str, &str); 3] = [
        ("business_assessment", "owner"),
        ("tax_assessment", "taxpayer"),
        ("trade_registration", "owner"),
    ];
    // In a family case papers of two persons lie together.
    if case.kind.is_some_and(|kind| kind.id == "family_reunification") {
        return Vec::new();
    }
    let named: Vec<(&DocumentFields, &Field)> = OWNERS
        .iter()
        .flat_map(|(class, name)| {
            let papers = case.papers(class);
            papers.filter_map(|paper| Some((paper, reading(paper, name)?))).collect::<Vec<_>>()
        })
        .collect();
    let Some((&(first, leading), others)) = named.split_first() else { return Vec::new() };
    others
        .iter()
        .find(|(_, field)| names::compare(&leading.value, &field.value) == Likeness::Different)
        .map(|(paper, field)| {
            Finding::new("PL067").paper(case, first, leading).paper(case, paper, field)
        })
        .into_iter()
        .collect()
}

/// PL068: the declaration is for the applicant, and recent.
pub(super) fn commitment(case: &Case<'_>) -> Vec<Finding> {
    // Where the declaration itself is applied for, the guest is somebody else.
    if case.kind.is_some_and(|kind| kind.id == "declaration_of_commitment") {
        return Vec::new();
    }
    let known = case.full_names();
    for paper in case.papers("declaration_of_commitment") {
        if let Some(field) = reading(paper, "invited_person")
            && case.form.get("applicant.given_names").is_some()
            && names::compare_any(known.iter().map(String::as_str), &field.value)
                == Some(Likeness::Different)
        {
            let form = known.first().cloned().unwrap_or_default();
            return vec![
                Finding::new("PL068").form("applicant.surname", &form).paper(case, paper, field),
            ];
        }
        if let Some((issued, field)) = reading_day(paper, "issue_date")
            && months_later(issued, COMMITMENT_MONTHS).is_some_and(|last| last < case.today)
        {
            let finding = Finding::new("PL068-old").paper(case, paper, field);
            return vec![finding.with("today", case.today.to_string())];
        }
    }
    Vec::new()
}

/// PL049: the box about benefits and a notice.
pub(super) fn benefits_box(case: &Case<'_>) -> Vec<Finding> {
    let id = "livelihood.receives_benefits";
    let Some(form) = case.form.get(id) else { return Vec::new() };
    match truthful(form) {
        Some(false) => {}
        Some(true) => {
            let missing = checklist::lacks(case, "social_benefit_notice");
            let finding = || Finding::new("PL049-missing").form(id, form);
            return missing.then(finding).into_iter().collect();
        }
        None => return Vec::new(),
    }
    current_benefit(case)
        .map(|(paper, _, field)| Finding::new("PL049").form(id, form).paper(case, paper, field))
        .into_iter()
        .collect()
}

/// PL050: a part of 5 % may be rounding; a notice may be for the whole household.
pub(super) fn benefit_amount(case: &Case<'_>) -> Vec<Finding> {
    let id = "livelihood.benefit_amount_eur";
    let form = case.form.get(id).and_then(|form| Some((form, crate::check::papers::number(form)?)));
    let Some((form, stated)) = form else { return Vec::new() };
    current_benefit(case)
        .filter(|(_, amount, _)| *amount > 0.0 && ((amount - stated) / amount).abs() > 0.05)
        .map(|(paper, _, field)| Finding::new("PL050").form(id, form).paper(case, paper, field))
        .into_iter()
        .collect()
}

/// A notice with its amount that has not ended.
fn current_benefit<'a>(case: &Case<'a>) -> Option<(&'a DocumentFields, f64, &'a Field)> {
    case.papers("social_benefit_notice")
        .filter(|paper| reading_day(paper, "to").is_none_or(|(last, _)| last >= case.today))
        .find_map(|paper| {
            let (amount, field) = reading_number(paper, "monthly_eur")?;
            Some((paper, amount, field))
        })
}

/// PL051: every notice has ended.
pub(super) fn benefit_ended(case: &Case<'_>) -> Vec<Finding> {
    let notices: Vec<_> = case.papers("social_benefit_notice").collect();
    let ends: Vec<_> =
        notices.iter().filter_map(|paper| Some((*paper, reading_day(paper, "to")?))).collect();
    if ends.len() < notices.len() || ends.iter().any(|(_, (last, _))| *last >= case.today) {
        return Vec::new();
    }
    let newest = ends.into_iter().max_by_key(|(_, (last, _))| *last);
    newest
        .map(|(paper, (_, field))| {
            Finding::new("PL051").paper(case, paper, field).with("today", case.today.to_string())
        })
        .into_iter()
        .collect()
}
