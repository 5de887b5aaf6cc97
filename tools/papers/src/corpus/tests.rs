use super::*;
use std::collections::BTreeMap;

const FEW: Amount = Amount { per_class: 6, strangers: 30, from_cues: 1, about_classes: 1 };

#[test]
fn every_core_class_has_wordings_in_three_families() {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for family in families() {
        *count.entry(family.class).or_default() += 1;
    }
    let classes = taxonomy::classes().unwrap();
    for class in classes.iter().filter(|class| class.tier == "core") {
        assert!(count.remove(&class.id).unwrap_or(0) >= 3, "{}", class.id);
    }
    assert!(count.is_empty(), "wordings of classes that do not exist: {count:?}");
}

#[test]
fn every_placeholder_is_filled_and_the_same_seed_gives_the_same_texts() {
    let first = draw(3, FEW).unwrap();
    assert!(first.iter().all(|sample| !sample.text.contains(['{', '}'])));
    let second = draw(3, FEW).unwrap();
    assert!(first.iter().zip(&second).all(|(a, b)| a.text == b.text));
    let other = draw(4, FEW).unwrap();
    assert!(first.iter().zip(&other).any(|(a, b)| a.text != b.text));
}

#[test]
fn only_known_placeholders_are_used() {
    let mut chance = Chance::new(1);
    for family in families() {
        for _ in 0..8 {
            let mut filler = Filler::new(&mut chance);
            family.draw(&mut chance, &mut |key, count, chance| {
                assert!(Filler::knows(key), "{}/{}: {key}", family.class, family.name);
                filler.fill(key, count, chance)
            });
        }
    }
}
