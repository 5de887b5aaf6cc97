use super::*;
use proptest::prelude::*;

fn law(base: f64, token: f64, square: f64, shape: Shape) -> f64 {
    base + token * number(shape.tokens) + square * number(shape.squares)
}

fn batch(texts: u64, tokens: u64) -> Shape {
    (0..texts).fold(Shape::default(), |sum, _| sum.plus(Shape::text(tokens)))
}

/// Batches of mixed sizes, the same in every run.
fn shapes() -> impl Iterator<Item = Shape> {
    (0_u64..).map(|index| batch(1 + index * 7 % 13, 8 + index * 37 % 250))
}

#[test]
fn nothing_is_known_before_something_ran() {
    let mut model = CostModel::new();
    assert!(!model.is_known());
    assert!(model.batch(batch(1, 1_000)) > Duration::ZERO);
    for shape in shapes().take(usize::try_from(BATCHES_MIN).unwrap()) {
        model.add(shape, Duration::from_millis(1));
    }
    assert!(model.is_known());
}

#[test]
fn batches_of_one_size_are_foretold_too() {
    let mut model = CostModel::new();
    for _ in 0..20 {
        model.add(batch(1, 100), Duration::from_millis(5));
    }
    let foretold = model.batch(batch(1, 100)).as_secs_f64();
    assert!((foretold - 5e-3).abs() < 1e-4, "{foretold}");
}

#[test]
fn a_long_time_of_one_size_does_not_unlearn_the_others() {
    let mut model = CostModel::new();
    let at = |shape| seconds_to_duration(law(1e-3, 2e-5, 2e-8, shape));
    for shape in shapes().take(200) {
        model.add(shape, at(shape));
    }
    for index in 0..2_000 {
        let shape = batch(1 + index % 3, 187);
        model.add(shape, at(shape));
    }
    for shape in [batch(1, 100), batch(9, 100), batch(20, 40)] {
        let (foretold, true_) = (model.batch(shape).as_secs_f64(), at(shape).as_secs_f64());
        assert!((foretold / true_ - 1.0).abs() < 0.1, "{foretold} for {true_}");
    }
}

#[test]
fn an_outlier_does_not_upset_the_fit_and_a_lasting_change_is_learned() {
    let mut model = CostModel::new();
    let at = |shape, factor: f64| seconds_to_duration(factor * law(1e-3, 2e-5, 0.0, shape));
    for shape in shapes().take(100) {
        model.add(shape, at(shape, 1.0));
    }
    let shape = batch(5, 100);
    let before = model.batch(shape).as_secs_f64();
    model.add(shape, Duration::from_secs(30));
    assert!(model.batch(shape).as_secs_f64() < 1.2 * before);
    for shape in shapes().take(600) {
        model.add(shape, at(shape, 3.0));
    }
    let after = model.batch(shape).as_secs_f64();
    assert!((2.7..3.3).contains(&(after / before)), "{before} {after}");
}

#[test]
fn draining_counts_what_every_batch_costs_anew() {
    let mut model = CostModel::new();
    for shape in shapes().take(300) {
        model.add(shape, seconds_to_duration(law(1e-2, 1e-5, 0.0, shape)));
    }
    let largest = Largest { texts: 1, tokens: 1 << 20, time: Duration::from_secs(1) };
    let one_by_one = model.drain(batch(10, 100), &largest);
    assert!((0.10..0.12).contains(&one_by_one), "{one_by_one}");
    let together = model.drain(batch(10, 100), &Largest { texts: 10, ..largest });
    assert!((0.018..0.022).contains(&together), "{together}");
    assert!(model.drain(Shape::default(), &largest).abs() < 1e-9);
}

proptest! {
    /// Whatever the device's law, what is foretold comes within a tenth of it.
    #[test]
    fn the_law_is_learned(base in 1e-5..5e-3_f64, token in 1e-7..1e-4_f64, square in 0.0..1e-7_f64) {
        let mut model = CostModel::new();
        for shape in shapes().take(300) {
            model.add(shape, seconds_to_duration(law(base, token, square, shape)));
        }
        for shape in [batch(1, 16), batch(4, 100), batch(12, 200)] {
            let (foretold, true_) =
                (model.batch(shape).as_secs_f64(), law(base, token, square, shape).max(SECONDS_MIN));
            prop_assert!((foretold / true_ - 1.0).abs() < 0.1, "{} for {}", foretold, true_);
        }
    }
}
