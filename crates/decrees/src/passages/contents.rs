//! Tables of contents: lines that lead to a page by dots. They are no passages.

use super::lines::Line;

/// Lines with leaders that make a table.
const ENTRIES_MIN: usize = 3;
/// Lines without leaders between two entries: an entry may take several lines.
const BETWEEN_MAX: usize = 3;
/// Dots in a row that are leaders.
const LEADERS_MIN: usize = 4;
const TITLES: [&str; 3] = ["inhalt", "inhaltsverzeichnis", "inhaltsübersicht"];

/// Which lines belong to a table of contents.
pub(super) fn find(lines: &[Line<'_>]) -> Vec<bool> {
    let mut marked = vec![false; lines.len()];
    let mut table: Vec<usize> = Vec::new();
    let mut between = 0;
    for (index, line) in lines.iter().enumerate() {
        if is_entry(line.text) {
            table.push(index);
            between = 0;
        } else if !line.is_blank() {
            between += 1;
            if between > BETWEEN_MAX {
                mark(&table, lines, &mut marked);
                table.clear();
            }
        }
    }
    mark(&table, lines, &mut marked);
    marked
}

/// Marks a table from its title, or from the first line of its first entry, to its last entry.
fn mark(table: &[usize], lines: &[Line<'_>], marked: &mut [bool]) {
    let (Some(first), Some(last)) = (table.first(), table.last()) else { return };
    if table.len() < ENTRIES_MIN {
        return;
    }
    let mut from = *first;
    let before = lines.get(..from).unwrap_or_default().iter().enumerate().rev();
    for (index, line) in before.filter(|(_, line)| !line.is_blank()).take(BETWEEN_MAX) {
        let text = line.text.trim().to_lowercase();
        if TITLES.contains(&text.trim_end_matches(':')) {
            from = index;
        }
    }
    if let Some(range) = marked.get_mut(from..=*last) {
        range.fill(true);
    }
}

/// "4.2 Verfahren ........ 17"
fn is_entry(line: &str) -> bool {
    let line = line.trim_end();
    let title = line.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end();
    let dots = title.chars().rev().take_while(|c| matches!(c, '.' | '…' | ' '));
    let (dots, wide) = dots.fold((0, 0), |(dots, wide), c| match c {
        '.' => (dots + 1, wide),
        '…' => (dots, wide + 1),
        _ => (dots, wide),
    });
    title.len() < line.len() && (dots >= LEADERS_MIN || wide >= 2)
}

#[cfg(test)]
mod tests {
    use super::{find, is_entry};
    use crate::passages::lines::lines;

    #[test]
    fn leaders_make_an_entry() {
        let check = |line: &str, expected| assert_eq!(is_entry(line), expected, "{line}");
        check("4.2 Verfahren ........ 17", true);
        check("Verfahren . . . . . . 17", true);
        check("Verfahren …… 3", true);
        check("Es gilt § 3 ...", false);
        check("Siehe oben .... unten", false);
        check("17", false);
        check("", false);
    }

    #[test]
    fn a_table_runs_from_its_title_to_its_last_entry() {
        let text = "Weisung\n\nInhalt:\n\n1 Eins ..... 2\n1.1 Eine lange\nZeile ..... 3\n2 Zwei ..... 4\n\nText.";
        let marked = find(&lines(text));
        let marks: String = marked.iter().map(|marked| if *marked { 'x' } else { '-' }).collect();
        assert_eq!(marks, "--xxxxxx--");
        assert!(!find(&lines("1 Eins ..... 2\n2 Zwei ..... 4")).contains(&true));
    }
}
