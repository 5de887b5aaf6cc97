use crate::error::Reason;
use crate::read::tests::{limits, read_with};

fn check(source: &str, expected: &str) {
    let paper = read_with(source.as_bytes().to_vec(), "a.rtf", &limits()).unwrap();
    assert_eq!(paper.text(), expected, "{source}");
}

#[test]
fn keeps_text_and_nothing_else() {
    check(r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 Gr\'f6\'dfe\par Zeile}", "Größe\nZeile");
    check(r"{\rtf1\uc1 \u167? 18b \u8364\'80}", "§ 18b €");
    check(r"{\rtf1 a{\*\generator Writer}{\v geheim}b\{c\}}", "ab{c}");
    check(r"{\rtf1 Summe\cell 12,00\cell\row Ende}", "Summe  12,00\nEnde");
    check(r"{\rtf1\ansicpg1251 \'cf\'f0}", "Пр");
    check(r"{\rtf1 {\pict\bin4 }{{}x}y}", "y");
}

#[test]
fn refuses_depth() {
    let source = format!("{{\\rtf1 {}", "{".repeat(100_000));
    let error = read_with(source.into_bytes(), "", &limits()).unwrap_err();
    assert_eq!(error.reason, Reason::Unreadable);
}
