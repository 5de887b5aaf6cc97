//! Running heads and feet of a paper: what stands at the edge of most pages is no text of the decree.

use reading::Page;
use std::collections::HashMap;

/// Lines from the top and from the bottom of a page that may run.
const EDGE_LINES: usize = 5;
/// A paper with fewer pages has none to tell by.
const PAGES_MIN: usize = 4;
/// A line runs when it stands at the edge of so many pages in a hundred.
const PAGES_PERCENT: usize = 40;

/// The text of each page without the lines that run. The first page keeps all of its lines: title and
/// days stand there.
pub(crate) fn without_running_lines(pages: &[Page]) -> Vec<String> {
    let texts = || pages.iter().map(|page| page.text.clone()).collect();
    if pages.len() < PAGES_MIN {
        return texts();
    }
    let mut found: HashMap<String, usize> = HashMap::new();
    for page in pages {
        let mut here: Vec<String> =
            edges(&page.text).into_iter().map(|(_, line)| shape(line)).collect();
        here.sort_unstable();
        here.dedup();
        here.into_iter().for_each(|line| *found.entry(line).or_default() += 1);
    }
    let enough = (pages.len() * PAGES_PERCENT / 100).max(PAGES_MIN - 1);
    found.retain(|_, count| *count >= enough);
    if found.is_empty() {
        return texts();
    }
    let kept = |(number, page): (usize, &Page)| {
        if number == 0 {
            return page.text.clone();
        }
        let running: Vec<usize> = edges(&page.text)
            .into_iter()
            .filter(|(_, line)| found.contains_key(&shape(line)))
            .map(|(place, _)| place)
            .collect();
        let lines = page.text.split_inclusive('\n').enumerate();
        let kept = lines.filter(|(place, _)| !running.contains(place)).map(|(_, line)| line);
        let kept: String = kept.collect();
        // What stood between the running lines and the text would look like the space above a
        // heading.
        if running.is_empty() { kept } else { kept.trim().to_owned() }
    };
    pages.iter().enumerate().map(kept).collect()
}

/// The lines at the top and at the bottom of a page that hold anything, with their numbers.
fn edges(text: &str) -> Vec<(usize, &str)> {
    let lines: Vec<(usize, &str)> = text
        .split_inclusive('\n')
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .collect();
    let last = lines.len().saturating_sub(EDGE_LINES).max(EDGE_LINES.min(lines.len()));
    let top = lines.iter().take(EDGE_LINES);
    top.chain(lines.get(last..).unwrap_or_default()).copied().collect()
}

/// A line with its numbers made alike, so that page numbers do not tell pages apart.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    for word in line.split_whitespace() {
        if !shape.is_empty() {
            shape.push(' ');
        }
        for c in word.chars() {
            let digit = c.is_ascii_digit();
            if !digit || !shape.ends_with('0') {
                shape.push(if digit { '0' } else { c });
            }
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::without_running_lines;
    use reading::Page;

    fn page(number: u32, text: &str) -> Page {
        Page::of_text(number, text.to_owned())
    }

    #[test]
    fn what_stands_at_the_edge_of_most_pages_is_left_out_after_the_first() {
        let text = |number: u32, body: &str| {
            format!("Weisung § 7\nStand: 19.02.2024\n\n{body}\n\nSeite {number} von 12\n")
        };
        let bodies = ["Eins.", "Zwei.\n7 Tage.\na\nb\nc\nd\ne\nf", "Drei.", "Vier."];
        let pages: Vec<Page> =
            (9..).zip(bodies).map(|(number, body)| page(number, &text(number, body))).collect();
        let texts = without_running_lines(&pages);
        assert_eq!(texts[0], pages[0].text);
        assert_eq!(texts[1], bodies[1]);
        assert_eq!(texts[2], "Drei.");
        // Too few pages to tell.
        assert_eq!(without_running_lines(&pages[..3])[2], pages[2].text);
    }

    #[test]
    fn pages_without_running_lines_stay_as_they_are() {
        let pages: Vec<Page> = ["a", "b\nc", "", "d"].map(|text| page(1, text)).into();
        let texts = without_running_lines(&pages);
        assert_eq!(texts, ["a", "b\nc", "", "d"]);
    }
}
