use super::strip;
use crate::plain;

fn check(source: &str, expected: &str) {
    let lines: Vec<&str> = expected.lines().collect();
    let stripped = strip(source);
    let found: Vec<&str> =
        stripped.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found, lines, "{source}");
}

#[test]
fn shows_what_a_browser_shows() {
    check(
        "<html><body><p>Aufenthaltserlaubnis nach &sect;&nbsp;16b</p></body></html>",
        "Aufenthaltserlaubnis nach § 16b",
    );
    check("<p>Gr&ouml;&szlig;e&#58; 2 < 3 &amp; 3&#x20AC;</p>", "Größe: 2 < 3 & 3€");
    check("<script>if (a < b) { alert('</p>') }</script><p>Text</p>", "Text");
    check("<a title='a > b'>Verweis</a><!-- <p>nie</p> --><br>Zeile", "Verweis\nZeile");
    check(
        "<table><tr><td>Miete</td><td>540,00</td></tr><tr><td>Summe</td></tr></table>",
        "Miete  540,00\nSumme",
    );
    check("<p>offen", "offen");
    check("<p>&unbekannt; &", "&unbekannt; &");
    check("<style>p { color: red", "");
}

#[test]
fn decodes_by_mark_declaration_and_fit() {
    assert_eq!(plain::decode("Größe".as_bytes(), None), "Größe");
    assert_eq!(plain::decode(b"Gr\xf6\xdfe 5 \x80", None), "Größe 5 €");
    assert_eq!(plain::decode(b"\xff\xfe\xa7\0 \x001\0", None), "§ 1");
    assert_eq!(plain::decode(b"\xfe\xff\0\xa7", None), "§");
    let page = b"<meta charset=\"windows-1252\"><p>\xa7";
    assert_eq!(plain::decode(page, super::declared(page)), "<meta charset=\"windows-1252\"><p>§");
}

#[test]
fn ampersands_without_end_take_no_square_of_their_number() {
    let started = std::time::Instant::now();
    let text = strip(&"&".repeat(1 << 20));
    assert_eq!(text.len(), 1 << 20);
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}
