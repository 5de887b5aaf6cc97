use super::*;
use crate::pdf::tests::pdf;
use crate::read::tests::{limits, read_with};

/// Letters side by side, ten points wide, on a line.
fn glyphs(letters: &str) -> Vec<Glyph> {
    let place = |index: u32| Point::new(f64::from(index) * 10.0, 100.0);
    let glyph =
        |(letter, index)| Glyph { letter, start: place(index), end: place(index + 1), size: 12.0 };
    letters.chars().zip(0_u32..).map(glyph).collect()
}

fn settled(shown: &str, said: &str) -> (Settled, String) {
    let mut all = glyphs(shown);
    let settled = settle(&mut all, 0, said);
    (settled, all.iter().map(|glyph| glyph.letter).collect())
}

#[test]
fn glyphs_that_say_nothing_take_the_text() {
    let taken = |shown: &str, said: &str, lost: usize| {
        assert_eq!(settled(shown, said), (Settled::Replaced(lost), said.to_owned()), "{shown}");
    };
    taken("\u{fffd}\u{fffd}", "ồ", 2);
    taken("\u{e001}", "ffi", 1);
    // The table says the first mark with the letter, and nothing of the second glyph.
    taken("ồ\u{fffd}", "ồ", 1);
    taken("ồ", "ô", 0);
    taken("o\u{302}\u{300}", "ồ", 0);
    // Arabic runs to the left.
    assert_eq!(settled("\u{fffd}", "لا").1, "ال");
}

#[test]
fn a_text_never_replaces_what_is_shown() {
    for (shown, said) in [
        ("100 EUR", "1000 EUR"),
        ("Müller", "Meier"),
        ("1\u{fffd}0", "190"),
        ("abc", "cba"),
        ("\u{fffd}", "neunhundert"),
    ] {
        let (settled, kept) = settled(shown, said);
        assert!(matches!(settled, Settled::Disputed(area) if area.contains(Point::new(5.0, 95.0))));
        assert_eq!(kept, shown);
    }
    for (shown, said) in [("-", "\u{ad}"), ("Text", ""), ("Größe", "Größe"), ("بلد", "دلب")]
    {
        assert_eq!(settled(shown, said), (Settled::Kept, shown.to_owned()));
    }
}

#[test]
fn letters_stand_where_their_glyphs_stood() {
    // The mark's glyph is drawn over the next letter.
    let mut all = glyphs("a\u{fffd}b");
    all.truncate(2);
    assert_eq!(settle(&mut all, 0, "ä"), Settled::Replaced(1));
    let [glyph] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((glyph.start, glyph.end), (Point::new(0.0, 100.0), Point::new(10.0, 100.0)));
    // Two lines are no word.
    let mut all = glyphs("\u{fffd}\u{fffd}");
    all[1].start.y += 40.0;
    all[1].end.y += 40.0;
    assert_eq!(settle(&mut all, 0, "ab"), Settled::Kept);
}

#[test]
fn a_page_that_shows_another_amount_is_read_as_shown_and_doubted() {
    let read = |said: &str, shown: &str| {
        let content = format!(
            "BT /F1 12 Tf 72 700 Td (Lohn ) Tj /Span<</ActualText {said}>>BDC ({shown}) Tj EMC ET"
        );
        let paper = read_with(pdf(&[&content]), "", &limits()).unwrap();
        let sure: Vec<f32> = paper.pages[0].words.iter().map(|word| word.confidence).collect();
        (paper.text(), sure)
    };
    assert_eq!(read("(1000)", "100"), ("Lohn 100".to_owned(), vec![1.0, 0.5]));
    assert_eq!(read("<FEFF004D1EC5>", "Me"), ("Lohn Mễ".to_owned(), vec![1.0, 1.0]));
    // Left open, or closed once too often, or nested too deep: the page is read.
    let deep = "/P BMC ".repeat(50);
    let content = format!("EMC EMC {deep} BT /F1 12 Tf 72 700 Td (Lohn) Tj ET EMC");
    assert_eq!(read_with(pdf(&[&content]), "", &limits()).unwrap().text(), "Lohn");
}
