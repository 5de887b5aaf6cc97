//! Whether what stands beside a question answers it.

const EMPTY_BOXES: [&str; 7] = ["☐", "□", "▢", "[ ]", "( )", "[]", "()"];
const TICKED: [&str; 14] =
    ["☑", "☒", "■", "✓", "✔", "✗", "✘", "✕", "[x]", "(x)", "[X]", "(X)", "⊠", "⌧"];
/// What forms print as the choice.
const CHOICES: [&str; 14] =
    ["ja", "nein", "yes", "no", "oui", "non", "si", "evet", "hayır", "так", "ні", "да", "нет", "o"];

/// Boxes with none ticked, dots, strokes, nothing, or both choices as the form printed them are no answer.
pub(super) fn is_answer(text: &str) -> bool {
    if TICKED.iter().any(|tick| text.contains(tick)) {
        return true;
    }
    if EMPTY_BOXES.iter().any(|empty| text.contains(empty)) {
        return false;
    }
    let words =
        text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    let printed = words.len() > 1 && words.iter().all(|word| CHOICES.contains(&word.as_str()));
    !words.is_empty() && !printed
}

/// Whether boxes stand there of which none is ticked.
pub(super) fn is_open(text: &str) -> bool {
    EMPTY_BOXES.iter().any(|empty| text.contains(empty))
        && !TICKED.iter().any(|tick| text.contains(tick))
}

/// Whether a box begins here.
pub(super) fn begins_box(chars: &[char]) -> bool {
    let text: String = chars.iter().take(3).collect();
    EMPTY_BOXES.iter().chain(&TICKED).any(|sign| text.starts_with(sign))
}
