use super::*;

#[test]
fn alternatives_nest_and_placeholders_are_filled() {
    let families = parse("# comment\n@ payslip simple\n[A|B [C|D]] {num:3}\n?maybe\n~x\n~y\n");
    assert_eq!(families.len(), 1);
    let mut chance = Chance::new(1);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..60 {
        let lines = families[0].draw(&mut chance, &mut |_, count, _| "7".repeat(count));
        assert!(lines[0].ends_with(" 777"));
        seen.insert(lines.join("/"));
    }
    assert!(seen.contains("A 777/maybe/x/y"));
    assert!(seen.contains("B D 777/y/x"));
}

#[test]
fn an_open_group_stays_as_it_is() {
    assert_eq!(choose("a [b", &mut Chance::new(1)), "a [b");
}
