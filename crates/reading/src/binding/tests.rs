use super::*;
use crate::read::tests::limits;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// A PDF whose pages say their numbers; what they need hangs on the node above them.
fn pdf(pages: u32, with_form: bool) -> Vec<u8> {
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let font = document.add_object(
        dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Courier" },
    );
    let kids: Vec<Object> = (1..=pages)
        .map(|number| {
            let text = format!("BT /F 12 Tf 50 700 Td (Blatt {number}) Tj ET");
            let content = document.add_object(Stream::new(Dictionary::new(), text.into_bytes()));
            let script = dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") };
            let page = dictionary! {
                "Type" => "Page", "Parent" => tree, "Contents" => content, "AA" => dictionary! { "O" => script },
            };
            document.add_object(page).into()
        })
        .collect();
    let node = dictionary! {
        "Type" => "Pages",
        "Count" => i64::from(pages),
        "Kids" => kids,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Resources" => dictionary! { "Font" => dictionary! { "F" => font } },
        "Rotate" => 0,
    };
    document.objects.insert(tree, node.into());
    let mut catalog = dictionary! { "Type" => "Catalog", "Pages" => tree };
    if with_form {
        catalog.set("AcroForm", dictionary! { "Fields" => Vec::<Object>::new() });
    }
    let catalog = document.add_object(catalog);
    document.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_pixel(60, 40, Rgb([200, 30, 30]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn bound(title: &str, file: usize, first_page: u32, last_page: u32) -> Bound {
    Bound { title: title.into(), file, first_page, last_page }
}

fn bundle(files: &[(&str, &[u8])], documents: Vec<Bound>) -> Vec<u8> {
    let sent: Vec<Sent> = files
        .iter()
        .map(|(name, bytes)| Sent { name: (*name).into(), length: bytes.len() })
        .collect();
    let bytes = files.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect::<Vec<u8>>();
    let binding = Binding {
        title: "Unterlagen".into(),
        lines: vec!["Zusammengestellt am 1. März 2026".into()],
        contents: "Inhalt".into(),
        page: "Seite".into(),
        documents,
        after: vec!["Fehlt vermutlich: Mietvertrag".into()],
        attached: "Das Original ist angehängt.".into(),
    };
    let limits = limits();
    bind(&bytes, &sent, &binding, &Work::start(&limits)).unwrap()
}

/// The text of each page, as the product itself reads it.
fn texts(bundle: &[u8]) -> Vec<String> {
    let limits = limits();
    let read = crate::read::tests::read_with(bundle.to_vec(), "", &limits).unwrap();
    read.pages.into_iter().map(|page| page.text).collect()
}

#[test]
fn documents_come_in_their_order_with_every_page_as_it_was() {
    let two = pdf(4, false);
    let one = pdf(1, false);
    let files: [(&str, &[u8]); 2] = [("vier.pdf", &two), ("eins.pdf", &one)];
    let documents = vec![bound("Pass", 1, 1, 1), bound("Vertrag", 0, 3, 4), bound("Rest", 0, 1, 2)];
    let bundle = bundle(&files, documents);
    let texts = texts(&bundle);
    assert_eq!(&texts[1..], ["Blatt 1", "Blatt 3", "Blatt 4", "Blatt 1", "Blatt 2"]);
    let cover = &texts[0];
    for line in ["Seite 2 Pass", "Seite 3 Vertrag", "Seite 5 Rest", "Fehlt vermutlich: Mietvertrag"]
    {
        let flat = cover.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(line), "{line}: {cover}");
    }
    let document = Document::load_mem(&bundle).unwrap();
    let marks = document.get_toc().unwrap().toc;
    let marks: Vec<(&str, usize)> =
        marks.iter().map(|mark| (mark.title.as_str(), mark.page)).collect();
    assert_eq!(marks, [("Unterlagen", 1), ("Pass", 2), ("Vertrag", 3), ("Rest", 5)]);
    assert!(!bundle.windows(9).any(|found| found == b"app.alert"), "no script comes along");
}

#[test]
fn pictures_become_pages_and_keep_their_bytes() {
    let (jpeg, png) = (picture(ImageFormat::Jpeg), picture(ImageFormat::Png));
    let files: [(&str, &[u8]); 2] = [("foto.jpg", &jpeg), ("scan.png", &png)];
    let bundle = bundle(&files, vec![bound("Foto", 0, 1, 1), bound("Scan", 1, 1, 1)]);
    assert!(bundle.windows(jpeg.len()).any(|found| found == jpeg));
    let document = Document::load_mem(&bundle).unwrap();
    assert_eq!(document.get_pages().len(), 3);
    let rendered = hayro::hayro_syntax::Pdf::new(bundle).unwrap();
    let (width, height) = rendered.pages()[1].render_dimensions();
    assert!(width > height, "{width} {height}");
}

#[test]
fn what_has_no_pages_is_attached_behind_a_sheet_that_says_so() {
    let form = pdf(1, true);
    let files: [(&str, &[u8]); 3] = [
        ("Brief.txt", "Sehr geehrte".as_bytes()),
        ("kaputt.pdf", b"%PDF-1.7 kaputt"),
        ("Formular.pdf", &form),
    ];
    let documents =
        vec![bound("Brief", 0, 1, 1), bound("Unlesbar", 1, 1, 1), bound("Antrag", 2, 1, 1)];
    let bundle = bundle(&files, documents);
    let texts = texts(&bundle);
    assert!(texts[1].contains("Brief.txt") && texts[1].contains("angehängt"), "{texts:?}");
    assert!(texts[2].contains("kaputt.pdf"));
    assert_eq!(texts[3], "Blatt 1");
    let document = Document::load_mem(&bundle).unwrap();
    let names = document.catalog().unwrap().get(b"Names").unwrap().as_dict().unwrap();
    let files = names.get(b"EmbeddedFiles").unwrap().as_dict().unwrap();
    // A form is kept beside its pages: its fields stay behind.
    assert_eq!(files.get(b"Names").unwrap().as_array().unwrap().len(), 6);
}

#[test]
fn many_documents_take_many_sheets_and_their_numbers_still_fit() {
    let many = pdf(120, false);
    let documents = (1..=120).map(|page| bound(&format!("Beleg {page}"), 0, page, page)).collect();
    let texts = texts(&bundle(&[("viele.pdf", &many)], documents));
    assert_eq!(texts.len(), 3 + 120);
    assert!(texts[0].split_whitespace().collect::<Vec<_>>().join(" ").contains("Seite 4 Beleg 1"));
}
