//! Hypertext: the text that a browser would show, without scripts, styles and templates.

use crate::error::FileError;
use crate::limits::Work;
use crate::paper::{Format, Paper};
use crate::plain;
use encoding_rs::Encoding;

/// Elements that begin and end a line of their own.
const BLOCKS: [&str; 33] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "section",
    "table",
    "tr",
    "ul",
];

/// Elements whose content nobody sees.
const UNSEEN: [&str; 7] = ["script", "style", "template", "noscript", "svg", "iframe", "object"];

/// Length of an entity from & to ;.
const ENTITY_BYTES_MAX: usize = 12;

/// Entities that German offices' pages use; numbers are decoded besides.
const ENTITIES: [(&str, &str); 46] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", " "),
    ("auml", "ä"),
    ("ouml", "ö"),
    ("uuml", "ü"),
    ("Auml", "Ä"),
    ("Ouml", "Ö"),
    ("Uuml", "Ü"),
    ("szlig", "ß"),
    ("euro", "€"),
    ("sect", "§"),
    ("copy", "©"),
    ("reg", "®"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("bdquo", "„"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("sbquo", "‚"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("hellip", "…"),
    ("bull", "•"),
    ("middot", "·"),
    ("deg", "°"),
    ("times", "×"),
    ("shy", ""),
    ("eacute", "é"),
    ("egrave", "è"),
    ("ecirc", "ê"),
    ("agrave", "à"),
    ("aacute", "á"),
    ("acirc", "â"),
    ("ccedil", "ç"),
    ("ntilde", "ñ"),
    ("oacute", "ó"),
    ("iacute", "í"),
    ("sup2", "²"),
    ("sup3", "³"),
    ("frac12", "½"),
];

/// Reads one page of hypertext.
pub(crate) fn read(bytes: &[u8], work: &Work<'_>) -> Result<Paper, FileError> {
    let source = plain::decode(bytes, declared(bytes));
    plain::single(&strip(&source), Format::Html, work)
}

/// The encoding that a meta element names.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(2048))?;
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let (_, rest) = head.split_once("charset=")?;
    let label: String = rest
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|each| each.is_ascii_alphanumeric() || matches!(each, '-' | '_'))
        .collect();
    Encoding::for_label(label.as_bytes())
}

/// What is left of hypertext without its tags.
fn strip(source: &str) -> String {
    let mut text = String::with_capacity(source.len() / 2);
    let mut rest = source;
    while let Some(open) = rest.find('<') {
        let (before, tagged) = rest.split_at(open);
        push_text(&mut text, before);
        if let Some(comment) = tagged.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let inner = tagged.get(1..).unwrap_or_default();
        if !inner
            .starts_with(|each: char| each.is_ascii_alphabetic() || matches!(each, '/' | '!' | '?'))
        {
            // "2 < 3" is text.
            text.push('<');
            rest = inner;
            continue;
        }
        let (tag, after) = inner.split_at(tag_end(inner));
        rest = after.get(1..).unwrap_or_default();
        let closing = tag.starts_with('/');
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .map(|each| each.to_ascii_lowercase())
            .collect();
        if !closing && !tag.ends_with('/') && UNSEEN.contains(&name.as_str()) {
            rest = skip_element(rest, &name);
            continue;
        }
        text.push_str(match name.as_str() {
            "br" => "\n",
            "p" | "h1" | "h2" | "h3" | "title" | "table" => "\n\n",
            "td" | "th" if closing => "  ",
            name if BLOCKS.contains(&name) => "\n",
            _ => "",
        });
    }
    push_text(&mut text, rest);
    text
}

/// Where a tag ends: the first `>` outside quotes.
fn tag_end(inner: &str) -> usize {
    let mut quote = None;
    for (at, each) in inner.char_indices() {
        match (quote, each) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(each),
            (Some(open), _) if open == each => quote = None,
            (None | Some(_), _) => {}
        }
    }
    inner.len()
}

/// What comes behind the end tag of an element whose content is not text.
fn skip_element<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut from = rest;
    while let Some(at) = from.find("</") {
        let after = from.get(at + 2..).unwrap_or_default();
        if after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return after.split_once('>').map_or("", |(_, behind)| behind);
        }
        from = after;
    }
    ""
}

/// Adds text: white space collapses, entities become their characters.
fn push_text(text: &mut String, raw: &str) {
    let mut rest = raw;
    while let Some(each) = rest.chars().next() {
        if each == '&'
            && let Some((decoded, after)) = entity(rest)
        {
            text.push_str(&decoded);
            rest = after;
            continue;
        }
        rest = rest.get(each.len_utf8()..).unwrap_or_default();
        match each {
            '\u{ad}' => {}
            each if each.is_whitespace() => {
                if !text.ends_with([' ', '\n']) {
                    text.push(' ');
                }
            }
            each => text.push(each),
        }
    }
}

fn entity(rest: &str) -> Option<(String, &str)> {
    // Looked for nearby only: a text of nothing but & would be searched to its end for each.
    let end = rest.bytes().take(ENTITY_BYTES_MAX).position(|byte| byte == b';')?;
    let (name, after) = (rest.get(1..end)?, rest.get(end + 1..)?);
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return Some((char::from_u32(code).unwrap_or('\u{fffd}').to_string(), after));
    }
    let (_, decoded) = ENTITIES.iter().find(|(known, _)| *known == name)?;
    Some(((*decoded).to_owned(), after))
}

#[cfg(test)]
mod tests;
