//! Text out of the XML of word processors. Hidden runs, deleted text and comments stay out.

use crate::error::{FileError, Reason};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Deeper than any document nests.
const DEPTH_MAX: usize = 256;

/// Which part of an `OpenDocument` file is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of it.
    All,
    /// Inside elements of this name.
    Within(&'static str),
}

impl Scope {
    fn is(self, name: &str) -> bool {
        match self {
            Self::All => false,
            Self::Within(wanted) => wanted == name,
        }
    }
}

/// Text of a part of a DOCX file.
pub(crate) fn word(xml: &[u8]) -> Result<String, FileError> {
    let mut text = Text::default();
    let (mut in_text, mut hidden, mut skipped) = (false, false, 0_usize);
    walk(xml, |step| match step {
        Step::Open(name, element) => match name {
            // The fallback repeats what the choice before it says.
            "Fallback" | "del" | "moveFrom" => skipped += 1,
            "t" => in_text = true,
            "r" => hidden = false,
            "vanish" => hidden = !attribute(element, &["0", "false", "off"]),
            "tab" | "ptab" if !hidden && skipped == 0 => text.push("\t"),
            "br" | "cr" if skipped == 0 => text.line(),
            "noBreakHyphen" if skipped == 0 => text.push("-"),
            "tr" => text.row(true),
            _ => {}
        },
        Step::Close(name) => match name {
            "Fallback" | "del" | "moveFrom" => skipped = skipped.saturating_sub(1),
            "t" => in_text = false,
            "r" => hidden = false,
            "p" if skipped == 0 => text.line(),
            "tc" => text.cell(),
            "tr" => text.row(false),
            _ => {}
        },
        Step::Text(piece) => {
            if in_text && !hidden && skipped == 0 {
                text.push(piece);
            }
        }
    })?;
    Ok(text.text)
}

/// Text of a part of an ODT file.
pub(crate) fn open_document(xml: &[u8], scope: Scope) -> Result<String, FileError> {
    let mut text = Text::default();
    let (mut paragraphs, mut within, mut skipped) = (0_usize, 0_usize, 0_usize);
    walk(xml, |step| {
        let wanted = scope == Scope::All || within > 0;
        match step {
            Step::Open(name, element) => match name {
                "tracked-changes" | "annotation" | "hidden-text" => skipped += 1,
                "p" | "h" => paragraphs += 1,
                "s" if wanted => text.push(&" ".repeat(count(element))),
                "tab" if wanted => text.push("\t"),
                "line-break" if wanted => text.line(),
                "table-row" if wanted => text.row(true),
                name if scope.is(name) => within += 1,
                _ => {}
            },
            Step::Close(name) => match name {
                "tracked-changes" | "annotation" | "hidden-text" => {
                    skipped = skipped.saturating_sub(1);
                }
                "p" | "h" => {
                    paragraphs = paragraphs.saturating_sub(1);
                    if wanted && skipped == 0 {
                        text.line();
                    }
                }
                "table-cell" if wanted => text.cell(),
                "table-row" if wanted => text.row(false),
                name if scope.is(name) => within = within.saturating_sub(1),
                _ => {}
            },
            Step::Text(piece) => {
                if wanted && paragraphs > 0 && skipped == 0 {
                    text.push(piece);
                }
            }
        }
    })?;
    Ok(text.text)
}

/// Text as it grows; inside a table row, paragraphs stay on the row's line.
#[derive(Default)]
struct Text {
    text: String,
    rows: usize,
}

impl Text {
    fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    fn line(&mut self) {
        if self.rows == 0 {
            self.text.push('\n');
        } else if !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
        }
    }

    fn cell(&mut self) {
        if !self.text.ends_with(['\n', '\t']) {
            self.text.truncate(self.text.trim_end_matches(' ').len());
            self.text.push_str("  ");
        }
    }

    fn row(&mut self, opens: bool) {
        if opens {
            self.rows += 1;
        } else {
            self.rows = self.rows.saturating_sub(1);
            if !self.text.ends_with('\n') {
                self.text.push('\n');
            }
        }
    }
}

/// One step of a walk; names without their prefix.
pub(crate) enum Step<'a> {
    Open(&'a str, &'a BytesStart<'a>),
    Close(&'a str),
    Text(&'a str),
}

/// Walks the elements without recursion; entities other than XML's own are never resolved.
pub(crate) fn walk(xml: &[u8], mut visit: impl FnMut(Step<'_>)) -> Result<(), FileError> {
    let broken = |what: String| FileError::new(Reason::Unreadable, format!("XML: {what}"));
    let mut reader = Reader::from_reader(xml);
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|error| broken(error.to_string()))? {
            Event::Start(element) => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(broken("nested too deep".to_owned()));
                }
                visit(Step::Open(element.local_name().as_ref(), &element));
            }
            Event::Empty(element) => {
                visit(Step::Open(element.local_name().as_ref(), &element));
                visit(Step::Close(element.local_name().as_ref()));
            }
            Event::End(element) => {
                depth = depth.saturating_sub(1);
                visit(Step::Close(element.local_name().as_ref()));
            }
            Event::Text(piece) => visit(Step::Text(&piece)),
            Event::CData(piece) => visit(Step::Text(&piece)),
            Event::GeneralRef(reference) => {
                let mut buffer = [0; 4];
                visit(Step::Text(resolve(&reference, &mut buffer)));
            }
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

fn resolve<'a>(reference: &BytesRef<'_>, buffer: &'a mut [u8; 4]) -> &'a str {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.encode_utf8(buffer);
    }
    match &**reference {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "",
    }
}

/// Whether the element's `val` is one of these.
fn attribute(element: &BytesStart<'_>, values: &[&str]) -> bool {
    element.attributes().flatten().any(|attribute| {
        attribute.key.local_name().as_ref() == "val" && values.contains(&attribute.value.as_ref())
    })
}

/// How many spaces an `s` element stands for.
fn count(element: &BytesStart<'_>) -> usize {
    element
        .attributes()
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == "c")
        .and_then(|attribute| attribute.value.parse().ok())
        .unwrap_or(1)
        .min(1000)
}
