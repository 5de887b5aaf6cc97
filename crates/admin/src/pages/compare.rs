//! Two versions of a decree side by side, by section, with the words that changed.

use std::time::Duration;

use askama::Template;
use axum::extract::{self, Query};
use axum::response::Response;
use decrees::{Change, ChangePage, DecreeId, DecreeVersion, VersionId, Which};
use serde::Deserialize;
use similar::{ChangeTag, TextDiff};

use super::marks::{Stretch, push};
use super::{Frame, blocking, html, went_wrong};
use crate::State;
use crate::language::Language;
use crate::session::Person;

/// Sections of one page.
const SECTIONS: usize = 20;
/// Text of one page, in bytes.
const BYTES_MAX: usize = 200_000;
/// Past it the rest of a section counts as changed.
const DIFF_TIME_MAX: Duration = Duration::from_millis(200);
/// A longer stretch that did not change is shortened in its middle.
const SAME_CHARACTERS_MAX: usize = 600;
/// Characters kept at each end of it.
const SAME_CHARACTERS_KEPT: usize = 200;
/// Characters of one side of a section shown.
const SIDE_CHARACTERS_MAX: usize = 40_000;

#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    id: String,
    from: String,
    to: String,
    #[serde(default)]
    page: String,
}

#[derive(Template)]
#[template(path = "compare.html")]
struct Page {
    frame: Frame,
    id: DecreeId,
    from: DecreeVersion,
    to: DecreeVersion,
    sections: Vec<Sides>,
    next: String,
}

/// A section in both versions.
struct Sides {
    section: String,
    before: Vec<Stretch>,
    after: Vec<Stretch>,
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Query(wanted): Query<Wanted>,
) -> Response {
    let corpus = state.corpus.clone();
    let id = DecreeId::new(wanted.id);
    let frame = Frame::new(&state, Some(person.clone()), language, "corpus");
    let comparing = blocking(move || {
        let [from, to] = [wanted.from, wanted.to].map(VersionId::new);
        let limits = (SECTIONS, BYTES_MAX);
        let ChangePage { changes, next_page_token } =
            corpus.compare(&id, [&from, &to], limits, &wanted.page)?;
        let version = |version| Ok(corpus.outline(&id, &Which::Version(version))?.0);
        let (from, to) = (version(from)?, version(to)?);
        let sections = changes.iter().map(sides).collect();
        Ok(Page { frame, id, from, to, sections, next: next_page_token })
    });
    match comparing.await {
        Ok(page) => html(&page),
        Err(error) => went_wrong(state, person, language, &error).await,
    }
}

/// Both sides of a section, what changed marked word by word.
fn sides(change: &Change) -> Sides {
    let diff = TextDiff::configure()
        .timeout(DIFF_TIME_MAX)
        .diff_words(change.before.as_str(), change.after.as_str());
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for part in diff.iter_all_changes() {
        let text = part.value();
        // Blanks and line breaks are no change.
        let marked = part.tag() != ChangeTag::Equal && !text.trim().is_empty();
        if part.tag() != ChangeTag::Insert {
            push(&mut before, text, marked);
        }
        if part.tag() != ChangeTag::Delete {
            push(&mut after, text, marked);
        }
    }
    let section = change.section.clone();
    Sides { section, before: shortened(&joined(before)), after: shortened(&joined(after)) }
}

/// A blank between two changed words changed with them.
fn joined(stretches: Vec<Stretch>) -> Vec<Stretch> {
    let mut joined: Vec<Stretch> = Vec::new();
    let mut rest = stretches.into_iter().peekable();
    while let Some(stretch) = rest.next() {
        let between = !stretch.marked
            && stretch.text.chars().all(|c| c == ' ')
            && joined.last().is_some_and(|last| last.marked)
            && rest.peek().is_some_and(|next| next.marked);
        push(&mut joined, &stretch.text, stretch.marked || between);
    }
    joined
}

/// Long unchanged stretches without their middle, and no side longer than a page bears.
fn shortened(stretches: &[Stretch]) -> Vec<Stretch> {
    let mut shortened = Vec::new();
    let mut left = SIDE_CHARACTERS_MAX;
    for stretch in stretches {
        let length = stretch.text.chars().count();
        let text = if !stretch.marked && length > SAME_CHARACTERS_MAX {
            let head: String = stretch.text.chars().take(SAME_CHARACTERS_KEPT).collect();
            let tail = stretch.text.chars().skip(length - SAME_CHARACTERS_KEPT);
            head + " […] " + &tail.collect::<String>()
        } else {
            stretch.text.clone()
        };
        let kept: String = text.chars().take(left).collect();
        let whole = kept.len() == text.len();
        left -= kept.chars().count();
        push(&mut shortened, &kept, stretch.marked);
        if !whole {
            push(&mut shortened, " […]", false);
            break;
        }
    }
    shortened
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> (String, String) {
        let change = Change { section: "§ 1".into(), before: before.into(), after: after.into() };
        let sides = sides(&change);
        let side = |stretches: Vec<Stretch>| {
            let shown = |stretch: Stretch| {
                if stretch.marked { format!("[{}]", stretch.text) } else { stretch.text }
            };
            stretches.into_iter().map(shown).collect::<String>()
        };
        (side(sides.before), side(sides.after))
    }

    #[test]
    fn changed_words_are_marked() {
        let (before, after) =
            shown("Die Gebühr beträgt dreißig Euro.", "Die Gebühr beträgt 120 Euro.");
        assert_eq!(before, "Die Gebühr beträgt [dreißig] Euro.");
        assert_eq!(after, "Die Gebühr beträgt [120] Euro.");
        let (before, after) = shown("ganz alt jetzt", "neu und schön jetzt");
        assert_eq!(
            (before.as_str(), after.as_str()),
            ("[ganz alt] jetzt", "[neu und schön] jetzt")
        );
        assert_eq!(shown("", "neu"), (String::new(), "[neu]".into()));
        assert_eq!(shown("a  b\nc", "a b c").1, "a b c");
    }

    #[test]
    fn what_did_not_change_is_shortened_and_a_page_stays_small() {
        let same = "Wort ".repeat(10_000);
        let (before, after) = shown(&format!("{same}alt"), &format!("{same}neu"));
        assert!(before.len() < 1_000 && before.ends_with("[alt]"), "{before}");
        assert!(after.contains(" […] ") && after.ends_with("[neu]"));
        let (_, long) = shown("", &"x".repeat(100_000));
        assert_eq!(long.chars().count(), SIDE_CHARACTERS_MAX + 2 + " […]".chars().count());
    }
}
