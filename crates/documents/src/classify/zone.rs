//! What the machine readable zone and other structures of a paper say about its class.

use mrz::{Format, MrzData};

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
}

/// The first readable zone of the pages.
pub(crate) fn find(pages: &[PageText<'_>]) -> Option<Zone> {
    pages.iter().find_map(|page| {
        let (start, end) = fillers(page)?;
        let data = mrz::find_and_parse(&page.page.text).ok().or_else(|| lower_line(page))?;
        Some(Zone { data, page: page.page.number, start, end })
    })
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
        let weight = if zone.data.checksum_consistent() { VALID } else { DAMAGED };
        Some((structure(&zone.data)?, weight))
    });
    let score = |class: &crate::DocumentClass| match told {
        Some((structure, weight)) if class.structure.contains(&structure) => weight,
        _ => 0.0,
    };
    knowledge.classes().iter().map(score).collect()
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
