//! The checklist of an application with the state of each item.
//!
//! A paper that is there is told first; only then does a condition say whether it is needed. "Fehlt"
//! is never said: a file that could not be read may be the paper, and the office may waive it.

use std::collections::BTreeMap;

use super::calendar::{self, Day};
use super::case::Case;
use super::condition::{Condition, Source, Truth};
use super::papers::{QUALITY_MIN, reading, reading_day};
use super::tables::{ApplicationType, FORM_FILLED, Holder, Level, ListItem, ListedItem, Validity};
use super::texts;
use crate::{DocumentFields, Knowledge};

/// From here a paper that was not told for certain may well be of a class.
const GUESS_MIN: f64 = 0.25;

/// What is known of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A paper for it is there.
    Present,
    /// It is needed and no paper for it was found.
    ProbablyMissing,
    /// Something is there that may be it but cannot be read.
    Unreadable,
    /// The paper for it no longer serves on the filing day.
    Expired,
    /// Its condition does not hold, or it is voluntary.
    NotNeeded,
    /// Its condition is not known.
    Undecided,
}

/// An item of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecklistItem {
    /// Stable id, e.g. `employment.passport`.
    pub id: String,
    /// Name in the language asked for.
    pub title: String,
    /// Any one of them satisfies the item.
    pub document_classes: Vec<String>,
    /// What is known of it.
    pub state: State,
    /// Norms.
    pub legal_basis: String,
    /// What satisfied it, or what may be it.
    pub filenames: Vec<String>,
    /// The same, as positions in the request's files.
    pub file_indexes: Vec<u32>,
    /// Why it has its state and what to do.
    pub explanation: String,
}

/// The checklist of the case's type; empty without a type.
pub(crate) fn evaluate(case: &Case<'_>) -> Vec<ChecklistItem> {
    let Some(kind) = case.kind else { return Vec::new() };
    case.rules()
        .items(&kind.id, case.variant())
        .into_iter()
        .filter(|(item, _)| !case.application.settings.off.contains(&item.id))
        .map(|(item, of_a_variant)| evaluate_item(case, &item, of_a_variant))
        .collect()
}

/// Whether the checklist needs a paper of this class and none was found, nor a file that may be it.
pub(crate) fn lacks(case: &Case<'_>, class: &str) -> bool {
    let missing = |item: &ChecklistItem| {
        item.state == State::ProbablyMissing
            && item.document_classes.first().is_some_and(|first| first == class)
    };
    evaluate(case).iter().any(missing)
}

fn evaluate_item(case: &Case<'_>, item: &ListItem, of_a_variant: bool) -> ChecklistItem {
    let needed = needed(case, item, of_a_variant);
    let found = candidates(case, item);
    let (state, files, reason) = judge(case, item, needed, &found);
    let mut files = files;
    files.sort_unstable();
    files.dedup();
    ChecklistItem {
        id: item.id.clone(),
        title: title(case.knowledge, case.language, item),
        document_classes: item.item.classes().map(str::to_owned).collect(),
        state,
        legal_basis: item.item.basis.clone(),
        filenames: files.iter().map(|(_, name)| name.clone()).collect(),
        file_indexes: files.iter().map(|(index, _)| *index).collect(),
        explanation: explain(case, item, &reason, of_a_variant),
    }
}

/// Why an item has its state: a text and its placeholders.
struct Reason {
    text: &'static str,
    values: BTreeMap<&'static str, String>,
}

impl Reason {
    fn plain(text: &'static str) -> Self {
        Self { text, values: BTreeMap::new() }
    }
}

type Files = Vec<(u32, String)>;

fn needed(case: &Case<'_>, item: &ListItem, of_a_variant: bool) -> Truth {
    let own = match item.item.level {
        Level::Required => Truth::True,
        Level::Optional => Truth::False,
        Level::Conditional => {
            item.when.as_ref().map_or(Truth::Unknown, |condition| condition.truth(case))
        }
    };
    match own {
        Truth::True if of_a_variant => Truth::Unknown,
        Truth::True | Truth::False | Truth::Unknown => own,
    }
}

/// Papers of the item's classes, of the person it asks for.
fn candidates<'a>(case: &Case<'a>, item: &ListItem) -> Vec<&'a DocumentFields> {
    item.item
        .classes()
        .flat_map(|class| case.papers(class).collect::<Vec<_>>())
        .filter(|paper| match item.item.person {
            Holder::Anybody => true,
            Holder::Applicant => !case.is_another_persons(paper),
            Holder::Other => is_for_another(case, paper),
        })
        .collect()
}

