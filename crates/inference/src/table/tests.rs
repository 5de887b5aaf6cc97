use super::*;

fn table() -> TokenTable {
    let values = vec![127, 0, 0, -64, 3, 4, 0, 0];
    TokenTable::new(2, values, vec![0.01, 1.0, 0.5, 1.0], vec![1.0, 0.5, 0.25, 0.0]).unwrap()
}

#[test]
fn cosines_are_those_of_the_rows() {
    let table = table();
    for (left, right, expected) in
        [(0, 0, 1.0), (0, 1, 0.0), (0, 2, 0.6), (1, 2, -0.8), (0, 3, 0.0), (0, 9, 0.0)]
    {
        assert!((table.cosine(left, right) - expected).abs() < 1e-6, "{left} {right}");
    }
}

#[test]
fn the_best_cosine_skips_unknown_tokens() {
    let table = table();
    assert!((table.max_cosine(0, &[9, 1, 2]).unwrap() - 0.6).abs() < 1e-6);
    assert_eq!(table.max_cosine(0, &[9]), None);
    assert_eq!(table.max_cosine(9, &[0]), None);
}

#[test]
fn weights_of_unknown_tokens_are_nothing() {
    assert_eq!(table().weight(1), 0.5);
    assert_eq!(table().weight(9), 0.0);
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    assert!(TokenTable::new(2, vec![1, 2, 3], vec![1.0], vec![1.0]).is_err());
    assert!(TokenTable::new(2, vec![1, 2], vec![1.0], vec![]).is_err());
    assert!(TokenTable::new(0, vec![], vec![], vec![]).is_err());
}
