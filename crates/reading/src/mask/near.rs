//! Whether a word is another with one letter misread.

/// Shorter words are too easily others.
pub(super) const LETTERS_MIN: usize = 7;

/// The letters with those made one that recognition takes for each other.
pub(super) fn plain(word: &str) -> Vec<char> {
    let word = word.replace("rn", "m").replace("ii", "u").replace("ri", "n");
    let swap = |letter| match letter {
        '0' | '6' => 'o',
        '1' | 'i' | '|' | '!' => 'l',
        '5' => 's',
        '8' => 'b',
        'c' => 'e',
        other => other,
    };
    word.chars().map(swap).collect()
}

/// Whether one letter changed, lost or added at most parts two words.
pub(super) fn near(one: &[char], other: &[char]) -> bool {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (one.get(same..).unwrap_or_default(), other.get(same..).unwrap_or_default());
    match (one, other) {
        ([], []) | ([_], [] | [_]) | ([], [_]) => true,
        ([_, one_rest @ ..], [_, other_rest @ ..]) => {
            one_rest == other_rest || one_rest == other || one == other_rest
        }
        _ => false,
    }
}

/// Whether a word begins with another so.
pub(super) fn begins_near(word: &[char], beginning: &[char]) -> bool {
    let length = beginning.len();
    (length.saturating_sub(1)..=length + 1)
        .filter_map(|length| word.get(..length))
        .any(|begun| near(begun, beginning))
}
