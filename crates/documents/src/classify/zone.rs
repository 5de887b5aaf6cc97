//! What the machine readable zone and other structures of a paper say about its class.

use mrz::{Format, MrzData, MrzDate, Sex};

use crate::knowledge::{Knowledge, Structure};
use crate::text::PageText;

/// A zone whose check digits agree settles the class.
const VALID: f32 = 14.0;
/// A zone that was read badly still says much.
const DAMAGED: f32 = 6.0;

/// A machine readable zone on a page.
#[derive(Debug)]
pub(crate) struct Zone {
    pub(crate) data: MrzData,
    pub(crate) page: u32,
    /// Where it stands, as characters of the page.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Its check digits vouch for what was read; else it is a guess, or damaged.
    pub(crate) sure: bool,
}

mod mend;
mod print;

/// The first readable zone of the pages.
pub(crate) fn find(pages: &[PageText<'_>]) -> Option<Zone> {
    pages.iter().find_map(|page| {
        let (start, end) = fillers(page)?;
        let text = &page.page.text;
        let found = mrz::find_and_parse(text).ok().or_else(|| mend::shortened(text));
        let data = found.map(|data| mend::mended(data, text)).or_else(|| lower_line(page))?;
        let sure = is_sure(&data, &page.page.text);
        Some(Zone { data, page: page.page.number, start, end, sure })
    })
}

/// A machine readable zone as this crate reads it from a page: what measurements compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineZone {
    /// Its lines, parted by line breaks; of a passport the lower one alone where the upper was not read.
    pub lines: String,
    /// The check digits vouch for what was read.
    pub sure: bool,
}

/// The zone that [`crate::Documents`] would find on this page, `None` where there is none or it is beyond repair.
#[must_use]
pub fn machine_zone(page: &reading::Page) -> Option<MachineZone> {
    let zone = find(&[PageText::new(page)])?;
    Some(MachineZone { lines: zone.data.mrz_lines, sure: zone.sure })
}

/// The second line of a passport whose first was not read: it holds every check digit. Names and
/// issuing state are not in it.
fn lower_line(page: &PageText<'_>) -> Option<MrzData> {
    let upper = "P<UTO<<".to_owned() + &"<".repeat(37);
    page.page.text.lines().find_map(|line| {
        let lower: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        let mut data = mrz::parse_td3(&upper, &lower).ok()?;
        if !data.checksum_consistent() {
            return None;
        }
        data.issuing_country.clear();
        data.surname.clear();
        data.given_names.clear();
        data.document_type.clear();
        data.mrz_lines = lower;
        Some(data)
    })
}

/// Whether the check digits vouch for this zone. One fault in ten agrees with its digit by chance, and
/// the parser repairs until the digits agree: so the number must stand on the page as it is, dates must be
/// days, states must exist, and nothing may have been moved. What cells of one kind only (dates, states)
/// took for a letter or a figure that looks alike does not count as a fault. No arithmetic can tell K
/// from the filler, nor G from 6, L from 1 or U from 0.
fn is_sure(data: &MrzData, text: &str) -> bool {
    let is_state = |code: &str| mrz::country_name(code.trim_end_matches('<')).is_some();
    data.checksum_consistent()
        && !data.damaged_recovery
        && matches!(data.date_of_expiry, MrzDate::Calendar(_))
        && !matches!(data.sex, Sex::NonConformant(_))
        && is_state(&data.nationality)
        && (data.issuing_country.is_empty() || is_state(&data.issuing_country))
        && !names_have_figures(data)
        && checked_cells(data).is_some_and(|lines| lines.iter().all(|line| line.stands_in(text)))
}

/// Whether a figure is left where only letters can be.
fn names_have_figures(data: &MrzData) -> bool {
    let figure = |cells: Option<&str>| cells.is_some_and(|c| c.chars().any(|c| c.is_ascii_digit()));
    let lines: Vec<&str> = data.mrz_lines.lines().collect();
    match lines.as_slice() {
        [_, _, names] => figure(Some(names)),
        [upper, _] => figure(upper.get(2..)),
        _ => false,
    }
}

/// The cells of a line that check digits cover.
struct Checked<'a> {
    /// Cells that hold letters and figures alike.
    mixed: &'a str,
    /// Cells of one kind behind them.
    plain: &'a str,
    /// The day of birth among these, where the line has it.
    born: Option<&'a str>,
    /// Where the mixed cells begin in the line.
    start: usize,
    /// The digit over the whole line, where it has one: must have been read too.
    last: Option<char>,
    /// How many cells the line may have as it was read. Fillers are lost in reading; a cell too many is
    /// one that moved the others.
    widths: std::ops::RangeInclusive<usize>,
}

