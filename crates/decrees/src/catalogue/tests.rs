use super::Catalogue;
use crate::record::{Record, VersionFacts, Withdrawal, version_id};
use crate::{Day, DecreeId, Kind};
use proptest::prelude::*;

fn day(text: &str) -> Option<Day> {
    if text.is_empty() { None } else { Some(Day::parse_iso(text).unwrap()) }
}

fn version(decree: &str, source: &str, from: Option<Day>, to: Option<Day>) -> VersionFacts {
    let decree_id = DecreeId::new(decree);
    VersionFacts {
        version_id: version_id(&decree_id, source, from, to),
        decree_id,
        title: source.to_owned(),
        kind: Kind::Decree,
        issuer: String::new(),
        file_number: String::new(),
        issued_on: None,
        valid_from: from,
        valid_to: to,
        replaces: vec![],
        source_sha256: source.to_owned(),
        text_bytes: 0,
        text_characters: 0,
        page_starts: vec![],
        readings: vec![],
    }
}

fn catalogue(records: impl IntoIterator<Item = Record>) -> Catalogue {
    let mut catalogue = Catalogue::default();
    for (sequence, record) in (0..).zip(records) {
        catalogue.apply(sequence, record);
    }
    catalogue
}

/// The source in force on a day.
fn in_force(catalogue: &Catalogue, decree: &str, on: &str) -> Option<String> {
    let ordinal = catalogue.in_force(&DecreeId::new(decree), day(on).unwrap())?;
    Some(catalogue.version(ordinal).unwrap().facts.source_sha256.clone())
}

#[test]
fn a_later_version_ends_the_one_before() {
    let versions =
        [("b", "2022-01-01", ""), ("a", "2020-01-01", ""), ("c", "2024-01-01", "2024-06-30")];
    let catalogue = catalogue(
        versions
            .map(|(source, from, to)| Record::Version(version("d", source, day(from), day(to)))),
    );
    let check = |on: &str, expected: Option<&str>| {
        assert_eq!(in_force(&catalogue, "d", on).as_deref(), expected, "{on}");
    };
    check("2019-12-31", None);
    check("2020-01-01", Some("a"));
    check("2021-12-31", Some("a"));
    check("2022-01-01", Some("b"));
    check("2024-01-01", Some("c"));
    check("2024-06-30", Some("c"));
    // The version before does not come back.
    check("2024-07-01", None);
}

#[test]
fn without_a_first_day_the_later_import_counts() {
    let catalogue =
        catalogue(["a", "b"].map(|source| Record::Version(version("d", source, None, None))));
    assert_eq!(in_force(&catalogue, "d", "2024-01-01").as_deref(), Some("b"));
    let shown = catalogue.describe(0).unwrap();
    assert!(!shown.ever_in_force);
}

#[test]
fn withdrawal_and_replacement_end_a_decree() {
    let mut replacing = version("new", "n", day("2023-01-01"), None);
    replacing.replaces = vec!["old".into()];
    let withdrawal = Withdrawal {
        decree_id: DecreeId::new("d"),
        valid_to: day("2022-06-30").unwrap(),
        replaced_by: Some(DecreeId::new("e")),
    };
    let records = [
        Record::Version(replacing),
        Record::Version(version("old", "o", day("2020-01-01"), None)),
        Record::Withdrawal(withdrawal),
        Record::Version(version("d", "a", day("2020-01-01"), None)),
        Record::Version(version("d", "again", day("2024-01-01"), None)),
    ];
    let catalogue = catalogue(records);
    assert_eq!(in_force(&catalogue, "old", "2022-12-31").as_deref(), Some("o"));
    assert_eq!(in_force(&catalogue, "old", "2023-01-01"), None);
    assert_eq!(catalogue.describe(1).unwrap().superseded_by, Some(DecreeId::new("new")));
    assert_eq!(in_force(&catalogue, "d", "2022-06-30").as_deref(), Some("a"));
    assert_eq!(in_force(&catalogue, "d", "2022-07-01"), None);
    assert_eq!(catalogue.describe(2).unwrap().superseded_by, Some(DecreeId::new("e")));
    // A decree that is issued anew is in force again.
    assert_eq!(in_force(&catalogue, "d", "2024-01-01").as_deref(), Some("again"));
}

fn histories() -> impl Strategy<Value = (Vec<Record>, Vec<Record>)> {
    let version = (0u32..40, prop::option::of(0u32..60)).prop_map(|(from, length)| {
        let start = Day::new(2020, 1, 1).unwrap();
        let at = |days: u32| (0..days).fold(start, |day, _| day.after());
        let (from, to) = (at(from * 7), length.map(|length| at(from * 7 + length)));
        (from, to)
    });
    prop::collection::vec(version, 1..12).prop_flat_map(|mut versions| {
        versions.sort_unstable();
        versions.dedup_by_key(|(from, _)| *from);
        let records: Vec<Record> = versions
            .into_iter()
            .enumerate()
            .map(|(index, (from, to))| {
                Record::Version(self::version("d", &index.to_string(), Some(from), to))
            })
            .collect();
        (Just(records.clone()), Just(records).prop_shuffle())
    })
}

proptest! {
    #[test]
    fn the_order_of_imports_does_not_matter((sorted, shuffled) in histories()) {
        let (left, right) = (catalogue(sorted), catalogue(shuffled));
        let mut day = Day::new(2019, 12, 30).unwrap();
        for _ in 0..400 {
            let on = day.to_string();
            prop_assert_eq!(in_force(&left, "d", &on), in_force(&right, "d", &on));
            let holding = (0..left.versions().len())
                .filter(|ordinal| left.validity(u32::try_from(*ordinal).unwrap()).unwrap().holds(day))
                .count();
            prop_assert!(holding <= 1, "two versions in force on {}", on);
            day = day.after();
        }
    }
}
