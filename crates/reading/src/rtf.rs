//! Rich Text Format: the text alone. Tables and styles are not kept.

use crate::error::{FileError, Reason};
use crate::limits::Work;
use crate::paper::{Format, Paper};
use crate::plain;
use encoding_rs::{Encoding, WINDOWS_1252};

/// Groups nested deeper than any word processor writes.
const DEPTH_MAX: usize = 200;

/// Groups that hold no text of the page.
const UNSEEN: [&str; 20] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "generator",
    "themedata",
    "colorschememapping",
    "latentstyles",
    "datastore",
    "xmlnstbl",
    "fldinst",
    "filetbl",
    "revtbl",
    "template",
    "bkmkstart",
];

/// What a group inherits and gives back.
#[derive(Clone, Copy)]
struct State {
    unseen: bool,
    /// How many bytes stand for one `\u` in readers that know no Unicode.
    fallback: usize,
}

struct Parser<'a> {
    rest: &'a [u8],
    text: String,
    /// Bytes in the document's encoding, not yet decoded.
    pending: Vec<u8>,
    /// First half of a character outside the basic plane.
    surrogate: Option<u16>,
    encoding: &'static Encoding,
    state: State,
    stack: Vec<State>,
    skip: usize,
}

/// Reads one document.
pub(crate) fn read(bytes: &[u8], work: &Work<'_>) -> Result<Paper, FileError> {
    let mut parser = Parser {
        rest: bytes,
        text: String::new(),
        pending: Vec::new(),
        surrogate: None,
        encoding: WINDOWS_1252,
        state: State { unseen: false, fallback: 1 },
        stack: Vec::new(),
        skip: 0,
    };
    parser.run()?;
    plain::single(&parser.text, Format::Rtf, work)
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), FileError> {
        while let Some(byte) = self.next() {
            match byte {
                b'{' => {
                    self.flush();
                    if self.stack.len() >= DEPTH_MAX {
                        return Err(FileError::new(Reason::Unreadable, "groups nested too deep"));
                    }
                    self.stack.push(self.state);
                }
                b'}' => {
                    self.flush();
                    match self.stack.pop() {
                        Some(state) => self.state = state,
                        None => break,
                    }
                }
                b'\\' => self.control(),
                b'\r' | b'\n' => {}
                byte => self.push_byte(byte),
            }
        }
        self.flush();
        Ok(())
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn control(&mut self) {
        let Some(first) = self.next() else { return };
        match first {
            b'\'' => {
                let digits = [self.next(), self.next()].map(Option::unwrap_or_default);
                let code = std::str::from_utf8(&digits)
                    .ok()
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                if let Some(code) = code {
                    self.push_byte(code);
                }
            }
            b'*' => self.state.unseen = true,
            b'~' => self.push_str(" "),
            b'_' => self.push_str("-"),
            b'-' => {}
            b'\r' | b'\n' => self.push_str("\n"),
            b'\\' | b'{' | b'}' => self.push_byte(first),
            first if first.is_ascii_alphabetic() => self.word(first),
            _ => {}
        }
    }

    fn word(&mut self, first: u8) {
        let mut name = String::from(char::from(first));
        while let Some(&letter) = self.rest.first().filter(|byte| byte.is_ascii_alphabetic()) {
            name.push(char::from(letter));
            self.next();
        }
        let mut digits = String::new();
        while let Some(&digit) = self
            .rest
            .first()
            .filter(|&&byte| byte.is_ascii_digit() || byte == b'-' && digits.is_empty())
        {
            digits.push(char::from(digit));
            self.next();
        }
        if self.rest.first() == Some(&b' ') {
            self.next();
        }
        let number: Option<i64> = digits.parse().ok();
        match name.as_str() {
            "par" | "line" | "sect" | "row" => self.push_str("\n"),
            "page" => self.push_str("\n\n"),
            "tab" => self.push_str("\t"),
            "cell" => self.push_str("  "),
            "endash" => self.push_str("–"),
            "emdash" => self.push_str("—"),
            "bullet" => self.push_str("•"),
            "lquote" => self.push_str("‘"),
            "rquote" => self.push_str("’"),
            "ldblquote" => self.push_str("“"),
            "rdblquote" => self.push_str("”"),
            "v" => self.state.unseen = number != Some(0),
            "uc" => {
                self.state.fallback =
                    number.and_then(|count| usize::try_from(count).ok()).unwrap_or(1).min(16);
            }
            "u" => self.unicode(number.unwrap_or(0)),
            "ansicpg" => {
                let label = format!("windows-{digits}");
                self.encoding = Encoding::for_label(label.as_bytes()).unwrap_or(WINDOWS_1252);
            }
            "bin" => {
                let count = number.and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
                self.rest = self.rest.get(count..).unwrap_or_default();
            }
            name if UNSEEN.contains(&name) => self.state.unseen = true,
            _ => {}
        }
    }

    fn unicode(&mut self, number: i64) {
        self.flush();
        // Written as a signed number of 16 bits.
        let unit = u16::try_from(number.rem_euclid(1 << 16)).unwrap_or_default();
        let units: Vec<u16> = self.surrogate.take().into_iter().chain([unit]).collect();
        if units.len() == 1 && (0xd800..0xdc00).contains(&unit) {
            self.surrogate = Some(unit);
        } else {
            self.push_str(&String::from_utf16_lossy(&units));
        }
        self.skip = self.state.fallback;
    }

    fn push_byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if !self.state.unseen {
            self.pending.push(byte);
        }
    }

    fn push_str(&mut self, text: &str) {
        self.flush();
        if !self.state.unseen {
            self.text.push_str(text);
        }
    }

    fn flush(&mut self) {
        self.skip = 0;
        if !self.pending.is_empty() {
            self.text.push_str(&self.encoding.decode_without_bom_handling(&self.pending).0);
            self.pending.clear();
        }
    }
}

#[cfg(test)]
mod tests;
