//! What recognition does to a zone and no check digit tells, put right where only one reading is possible: fillers
//! lost or taken for letters, figures within names, Germany's one letter, and what the page prints a second time.
//!
//! Nothing here makes a zone sure: whoever judges looks at the cells as they were recognised.

use super::print::{self, Print};
use mrz::{Format, MrzData};

/// Letters that stand alone behind so many fillers are fillers too.
const FILLERS: &str = "<<<<";
/// Characters of a line.
const SHORT: usize = 30;
const NARROW: usize = 36;
const WIDE: usize = 44;
/// Longer lines are no lines of a zone, whatever was won in reading.
const LINE_MAX: usize = 64;
/// Pairs of lines that may be a zone, looked at.
const PAIRS_MAX: usize = 16;
/// A lower line with all its dates.
const LOWER_MIN: usize = 27;

/// The same zone with what can be put right put right.
pub(super) fn mended(data: MrzData, text: &str) -> MrzData {
    let (read, print) = (lines(text), Print::new(text));
    let better = match (data.format, data.mrz_lines.lines().collect::<Vec<_>>().as_slice()) {
        (Format::Td1, [first, second, names]) => {
            // The parser takes any line before for the first one.
            let before = before(&read, second.get(..6).unwrap_or("<"), 'I', 'A');
            card(before.unwrap_or(first), second, names, &print)
        }
        (format, [upper, lower]) => two_lines(format, upper, lower, &read, &print),
        _ => None,
    };
    better.filter(|new| new.checksum_consistent() || !data.checksum_consistent()).unwrap_or(data)
}

/// A zone of which so much was lost that the parser sees none, if its check digits agree.
pub(super) fn shortened(text: &str) -> Option<MrzData> {
    let (read, print) = (lines(text), Print::new(text));
    let may_be = |(upper, lower): &(&String, &String)| {
        head(upper).is_some() && upper.contains("<<") && lower.len() >= LOWER_MIN
    };
    let mut pairs = read.iter().zip(read.iter().skip(1)).filter(may_be).take(PAIRS_MAX);
    pairs.find_map(|(upper, lower)| {
        let format = match head(upper)? {
            'P' => Format::Td3,
            'V' if upper.len().max(lower.len()) > NARROW + 1 => Format::MrvA,
            'V' => Format::MrvB,
            _ => Format::Td2,
        };
        parse(format, upper, lower, &print).filter(MrzData::checksum_consistent)
    })
}

/// Lines without blanks and without marks that no zone holds.
fn lines(text: &str) -> Vec<String> {
    let packed = |line: &str| line.chars().filter(|c| !c.is_whitespace() && *c != '.').collect();
    text.lines().map(packed).filter(|line: &String| (1..=LINE_MAX).contains(&line.len())).collect()
}

/// The letter that a zone begins with.
fn head(line: &str) -> Option<char> {
    match line.chars().next()? {
        'T' | '1' | 'l' | '|' => Some('I'),
        letter => "PVIAC".contains(letter).then_some(letter),
    }
}

/// The line recognised right before the one that begins with these cells, if it may begin a zone of these kinds.
fn before<'a>(read: &'a [String], cells: &str, kind: char, other: char) -> Option<&'a str> {
    let at = read.iter().rposition(|line| line.len() >= LOWER_MIN && line.starts_with(cells))?;
    let line = read.get(at.checked_sub(1)?)?;
    let begins = head(line).is_some_and(|letter| letter == kind || letter == other);
    (begins && line.contains('<')).then_some(line.as_str())
}

fn card(first: &str, second: &str, names: &str, print: &Print) -> Option<MrzData> {
    let kind = kind(first)?;
    let state = state(first.get(2..5)?);
    let number = print.number(first.get(5..14)?, first.get(14..15)?);
    // One cell behind many fillers is a filler; the digit over the whole card objects if it is not.
    let rest = first.get(15..)?;
    let rest = if rest.trim_start_matches('<').len() <= 1 { "" } else { rest };
    let first = filled(&format!("{kind}{state}{number}{}{rest}", first.get(14..15)?), SHORT);
    let birth = print.day(second.get(..6)?, second.get(6..7)?);
    let expiry = print.day(second.get(8..14)?, second.get(14..15)?);
    let nationality = nationality(&state, second.get(15..18)?, print);
    let (sex, rest) = (second.get(6..8)?, second.get(18..)?);
    let mut second = format!("{birth}{sex}{expiry}{}{nationality}{rest}", second.get(14..15)?);
    if second.ends_with('<') {
        let rest = second.get(..second.len().checked_sub(1)?)?;
        let over = format!("{}{}", first.get(5..)?, [rest.get(..7)?, rest.get(8..15)?].concat());
        second = format!("{rest}{}", mrz::check_digit(&(over + rest.get(18..)?)).ok()?);
    }
    mrz::parse_td1(&first, &second, &filled(&self::names(names, print), SHORT)).ok()
}

