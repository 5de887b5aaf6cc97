use super::*;
use crate::facts;

fn order(seed: u64, count: u64) -> Order {
    Order {
        seed,
        count,
        types: Vec::new(),
        plants: Vec::new(),
        formats: vec![Format::Txt],
        families: Families::All,
    }
}

fn draw(order: &Order, kind: &str, number: u64) -> Case {
    let scenarios = scenario::all().unwrap();
    let own: Vec<&Scenario> = scenarios.iter().filter(|s| s.kind == kind).collect();
    Case::draw(order, &own, kind, number).unwrap()
}

fn drawn(seed: u64, count: u64) -> Vec<Case> {
    let order = order(seed, count);
    let all = types();
    all.iter()
        .flat_map(|kind| (0..count).map(|n| draw(&order, kind, n)).collect::<Vec<_>>())
        .collect()
}

#[test]
fn fifteen_types_whose_papers_there_are() {
    assert_eq!(types().len(), 15);
    let wordings = crate::grammar::parse(draft::WORDINGS);
    for scenario in scenario::all().unwrap() {
        for item in scenario.items() {
            for (class, _) in &item.choices {
                let known = facts::CLASSES.contains(&class.as_str())
                    || wordings.iter().any(|family| family.class == *class);
                assert!(known, "{}: {class}", scenario.kind);
            }
        }
        for class in &scenario.unscored {
            assert!(!class.is_empty());
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_cases() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut order = order(7, 2);
    order.types = vec!["study".into(), "employment".into()];
    for folder in &folders {
        assert_eq!(write(&order, folder.path()).unwrap(), 4);
    }
    let read = |at: usize| {
        let mut all = Vec::new();
        for case in fs_err::read_dir(folders[at].path()).unwrap() {
            for file in fs_err::read_dir(case.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let name = path.strip_prefix(folders[at].path()).unwrap().to_owned();
                all.push((name, fs_err::read(&path).unwrap()));
            }
        }
        all.sort();
        all
    };
    assert!(read(0) == read(1));
}

#[test]
fn clean_cases_have_every_paper_and_nothing_planted() {
    for case in drawn(3, 10).iter().filter(|case| case.plant == Plant::Clean) {
        let states = case.draft.states();
        assert!(states.missing.is_empty() && states.expired.is_empty(), "{}", case.json());
        assert!(case.draft.hints.is_empty() && case.draft.planted.is_empty());
        assert_eq!(case.forbidden().len(), defects::LOUD.len());
    }
}

#[test]
fn what_is_planted_is_expected() {
    let cases = drawn(5, 20);
    let (mut missing, mut expired, mut planted) = (0, 0, BTreeSet::new());
    for case in &cases {
        let states = case.draft.states();
        match case.plant {
            Plant::Missing => missing += states.missing.len(),
            Plant::Expired => expired += states.expired.len(),
            Plant::Contradiction => assert!(!case.draft.hints.is_empty(), "{}", case.json()),
            Plant::Clean | Plant::Names | Plant::Both => {}
        }
        planted.extend(case.draft.hints.iter().copied());
        let forbidden = case.forbidden();
        assert!(case.draft.hints.iter().all(|rule| !forbidden.contains(rule)));
    }
    assert!(missing >= 20, "{missing}");
    assert!(expired >= 15, "{expired}");
    assert!(planted.len() >= 30, "{planted:?}");
}

#[test]
fn every_contradiction_fits_some_case() {
    let cases = drawn(9, 30);
    for defect in defects::all() {
        assert!(cases.iter().any(|case| (defect.fits)(&case.draft)), "{}", defect.rule);
    }
}

#[test]
fn names_in_two_spellings() {
    for row in spellings::rows() {
        let [given, surname, form_given, form_surname] = row.as_slice() else {
            panic!("{row:?}");
        };
        assert!(given != form_given || surname != form_surname, "{row:?}");
        for name in [given, surname] {
            let zone = spellings::zone(name);
            assert!(zone.chars().all(|c| c.is_ascii_uppercase() || c == '<'), "{name}: {zone}");
        }
    }
    let mut order = order(1, 1);
    order.plants = vec![Plant::Names];
    let case = draw(&order, "employment", 0);
    assert_eq!(case.forbidden(), defects::OF_NAMES);
}

#[test]
fn an_unknown_type_is_refused() {
    let mut order = order(1, 1);
    order.types = vec!["naturalisation".into()];
    assert!(write(&order, tempfile::tempdir().unwrap().path()).is_err());
}
