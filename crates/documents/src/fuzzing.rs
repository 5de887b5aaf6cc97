//! The doors at which `fuzz/` knocks: what reads the text of foreign papers, and conditions. Only built
//! for fuzzing and for tests.

use reading::{Format, Page, Paper};

use crate::check::condition;
use crate::classify::zone;
use crate::extract::parse;
use crate::text::PageText;
use crate::{Config, Documents, InputPaper, Knowledge};

/// The machine readable zone on a page.
pub fn zone(text: &str) {
    let page = Page::of_text(1, text.to_owned());
    if let Some(zone) = zone::find(&[PageText::new(&page)]) {
        let _structure = zone::structure(&zone.data);
    }
}

/// Dates, amounts and the other values in a stretch of text.
pub fn values(text: &str) {
    let parsers = [
        parse::date,
        parse::month,
        parse::semester,
        parse::money,
        parse::iban,
        parse::integer,
        parse::decimal,
        parse::range_end,
        parse::address,
        parse::paragraph,
        parse::identifier,
    ];
    let characters = text.chars().count();
    let units = ["m²".to_owned(), "Stunden".to_owned()];
    let found = parsers.iter().map(|parser| parser(text));
    for parsed in found.chain([parse::with_unit(text, &units)]).flatten() {
        assert!(parsed.start <= parsed.end && parsed.end <= characters, "{parsed:?}");
    }
    let _cents = parse::cents(text);
}

/// The condition of a rule or of an entry of a checklist.
pub fn condition(text: &str) {
    if let Err(error) = condition::parse(text) {
        assert!((1..=text.chars().count() + 1).contains(&error.position), "{error:?}");
    }
}

/// Classes and fields of a paper of this text; pages are parted by form feeds.
pub fn understand(documents: &Documents, text: &str) {
    let pages = text.split('\x0c').take(20).zip(1..);
    let pages = pages.map(|(text, number)| Page::of_text(number, text.to_owned())).collect();
    let paper = Paper { pages, format: Format::Text, truncated: false };
    let input = InputPaper { file_index: 0, filename: "papier.txt", paper: &paper };
    let lane = inference::Lane::interactive("fuzz");
    let (inputs, mut context) = ([input], std::task::Context::from_waker(std::task::Waker::noop()));
    let reading = std::pin::pin!(documents.extract(&inputs, &lane, None));
    // Without an engine nothing waits.
    assert!(matches!(reading.poll(&mut context), std::task::Poll::Ready(Ok(_))));
}

/// What papers are understood by, without an engine.
///
/// # Panics
/// Where the shipped knowledge is broken.
#[must_use]
#[expect(clippy::expect_used, reason = "no fuzzing without the shipped knowledge")]
pub fn documents() -> Documents {
    Documents::without_engine(Knowledge::shipped().expect("shipped knowledge"), Config::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Door<'a> = (&'static str, &'a dyn Fn(&str));

    #[test]
    fn every_door_bears_its_seeds() {
        let documents = documents();
        let understand = |text: &str| super::understand(&documents, text);
        let doors: [Door<'_>; 4] = [
            ("zone", &zone),
            ("values", &values),
            ("condition", &condition),
            ("understand", &understand),
        ];
        let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
        for (name, door) in doors {
            let mut seen = 0;
            for entry in std::fs::read_dir(seeds.join(name)).unwrap() {
                door(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
                seen += 1;
            }
            assert!(seen > 0, "{name} has no seed");
        }
    }
}