/// Somebody else's, or nothing on the paper ties it to the applicant.
fn is_for_another(case: &Case<'_>, paper: &DocumentFields) -> bool {
    use super::names::{Likeness, compare};
    let given = case
        .form
        .get("applicant.given_names")
        .zip(reading(paper, "given_names"))
        .map(|(form, read)| compare(form, &read.value));
    case.is_another_persons(paper) || given.is_none_or(|likeness| likeness == Likeness::Different)
}

fn judge(
    case: &Case<'_>,
    item: &ListItem,
    needed: Truth,
    found: &[&DocumentFields],
) -> (State, Files, Reason) {
    let legible: Vec<_> =
        found.iter().filter(|p| p.document.text_quality >= QUALITY_MIN).copied().collect();
    let serving: Vec<_> =
        legible.iter().filter(|paper| ended(case, item, paper).is_none()).copied().collect();
    if !serving.is_empty() {
        return (State::Present, files(&serving), Reason::plain("checklist-present"));
    }
    if let Some(paper) = legible.first() {
        // A paper that no longer serves matters only where one is needed.
        if needed == Truth::False {
            return (State::NotNeeded, files(&legible), Reason::plain("checklist-not-needed"));
        }
        let (text, day) = ended(case, item, paper).unwrap_or(("checklist-expired", case.today));
        let day = texts::shown(case.language, &day.to_string());
        let reason = Reason { text, values: BTreeMap::from([("day", day)]) };
        return (State::Expired, files(&legible), reason);
    }
    if item.satisfied_when.as_ref().is_some_and(|c| c.truth(case) == Truth::True) {
        return (State::Present, Vec::new(), Reason::plain("checklist-present-otherwise"));
    }
    match needed {
        Truth::False if item.item.level == Level::Optional => {
            (State::NotNeeded, Vec::new(), Reason::plain("checklist-optional"))
        }
        Truth::False => (State::NotNeeded, Vec::new(), Reason::plain("checklist-not-needed")),
        Truth::True | Truth::Unknown => {
            let unclear = unclear(case, item, found);
            if !unclear.is_empty() {
                (State::Unreadable, unclear, Reason::plain("checklist-unreadable"))
            } else if needed == Truth::True {
                (State::ProbablyMissing, unclear, Reason::plain("checklist-probably-missing"))
            } else {
                (State::Undecided, unclear, Reason::plain("checklist-undecided"))
            }
        }
    }
}

fn files(papers: &[&DocumentFields]) -> Files {
    papers.iter().map(|p| (p.document.file_index, p.document.filename.clone())).collect()
}

/// The text and the day that say why a paper no longer serves; none while it does, and none where
/// its day is not readable.
fn ended(case: &Case<'_>, item: &ListItem, paper: &DocumentFields) -> Option<(&'static str, Day)> {
    let class = paper.document.document_class.as_str();
    // An item's own rule is about its own class.
    let rule = match &item.item.validity {
        Some(rule) if class == item.item.class => rule,
        Some(_) | None => case.rules().validity(class)?,
    };
    let last_of = |name: &str| match reading_day(paper, name) {
        Some((last, _)) => Some(last),
        None => calendar::semester_end(&reading(paper, name)?.value),
    };
    if let Some(last) = rule.until.as_deref().and_then(last_of)
        && last < case.today
    {
        return Some(("checklist-expired", last));
    }
    let last = last_day(rule, paper)?;
    (last < case.today).then_some(("checklist-too-old", last))
}

/// The last day on which a paper is young enough.
fn last_day(rule: &Validity, paper: &DocumentFields) -> Option<Day> {
    let field = reading(paper, rule.from.as_deref()?)?;
    let start = calendar::day(&field.value)
        .or_else(|| calendar::month(&field.value).and_then(calendar::month_end))?;
    match (rule.months_max, rule.days_max) {
        (Some(months), _) => calendar::months_later(start, months),
        (None, Some(days)) => start.checked_add_days(chrono::Days::new(u64::from(days))),
        (None, None) => None,
    }
}