fn two_lines(
    format: Format,
    upper: &str,
    lower: &str,
    read: &[String],
    print: &Print,
) -> Option<MrzData> {
    // The parser fills the upper line up as it sees fit.
    let kind = upper.chars().next()?;
    let recognised = before(read, lower.get(..9)?, kind, kind);
    let number = lower.get(..9)?;
    let lowers = read.iter().filter(|line| line.starts_with(number)).map(|line| line.len());
    // Fillers are lost, so both sizes of visas come out at the small one's width. States of this continent issue the
    // large one: the small one it is only where a line has exactly its width.
    let is_small = lowers.chain(recognised.map(str::len)).any(|length| length == NARROW);
    let format = if format == Format::MrvB && !is_small { Format::MrvA } else { format };
    parse(format, recognised.unwrap_or(upper), lower, print)
}

/// Both lines put right and brought to their width.
fn parse(format: Format, upper: &str, lower: &str, print: &Print) -> Option<MrzData> {
    let width = if matches!(format, Format::Td3 | Format::MrvA) { WIDE } else { NARROW };
    let state = state(upper.get(2..5)?);
    let upper = format!("{}{state}{}", kind(upper)?, names(upper.get(5..)?, print));
    let upper = filled(&upper, width);
    let number = print.number(lower.get(..9)?, lower.get(9..10)?);
    let nationality = nationality(&state, lower.get(10..13)?, print);
    let birth = print.day(lower.get(13..19)?, lower.get(19..20)?);
    let expiry = print.day(lower.get(21..27)?, lower.get(27..28)?);
    let (digit, sex, rest) = (lower.get(9..10)?, lower.get(19..21)?, lower.get(27..)?);
    let mut lower =
        filled(&format!("{number}{digit}{nationality}{birth}{sex}{expiry}{rest}"), width);
    if matches!(format, Format::Td3 | Format::Td2) && lower.ends_with('<') {
        let rest = lower.get(..width.checked_sub(1)?)?;
        let over = [rest.get(..10)?, rest.get(13..20)?, rest.get(21..)?].concat();
        lower = format!("{rest}{}", mrz::check_digit(&over).ok()?);
    }
    match format {
        Format::Td3 => mrz::parse_td3(&upper, &lower).ok(),
        Format::Td2 => mrz::parse_td2(&upper, &lower).ok(),
        Format::MrvA => mrz::parse_mrv_a(&upper, &lower).ok(),
        Format::MrvB => mrz::parse_mrv_b(&upper, &lower).ok(),
        Format::Td1 | _ => None,
    }
}

/// The two cells that say what kind of paper it is.
fn kind(line: &str) -> Option<String> {
    let first = head(line)?;
    let second = line.chars().nth(1)?;
    Some(format!(
        "{first}{}",
        if first == 'I' && "0O".contains(second) { 'D' } else { letter(second) }
    ))
}

/// The state's cells hold letters only, and of one letter there is only Germany.
fn state(cells: &str) -> String {
    let letters: String = cells.chars().map(letter).collect();
    if letters == "O<<" || letters == "Q<<" { "D<<".to_owned() } else { letters }
}

/// A nationality that no state has, one cell from the issuing state's or from one printed on the page, is that one.
fn nationality(issuing: &str, cells: &str, print: &Print) -> String {
    let letters: String = cells.chars().map(letter).collect();
    let is_state = |code: &str| mrz::country_name(code.trim_end_matches('<')).is_some();
    if is_state(&letters) {
        return letters;
    }
    let near = |code: &&str| print::faults(code, &letters) == Some(1) && is_state(code);
    let known = std::iter::once(issuing).chain(print.codes()).find(near);
    known.map_or(letters.clone(), str::to_owned)
}

/// Names hold letters and fillers; a letter or two behind many fillers are fillers too.
fn names(cells: &str, print: &Print) -> String {
    let mut cells: String = cells.chars().map(letter).collect();
    if let Some(end) = cells.find(FILLERS)
        && cells.get(end..).is_some_and(|rest| rest.split('<').all(|word| word.len() <= 2))
    {
        cells.truncate(end);
    }
    let words: Vec<String> = cells.split('<').map(|word| print.word(word)).collect();
    words.join("<")
}

/// What a figure is where only letters are; figures that look like more than one letter stay.
fn letter(cell: char) -> char {
    match cell {
        '0' => 'O',
        '2' => 'Z',
        '5' => 'S',
        '8' => 'B',
        other => other.to_ascii_uppercase(),
    }
}

/// Without the fillers at its end, filled up to this width.
fn filled(line: &str, width: usize) -> String {
    let cells = line.trim_end_matches('<');
    format!("{cells:<<width$}")
}
