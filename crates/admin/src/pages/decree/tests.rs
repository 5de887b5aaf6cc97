use super::*;

fn sections(lengths: &[u32]) -> Vec<Section> {
    let mut start = 10;
    let section = |length: &u32| {
        let section = Section {
            label: format!("§ {start}"),
            heading: String::new(),
            depth: 0,
            start,
            end: start + length,
        };
        start += length + 2;
        section
    };
    lengths.iter().map(section).collect()
}

/// Reads page by page to the end, and back; returns the stretches shown.
fn read_through(sections: &[Section], characters: u32) -> Vec<(u32, u32)> {
    let mut shown = Vec::new();
    let mut from = 0;
    loop {
        let page = stretch(sections, characters, from);
        shown.extend(page.parts.iter().map(|(start, end, _)| (*start, *end)));
        assert!(
            page.parts.iter().map(|(start, end, _)| end - start).sum::<u32>() <= READER_CHARACTERS
        );
        assert!(page.to > page.from);
        if let Some(before) = page.before {
            assert!(before < page.from);
            let earlier = stretch(sections, characters, before);
            assert!(earlier.to <= page.from, "{} {}", earlier.to, page.from);
            assert!(earlier.parts.iter().all(|(_, end, _)| *end <= page.from));
        }
        if page.to >= end_of(sections, characters) {
            return shown;
        }
        from = page.to;
    }
}

#[test]
fn pages_show_every_section_once() {
    let lengths = [100, 15_000, 4_000, 3_000, 55_000, 1, 20_000, 20_001, 5];
    let sections = sections(&lengths);
    let end = end_of(&sections, 0);
    let shown = read_through(&sections, end);
    let total: u32 = shown.iter().map(|(start, end)| end - start).sum();
    assert_eq!(total, lengths.iter().sum::<u32>());
    assert!(shown.is_sorted());
    assert!(shown.windows(2).all(|pair| pair[0].1 <= pair[1].0));
}

#[test]
fn a_text_without_sections_is_read_in_parts() {
    assert_eq!(read_through(&[], 45_000), [(0, 20_000), (20_000, 40_000), (40_000, 45_000)]);
}

#[test]
fn the_page_of_a_hit_begins_with_its_section() {
    let sections = sections(&[100, 200, 300]);
    assert_eq!(stretch(&sections, 700, 150).from, sections[1].start);
    assert_eq!(stretch(&sections, 700, 0).from, sections[0].start);
    assert_eq!(stretch(&sections, 700, u32::MAX).from, sections[2].start);
    assert_eq!(stretch(&sections, 700, 150).before, Some(sections[0].start));
    assert_eq!(stretch(&sections, 700, 10).before, None);
}

#[test]
fn the_first_line_of_a_sentence_is_no_heading() {
    for (heading, rest, sentence) in [
        ("1.2 Die Bestätigung ist vorzulegen. Fehlt sie, wird", "\nvorgemerkt.", true),
        ("1.3 Der Mietvertrag ersetzt sie nicht.", "", true),
        ("2 Bescheinigungen", "\n\n2.1 Über die Anmeldung", false),
        ("§ 5 Gebühren", "\n(1) Die Gebühr", false),
        ("§ 5 Gebühren", "\n\nfür Amtshandlungen", false),
        ("Anlage zu Nr. 4.", "\nÜbersicht", false),
    ] {
        assert_eq!(is_sentence(heading, rest), sentence, "{heading}");
    }
}
