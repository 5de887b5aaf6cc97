//! A passage's sentences, as they stand.

/// Words before which a full stop ends no sentence.
const ABBREVIATIONS: &str = "Abs Nr Nrn Art Buchst Kap Ziff Halbs Alt Bundesgesetzbl BGBl bzw ggf vgl gem usw einschl \
    Dr Prof St Rz Rn Tz lit evtl inkl ca etc sog Aufl Bd Hrsg Str Tel";

/// The sentences of a text, verbatim and in order, without the blanks around them. A sentence ends
/// at a full stop, a semicolon or a sign of question before a new beginning, at an empty line, and
/// before an item of a list.
pub(crate) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    for (place, sign) in text.char_indices() {
        let after = place + sign.len_utf8();
        let (Some(before), Some(rest)) = (text.get(from..place), text.get(after..)) else {
            continue;
        };
        let ends = match sign {
            '\n' => rest.trim_start_matches(' ').starts_with('\n') || begins_item(rest),
            '.' => begins_anew(rest) && !is_abbreviated(before),
            ';' | '!' | '?' => begins_anew(rest),
            _ => false,
        };
        if ends {
            found.extend(text.get(from..after).map(str::trim));
            from = after;
        }
    }
    found.extend(text.get(from..).map(str::trim));
    found.retain(|sentence| !sentence.is_empty());
    found
}

fn begins_anew(rest: &str) -> bool {
    let Some(next) = rest.strip_prefix(char::is_whitespace).map(str::trim_start) else {
        return rest.is_empty();
    };
    next.starts_with(|c: char| c.is_uppercase() || matches!(c, '(' | '„' | '"' | '§' | '–' | '-'))
        || begins_item(next)
        || next.is_empty()
}

/// "1. ", "2a) ", "b) ", "(3) ", "– " at the beginning of a line.
fn begins_item(line: &str) -> bool {
    let line = line.trim_start_matches(' ');
    let bracketed = line.starts_with('(');
    let line = line.strip_prefix('(').unwrap_or(line);
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = line.get(digits..).unwrap_or_default();
    let letters = usize::from(rest.starts_with(|c: char| c.is_ascii_lowercase()));
    let rest = rest.get(letters..).unwrap_or_default();
    let closed = rest.starts_with(')') || (!bracketed && digits > 0 && rest.starts_with(". "));
    line.starts_with(['–', '•']) || (digits + letters > 0 && closed)
}

/// Whether the full stop after `before` belongs to its last word: an abbreviation, a single letter
/// or a number.
fn is_abbreviated(before: &str) -> bool {
    let last = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let short = last.chars().nth(1).is_none();
    short
        || last.chars().all(|c| c.is_ascii_digit())
        || ABBREVIATIONS.split_whitespace().any(|known| known == last)
}

#[cfg(test)]
mod tests {
    use super::sentences;

    #[test]
    fn sentences_are_cut_where_they_end() {
        let check = |text: &str, expected: &[&str]| assert_eq!(sentences(text), expected, "{text}");
        check(
            "Der Pass ist vorzulegen. Er muss gültig sein.",
            &["Der Pass ist vorzulegen.", "Er muss gültig sein."],
        );
        check(
            "Nach § 5 Abs. 1 Nr. 2 gilt das nicht. Ab dem 1. Januar gilt es.",
            &["Nach § 5 Abs. 1 Nr. 2 gilt das nicht.", "Ab dem 1. Januar gilt es."],
        );
        check(
            "§ 1 Zweck\n\n(1) Eines; anderes bleibt.\n(2) Zwei\nZeilen.",
            &["§ 1 Zweck", "(1) Eines; anderes bleibt.", "(2) Zwei\nZeilen."],
        );
        check(
            "Vorzulegen sind\n1. ein Pass,\n2. ein Foto.",
            &["Vorzulegen sind", "1. ein Pass,", "2. ein Foto."],
        );
        check("z. B. der Pass", &["z. B. der Pass"]);
        check(" \n ", &[]);
    }

    #[test]
    fn nothing_is_lost_but_blanks() {
        let text = "§ 2 A b. C;  D (1) e.\n\n\nF g? H 3. i. J\n– k\nl";
        let squeeze = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(squeeze(&sentences(text).concat()), squeeze(text));
    }
}
