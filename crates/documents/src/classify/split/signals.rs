//! What speaks for and against a new paper between two pages.

use std::collections::BTreeSet;

use reading::TextSource;

use super::leaf::Leaf;

const COUNT: usize = 35;

/// One value per signal, most of them between 0 and 1, in the order of [`NAMES`].
pub type Signals = [f32; COUNT];

/// What the values of [`Signals`] mean.
pub const NAMES: [&str; COUNT] = [
    "bias",
    "number_first",
    "number_continues",
    "number_later",
    "number_ended",
    "number_open",
    "number_lost",
    "title_new",
    "title_again_alike",
    "title_again_unlike",
    "other_class",
    "same_class",
    "stranger",
    "form_alike",
    "top_alike",
    "foot_alike",
    "marks_shared",
    "marks_differ",
    "days_shared",
    "days_differ",
    "letterhead",
    "salutation",
    "closed_before",
    "opens_midway",
    "breaks_off",
    "clauses_continue",
    "clauses_restart",
    "other_language",
    "blank_between",
    "zone_follows",
    "zone_opens",
    "zone_again",
    "rows_alike",
    "other_size",
    "other_source",
];

/// A heading that says so much is as good as any.
const TITLE_FULL: f32 = 6.0;
/// Points by which sheets of one kind differ.
const SIZE_SLACK: f32 = 12.0;

/// What stands between a paper so far and the next page. None where the page is empty, or nothing but
/// empty pages goes before.
pub(super) fn read(paper: &[Leaf<'_, '_>], next: &Leaf<'_, '_>) -> Option<Signals> {
    let first = paper.iter().find(|leaf| !leaf.empty)?;
    let before = paper.iter().rfind(|leaf| !leaf.empty)?;
    if next.empty {
        return None;
    }
    let [number_first, continues, later, ended, open, lost] = numbers(paper, before, next);
    let same = same_class(before, next).max(same_class(first, next));
    let sure = 1.0 - as_f32(next.stranger);
    let title = next.title.map_or(0.0, |(_, said)| (said / TITLE_FULL).min(1.0));
    let class = next.title.map(|(class, _)| class);
    let heads = |leaf: &Leaf<'_, '_>| leaf.title.is_some_and(|(own, _)| Some(own) == class);
    let repeated = if heads(first) || heads(before) { title } else { 0.0 };
    let alike = share(&next.labels, &first.labels);
    let same_line = |line: fn(&Leaf<'_, '_>) -> String| {
        let own = line(next);
        own.len() >= 4 && paper.iter().any(|leaf| line(leaf) == own)
    };
    let (marks_shared, marks_differ) = shared(paper, next, |leaf| &leaf.marks);
    let (days_shared, days_differ) = shared(paper, next, |leaf| &leaf.days);
    let [clauses_continue, clauses_restart] = clauses(paper, next);
    let foreign =
        next.language != before.language && next.language != "und" && before.language != "und";
    let first_zone = next.zone && !paper.iter().any(|leaf| leaf.zone);
    let blank = paper.last().is_some_and(|leaf| leaf.empty);
    Some([
        1.0,
        number_first,
        continues,
        later,
        ended,
        open,
        lost,
        // The heading of a paper so far is a new paper's where its lines come again, else a running head.
        title - repeated,
        repeated * alike,
        repeated * (1.0 - alike),
        sure * (1.0 - same),
        same,
        1.0 - sure,
        alike,
        flag(same_line(|leaf| leaf.top.clone())),
        flag(same_line(|leaf| leaf.foot.clone())),
        marks_shared,
        marks_differ,
        days_shared,
        days_differ,
        flag(next.letterhead),
        flag(next.salutation),
        flag(before.closed),
        flag(next.midway),
        flag(before.breaks_off),
        clauses_continue,
        clauses_restart,
        flag(foreign),
        flag(blank),
        // The zone of a card stands on its back, that of any other paper on its first page.
        if first_zone { before.card } else { 0.0 },
        if first_zone { 1.0 - before.card } else { 0.0 },
        flag(next.zone && !first_zone),
        rows_alike(before, next),
        flag(other_size(before, next)),
        flag(is_scan(before) != is_scan(next)),
    ])
}

