use super::*;
use crate::paddle::oblong::Oblong;
use hayro::kurbo::Vec2;

fn alphabet() -> Vec<String> {
    ["", "a", "b", "c", "$", "1", "8", "\u{ff1a}", " "].map(str::to_owned).to_vec()
}

/// A line of 200 by 30 pixels that says this.
fn line(text: &str, x: f64, y: f64, degrees: f64) -> ReadLine {
    let along = Vec2::from_angle(degrees.to_radians());
    let count = f64::from(u32::try_from(text.chars().count()).unwrap());
    let letters = text.chars().zip(0_u32..).map(|(letter, number)| Letter {
        label: alphabet().iter().position(|known| *known == letter.to_string()).unwrap(),
        place: (f64::from(number) + 0.5) / count,
        confidence: if letter == 'c' { 0.6 } else { 1.0 },
    });
    let oblong = Oblong { centre: Point::new(x, y), along, length: 200.0, height: 30.0 };
    ReadLine { oblong, letters: letters.collect() }
}

fn text(lines: &[ReadLine]) -> String {
    arrange(lines, &alphabet(), 0.5).text
}

#[test]
fn lines_become_words_with_places() {
    let found = arrange(&[line("ab ca", 300.0, 100.0, 0.0)], &alphabet(), 0.5);
    assert_eq!(found.text, "ab ca");
    let [ab, ca] = found.words.as_slice() else { panic!("{:?}", found.words) };
    assert_eq!((ab.start, ab.end, ca.start, ca.end), (0, 2, 3, 5));
    // 200 pixels are 100 points; the first two of five letters are 40 of them, from 100 on.
    assert!((ab.rect.left - 100.0).abs() < 1.0 && (ab.rect.width - 40.0).abs() < 2.0, "{ab:?}");
    assert!((ab.rect.top - 44.0).abs() < 1.0 && (ab.rect.height - 12.0).abs() < 1.0, "{ab:?}");
    assert!((ab.confidence - 1.0).abs() < 1e-6 && (ca.confidence - 0.6).abs() < 1e-6);
    assert!((found.quality - 0.92).abs() < 1e-6);
}

#[test]
fn doubtful_lines_and_wide_forms() {
    let mut doubtful = line("ab", 300.0, 100.0, 0.0);
    doubtful.letters.iter_mut().for_each(|letter| letter.confidence = 0.4);
    assert_eq!(text(&[doubtful, line("a\u{ff1a}", 300.0, 200.0, 0.0)]), "a:");
    assert_eq!(text(&[line("$ 18b", 300.0, 100.0, 0.0)]), "§ 18b");
    assert_eq!(text(&[]), "");
    assert_eq!(arrange(&[], &alphabet(), 1.0).quality, 0.0);
}

#[test]
fn rows_are_read_across_whichever_way_the_page_lies() {
    let turned = |degrees: f64| {
        let frame = Affine::rotate(degrees.to_radians());
        let places = [("a", 600.0, 100.0), ("c", 150.0, 210.0), ("b", 150.0, 96.0)];
        places.map(|(text, x, y)| {
            let centre = frame * Point::new(x, y);
            line(text, centre.x, centre.y, degrees)
        })
    };
    for degrees in [0.0, 5.0, -5.0, 90.0, 180.0, -90.0] {
        let words: Vec<String> =
            text(&turned(degrees)).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words, ["b", "a", "c"], "{degrees}");
    }
}

#[test]
fn what_stands_across_the_page_goes_last() {
    let lines = [
        line("c", 20.0, 200.0, -90.0),
        line("a", 300.0, 100.0, 0.0),
        line("b", 300.0, 300.0, 0.0),
        line("b", 300.0, 340.0, 0.0),
    ];
    assert_eq!(text(&lines).split_whitespace().collect::<Vec<_>>(), ["a", "b", "b", "c"]);
}

#[test]
fn short_lines_of_a_photograph_lean_as_those_at_their_height() {
    let piece = |left: f64, right: f64| Piece {
        text: "a".to_owned(),
        left,
        right,
        size: 10.0,
        rect: Rect::default(),
        confidence: 1.0,
    };
    let line = |middle: f64, slope: f64, right: f64| Line {
        middle,
        slope,
        height: 10.0,
        pieces: vec![piece(0.0, right)],
    };
    let mut lines = [line(100.0, 0.01, 300.0), line(300.0, 0.03, 300.0), line(200.0, 0.0, 20.0)];
    level(&mut lines);
    assert!((lines[2].slope - 0.02).abs() < 1e-9, "{}", lines[2].slope);
    assert!((lines[0].slope - 0.01).abs() < 1e-9);
    lines[1].slope = 0.4;
    level(&mut lines);
    assert_eq!(lines[1].slope, 0.4);
}
