//! Page numbers as papers print them: "Seite 1 von 3", "Blatt 2", "- 2 -", "1/3", "Page 2 of 3".

use std::sync::LazyLock;

use regex::Regex;

use crate::text::PageText;

/// Lines at the top and at the bottom of a page where its number stands.
const EDGE_LINES: usize = 4;
/// Higher numbers are not page numbers.
const PAGES_MAX: u32 = 400;

/// The number of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbering {
    pub(super) page: u32,
    /// How many there are, where it says so.
    pub(super) of: Option<u32>,
}

/// A word for page, a number, and how many there are. Recognition takes 1 for l, I or a bar.
static WORDED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:seite|blatt|page|página|pagina|sayfa|сторінка|страница|bl\.|s\.)\s*(?:nr\.?\s*)?[-–:]?\s*([0-9]{1,3}|[lI|])(?:\s*(?:von|of|de|sur|/|aus|из|з)\s*([0-9]{1,3}))?(?:\s|[^0-9.,\p{L}]|$)",
    )
    .ok()
});
/// Nothing but a number, in dashes or with the number of pages.
static BARE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^\s*(?:[-–—~]\s*([0-9]{1,3})\s*[-–—~]|([0-9]{1,3})\s*(?:/|von|of)\s*([0-9]{1,3})|([0-9]{1,2}))\s*$").ok()
});
/// A fraction at the end of a line at the page's edge.
static FRACTION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|\s)([0-9]{1,2})\s*/\s*([0-9]{1,2})\s*$").ok());

/// The number that stands on the page.
pub(super) fn find(page: &PageText<'_>) -> Option<Numbering> {
    let count = page.lines.len();
    let text = |at: usize| page.lines.get(at).map(|line| page.slice(line.start, line.stop));
    let is_edge = |at: &usize| *at < EDGE_LINES || *at + EDGE_LINES >= count;
    let worded = (0..count).filter_map(|at| {
        let found = worded(&text(at)?)?;
        (is_edge(&at) || found.of.is_some()).then_some(found)
    });
    let bare = (0..count).rev().filter(is_edge).filter_map(|at| bare(&text(at)?));
    worded.chain(bare).find(|found| is_sound(*found))
}

fn is_sound(found: Numbering) -> bool {
    (1..=PAGES_MAX).contains(&found.page)
        && found.of.is_none_or(|of| found.page <= of && of <= PAGES_MAX)
}

fn worded(line: &str) -> Option<Numbering> {
    let found = WORDED.as_ref()?.captures(line)?;
    let number = found.get(1)?.as_str();
    let page = if number.chars().all(|c| c.is_ascii_digit()) { number.parse().ok()? } else { 1 };
    Some(Numbering { page, of: found.get(2).and_then(|of| of.as_str().parse().ok()) })
}

fn bare(line: &str) -> Option<Numbering> {
    let number = |found: Option<regex::Match<'_>>| found.and_then(|n| n.as_str().parse().ok());
    if let Some(found) = BARE.as_ref()?.captures(line) {
        let page = [1, 2, 4].into_iter().find_map(|at| number(found.get(at)))?;
        return Some(Numbering { page, of: number(found.get(3)) });
    }
    let found = FRACTION.as_ref()?.captures(line)?;
    let (page, of) = (number(found.get(1))?, number(found.get(2))?);
    // 3/26 is a month or the number of a statement.
    (of <= 20).then_some(Numbering { page, of: Some(of) })
}

#[cfg(test)]
mod tests {
    use reading::Page;

    use super::*;

    #[test]
    fn page_numbers_are_read_as_papers_print_them() {
        let check = |wanted: Option<(u32, Option<u32>)>, text: &str| {
            let page = Page::of_text(1, text.to_owned());
            let found = find(&PageText::new(&page));
            assert_eq!(found.map(|found| (found.page, found.of)), wanted, "{text}");
        };
        check(Some((1, Some(3))), "Mietvertrag\nText\nSeite 1 von 3");
        check(Some((1, Some(3))), "Mietvertrag\nText\nSeite l von 3");
        check(Some((2, None)), "Kontoauszug 3/2026 Blatt 2\nText");
        check(Some((2, None)), "Text\n- 2 -");
        check(Some((1, Some(3))), "Text\n1/3");
        check(Some((2, Some(3))), "Text\nPage 2 of 3\n");
        check(Some((2, Some(4))), "Muster GmbH · Musterstadt 2/4\nText");
        check(None, "Kontoauszug 3/26\nText");
        check(None, "a\nb\nc\nd\nSiehe Seite 3 des Antrags.\ne\nf\ng\nh");
        check(None, "Seite 5 von 3");
        check(None, "Am 3. Mai");
    }
}
