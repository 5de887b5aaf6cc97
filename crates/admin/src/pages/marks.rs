//! Text with marked words, and the line that goes into a file note.

use decrees::Span;

/// A stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) text: String,
    pub(crate) marked: bool,
}

/// Characters before the first mark that are shown.
const LEAD_CHARACTERS: usize = 200;

/// At most `characters_max` characters of a text from shortly before its first mark on.
pub(crate) fn excerpt(text: &str, spans: &[Span], characters_max: usize) -> Vec<Stretch> {
    let first = spans.first().map_or(0, |span| place(span.start));
    let from = if first + LEAD_CHARACTERS / 2 > characters_max {
        first.saturating_sub(LEAD_CHARACTERS)
    } else {
        0
    };
    let to = from + characters_max;
    let mut stretches: Vec<Stretch> = Vec::new();
    if from > 0 {
        push(&mut stretches, "… ", false);
    }
    let mut spans = spans.iter().peekable();
    let mut more = false;
    for (at, character) in text.chars().enumerate().skip(from) {
        if at == to {
            more = true;
            break;
        }
        while spans.next_if(|span| place(span.end) <= at).is_some() {}
        let marked = spans.peek().is_some_and(|span| place(span.start) <= at);
        push(&mut stretches, character.encode_utf8(&mut [0; 4]), marked);
    }
    if more {
        push(&mut stretches, " …", false);
    }
    stretches
}

/// Appends a text to the last stretch where it is alike.
pub(crate) fn push(stretches: &mut Vec<Stretch>, text: &str, marked: bool) {
    match stretches.last_mut().filter(|last| last.marked == marked) {
        Some(last) => last.text.push_str(text),
        None => stretches.push(Stretch { text: text.to_owned(), marked }),
    }
}

/// A quote with its citation on one line.
pub(crate) fn note(quote: &str, citation: &str) -> String {
    let quote = quote.split_whitespace().collect::<Vec<_>>().join(" ");
    if quote.is_empty() { citation.to_owned() } else { format!("„{quote}“ – {citation}") }
}

fn place(character: u32) -> usize {
    usize::try_from(character).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, spans: &[(u32, u32)], characters_max: usize) -> String {
        let spans: Vec<Span> =
            spans.iter().map(|(start, end)| Span { start: *start, end: *end }).collect();
        let stretches = excerpt(text, &spans, characters_max);
        let shown = |stretch: Stretch| {
            if stretch.marked { format!("[{}]", stretch.text) } else { stretch.text }
        };
        stretches.into_iter().map(shown).collect()
    }

    #[test]
    fn marks_stand_where_they_belong() {
        assert_eq!(shown("Größe und Maß", &[(0, 5), (10, 13)], 100), "[Größe] und [Maß]");
        assert_eq!(shown("Größe und Maß", &[(0, 5), (10, 13)], 7), "[Größe] u …");
        assert_eq!(shown("ohne", &[], 100), "ohne");
        assert_eq!(shown("", &[], 100), "");
    }

    #[test]
    fn a_mark_far_behind_is_seen() {
        let text = format!("{}Ziel", "x".repeat(1000));
        let shown = shown(&text, &[(1000, 1004)], 300);
        assert_eq!(shown, format!("… {}[Ziel]", "x".repeat(200)));
    }

    #[test]
    fn a_note_is_one_line() {
        assert_eq!(note("Ein\n Satz.", "§ 1, Erlass"), "„Ein Satz.“ – § 1, Erlass");
        assert_eq!(note(" ", "§ 1, Erlass"), "§ 1, Erlass");
    }
}
