use super::{Glyph, order};
use hayro::kurbo::Point;

/// Lays lines of fixed-width letters out at a place; a character of the line is a letter.
fn lay(lines: &[&str], left: f64, top: f64) -> Vec<Glyph> {
    let mut glyphs = Vec::new();
    for (line, row) in lines.iter().zip(0_u8..) {
        for (letter, column) in line.chars().zip(0_u8..) {
            let start = Point::new(left + 5.0 * f64::from(column), top + 12.0 * f64::from(row));
            glyphs.push(Glyph { letter, start, end: start + (5.0, 0.0), size: 10.0 });
        }
    }
    glyphs
}

fn check(parts: &[(&[&str], f64, f64)], expected: &[&str]) {
    let glyphs = parts.iter().flat_map(|(lines, left, top)| lay(lines, *left, *top)).collect();
    let (text, words) = order(glyphs);
    assert_eq!(text, expected.join("\n"));
    let characters: Vec<char> = text.chars().collect();
    for word in words {
        let span = &characters[word.start as usize..word.end as usize];
        assert!(!span.is_empty() && span.iter().all(|each| !each.is_whitespace()), "{word:?}");
    }
}

const LEFT: [&str; 5] = [
    "Wer eine Beschäftigung sucht, der",
    "meldet sich bei der Behörde seines",
    "Wohnortes und legt die Unterlagen",
    "vor, die dort verlangt werden; sie",
    "sind im Original mitzubringen.",
];
const RIGHT: [&str; 5] = [
    "Die Behörde prüft die Unterlagen",
    "und teilt das Ergebnis schriftlich",
    "mit. Gegen die Entscheidung kann",
    "Widerspruch erhoben werden, und",
    "zwar binnen eines Monats.",
];

#[test]
fn columns_are_read_one_after_the_other() {
    let head = ["Merkblatt über das Verfahren bei der Behörde und ihre Fristen"];
    check(
        &[(&RIGHT, 300.0, 140.0), (&LEFT, 72.0, 140.0), (&head, 72.0, 100.0)],
        &[&head[..], &[""], &LEFT, &[""], &RIGHT].concat(),
    );
}

#[test]
fn tables_are_read_row_by_row() {
    let labels = [
        "Bruttolohn und alle Zulagen des Monats",
        "Lohnsteuer",
        "Krankenversicherung",
        "Auszahlung",
    ];
    let amounts = ["4.100,00", "612,33", "299,10", "2.701,12"];
    check(
        &[(&labels, 72.0, 100.0), (&amounts, 400.0, 100.0)],
        &[
            "Bruttolohn und alle Zulagen des Monats  4.100,00",
            "Lohnsteuer  612,33",
            "Krankenversicherung  299,10",
            "Auszahlung  2.701,12",
        ],
    );
}

#[test]
fn notes_in_the_margin_come_before_their_paragraph() {
    let first = [
        "(1) Zum Einkommen zählen alle Einnahmen, die während des Monats zufließen,",
        "gleich aus welcher Quelle sie stammen und ob sie zu besteuern sind.",
    ];
    let second = [
        "(2) Nicht zum Einkommen zählen Leistungen, die einem anderen Zweck dienen,",
        "und Zuwendungen, die ohne rechtliche Pflicht erbracht werden, wenn sie die",
        "Lage nicht so günstig beeinflussen, dass daneben nichts gerechtfertigt ist.",
    ];
    let note = ["Zweckbestimmte", "(Rz. 11.4)"];
    check(
        &[(&first, 72.0, 100.0), (&second, 72.0, 140.0), (&note, 470.0, 140.0)],
        &[&first[..], &[""], &note, &[""], &second].concat(),
    );
}

#[test]
fn ligatures_marks_and_late_letters() {
    let mut glyphs = lay(&["Nguy n Pﬂege"], 72.0, 100.0);
    let at = Point::new(92.0, 100.0);
    glyphs.push(Glyph { letter: 'e', start: at, end: at + (5.0, 0.0), size: 10.0 });
    for mark in ['\u{302}', '\u{303}'] {
        let at = at + (4.9, 0.0);
        glyphs.push(Glyph { letter: mark, start: at, end: at, size: 10.0 });
    }
    glyphs.retain(|glyph| glyph.letter != ' ' || glyph.start.x > 100.0);
    assert_eq!(order(glyphs).0, "Nguyễn Pflege");
}

#[test]
fn nothing_is_nothing_and_much_is_bounded() {
    assert_eq!(order(Vec::new()).0, "");
    let rows = vec!["a   b   c"; 255];
    let many: Vec<Glyph> =
        (0..20_u8).flat_map(|part| lay(&rows, 10.0, f64::from(part) * 3060.0)).collect();
    assert_eq!(order(many).0.lines().filter(|line| !line.is_empty()).count(), 255 * 20);
}

#[test]
fn scripts_that_run_from_right_to_left_are_read_so() {
    // As the letters stand on the page, from left to right.
    for (seen, read) in [
        (
            "Name: \u{64a}\u{632}\u{648}\u{631} \u{644}\u{64a}\u{644}",
            "Name: \u{644}\u{64a}\u{644} \u{631}\u{648}\u{632}\u{64a}",
        ),
        ("\u{5d0}\u{5d1} 12 \u{5d2}\u{5d3} Weg", "\u{5d3}\u{5d2} 12 \u{5d1}\u{5d0} Weg"),
        ("\u{5d0}12\u{5d1}", "\u{5d1}12\u{5d0}"),
        ("(\u{5d0}\u{5d1})", "(\u{5d1}\u{5d0})"),
        ("Nr. 12 (Weg)", "Nr. 12 (Weg)"),
        // Final and initial shapes of two letters.
        ("\u{feee}\u{fedf}", "\u{644}\u{648}"),
        // Columns stay in their places.
        ("\u{5d0}\u{5d1}       \u{5d2}\u{5d3}", "\u{5d1}\u{5d0}  \u{5d3}\u{5d2}"),
    ] {
        let (text, words) = order(lay(&[seen], 50.0, 80.0));
        assert_eq!(text, read, "{seen}");
        assert!(words.windows(2).all(|pair| pair[0].end < pair[1].start));
    }
}
