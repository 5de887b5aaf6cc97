//! Values of form fields: where they are read, and what is flagged.

use super::{assemble, limits, read_with};
use crate::error::Reason;
use crate::paper::{Page, TextSource, Word};
use lopdf::{Document, EncryptionState, EncryptionVersion, Object, Permissions};

const PRINTED: &str =
    "BT /F1 10 Tf 72 700 Td (Name:) Tj 0 -40 Td (Gehalt:) Tj 0 -40 Td (verheiratet) Tj ET";

/// A page with these fields; appearances and parents are objects from 10 on.
fn form(entries: &str, fields: &[&str], more: &[&str]) -> Vec<u8> {
    let numbers: String = (0..fields.len()).map(|index| format!("{} 0 R ", 6 + index)).collect();
    let mut objects = vec![
        format!("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[{numbers}]{entries}>>>>"),
        "<</Type/Pages/Count 1/Kids[4 0 R]>>".to_owned(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Annots[{numbers}]\
             /Resources<</Font<</F1 3 0 R>>>>>>"
        ),
        format!("<</Length {}>>\nstream\n{PRINTED}\nendstream", PRINTED.len()),
    ];
    objects.extend(fields.iter().map(|field| format!("<</Type/Annot/Subtype/Widget{field}>>")));
    objects.resize(9, "null".to_owned());
    objects.extend(more.iter().map(|&object| object.to_owned()));
    assemble(&objects)
}

/// An appearance that shows this.
fn appearance(shown: &str) -> String {
    let content = format!("/Tx BMC q BT /F1 10 Tf 2 4 Td ({shown}) Tj ET Q EMC");
    let length = content.chars().count();
    format!(
        "<</Type/XObject/Subtype/Form/BBox[0 0 200 16]/Resources<</Font<</F1 3 0 R>>>>\
         /Length {length}>>\nstream\n{content}\nendstream"
    )
}

fn page(file: Vec<u8>) -> Page {
    read_with(file, "", &limits()).unwrap().pages.remove(0)
}

fn word<'a>(page: &'a Page, wanted: &str) -> &'a Word {
    let mut words = page.words.iter();
    words.find(|word| page.place(word.start, word.end).quote == wanted).unwrap()
}

const NAME: &str = "/FT/Tx/T(name)/Rect[112 695 320 711]";

#[test]
fn a_value_without_appearance_stands_beside_its_label() {
    // "Łukasz Öz" in UTF-16, and "Łódź" where it can be written in PDFDocEncoding.
    for (value, expected) in [
        ("<FEFF0141 0075006B00610073007A0020 00D6007A>", "Łukasz Öz"),
        ("(\u{95}\u{f3}d\u{9e})", "Łódž"),
        ("<EFBBBF4EE1BB85>", "Nễ"),
        ("<FEFF001B00640065001B0041>", "A"),
    ] {
        let page = page(form("", &[&format!("{NAME}/V{value}")], &[]));
        assert_eq!(page.text, format!("Name: {expected}\n\nGehalt:\n\nverheiratet"), "{value}");
        assert_eq!(page.source, TextSource::Form);
        let found = word(&page, expected.split(' ').next().unwrap());
        assert_eq!((found.source, found.confidence), (TextSource::Form, 1.0));
        // Its field lies 131 to 147 points below the top edge.
        let rect = found.rect;
        assert!(
            rect.left >= 111.0 && rect.top > 125.0 && rect.top + rect.height < 150.0,
            "{rect:?}"
        );
        assert_eq!(word(&page, "Name:").source, TextSource::Digital);
    }
}

#[test]
fn a_value_that_is_shown_stands_once() {
    let fields = format!("{NAME}/V(Meier)/AP<</N 10 0 R>>");
    let page = page(form("", &[&fields], &[&appearance("Meier")]));
    assert_eq!(page.text, "Name: Meier\n\nGehalt:\n\nverheiratet");
    let found = word(&page, "Meier");
    assert_eq!((found.source, found.confidence), (TextSource::Form, 1.0));
}

#[test]
fn a_value_that_is_shown_otherwise_is_flagged() {
    let fields = format!("{NAME}/V(genehmigt)/AP<</N 10 0 R>>");
    let check = |entries: &str, shown: &str, field: &str, text: &str, confidence: f32| {
        let page = page(form(entries, &[field], &[&appearance(shown)]));
        assert!(page.text.starts_with(&format!("Name: {text}\n")), "{}", page.text);
        assert!((word(&page, text).confidence - confidence).abs() < 1e-6, "{text}");
    };
    check("", "abgelehnt", &fields, "genehmigt", 0.5);
    check("", "", &fields, "genehmigt", 0.5);
    check("/NeedAppearances true", "abgelehnt", &fields, "genehmigt", 1.0);
    // Shown as far as the field is wide, comb by comb, and as a script of the form writes it.
    check("", "genehm", &fields, "genehmigt", 1.0);
    let comb = format!("{NAME}/Ff 16777216/V(12345)/AP<</N 10 0 R>>");
    check("", "1  2  3  4  5", &comb, "12345", 1.0);
    let amount = format!("{NAME}/AA<</F 11 0 R>>/V(1234.5)/AP<</N 10 0 R>>");
    check("", "1.234,50", &amount, "1.234,50", 1.0);
    check("", "9.234,50", &amount, "1234.5", 0.5);
}

