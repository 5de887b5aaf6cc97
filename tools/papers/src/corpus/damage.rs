//! What scanners, photos and hurried people do to a text.

use crate::chance::Chance;

/// Cuts, loses, joins and misreads, often a little and sometimes a lot.
pub(crate) fn apply(lines: &[String], chance: &mut Chance) -> String {
    let mut lines = lines.to_vec();
    if lines.len() > 5 && chance.with(0.2) {
        let kept = lines.len() / 2 + chance.below(lines.len() / 2);
        if chance.with(0.7) {
            lines.truncate(kept)
        } else {
            drop(lines.drain(..lines.len() - kept))
        }
    }
    let lost = chance.pick(&[0.0, 0.0, 0.05, 0.15, 0.35]);
    let misread = chance.pick(&[0.0, 0.0, 0.0, 0.01, 0.03, 0.06]);
    let mut text = String::new();
    for line in lines {
        let upper = chance.with(0.04);
        for word in line.split(' ') {
            if chance.with(lost) {
                continue;
            }
            let word = if upper { word.to_uppercase() } else { word.to_owned() };
            for character in word.chars() {
                if chance.with(misread) {
                    text.push_str(&misread_as(character, chance));
                } else {
                    text.push(character);
                }
            }
            text.push(' ');
        }
        text.push(if chance.with(0.1) { ' ' } else { '\n' });
    }
    text
}

pub(crate) fn misread_as(character: char, chance: &mut Chance) -> String {
    let options: &[&str] = match character {
        'ä' => &["a", "ã", "a'"],
        'ö' => &["o", "6"],
        'ü' => &["u", "ii", "ü"],
        'ß' => &["B", "ss", "8"],
        '§' => &["$", "8", "S"],
        'l' | 'I' | 'i' => &["1", "l", "I", "|", "!"],
        'O' | 'o' => &["0", "o", "c"],
        '0' => &["O", "o"],
        '1' => &["l", "I"],
        'e' => &["c", "o"],
        'm' => &["rn", "n"],
        'n' => &["ri", "m"],
        'S' | 's' => &["5", "s"],
        'B' => &["8"],
        'u' => &["v", "n"],
        _ => &["", " ", ".", "~"],
    };
    chance.pick(options).to_owned()
}