/// Files that may be the paper: of its class but illegible, not told for certain, or unread. A file
/// whose name speaks of another item is left to that item.
fn unclear(case: &Case<'_>, item: &ListItem, found: &[&DocumentFields]) -> Files {
    let mut all: Files = files(found);
    for paper in case.application.documents {
        let document = &paper.document;
        let guessed = document.abstained
            && document.prediction_set.iter().take(2).any(|score| {
                score.probability >= GUESS_MIN
                    && item.item.classes().any(|class| class == score.document_class)
            });
        let blank = document.document_class == crate::knowledge::BLANK
            || document.abstained && document.text_quality < QUALITY_MIN;
        if guessed || blank && may_be(case, item, &document.filename) {
            all.push((document.file_index, document.filename.clone()));
        }
    }
    for file in case.application.unread {
        if may_be(case, item, &file.filename) {
            all.push((file.file_index, file.filename.clone()));
        }
    }
    all
}

/// Whether a file that gave no text may be for an item, by its name: where the name speaks of a
/// class, only for that class; else for any.
fn may_be(case: &Case<'_>, item: &ListItem, filename: &str) -> bool {
    let told = |class: &crate::DocumentClass| {
        let name = plain(filename);
        let words = class.aliases.iter().chain([&class.id, &class.title.de, &class.title.en]);
        words.map(|word| plain(word)).any(|word| word.len() >= 5 && name.contains(&word))
    };
    let classes = case.knowledge.classes();
    let named: Vec<&str> =
        classes.iter().filter(|class| told(class)).map(|class| class.id.as_str()).collect();
    named.is_empty() || item.item.classes().any(|class| named.contains(&class))
}

fn plain(text: &str) -> String {
    super::names::tokens(text).iter().map(|token| super::names::plain(token)).collect()
}

fn title(knowledge: &Knowledge, language: &str, item: &ListItem) -> String {
    let of_class = || knowledge.class(&item.item.class).map(|class| &class.title);
    let title = item.item.title.as_ref().or_else(of_class);
    title.map_or_else(
        || item.item.class.clone(),
        |title| knowledge.rules.texts.title(language, title),
    )
}

fn explain(case: &Case<'_>, item: &ListItem, reason: &Reason, of_a_variant: bool) -> String {
    let texts = &case.rules().texts;
    let mut parts = vec![texts.fill(case.language, reason.text, &reason.values)];
    if reason.text == "checklist-undecided" {
        let mut open = open_questions(case, item.when.as_ref());
        if of_a_variant {
            open.push(texts.fill(case.language, "ask-variant", &BTreeMap::new()));
        }
        if !open.is_empty() {
            let values = BTreeMap::from([("questions", open.join("; "))]);
            parts.push(texts.fill(case.language, "checklist-open", &values));
        }
    }
    if let Some(note) = &item.item.note {
        parts.push(texts.title(case.language, note));
    }
    parts.join(" ")
}

/// What would decide the item, in words.
fn open_questions(case: &Case<'_>, condition: Option<&Condition>) -> Vec<String> {
    use super::condition::Scope as _;
    let Some(condition) = condition else { return Vec::new() };
    let texts = &case.rules().texts;
    let open = condition.sources().into_iter().filter(|source| case.value(source).is_none());
    open.filter_map(|source| match source {
        Source::Fact(name) if name == FORM_FILLED => None,
        Source::Fact(name) => Some(texts.title(case.language, &case.rules().fact(name)?.fact.ask)),
        Source::Variable(name) => {
            let id = format!("ask-{}", name.replace('_', "-"));
            texts.has(&id).then(|| texts.fill(case.language, &id, &BTreeMap::new()))
        }
        Source::Form(_) | Source::Figure(_) | Source::Class(_) => None,
    })
    .collect()
}

/// Every type with every item some case of it may need.
pub(crate) fn catalogue(knowledge: &Knowledge, tag: &str) -> Vec<ApplicationType> {
    let language = texts::language(tag);
    let rules = &knowledge.rules;
    let list = |item: &ListItem| {
        let level = match item.item.level {
            Level::Required => "level-required",
            Level::Conditional => "level-conditional",
            Level::Optional => "level-optional",
        };
        let mut explanation = rules.texts.fill(language, level, &BTreeMap::new());
        if let Some(note) = &item.item.note {
            explanation = format!("{explanation} {}", rules.texts.title(language, note));
        }
        ListedItem {
            id: item.id.clone(),
            title: title(knowledge, language, item),
            document_classes: item.item.classes().map(str::to_owned).collect(),
            legal_basis: item.item.basis.clone(),
            explanation,
        }
    };
    rules
        .kinds
        .iter()
        .map(|kind| ApplicationType {
            id: kind.id.clone(),
            title: rules.texts.title(language, &kind.title),
            legal_basis: kind.legal_basis.clone(),
            checklist: rules.items(&kind.id, None).iter().map(|(item, _)| list(item)).collect(),
        })
        .collect()
}