#[test]
fn fields_of_fields_lists_and_ticks() {
    let tick = "/Rect[52 615 64 627]/AP<</N<</ja 10 0 R/Off 10 0 R>>>>";
    let list = "/FT/Ch/Rect[120 655 320 671]/V(2)/Opt[[(1)(Vollzeit)][(2)(Teilzeit)]]";
    let check = |fields: &[&str], text: &str| {
        let parent = "<</FT/Tx/V(Anna Meier)/Parent 12 0 R>>";
        let page = page(form("", fields, &[&appearance(""), parent, parent]));
        assert_eq!(page.text, text, "{fields:?}");
    };
    let inherited = "/Rect[120 695 320 711]/Parent 11 0 R";
    let ticked = format!("/FT/Btn{tick}/V/ja/AS/ja");
    check(&[inherited, list, &ticked], "Name: Anna Meier\n\nGehalt: Teilzeit\n\n☒ verheiratet");
    let open = format!("/FT/Btn{tick}/V/Off/AS/Off");
    let other = format!("/FT/Btn{tick}/V/nein/AS/Off");
    check(&[&open, list], "Name:\n\nGehalt: Teilzeit\n\nverheiratet");
    check(&[&other], "Name:\n\nGehalt:\n\nverheiratet");
    // Passwords, push buttons, signatures and what is hidden stay out; lines stay lines.
    let password = format!("{NAME}/Ff 8192/V(geheim)");
    let hidden = format!("{NAME}/F 2/V(geheim)");
    check(&[&password, &hidden], "Name:\n\nGehalt:\n\nverheiratet");
    let lines = "/FT/Tx/Ff 4096/Rect[120 500 320 600]/V(erste Zeile\\rzweite)";
    let two = "Name:\n\nGehalt:\n\nverheiratet\n\nerste Zeile\nzweite";
    check(&[lines], two);
}

#[test]
fn a_tick_that_is_not_shown_is_flagged() {
    let field = "/FT/Btn/Rect[52 615 64 627]/AP<</N<</ja 10 0 R/Off 10 0 R>>>>/V/ja/AS/Off";
    let page = page(form("", &[field], &[&appearance("")]));
    let found = word(&page, "☒");
    assert_eq!((found.source, found.confidence), (TextSource::Form, 0.5));
}

#[test]
fn values_have_limits() {
    let long = "x".repeat(200_000);
    let page = page(form("", &[&format!("{NAME}/V({long})")], &[]));
    assert!(page.text.len() < 70_000);
    let mut few = limits();
    few.characters_max = 10;
    let paper = read_with(form("", &[&format!("{NAME}/V(Meier)")], &[]), "", &few).unwrap();
    assert!(paper.truncated && paper.text().chars().count() == 10);
}

#[test]
fn values_of_encrypted_files_and_of_files_without_any_print() {
    let mut document =
        Document::load_mem(&form("", &[&format!("{NAME}/V(M\u{fc}ller)")], &[])).unwrap();
    let version = EncryptionVersion::V2 {
        document: &document,
        owner_password: "eigner",
        user_password: "",
        key_length: 128,
        permissions: Permissions::empty(),
    };
    let state = EncryptionState::try_from(version).unwrap();
    document.encrypt(&state).unwrap();
    let mut file = Vec::new();
    document.save_to(&mut file).unwrap();
    assert!(page(file).text.starts_with("Name: Müller\n"));
    let mut document = Document::load_mem(&form("", &[&format!("{NAME}/V(Meier)")], &[])).unwrap();
    let contents = document.get_object_mut((5, 0)).unwrap().as_stream_mut().unwrap();
    contents.set_plain_content(Vec::new());
    let mut file = Vec::new();
    document.save_to(&mut file).unwrap();
    assert_eq!(page(file).text, "Meier");
    // A field that no page shows is hidden text.
    let mut document = Document::load_mem(&form("", &[&format!("{NAME}/V(Meier)")], &[])).unwrap();
    let page = document.get_object_mut((4, 0)).unwrap().as_dict_mut().unwrap();
    page.set("Annots", Object::Array(Vec::new()));
    page.set("Contents", Object::Array(Vec::new()));
    let mut file = Vec::new();
    document.save_to(&mut file).unwrap();
    assert_eq!(read_with(file, "", &limits()).unwrap_err().reason, Reason::Empty);
}
