use super::*;
use crate::day::Day;
use crate::layouts::LAYOUTS;

const TODAY: Day = Day::new(2026, 11, 16);

/// Fields that stand on every layout of their class letter by letter.
const PRINTED: [&str; 20] = [
    "employee",
    "insured",
    "holder",
    "child_name",
    "landlord",
    "passport_number",
    "id_number",
    "document_number",
    "visa_number",
    "serial_number",
    "landlord_name",
    "taxpayer",
    "student",
    "applicant",
    "pupil",
    "participant",
    "sponsor_name",
    "recipient",
    "person",
    "university",
];

#[test]
fn every_class_has_layouts_to_tune_on_and_one_held_back() {
    for class in facts::CLASSES {
        assert!(!layouts::among(class, Families::Train).is_empty(), "{class}");
        assert!(!layouts::among(class, Families::Held).is_empty(), "{class}");
    }
}

#[test]
fn every_template_prints_the_truth() {
    for (seed, layout) in (0_u64..).zip(LAYOUTS) {
        let world = World::new(seed, TODAY);
        let facts = facts::of(&world, layout.class()).unwrap();
        let paper = typeset(&world, facts, *layout).unwrap();
        assert_eq!(paper.truth.class, layout.class());
        let page = paper.truth.pages.join("\n");
        // Names may break over two lines.
        let text = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(paper.truth.pages.len(), 1, "{}: more than one page", layout.family);
        // A name or company that the class is about stands on the paper as it is in the truth.
        for field in PRINTED {
            if let Some(value) = paper.truth.fields.get(field).and_then(Value::as_str) {
                let gone = layout.family == "birth_certificate.german";
                assert!(gone || text.contains(value), "{}: {field} {value}\n{text}", layout.family);
            }
        }
        if let Some(zone) = paper.truth.fields.get("mrz").and_then(Value::as_str) {
            assert!(zone.lines().all(|line| text.contains(line)), "{}\n{text}", layout.family);
        }
    }
}

#[test]
fn the_ten_first_classes_have_three_layouts() {
    for class in [
        "passport",
        "residence_permit_card",
        "registration_certificate",
        "employment_contract",
        "payslip",
        "health_insurance_proof",
        "rental_contract",
        "bank_statement",
        "language_certificate",
        "marriage_certificate",
    ] {
        assert!(layouts::of(class).len() >= 3, "{class}");
    }
}

#[test]
fn files_are_the_same_each_time_and_of_their_kind() {
    let world = World::new(5, TODAY);
    let paper = of(&world, "passport").unwrap();
    let again = of(&World::new(5, TODAY), "passport").unwrap();
    for (format, magic) in [
        (Format::Pdf, &b"%PDF"[..]),
        (Format::Docx, &b"PK"[..]),
        (Format::Jpeg, &b"\xff\xd8"[..]),
        (Format::ScanPdf, &b"%PDF"[..]),
    ] {
        let file = paper.file(format).unwrap();
        assert!(file.starts_with(magic), "{format:?}");
        assert!(file == again.file(format).unwrap(), "{format:?} differs");
    }
}

#[test]
fn an_unknown_class_is_an_error_that_names_it() {
    let error = of(&World::new(1, TODAY), "dragon_licence").unwrap_err();
    assert!(error.to_string().contains("dragon_licence"));
}

#[test]
fn every_profile_gives_another_picture_and_a_fax_is_black_and_white() {
    let paper = of(&World::new(5, TODAY), "passport").unwrap();
    let profiles =
        [scan::SCAN_150, scan::SCAN_200, scan::SCAN_300, scan::PHOTO, scan::PHOTO_GLARE, scan::FAX];
    let seen: Vec<_> = profiles
        .iter()
        .map(|profile| scan::captured(&paper.grey(profile)[0], profile, &mut Chance::new(1)))
        .collect();
    assert!(seen.windows(2).all(|two| two[0] != two[1]));
    // 300 dots per inch are twice 150, and a standard fax has half as many lines as dots across.
    assert_eq!(seen[2].width() / seen[0].width(), 2);
    let fax = &seen[5];
    assert!(fax.pixels().all(|pixel| [0, 255].contains(&pixel.0[0])));
    assert!(fax.pixels().any(|pixel| pixel.0[0] == 0));
    let square = f64::from(fax.width()) / 204.0 * f64::from(seen[0].height());
    assert!((square / f64::from(seen[0].width()) - f64::from(fax.height()) / 98.0).abs() < 0.1);
    // Glare takes contrast: the same page, the same chance, brighter.
    let sum = |page: &image::GrayImage| page.pixels().map(|p| u64::from(p.0[0])).sum::<u64>();
    assert!(sum(&seen[4]) > sum(&seen[3]));
}
