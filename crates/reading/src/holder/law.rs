//! The XML of gesetze-im-internet.de (gii-norm.dtd): `dokumente` of `norm`s, of which the first names the law
//! and each further one is a section, or a heading over sections, which is left out.

use super::{Law, LawSection};
use crate::error::{FileError, Reason};
use crate::office::body::{Step, walk};

/// Elements that stand on a line of their own.
const LINES: [&str; 7] = ["P", "DT", "row", "pre", "Title", "Subtitle", "Citation"];
/// Fields of a norm's metadata that are wanted.
const FIELDS: [&str; 7] =
    ["jurabk", "amtabk", "ausfertigung-datum", "langue", "enbez", "titel", "gliederungsbez"];

/// One norm as it is read.
#[derive(Default)]
struct Norm {
    fields: [String; FIELDS.len()],
    text: String,
}

impl Norm {
    fn field(&self, name: &str) -> String {
        let found = FIELDS.iter().zip(&self.fields).find(|(known, _)| **known == name);
        found.map(|(_, value)| one_line(value)).unwrap_or_default()
    }
}

pub(crate) fn read(xml: &[u8]) -> Result<Law, FileError> {
    let (mut id, mut norms) = (String::new(), Vec::new());
    let mut norm = Norm::default();
    // Where text goes: a field of the metadata, or the text.
    let (mut field, mut in_content, mut in_text, mut notes) = (None, 0_usize, false, 0_usize);
    walk(xml, |step| match step {
        Step::Open(name, element) => match name {
            "norm" => norm = Norm::default(),
            "text" => in_text = true,
            "Content" if in_text => in_content += 1,
            // Notes of the editors, not the law's words.
            "fussnoten" | "FnR" | "Footnote" => notes += 1,
            "BR" if in_content > 0 => norm.text.push('\n'),
            "entry" if in_content > 0 => norm.text.push_str("  "),
            _ => {
                if name == "dokumente" || (name == "norm" && id.is_empty()) {
                    let number = element.attributes().flatten();
                    let mut number =
                        number.filter(|each| each.key.local_name().as_ref() == "doknr");
                    id = number.next().map(|each| each.value.to_string()).unwrap_or_default();
                }
                if let Some(known) = FIELDS.iter().position(|known| *known == name) {
                    field = Some(known);
                }
                if in_content > 0 && LINES.contains(&name) && !norm.text.ends_with('\n') {
                    norm.text.push('\n');
                }
            }
        },
        Step::Close(name) => match name {
            "norm" => norms.push(std::mem::take(&mut norm)),
            "text" => in_text = false,
            "Content" => in_content = in_content.saturating_sub(1),
            "fussnoten" | "FnR" | "Footnote" => notes = notes.saturating_sub(1),
            "DT" if in_content > 0 => norm.text.push(' '),
            "P" | "DL" | "table" if in_content > 0 => norm.text.push('\n'),
            _ if FIELDS.contains(&name) => field = None,
            _ => {}
        },
        Step::Text(piece) => {
            let place = field.and_then(|known: usize| norm.fields.get_mut(known));
            if let Some(value) = place {
                value.push_str(piece);
            } else if in_content > 0 && notes == 0 {
                push_text(&mut norm.text, piece);
            }
        }
    })?;
    law(id, &norms)
}

fn law(id: String, norms: &[Norm]) -> Result<Law, FileError> {
    let wrong = |what: &str| FileError::new(Reason::Unreadable, format!("law in XML: {what}"));
    let first = norms.first().ok_or_else(|| wrong("it has no norm"))?;
    if id.is_empty() {
        return Err(wrong("it has no number (doknr)"));
    }
    let official = first.field("amtabk");
    let abbreviation = if official.is_empty() { first.field("jurabk") } else { official };
    let sections = norms
        .iter()
        // Headings over sections have no words of their own.
        .filter(|norm| norm.field("gliederungsbez").is_empty() || !norm.field("enbez").is_empty())
        .map(|norm| LawSection {
            number: norm.field("enbez"),
            heading: norm.field("titel"),
            text: lines(&norm.text),
        })
        .filter(|section| !section.text.is_empty())
        .collect::<Vec<_>>();
    if sections.is_empty() {
        return Err(wrong("it has no section with text"));
    }
    Ok(Law {
        id,
        abbreviation,
        title: first.field("langue"),
        promulgated: first.field("ausfertigung-datum"),
        sections,
    })
}

/// Line breaks of the XML are spaces.
fn push_text(text: &mut String, piece: &str) {
    if piece.starts_with(char::is_whitespace) && !text.ends_with(char::is_whitespace) {
        text.push(' ');
    }
    let mut words = piece.split_whitespace();
    if let Some(first) = words.next() {
        text.push_str(first);
        for word in words {
            text.push(' ');
            text.push_str(word);
        }
        if piece.ends_with(char::is_whitespace) {
            text.push(' ');
        }
    }
}

fn lines(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