fn checked_cells(data: &MrzData) -> Option<Vec<Checked<'_>>> {
    let lines: Vec<&str> = data.mrz_lines.lines().collect();
    match (data.format, lines.as_slice()) {
        (Format::Td1, [first, second, ..]) => {
            let (mixed, plain) = (first.get(5..14)?, first.get(14..15)?);
            let widths = 0..=first.len();
            let number = Checked { mixed, plain, born: None, start: 5, last: None, widths };
            let (plain, born) = (second.get(..18)?, second.get(..6));
            let widths = 0..=second.len();
            let last = second.chars().last();
            Some(vec![number, Checked { mixed: "", plain, born, start: 0, last, widths }])
        }
        (format, [lower] | [_, lower]) => {
            // Visas have no digit over the whole zone, which tells that some are missing.
            let visa = matches!(format, Format::MrvA | Format::MrvB);
            let least = if visa { lower.len() } else { 0 };
            let last = lower.chars().last().filter(|_| !visa);
            let (mixed, plain, born) = (lower.get(..9)?, lower.get(9..28)?, lower.get(13..19));
            let widths = least..=lower.len();
            Some(vec![Checked { mixed, plain, born, start: 0, last, widths }])
        }
        _ => None,
    }
}

impl Checked<'_> {
    /// Whether a line of the page has these cells, the mixed ones letter by letter.
    fn stands_in(&self, text: &str) -> bool {
        // Of a birthday month and day may be unknown, in this order.
        let born = self.born.is_none_or(|born| {
            let known = born.trim_end_matches('<');
            [0, 2, 4, 6].contains(&known.len()) && known.chars().all(|c| c.is_ascii_digit())
        });
        born && text.lines().any(|line| {
            let read: String = line.chars().filter(|c| !c.is_whitespace()).collect();
            let cells = read.get(self.start..).and_then(|cells| cells.strip_prefix(self.mixed));
            let same = |cells: &str| {
                cells.len() >= self.plain.len()
                    && self.plain.chars().zip(cells.chars()).all(|(wanted, got)| alike(wanted, got))
            };
            let whole =
                self.last.is_none_or(|digit| read.chars().last().is_some_and(|l| alike(digit, l)));
            whole && self.widths.contains(&read.len()) && cells.is_some_and(same)
        })
    }
}

/// Whether a cell of one kind may have been read as the other.
fn alike(wanted: char, got: char) -> bool {
    const PAIRS: [&str; 8] = ["O0", "Q0", "D0", "I1", "Z2", "S5", "G6", "B8"];
    wanted == got || PAIRS.iter().any(|pair| pair.contains(wanted) && pair.contains(got))
}

/// The structure a zone belongs to.
pub(crate) fn structure(data: &MrzData) -> Option<Structure> {
    let stateless = matches!(data.nationality.as_str(), "XXA" | "XXB" | "XXC" | "XXX");
    match data.format {
        Format::Td3 if stateless => Some(Structure::MrzSubstitute),
        Format::Td3 => Some(Structure::MrzPassport),
        Format::MrvA | Format::MrvB => Some(Structure::MrzVisa),
        Format::Td1 if data.document_type.starts_with("AR") => Some(Structure::MrzPermit),
        Format::Td1 | Format::Td2 => Some(Structure::MrzIdentity),
        _ => None,
    }
}

/// What the zone says, per class.
pub(crate) fn scores(knowledge: &Knowledge, zone: Option<&Zone>) -> Vec<f32> {
    let told = zone.and_then(|zone| {
        let weight = if zone.sure { VALID } else { DAMAGED };
        Some((structure(&zone.data)?, weight))
    });
    let score = |class: &crate::DocumentClass| match told {
        Some((structure, weight)) if class.structure.contains(&structure) => weight,
        _ => 0.0,
    };
    knowledge.classes().iter().map(score).collect()
}

/// Whether the page has lines of a zone, readable or not.
pub(crate) fn has_fillers(page: &PageText<'_>) -> bool {
    fillers(page).is_some()
}

/// The lines that hold fillers, first to last.
fn fillers(page: &PageText<'_>) -> Option<(u32, u32)> {
    let mut lines = page.lines.iter().filter(|line| {
        let text = page.slice(line.start, line.stop);
        text.contains('<') && text.chars().filter(|c| !c.is_whitespace()).count() >= 28
    });
    let first = lines.next()?;
    Some((first.start, lines.next_back().unwrap_or(first).stop))
}

#[cfg(test)]
mod tests;
