use super::*;

#[test]
fn the_same_seed_gives_the_same_bundle_and_pages_are_counted() {
    let source = Source::new(Side::Report);
    let draw = || source.bundle(&mut Chance::new(5)).unwrap();
    let bundle = draw();
    assert_eq!(bundle.pages().collect::<Vec<_>>(), draw().pages().collect::<Vec<_>>());
    assert_eq!(bundle.parts.len(), PAPERS);
    let begins = bundle.begins();
    assert_eq!(begins.first(), Some(&0));
    for (pair, part) in begins.windows(2).zip(&bundle.parts) {
        assert_eq!(pair[1] - pair[0], part.pages.len());
    }
}

#[test]
fn sides_share_neither_layouts_nor_wordings() {
    let (fit, report) = (Source::new(Side::Fit), Source::new(Side::Report));
    assert!(!fit.layouts.is_empty() && !report.layouts.is_empty());
    assert_eq!(fit.layouts.len() + report.layouts.len(), LAYOUTS.len());
    let name = |family: &Family| (family.class.clone(), family.name.clone());
    let fitted: Vec<_> = fit.families.iter().map(name).collect();
    assert!(report.families.iter().all(|family| !fitted.contains(&name(family))));
}

#[test]
fn a_long_paper_has_several_pages() {
    let part = Source::new(Side::Fit).long(&mut Chance::new(3)).unwrap();
    assert!(part.pages.iter().filter(|page| !page.is_empty()).count() > 1);
}
