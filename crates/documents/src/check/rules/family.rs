//! Marriage and spouse.

use super::Finding;
use crate::check::case::Case;
use crate::check::checklist;
use crate::check::names::{self, Likeness};
use crate::check::papers::{reading, reading_day};

/// PL024: the box and the certificate; that none is there is said only where the checklist needs one.
pub(super) fn marital_status(case: &Case<'_>) -> Vec<Finding> {
    let Some(form) = case.form.get("applicant.marital_status") else { return Vec::new() };
    if matches!(form, "married" | "registered_partnership") {
        let missing = checklist::lacks(case, "marriage_certificate");
        let finding = || Finding::new("PL024-missing").form("applicant.marital_status", form);
        return missing.then(finding).into_iter().collect();
    }
    if form != "single" {
        return Vec::new();
    }
    let names_known = case.full_names();
    case.papers("marriage_certificate")
        .filter_map(|paper| Some((paper, reading(paper, "marriage_date")?)))
        // A certificate of the parents names somebody else.
        .filter(|(paper, _)| {
            ["spouse1_name", "spouse2_name"].iter().filter_map(|name| reading(paper, name)).any(
                |field| {
                    names::compare_any(names_known.iter().map(String::as_str), &field.value)
                        .is_some_and(|likeness| likeness != Likeness::Different)
                },
            )
        })
        .take(1)
        .map(|(paper, field)| {
            Finding::new("PL024").form("applicant.marital_status", form).paper(case, paper, field)
        })
        .collect()
}

/// PL025: religious and civil days may differ.
pub(super) fn marriage_date(case: &Case<'_>) -> Vec<Finding> {
    let married = case
        .form
        .get("applicant.marital_status")
        .is_none_or(|status| matches!(status, "married" | "registered_partnership"));
    let Some(form) = case.form.get("applicant.marital_status_since").filter(|_| married) else {
        return Vec::new();
    };
    let Some(stated) = case.form.day("applicant.marital_status_since") else { return Vec::new() };
    case.papers("marriage_certificate")
        .filter_map(|paper| Some((paper, reading_day(paper, "marriage_date")?)))
        .filter(|(_, (day, _))| *day != stated)
        .take(1)
        .map(|(paper, (_, field))| {
            Finding::new("PL025")
                .form("applicant.marital_status_since", form)
                .paper(case, paper, field)
        })
        .collect()
}

/// PL026: one of the two on the certificate must be the spouse of the form.
pub(super) fn spouse_name(case: &Case<'_>) -> Vec<Finding> {
    let Some(surname) = case.form.get("family.spouse.surname") else { return Vec::new() };
    let given = case.form.get("family.spouse.given_names").unwrap_or_default();
    let whole = format!("{given} {surname}").trim().to_owned();
    let former = case.form.get("family.spouse.former_surnames");
    let former = former.map(|former| format!("{given} {former}").trim().to_owned());
    let known = [Some(whole.as_str()), former.as_deref()];
    for paper in case.papers("marriage_certificate") {
        let (Some(one), Some(two)) =
            (reading(paper, "spouse1_name"), reading(paper, "spouse2_name"))
        else {
            continue;
        };
        let likeness = |field: &crate::Field| {
            names::compare_any(known.iter().flatten().copied(), &field.value)
        };
        let both = [likeness(one), likeness(two)];
        if both.iter().flatten().any(|l| !matches!(l, Likeness::Close | Likeness::Different)) {
            continue;
        }
        let finding = Finding::new("PL026")
            .form("family.spouse", &whole)
            .paper(case, paper, one)
            .paper(case, paper, two);
        // A spelling that comes close is said softly. Somebody married under a name given up since keeps the
        // given names.
        let close = both.contains(&Some(Likeness::Close));
        let same_given = !given.is_empty()
            && [one, two].iter().any(|f| names::compare(given, &f.value) != Likeness::Different);
        // One word of each is not the whole name, and may be a name given up.
        let partly = [one, two].iter().all(|field| names::tokens(&field.value).len() == 1);
        return vec![if close || same_given || partly { finding.softly() } else { finding }];
    }
    Vec::new()
}

/// PL030: the title of the person who is joined has ended.
pub(super) fn sponsor_title(case: &Case<'_>) -> Vec<Finding> {
    if case.kind.is_none_or(|kind| kind.id != "family_reunification") {
        return Vec::new();
    }
    case.papers("residence_permit_card")
        .filter(|paper| case.is_another_persons(paper))
        .filter_map(|paper| Some((paper, reading_day(paper, "valid_until")?)))
        .filter(|(_, (day, _))| *day < case.today)
        .take(1)
        .map(|(paper, (_, field))| {
            Finding::new("PL030").paper(case, paper, field).with("today", case.today.to_string())
        })
        .collect()
}
