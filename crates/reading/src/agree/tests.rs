use super::*;
use crate::TextSource;

fn reading(words: &[(&str, f32, f32)]) -> Recognised {
    let mut read = Recognised { text: String::new(), words: Vec::new(), quality: 0.0 };
    for &(text, left, confidence) in words {
        let start = u32::try_from(read.text.chars().count()).unwrap();
        let end = start + u32::try_from(text.chars().count()).unwrap();
        let rect = Rect { left, top: 10.0, width: 20.0, height: 10.0 };
        read.text.push_str(text);
        read.text.push(' ');
        read.words.push(Word { start, end, rect, confidence, source: TextSource::Ocr });
    }
    read
}

#[test]
fn words_that_both_have_are_surer_and_others_doubtful() {
    let mut first =
        reading(&[("Größe", 0.0, 0.9), ("65", 30.0, 0.9), ("qm–", 60.0, 0.8), ("fern", 90.0, 0.8)]);
    let second = reading(&[
        ("Größe", 2.0, 0.8),
        ("55", 31.0, 0.9),
        ("qm-", 60.0, 0.5),
        ("fern", 500.0, 0.9),
    ]);
    weigh(&mut first, &second);
    let sure: Vec<f32> = first.words.iter().map(|word| word.confidence).collect();
    for (found, expected) in sure.iter().zip([0.98, 0.45, 0.9, 0.4]) {
        assert!((found - expected).abs() < 1e-6, "{sure:?}");
    }
    let expected = (5.0 * 0.98 + 2.0 * 0.45 + 3.0 * 0.9 + 4.0 * 0.4) / 14.0;
    assert!((first.quality - expected).abs() < 1e-6);
}

#[test]
fn words_parted_otherwise_are_the_same() {
    let mut first = reading(&[("31.12.2025", 0.0, 0.9)]);
    weigh(&mut first, &reading(&[("31.12.", 0.0, 0.9), ("2025", 8.0, 0.8)]));
    assert!((first.words[0].confidence - 0.98).abs() < 1e-6);
    let mut nothing = reading(&[]);
    weigh(&mut nothing, &reading(&[("a", 0.0, 1.0)]));
    assert_eq!((nothing.words.len(), nothing.quality), (0, 0.0));
}