/// First, continues, later without the one before, ended before, open before, lost.
fn numbers(paper: &[Leaf<'_, '_>], before: &Leaf<'_, '_>, next: &Leaf<'_, '_>) -> [f32; 6] {
    let (was, is) = (before.number, next.number);
    // Of a first page that says nothing, the second follows by its place.
    let place = u32::try_from(paper.iter().filter(|leaf| !leaf.empty).count()).unwrap_or(0);
    let previous = was.map_or(place, |was| was.page);
    let totals_agree = match (was.and_then(|was| was.of), is.and_then(|is| is.of)) {
        (Some(was), Some(is)) => was == is,
        _ => true,
    };
    let continues = is.is_some_and(|is| is.page == previous + 1 && totals_agree);
    [
        flag(is.is_some_and(|is| is.page == 1)),
        flag(continues),
        flag(is.is_some_and(|is| is.page > 1) && !continues),
        flag(was.is_some_and(|was| was.of == Some(was.page))),
        flag(was.is_some_and(|was| was.of.is_some_and(|of| was.page < of)) && !continues),
        flag(was.is_some() && is.is_none()),
    ]
}

/// The probability that both are of one class.
fn same_class(one: &Leaf<'_, '_>, other: &Leaf<'_, '_>) -> f32 {
    let of = |leaf: &Leaf<'_, '_>, class: usize| {
        leaf.classes.iter().find(|(own, _)| *own == class).map_or(0.0, |(_, p)| *p)
    };
    let sum: f64 = one.classes.iter().map(|(class, p)| p * of(other, *class)).sum();
    as_f32(sum)
}

/// How much of the larger set is in the other.
fn share(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f32 {
    let most = one.len().max(other.len()).max(1);
    count(one.intersection(other).count()) / count(most)
}

/// How many of the next page's lines with figures are built like lines of the page before.
fn rows_alike(before: &Leaf<'_, '_>, next: &Leaf<'_, '_>) -> f32 {
    if next.rows.is_empty() {
        return 0.0;
    }
    let known = next.rows.iter().filter(|row| before.rows.contains(row)).count();
    count(known) / count(next.rows.len())
}

/// How much of what the next page has is on the paper already, and whether both have some and share none.
fn shared<'x>(
    paper: &'x [Leaf<'_, '_>],
    next: &'x Leaf<'_, '_>,
    of: for<'y> fn(&'y Leaf<'_, '_>) -> &'y BTreeSet<String>,
) -> (f32, f32) {
    let own = of(next);
    let known = own.iter().filter(|one| paper.iter().any(|leaf| of(leaf).contains(*one))).count();
    let both = !own.is_empty() && paper.iter().any(|leaf| !of(leaf).is_empty());
    let share = if own.is_empty() { 0.0 } else { count(known) / count(own.len()) };
    (share, flag(both && known == 0))
}

/// Clauses go on with the next number, or begin again with the first.
fn clauses(paper: &[Leaf<'_, '_>], next: &Leaf<'_, '_>) -> [f32; 2] {
    let last = paper.iter().rev().find_map(|leaf| leaf.clauses.last());
    let (Some(last), Some(first)) = (last, next.clauses.first()) else { return [0.0; 2] };
    [flag(*first == last + 1 || (*first == *last && *first > 1)), flag(*first == 1)]
}

fn is_scan(leaf: &Leaf<'_, '_>) -> bool {
    leaf.page.page.source == TextSource::Ocr
}

fn other_size(one: &Leaf<'_, '_>, other: &Leaf<'_, '_>) -> bool {
    let (one, other) = (one.page.page, other.page.page);
    one.width > 0.0
        && other.width > 0.0
        && ((one.width - other.width).abs() > SIZE_SLACK
            || (one.height - other.height).abs() > SIZE_SLACK)
}

fn flag(is: bool) -> f32 {
    if is { 1.0 } else { 0.0 }
}

#[expect(clippy::cast_possible_truncation, reason = "a probability")]
pub(super) fn as_f32(probability: f64) -> f32 {
    probability as f32
}

#[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^24")]
fn count(of: usize) -> f32 {
    of as f32
}
