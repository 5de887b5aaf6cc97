use super::*;
use hayro::kurbo::Vec2;

fn labels(scores: &[[f32; 3]]) -> Vec<usize> {
    decode(&scores.concat(), 3, 0.1).iter().map(|letter| letter.label).collect()
}

#[test]
fn letters_are_told_apart_by_blanks_and_changes() {
    let (blank, a, b) = ([0.9, 0.1, 0.0], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]);
    // The last label, here `b`, is the space.
    assert_eq!(labels(&[blank, a, a, blank, a, b, b, blank]), [1, 1, 2]);
    assert_eq!(labels(&[blank, blank]), [0_usize; 0]);
    assert_eq!(labels(&[]), [0_usize; 0]);
    let surer = [0.0, 0.95, 0.05];
    let found = decode(&[a, surer, blank, b].concat(), 3, 0.25);
    let expected = [
        Letter { label: 1, place: 0.125, confidence: 0.95 },
        Letter { label: 2, place: 0.875, confidence: 0.6 },
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_space_that_the_network_hesitates_about_is_one() {
    let (a, blank, hesitating) = ([0.1, 0.9, 0.0], [0.99, 0.0, 0.01], [0.8, 0.0, 0.2]);
    assert_eq!(labels(&[a, blank, a]), [1, 1]);
    assert_eq!(labels(&[a, hesitating, a]), [1, 2, 1]);
}

/// A picture whose brightness grows from left to right.
fn slope() -> Gray {
    let pixels = (0..100).flat_map(|_| 0..=200_u8).collect();
    Gray::new(201, 100, pixels).unwrap()
}

fn line(degrees: f64) -> Oblong {
    let along = Vec2::from_angle(degrees.to_radians());
    Oblong { centre: Point::new(100.0, 50.0), along, length: 100.0, height: 24.0 }
}

#[test]
fn a_line_is_cut_out_along_its_lean() {
    let Crop { values, width, filled } = crop(&slope(), &line(0.0));
    assert_eq!((width, filled, values.len()), (200, 200, 200 * HEIGHT));
    let bright = |value: f32| (value + 1.0) * 127.5;
    assert!((bright(values[0]) - 50.0).abs() < 1.0, "{}", bright(values[0]));
    assert!((bright(values[199]) - 149.5).abs() < 1.0);
    let back = crop(&slope(), &line(180.0)).values;
    assert!((bright(back[0]) - 149.5).abs() < 1.0);
    // Straight down, brightness is that of the middle, whichever place along the line.
    let down = crop(&slope(), &line(90.0)).values;
    let middle = &down[HEIGHT / 2 * 200..][..200];
    assert!(middle.iter().all(|&value| (bright(value) - 99.5).abs() < 1.5), "{middle:?}");
}

#[test]
fn odd_shapes_stay_within_the_limits() {
    let long = Oblong { length: 1e6, height: 1.0, ..line(0.0) };
    assert_eq!(crop(&slope(), &long).width, 2_400);
    let thin = Oblong { length: 0.0, height: 24.0, ..line(0.0) };
    let Crop { width, filled, values } = crop(&slope(), &thin);
    assert_eq!((width, filled), (WIDTH_MIN, 1));
    assert!(values[1..WIDTH_MIN].iter().all(|&value| value == 0.0));
    let outside = Oblong { centre: Point::new(-500.0, 900.0), ..line(0.0) };
    assert!(crop(&slope(), &outside).values.iter().all(|value| value.is_finite()));
}
