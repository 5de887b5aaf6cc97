//! What the page prints in clear beside its zone: the second reading of names, number and days.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Cells that may differ from the print.
const FAULTS_MAX: usize = 2;
/// Words of a page that are looked at.
const WORDS_MAX: usize = 4000;
/// Letters of a name that is looked for.
const WORD_MIN: usize = 3;
/// What recognition leaves of a letter, and the letters that it may have been: strokes get lost, marks in print are
/// taken for other letters, so that only the reading with more to it corrects the other.
const LEFT_OF: [(char, &str); 12] = [
    ('C', "G"),
    ('O', "QDG"),
    ('I', "J"),
    ('|', "IJLT"),
    ('1', "IJLT"),
    ('3', "JB"),
    ('4', "A"),
    ('6', "GC"),
    ('7', "TZ"),
    ('9', "G"),
    ('R', "K"),
    ('U', "J"),
];

/// Words and days of a page, those of its zone left out.
pub(super) struct Print {
    /// As zones spell them.
    words: Vec<String>,
    /// As zones write them.
    days: Vec<String>,
}

impl Print {
    pub(super) fn new(text: &str) -> Self {
        let (mut words, mut days) = (Vec::new(), Vec::new());
        let lines = text.lines().filter(|line| !line.contains("<<"));
        for token in lines.flat_map(str::split_whitespace).take(WORDS_MAX) {
            days.extend(day(token));
            for word in token.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c)) {
                words.push(spelt(word, false));
                words.push(spelt(word, true));
            }
        }
        words.retain(|word| word.len() >= WORD_MIN);
        Self { words, days }
    }

    /// A name as the page prints it, where the one read differs from it by letters that look alike only.
    pub(super) fn word(&self, read: &str) -> String {
        if read.len() < WORD_MIN || self.words.iter().any(|word| word == read) {
            return read.to_owned();
        }
        let near = |word: &&String| {
            faults(word, read)
                .is_some_and(|faults| faults <= FAULTS_MAX && faults < read.len() / 2 + 1)
                && word.chars().zip(read.chars()).all(|(printed, read)| left(read, printed))
        };
        let mut found: Vec<&String> = self.words.iter().filter(near).collect();
        found.sort();
        found.dedup();
        if let [one] = found.as_slice() { (*one).clone() } else { read.to_owned() }
    }

    /// What may be codes of states.
    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str).filter(|word| word.len() == 3)
    }

    /// A number as the page prints it, where the one read contradicts its digit and the print does not.
    pub(super) fn number(&self, read: &str, digit: &str) -> String {
        nearest(&self.words, read, digit)
    }

    /// A day likewise.
    pub(super) fn day(&self, read: &str, digit: &str) -> String {
        nearest(&self.days, read, digit)
    }
}

fn nearest(printed: &[String], read: &str, digit: &str) -> String {
    let Some(digit) = digit.chars().next().filter(|digit| !mrz::verify(read, *digit)) else {
        return read.to_owned();
    };
    let near = |word: &&String| {
        faults(word, read).is_some_and(|faults| faults <= FAULTS_MAX) && mrz::verify(word, digit)
    };
    printed.iter().find(near).cloned().unwrap_or_else(|| read.to_owned())
}

/// In how many cells two of one length differ.
pub(super) fn faults(one: &str, other: &str) -> Option<usize> {
    let differing = one.chars().zip(other.chars()).filter(|(one, other)| one != other).count();
    (one.len() == other.len()).then_some(differing)
}

fn left(read: char, printed: char) -> bool {
    read == printed || LEFT_OF.iter().any(|(left, of)| *left == read && of.contains(printed))
}

/// A word in the letters of zones: marks dropped, or spelt out as German and Serbian papers do.
fn spelt(word: &str, out: bool) -> String {
    let mut letters = String::new();
    for letter in word.nfc().flat_map(char::to_uppercase) {
        match letter {
            'Ä' if out => letters.push_str("AE"),
            'Ö' if out => letters.push_str("OE"),
            'Ü' if out => letters.push_str("UE"),
            'Đ' | 'Ð' if out => letters.push_str("DJ"),
            'Đ' | 'Ð' => letters.push('D'),
            'Ł' => letters.push('L'),
            'ß' | 'ẞ' => letters.push_str("SS"),
            other => letters.extend(other.nfd().filter(char::is_ascii_alphanumeric)),
        }
    }
    letters
}

/// `31.12.1990` as `901231`.
fn day(token: &str) -> Option<String> {
    let token = token.trim_matches(|c: char| !c.is_ascii_digit());
    let parts: Vec<&str> = token.split('.').collect();
    let [day, month, year] = parts.as_slice() else { return None };
    let digits = [day, month, year].iter().all(|part| part.chars().all(|c| c.is_ascii_digit()));
    let lengths = (day.len(), month.len(), year.len()) == (2, 2, 4);
    (digits && lengths).then(|| format!("{}{month}{day}", year.get(2..).unwrap_or_default()))
}
