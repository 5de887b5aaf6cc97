//! What recognisers take one letter for another in, where the letters around leave no doubt.

/// A word as it must have been printed; `next` is the word behind it.
pub(crate) fn word(word: &str, next: &str) -> String {
    letter_o(&paragraph_sign(word, next))
}

/// § is read as $; before a section number that is never meant.
fn paragraph_sign(word: &str, next: &str) -> String {
    let rest = word.trim_start_matches(['$', '§']);
    let signs = word.len() - rest.len();
    if signs == 0 || !word.contains('$') {
        return word.to_owned();
    }
    let number = if rest.is_empty() { next } else { rest };
    let digits = number.chars().take_while(char::is_ascii_digit).count();
    let after = number.get(digits..).unwrap_or_default();
    // "$ 12,50" is money.
    let money = after.starts_with([',', '.']) && after.len() > 2;
    if !(1..=4).contains(&digits) || money {
        return word.to_owned();
    }
    let count = word.chars().take_while(|each| matches!(each, '$' | '§')).count();
    format!("{}{rest}", "§".repeat(count))
}

/// A nought among letters, without another digit, is the letter O: `0ktober`, `SALD0`.
fn letter_o(word: &str) -> String {
    if !word.contains('0') {
        return word.to_owned();
    }
    let is_part = |letter: &char| letter.is_alphanumeric();
    let letters: Vec<char> = word.chars().collect();
    let parts = letters.chunk_by(|a, b| is_part(a) == is_part(b));
    parts.flat_map(|part| if is_word(part) { with_o(part) } else { part.to_vec() }).collect()
}

/// Whether noughts in it can be letters only.
fn is_word(part: &[char]) -> bool {
    let letters = part.iter().filter(|letter| letter.is_alphabetic()).count();
    let noughts = part.iter().filter(|letter| **letter == '0').count();
    let begins = matches!(part, ['0', second, ..] if second.is_lowercase());
    noughts > 0
        && letters + noughts == part.len()
        && letters >= if begins { 2 } else { 4 * noughts.min(2) }
}

fn with_o(part: &[char]) -> Vec<char> {
    let mut before: Option<char> = None;
    let mut mended = Vec::with_capacity(part.len());
    for (place, &letter) in part.iter().enumerate() {
        let next = part.get(place + 1);
        let small = before.is_some_and(|before| {
            before.is_lowercase() || next.is_some_and(|next| next.is_lowercase())
        });
        let read = match letter {
            '0' if small => 'o',
            '0' => 'O',
            other => other,
        };
        mended.push(read);
        before = Some(read);
    }
    mended
}

#[cfg(test)]
mod tests;
